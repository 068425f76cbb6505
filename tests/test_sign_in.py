"""Who gets in: people who were invited, by one door, which counts failures."""

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from factdesk.people import tasks
from factdesk.people.models import CacheEntry, User
from tests import make
from tests.attacks import refused
from tests.signing import LOGIN, PASSWORD, browser_of, somebody, try_to, who
from tests.test_migrations import environ_of

pytestmark = pytest.mark.django_db

HOUSE = Path(__file__).parent.parent
RESET = "factdesk.people.tasks.send_reset"
NEW = "eleven blue saucepans"


@pytest.fixture(autouse=True)
def quick(settings, monkeypatch):
    """Passwords are hashed slowly on purpose; and the worker closes its connection, which here is the test's."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)


@pytest.mark.parametrize("way", ["/admin/", "/admin/claims/claim/?kind=event", "/account/", "/account/password/"])
def test_whoever_is_not_signed_in_is_sent_to_the_one_door_and_back_to_where_they_wanted(way):
    person, browser = somebody(username="anna"), Client()
    door = browser.get(way, follow=True)
    assert door.redirect_chain[-1][0].startswith(LOGIN)
    assert "login" in door.context["form"].fields
    back = browser.post(door.redirect_chain[-1][0], {"login": person.username, "password": PASSWORD})
    assert back["Location"] == way


def test_the_admin_has_no_door_of_its_own():
    person, browser = somebody("chief", is_staff=True, is_superuser=True), Client()
    answer = browser.post("/admin/login/", {"username": person.username, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?next=/desk/")
    assert who(browser) is None


@pytest.mark.parametrize("login", ["anna", "ANNA", " anna ", "anna@example.org", "Anna@Example.org"])
def test_people_sign_in_by_user_name_or_address_in_any_case(login):
    somebody(username="anna", email="anna@example.org")
    browser = Client()
    assert try_to(browser, login)["Location"] == "/desk/"
    assert who(browser) == "anna"


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), PASSWORD + " "])
def test_a_wrong_password_lets_nobody_in(password):
    browser = Client()
    answer = try_to(browser, somebody().username, password)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert 'role="alert"' in answer.content.decode()
    assert who(browser) is None


def test_a_name_that_is_nobodys_gets_the_same_answer_as_a_wrong_password():
    somebody(username="anna")
    told = [try_to(Client(), login, "wrong").context["form"].errors for login in ("anna", "nobody", "no@body.example")]
    assert told[0] == told[1] == told[2]


def test_the_desks_own_account_and_whoever_has_left_do_not_get_in():
    gone = somebody(is_active=False)
    browser = Client()
    assert try_to(browser, gone.username)["Location"] == "/account/inactive/"
    assert who(browser) is None


def test_whoever_is_made_inactive_is_out_at_once():
    person = somebody("editor")
    browser = browser_of(person)
    assert browser.get("/admin/").status_code == 200
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert browser.get("/admin/").status_code == 302


def test_nobody_signs_up():
    before = User.objects.count()
    asked = {"username": "mallory", "email": "m@example.org", "password1": NEW, "password2": NEW}
    for way in ("/account/signup/", "/account/signup/?next=/admin/"):
        for answer in (Client().get(way), Client().post(way, asked)):
            assert "Nobody signs up here" in answer.content.decode()
            assert "form" not in (answer.context or {})
    for way in ("/account/email/", "/account/social/", "/account/signup/passkey/", "/account/login/code/"):
        assert Client().get(way).status_code == 404
    assert User.objects.count() == before


def test_signing_in_begins_a_new_session():
    """Whoever planted a session in somebody's browser does not share what it becomes."""
    browser = Client()
    planted = browser.session
    planted["kept"] = "yes"
    planted.save()
    browser.cookies["sessionid"] = planted.session_key
    try_to(browser, somebody().username)
    assert who(browser)
    assert browser.session.session_key != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_a_session_lasts_a_shift_and_its_cookie_is_not_for_scripts():
    browser = browser_of(somebody())
    cookie = browser.cookies["sessionid"]
    assert (cookie["max-age"], bool(cookie["httponly"]), cookie["samesite"]) == (12 * 3600, True, "Lax")
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert who(browser) is None


def test_signing_out_is_a_post_and_ends_the_session():
    browser = browser_of(somebody())
    for way in ("/account/logout/", "/admin/logout/"):
        assert browser.get(way).status_code == 200
        assert who(browser)
    assert browser.post("/admin/logout/")["Location"] == LOGIN
    assert who(browser) is None
    assert not Session.objects.filter(session_key=browser.session.session_key).exists()


def test_signing_in_and_out_need_the_forms_own_token():
    browser = Client(enforce_csrf_checks=True)
    answer = try_to(browser, somebody().username)
    assert answer.status_code == 403
    assert "The form is too old" in answer.content.decode()


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "http:///evil.example"]
)
def test_nobody_is_sent_away_after_signing_in(to):
    assert try_to(Client(), somebody().username, to=to)["Location"] == "/desk/"
    assert Client().get("/admin/login/", {"next": to})["Location"] == f"{LOGIN}?next=/desk/"


# Lockout


def fail(login: str, times: int, **options) -> None:
    for _ in range(times):
        try_to(Client(), login, "wrong", **options)


LOCKED = "Signing in is locked for five minutes"


def test_after_five_failures_the_right_password_does_not_open_either_and_that_is_told():
    person, other = somebody(username="anna"), somebody(username="berta")
    fail("anna", 4)
    browser_of(person)  # the fifth try is the right one, and is not counted
    fail("anna", 1)
    answer = try_to(Client(), "anna")
    assert answer.status_code == 200
    assert LOCKED in answer.content.decode()
    browser_of(other)


def test_a_name_that_is_nobodys_is_locked_in_the_same_way():
    fail("nobody", 5)
    assert LOCKED in try_to(Client(), "nobody", "wrong").content.decode()


def test_whoever_tries_many_names_from_one_address_is_stopped():
    for number in range(20):
        fail(f"nobody-{number}", 1)
    somebody(username="anna")
    assert LOCKED in try_to(Client(), "anna").content.decode()


def test_behind_a_proxy_each_browser_is_counted_by_its_own_address(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(20):
        fail(f"nobody-{number}", 1, headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.1"})
    somebody(username="anna")
    here, there = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}
    assert LOCKED in try_to(Client(), "anna", headers=here).content.decode()
    assert try_to(Client(), "anna", headers=there).status_code == 302


def test_the_lock_opens_by_itself(monkeypatch):
    somebody(username="anna")
    fail("anna", 5)
    now = time.time()
    monkeypatch.setattr("allauth.core.internal.ratelimit.time.time", lambda: now + 301)
    assert try_to(Client(), "anna").status_code == 302


ELSEWHERE = """
import django
django.setup()
from django.test import Client
for _ in range(5):
    Client(SERVER_NAME="127.0.0.1").post("/account/login/", {"login": "anna", "password": "wrong"})
"""


@pytest.mark.django_db(transaction=True)
def test_failures_in_one_process_lock_in_all(settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    somebody(username="anna")
    here = Client(SERVER_NAME="127.0.0.1")
    subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        env=environ_of(connection.settings_dict["NAME"]),
        cwd=HOUSE,
        check=True,
        capture_output=True,
    )
    assert LOCKED in try_to(here, "anna").content.decode()


def test_the_counters_and_sessions_whose_time_is_over_are_forgotten():
    browser = browser_of(somebody())
    cache.set("kept", 1, 60)
    cache.set("over", 1, 60)
    CacheEntry.objects.filter(cache_key__contains="over").update(expires=timezone.now() - timedelta(seconds=1))
    assert tasks.forget_what_expired(0) == 1
    assert cache.get("kept") == 1
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert tasks.forget_what_expired(0) == 1
    assert who(browser) is None


# Passwords


def test_a_changed_password_keeps_this_session_and_ends_the_others():
    person = somebody()
    here, there = browser_of(person), browser_of(person)
    answer = here.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert answer["Location"] == "/account/"
    assert (who(here), who(there)) == (person.username, None)
    assert try_to(Client(), person.username, NEW).status_code == 302
    assert try_to(Client(), person.username).status_code == 200


def test_the_admins_link_to_change_the_password_leads_to_the_account_page():
    assert browser_of(somebody()).get("/admin/password_change/")["Location"] == "/account/password/"


def test_a_changed_password_brings_back_no_role_that_a_chief_took_meanwhile(monkeypatch):
    person = somebody("chief")
    make.user("chief")
    browser = browser_of(person)

    def demoted_meanwhile(self, password, user=None):
        User.objects.filter(pk=person.pk).update(role="reader")
        return password

    monkeypatch.setattr("factdesk.people.adapters.Accounts.clean_password", demoted_meanwhile)
    browser.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert person.role == "reader"


@pytest.mark.parametrize(
    "asked",
    [
        {"oldpassword": "wrong"},
        {"password2": NEW + "!"},
        {"password1": "short", "password2": "short"},
        {"password1": "password1234", "password2": "password1234"},
        {"password1": "anna-kowalska", "password2": "anna-kowalska"},
    ],
)
def test_a_password_that_will_not_do_changes_nothing(asked):
    person = somebody(username="anna-kowalska")
    whole = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW, **asked}
    answer = browser_of(person).post("/account/password/", whole)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def ask_for_a_reset(address: str) -> str:
    """Ask, and let the worker do its part; the page that is shown."""
    answer = Client().post("/account/password/reset/", {"email": address}, follow=True)
    for job in ProcrastinateJob.objects.filter(task_name=RESET):
        tasks.send_reset(**job.args)
    return answer.content.decode().split("<main", 1)[1]


def link_in_mail() -> str:
    [told] = mail.outbox
    [link] = [word for word in told.body.split() if word.startswith("http")]
    return link.removeprefix("http://testserver")


def test_a_forgotten_password_is_set_anew_by_the_link_in_the_mail_once():
    person = somebody(email="anna@example.org")
    browser = browser_of(person)
    ask_for_a_reset("Anna@Example.org")
    link = link_in_mail()
    assert mail.outbox[0].to == ["anna@example.org"]
    mailed = Client()
    form = mailed.get(link, follow=True)
    assert person.username not in form.redirect_chain[-1][0]
    assert link.split("-", 2)[-1] not in form.redirect_chain[-1][0]
    mailed.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert who(mailed) is None, "a link in a mail lets nobody past the second factor"
    assert who(browser) is None
    assert try_to(Client(), person.username, NEW).status_code == 302
    assert "used already" in Client().get(link, follow=True).content.decode()


def test_a_link_is_good_for_an_hour(monkeypatch):
    somebody(email="anna@example.org")
    ask_for_a_reset("anna@example.org")
    later = timezone.localtime().replace(tzinfo=None) + timedelta(seconds=3601)
    monkeypatch.setattr("django.contrib.auth.tokens.PasswordResetTokenGenerator._now", lambda self: later)
    assert "used already" in Client().get(link_in_mail(), follow=True).content.decode()


def test_asking_does_not_tell_whether_there_is_such_an_address():
    somebody(email="anna@example.org")
    somebody(email="gone@example.org", is_active=False)
    pages = {ask_for_a_reset(address) for address in ("anna@example.org", "gone@example.org", "nobody@example.org")}
    assert len(pages) == 1
    made = ProcrastinateJob.objects.filter(task_name=RESET).order_by("id")
    assert [job.args["person"] is not None for job in made] == [True, False, False]
    assert all("@" not in str(job.args) for job in made)
    assert {told.to[0] for told in mail.outbox} == {"anna@example.org"}


def test_a_link_leads_to_a_host_of_ours():
    somebody(email="anna@example.org")
    answer = Client(SERVER_NAME="evil.example").post("/account/password/reset/", {"email": "anna@example.org"})
    assert answer.status_code == 400
    assert not ProcrastinateJob.objects.filter(task_name=RESET).exists()


def test_too_many_requests_from_one_address_are_told_so(settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    fail("anna", 1)
    answer = try_to(Client(), "anna")
    assert answer.status_code == 429
    assert "Wait a minute" in answer.content.decode()


def test_people_see_where_they_are_signed_in_and_end_the_rest():
    person = somebody()
    here, there = browser_of(person), browser_of(person)
    page = here.get("/account/sessions/")
    assert page.context["session_count"] == 2
    assert here.post("/account/sessions/").status_code == 302
    assert (who(here), who(there)) == (person.username, None)


def test_a_user_name_and_an_address_are_one_persons_in_any_case():
    make.user(username="anna", email="anna@example.org")
    with refused("user_username_is_theirs_alone"):
        make.user(username="ANNA")
    with refused("user_email_is_theirs_alone"):
        make.user(email="anna@example.org")
    with refused("user_email_is_in_lower_case"):
        make.user(email="Anna@example.org")
    make.user(email="")
    make.user(email="")
