"""Invitations: the only way to an account. A chief asks, one person accepts, once."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from factdesk.errors import NotAllowed
from factdesk.people import invitations
from factdesk.people.models import Invitation, User
from tests import make
from tests.attacks import forbidden, opened, refused, until_waiting
from tests.signing import browser_of, somebody, try_to

pytestmark = pytest.mark.django_db

ADD, LIST = "/admin/people/invitation/add/", "/admin/people/invitation/"
WHO = {"username": "berta", "first_name": "Berta", "last_name": "Bauer"}
GOOD = {**WHO, "password1": "eleven blue saucepans", "password2": "eleven blue saucepans"}


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def asked_in(role: str = "editor", email: str = "berta@example.org") -> tuple[Invitation, str]:
    return invitations.invite(email=email, role=role, by=make.user("chief"))


def accept(secret: str, **facts: str) -> User:
    return invitations.accept(secret=secret, password="eleven blue saucepans", **{**WHO, **facts})


def door(secret: str) -> str:
    return f"/account/invitation/?key={secret}"


def test_from_the_chiefs_form_to_the_first_sign_in(settings):
    settings.EMAIL_HOST = "mail.example.org"
    chief = somebody("chief", first_name="Anna")
    page = browser_of(chief).post(ADD, {"email": "Berta@Example.org", "role": "editor"})
    [link] = re.findall(r'<code class="key">http://testserver(/[^<]+)</code>', page.content.decode())
    [told] = mail.outbox
    assert (told.to, link in told.body, "Anna invites you" in told.body) == (["berta@example.org"], True, True)
    assert Client().get(link).status_code == 200
    done = Client().post(link, GOOD, follow=True)
    assert done.redirect_chain == [("/account/login/", 302)]
    assert "Your account is ready" in done.content.decode()
    berta = User.objects.get(username="berta")
    assert (berta.role, berta.email, berta.get_full_name()) == ("editor", "berta@example.org", "Berta Bauer")
    assert (berta.is_staff, berta.is_superuser) == (False, False)
    assert try_to(Client(), "berta", GOOD["password1"])["Location"] == "/desk/"


def test_the_link_is_told_once_and_kept_nowhere(sql):
    invitation, secret = asked_in()
    assert len(secret) >= 43
    page = browser_of(somebody("chief")).get(LIST).content.decode()
    assert invitation.email in page
    assert secret not in page
    assert invitation.digest not in page
    for [table] in sql("SELECT relname FROM pg_class WHERE relname ~ '^(people|django|account)_' AND relkind = 'r'"):
        if sql("SELECT has_table_privilege(%s, 'SELECT')", [table]) == [(True,)]:
            assert not sql(f"SELECT 1 FROM {table} t WHERE t::text LIKE %s", [f"%{secret}%"]), table
    assert not sql("SELECT 1 FROM people_invitationevent t WHERE t::text LIKE %s", [f"%{invitation.digest}%"])


def test_without_a_mail_server_the_chief_hands_the_link_over(settings):
    page = browser_of(somebody("chief")).post(ADD, {"email": "berta@example.org", "role": "editor"})
    assert "hand it over yourself" in page.content.decode()
    assert not mail.outbox
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    page = browser_of(somebody("chief")).post(ADD, {"email": "carla@example.org", "role": "editor"})
    assert "hand it over yourself" in page.content.decode()
    assert Invitation.objects.count() == 2


def _use(secret: str) -> None:
    accept(secret, username="first")


def _revoke(secret: str) -> None:
    invitations.revoke(invitation_id=invitations.opened_by(secret).pk, by=make.user("chief"))


def _invite_again(secret: str) -> None:
    asked_in()


def _let_it_pass(secret: str) -> None:
    Invitation.objects.update(expires_at=timezone.now() + timedelta(milliseconds=20))
    time.sleep(0.03)


@pytest.mark.parametrize("end", [_use, _revoke, _invite_again, _let_it_pass])
def test_an_invitation_that_is_over_leads_nowhere(end):
    _, secret = asked_in()
    end(secret)
    before = User.objects.count()
    for answer in (Client().get(door(secret)), Client().post(door(secret), GOOD)):
        assert answer.status_code == 410
        assert "no longer open" in answer.content.decode()
    with pytest.raises(invitations.InvitationGone):
        accept(secret)
    assert User.objects.count() == before


@pytest.mark.parametrize("secret", ["", "x", "0" * 43, "%00", "' OR ''='"])
def test_a_link_that_nobody_made_leads_nowhere(secret):
    asked_in()
    assert Client().get("/account/invitation/", {"key": secret}).status_code == 410


def test_an_invitation_lasts_seven_days():
    invitation, _ = asked_in()
    assert abs(invitation.expires_at - timezone.now() - timedelta(days=7)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "ANNA"}, "username"),
        ({"first_name": ""}, "first_name"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "berta-bauer", "password2": "berta-bauer"}, "password1"),
        ({"password2": "another one, longer"}, "password2"),
    ],
)
def test_what_will_not_do_is_told_beside_its_field_and_uses_nothing_up(facts, field):
    make.user(username="anna")
    invitation, secret = asked_in()
    answer = Client().post(door(secret), {**GOOD, **facts})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    [focused] = re.findall(r"<input[^>]* name=\"(\w+)\"[^>]* autofocus", answer.content.decode())
    assert focused == field
    invitation.refresh_from_db()
    assert invitations.is_open(invitation)


def test_what_one_asks_for_besides_is_not_given():
    _, secret = asked_in("reader")
    more = {"role": "chief", "is_superuser": "on", "is_staff": "on", "email": "mallory@example.org"}
    Client().post(door(secret), {**GOOD, **more})
    berta = User.objects.get(username="berta")
    assert (berta.role, berta.is_superuser, berta.is_staff, berta.email) == (
        "reader",
        False,
        False,
        "berta@example.org",
    )


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "editor", "legal"])
def test_only_a_chief_invites_and_takes_back(role):
    person = make.user(role)
    with pytest.raises(NotAllowed):
        invitations.invite(email="x@example.org", role="reader", by=person)
    invitation, _ = asked_in()
    with pytest.raises(NotAllowed):
        invitations.revoke(invitation_id=invitation.pk, by=person)
    invitation.refresh_from_db()
    assert invitations.is_open(invitation)


@pytest.mark.parametrize("role", ["superuser", "", "Chief"])
def test_a_role_that_there_is_not_is_not_given(role):
    with pytest.raises(NotAllowed):
        asked_in(role)


def test_whoever_is_here_already_is_not_invited():
    make.user(email="berta@example.org")
    answer = browser_of(somebody("chief")).post(ADD, {"email": "BERTA@example.org", "role": "editor"})
    assert "has this e-mail address" in answer.content.decode()
    assert 'value="BERTA@example.org"' in answer.content.decode()
    assert not Invitation.objects.exists()


def test_whoever_came_meanwhile_under_this_address_is_not_doubled():
    _, secret = asked_in()
    make.user(email="berta@example.org")
    assert "has this e-mail address" in Client().post(door(secret), GOOD).content.decode()


def test_a_chief_takes_invitations_back_in_the_list():
    (first, secret), (second, _) = asked_in(), asked_in(email="carla@example.org")
    accept(secret)
    browser = browser_of(somebody("chief"))
    chosen = {"action": "revoke", "_selected_action": [first.pk, second.pk]}
    page = browser.post(LIST, chosen, follow=True).content.decode()
    assert "accepted already" in page
    assert "1 was revoked" in page
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.revoked_at, bool(second.revoked_at)) == (None, True)
    assert "accepted by berta" in page


def test_history_says_who_invited_and_who_came():
    invitation, secret = asked_in()
    berta = accept(secret)
    said = [event.pgh_context for event in invitation.events.order_by("pgh_id")]
    assert [each["name"] for each in said] == [invitation.invited_by.username, "berta"]
    assert said[1]["user"] == berta.pk


@pytest.mark.django_db(transaction=True)
def test_of_two_browsers_that_accept_at_once_one_makes_an_account():
    invitation, secret = asked_in()

    def try_as(username: str) -> str:
        try:
            return accept(secret, username=username).username
        except invitations.InvitationGone:
            return "gone"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as two, opened() as gate:
        gate.execute("SELECT FROM people_invitation WHERE id = %s FOR UPDATE", [invitation.pk])
        tried = [two.submit(try_as, name) for name in ("berta", "carla")]
        until_waiting(2)
        gate.rollback()
        done = sorted(each.result(10) for each in tried)
    assert done in (["berta", "gone"], ["carla", "gone"])
    assert User.objects.filter(username__in=["berta", "carla"]).count() == 1


def test_the_database_refuses_an_invitation_that_is_both_accepted_and_taken_back():
    invitation, secret = asked_in()
    accept(secret)
    with refused("invitation_is_accepted_or_revoked"):
        Invitation.objects.filter(pk=invitation.pk).update(revoked_at=timezone.now())
    for column, value in {"digest": "x", "email": "m@example.org", "invited_by_id": 1}.items():
        with forbidden(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE people_invitation SET {column} = %s", [value])
