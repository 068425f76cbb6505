"""The audit sheet's plain data in the desk's words: record by record, change by change, nothing cut short."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from claims.admin.past import SORTS
from claims.api import history
from claims.labels import FIELDS, LABELS
from claims.models import Accusation, Annotation, Assessment, Attribution, Claim, Piece, Quantity
from claims.vocabularies import Flag, Warning
from factdesk.people.models import User
from factdesk.rest.fields import Moment, Ref
from factdesk.rest.shown import fields_of
from sources.models import Document, Passage, Source
from sources.models.document import CapturedFrom, DocumentKind

#: the order in which the record is told, and what each part of it is called
SECTIONS: dict[str, Any] = {
    "attributions": gettext_lazy("Who says so"),
    "quantities": gettext_lazy("Figures"),
    "evidence": gettext_lazy("Backing"),
    "accusations": gettext_lazy("Whom it accuses"),
    "reply_requests": gettext_lazy("Requests for comment"),
    "assessments": gettext_lazy("Findings"),
    "sign_offs": gettext_lazy("Initials"),
    "clearances": gettext_lazy("OK to print"),
    "rulings": gettext_lazy("Rulings"),
    "transitions": gettext_lazy("Where the work stood"),
    "annotations": gettext_lazy("Remarks"),
    "relations": gettext_lazy("Ties to other claims"),
    "copy_changes": gettext_lazy("Changes of our copy"),
    "usages": gettext_lazy("Where it ran"),
}
#: what columns are called here that no form has
ALSO: dict[str, Any] = {
    "assessment": gettext_lazy("Finding"),
    "claim": gettext_lazy("Claim"),
    "created_by": gettext_lazy("Recorded by"),
    "is_tick": gettext_lazy("Ticked"),
    "withdrawn_at": gettext_lazy("Withdrawn"),
    "withdrawn_because": gettext_lazy("Because"),
}
#: what a column is called in one resource alone
OWN: dict[tuple[str, str], Any] = {("clearances", "value"): LABELS["clearance"]}
WORDS: dict[str, Any] = {"flags": Flag, "warnings": Warning}
#: what records are called that have no name
NAMES: dict[Any, Any] = {
    Accusation: gettext_lazy("accusation"),
    Annotation: gettext_lazy("remark"),
    Assessment: LABELS["assessment"],
    Attribution: LABELS["hop"],
    Piece: gettext_lazy("piece"),
    Quantity: LABELS["quantity"],
}
_ORDER = {resource: place for place, resource in enumerate(SORTS)}
#: texts longer than this have a line of their own
SHORT = 80


@dataclass(frozen=True)
class Pointed:
    """Marked words that a record points at: in which column, which they are (None: text not held), in which copy."""

    label: str
    passage: str
    words: str | None
    start: int
    end: int
    place: str
    copy: str
    sha256: str
    document: str


@dataclass
class Line:
    """A record as it stood, or a change: facts in a row, long ones each on a line, and what it points at."""

    number: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    pointed: list[Pointed] = field(default_factory=list)
    what: str = ""
    withdrawn: bool = False


def label_of(resource: str, name: str) -> str:
    """What a column is called."""
    told = (
        OWN.get((resource, name)) or FIELDS.get(name) or FIELDS.get(f"{name}_id") or ALSO.get(name) or LABELS.get(name)
    )
    text = str(told or name.replace("_", " "))
    return text[:1].upper() + text[1:]


def said_at(moment: str | datetime) -> str:
    """A moment in the desk's time zone, with its offset: ``23 Nov 2026, 13:39:09 +0100``."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return date_format(timezone.localtime(at), "j M Y, H:i:s O")


class Writer:
    """Puts the sheet's plain data into words."""

    def __init__(self, sheet: dict[str, Any]) -> None:
        self.sheet = sheet
        self.named = {name: {one["id"]: one for one in rows} for name, rows in sheet["named"].items()}
        self.since: dict[tuple[str, str], str] = {}
        for entry in sheet["history"]:
            self.since.setdefault((entry["resource"], entry["record"]), entry["at"])

    def record(self, resource: str, told: dict[str, Any]) -> Line:
        """A record as it stood."""
        line = Line(told["id"], withdrawn="withdrawn_at" in told)
        for name in fields_of(history.serializer_of(resource)):
            if name not in told or name == "id" or (name == "claim" and told[name] == self.sheet["claim"]):
                continue
            self._put(line, resource, name, self.value(resource, name, told[name]), told[name])
        line.facts.append((_("Recorded"), said_at(self.since[resource, told["id"]])))
        return line

    def change(self, entry: dict[str, Any]) -> Line:
        """One thing that happened."""
        words = _("{sort} {number} added") if entry["action"] == "added" else _("{sort} {number} changed")
        resource = entry["resource"]
        line = Line(entry["record"], what=words.format(sort=SORTS[resource], number=entry["record"]))
        for name in fields_of(history.serializer_of(resource)):
            change = entry["changes"].get(name)
            if change is None or (name == "claim" and change["after"] == self.sheet["claim"]):
                continue
            after = self.value(resource, name, change["after"])
            before = "" if change["before"] is None else f"{self.value(resource, name, change['before'])} → "
            self._put(line, resource, name, f"{before}{after}", None)
        return line

    def _put(self, line: Line, resource: str, name: str, text: str, pointed: Any) -> None:
        field_ = fields_of(history.serializer_of(resource))[name]
        if pointed and isinstance(field_, Ref) and field_.model is Passage:
            line.pointed.append(self._pointed(label_of(resource, name), pointed))
        else:
            listed = line.facts if len(text) <= SHORT and "\n" not in text else line.texts
            listed.append((label_of(resource, name), text))

    def value(self, resource: str, name: str, value: Any) -> str:
        """A value in words; a reference by name."""
        told = fields_of(history.serializer_of(resource))[name]
        if value in (None, "", []):
            text = _("nothing")
        elif isinstance(told, Ref):
            text = self.called(told.model, value)
        elif isinstance(told, Moment):
            text = said_at(value)
        elif isinstance(told, serializers.ChoiceField):
            text = dict(told.choices).get(value, value)
        elif isinstance(told, serializers.DateField):
            text = date_format(date.fromisoformat(value), "j M Y")
        elif isinstance(value, bool):
            text = _("yes") if value else _("no")
        elif isinstance(value, list):
            text = ", ".join(str(WORDS[name](one).label) if name in WORDS else str(one) for one in value)
        else:
            text = value
        return str(text)

    def called(self, model: Any, number: str) -> str:
        """A record by name, or by what it is and its number."""
        by_model = {User: ("people", "name"), Source: ("sources", "name"), Claim: ("claims", "statement")}
        if model in (Document, Passage):
            return self.document(number) if model is Document else self.words(number)
        if model in by_model:
            where, column = by_model[model]
            return str(self.named[where].get(number, {}).get(column, number))
        return f"{NAMES.get(model, model._meta.verbose_name)} {number}"

    def words(self, number: str) -> str:
        """Marked words: which they are, and where they stand."""
        one = self._pointed("", number)
        if not one.copy:
            return _("marked words {number}").format(number=number)
        said = f"“{one.words}”" if one.words else str(LABELS["sealed"])
        told = _("{words} (saved copy {copy}, characters {start}-{end})")
        return told.format(words=said, copy=one.copy, start=one.start, end=one.end)

    def document(self, number: str) -> str:
        """What a document is called: its title, or what it is, then who published it."""
        one = self.named["documents"].get(number, {})
        if "kind" not in one:
            return _("restricted material {number}").format(number=number)
        title = one.get("title") or f"{DocumentKind(one['kind']).label.lower()} {number}"
        publisher = self.named["sources"].get(one.get("publisher", ""), {}).get("name", "")
        return f"{title}, {publisher}" if publisher else str(title)

    def _pointed(self, label: str, number: str) -> Pointed:
        one = self.named["passages"].get(number)
        if one is None:
            return Pointed(label, number, None, 0, 0, "", "", "", _("restricted material"))
        copy = self.named["snapshots"][one["snapshot"]]
        place = ", ".join(filter(None, [one["part"], one.get("locator", "")]))
        return Pointed(
            label, number, one.get("exact"), one["start"], one["end"], place, copy["id"], copy["sha256"],
            self.document(copy["document"]),
        )  # fmt: skip

    # --- the parts of the page ---

    def sections(self) -> Iterator[tuple[str, list[Line]]]:
        """Each part of the record that there is, with its records."""
        for resource, heading in SECTIONS.items():
            if rows := self.sheet["stands"][resource]:
                yield str(heading), [self.record(resource, one) for one in rows]

    def versions(self) -> Iterator[dict[str, Any]]:
        """Every version of the claim with what changed in it; those that one transaction made, together."""
        entries: dict[Any, list[dict[str, Any]]] = {}
        for entry in sorted(self.sheet["history"], key=lambda one: _ORDER[one["resource"]]):
            entries.setdefault(entry["version"], []).append(entry)
        for at, group in groupby(self.sheet["versions"], key=lambda one: one["at"]):
            made = list(group)
            first, last = made[0]["version"], made[-1]["version"]
            here = [entry for one in made for entry in entries.pop(one["version"], [])]
            yield made[-1] | {
                "version": str(last) if first == last else f"{first}-{last}",
                "at": said_at(at),
                "by": self.called(User, made[-1]["by"]) if made[-1]["by"] else _("the desk"),
                "changes": [self.change(entry) for entry in here],
            }
        for rest in entries.values():  # none is lost, whatever its version
            yield {"changes": [self.change(entry) for entry in rest], "at": said_at(rest[0]["at"])}

    def material(self) -> Iterator[dict[str, Any]]:
        """Each document with its saved copies and their digests."""
        for number, one in self.named["documents"].items():
            copies = [copy for copy in self.named["snapshots"].values() if copy["document"] == number]
            yield {
                "id": number,
                "called": self.document(number),
                "told": one,
                "embargo": said_at(one["embargo_until"]) if "embargo_until" in one else "",
                "copies": [
                    copy | {"at": said_at(copy["captured_at"]), "origin": CapturedFrom(copy["captured_from"]).label}
                    for copy in copies
                ],
            }
