"""The desk in a real browser: from the sign-in to a source, by mouse, by keyboard, without scripts; its complaints."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command

from claims.models import Claim
from sources.models import Document, Source
from tests.browsing import NARROW, WIDE, Desk, desk, needs_chromium, session_of, sign_in_with
from tests.signing import PASSWORD, somebody

pytestmark = [
    needs_chromium,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.xdist_group("browser"),
]

DEMO = Path(__file__).resolve().parent.parent / "seeds/demo"
STORY, ILL, RADIO = "47 ill after flood at Osier Mill", "47 people have fallen ill since", "Weirside Radio"


@pytest.fixture
def address(live_server) -> str:
    """The desk with the demo town in it."""
    call_command("import_dossier", str(DEMO))
    return live_server.url


def pages() -> dict[str, str]:
    """The addresses of every page there is to read."""
    claims = {key: Claim.objects.get(key=key).pk for key in ("demo_lantern/three-warnings", "demo_post/ill-43")}
    story, source = Document.objects.get(key="demo_post"), Source.objects.get(name=RADIO)
    return {
        "front": "/admin/",
        "claims": "/admin/claims/claim/",
        "claims, narrowed": "/admin/claims/claim/?kind=allegation&q=gate",
        "material": "/admin/sources/document/",
        "sources": "/admin/sources/source/",
        "claim that is denied": f"/admin/claims/claim/{claims['demo_lantern/three-warnings']}/change/",
        "claim with figures": f"/admin/claims/claim/{claims['demo_post/ill-43']}/change/",
        "document": f"/admin/sources/document/{story.pk}/change/",
        "source": f"/admin/sources/source/{source.pk}/change/",
        "people": "/admin/people/user/",
        "account": "/account/",
    }


def sign_in(window: Desk) -> None:
    window.go("/admin/")
    window.page.get_by_label(re.compile("name|e-mail", re.I)).first.fill("quill")
    window.page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(f"{window.address}/admin/")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_from_the_sign_in_to_a_source(address, scripts):
    somebody("reader", username="quill")
    with desk(address, scripts=scripts) as window:
        page = window.page
        sign_in(window)
        page.get_by_role("link", name="Material").first.click()
        page.get_by_role("link", name=STORY).first.click()
        page.wait_for_url("**/sources/document/*/change/")
        page.get_by_role("link", name=ILL).first.click()
        page.wait_for_url("**/claims/claim/*/change/")
        picture = next(frame for frame in page.frames if frame.url.endswith("chain.svg"))
        picture.locator("a[href*='/sources/source/']").first.click()
        page.wait_for_url("**/sources/source/*/change/")
        page.get_by_role("link", name="Claims").first.click()
        page.get_by_role("searchbox").fill("intensive care")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="A child is in intensive care").first.click()
        page.locator("ul.ways").get_by_role("link", name="Weirside Radio", exact=True).click()
        assert page.locator("h1").inner_text() == "Weirside Radio"
        page.get_by_role("button", name="Sign out").click()
        assert "/account/" in page.url
        assert [told for told in window.complaints if "favicon" not in told] == []


def test_the_keyboard_is_enough(address):
    somebody("reader", username="quill")
    with desk(address) as window:
        sign_in(window)
        for name, lands in [
            ("Material", "**/sources/document/"),
            (STORY, "**/sources/document/*/change/"),
            (ILL, "**/claims/claim/*/change/"),
            ("The Three Vales Post", "**/sources/source/*/change/"),
        ]:
            window.tab_to(name)
            window.page.keyboard.press("Enter")
            window.page.wait_for_url(lands)
        window.page.goto(window.address + "/admin/claims/claim/")
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("document.activeElement.className") == "skip-to-content-link"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_is_clean_for_axe_and_the_policy_and_fits_the_window(address, size):
    told: list[str] = []
    session, listed = session_of(somebody("chief")), pages()
    with desk(address, size) as window:
        window.go("/account/login/")
        told += window.accessibility_faults()
        sign_in_with(session, window)
        for name, path in listed.items():
            window.go(path)
            window.page.wait_for_load_state("networkidle")
            told += [f"{name}: {fault}" for fault in window.accessibility_faults()]
            told += [f"{name}: policy: {refused}" for refused in window.policy_violations()]
            told += [f"{name}: {window.sticks_out()} px too wide"] if window.sticks_out() > 0 else []
        told += window.complaints
    assert told == []
