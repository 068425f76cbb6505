"""Changing what is known of sources and documents: added, edited, graded, tied together. Nothing is deleted.

Whoever edits names the version that they saw. What a change of a source does to the claims that rest on it (their
origins, their warnings, an embargo's hold) is the database's to do, in the same transaction.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from factdesk.change import change, known, locked, may, say_why, write
from factdesk.context import acting
from factdesk.errors import BadInput, NoSuchRecord
from factdesk.people.models import User
from sources import identity, laying
from sources.capture import Captured
from sources.models import Affiliation, Document, Passage, Snapshot, Source
from sources.models.document import HELD

SOURCE = ("kind", "name", "description", "aliases", "identity", "headcount", "owner_id")
AFFILIATION = ("role", "since", "until")
DOCUMENT = (
    "kind", "title", "publisher_id", "publisher_read_from", "bylines", "bylines_read_from", "published_on",
    "published_on_read_from", "url", "held_at", "language", "embargo_until", "restricted", "note",
)  # fmt: skip


@change
def add_source(*, by: User, columns: Mapping[str, Any]) -> Source:
    """A new source. ``columns`` of :data:`SOURCE`; a protected one is made so by its own function."""
    may(by, "edit")
    known("source", columns, SOURCE)
    identity.leave_to_chiefs(by=by, source=None, columns=columns)
    with acting(by=by, why="source added"):
        return Source.objects.create(**columns)


@change
def edit_source(*, source_id: int, version: int, by: User, columns: Mapping[str, Any], why: str = "") -> Source:
    """Change columns of :data:`SOURCE`."""
    may(by, "edit")
    known("source", columns, SOURCE)
    with acting(by=by, why=why):
        source: Source = locked(Source.objects.visible_to(by), source_id, version, "source")
        identity.leave_to_chiefs(by=by, source=source, columns=columns)
        write(source, columns)
        return source


@change
def grade(
    *, source_id: int, version: int, by: User, reliability: str | None, on: date | None = None, why: str = ""
) -> Source:
    """How reliable a source has been (Admiralty code, NATO AJP-2.1: A-F), as of a day (today); None takes it back."""
    may(by, "regrade")
    with acting(by=by, why=why or f"graded {reliability or 'no more'}"):
        source: Source = locked(Source.objects.visible_to(by), source_id, version, "source")
        day = (on or timezone.localdate()) if reliability else None
        write(source, {"reliability": reliability, "reliability_on": day})
        return source


# --- who belongs to whom ---


@change
def affiliate(
    *,
    source_id: int,
    organization_id: int,
    by: User,
    role: str = "",
    since: date | None = None,
    until: date | None = None,
) -> Affiliation:
    """A source belongs to another. Days that are not known stay unknown."""
    may(by, "edit")
    with acting(by=by, why="affiliation added"):
        for number in sorted({source_id, organization_id}):
            if not Source.objects.visible_to(by).filter(pk=number).exists():
                raise NoSuchRecord("source", number)
        return Affiliation.objects.create(
            source_id=source_id, organization_id=organization_id, role=role, since=since, until=until
        )


@change
def edit_affiliation(
    *, affiliation_id: int, version: int, by: User, columns: Mapping[str, Any], why: str = ""
) -> Affiliation:
    """Change columns of :data:`AFFILIATION`."""
    may(by, "edit")
    known("affiliation", columns, AFFILIATION)
    with acting(by=by, why=why):
        row = _affiliation(affiliation_id, version)
        write(row, columns)
        return row


@change
def end_affiliation(*, affiliation_id: int, version: int, by: User, because: str) -> Affiliation:
    """It never was so: withdrawn, with the reason. (What merely came to an end gets its ``until``.)"""
    may(by, "edit")
    say_why(because)
    with acting(by=by, why=because):
        row = _affiliation(affiliation_id, version)
        write(row, {"withdrawn_at": timezone.now(), "withdrawn_because": because})
        return row


def _affiliation(affiliation_id: int, version: int) -> Affiliation:
    found: Affiliation = locked(
        Affiliation.objects.filter(withdrawn_at__isnull=True), affiliation_id, version, "affiliation"
    )
    return found


# --- documents, their saved copies, and words marked in them ---


@change
def add_document(*, by: User, columns: Mapping[str, Any]) -> Document:
    """A new document. ``columns`` of :data:`DOCUMENT`; what it does not say of itself stays out."""
    may(by, "propose")
    known("document", columns, DOCUMENT)
    _may_restrict(by, columns)
    with acting(by=by, why="document added"):
        return Document.objects.create(**columns)


@change
def edit_document(*, document_id: int, version: int, by: User, columns: Mapping[str, Any], why: str = "") -> Document:
    """Change columns of :data:`DOCUMENT`. An embargo lets what was cleared on it fall to hold."""
    may(by, "edit")
    known("document", columns, DOCUMENT)
    _may_restrict(by, columns)
    with acting(by=by, why=why):
        document: Document = locked(Document.objects.visible_to(by), document_id, version, "document")
        write(document, columns)
        return document


def _may_restrict(by: User, columns: Mapping[str, Any]) -> None:
    if columns.get("restricted"):  # nobody locks themselves out of what they have just written
        may(by, "read_restricted")


@change
def add_snapshot(
    *,
    document_id: int,
    by: User,
    text: str,
    captured_from: str,
    captured_at: datetime | None = None,
    captured: Captured | None = None,
) -> Snapshot:
    """What the document's text was at a moment (now): CRLF becomes LF, NUL is refused, nothing else is touched.

    Its lines are laid down with it, each going on from the document's other copies. ``captured``: the file that the
    text was read from, whose bytes are kept. Our own copy goes through ``claims.versions.save_copy``, since claims
    stand in it.
    """
    may(by, "propose")
    said = text.replace("\r\n", "\n")
    if "\0" in said or not said.strip():
        wrong = ("nul", f"NUL at character {said.index(chr(0))}.") if "\0" in said else ("empty", "There is no text.")
        raise BadInput("This text cannot be saved.", [{"path": "text", "code": wrong[0], "message": wrong[1]}])
    with acting(by=by, why="copy saved"):
        document = Document.objects.visible_to(by).filter(pk=document_id).first()
        if document is None:
            raise NoSuchRecord("document", document_id)
        laying.take_turn(document_id)
        snapshot = Snapshot.objects.create(
            document=document,
            text=said,
            length=len(said),
            sha256=hashlib.sha256(said.encode()).hexdigest(),
            captured_at=captured_at or timezone.now(),
            captured_by=by,
            captured_from=captured_from,
            **_original(document, captured),
        )
        laying.lay_down(snapshot, captured.blocks if captured else None)
        return snapshot


def _original(document: Document, captured: Captured | None) -> dict[str, Any]:
    """The bytes of the file, and their digest. Of what the desk holds or writes itself only the digest: a page's hidden
    parts and comments are not searched for protected names, as its text is.
    """
    if captured is None:
        return {}
    kept = None if document.kind in HELD else captured.original
    return {"original": kept, "original_sha256": captured.original_sha256}


@change
def mark(*, snapshot_id: int, start: int, end: int, by: User, part: str = "body", locator: str = "") -> Passage:
    """Mark the words ``[start, end)`` (code points) of a snapshot; the same words in the same part are marked once."""
    may(by, "propose")
    with acting(by=by, why="words marked"):
        if not Snapshot.objects.visible_to(by).filter(pk=snapshot_id).exists():
            raise NoSuchRecord("snapshot", snapshot_id)
        place = {"snapshot_id": snapshot_id, "start": start, "end": end, "part": part, "locator": locator}
        return Passage.objects.filter(**place).order_by("pk").first() or Passage.objects.create(**place)
