"""What a stranger stumbled over at the copy, where a script is what matters: digits, names, marks, the jump."""

import pytest
from playwright.sync_api import expect

from claims.models import Attribution, Claim, Evidence
from tests import make
from tests.browsing import needs_chromium, session_of
from tests.copies import claim_of, on_its_way, typist
from tests.signing import somebody

pytestmark = [
    needs_chromium,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def at(live_server, monkeypatch):
    """A window at our own copy, as a checker, without a folder."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    ann = somebody("checker", username="ann")
    document, _piece = on_its_way(checker=ann)
    session = session_of(ann)
    with typist(live_server.url, session, document.pk, (1440, 600)) as window:
        yield window
        assert window.window.policy_violations() == []


def test_a_digit_chooses_what_a_line_without_backing_is_ticked_on_and_enter_alone_says_what_is_missing(at):
    at.at("Nobody was hurt")
    at.press("t", "Enter")
    wrong = at.page.locator("#card .is-wrong .errorlist")
    expect(wrong).to_be_in_viewport(ratio=1)
    assert "press a digit" in wrong.inner_text()
    assert not Claim.objects.exists()
    at.press("2")
    assert at.page.locator("#card input[name=on]:checked").get_attribute("value") == "author_says"
    at.press("1", "Enter")
    assert Evidence.objects.get().how == "author_notes"
    assert at.mark("Nobody was hurt") == "tick"


def test_enter_in_a_field_for_a_name_takes_the_only_one_that_it_can_be(at):
    sarkby = make.source("Nell Sarkby")
    at.at("railing is safe")
    at.press("v")
    at.prose("sark")
    at.press("Enter")  # before the suggestions are there
    field = at.page.locator("input[name=speaker_id_words]")
    expect(field).to_have_value("Nell Sarkby")
    assert not Attribution.objects.exists()
    at.press("Enter")
    expect(at.page.locator("#card .doing")).to_have_count(0)
    assert claim_of("railing is safe").attributions.get(relays=None).speaker == sarkby


def test_enter_in_a_field_for_a_name_asks_where_several_are_meant(at):
    for name in ("Nell Sarkby", "Una Sarkby"):
        make.source(name)
    at.at("railing is safe")
    at.press("v")
    at.prose("sark")
    at.press("Enter")
    expect(at.page.locator("#card .matches input")).to_have_count(2)
    assert not Attribution.objects.exists()


def test_the_card_names_the_marked_words_as_they_grow(at):
    at.at("Nobody was hurt")
    at.press("s")
    told = at.page.locator("#told .says")
    expect(told).to_contain_text("Marked: “Nobody”.")
    expect(told).to_contain_text("with Shift")
    at.press("Shift+ArrowRight")
    expect(told).to_contain_text("Marked: “Nobody was”.")
    at.press("Escape")
    expect(told).to_have_text("")
