"""The pages around the copy in a real browser: by keys alone, without scripts, at 360 px, and on paper."""

import shutil
import subprocess

import pytest

from claims.models import CopyChange
from tests import lined, make
from tests.browsing import NARROW, Desk, desk, needs_chromium, session_of, sign_in_with
from tests.signing import somebody

pytestmark = [
    needs_chromium,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def piece():
    """Three changes in a piece of three lines, the last of them a must."""
    made, first = lined.piece()
    for said, instead, force in (
        ("burned", "burnt", "could"),
        ("lit it", "lit a match", "should"),
        ("Nobody", "", "must"),
    ):
        lined.change(made, first, said, instead, force=force)
    return made


@pytest.fixture
def sessions(db) -> dict[str, str]:
    """A session for each role. (Nothing is asked of the database while a browser is open.)"""
    return {role: session_of(somebody(role, username=f"{role}-at-it")) for role in ("reader", "editor", "legal")}


def opened(window: Desk, session: str, address: str) -> None:
    sign_in_with(session, window)
    window.go(address)


def press(window: Desk, *keys: str) -> None:
    """Press keys, of which the last leads to a page."""
    *first, last = keys
    for key in first:
        window.page.keyboard.press(key)
    with window.page.expect_navigation():
        window.page.keyboard.press(last)


def decisions() -> list[tuple[str | None, str]]:
    return list(CopyChange.objects.order_by("pk").values_list("decision", "decision_reason"))


def test_three_changes_are_decided_by_keys_alone(live_server, piece, sessions):
    with desk(live_server.url) as window:
        opened(window, sessions["editor"], f"/desk/changes/{piece.document_id}/")
        press(window, "a")
        assert window.page.locator("li.change").count() == 3
        window.page.keyboard.press("w")
        assert window.page.evaluate("document.activeElement.name") == "reason"
        window.page.keyboard.type("lit a fire; a, r and j are letters here")
        press(window, "Control+Enter")
        for key in ("j", "k", "r"):
            window.page.keyboard.press(key)
        assert window.page.evaluate("document.activeElement.name") == "reason"  # a must asks for the reason first
        window.page.keyboard.type("She was there.")
        press(window, "Control+Enter")
        assert "A must, rejected" in window.page.locator("article").inner_text()
        assert [told for told in window.complaints if "favicon" not in told] == []
        assert window.policy_violations() == []
    assert decisions() == [
        ("accepted", ""), ("reworded", "lit a fire; a, r and j are letters here"), ("rejected", "She was there."),
    ]  # fmt: skip


def test_what_is_typed_after_r_at_a_should_is_its_reason_and_no_keys(live_server, piece, sessions):
    CopyChange.objects.filter(pk=CopyChange.objects.earliest("pk").pk).update(force="should")
    with desk(live_server.url) as window:
        opened(window, sessions["editor"], f"/desk/changes/{piece.document_id}/")
        window.page.locator("li.change", has_text="hould").first.focus()
        for key in "ra j":
            window.page.keyboard.press(key)
        assert window.page.evaluate("[document.activeElement.name, document.activeElement.value]") == ["reason", "a j"]
    assert set(CopyChange.objects.values_list("decision", flat=True)) == {None}


def test_a_change_is_decided_without_scripts_on_a_small_screen(live_server, piece, sessions):
    with desk(live_server.url, NARROW, scripts=False) as window:
        opened(window, sessions["editor"], f"/desk/changes/{piece.document_id}/")
        first = window.page.locator("li.change").first
        first.get_by_role("textbox").fill("singed")
        first.get_by_role("button", name="Reword").click()
    assert decisions()[0] == ("reworded", "singed")


def test_the_lawyer_holds_a_claim_by_keys_and_is_back_in_the_list(live_server, sessions):
    made, first = lined.piece()
    for said in ("Quill lit", "Nobody was"):
        claim = make.claim(kind="allegation")
        lined.stands(claim, first, said)
        make.accusation(claim, make.source(f"Accused of {said}"))
    address = f"/desk/law/{made.document_id}/"
    with desk(live_server.url) as window:
        opened(window, sessions["legal"], address)
        press(window, "j", "j", "l")
        assert window.page.evaluate("document.activeElement.name") == "note"
        window.page.keyboard.type("A court order.")
        press(window, "Control+Enter")
        assert window.page.url.endswith(address)
        assert window.policy_violations() == []
    claim.refresh_from_db()
    assert claim.clearance == "legal_hold"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="there is no pdftotext here")
def test_the_sheet_prints_on_numbered_pages_and_cuts_no_line(live_server, sessions, tmp_path):
    lines = [f"Line {number} of the fire at the mill was not put out before noon." for number in range(1, 81)]
    made, first = lined.piece(*lines)
    for number in range(1, 81, 3):
        claim = make.claim(f"Claim {number}.")
        lined.stands(claim, first, f"Line {number} of")
        make.evidence(
            claim, document=make.document(f"The report on line {number} and on whatever else there is to know")
        )
    with desk(live_server.url) as window:
        opened(window, sessions["reader"], f"/desk/sheet/{made.document_id}/")
        window.page.pdf(path=str(tmp_path / "sheet.pdf"), prefer_css_page_size=True)
    said = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "sheet.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    pages = said.split("\f")[:-1]
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"{number}/{len(pages)}" in page.replace(" ", "")
        assert "Find claims" not in page  # the head of the desk is not printed
    flat = [" ".join(page.split()) for page in pages]
    for number in range(1, 81):
        assert sum(f"Line {number} of the fire" in page for page in flat) == 1, number
