"""Two accusations of the real record 003 walk through the right of reply: a named politician's, and an agency's whose
agents nobody names. What is decided here is decided in the test's database only; the record carries no verdict.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from claims import reply, workflow
from claims.models import Accusation, Claim, Clearance, Notice, ReplyRequest, Transition
from factdesk.change import Refused
from sources.models import Source
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

KEY = "003_fcb5a03a96d81982"
SEEDS = Path(__file__).resolve().parent.parent / "seeds"


@pytest.fixture
def desk(db):
    call_command("import_dossier", str(SEEDS / f"{KEY}.yaml"), verbosity=0)
    roles = ("checker", "editor", "chief", "legal")
    return {role: make.user(role, username=role) for role in roles}


def claim(name: str) -> Claim:
    return Claim.objects.get(key=f"{KEY}/{name}")


def signed_off(name: str, desk) -> Claim:
    """Proposed by the checker as not to be verified, signed by two others."""
    found = workflow.assess(
        claim_id=claim(name).pk, revision=claim(name).revision, by=desk["checker"], verdict="unverifiable",
        rationale="The desk has only what is reported.", submit=True,
    )  # fmt: skip
    assert found.approvals_needed == 2
    for role in ("editor", "chief"):
        workflow.sign_off(assessment_id=found.pk, revision=claim(name).revision, by=desk[role])
    assert claim(name).state == "signed_off"
    return claim(name)


def refusal(name: str, desk, by: str = "editor", value: str = "clear_with_attribution", **facts) -> str:
    """Under which name printing it is refused; empty where it is not."""
    on = claim(name)
    try:
        workflow.clear(
            claim_id=on.pk, revision=on.revision, by=desk[by], value=value, wording="the article says", **facts
        )
    except Refused as refused:
        assert claim(name).clearance == on.clearance
        return refused.code
    return ""


def ask(accusation: Accusation, desk, hours: float, sent: float = -48) -> ReplyRequest:
    now = timezone.now()
    return reply.request_reply(
        accusation_id=accusation.pk, by=desk["checker"], put="What do you say to this?", channel="e-mail",
        sent_at=now + timedelta(hours=sent), deadline=now + timedelta(hours=hours),
    )  # fmt: skip


def test_the_politician_is_asked_answers_and_only_then_is_it_printed(desk):
    name = "gonzalez-called-on-gangs"
    [accusation] = Accusation.objects.filter(claim=claim(name))
    assert (accusation.accused.key, accusation.accused.identity, accusation.outcome) == (
        "cynthia_gonzalez", "named", "waiting"
    )  # fmt: skip
    assert refusal(name, desk) == "clearance_needs_sign_off"
    signed_off(name, desk)
    for by in ("editor", "chief"):
        assert refusal(name, desk, by) == "clearance_after_reply"
    assert refusal(name, desk, override_reason="The page closes.") == "clearance_override_by_chief"
    ask(accusation, desk, hours=5)
    assert refusal(name, desk) == "clearance_after_reply"  # asked, and the time has not passed
    reply.record_reply(accusation_id=accusation.pk, by=desk["checker"], outcome="replied", reply="I did not mean that.")
    on = claim(name)
    assert (on.state, on.verdict, on.last_verdict, on.clearance) == ("in_check", None, "unverifiable", "not_cleared")
    fell = Transition.objects.filter(claim=on).latest()
    assert (fell.action, fell.automatic) == ("reopen", True)
    signed_off(name, desk)
    assert refusal(name, desk) == ""
    assert claim(name).clearance == "clear_with_attribution"
    # somebody else whom it accuses, added after the clearance
    make.accusation(claim(name), Source.objects.get(key="florencia_13"))
    assert (claim(name).state, claim(name).clearance) == ("in_check", "hold")
    signed_off(name, desk)
    assert refusal(name, desk) == "clearance_after_reply"
    assert refusal(name, desk, "chief", override_reason="Nobody speaks for them.") == ""
    assert Clearance.objects.filter(claim=claim(name)).latest("pk").override_reason == "Nobody speaks for them."


def test_the_agency_is_asked_though_its_agents_are_unnamed_and_a_late_answer_stops_the_press(desk):
    name = "gavidia-assaulted"
    [accusation] = Accusation.objects.filter(claim=claim(name))
    assert (accusation.accused.key, accusation.accused.kind) == ("ice", "organization")
    signed_off(name, desk)
    assert refusal(name, desk) == "clearance_after_reply"
    ask(accusation, desk, hours=-1)
    assert claim(name).state == "signed_off"  # to ask changes nothing of what was signed
    assert refusal(name, desk) == ""  # asked, and no answer in time
    reply.record_reply(accusation_id=accusation.pk, by=desk["editor"], outcome="replied", reply="We looked into it.")
    on = claim(name)
    assert (on.state, on.clearance) == ("in_check", "hold")
    assert Clearance.objects.filter(claim=on).latest("pk").automatic
    late = Notice.objects.filter(about="late_reply", claim=on)
    assert list(late.values_list("person__username", flat=True)) == ["checker"]
    signed_off(name, desk)
    assert refusal(name, desk) == ""


def test_the_record_itself_has_asked_nobody_and_judges_nothing(desk):
    assert not ReplyRequest.objects.exists()
    assert set(Accusation.objects.values_list("outcome", "exempt")) == {("waiting", None)}
    assert set(Claim.objects.values_list("state", "verdict", "clearance")) == {("new", None, "not_cleared")}
