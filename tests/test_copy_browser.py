"""The annotated copy in a browser: without scripts, on a small screen, read aloud, printed; words marked by keys."""

import pytest
from playwright.sync_api import expect

from claims import versions
from claims.models import Claim
from sources.models import Document
from tests import make
from tests.browsing import NARROW, WIDE, desk, needs_chromium, session_of, sign_in_with
from tests.copies import claim_of, on_its_way, typist
from tests.signing import somebody

pytestmark = [
    needs_chromium,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.xdist_group("browser"),
]

ODD = "One 👩‍👩‍👧 came and number 7 shut. קפה נסגר ביום שני. Cafe\u0301 Zoe\u0308 is open."


#: the middle of the first letter of the line at hand
_FIRST_LETTER = """() => {
    const range = document.createRange(), words = document.querySelector("#copy .line.now [data-at]").firstChild;
    range.setStart(words, 0); range.setEnd(words, 1);
    const box = range.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
}"""


@pytest.fixture
def ann():
    return somebody("checker", username="ann")


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_copy_and_its_forms_are_clean_and_fit_the_window(live_server, ann, size):
    document, _piece = on_its_way(folder=("Letter of the brigade",), checker=ann)
    session = session_of(ann)
    with desk(live_server.url, size) as window:
        sign_in_with(session, window)
        faults = []
        for do in ("", "tick-on", "judge", "back", "call", "wait", "change", "mark-as", "via"):
            window.go(f"/desk/copy/{document.pk}/" + (f"?do={do}" if do else ""))
            if do:
                line = window.page.locator("#card").get_attribute("data-line")
                window.go(f"/desk/copy/{document.pk}/?line={line}&do={do}")
            faults += window.accessibility_faults() + window.policy_violations()
            if window.sticks_out() > 0:
                faults.append(f"{do} sticks out by {window.sticks_out()}")
        assert faults == []
        assert [told for told in window.complaints if "favicon" not in told] == []


def test_a_line_is_ticked_changed_and_undone_without_scripts(live_server, ann):
    document, _piece = on_its_way(folder=("Letter of the brigade",), checker=ann)
    session = session_of(ann)
    with desk(live_server.url, scripts=False) as window:
        sign_in_with(session, window)
        page = window.go(f"/desk/copy/{document.pk}/")
        page.locator("#copy .line", has_text="Nobody was hurt").locator(".sign").click()
        page.get_by_role("link", name="stands, on").click()
        page.get_by_label("1 Letter of the brigade").check()
        page.get_by_role("button", name="Tick", exact=True).last.click()
        assert "Ticked." in page.content()
        line = page.locator("#copy .line", has_text="Nobody was hurt")
        assert line.get_attribute("data-mark") == "tick"
        assert "It is a lovely bridge" in page.locator("#copy .line.now").inner_text()
        page.get_by_role("button", name="undo").click()
        assert "Taken back: ticked, line" in page.content()
        assert page.locator("#copy .line", has_text="Nobody was hurt").get_attribute("data-mark") == "blank"
        page.locator("#copy .line", has_text="railing is safe").locator(".sign").click()
        page.get_by_role("link", name="e change").click()
        page.get_by_label("Put in its place").fill("Engineer Nell Sarkby said the railing holds.")
        page.get_by_label("Why").fill("Her words.")
        page.get_by_role("button", name="Propose it").last.click()
        assert page.locator("#copy .line", has_text="railing is safe").get_attribute("data-mark") == "change"


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("One", ["ArrowRight", "ArrowRight", "Shift+ArrowRight"]),
        ("קפה", []),
        ("Zoe\u0308", ["ArrowRight"]),
    ],
)
def test_words_marked_by_the_keyboard_are_those_that_are_recorded(live_server, ann, monkeypatch, line, keys):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    document, _piece = on_its_way(ODD, kind="article")
    session = session_of(ann)
    with typist(live_server.url, session, document.pk) as at:
        at.at(line)
        at.press("s", *keys)
        chosen = at.page.evaluate("String(getSelection())")
        assert chosen.strip()
        at.press("m")
        made = Claim.objects.get()
        assert made.statement == chosen.strip()
        assert made.statement in ODD
        assert at.page.locator("#copy mark").inner_text().strip() == chosen.strip()


def test_words_marked_by_the_mouse_become_a_claim(live_server, ann, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    document, _piece = on_its_way(kind="article")
    session = session_of(ann)
    with typist(live_server.url, session, document.pk) as at:
        at.at("Nobody was hurt")
        x, y = at.page.evaluate(_FIRST_LETTER)
        at.page.mouse.dblclick(x, y)
        at.press("m")
        assert Claim.objects.get().statement == "Nobody"


def test_where_the_server_does_not_answer_nothing_that_was_typed_is_lost(live_server, ann):
    document, _piece = on_its_way(checker=ann)
    session = session_of(ann)
    with typist(live_server.url, session, document.pk) as at:
        at.at("railing is safe")
        at.press("e")
        at.prose("The railing holds.")
        at.page.route("**/desk/copy/**", lambda route: route.abort())
        at.press("Tab")
        at.prose("Her words.")
        at.press("Control+Enter")
        assert "does not answer" in at.told()
        assert at.page.input_value("textarea[name=replacement]") == "The railing holds."
        at.page.unroute("**/desk/copy/**")
        at.press("Control+Enter")
        assert at.mark("railing is safe") == "change"


def test_the_copy_prints_without_its_tools(live_server, ann):
    document, _piece = on_its_way(checker=ann)
    session = session_of(ann)
    with desk(live_server.url) as window:
        sign_in_with(session, window)
        page = window.go(f"/desk/copy/{document.pk}/")
        page.emulate_media(media="print")
        shown = {name: page.locator(name).is_visible() for name in ("#copy", "#card", ".keys", "#header")}
        assert shown == {"#copy": True, "#card": False, ".keys": False, "#header": False}


ARTICLE = """Six held after harbour fire

Police say six men were held on Friday. The fire did no harm to the museum, its director told The Dock.

Nobody has been charged. What a night.
"""


def test_an_article_that_is_pasted_in_is_worked_on_in_the_same_way(live_server, ann, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    session = session_of(ann)
    with desk(live_server.url) as window:
        sign_in_with(session, window)
        page = window.go("/admin/sources/document/add/")
        page.get_by_label("Kind").select_option("article")
        page.get_by_label("Title").fill("Six held after harbour fire")
        page.get_by_label("Its text").fill(ARTICLE)
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(".to-copy")
        page.keyboard.press("c")
        page.wait_for_selector("#copy .line")
        expect(page.locator("#copy .line")).to_have_count(5)
    document = Document.objects.get(title="Six held after harbour fire")
    with typist(live_server.url, session, document.pk) as at:
        at.at("Police say six men")
        at.press("v")
        at.prose("Harbour Police")
        at.press("Enter")
        expect(at.page.locator("#card")).to_contain_text("Nothing here is called that")
        make.source("Harbour Police", "organization")
        at.press("Enter")
        claim = claim_of("six men were held")
        assert claim.independent_origins == 1
        outer, origin = claim.attributions.order_by("-depth")
        assert (outer.speaker.identity, origin.speaker.name) == ("unnamed", "Harbour Police")
        at.at("The fire did no harm")
        at.press('"')
        assert claim_of("no harm").attributions.get(relays=None).speaker.name == "Harbour Police"
        at.at("What a night")
        at.press("x")
        assert at.mark("What a night") == "dropped"
    before = dict(Claim.objects.values_list("pk", "revision"))
    text = ARTICLE.replace("six men were held", "seven men were held")
    versions.save_copy(document_id=document.pk, by=ann, text=text, captured_from="paste")
    assert dict(Claim.objects.values_list("pk", "revision")) == before  # what it said, it said
    with typist(live_server.url, session, document.pk) as at:
        assert at.mark("What a night") == "dropped"
        assert at.page.locator("#copy .is-changed").count() == 1


def test_a_key_pressed_while_a_line_is_dropped_does_not_lose_what_was_done(live_server, ann):
    document, _piece = on_its_way(checker=ann)
    session = session_of(ann)
    with desk(live_server.url) as window:
        sign_in_with(session, window)
        page = window.go(f"/desk/copy/{document.pk}/")
        line = page.locator("#card").get_attribute("data-line")
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.locator(f"#line-{line}.mark-dropped").wait_for(timeout=10_000)


def test_words_that_stand_nowhere_are_told(live_server, ann):
    document, _piece = on_its_way(checker=ann)
    session = session_of(ann)
    with desk(live_server.url) as window:
        sign_in_with(session, window)
        page = window.go(f"/desk/copy/{document.pk}/")
        page.keyboard.press("/")
        page.keyboard.type("Zzyzx")
        page.keyboard.press("Enter")
        assert "Zzyzx" in page.locator("#told").inner_text()


#: Lets the desk take its time: each answer about the copy comes so many milliseconds later.
_SLOW = """
    const fetched = window.fetch;
    window.fetch = (address, options) => String(address).includes('/desk/copy/')
        ? new Promise((go) => setTimeout(go, 400)).then(() => fetched(address, options)) : fetched(address, options);
"""


@pytest.fixture
def slow(live_server, ann, monkeypatch):
    """A window at our own copy whose desk answers slowly."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    document, _piece = on_its_way(folder=("Letter of the brigade",), checker=ann)
    session = session_of(ann)
    with typist(live_server.url, session, document.pk) as at:
        at.page.evaluate(_SLOW)
        yield at


def _settled(at):
    at.page.wait_for_timeout(500)
    at._wait()
    at.page.wait_for_timeout(700)
    at._wait()


def test_keys_that_come_before_the_answer_are_shown_and_pressed_in_their_order(slow):
    keys = slow.page.keyboard
    slow.at("Nobody was hurt")
    _settled(slow)
    keys.press("x")
    keys.press("k")  # from the line after it, at which one is then
    keys.press("w")
    keys.type("Nell Sarkby")
    assert "Then: k w N e l l" in slow.told()
    _settled(slow)
    _settled(slow)
    assert slow.mark("Nobody was hurt") == "dropped"
    assert "Nobody was hurt" in slow.here()
    assert slow.page.input_value("#card input[name=whom]") == "Nell Sarkby"


def test_a_tick_pressed_right_after_a_move_is_of_the_line_that_was_moved_to(slow):
    slow.at("took money from the fund")
    _settled(slow)
    for key in ("j", "t", "1", "Enter"):
        slow.page.keyboard.press(key)
    for _ in range(3):
        _settled(slow)
    assert slow.mark("took money from the fund") == "blank"
    assert slow.mark("Nobody was hurt") == "tick"


def test_what_was_pressed_on_the_strength_of_a_refused_form_is_not_done(slow):
    slow.at("Nobody was hurt")
    _settled(slow)
    slow.page.keyboard.press("w")
    _settled(slow)
    slow.page.keyboard.press("Enter")  # without a name: refused
    slow.page.keyboard.press("x")
    _settled(slow)
    assert "Not pressed after that: x" in slow.told()
    assert slow.mark("Nobody was hurt") == "blank"
    assert slow.page.input_value("#card input[name=whom]") == ""


def test_words_of_a_line_that_is_a_claim_become_another_one_and_are_not_ticked_on_its_backing(
    live_server, ann, monkeypatch
):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    document, _piece = on_its_way(folder=("Letter of the brigade",), checker=ann)
    session = session_of(ann)
    with typist(live_server.url, session, document.pk) as at:
        at.at("Nobody was hurt")
        at.press("b", "1", "Enter")
        at.at("Nobody was hurt")
        at.press("m")
        assert "mark them first" in at.told()
        at.press("s", "Shift+ArrowRight")
        assert "with Shift" in at.told() or at.page.evaluate("String(getSelection())").strip() == "Nobody was"
        at.press("t")
        assert at.page.locator("#card .doing").is_visible()
        assert Claim.objects.count() == 1
        at.press("Escape")
        at.at("Nobody was hurt")
        at.press("s", "Shift+ArrowRight", "m")
        assert set(Claim.objects.values_list("statement", flat=True)) == {"Nobody was hurt.", "Nobody was"}
        at.press("x")
        assert at.page.locator("#told button").inner_text().startswith("undo")  # what is not possible hides nothing


def test_who_types_on_after_a_key_that_does_nothing_here_does_nothing(live_server, ann):
    document, _piece = on_its_way(checker=ann)
    with typist(live_server.url, session_of(ann), document.pk) as at:
        at.at("Nobody was hurt")
        at.press("g", "x", "m", "j")
        assert "does nothing at this line" in at.told()
        assert "Nobody was hurt" in at.here()
        at.page.wait_for_timeout(800)
        at.press("x")
        assert at.mark("Nobody was hurt") == "dropped"
    assert not Claim.objects.exists()


def test_with_a_form_at_hand_letters_are_its_own_wherever_the_focus_is(live_server, ann):
    document, _piece = on_its_way(checker=ann)
    with typist(live_server.url, session_of(ann), document.pk) as at:
        at.at("Nobody was hurt")
        at.press("t")
        at.page.locator("#card .doing summary, #card .doing button").first.focus()
        at.press("x", "m")
        assert at.page.locator("#card .doing").is_visible()
        assert at.mark("Nobody was hurt") == "blank"
    assert not Claim.objects.exists()
