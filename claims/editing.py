"""Changing the record: claims and their parts, added, edited and withdrawn. Nothing is deleted.

One literal table says which columns of which part may be written, and which right it takes. Whoever edits names the
version of the row that they saw; the database counts the claim's version and revision (rule 7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from claims.locking import held
from claims.models import Accusation, Annotation, Attribution, Claim, Evidence, Quantity, Relation
from factdesk.change import change, known, locked, may, say_why, write
from factdesk.context import acting
from factdesk.errors import NoSuchRecord
from factdesk.people.models import User

CLAIM = ("statement", "kind", "topics", "place", "about_from", "about_until", "priority")


@dataclass(frozen=True)
class Part:
    """A sort of rows that belong to a claim. ``right`` is for adding one; to edit or withdraw takes ``edit``, or to be
    the one who wrote it (``author`` names the column).
    """

    model: Any
    right: str
    columns: tuple[str, ...]
    author: str = ""


PARTS: dict[str, Part] = {
    "quantity": Part(
        Quantity,
        "edit",
        (
            "measure", "comparator", "value", "upper", "margin", "unit", "population", "place", "period", "period_from",
            "period_until", "base_id", "base_is", "vintage", "as_worded", "note",
        ),
    ),
    "attribution": Part(
        Attribution,
        "edit",
        (
            "speaker_id", "document_id", "passage_id", "relays_id", "stance", "manner", "certainty", "hedge", "basis",
            "link", "speaks_for_id", "said_on", "terms", "said", "note",
        ),
    ),
    "evidence": Part(
        Evidence,
        "propose",
        (
            "stance", "document_id", "passage_id", "directness", "how", "spoken_to_id", "spoken_at", "read_back",
            "outcome", "credibility", "note",
        ),
    ),
    "accusation": Part(
        Accusation,
        "edit",
        (
            "accused_id", "known_position", "known_position_passage_id", "legal_status", "legal_status_on", "privilege",
            "note",
        ),
    ),
    "relation": Part(Relation, "edit", ("kind", "other_id", "reason", "note", "resolution")),
    "annotation": Part(
        Annotation,
        "annotate",
        ("passage_id", "kind", "asked_of", "whom", "until", "body", "answers_id"),
        author="by",
    ),
}  # fmt: skip


@change
def propose(*, by: User, columns: Mapping[str, Any]) -> Claim:
    """A new claim: at revision 1, in state ``new``, without verdict or clearance. ``columns`` of :data:`CLAIM`."""
    may(by, "propose")
    known("claim", columns, CLAIM)
    with acting(by=by, why="proposed"):
        return Claim.objects.create(**columns, created_by=by)


@change
def edit(*, claim_id: int, version: int, by: User, columns: Mapping[str, Any], why: str = "") -> Claim:
    """Change columns of a claim that one saw at this version. What is the same as before changes nothing."""
    known("claim", columns, CLAIM)
    with held(claim_id, by=by, right="edit", version=version, why=why) as claim:
        write(claim, columns)
        return claim


@change
def add(*, part: str, claim_id: int, by: User, columns: Mapping[str, Any], version: int | None = None) -> Any:
    """A new part of a claim. ``version`` is the claim's, where the person saw one."""
    sort = PARTS[part]
    known(part, columns, sort.columns)
    with held(claim_id, by=by, right=sort.right, version=version) as claim:
        author = {sort.author: by} if sort.author else {}
        return sort.model.objects.create(claim=claim, **columns, **author)


@change
def edit_part(*, part: str, part_id: int, version: int, by: User, columns: Mapping[str, Any], why: str = "") -> Any:
    """Change columns of a part that one saw at this version (the part's own); not those that say what it ties."""
    sort = PARTS[part]
    known(part, columns, sort.columns)
    found = _found(part, part_id)
    kept = {name for name in sort.model.kept_columns if name in columns and getattr(found, name) != columns[name]}
    known(part, dict.fromkeys(sorted(kept)), ())
    with held(found.claim_id, by=by, right=_right(sort, found, by), why=why):
        row = _locked(part, part_id, version)
        write(row, columns)
        return row


@change
def withdraw(*, part: str, part_id: int, version: int, by: User, because: str) -> Any:
    """A part does not count any more; it stays in the record, with the reason."""
    say_why(because)
    sort, found = PARTS[part], _found(part, part_id)
    with held(found.claim_id, by=by, right=_right(sort, found, by), why=because):
        row = _locked(part, part_id, version)
        write(row, {"withdrawn_at": timezone.now(), "withdrawn_because": because})
        return row


@change
def resolve(*, annotation_id: int, version: int, by: User, resolved: bool = True) -> Annotation:
    """A remark is dealt with, or taken up again."""
    found = _found("annotation", annotation_id)
    with held(found.claim_id, by=by, right="annotate"):
        row: Annotation = _locked("annotation", annotation_id, version)
        moment = timezone.now() if resolved else None
        write(row, {"resolved_at": moment, "resolved_by_id": by.pk if resolved else None})
        return row


def _right(sort: Part, row: Any, by: User) -> str:
    own = sort.author and getattr(row, f"{sort.author}_id") == by.pk
    return sort.right if own else "edit"


def _found(part: str, part_id: int) -> Any:
    found = PARTS[part].model.objects.filter(pk=part_id, withdrawn_at__isnull=True).first()
    if found is None or found.claim_id is None:
        raise NoSuchRecord(part, part_id)
    return found


def _locked(part: str, part_id: int, version: int) -> Any:
    """The row, locked after its claim, at the version that was seen."""
    return locked(PARTS[part].model.objects.all(), part_id, version, part)
