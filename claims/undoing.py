"""The last act at a copy is taken back, row by row: each sort of row by the function of the desk that does so.

The bargain: what others have built on since stays, and nothing is deleted. A finding goes back into check, a claim is
closed as dropped, what was added is withdrawn.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from claims import copydesk, editing, rulings, workflow
from claims.linework import relay
from claims.models import Attribution
from claims.vocabularies import CHECKABLE
from factdesk.change import change
from factdesk.errors import NoSuchRecord
from factdesk.people.models import User
from sources.models import Sentence


@change
def undo(*, by: User, rows: Iterable[tuple[str, int]]) -> None:
    """Take back what an act of one's own made, the last row first. What others have built on since stays: Refused."""
    for sort, number in reversed(list(rows)):
        _UNDO[sort](number, by)


def _undo_claim(number: int, by: User) -> None:
    for hop in Attribution.objects.filter(claim=number, withdrawn_at__isnull=True).order_by("-depth", "-pk"):
        _withdraw("attribution")(hop.pk, by)
    workflow.withdraw_claim(claim_id=number, by=by)


def _withdraw(part: str) -> Any:
    def withdraw(number: int, by: User) -> None:
        row = editing.PARTS[part].model.objects.filter(pk=number).first()
        if row is None:
            raise NoSuchRecord(part, number)
        editing.withdraw(part=part, part_id=number, version=row.version, by=by, because=_("Undone."))

    return withdraw


def _undo_ruling(number: int, by: User) -> None:
    sentence = Sentence.objects.get(rulings=number)
    rulings.rule_out(sentence_id=sentence.pk, decision=CHECKABLE, by=by)


def _undo_change(number: int, by: User) -> None:
    copydesk.take_back(change_id=number, by=by)


def _undo_resolved(number: int, by: User) -> None:
    row = editing.PARTS["annotation"].model.objects.get(pk=number)
    editing.resolve(annotation_id=number, version=row.version, by=by, resolved=False)


_UNDO = {
    "assessment": lambda number, by: workflow.take_back(assessment_id=number, by=by),
    "attribution": _withdraw("attribution"),
    "annotation": _withdraw("annotation"),
    "evidence": _withdraw("evidence"),
    "quantity": _withdraw("quantity"),
    "relayed": lambda number, by: relay(Attribution.objects.get(pk=number), None, by),
    "claim": _undo_claim,
    "ruling": _undo_ruling,
    "change": _undo_change,
    "resolved": _undo_resolved,
}
