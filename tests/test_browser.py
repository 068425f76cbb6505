"""The desk in a real browser: from the sign-in to a source, by mouse, by keyboard, without scripts; its complaints."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from claims.models import Claim, CopyChange, Piece, Usage
from sources.models import Document, Source
from tests import make
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
        "finding": f"/admin/claims/claim/{claims['demo_post/ill-43']}/change/?do=assess",
        "hop": f"/admin/claims/claim/{claims['demo_lantern/three-warnings']}/change/?do=add-attribution",
        "a new claim": "/admin/claims/claim/add/",
        "new material": "/admin/sources/document/add/",
        "a new source": "/admin/sources/source/add/",
        "source edited": f"/admin/sources/source/{source.pk}/change/?do=edit",
        "our copy to print": f"/admin/sources/document/{story.pk}/change/?do=mark",
        "several closed": f"/admin/claims/claim/together/?do=close_each&rows={claims['demo_post/ill-43']}.1.1.0",
        "notices": "/admin/claims/claim/notices/",
        "account": "/account/",
        **around_the_copy(source, story),
    }


def around_the_copy(source: Source, story: Document) -> dict[str, str]:
    """The pages around our own copy, each with something on it."""
    piece = Piece.objects.get(document__key="demo_lantern")
    claim = Claim.objects.get(key="demo_lantern/three-warnings")
    hop = claim.attributions.filter(document=piece.document_id, passage__isnull=False).earliest("pk")
    CopyChange.objects.create(
        piece=piece,
        passage=hop.passage,
        replacement="Two",
        reason="One is not dated.",
        proposed_by=make.user("checker"),
    )
    Usage.objects.create(claim=claim, revision=claim.revision, consumer="An app", printed="Three", owed="due")
    law = f"/desk/law/{piece.document_id}/"
    return {
        "changes": f"/desk/changes/{piece.document_id}/",
        "accusations": "/desk/law/",
        "accusations of a piece": law,
        "a request for comment": f"{law}?do=ask-reply&of={claim.accusations.earliest('pk').pk}",
        "check sheet": f"/desk/sheet/{piece.document_id}/",
        "what ran": "/desk/ran/?q=warnings",
        "what uses a claim": f"/desk/uses/claim/{claim.pk}/",
        "what uses a source": f"/desk/uses/source/{source.pk}/",
        "what uses a document": f"/desk/uses/document/{story.pk}/",
        "what uses marked words": f"/desk/uses/passage/{hop.passage_id}/",
        "audit sheet": f"/desk/claims/{claim.pk}/audit/",
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


@pytest.mark.parametrize("size", [WIDE, pytest.param(NARROW, marks=pytest.mark.long)], ids=["wide", "narrow"])
def test_every_page_is_clean_for_axe_and_the_policy_and_fits_the_window(address, size):
    told: list[str] = []
    session, listed = session_of(somebody("chief")), pages()
    with desk(address, size) as window:
        window.go("/account/login/")
        told += window.accessibility_faults()
        sign_in_with(session, window)
        for name, path in listed.items():
            window.go(path)
            told += [f"{name}: {fault}" for fault in window.accessibility_faults()]
            told += [f"{name}: policy: {refused}" for refused in window.policy_violations()]
            told += [f"{name}: {window.sticks_out()} px too wide"] if window.sticks_out() > 0 else []
        told += window.complaints
    assert told == []


def window_of(window: Desk, session: str, claim: int, *, query: str = "") -> None:
    """The claim's page, as whoever's session this is."""
    window.context.clear_cookies()
    sign_in_with(session, window)
    window.go(f"/admin/claims/claim/{claim}/change/{query}")


def press(window: Desk, key: str) -> None:
    """Press a key on the page and wait for the page that it leads to."""
    with window.page.expect_navigation():
        window.page.keyboard.press(key)


def test_from_new_to_ok_to_print_by_the_keyboard(address):
    ann, ed = session_of(somebody("checker", username="ann")), session_of(somebody("editor", username="ed"))
    claim = Claim.objects.get(key="demo_post/ill-43").pk
    with desk(address) as window:
        page = window.page
        window_of(window, ann, claim)
        press(window, "y")
        assert "In check" in page.locator("dl.axes").inner_text()
        press(window, "f")
        assert page.evaluate("document.activeElement.name") == "verdict"
        page.keyboard.press("a")  # the first word that begins so: accurate; no act, since somebody types
        page.keyboard.press("Tab")
        page.keyboard.type("The health office counts 43: t, x, f and ? are letters here.")
        press(window, "Control+Enter")
        assert "In review" in page.locator("dl.axes").inner_text()
        assert page.locator(".act.off", has_text="Initial").count() == 0  # not a checker's to see
        window_of(window, ed, claim)
        page.keyboard.press("?")
        assert page.locator("#keys dl").is_visible()
        press(window, "i")
        assert "Initialled" in page.locator("dl.axes").inner_text()
        press(window, "p")
        press(window, "Control+Enter")
        assert "OK to print" in page.locator("dl.axes").inner_text()
        assert "Not OK" not in page.locator("dl.axes").inner_text()
        assert [told for told in window.complaints if "favicon" not in told] == []
        assert window.policy_violations() == []


def test_from_new_to_ok_to_print_without_scripts(address):
    ann, ed = session_of(somebody("checker", username="ann")), session_of(somebody("editor", username="ed"))
    claim = Claim.objects.get(key="demo_post/ill-43").pk
    with desk(address, NARROW, scripts=False) as window:
        page = window.page
        window_of(window, ann, claim)
        page.get_by_role("button", name="Take", exact=True).click()
        page.get_by_role("link", name="Backing…").click()
        page.get_by_label("In which material").fill("flood mill")
        page.get_by_label("In which material").locator("..").get_by_role("button", name="Find").click()
        page.get_by_role("radio").first.check()
        page.get_by_label("Stance").select_option("supports")
        page.get_by_label("Note").fill("Paragraph 2.")
        page.get_by_role("button", name="Add").click()
        assert "Paragraph 2." in page.locator("article").inner_text()
        page.get_by_role("link", name="Finding…").click()
        page.get_by_role("button", name="Record it").click()
        expect(page.locator(".errorlist")).to_have_count(2)
        page.get_by_label("Is it so").select_option("accurate")
        page.get_by_label("Reasons").fill("The health office counts 43.")
        page.get_by_role("button", name="Record it").click()
        window_of(window, ed, claim)
        page.get_by_role("button", name="Initial", exact=True).click()
        page.get_by_role("link", name="OK to print…").click()
        page.get_by_role("button", name="Decide").click()
        assert "Not OK" not in page.locator("dl.axes").inner_text()
        page.get_by_role("link", name="Claims", exact=True).click()
        page.get_by_role("checkbox").nth(1).check()
        page.get_by_label("Action:").select_option("close_each")
        page.get_by_role("button", name="Go").click()
        page.get_by_label("It is", exact=True).select_option("dropped")
        page.get_by_role("button", name="Close").click()
        assert "Close: 1 claim." in page.locator(".messagelist").inner_text()


def test_what_is_typed_is_kept_by_itself_and_is_there_when_the_tab_was_closed(address):
    ann = session_of(somebody("checker", username="ann"))
    claim = Claim.objects.get(key="demo_post/ill-43").pk
    with desk(address) as window:
        window_of(window, ann, claim, query="?do=assess")
        reasons = window.page.get_by_label("Reasons")
        reasons.press_sequentially("Half of it")
        window.page.get_by_text("Draft kept at").wait_for()
        reasons.press_sequentially(", and no more.")
        window.page.close(run_before_unload=True)  # at once: the script has had no second to wait
        window.page = window.context.new_page()
        for _ in range(50):
            window.go(f"/admin/claims/claim/{claim}/change/?do=assess")
            if window.page.get_by_label("Reasons").input_value() == "Half of it, and no more.":
                break
        assert window.page.get_by_label("Reasons").input_value() == "Half of it, and no more."
        assert "Your draft of" in window.page.locator(".draft").inner_text()
        window.page.get_by_text("More", exact=True).click()
        window.page.get_by_label("Look again by").press("Enter")  # sends the form, which lacks its verdict
        expect(window.page.locator(".errorlist")).to_have_count(1)
        window.go(f"/admin/claims/claim/{claim}/change/?do=assess")
        window.page.get_by_role("button", name="Discard it").click()
        assert window.page.get_by_label("Reasons").input_value() == ""
        assert [told for told in window.complaints if "favicon" not in told] == []


def test_a_name_is_suggested_as_one_types(address):
    ann = session_of(somebody("checker", username="ann"))
    claim = Claim.objects.get(key="demo_post/ill-43").pk
    with desk(address) as window:
        window_of(window, ann, claim, query="?do=add-attribution")
        page = window.page
        assert not page.get_by_role("button", name="Find").first.is_visible()
        field = page.get_by_role("combobox", name="Who says so")
        field.press_sequentially("weirs")
        page.locator("datalist option").first.wait_for(state="attached")
        assert page.evaluate("document.querySelector('datalist').options[0].value") == RADIO
        field.fill(RADIO)
        page.get_by_role("button", name="Add").click()
        assert "Added." in page.locator(".messagelist").inner_text()
