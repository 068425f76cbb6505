"""A day at the desk, by two checkers' keyboards, a lawyer's and an editor's: the demo's own copy in three versions."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from claims import lines, pieces, usages, versions
from claims.models import Claim, CopyChange, Piece
from claims.vocabularies import State
from factdesk.people.models import User
from tests.browsing import desk, needs_chromium, session_of, sign_in_with
from tests.copies import typist
from tests.signing import somebody

pytestmark = [
    needs_chromium,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.xdist_group("browser"),
]

DEMO = Path(__file__).resolve().parent.parent / "seeds/demo"
MEMO, LETTER, ILL = "The first was a memo", "The fire brigade wrote in", "By 20 November"


@pytest.fixture
def desk_of(monkeypatch) -> dict[str, User]:
    """The people of the day, and the demo's copy on its way to print, with them on it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    call_command("import_dossier", str(DEMO))
    roles = {"ann": "checker", "ed": "editor", "lena": "legal", "chris": "chief"}
    people = {name: somebody(role, username=name) for name, role in roles.items()}
    piece = Piece.objects.get(document__key="demo_lantern")
    closes = timezone.now() + timedelta(hours=8)
    columns = {
        "checker_id": people["ann"].pk, "editor_id": people["ed"].pk, "second_reader_id": people["ed"].pk,
        "lawyer_id": people["lena"].pk, "text_closes_at": closes, "page_closes_at": closes,
    }  # fmt: skip
    pieces.edit_piece(piece_id=piece.pk, version=piece.version, by=people["ed"], columns=columns)
    return people


def new_version(piece: Piece, by: User, **edits: tuple[str, str]) -> None:
    """The author's desk saves another text of the copy."""
    text = lines.newest_copy(piece.document_id).text
    for old, new in edits.values():
        assert old in text
        text = text.replace(old, new)
    versions.save_copy(document_id=piece.document_id, by=by, text=text, captured_from="paste")


def marks(piece: Piece, by: User) -> dict[str, str]:
    return {one.words: str(one.mark) for one in lines.read(lines.newest_copy(piece.document_id), by).lines}


def mark_of(piece: Piece, by: User, words: str) -> str:
    return next(mark for said, mark in marks(piece, by).items() if words in said)


def test_the_day(live_server, desk_of):
    piece = Piece.objects.get(document__key="demo_lantern")
    ann, ed, chris = (desk_of[name] for name in ("ann", "ed", "chris"))
    sessions = {name: session_of(person) for name, person in desk_of.items()}
    at = live_server.url, piece.document_id

    morning(at, sessions["ann"], piece, ann)
    noon(at, sessions["ann"], piece, ann, ed)
    changes_come_back(live_server.url, sessions["ed"], piece, ed)

    # the third version has what was agreed on, and nothing else of the day's work is lost
    new_version(piece, ed, agreed=("64 people in the Three Vales", "46 people in the Three Vales"))
    assert mark_of(piece, ann, "46 people") == "blank"
    assert [mark_of(piece, ann, words) for words in (MEMO, LETTER)] == ["tick", "tick"]

    # 16:30: the lawyer sees accusations and replies only
    with desk(live_server.url) as window:
        sign_in_with(sessions["lena"], window)
        page = window.go(f"/desk/law/{piece.document_id}/")
        assert "Dorian Pellick" in page.content()
        assert "The fire brigade wrote" not in page.content()

    # 17:00: the second person initials the piece
    with typist(live_server.url, sessions["ed"], piece.document_id) as at_copy:
        at_copy.press("S", "Control+Enter")
        assert at_copy.keys <= 3
    assert Claim.objects.filter(state=State.SIGNED_OFF).count() == 3

    closing(live_server.url, sessions["ed"], piece, ed, chris)

    # afterwards a reader complains: find the line, who checked it, on what
    with desk(live_server.url) as window:
        sign_in_with(sessions["ed"], window)
        page = window.go("/desk/ran/?q=memo+Nell+Sarkby+town+engineer")
        told = page.locator("main").inner_text()
        assert "Accurate (tick): ann" in told
        assert "initialled: ed" in told
        assert "author's notes" in told.lower()
        assert [said for said in window.complaints if "favicon" not in said] == []


def morning(at, session, piece, ann) -> None:
    """Requests go out first; then ticks in a run; what is hard is parked; the phone rings; a change is asked for."""
    with typist(at[0], session, at[1]) as desk_at:
        desk_at.at("Its director, Dorian Pellick")
        desk_at.press("r")
        desk_at.prose("You are related to the town clerk. Is it so?")
        desk_at.press("Tab")
        desk_at.prose("mail to the firm")
        desk_at.press("Enter")
        assert mark_of(piece, ann, "Its director") == "query"
        desk_at.at(MEMO)
        desk_at.press("t", "Space", "Enter")  # the memo is restricted: on the author's notes
        assert desk_at.keys <= 5
        for words in ("Ilse Kettlewood, 52", LETTER):
            desk_at.at(words)
            desk_at.press("t")
            if desk_at.page.locator("#card .doing").count():
                desk_at.press("Enter")  # on the paper that stands behind it
            assert desk_at.keys <= 2
            assert mark_of(piece, ann, words) == "tick"
        desk_at.at("Weir Street must boil")
        desk_at.press("w")
        desk_at.prose("Odile Marchetti")
        desk_at.press("Enter")
        desk_at.at("Ilse Kettlewood, 52")
        desk_at.press("/")
        desk_at.prose("marchetti")
        desk_at.press("Enter")
        assert "Weir Street must boil" in desk_at.here()
        desk_at.press("i")  # it has come
        assert mark_of(piece, ann, "Weir Street must boil") == "blank"
        desk_at.at(ILL)
        desk_at.press("e")
        desk_at.page.keyboard.press("Home")
        desk_at.page.locator("textarea[name=replacement]").fill(
            desk_at.page.input_value("textarea[name=replacement]").replace("64", "46")
        )
        desk_at.press("Tab")
        desk_at.prose("The bulletin says 46.")
        desk_at.press("Enter")
        assert mark_of(piece, ann, ILL) == "change"
        assert [told for told in desk_at.window.complaints if "favicon" not in told] == []


def noon(at, session, piece, ann, ed) -> None:
    """A second version comes while the checker is at the first: only what changed comes back."""
    before = marks(piece, ann)
    with typist(at[0], session, at[1]) as desk_at:
        desk_at.at(LETTER)
        desk_at.press("w")
        desk_at.prose("somebody")
        new_version(piece, ed, changed=("wrote in January.", "wrote in January 2026. Nobody answered."))
        desk_at.page.keyboard.press("Enter")
        desk_at.page.wait_for_selector(".messagelist")
        assert "A new version has come" in desk_at.page.locator(".messagelist").inner_text()
        assert desk_at.page.input_value("input[name=whom]") == "somebody"
        desk_at.press("Escape")
        after = marks(piece, ann)
        assert {words: mark for words, mark in after.items() if words in before} == {
            words: mark for words, mark in before.items() if words in after
        }
        come_back = [words for words in after if words not in before]
        assert come_back == ["The fire brigade wrote in January 2026.", "Nobody answered."]
        assert [after[words] for words in come_back] == ["blank", "blank"]
        assert desk_at.page.locator("#copy .is-changed").count() == 2
        desk_at.at("The fire brigade wrote in January 2026.")
        desk_at.press("t")  # on the backing that it has
        assert desk_at.keys == 1
        desk_at.at("Nobody answered.")
        desk_at.press("x")
    assert mark_of(piece, ann, LETTER) == "tick"


def changes_come_back(address, session, piece, ed) -> None:
    """15:00: the changes are one list, and decided by one key each."""
    with desk(address) as window:
        sign_in_with(session, window)
        page = window.go(f"/desk/changes/{piece.document_id}/")
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.wait_for_load_state("networkidle")
        assert "Accepted" in page.content()
    assert CopyChange.objects.get().decision == "accepted"


def closing(address, session, piece, ed, chris) -> None:
    """Exceptions are decided aloud, the page closes, the check sheet is printed."""
    waiting = list(pieces.undecided(piece))
    assert waiting
    for claim in waiting:
        usages.decide_open(
            claim_id=claim.pk, piece_id=piece.pk, revision=claim.revision, by=chris, decision="printed_unchecked",
            because="The page closes, and the author stands by it.",
        )  # fmt: skip
    piece.refresh_from_db()
    pieces.close_page(piece_id=piece.pk, version=piece.version, by=ed)
    with desk(address) as window:
        sign_in_with(session, window)
        page = window.go(f"/desk/sheet/{piece.document_id}/")
        assert page.content().count("The page closes, and the author stands by it.") == len(waiting)
        assert len(page.pdf(format="A4")) > 10_000
