"""Where a claim went out, what that is owed, and how a claim goes out that is still open (rule 14)."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from claims.locking import held
from claims.models import Piece, Usage
from claims.models.claim import OPEN
from claims.vocabularies import Owed, Priority, WentOutOpen
from factdesk.change import change, known, locked, may, say_why, write
from factdesk.errors import BadInput, DomainError, NoSuchRecord
from factdesk.people.models import User
from sources.models import Document

USAGE = ("document_id", "url", "consumer", "went_out_at", "printed")


class NotOpen(DomainError):
    """Only on a ``must`` claim that is still open it is decided how it goes out."""

    code = "not_open"


@change
def record_usage(*, claim_id: int, revision: int, by: User, columns: Mapping[str, Any]) -> Usage:
    """This revision of the claim went out. ``columns`` of :data:`USAGE`; without ``went_out_at``: now."""
    known("usage", columns, USAGE)
    with held(claim_id, by=by, right="edit", revision=revision, why="went out") as claim:
        document = columns.get("document_id")
        if document is not None and not Document.objects.visible_to(by).filter(pk=document).exists():
            raise NoSuchRecord("document", document)
        given = {"went_out_at": timezone.now(), **{name: value for name, value in columns.items() if value is not None}}
        return Usage.objects.create(claim=claim, revision=revision, **given)


@change
def settle(*, usage_id: int, version: int, by: User, owed: str, correction: str) -> Usage:
    """What was owed has been printed (``correction`` has the words), or nothing is owed after all (it says why)."""
    say_why(correction)
    found = _found(usage_id)
    if owed not in Owed.values or owed == Owed.DUE:
        raise BadInput("This settles nothing.", [{"path": "owed", "code": "unknown_word", "message": owed[:60]}])
    with held(found.claim_id, by=by, right="retract", why=correction):
        row: Usage = locked(Usage.objects.all(), usage_id, version, "usage")
        write(row, {"owed": owed, "correction": correction})
        return row


@change
def decide_open(*, claim_id: int, piece_id: int, revision: int, by: User, decision: str, because: str) -> Usage:
    """How a ``must`` claim of the piece goes out that is still open: cut, softened, or (a chief) printed unchecked."""
    say_why(because)
    if decision not in WentOutOpen.values:
        raise BadInput("This is no decision.", [{"path": "decision", "code": "unknown_word", "message": decision[:60]}])
    unchecked = decision == WentOutOpen.PRINTED_UNCHECKED
    right = "print_unchecked" if unchecked else "clear"
    may(by, right)
    with held(claim_id, by=by, right=right, revision=revision, why=because) as claim:
        piece = Piece.objects.visible_to(by).filter(pk=piece_id).first()
        if piece is None or not claim.attributions.filter(document=piece.document_id, withdrawn_at=None).exists():
            raise NoSuchRecord("piece with this claim", piece_id)
        if claim.priority != Priority.MUST or claim.state not in OPEN:
            raise NotOpen(f"Claim {claim_id} is not an open must.", claim=claim_id, state=claim.state)
        facts = {"went_out_open": decision, "open_because": because, "open_decided_by_id": by.pk, "revision": revision}
        row = Usage.objects.select_for_update(no_key=True).filter(
            claim=claim, document=piece.document_id, withdrawn_at__isnull=True
        ).first()  # fmt: skip
        if row is None:
            return Usage.objects.create(claim=claim, document_id=piece.document_id, **facts)
        write(row, facts)
        return row


def _found(usage_id: int) -> Usage:
    found = Usage.objects.filter(pk=usage_id, withdrawn_at__isnull=True).first()
    if found is None:
        raise NoSuchRecord("usage", usage_id)
    return found
