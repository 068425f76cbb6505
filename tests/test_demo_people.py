"""The demo's people and what they did: everything occurs, by the rules, and the five articles stay untouched."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.utils import timezone

from claims import demo
from claims.demo.acts import ACTS
from claims.models import (
    Accusation,
    Assessment,
    Claim,
    Clearance,
    CopyChange,
    Notice,
    Piece,
    SignOff,
    Transition,
    Usage,
)
from claims.pieces import undecided
from factdesk import env, firstrun
from factdesk.people.models import User
from sources.models import Document
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

# Written out again on purpose.
STATES = {"new", "in_check", "in_review", "signed_off", "closed"}
VERDICTS = {
    "accurate", "mostly_accurate", "mixed", "mostly_inaccurate", "inaccurate", "unsupported", "unverifiable",
    "disputed", "outdated", "not_checkable",
}  # fmt: skip
CLEARANCES = {"not_cleared", "hold", "inform_only", "clear_with_attribution", "clear", "legal_hold"}
OUTCOMES = {"waiting", "replied", "declined", "no_answer"}


@pytest.fixture
def at_work(db):
    make.user("checker")  # somebody is there already: nobody else changes
    call_command("import_dossier", "seeds", verbosity=0)
    before = list(Claim.objects.exclude(key__startswith="demo_").order_by("pk").values_list("pk", "version"))
    people = demo.make_people(dict.fromkeys(demo.PEOPLE, "a password of today"))
    demo.work()
    return before, people


def test_a_newcomer_sees_a_desk_at_work(at_work):
    _, people = at_work
    town = Claim.objects.filter(key__startswith="demo_")
    assert set(town.values_list("state", flat=True)) == STATES
    assert set(town.values_list("verdict", flat=True)) == VERDICTS | {None}
    assert set(town.values_list("clearance", flat=True)) == CLEARANCES
    assert set(Accusation.objects.filter(claim__in=town).values_list("outcome", flat=True)) == OUTCOMES
    assert set(town.filter(state="closed").values_list("closed_because", flat=True)) == {
        "duplicate", "not_checkable", "out_of_scope", "dropped"
    }  # fmt: skip
    assert {one.username for one in people} == {"ida", "tom", "ruth", "levi"}
    assert authenticate(username="tom", password="a password of today") == people[1]
    # the rest of what a desk sees: a fallen sign-off, an override, changes of copy, a correction that is due
    assert Transition.objects.filter(automatic=True, action="reopen").exists()
    assert Clearance.objects.exclude(override_reason="").exists()
    assert Usage.objects.filter(owed="due").exists()
    assert set(CopyChange.objects.values_list("decision", flat=True)) == {"accepted", "reworded"}
    assert {"assigned", "sent_back", "reopened", "mention"} <= set(Notice.objects.values_list("about", flat=True))


def test_the_page_closes_tomorrow_with_a_must_open(at_work):
    piece = Piece.objects.get()
    assert timedelta() < piece.page_closes_at - timezone.now() < timedelta(days=2)
    assert timezone.localtime(piece.page_closes_at).hour == 20
    assert undecided(piece).exists()
    assert Document.objects.get(embargo_until__isnull=False).embargo_until > piece.page_closes_at


def test_nobody_signed_their_own_and_allegations_have_two(at_work):
    for finding in Assessment.objects.filter(claim__state="signed_off", claim__kind="allegation"):
        signers = set(SignOff.objects.filter(assessment=finding, decision="approve").values_list("by", flat=True))
        assert len(signers) >= 2
        assert finding.author_id not in signers


def test_the_five_articles_stay_untouched_and_carry_no_verdict(at_work):
    before, _ = at_work
    five = Claim.objects.exclude(key__startswith="demo_").order_by("pk")
    assert list(five.values_list("pk", "version")) == before
    assert set(five.values_list("state", "verdict", "clearance")) == {("new", None, "not_cleared")}
    assert {key.split("/")[0] for _, _, key, _ in ACTS} == {"demo_council", "demo_post", "demo_radio", "demo_lantern"}


def test_the_first_start_tells_each_password_once_in_a_private_file(db, tmp_path):
    settings = env.load({"FACTDESK_HOME": str(tmp_path)})
    firstrun.prepare(settings)
    told = tmp_path / "demo-people.json"
    assert told.stat().st_mode & 0o777 == 0o600
    listed = json.loads(told.read_text(encoding="utf-8"))
    assert [(one["user"], one["role"]) for one in listed] == [
        ("ida", "checker"), ("tom", "editor"), ("ruth", "chief"), ("levi", "legal")
    ]  # fmt: skip
    for one in listed:
        assert authenticate(username=one["user"], password=one["password"]).role == one["role"]
    assert len({one["password"] for one in listed}) == 4
    assert set(json.loads((tmp_path / "first-run.json").read_text())) == {
        "url", "admin_user", "admin_password", "api_token"
    }  # fmt: skip
    again = told.read_text(encoding="utf-8")
    firstrun.prepare(settings)
    assert told.read_text(encoding="utf-8") == again


def test_without_the_demo_there_is_nothing_of_it(db, tmp_path):
    firstrun.prepare(env.load({"FACTDESK_HOME": str(tmp_path), "FACTDESK_DEMO": "off"}))
    assert not Claim.objects.filter(key__startswith="demo_").exists()
    assert list(User.objects.filter(is_active=True).values_list("username", flat=True)) == ["admin"]
    assert not (tmp_path / "demo-people.json").exists()
