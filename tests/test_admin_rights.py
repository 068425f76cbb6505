"""Who sees and does what in the admin: the whole table, asked by HTTP as every role and as nobody."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import Client
from django.utils import timezone

from factdesk.people.models import Invitation, Token, User
from tests import calls, make

pytestmark = pytest.mark.django_db

ROLES = ["nobody", "reader", "reporter", "checker", "editor", "chief", "legal"]

# Written out on purpose: the test must not read the table of rights that it checks. "in": 200; "on": a redirect
# onwards, after a change or to the list; "no": 403; "none": 404; "door": a redirect to the sign-in page.
EVERYBODY = "door in in in in in in"
ONWARDS = "door on on on on on on"
NOBODY = "door no no no no no no"
CHIEF = "door no no no no in no"
PROPOSES = "door no in in in in no"
# The list's actions, for who has any: done, or not offered to them and not done (tests/test_together.py); for who has
# none: the list again.
LISTED = "door in in on on on in"
ON = "door no no no no on no"
TABLE = {
    "GET /admin/": EVERYBODY,
    "GET /admin/claims/": EVERYBODY,
    "GET /admin/sources/": EVERYBODY,
    "GET /admin/people/": "door none none none none in none",
    "GET /admin/jsi18n/": EVERYBODY,
    "GET /admin/password_change/": "door on on on on on on",
    "GET /admin/claims/claim/": EVERYBODY,
    "GET /admin/claims/claim/{claim}/change/": EVERYBODY,
    "GET /admin/claims/claim/{claim}/history/": ONWARDS,
    "GET /admin/claims/claim/{claim}/chain.svg": EVERYBODY,
    "GET /admin/claims/claim/notices/": EVERYBODY,
    "POST /admin/claims/claim/notices/ up_to=1": ONWARDS,
    "POST /admin/claims/claim/notices/ mention-desk=on": ONWARDS,
    "GET /admin/claims/claim/find/source/": EVERYBODY,
    "GET /admin/claims/claim/add/": PROPOSES,
    "POST /admin/claims/claim/add/ statement=%20": "door no 400 400 400 400 no",
    "POST /admin/claims/claim/add/ statement=x&kind=event&priority=must": "door no on on on on no",
    "POST /admin/claims/claim/{claim}/change/": NOBODY,
    "POST /admin/claims/claim/{claim}/change/?do=nothing": NOBODY,
    "POST /admin/claims/claim/ action=take_each&_selected_action={claim}": LISTED,
    "POST /admin/claims/claim/ action=tick_each&_selected_action={claim}": LISTED,
    "POST /admin/claims/claim/ action=submit_each&_selected_action={claim}": LISTED,
    "POST /admin/claims/claim/ action=still_stands_each&_selected_action={claim}": LISTED,
    "POST /admin/claims/claim/ action=initial_each&_selected_action={claim}": LISTED,
    "POST /admin/claims/claim/ action=send_back_each&_selected_action={claim}": LISTED,
    "POST /admin/claims/claim/ action=assign_each&_selected_action={claim}": LISTED,
    "POST /admin/claims/claim/ action=close_each&_selected_action={claim}": LISTED,
    "POST /admin/claims/claim/ action=delete_selected&_selected_action={claim}": LISTED,
    "GET /admin/claims/claim/together/?do=close_each&rows={claim}.1.1.0": "door no no no in in no",
    "GET /admin/claims/claim/together/?do=take_each&rows={claim}.1.1.0": NOBODY,
    "POST /admin/claims/claim/together/?do=close_each&rows={claim}.1.1.0 because=": "door no no no 400 400 no",
    "GET /admin/claims/claim/{claim}/delete/": NOBODY,
    "POST /admin/claims/claim/{claim}/delete/": NOBODY,
    "GET /admin/sources/source/": EVERYBODY,
    "GET /admin/sources/source/{source}/change/": EVERYBODY,
    "GET /admin/sources/source/{source}/history/": ONWARDS,
    "GET /admin/sources/source/add/": "door no no in in in no",
    "POST /admin/sources/source/add/": "door no no 400 400 400 no",
    "POST /admin/sources/source/add/ name=x&kind=person&identity=named": "door no no on on on no",
    "POST /admin/sources/source/add/ name=x&kind=person&identity=protected": "door no no 400 400 400 no",
    "POST /admin/sources/source/{source}/change/?do=grade": "door no no no no 400 no",
    "POST /admin/sources/source/{source}/change/?do=merge": "door no no no 400 400 no",
    "POST /admin/sources/source/{source}/change/": NOBODY,
    "GET /admin/sources/source/{source}/delete/": NOBODY,
    "POST /admin/sources/source/{source}/delete/": NOBODY,
    "GET /admin/sources/document/": EVERYBODY,
    "GET /admin/sources/document/{document}/change/": EVERYBODY,
    "GET /admin/sources/document/{document}/history/": ONWARDS,
    "GET /admin/sources/document/add/": PROPOSES,
    "POST /admin/sources/document/add/": "door no 400 400 400 400 no",
    "POST /admin/sources/document/add/ kind=memo&title=x": "door no on on on on no",
    "POST /admin/sources/document/{document}/change/?do=edit": "door no no 400 400 400 no",
    "POST /admin/sources/document/{document}/change/?do=save-copy": "door no 400 400 400 400 no",
    "POST /admin/sources/document/{document}/change/?do=open-piece version=1": "door no no no 409 409 no",
    "POST /admin/sources/document/{document}/change/?do=close-page&of=1": "door no no no none none no",
    "POST /admin/sources/document/{document}/change/": NOBODY,
    "GET /admin/sources/document/{document}/delete/": NOBODY,
    "POST /admin/sources/document/{document}/delete/": NOBODY,
    "GET /admin/people/user/": CHIEF,
    "GET /admin/people/user/{person}/change/": CHIEF,
    "GET /admin/people/user/{person}/history/": CHIEF,
    "GET /admin/people/user/add/": NOBODY,
    "POST /admin/people/user/add/": NOBODY,
    "POST /admin/people/user/{person}/change/ role=editor&is_active=on&why=Because.": ON,
    "POST /admin/people/user/{person}/change/ role=reader&is_active=on&why=Lost.&reset_second_factor=1": ON,
    "GET /admin/people/user/{person}/delete/": NOBODY,
    "POST /admin/people/user/{person}/delete/ post=yes": NOBODY,
    "GET /admin/people/user/{person}/password/": "door on on on on on on",  # to …/password/change/, which is nobody's
    "POST /admin/people/user/ action=delete_selected&_selected_action={person}": CHIEF,
    "GET /admin/people/invitation/": CHIEF,
    "GET /admin/people/invitation/{invitation}/change/": "door no no no no on no",
    "GET /admin/people/invitation/{invitation}/history/": "door no no no no on no",
    "GET /admin/people/invitation/add/": CHIEF,
    "POST /admin/people/invitation/add/ email=new@example.org&role=chief": CHIEF,
    "POST /admin/people/invitation/{invitation}/change/ role=chief": NOBODY,
    "POST /admin/people/invitation/ action=revoke&_selected_action={invitation}": ON,
    "POST /admin/people/invitation/ action=delete_selected&_selected_action={invitation}": ON,
    "GET /admin/people/invitation/{invitation}/delete/": NOBODY,
    "POST /admin/people/invitation/{invitation}/delete/ post=yes": NOBODY,
    "GET /admin/people/token/": CHIEF,
    "GET /admin/people/token/{token}/change/": "door no no no no on no",
    "GET /admin/people/token/{token}/history/": "door no no no no on no",
    "GET /admin/people/token/add/": CHIEF,
    "POST /admin/people/token/add/ person={person}&name=New&scopes=read&until={soon}": CHIEF,
    "POST /admin/people/token/{token}/change/ scopes=review": NOBODY,
    "POST /admin/people/token/ action=revoke&_selected_action={token}": ON,
    "POST /admin/people/token/ action=delete_selected&_selected_action={token}": ON,
    "GET /admin/people/token/{token}/delete/": NOBODY,
    "POST /admin/people/token/{token}/delete/ post=yes": NOBODY,
    "GET /admin/webhooks/": "door none none none none in none",
    "GET /admin/webhooks/endpoint/": CHIEF,
    "GET /admin/webhooks/endpoint/{webhook}/change/": CHIEF,
    "GET /admin/webhooks/endpoint/{webhook}/history/": CHIEF,
    "GET /admin/webhooks/endpoint/add/": NOBODY,
    "POST /admin/webhooks/endpoint/add/": NOBODY,
    "POST /admin/webhooks/endpoint/{webhook}/change/ version=1&test=1": ON,
    "POST /admin/webhooks/endpoint/{webhook}/change/ version=1&replay_failed=1": ON,
    "POST /admin/webhooks/endpoint/{webhook}/change/ version=1&disable=1": ON,
    "POST /admin/webhooks/endpoint/{webhook}/change/ version=2&enable=1": ON,
    "GET /admin/webhooks/endpoint/{webhook}/delete/": NOBODY,
    "POST /admin/webhooks/endpoint/{webhook}/delete/ post=yes": NOBODY,
    "GET /admin/webhooks/delivery/": "door none none none none none none",
    "GET /admin/auth/group/": "door none none none none none none",
    "GET /admin/account/emailaddress/": "door none none none none none none",
    "GET /admin/mfa/authenticator/": "door none none none none none none",
    "GET /admin/usersessions/usersession/": "door none none none none none none",
    "GET /admin/knox/authtoken/": "door none none none none none none",
    "GET /admin/procrastinate/procrastinatejob/": "door none none none none none none",
}

# What changes: the request -> how many people with the role editor, tokens, open invitations, tokens that open there
# are afterwards, where it was let through; for everybody else it is as before.
BEFORE = (0, 1, 1, 1)
AFTER = {
    "POST /admin/people/user/{person}/change/ role=editor&is_active=on&why=Because.": (1, 1, 1, 1),
    "POST /admin/people/invitation/add/ email=new@example.org&role=chief": (0, 1, 2, 1),
    "POST /admin/people/invitation/ action=revoke&_selected_action={invitation}": (0, 1, 0, 1),
    "POST /admin/people/token/add/ person={person}&name=New&scopes=read&until={soon}": (0, 2, 1, 2),
    "POST /admin/people/token/ action=revoke&_selected_action={token}": (0, 1, 1, 0),
}


def counted(but: User | None) -> tuple[int, int, int, int]:
    return (
        User.objects.filter(role="editor").exclude(pk=but.pk if but else None).count(),
        Token.objects.count(),
        Invitation.objects.filter(accepted_at=None, revoked_at=None).count(),
        Token.objects.filter(revoked_at=None).count(),
    )


def outcome(answer) -> str:
    if answer.status_code == 302:
        away = answer["Location"]
        return "door" if away.startswith(("/admin/login/", "/account/login/")) else "on"
    return {200: "in", 403: "no", 404: "none"}.get(answer.status_code, str(answer.status_code))


@pytest.fixture
def desk() -> dict[str, object]:
    person = make.user("reader", username="somebody")
    ends = timezone.now() + timedelta(days=1)
    asked = {"email": "asked@example.org", "digest": "d", "invited_by": person, "expires_at": ends}
    return {
        "claim": make.claim("Seven were there.").pk,
        "source": make.source("A source").pk,
        "document": make.document("A document").pk,
        "person": person.pk,
        "invitation": Invitation.objects.create(**asked).pk,
        "token": calls.token(person)[0].pk,
        "webhook": make.webhook(make.user("checker")).pk,
        "soon": f"{timezone.localdate() + timedelta(days=9):%Y-%m-%d}",
    }


@pytest.mark.parametrize("role", ROLES)
def test_the_table_of_who_may_what_in_the_admin(desk, role):
    person = None if role == "nobody" else make.user(role)
    found, expected = {}, {}
    for request, outcomes in TABLE.items():
        expected[request] = dict(zip(ROLES, outcomes.split(), strict=True))[role]
        browser = Client()
        if person:
            browser.force_login(person)
        found[request] = ask(browser, request, desk)
    assert found == expected


def ask(browser: Client, request: str, desk: dict[str, object]) -> str:
    method, address, *rest = request.format(**desk).split(" ")
    if method == "GET":
        return outcome(browser.get(address))
    form = "application/x-www-form-urlencoded"
    return outcome(browser.post(address, rest[0] if rest else "statement=x&name=x&title=x", content_type=form))


@pytest.mark.parametrize("role", ROLES)
def test_nothing_changes_but_what_the_role_may_change(desk, role):
    person = None if role == "nobody" else make.user(role)
    browser = Client()
    if person:
        browser.force_login(person)
    for request in TABLE:
        if request.startswith("POST"):
            with transaction.atomic():
                ask(browser, request, desk)
                expected = AFTER.get(request, BEFORE) if role == "chief" else BEFORE
                assert counted(person) == expected, request
                transaction.set_rollback(True)


@pytest.mark.parametrize("role", ROLES[1:])
def test_whose_pages_are_not_ones_own_are_not_listed(desk, role):
    browser = Client()
    browser.force_login(make.user(role))
    page = browser.get("/admin/").content.decode()
    for address in ("/admin/people/user/", "/admin/people/invitation/", "/admin/people/token/"):
        assert (f'"{address}"' in page) == (role == "chief")
    assert '"/admin/claims/claim/"' in page


@pytest.mark.parametrize("role", ["nobody", "legal"])
def test_a_page_that_is_not_ones_own_shows_no_record(desk, role):
    browser = Client()
    if role != "nobody":
        browser.force_login(make.user(role))
    for request, outcomes in TABLE.items():
        if request.startswith("GET") and dict(zip(ROLES, outcomes.split(), strict=True))[role] != "in":
            page = browser.get(request.format(**desk).split(" ")[1]).content.decode()
            for shown in ("Seven were there.", "A source", "A document", "somebody", "asked@example.org", "a test"):
                assert shown not in page, request


def test_neither_staff_nor_superuser_nor_djangos_permissions_say_anything(desk):
    reader = make.user("reader", is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(reader)
    assert Permission.objects.exists()
    assert outcome(browser.get("/admin/people/user/")) == "no"
    assert outcome(browser.get("/admin/claims/claim/add/")) == "no"
    plain = Client()
    plain.force_login(make.user("editor", is_staff=False))
    assert outcome(plain.get("/admin/claims/claim/")) == "in"


def test_the_table_has_every_page_of_the_admin():
    """A new model of the admin fails here until it stands in the table."""
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        verbs = {request.split("/")[-2] for request in TABLE if address in request}
        assert {"add", "change", "delete", "history"} <= verbs, address


def test_every_action_that_the_admin_offers_stands_in_the_table():
    for model, page in admin.site._registry.items():
        for action in page.actions or ():
            offered = f"/admin/{model._meta.app_label}/{model._meta.model_name}/ action={action}&"
            assert any(offered in request for request in TABLE), offered
