"""A protected source's pages in a real browser: for everybody to use, within the policy; back shows no name."""

from dataclasses import replace

import pytest
from playwright.sync_api import Error

from sources.models import KnownTo, ProtectedIdentity, Source
from tests import make
from tests.browsing import NARROW, WIDE, desk, needs_chromium, session_of, sign_in_with

pytestmark = [
    needs_chromium,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.xdist_group("browser"),
]

NAME = "Petra Unknown"


@pytest.fixture
def kept(settings):
    settings.ENV = replace(settings.ENV, protected_names=True)


def home(source: Source) -> str:
    return f"/admin/sources/source/{source.pk}/"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_pages_are_for_everybody_and_within_the_policy(live_server, kept, size):
    made, named = make.protected(NAME), make.source("Somebody")
    ProtectedIdentity.objects.filter(pk=made.pk).update(terms="Never named. " * 20)
    known = KnownTo.objects.create(protection=made, person=make.user(username="kay"))
    session, secret = session_of(make.user("chief")), home(made.source)
    addresses = [f"{home(named)}protect/", f"{secret}change/", f"{secret}places/"]
    addresses += [f"{secret}{page}/" for page in ("name", "tell", "terms", "unprotect", f"untell/{known.pk}")]
    with desk(live_server.url, size) as window:
        sign_in_with(session, window)
        for address in addresses:
            window.go(address)
            assert window.accessibility_faults() == []
            assert window.policy_violations() == [], address
            assert window.sticks_out() <= 0, address
        assert window.complaints == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_from_a_name_to_a_code_name_and_back_to_the_name(live_server, kept, scripts):
    source, claim = make.source(NAME), make.claim(f"{NAME} closed the bakery.")
    session = session_of(make.user("chief", username="ada"))
    with desk(live_server.url, WIDE, scripts=scripts) as window:
        sign_in_with(session, window)
        page = window.go(f"{home(source)}change/")
        page.get_by_role("link", name="Protect this source").click()
        page.get_by_label("Code name or public description").fill("Falcon")
        page.get_by_label("Terms").fill("Never named.")
        page.get_by_label("ada").check()
        page.get_by_label("How to reach them").fill("at the bridge")
        page.get_by_label("Why").fill("Would lose her job.")
        page.get_by_role("button", name="Protect a source").click()
        assert page.get_by_role("link", name=f"claim {claim.pk}: statement").is_visible()
        page.get_by_role("link", name="Back to the source").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Falcon"
        assert NAME not in page.content()
        page.get_by_role("link", name="Show the name").click()
        page.get_by_label("Why do you need the name?").fill("To call her.")
        page.get_by_role("button", name="Show the name").click()
        assert page.get_by_text(NAME).is_visible()
        assert page.get_by_text("at the bridge").is_visible()
        page.get_by_role("link", name="Back to the source").click()
        assert page.get_by_text("To call her.").is_visible()
        with pytest.raises(Error, match="CACHE_MISS"):  # the browser would have to ask again, and that is on record
            page.go_back()
