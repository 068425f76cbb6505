"""What chiefs do in the admin with people and tokens; and that the desk keeps a chief."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from factdesk.errors import NotAllowed
from factdesk.people import staff, tasks, tokens
from factdesk.people.models import Token, User
from tests import calls, make
from tests.attacks import forbidden, opened, refused, until_waiting
from tests.signing import browser_of, somebody, try_to, who

pytestmark = pytest.mark.django_db

TOKENS, ADD_TOKEN = "/admin/people/token/", "/admin/people/token/add/"


@pytest.fixture(autouse=True)
def quick(settings, monkeypatch):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)


def in_days(days: int) -> str:
    return f"{timezone.localdate() + timedelta(days=days):%Y-%m-%d}"


def asked(person: User | None, **facts) -> dict:
    return {
        "person": person.pk if person else 0,
        "name": "CMS bridge",
        "scopes": ["read"],
        "until": in_days(30),
        **facts,
    }


# Tokens


def test_a_token_is_shown_once_works_and_is_revoked_at_once(sql):
    chief, person = somebody("chief"), make.user("editor")
    browser = browser_of(chief)
    page = browser.post(ADD_TOKEN, asked(person, scopes=["read", "write"])).content.decode()
    [secret] = re.findall(r'<code class="key">(fd_[0-9a-f]{64})</code>', page)
    program = calls.Caller(secret)
    assert program.get(calls.CLAIMS).status_code == 200
    token = Token.objects.get()
    assert (token.user, token.name, token.scopes) == (person, "CMS bridge", ["read", "write"])
    listed = browser.get(TOKENS).content.decode()
    assert "CMS bridge" in listed
    assert secret not in listed
    assert secret[:7] in listed
    assert secret[:15] not in listed
    assert "good until" in listed
    assert "used on" in listed
    for [table] in sql(
        "SELECT relname FROM pg_class WHERE relname ~ '^(people|django|procrastinate)_' AND relkind = 'r'"
    ):
        if sql("SELECT has_table_privilege(%s, 'SELECT')", [table]) == [(True,)]:
            assert not sql(f"SELECT 1 FROM {table} t WHERE t::text LIKE %s", [f"%{secret}%"]), table
    browser.post(TOKENS, {"action": "revoke", "_selected_action": [token.pk]})
    calls.problem(program.get(calls.CLAIMS), 401, "token_revoked")
    assert [event.pgh_context["name"] for event in token.events.order_by("pgh_id")] == [chief.username] * 2


def test_a_token_ends_with_its_last_day():
    chief = somebody("chief")
    browser_of(chief).post(ADD_TOKEN, asked(chief, until=in_days(3)))
    ends = timezone.localtime(Token.objects.get().expiry)
    assert (f"{ends:%Y-%m-%d}", ends.hour) == (in_days(3), 23)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"scopes": []}, "This field is required"),
        ({"scopes": ["everything"]}, "not one of the available choices"),
        ({"until": in_days(-1)}, "within a year"),
        ({"until": in_days(400)}, "within a year"),
        ({"until": "soon"}, "valid date"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_a_token_that_will_not_do_is_not_made(facts, told):
    answer = browser_of(somebody("chief")).post(ADD_TOKEN, asked(make.user(), **facts))
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not Token.objects.exists()


def test_no_token_is_made_for_nobody_or_whoever_has_left():
    page = browser_of(somebody("chief")).post(ADD_TOKEN, asked(None)).content.decode()
    assert "not one of the available choices" in page
    gone, chief = make.user(is_active=False), make.user("chief")
    ends = timezone.now() + timedelta(days=1)
    with pytest.raises(tokens.BadToken):
        tokens.make(person_id=gone.pk, name="x", scopes=["read"], expires_at=ends, by=chief)


def test_no_token_does_what_its_maker_may_not():
    """Legal's hold is legal's alone: no chief lends it to a program."""
    lawyer, chief = make.user("legal"), make.user("chief")
    ends = timezone.now() + timedelta(days=1)
    with pytest.raises(NotAllowed, match="legal_hold"):
        tokens.make(person_id=lawyer.pk, name="x", scopes=["review"], expires_at=ends, by=chief)
    tokens.make(person_id=lawyer.pk, name="x", scopes=["read", "write"], expires_at=ends, by=chief)


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "editor", "legal"])
def test_only_a_chief_makes_and_revokes_tokens(role):
    person, (token, _) = make.user(role), calls.token()
    with pytest.raises(NotAllowed):
        tokens.make(person_id=person.pk, name="x", scopes=["read"], expires_at=timezone.now() + timedelta(1), by=person)
    with pytest.raises(NotAllowed):
        tokens.revoke(token_id=token.pk, by=person)
    assert Token.objects.get().revoked_at is None


def test_whoever_a_token_was_made_for_is_told(mailoutbox):
    chief, person = somebody("chief"), make.user(email="anna@example.org")
    browser_of(chief).post(ADD_TOKEN, asked(person))
    [job] = ProcrastinateJob.objects.filter(task_name="factdesk.people.tasks.tell", args__person=person.pk)
    tasks.tell(**job.args)
    assert mailoutbox[0].to == ["anna@example.org"]
    assert "in your name" in mailoutbox[0].body


def test_a_token_stays_with_its_person(sql):
    calls.token()
    for column in ("user_id", "digest", "token_key", "created"):
        with forbidden():
            sql(f"UPDATE people_token SET {column} = {column}")


# People


def change(browser: Client, person: User, **facts):
    given = {"role": person.role, "is_active": "on", "why": "Because.", **facts}
    given = {name: value for name, value in given.items() if value is not None}
    return browser.post(f"/admin/people/user/{person.pk}/change/", given)


def test_a_chief_gives_another_role_and_history_says_why():
    chief, person = somebody("chief"), make.user("reporter")
    assert change(browser_of(chief), person, role="checker", why="Passed the trial.").status_code == 302
    person.refresh_from_db()
    assert person.role == "checker"
    event = person.events.latest("pgh_id")
    assert (event.pgh_context["name"], event.pgh_context["why"], event.role) == (
        chief.username,
        "Passed the trial.",
        "checker",
    )
    page = browser_of(chief).get(f"/admin/people/user/{person.pk}/change/").content.decode()
    assert "Passed the trial." in page


def test_whoever_leaves_is_signed_out_and_their_tokens_end_and_nothing_of_it_comes_back():
    chief, person = somebody("chief"), somebody("editor")
    theirs, (token, secret) = browser_of(person), calls.token(person)
    change(browser_of(chief), person, is_active=None, why="Left.")
    assert who(theirs) is None
    calls.problem(calls.Caller(secret).get(calls.CLAIMS), 401, "token_revoked")
    assert try_to(Client(), person.username)["Location"] == "/account/inactive/"
    change(browser_of(chief), person, why="Is back.")
    assert who(theirs) is None
    assert try_to(Client(), person.username)["Location"] == "/desk/"
    token.refresh_from_db()
    assert token.revoked_at


@pytest.mark.parametrize("facts", [{"role": "king"}, {"why": ""}, {"why": None}, {"role": ""}])
def test_a_change_that_will_not_do_changes_nothing(facts):
    person = make.user("reporter")
    answer = change(browser_of(somebody("chief")), person, **{"role": "editor", **facts})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    person.refresh_from_db()
    assert person.role == "reporter"


def test_a_chief_takes_a_second_factor_away_on_the_persons_page():
    person = somebody(second_factor=True)
    browser = browser_of(somebody("chief"))
    assert "Take the second factor away" in browser.get(f"/admin/people/user/{person.pk}/change/").content.decode()
    change(browser, person, reset_second_factor="1", role="chief")
    person.refresh_from_db()
    assert person.role == "reader", "that button does the one thing"
    assert try_to(Client(), person.username)["Location"] == "/desk/"


def test_there_is_no_page_of_nobody():
    assert browser_of(somebody("chief")).get("/admin/people/user/0/change/").status_code == 302


# The last chief


@pytest.mark.parametrize("facts", [{"role": "editor"}, {"is_active": None}])
def test_the_last_chief_stays(facts):
    chief = somebody("chief")
    make.user("chief", is_active=False)
    answer = change(browser_of(chief), chief, **facts)
    assert "The desk needs a chief" in answer.content.decode()
    chief.refresh_from_db()
    assert (chief.role, chief.is_active) == ("chief", True)
    other = make.user("chief")
    assert change(browser_of(chief), chief, **facts).status_code == 302
    assert other.may("invite")


@pytest.mark.parametrize("change_it", ["role = 'editor'", "is_active = false", "role = 'legal', is_active = false"])
def test_the_database_keeps_a_chief(sql, change_it):
    make.user("chief"), make.user("chief"), make.user("editor")
    with refused("user_keeps_a_chief"):
        sql(f"UPDATE people_user SET {change_it}")
    sql(f"UPDATE people_user SET {change_it} WHERE id = (SELECT min(id) FROM people_user WHERE role = 'chief')")


@pytest.mark.django_db(transaction=True)
def test_of_two_chiefs_who_demote_each_other_at_once_one_stays():
    one, two = make.user("chief"), make.user("chief")

    def demote(by: User, whom: User) -> str:
        try:
            return staff.change(person_id=whom.pk, role="reader", is_active=True, why="x", by=by).role
        except NotAllowed as told:
            return told.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads, opened() as gate:
        gate.execute("SELECT FROM people_user WHERE role = 'chief' FOR UPDATE")
        tried = [threads.submit(demote, one, two), threads.submit(demote, two, one)]
        until_waiting(2)
        gate.rollback()
        done = sorted(each.result(10) for each in tried)
    assert done == ["not_allowed", "reader"], "the second is judged by what the first left"
    assert User.objects.filter(role="chief").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_database_keeps_a_chief_when_two_leave_at_once():
    one, two = make.user("chief"), make.user("chief")
    leave = "UPDATE people_user SET is_active = false WHERE id = %s"
    with ThreadPoolExecutor(1) as thread, opened() as first, opened() as second:
        first.execute(leave, [one.pk])
        later = thread.submit(second.execute, leave, [two.pk])
        until_waiting(1, "advisory")
        first.commit()
        with pytest.raises(psycopg.errors.CheckViolation) as told:
            later.result(10)
    assert told.value.diag.constraint_name == "user_keeps_a_chief"
