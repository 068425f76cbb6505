"""What a claim's history names, as it was at a moment: material with its digests, words, sources, claims, people.

The bargain: names and titles are the event tables', so that a sheet of some night says what the desk read that night.
What never changes (a saved copy, marked words) is read as it stands; whether a text was held then, its copy knows.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model

from claims.api import history
from claims.linkeddata import moment as written
from claims.models import Claim
from claims.wording import person
from factdesk.people.models import User
from factdesk.rest.fields import Ref
from factdesk.rest.shown import Rights, fields_of
from sources.anchoring import quote
from sources.models import Document, Passage, Snapshot, Source

Facts = dict[str, Any]
_DOCUMENT = (
    *("key", "kind", "title", "publisher_id", "bylines", "published_on", "url", "held_at", "language"),
    *("embargo_until", "restricted", "version"),
)
_SOURCE = ("key", "name", "kind", "identity", "merged_into_id", "version")


def pointed_at(entries: list[Facts], by: set[str | None], rights: Rights, at: datetime) -> dict[str, list[Facts]]:
    """Resource -> what these entries name of it, in order of the ids, as it was ``at`` this moment. ``by`` are the ids
    of people who are to be named besides.
    """
    named = _named(entries, by)
    marked = list(Passage.objects.visible_to(rights).filter(pk__in=named.get(Passage, ())).order_by("pk"))
    # each text once, however many words are marked in it
    texts: dict[int, Any] = Snapshot.objects.defer("original").in_bulk({one.snapshot_id for one in marked})
    ids = named.get(Document, set()) | {copy.document_id for copy in texts.values()}
    documents = _documents(ids, rights, at)
    copies = _copies([int(one["id"]) for one in documents if "kind" in one], set(texts), at)
    publishers = {int(one["publisher"]) for one in documents if "publisher" in one}
    sources = _sources(named.get(Source, set()) | publishers, at)
    people = named.get(User, set()) | {int(one["captured_by"]) for one in copies if "captured_by" in one}
    return {
        "documents": documents,
        "snapshots": copies,
        "passages": [_words(one, texts[one.snapshot_id], at) for one in marked],
        "sources": sources,
        "claims": _as_of(Claim, named.get(Claim, set()), at, ("key", "statement")),
        "people": [_person(one) for one in _events(User, people, at)],
    }


def _named(entries: list[Facts], by: set[str | None]) -> dict[type[Model], set[int]]:
    """Model -> the ids of its records that stand in a field of any entry, or made it."""
    people = {int(one) for one in {*by, *(entry["by"] for entry in entries)} if one}
    found: dict[type[Model], set[int]] = {User: people}
    for entry in entries:
        fields = fields_of(history.serializer_of(entry["resource"]))
        for name, change in entry["changes"].items():
            field = fields[name]
            if isinstance(field, Ref):
                found.setdefault(field.model, set()).update(int(each) for each in change.values() if each is not None)
    return found


# --- as it was ---


def _events(model: Any, ids: Iterable[int], at: datetime) -> list[Any]:
    """The newest event of each of these records that is not after the moment, in order of the ids."""
    kept: Any = model._meta.get_field("events").related_model
    found = kept.objects.filter(pgh_obj_id__in=sorted(ids), pgh_created_at__lte=at)
    return list(found.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id"))


def _as_of(model: Any, ids: Iterable[int], at: datetime, columns: tuple[str, ...]) -> list[Facts]:
    return [_facts(event.pgh_obj_id, event, columns) for event in _events(model, ids, at)]


def _facts(number: int, row: Any, columns: tuple[str, ...]) -> Facts:
    """The columns of a row as the API writes them; what is not known is left out, but a false is said."""
    told = {name.removesuffix("_id"): _plain(name, getattr(row, name)) for name in columns}
    return {"id": str(number)} | {name: value for name, value in told.items() if value not in (None, "", [])}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return written(value)
    if value is not None and name.endswith("_id"):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _person(event: Any) -> Facts:
    found = User(first_name=event.first_name, last_name=event.last_name, username=event.username)
    return {"id": str(event.pgh_obj_id), "name": person(found)}


def _sources(ids: set[int], at: datetime) -> list[Facts]:
    """With those as which they were read then."""
    found = _as_of(Source, ids, at, _SOURCE)
    roots = {int(one["merged_into"]) for one in found if "merged_into" in one} - ids
    return sorted([*found, *_as_of(Source, roots, at, _SOURCE)], key=lambda one: int(one["id"]))


def _documents(ids: set[int], rights: Rights, at: datetime) -> list[Facts]:
    seen = set(Document.objects.visible_to(rights).filter(pk__in=ids).values_list("pk", flat=True))
    hidden = [{"id": str(number), "restricted": True} for number in ids - seen]
    return sorted([*_as_of(Document, seen, at, _DOCUMENT), *hidden], key=lambda one: int(one["id"]))


# --- what never changes ---


def _copies(documents: list[int], marked: set[int], at: datetime) -> list[Facts]:
    """Every saved copy that there was then of these documents; ``used``: marked words stand in it."""
    there = [event.pgh_obj_id for event in _events_of_copies(documents, at)]
    rows = Snapshot.objects.filter(pk__in=there).order_by("pk").defer("text", "original")
    columns = ("document_id", "sha256", "length", "original_sha256", "captured_at", "captured_from", "captured_by_id")
    return [_facts(one.pk, one, columns) | {"held": _held(one, at), "used": one.pk in marked} for one in rows]


def _events_of_copies(documents: list[int], at: datetime) -> list[Any]:
    kept: Any = Snapshot._meta.get_field("events").related_model
    found = kept.objects.filter(document_id__in=documents, pgh_created_at__lte=at)
    return list(found.order_by("pgh_obj_id", "pgh_id").distinct("pgh_obj_id"))


def _held(copy: Any, at: datetime) -> bool:
    """Whether the desk had the text then. A text never goes; one that came late says when."""
    return not copy.sealed and (copy.attached_at is None or copy.attached_at <= at)


def _words(passage: Passage, copy: Any, at: datetime) -> Facts:
    words = quote(copy.text or "", passage.start, passage.end).exact if _held(copy, at) else ""
    told = _facts(passage.pk, passage, ("snapshot_id", "start", "end", "part", "locator"))
    return told | ({"exact": words} if words else {})
