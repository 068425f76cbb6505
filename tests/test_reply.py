"""The right of reply by its functions: asked, answered, exempt; and what each does to the clearance."""

from datetime import timedelta

import pytest
from django.utils import timezone

from claims import reply, workflow
from claims.models import Accusation, Claim, ReplyRequest, Ruling
from factdesk.change import Refused
from factdesk.errors import BadInput, NoSuchRecord, NotAllowed, StaleVersion
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def accused(state: str = "signed_off") -> Accusation:
    """Somebody accused by a claim that has got so far."""
    claim = make.claim(kind="event")
    made = make.accusation(claim)
    if state == "signed_off":
        checker, editor = make.user("checker"), make.user("editor")
        claim.refresh_from_db()
        found = workflow.tick(claim_id=claim.pk, revision=claim.revision, by=checker)
        workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=editor)
    made.claim.refresh_from_db()
    return made


def ask(accusation: Accusation, hours: float = 24, **facts) -> ReplyRequest:
    now = timezone.now()
    sent = now + timedelta(hours=min(hours, 0)) - timedelta(hours=1)
    asked = {"put": "Is it so?", "channel": "mail", "sent_at": sent, "deadline": now + timedelta(hours=hours)}
    return reply.request_reply(accusation_id=accusation.pk, by=make.user("checker"), **{**asked, **facts})


def clear(accusation: Accusation, **facts):
    claim = Claim.objects.get(pk=accusation.claim_id)
    by = facts.pop("by", None) or make.user("editor")
    return workflow.clear(claim_id=claim.pk, revision=claim.revision, by=by, value="clear", **facts)


def clearance(accusation: Accusation) -> tuple[str, str]:
    claim = Claim.objects.get(pk=accusation.claim_id)
    return claim.state, claim.clearance


def test_nothing_is_cleared_before_the_accused_was_asked_and_had_the_time():
    accusation = accused()
    with pytest.raises(Refused, match="has not had their say"):
        clear(accusation)
    ask(accusation, hours=1)
    with pytest.raises(Refused, match="has not had their say"):
        clear(accusation)
    ask(accusation, hours=-0.5)  # another approach, whose deadline has passed without an answer
    clear(accusation)
    assert clearance(accusation) == ("signed_off", "clear")


@pytest.mark.parametrize(("outcome", "said"), [("replied", "It is not so."), ("declined", "")])
def test_a_late_reply_reopens_the_claim_and_turns_the_clearance_to_hold(outcome, said):
    accusation = accused()
    ask(accusation, hours=-0.5)
    clear(accusation)
    reply.record_reply(accusation_id=accusation.pk, by=make.user("checker"), outcome=outcome, reply=said)
    assert clearance(accusation) == ("in_check", "hold")
    accusation.refresh_from_db()
    assert (accusation.outcome, accusation.reply) == (outcome, said)


def test_a_reply_says_what_and_when():
    accusation = accused("new")
    with pytest.raises(Refused, match="what they replied"):
        reply.record_reply(accusation_id=accusation.pk, by=make.user("checker"), outcome="replied", reply=" ")
    done = reply.record_reply(accusation_id=accusation.pk, by=make.user("checker"), outcome="replied", reply="No.")
    assert done.replied_at is not None
    with pytest.raises(Refused):
        reply.record_reply(accusation_id=accusation.pk, by=make.user("checker"), outcome="shrugged")


def test_a_deadline_lies_after_the_request():
    with pytest.raises(Refused, match="deadline lies before"):
        ask(accused("new"), deadline=timezone.now() - timedelta(days=2))
    assert not ReplyRequest.objects.exists()


@pytest.mark.parametrize(
    ("exempt", "roles"),
    [("not_identifiable", {"editor", "chief"}), ("dead", {"editor", "chief"}), ("court_record_only", {"legal"})],
)
def test_an_exemption_is_given_by_those_who_may(exempt, roles):
    for role in ("reader", "reporter", "checker", "editor", "chief", "legal"):
        accusation = accused("new")
        asked = {"accusation_id": accusation.pk, "by": make.user(role), "exempt": exempt, "because": "So it is."}
        if role in roles:
            assert reply.exempt(**asked).exempt == exempt
        else:
            with pytest.raises(NotAllowed):
                reply.exempt(**asked)


@pytest.mark.parametrize("order", [("chief", "legal"), ("legal", "chief")])
def test_that_asking_would_endanger_takes_a_chief_and_legal_each_by_themselves(order):
    accusation = accused()
    first, second = make.user(order[0]), make.user(order[1])
    asked = {"accusation_id": accusation.pk, "exempt": "would_endanger", "because": "He has threatened her."}
    assert reply.exempt(**asked, by=first).exempt is None
    assert reply.exempt(**asked, by=first).exempt is None  # saying so twice makes no second person
    with pytest.raises(Refused, match="has not had their say"):
        clear(accusation)
    done = reply.exempt(**asked, by=second)
    assert (done.exempt, done.exempted_by, done.exempt_seconded_by) == ("would_endanger", first, second)


def test_two_of_one_role_exempt_nobody_and_who_has_left_counts_no_more():
    accusation = accused("new")
    asked = {"accusation_id": accusation.pk, "exempt": "would_endanger", "because": "He has threatened her."}
    reply.exempt(**asked, by=make.user("chief"))
    with pytest.raises(Refused, match="not this person's to give"):
        reply.exempt(**asked, by=make.user("chief"))
    gone = make.user("legal")
    other = accused("new")
    reply.exempt(**{**asked, "accusation_id": other.pk}, by=gone)
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    assert reply.exempt(**{**asked, "accusation_id": other.pk}, by=make.user("chief")).exempt is None
    assert Ruling.objects.filter(about="proposal", claim=other.claim).count() == 2
    with pytest.raises(NotAllowed):
        reply.exempt(**asked, by=make.user("editor"))
    with pytest.raises(BadInput):
        reply.exempt(**{**asked, "exempt": "tired"}, by=make.user("chief"))


def test_a_chiefs_override_needs_its_reason_and_shows_with_the_clearance():
    accusation, chief = accused(), make.user("chief")
    with pytest.raises(Refused, match="has not had their say"):
        clear(accusation, by=chief)
    done = clear(accusation, by=chief, override_reason="A danger to the public.")
    assert (done.value, done.override_reason) == ("clear", "A danger to the public.")


def test_a_second_accused_after_clearance_has_to_be_asked_too():
    accusation = accused()
    ask(accusation, hours=-0.5)
    clear(accusation)
    make.accusation(accusation.claim, make.source("Somebody else"))
    assert clearance(accusation) == ("in_check", "hold")


def test_what_changed_meanwhile_and_what_is_not_there_is_told():
    accusation = accused("new")
    with pytest.raises(StaleVersion):
        ask(accusation, version=accusation.claim.version - 1)
    with pytest.raises(NoSuchRecord, match="There is no accusation 0"):
        reply.record_reply(accusation_id=0, by=make.user("checker"), outcome="declined")
    reader = make.user("reader")
    with pytest.raises(NotAllowed):
        reply.record_reply(accusation_id=accusation.pk, by=reader, outcome="declined")
