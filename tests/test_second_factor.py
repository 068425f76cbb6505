"""The second factor: set up without a script, asked for at every sign-in, compulsory where the operator says so."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from factdesk.people import staff
from factdesk.people.models import SecondFactor, User
from tests import calls
from tests.signing import browser_of, code, somebody, try_to, who

pytestmark = pytest.mark.django_db

ON, CODES, STEP = "/account/second-factor/on/", "/account/recovery-codes/", "/account/second-factor/code/"


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def set_up(browser: Client) -> str:
    """Go through the page; the secret that it showed."""
    secret: str = browser.get(ON).context["form"].secret
    assert browser.post(ON, {"code": code(secret)})["Location"] == CODES
    return secret


def recovery_codes(browser: Client) -> list[str]:
    return re.findall(r"<code>(\d{8})</code>", browser.get(CODES).content.decode())


def test_setting_it_up_shows_picture_and_key_and_needs_a_code_of_it():
    person = somebody()
    browser = browser_of(person)
    page = browser.get(ON)
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    assert "data:" not in page.content.decode()
    [picture] = re.findall(r'<img class="qr" src="([^"]+)"', page.content.decode())
    drawn = browser.get(picture)
    assert drawn["Content-Type"] == "image/svg+xml"
    assert drawn["Cache-Control"] == "no-store"
    assert b"<script" not in drawn.content
    wrong = browser.post(ON, {"code": "000000"})
    assert "not right" in wrong.content.decode()
    assert wrong.context["form"].secret == secret
    assert not Authenticator.objects.exists()
    assert browser.post(ON, {"code": code(secret)})["Location"] == CODES
    assert len(recovery_codes(browser)) == 10


def test_nobody_sees_the_picture_of_a_secret_that_is_not_being_set_up():
    assert Client().get(f"{ON}qr.svg").status_code == 302
    assert browser_of(somebody()).get(f"{ON}qr.svg").status_code == 404
    done = browser_of(somebody(username="anna"))
    set_up(done)
    assert done.get(f"{ON}qr.svg").status_code == 404


def test_the_password_alone_then_opens_nothing():
    person, browser = somebody(second_factor=True), Client()
    assert try_to(browser, person.username)["Location"] == STEP
    assert who(browser) is None
    assert browser.get("/admin/").status_code == 302
    assert browser.get(calls.CLAIMS).status_code == 401
    assert "not right" in browser.post(STEP, {"code": "000000"}).content.decode()
    assert browser.post(STEP, {"code": code()})["Location"] == "/desk/"
    assert who(browser) == person.username


def test_without_the_password_there_is_no_asking_for_a_code():
    assert Client().get(STEP)["Location"] == "/account/login/"


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_another_minute_is_none(steps):
    browser = Client()
    try_to(browser, somebody(second_factor=True).username)
    assert browser.post(STEP, {"code": code(steps=steps)}).status_code == 200


def test_a_code_that_was_seen_over_the_shoulder_does_not_open_again():
    person, used = somebody(second_factor=True), code()
    for expected in (302, 200):
        browser = Client()
        try_to(browser, person.username)
        assert browser.post(STEP, {"code": used}).status_code == expected


def test_codes_cannot_be_tried_out():
    person, browser = somebody(second_factor=True), Client()
    try_to(browser, person.username)
    for _ in range(5):
        browser.post(STEP, {"code": "000000"})
    assert "locked for five minutes" in browser.post(STEP, {"code": code()}).content.decode()
    assert who(browser) is None


def test_a_recovery_code_opens_once():
    person = somebody()
    first = browser_of(person)
    set_up(first)
    spare = recovery_codes(first)[3]
    for expected in (302, 200):
        browser = Client()
        try_to(browser, person.username)
        assert browser.post(STEP, {"code": spare}).status_code == expected
    assert spare not in recovery_codes(first)


def test_recovery_codes_are_shown_to_whoever_showed_themselves_a_moment_ago(monkeypatch):
    browser = browser_of(somebody(second_factor=True))
    set_back = browser.session
    for record in set_back["account_authentication_methods"]:
        record["at"] -= 301
    set_back.save()
    for way in (CODES + "new/", "/account/second-factor/off/"):
        assert browser.get(way)["Location"].startswith("/account/reauthenticate/")
        assert browser.post(way)["Location"].startswith("/account/reauthenticate/")
    assert Authenticator.objects.filter(type="totp").exists()


def test_its_coming_and_going_is_in_history_without_its_secret(sql):
    person = somebody(username="anna")
    browser = browser_of(person)
    secret = set_up(browser)
    browser.post("/account/second-factor/off/")
    events = sql(
        "SELECT pgh_label, type, pgh_context::text FROM people_secondfactorevent WHERE user_id = %s ORDER BY 1, 2",
        [person.pk],
    )
    assert [event[:2] for event in events] == [
        ("delete", "recovery_codes"),
        ("delete", "totp"),
        ("insert", "recovery_codes"),
        ("insert", "totp"),
    ]
    assert {json.loads(said)["name"] for *_, said in events} == {"anna"}
    assert not sql("SELECT 1 FROM people_secondfactorevent e WHERE e::text LIKE %s", [f"%{secret}%"])
    assert {field.column for field in SecondFactor.pgh_event_model._meta.fields}.isdisjoint({"data"})


# Compulsory


@pytest.fixture
def compulsory(settings):
    settings.SECOND_FACTOR_ROLES = frozenset({"chief", "legal"})


@pytest.mark.parametrize("role", ["chief", "legal"])
def test_whoever_needs_one_is_sent_to_set_it_up_and_can_do_nothing_else(compulsory, role):
    browser = browser_of(somebody(role))
    for way in ("/", "/admin/", "/admin/claims/claim/", "/account/", "/account/password/", "/account/sessions/"):
        assert browser.get(way)["Location"] == ON, way
    assert browser.post("/admin/people/invitation/add/", {"email": "a@example.org", "role": "chief"})["Location"] == ON
    calls.problem(browser.get(calls.CLAIMS), 403, "second_factor_required")
    assert "Your role needs a second factor" in browser.get(ON).content.decode()
    assert browser.get(f"{ON}qr.svg").status_code == 200
    set_up(browser)
    assert browser.get("/admin/").status_code == 200
    assert browser.get(calls.CLAIMS).status_code == 200


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "editor"])
def test_other_roles_may_do_without(compulsory, role):
    assert browser_of(somebody(role)).get("/admin/").status_code == 200


def test_whoever_needs_one_may_leave_and_does_not_turn_it_off(compulsory):
    assert browser_of(somebody("chief")).post("/account/logout/").status_code == 302
    browser = browser_of(somebody("chief", second_factor=True))
    assert "Your role needs a second factor" in browser.post("/account/second-factor/off/").content.decode()
    assert Authenticator.objects.filter(type="totp").exists()


def test_whoever_becomes_a_chief_at_noon_sets_one_up_at_noon(compulsory):
    person = somebody("editor")
    browser = browser_of(person)
    assert browser.get("/admin/").status_code == 200
    User.objects.filter(pk=person.pk).update(role="chief")
    assert browser.get("/admin/")["Location"] == ON


def test_a_token_needs_none(compulsory):
    assert calls.caller(somebody("chief")).get(calls.CLAIMS).status_code == 200


# Lost


def test_a_chief_takes_it_away_from_whoever_lost_it_and_signs_them_out(sql):
    chief, person = somebody("chief"), somebody(second_factor=True)
    browser = browser_of(person)
    staff.reset_second_factor(person_id=person.pk, why="Lost the telephone.", by=chief)
    assert not Authenticator.objects.exists()
    assert who(browser) is None
    assert try_to(Client(), person.username)["Location"] == "/desk/"
    [(said,)] = sql("SELECT pgh_context::text FROM people_secondfactorevent WHERE pgh_label = 'delete'")
    assert (json.loads(said)["name"], json.loads(said)["why"]) == (chief.username, "Lost the telephone.")


def test_the_operator_takes_it_away_at_the_shell():
    somebody("chief", username="anna", second_factor=True)
    call_command("reset_second_factor", "anna")
    assert not Authenticator.objects.exists()
    with pytest.raises(CommandError, match="nobody"):
        call_command("reset_second_factor", "nobody")
