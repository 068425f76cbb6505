"""The truth table of the work, role by state by action, through all five ways in: admin, API, bulk, import and shell.

Whichever way somebody comes, the same is possible, the same is refused, and what is refused has changed nothing.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from claims import dossiers, editing, workflow
from claims.models import Claim, Clearance, SignOff, Transition
from factdesk.errors import BadInput, DomainError, NotAllowed
from factdesk.people.models import User
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STATES = ("new", "in_check", "in_review", "signed_off", "closed")
ROLES = ("reader", "reporter", "checker", "editor", "chief", "legal")
DESK, EDITORS, LEGAL = {"checker", "editor", "chief"}, {"editor", "chief"}, {"legal"}

# Written out again on purpose: (state, action) -> (state after, who may). What is not here is nobody's.
TABLE = {
    ("new", "take"): ("in_check", DESK),
    ("in_check", "take"): ("in_check", DESK),  # nobody's: taken over as it stands
    ("in_check", "submit"): ("in_review", DESK),
    ("in_review", "sign_off"): ("signed_off", EDITORS),
    ("in_review", "send_back"): ("in_check", EDITORS),
    ("signed_off", "reopen"): ("in_check", EDITORS),
    ("closed", "reopen"): ("new", EDITORS),
    ("new", "close"): ("closed", EDITORS),
    ("in_check", "close"): ("closed", EDITORS),
    ("in_review", "close"): ("closed", EDITORS),
    ("signed_off", "close"): ("closed", EDITORS),
    ("new", "tick"): ("in_review", DESK),
    ("in_check", "tick"): ("in_review", DESK),
    ("in_review", "tick"): ("in_review", DESK),
    ("new", "assess"): ("new", DESK),
    ("in_check", "assess"): ("in_check", DESK),
    ("in_review", "assess"): ("in_review", DESK),
    ("signed_off", "clear"): ("signed_off", EDITORS),
    **{(state, "hold"): (state, EDITORS) for state in STATES},
    **{(state, "legal_hold"): (state, LEGAL) for state in STATES},
    **{(state, "assign"): (state, EDITORS) for state in STATES},
    **{(state, "look_again"): (state, DESK) for state in ("in_review", "signed_off")},
    **{(state, "still_stands"): (state, DESK) for state in STATES},
    **{(state, "edit"): ("in_check" if state == "signed_off" else state, DESK) for state in STATES},
}
ACTIONS = (
    "take", "submit", "sign_off", "send_back", "reopen", "close", "tick", "assess", "clear", "hold", "legal_hold",
    "assign", "look_again", "still_stands", "edit",
)  # fmt: skip
#: another statement than any that was there
OTHERWISE = "It was otherwise."


def at(state: str, action: str) -> Claim:
    """A claim that has got so far, to be looked at again (unless that is what is asked for); in check it has a finding
    to submit.
    """
    claim = make.claim(state=state)
    if state == "in_check":
        make.assessment(claim)
    Claim.objects.filter(pk=claim.pk).update(look_again=action != "look_again")
    claim.refresh_from_db()
    return claim


class Seen:
    """A claim as somebody saw it."""

    def __init__(self, claim: Claim, to: User) -> None:
        self.claim, self.revision, self.version, self.to = claim, claim.revision, claim.version, to
        newest = claim.assessments.order_by("-id").first()
        self.finding = newest.pk if newest else 0


# --- the ways: each does the action as that person, and says whether it was done ---


def shell(action: str, seen: Seen, by: User) -> bool:
    on: dict[str, Any] = {"claim_id": seen.claim.pk, "by": by}
    moved, judged = {**on, "version": seen.version}, {**on, "revision": seen.revision}
    decided = {"assessment_id": seen.finding, "revision": seen.revision, "by": by}
    calls: dict[str, Callable[[], Any]] = {
        "take": lambda: workflow.take(**moved),
        "submit": lambda: workflow.submit(**judged),
        "sign_off": lambda: workflow.sign_off(**decided),
        "send_back": lambda: workflow.send_back(**decided, note="Not yet."),
        "reopen": lambda: workflow.reopen(**moved, reason="New papers."),
        "close": lambda: workflow.close(**moved, because="dropped"),
        "tick": lambda: workflow.tick(**judged),
        "assess": lambda: workflow.assess(**judged, verdict="mixed", rationale="Half of it."),
        "clear": lambda: workflow.clear(**judged, value="clear"),
        "hold": lambda: workflow.clear(**judged, value="hold"),
        "legal_hold": lambda: workflow.legal_hold(**judged, note="A writ."),
        "assign": lambda: workflow.assign(**moved, to=seen.to),
        "look_again": lambda: workflow.look_again(**moved, reason="A new log."),
        "still_stands": lambda: workflow.still_stands(**judged),
        "edit": lambda: editing.edit(**moved, columns={"statement": OTHERWISE}),
    }
    try:
        calls[action]()
    except DomainError as refused:
        return refused.status not in (403, 404, 409)
    return True


def _body(action: str, seen: Seen) -> tuple[str, dict[str, Any], bool]:
    """Where the API has it, what is sent, and whether it is about the claim itself (and so names its version)."""
    number = str(seen.claim.pk)
    judged = {"claim": number, "revision": seen.revision}
    decided = {"assessment": str(seen.finding), "revision": seen.revision}
    bodies: dict[str, tuple[str, dict[str, Any], bool]] = {
        "take": ("transitions", {"action": "take"}, True),
        "submit": ("transitions", {"action": "submit"}, True),
        "reopen": ("transitions", {"action": "reopen", "reason": "New papers."}, True),
        "close": ("transitions", {"action": "close", "because": "dropped"}, True),
        "assign": ("assign", {"assignee": str(seen.to.pk)}, True),
        "look_again": ("look_again", {"reason": "A new log."}, True),
        "still_stands": ("still_stands", {}, True),
        "edit": ("", {"statement": OTHERWISE}, True),
        "sign_off": ("sign_offs", {**decided, "decision": "approve"}, False),
        "send_back": ("sign_offs", {**decided, "decision": "send_back", "note": "Not yet."}, False),
        "tick": ("assessments", {**judged, "is_tick": True}, False),
        "assess": ("assessments", {**judged, "verdict": "mixed", "rationale": "Half of it."}, False),
        "clear": ("clearances", {**judged, "value": "clear"}, False),
        "hold": ("clearances", {**judged, "value": "hold"}, False),
        "legal_hold": ("clearances", {**judged, "value": "legal_hold", "note": "A writ."}, False),
    }
    return bodies[action]


def _browser(by: User) -> Client:
    browser = Client(raise_request_exception=True)
    browser.force_login(by)
    return browser


def api(action: str, seen: Seen, by: User) -> bool:
    address, body, on_claim = _body(action, seen)
    headers = {"If-Match": f'"{seen.version}"'} if on_claim else {}
    path = f"/api/v1/claims/{seen.claim.pk}/{address + '/' if address else ''}" if on_claim else f"/api/v1/{address}/"
    send = _browser(by).patch if action == "edit" else _browser(by).post
    answer = send(path, body, content_type="application/json", headers=headers)
    if answer.status_code not in (200, 201):
        assert answer.status_code in (400, 403, 404, 409), answer.content  # 400: a finding 0 is none
        assert answer["Content-Type"] == "application/problem+json"
        return False
    return True


def bulk(action: str, seen: Seen, by: User) -> bool:
    """A list of one, beside a row that is nobody's: each row is judged for itself."""
    address, body, on_claim = _body(action, seen)
    if on_claim:
        body = {**body, "id": str(seen.claim.pk), "version": seen.version}
    path = f"/api/v1/{'claims/' if on_claim else ''}{address}/bulk/?atomic=0"
    answer = _browser(by).post(path, [body, {}], content_type="application/json")
    if answer.status_code == 403:
        return False
    assert answer.status_code == 200, answer.content
    first, second = answer.json()["results"]
    assert second["status"] == 400
    return first["status"] in (200, 201)


def admin(action: str, seen: Seen, by: User) -> bool:
    forms: dict[str, dict[str, Any]] = {
        "send_back": {"note": "Not yet."},
        "reopen": {"reason": "New papers."},
        "look_again": {"reason": "A new log."},
        "close": {"because": "dropped"},
        "assess": {"verdict": "mixed", "rationale": "Half of it."},
        "clear": {"value": "clear"},
        "legal_hold": {"note": "A writ."},
        "assign": {"to": seen.to.pk},
        "edit": {"statement": OTHERWISE, "kind": seen.claim.kind, "priority": seen.claim.priority},
    }
    typed = {"revision": seen.revision, "version": seen.version, "finding": seen.finding, **forms.get(action, {})}
    path = f"/admin/claims/claim/{seen.claim.pk}/change/?do={action.replace('_', '-')}"
    answer = _browser(by).post(path, typed)
    if answer.status_code != 302:
        assert answer.status_code in (400, 403, 404, 409), answer.content
        return False
    return True


WAYS = {"shell": shell, "api": api, "bulk": bulk, "admin": admin}
CELLS = [
    (way, state, action) for way in WAYS for state in STATES for action in ACTIONS
    if (way, action) != ("bulk", "edit")  # what changes is edited one by one
]  # fmt: skip


def counted(claim: Claim) -> tuple[int, ...]:
    """What a refusal must leave as it was."""
    claim.refresh_from_db()
    decided = (SignOff.objects.filter(assessment__claim=claim), Clearance.objects.filter(claim=claim))
    moved = Transition.objects.filter(claim=claim)
    return claim.version, claim.assessments.count(), moved.count(), *(rows.count() for rows in decided)


@pytest.mark.parametrize(("way", "state", "action"), CELLS)
def test_who_may_do_what_from_where_by_which_way(way, state, action):
    after, roles = TABLE.get((state, action), (state, set()))
    people, to = [make.user(role) for role in ROLES], make.user("checker")
    claim = at(state, action)
    before, seen = counted(claim), Seen(claim, to)
    for person in people:
        with transaction.atomic():
            done = WAYS[way](action, seen, person)
            now = counted(claim)
            assert done == (person.role in roles), person.role
            assert claim.state == (after if done else state), person.role
            assert (now != before) == done, person.role
            transaction.set_rollback(True)


# --- import: what a record file may do to a claim that has got so far ---

FILE = """
dossier: 1
document: {key: some_page, kind: article, title: A page}
sources: [{key: somebody, kind: person, name: Somebody}]
claims:
  - key: it-happened
    kind: event
    statement: STATEMENT
    attributions: [{key: first, speaker: somebody}]
"""
#: a record file adds for whoever may propose, and changes for whoever may edit
IMPORTS = {"reporter", "checker", "editor", "chief"}


def imported(statement: str, by: User, more: str = "") -> None:
    dossiers.load(dossiers.read((FILE.replace("STATEMENT", statement) + more).encode()), by=by)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_a_record_file_changes_only_what_nobody_has_worked_on_and_only_for_who_may_edit(role, state):
    person = make.user(role)
    imported("It happened.", make.user("editor"))
    claim = Claim.objects.get()
    if state == "closed":
        workflow.close(claim_id=claim.pk, by=make.user("editor"), because="dropped")
    elif state != "new":
        workflow.take(claim_id=claim.pk, by=make.user("checker"))
    if state in ("in_review", "signed_off"):
        found = workflow.tick(claim_id=claim.pk, revision=claim.revision, by=make.user("checker"))
        if state == "signed_off":
            workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=make.user("editor"))
    before = counted(claim)
    assert claim.state == state
    done = True
    try:
        imported(OTHERWISE, person)
    except NotAllowed:
        done = False
    touched = state != "new"  # a decision of a person is never overwritten: the file's wish is told as a conflict
    assert done == (role in (IMPORTS if touched else DESK))
    assert (counted(claim) != before) == (done and not touched)
    assert claim.statement == (OTHERWISE if done and not touched else "It happened.")
    assert (claim.state, claim.clearance) == (state, "not_cleared")


@pytest.mark.parametrize("role", ROLES)
def test_whoever_may_propose_brings_new_claims_and_the_rest_takes_its_own_right(role):
    person = make.user(role)
    accused = "    accusations: [{key: a, accused: somebody, outcome: declined}]\n"
    for more, roles in (("", IMPORTS), (accused, DESK)):
        with transaction.atomic():
            try:
                imported("It happened.", person, more)
                done = True
            except NotAllowed:
                done = False
            assert done == (role in roles)
            assert Claim.objects.exists() == done
            transaction.set_rollback(True)


@pytest.mark.parametrize("said", ["state: signed_off", "verdict: accurate", "clearance: clear", "flags: [satire]"])
def test_no_record_file_says_how_far_the_work_is(said):
    with pytest.raises(BadInput) as told:
        imported("It happened.", make.user("chief"), f"    {said}\n")
    assert [problem["code"] for problem in told.value.problems] == ["unknown_field"]
    assert not Claim.objects.exists()
