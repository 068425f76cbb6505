"""The work on a claim by its functions: who may do what from where, on what they saw, and what a refusal leaves."""

from itertools import product

import pytest
from django.db import transaction

from claims import workflow
from claims.locking import NoSuchClaim, StaleDecision
from claims.models import Claim, Clearance, SignOff, Transition
from factdesk.change import Refused
from factdesk.errors import DomainError, NoSuchRecord, NotAllowed, ReasonNeeded, StaleVersion
from factdesk.people.models import User
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STATES = ("new", "in_check", "in_review", "signed_off", "closed")
ROLES = ("reader", "reporter", "checker", "editor", "chief", "legal")

# Written out again on purpose: (state, action) -> (state after, the roles that may).
LEGAL = {
    ("new", "take"): ("in_check", {"checker", "editor", "chief"}),
    ("in_check", "take"): ("in_check", {"checker", "editor", "chief"}),  # nobody's: taken over as it stands
    ("in_check", "submit"): ("in_review", {"checker", "editor", "chief"}),
    ("in_review", "sign_off"): ("signed_off", {"editor", "chief"}),
    ("in_review", "send_back"): ("in_check", {"editor", "chief"}),
    ("signed_off", "reopen"): ("in_check", {"editor", "chief"}),
    ("closed", "reopen"): ("new", {"editor", "chief"}),
    ("new", "close"): ("closed", {"editor", "chief"}),
    ("in_check", "close"): ("closed", {"editor", "chief"}),
    ("in_review", "close"): ("closed", {"editor", "chief"}),
    ("signed_off", "close"): ("closed", {"editor", "chief"}),
    ("new", "tick"): ("in_review", {"checker", "editor", "chief"}),
    ("in_check", "tick"): ("in_review", {"checker", "editor", "chief"}),
    ("in_review", "tick"): ("in_review", {"checker", "editor", "chief"}),
    ("new", "assess"): ("new", {"checker", "editor", "chief"}),
    ("in_check", "assess"): ("in_check", {"checker", "editor", "chief"}),
    ("in_review", "assess"): ("in_review", {"checker", "editor", "chief"}),
    ("signed_off", "clear"): ("signed_off", {"editor", "chief"}),
}
ACTIONS = sorted({action for _, action in LEGAL})


def act(action: str, claim: Claim, by: User) -> object:
    """Do what ``action`` is called, seeing the claim as it stands."""
    finding = claim.assessments.order_by("-id").first()
    on = {"claim_id": claim.pk, "by": by}
    seen = {**on, "revision": claim.revision}
    judged = {"assessment_id": finding.pk if finding else 0, "revision": claim.revision, "by": by}
    return {
        "take": lambda: workflow.take(**on, version=claim.version),
        "submit": lambda: workflow.submit(**seen),
        "sign_off": lambda: workflow.sign_off(**judged),
        "send_back": lambda: workflow.send_back(**judged, note="Not yet."),
        "reopen": lambda: workflow.reopen(**on, reason="New papers."),
        "close": lambda: workflow.close(**on, because="dropped"),
        "tick": lambda: workflow.tick(**seen),
        "assess": lambda: workflow.assess(**seen, verdict="mixed", rationale="Half of it."),
        "clear": lambda: workflow.clear(**seen, value="clear"),
    }[action]()


def at(state: str) -> Claim:
    claim = make.claim(state=state)
    if state == "in_check":
        make.assessment(claim)
        claim.refresh_from_db()
    return claim


@pytest.mark.parametrize(("state", "action"), sorted(product(STATES, ACTIONS)))
def test_who_may_do_what_from_where(state, action):
    after, roles = LEGAL.get((state, action), (state, set()))
    for role in ROLES:
        with transaction.atomic():
            claim, person = at(state), make.user(role)
            before = Transition.objects.filter(claim=claim).count()
            told = None
            try:
                act(action, claim, person)
            except DomainError as refused:
                told = refused
            claim.refresh_from_db()
            assert (told is None) == (role in roles), f"{role}: {told}"
            assert claim.state == (after if role in roles else state), role
            if told:
                assert Transition.objects.filter(claim=claim).count() == before
                assert str(told)
                assert told.status in (403, 404, 409)
            transaction.set_rollback(True)


def test_what_was_seen_counts_and_not_what_is_there_now():
    claim, checker, editor = make.claim(), make.user("checker"), make.user("editor")
    make.assessment(claim)  # somebody has judged it, so that a change is a new revision even in one transaction
    Claim.objects.filter(pk=claim.pk).update(statement="Something else.")
    with pytest.raises(StaleDecision) as told:
        workflow.tick(claim_id=claim.pk, revision=1, by=checker)
    assert told.value.facts == {"claim": claim.pk, "seen": 1, "now": 2}
    with pytest.raises(StaleVersion, match="you saw 1"):
        workflow.take(claim_id=claim.pk, version=1, by=checker)
    found = workflow.tick(claim_id=claim.pk, revision=2, by=checker)
    Claim.objects.filter(pk=claim.pk).update(place="Elsewhere")
    with pytest.raises(StaleDecision):
        workflow.sign_off(assessment_id=found.pk, revision=2, by=editor)
    with pytest.raises(Refused) as old:
        workflow.sign_off(assessment_id=found.pk, revision=3, by=editor)
    assert old.value.code == "signoff_on_present_revision"
    assert not SignOff.objects.exists()


def test_nobody_signs_their_own_finding_and_nobody_twice():
    claim, editor, other = make.claim(kind="allegation"), make.user("editor"), make.user("chief")
    make.accusation(claim)
    claim.refresh_from_db()
    found = workflow.assess(
        claim_id=claim.pk, revision=claim.revision, by=editor, verdict="mixed", rationale="So.", submit=True
    )
    assert found.approvals_needed == 2
    with pytest.raises(Refused, match="Nobody signs off their own finding"):
        workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=editor)
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=other)
    claim.refresh_from_db()
    assert (claim.state, claim.verdict) == ("in_review", None)
    with pytest.raises(Refused, match="You have decided on this finding already"):
        workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=other)
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=make.user("editor"))
    claim.refresh_from_db()
    assert (claim.state, claim.verdict) == ("signed_off", "mixed")


def test_a_tick_takes_and_hands_on_in_one_and_is_not_enough_for_what_is_grave():
    checker = make.user("checker")
    plain = make.claim(kind="detail")
    workflow.tick(claim_id=plain.pk, revision=1, by=checker)
    plain.refresh_from_db()
    assert (plain.state, plain.assignee) == ("in_review", checker)
    assert list(plain.transitions.values_list("action", "by")) == [("take", checker.pk), ("submit", checker.pk)]
    for kind in ("allegation", "statistic", "causal"):
        grave = make.claim(kind=kind)
        with pytest.raises(Refused, match=r"needs its figure|A tick is not enough"):
            workflow.tick(claim_id=grave.pk, revision=1, by=checker)
        grave.refresh_from_db()
        assert (grave.state, grave.assessments.count()) == ("new", 0)


def test_a_claim_that_is_somebody_elses_is_not_taken_but_assigned():
    claim, one, other, editor = make.claim(), make.user("checker"), make.user("checker"), make.user("editor")
    workflow.take(claim_id=claim.pk, by=one)
    with pytest.raises(workflow.InvalidTransition, match=f"is with {one.username}"):
        workflow.take(claim_id=claim.pk, by=other)
    assert workflow.assign(claim_id=claim.pk, to=other, by=editor).assignee == other
    assert workflow.assign(claim_id=claim.pk, to=None, by=editor).assignee is None
    assert workflow.take(claim_id=claim.pk, by=one).assignee == one
    with pytest.raises(NotAllowed, match="may not take claims"):
        workflow.assign(claim_id=claim.pk, to=make.user("reader"), by=editor)
    with pytest.raises(NotAllowed):
        workflow.assign(claim_id=claim.pk, to=other, by=one)


def test_going_back_and_closing_ask_why():
    editor, claim = make.user("editor"), make.claim(state="signed_off")
    with pytest.raises(ReasonNeeded):
        workflow.reopen(claim_id=claim.pk, by=editor, reason=" \n")
    workflow.reopen(claim_id=claim.pk, by=editor, reason="A reader wrote.")
    assert claim.transitions.latest().reason == "A reader wrote."
    other = make.claim()
    for wrong in ({"because": "duplicate"}, {"because": "dropped", "duplicate_of": other.pk}):
        with pytest.raises(ReasonNeeded):
            workflow.close(claim_id=claim.pk, by=editor, **wrong)
    with pytest.raises(NoSuchClaim):
        workflow.close(claim_id=claim.pk, by=editor, because="duplicate", duplicate_of=999_999)
    workflow.close(claim_id=claim.pk, by=editor, because="duplicate", duplicate_of=other.pk, reason="Same words.")
    claim.refresh_from_db()
    assert (claim.state, claim.duplicate_of) == ("closed", other)
    assert workflow.reopen(claim_id=claim.pk, by=editor, reason="Not the same.").duplicate_of is None


def test_a_legal_hold_is_legals_and_an_override_a_chiefs():
    claim = make.claim(state="signed_off")
    legal, editor, chief = make.user("legal"), make.user("editor"), make.user("chief")
    on = {"claim_id": claim.pk, "revision": claim.revision}
    with pytest.raises(Refused, match="Only legal"):
        workflow.clear(**on, by=chief, value="legal_hold")
    workflow.legal_hold(**on, by=legal, note="A writ.")
    with pytest.raises(Refused, match="Only legal"):
        workflow.clear(**on, by=chief, value="hold")
    for other in (editor, chief):
        with pytest.raises(NotAllowed):
            workflow.legal_hold(**on, by=other, note="A writ.", lift=True)
    workflow.legal_hold(**on, by=legal, note="It was withdrawn.", lift=True)
    with pytest.raises(DomainError, match="not on legal hold"):
        workflow.legal_hold(**on, by=legal, note="Again.", lift=True)
    with pytest.raises(ReasonNeeded):
        workflow.legal_hold(**on, by=legal, note=" ")
    with pytest.raises(NotAllowed):
        workflow.clear(**on, by=legal, value="clear")
    with pytest.raises(Refused, match="Only a chief overrides"):
        workflow.clear(**on, by=editor, value="clear", override_reason="No time.")
    with pytest.raises(Refused, match="wording"):
        workflow.clear(**on, by=editor, value="clear_with_attribution")
    workflow.clear(**on, by=editor, value="clear_with_attribution", wording="the council says")
    claim.refresh_from_db()
    assert claim.clearance == "clear_with_attribution"
    assert Clearance.objects.filter(claim=claim).count() == 3


def test_duplicates_do_not_point_at_each_other():
    one, other, editor = make.claim(), make.claim(), make.user("editor")
    workflow.close(claim_id=one.pk, by=editor, because="duplicate", duplicate_of=other.pk)
    with pytest.raises(DomainError, match=f"of {other.pk}: name that one"):
        workflow.close(claim_id=other.pk, by=editor, because="duplicate", duplicate_of=one.pk)
    with pytest.raises(Refused):
        workflow.close(claim_id=other.pk, by=editor, because="duplicate", duplicate_of=other.pk)
    third = make.claim()
    workflow.close(claim_id=other.pk, by=editor, because="duplicate", duplicate_of=third.pk)
    workflow.reopen(claim_id=one.pk, by=editor, reason="Another day.")
    workflow.close(claim_id=third.pk, by=editor, because="duplicate", duplicate_of=one.pk)


def test_new_backing_marks_the_claim_and_one_key_says_that_it_still_stands():
    claim, checker = make.claim(state="signed_off"), make.user("checker")
    Claim.objects.filter(pk=claim.pk).update(look_again=True)
    claim.refresh_from_db()
    assert not workflow.still_stands(claim_id=claim.pk, by=checker, revision=claim.revision).look_again
    claim.refresh_from_db()
    assert claim.state == "signed_off"


def test_a_finding_is_looked_at_again_on_somebodys_word_once_and_with_a_reason(sql):
    claim, checker = make.claim(state="signed_off"), make.user("checker")
    with pytest.raises(ReasonNeeded):
        workflow.look_again(claim_id=claim.pk, by=checker, reason=" ")
    asked = workflow.look_again(claim_id=claim.pk, by=checker, reason="The brigade corrected its log.")
    assert (asked.look_again, asked.state, asked.revision) == (True, "signed_off", claim.revision)
    with pytest.raises(DomainError, match="already"):
        workflow.look_again(claim_id=claim.pk, by=checker, reason="Once more.")
    assert not workflow.still_stands(claim_id=claim.pk, by=checker, revision=claim.revision).look_again
    with pytest.raises(DomainError, match="no finding"):
        workflow.look_again(claim_id=make.claim().pk, by=checker, reason="Why not.")
    [[said]] = sql(
        "SELECT pgh_context->>'why' FROM claims_claimevent WHERE pgh_obj_id = %s AND look_again"
        " ORDER BY pgh_id LIMIT 1", [claim.pk],
    )  # fmt: skip
    assert said == "The brigade corrected its log."


def test_history_says_who_did_it_why_and_by_which_way_in(sql):
    claim, editor = make.claim(state="signed_off"), make.user("editor")
    workflow.reopen(claim_id=claim.pk, by=editor, reason="A reader wrote.")
    [[context]] = sql(
        "SELECT pgh_context::json FROM claims_claimevent WHERE pgh_obj_id = %s ORDER BY pgh_id DESC LIMIT 1", [claim.pk]
    )
    assert (context["user"], context["why"], context["way"]) == (editor.pk, "A reader wrote.", "shell")


@pytest.mark.parametrize("number", [0, -1, 2**62])
def test_what_is_not_there_is_told(number):
    editor = make.user("editor")
    with pytest.raises(NoSuchClaim):
        workflow.take(claim_id=number, by=editor)
    with pytest.raises(NoSuchRecord):
        workflow.sign_off(assessment_id=number, revision=1, by=editor)


def test_who_has_left_does_nothing_more():
    gone = make.user("chief", is_active=False)
    with pytest.raises(NotAllowed):
        workflow.take(claim_id=make.claim().pk, by=gone)
