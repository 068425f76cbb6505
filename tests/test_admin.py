"""The admin's first form: whoever may read looks, and nobody writes."""

import pytest
from django.contrib import admin
from django.test import Client

from tests import make

PAGES = ["claims/claim", "sources/source", "sources/document"]

pytestmark = pytest.mark.django_db


def signed_in(**facts) -> Client:
    client = Client()
    client.force_login(make.user("reader", is_staff=True, **facts))
    return client


def test_the_front_door_leads_to_the_sign_in():
    answer = Client().get("/", follow=True)
    assert [to for to, _ in answer.redirect_chain] == [
        "/desk/",
        "/admin/login/?next=/desk/",
        "/account/login/?next=/desk/",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_reader_sees_lists_and_records_and_changes_nothing(page):
    shown = {"claims/claim": make.claim(), "sources/source": make.source(), "sources/document": make.document()}[page]
    reader = signed_in()
    assert reader.get(f"/admin/{page}/").status_code == 200
    assert reader.get(f"/admin/{page}/{shown.pk}/change/").status_code == 200
    for way in (f"{page}/add/", f"{page}/{shown.pk}/change/", f"{page}/{shown.pk}/delete/"):
        assert reader.post(f"/admin/{way}", {"statement": "Changed."}).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_who_is_gone_sees_nothing(page):
    assert Client().get(f"/admin/{page}/").status_code == 302
    gone, person = Client(), make.user("editor")
    gone.force_login(person)
    assert gone.get(f"/admin/{page}/").status_code == 200
    person.is_active = False
    person.save()
    assert gone.get(f"/admin/{page}/").status_code == 302


def test_no_page_of_a_package_goes_round_the_rules():
    pages = {model._meta.label for model in admin.site._registry}
    record = {"claims.Claim", "sources.Source", "sources.Document"}
    assert pages == record | {"people.User", "people.Token", "people.Invitation", "webhooks.Endpoint"}


def test_the_front_page_calls_things_as_the_desk_does_and_the_password_is_with_the_account():
    reader = signed_in(password="!")
    page = reader.get("/admin/").content.decode()
    listed = page.partition('class="rooms-list"')[2]
    assert '<a href="/admin/sources/document/">Material</a>' in listed
    assert "Documents" not in page
    assert "/account/password/" not in page
    assert "/account/password/" not in reader.get("/account/").content.decode()  # has none to change
    other = Client()
    other.force_login(make.user("reader", password="pbkdf2_sha256$1$a$b"))
    assert "/account/password/" in other.get("/account/").content.decode()
