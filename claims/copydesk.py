"""What a checker wants changed in our own copy, and what became of it."""

from django.db.models import F
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from claims.models import Claim, CopyChange, Piece
from claims.vocabularies import CopyDecision, Priority
from factdesk.change import change, locked, may, say_why, write
from factdesk.context import acting
from factdesk.errors import BadInput, NoSuchRecord, NotAllowed
from factdesk.people.models import User
from sources.models import Passage


@change
def propose_change(
    *, piece_id: int, passage_id: int, replacement: str, reason: str, force: str, by: User, claim_id: int | None = None
) -> CopyChange:
    """Ask for other words in place of these; an empty ``replacement`` is a cut. ``force``: how much it is asked for."""
    may(by, "change_copy")
    say_why(reason)
    with acting(by=by, why=reason):
        piece: Piece = locked(Piece.objects.visible_to(by), piece_id, None, "piece")
        _changes_something(piece, passage_id, replacement)
        if claim_id is not None and not Claim.objects.visible_to(by).filter(pk=claim_id).exists():
            raise NoSuchRecord("claim", claim_id)
        return CopyChange.objects.create(
            piece=piece, passage_id=passage_id, claim_id=claim_id, replacement=replacement, reason=reason, force=force,
            proposed_by=by,
        )  # fmt: skip


def _changes_something(piece: Piece, passage_id: int, replacement: str) -> None:
    stands = Substr("snapshot__text", F("start") + 1, F("end") - F("start"))
    marked = Passage.objects.filter(pk=passage_id, snapshot__document=piece.document_id)
    found = marked.values_list(stands, named=False).first()
    if found is None:
        raise NoSuchRecord("passage of this piece", passage_id)
    if found[0] == replacement:
        told = _("These words stand there already: write what is to stand in their place, or nothing for a cut.")
        raise BadInput(told, [{"path": "replacement", "code": "changes_nothing", "message": told}])


@change
def decide_change(*, change_id: int, version: int, decision: str, by: User, reason: str = "") -> CopyChange:
    """Accept, reword or reject it: the piece's author or an editor. To reword says the new words in ``reason``;
    a ``must`` is rejected by an editor only, with a reason.
    """
    may(by, "propose")
    if decision not in CopyDecision.values:
        raise BadInput("This is no decision.", [{"path": "decision", "code": "unknown_word", "message": decision[:60]}])
    with acting(by=by, why=reason):
        row: CopyChange = locked(CopyChange.objects.visible_to(by), change_id, version, "copy change")
        if not by.may("decide_copy"):
            if row.piece.author_id != by.pk:
                raise NotAllowed("The piece's author decides, or an editor.", needed=["decide_copy"])
            if row.force == Priority.MUST and decision == CopyDecision.REJECTED:
                raise NotAllowed("A must is rejected by an editor only.", needed=["decide_copy"])
        if decision == CopyDecision.REWORDED:
            say_why(reason)
        write(row, {"decision": decision, "decision_reason": reason, "decided_by_id": by.pk})
        return row


@change
def take_back(*, change_id: int, by: User) -> CopyChange:
    """Whoever proposed a change takes it back while nobody has decided on it: it is asked for no more, and rejected."""
    may(by, "change_copy")
    with acting(by=by, why="taken back"):
        row: CopyChange = locked(CopyChange.objects.visible_to(by), change_id, None, "copy change")
        if row.proposed_by_id != by.pk or row.decision is not None:
            raise NotAllowed("Only whoever proposed it takes it back, and only while it is undecided.", needed=[])
        rejected = {"decision": CopyDecision.REJECTED, "decision_reason": "Taken back.", "decided_by_id": by.pk}
        write(row, {"force": Priority.COULD, **rejected})
        return row
