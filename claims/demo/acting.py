"""Does what ``claims.demo.acts`` lists, by the functions of the desk and as the people who are named there."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from claims import copydesk, editing, pieces, reply, usages, workflow
from claims.demo.acts import ACTS
from claims.models import Accusation, Claim, Piece
from factdesk.context import acting
from factdesk.people.models import User
from factdesk.people.roles import Role
from sources import editing as material
from sources.models import Document

#: username -> first name, last name, role. Two see to the copy; a chief and a lawyer do what only they may.
PEOPLE = {
    "ida": ("Ida", "Brandt", Role.CHECKER),
    "tom": ("Tom", "Achebe", Role.EDITOR),
    "ruth": ("Ruth", "Calder", Role.CHIEF),
    "levi": ("Levi", "Stone", Role.LEGAL),
}
OUR_COPY = "demo_lantern"
#: what the author handed in with our copy
FOLDER = ("brigade_letter", "threlby_email", "kettlewood_interview", "council_meeting_june_2025")


def make_people(passwords: Mapping[str, str]) -> list[User]:
    """The demo's people, with these passwords (username -> password)."""
    with acting(why="demo"):
        return [_person(name, passwords[name]) for name in PEOPLE]


def work() -> None:
    """Let the people do what they did, each act in a transaction of its own, as people do. ``seeds/demo`` is imported.

    The page of our own copy closes at 20:00 of the next day, by the desk's clock.
    """
    people = {name: User.objects.get(username=name) for name in PEOPLE}
    _set_times(people["tom"])
    for name, act, key, facts in ACTS:
        with transaction.atomic():
            _DO[act](people[name], Claim.objects.get(key=key), people, **facts)


def _person(name: str, password: str) -> User:
    first, last, role = PEOPLE[name]
    return User.objects.create_user(name, password=password, first_name=first, last_name=last, role=role)


def _set_times(editor: User) -> None:
    """The demo is always of today: our page closes tomorrow evening, and the embargo ends three days later."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    closes = timezone.make_aware(datetime.combine(tomorrow, time(20)))
    piece = Piece.objects.get(document__key=OUR_COPY)
    names = {"ida": "checker_id", "tom": "editor_id", "ruth": "second_reader_id", "levi": "lawyer_id"}
    people = {column: User.objects.get(username=name).pk for name, column in names.items()}
    times = {"text_closes_at": closes - timedelta(hours=2, minutes=30), "page_closes_at": closes}
    pieces.edit_piece(piece_id=piece.pk, version=piece.version, by=editor, columns={**people, **times}, why="the plan")
    for key in FOLDER:
        pieces.put_in_folder(piece_id=piece.pk, document_id=Document.objects.get(key=key).pk, by=editor)
    for held in Document.objects.filter(embargo_until__isnull=False, key__isnull=False, snapshots=None):
        until = {"embargo_until": closes + timedelta(days=3)}
        material.edit_document(document_id=held.pk, version=held.version, by=editor, columns=until, why="the plan")


# --- the acts ---


def _take(by: User, claim: Claim, people: Any) -> None:
    workflow.take(claim_id=claim.pk, version=claim.version, by=by)


def _tick(by: User, claim: Claim, people: Any) -> None:
    workflow.tick(claim_id=claim.pk, revision=claim.revision, by=by)


def _assess(by: User, claim: Claim, people: Any, review_in_days: int | None = None, **facts: Any) -> None:
    today = timezone.localdate()
    if review_in_days is not None:
        facts["review_by"] = today + timedelta(days=review_in_days)
    workflow.assess(claim_id=claim.pk, revision=claim.revision, by=by, as_of=today, submit=True, **facts)


def _sign_off(by: User, claim: Claim, people: Any, note: str = "") -> None:
    found = claim.assessments.latest("pk")
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=by, note=note)


def _send_back(by: User, claim: Claim, people: Any, note: str) -> None:
    found = claim.assessments.latest("pk")
    workflow.send_back(assessment_id=found.pk, revision=claim.revision, by=by, note=note)


def _clear(by: User, claim: Claim, people: Any, **facts: Any) -> None:
    workflow.clear(claim_id=claim.pk, revision=claim.revision, by=by, **facts)


def _legal_hold(by: User, claim: Claim, people: Any, note: str) -> None:
    workflow.legal_hold(claim_id=claim.pk, revision=claim.revision, by=by, note=note)


def _reopen(by: User, claim: Claim, people: Any, reason: str) -> None:
    workflow.reopen(claim_id=claim.pk, version=claim.version, by=by, reason=reason)


def _close(by: User, claim: Claim, people: Any, *, because: str, reason: str = "", of: str = "") -> None:
    first = Claim.objects.get(key=of).pk if of else None
    workflow.close(claim_id=claim.pk, version=claim.version, by=by, because=because, reason=reason, duplicate_of=first)


def _assign(by: User, claim: Claim, people: Mapping[str, User], to: str) -> None:
    workflow.assign(claim_id=claim.pk, version=claim.version, by=by, to=people[to])


def _edit(by: User, claim: Claim, people: Any, columns: dict[str, Any], why: str) -> None:
    editing.edit(claim_id=claim.pk, version=claim.version, by=by, columns=columns, why=why)


def _remark(by: User, claim: Claim, people: Any, **columns: Any) -> None:
    editing.add(part="annotation", claim_id=claim.pk, by=by, columns=columns)


def _ask(by: User, claim: Claim, people: Any, *, accused: str, hours: float, sent: float) -> None:
    now = timezone.now()
    reply.request_reply(
        accusation_id=_accusation(claim, accused).pk,
        by=by,
        put=f"We are about to print: {claim.statement} What do you say?",
        channel="e-mail",
        sent_at=now + timedelta(hours=sent),
        deadline=now + timedelta(hours=hours),
    )


def _exempt(by: User, claim: Claim, people: Any, accused: str, **facts: Any) -> None:
    reply.exempt(accusation_id=_accusation(claim, accused).pk, by=by, **facts)


def _accusation(claim: Claim, accused: str) -> Accusation:
    return Accusation.objects.get(claim=claim, accused__key=accused, withdrawn_at=None)


def _change(by: User, claim: Claim, people: Mapping[str, User], decision: str, decided: str = "", **facts: Any) -> None:
    piece = Piece.objects.get(document__key=OUR_COPY)
    hop = claim.attributions.filter(document=piece.document_id, passage__isnull=False).earliest("pk")
    made = copydesk.propose_change(
        piece_id=piece.pk, passage_id=hop.passage_id or 0, claim_id=claim.pk, by=by, **facts
    )  # fmt: skip
    copydesk.decide_change(change_id=made.pk, version=1, decision=decision, reason=decided, by=people["tom"])


def _ran(by: User, claim: Claim, people: Any, **columns: Any) -> None:
    usages.record_usage(claim_id=claim.pk, revision=claim.revision, by=by, columns=columns)


_DO: dict[str, Callable[..., None]] = {
    "take": _take,
    "tick": _tick,
    "assess": _assess,
    "sign_off": _sign_off,
    "send_back": _send_back,
    "clear": _clear,
    "legal_hold": _legal_hold,
    "reopen": _reopen,
    "close": _close,
    "assign": _assign,
    "edit": _edit,
    "remark": _remark,
    "ask": _ask,
    "exempt": _exempt,
    "change": _change,
    "ran": _ran,
}
