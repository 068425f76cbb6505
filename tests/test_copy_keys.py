"""What each act at a copy costs: the keys that are pressed for it are counted (prose and numbers typed are not)."""

import pytest

from claims.models import Accusation, Annotation, CopyChange, Evidence, ReplyRequest, Ruling, SignOff
from tests import make
from tests.browsing import needs_chromium, session_of
from tests.copies import claim_of, on_its_way, typist
from tests.signing import somebody

pytestmark = [
    needs_chromium,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.xdist_group("browser"),
]

LETTER = "Letter of the brigade"


@pytest.fixture
def asks_while_the_window_is_open(monkeypatch):
    """Playwright runs a loop of its own in this thread; Django would take every query for an asynchronous one."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def ann():
    return somebody("checker", username="ann")


@pytest.fixture
def at(live_server, ann, asks_while_the_window_is_open):
    """A window at our own copy, with a folder of one letter, as a checker."""
    document, piece = on_its_way(folder=(LETTER,), checker=ann)
    session = session_of(ann)
    with typist(live_server.url, session, document.pk) as window:
        window.piece = piece
        yield window
        complaints = [told for told in window.window.complaints if "favicon" not in told]
        assert complaints == []
        assert window.window.policy_violations() == []


def test_a_tick_on_the_backing_of_the_last_takes_2_keys(at):
    at.at("opened it in 1998")
    at.press("M")  # as a detail: the number makes it a statistic, for which a tick is not enough
    at.page.select_option("select[name=kind]", "detail")
    at.press("Control+Enter")
    at.press("t", "Enter")
    at.at("railing is safe")
    at.press("t", "Enter")
    assert at.keys <= 2
    assert at.mark("railing is safe") == "tick"
    claim = claim_of("railing is safe")
    assert claim.state == "in_review"
    assert claim.evidence.get().document.title == LETTER


def test_a_tick_on_new_backing_from_the_folder_takes_5_keys(at):
    at.at("railing is safe")
    at.press("t", "1", "Enter")
    assert at.keys <= 5
    assert at.mark("railing is safe") == "tick"
    assert claim_of("railing is safe").evidence.get().document.title == LETTER


def test_a_line_that_is_marked_before_is_a_claim_with_1_key_and_any_other_words_with_4(at):
    at.at("paid £204,000")
    at.press("m")
    assert at.keys <= 1
    assert claim_of("paid £204,000").kind == "statistic"
    at.at("Nobody was hurt")
    at.press("s", "Shift+ArrowRight", "m")
    assert at.keys <= 4
    made = claim_of("Nobody was")
    assert made.statement == "Nobody was"


def test_a_call_that_confirms_takes_6_keys(at):
    make.source("Nell Sarkby")
    at.at("railing is safe")
    at.press("c")
    at.prose("Nell Sarkby")
    at.page.wait_for_timeout(400)  # the suggestions
    at.press("Tab")
    at.prose("The railing is safe.")
    at.press("Control+Enter")
    assert at.keys <= 6
    call = Evidence.objects.get(how="call")
    assert (call.spoken_to.name, call.outcome, call.stance) == ("Nell Sarkby", "confirmed", "supports")
    assert call.read_back == "The railing is safe."


def test_a_change_takes_4_keys(at):
    at.at("paid £204,000")
    at.press("e")
    at.prose("The council paid £240,000 for the work, its register shows.")
    at.press("Tab")
    at.prose("The register has 240,000.")
    at.press("Enter")
    assert at.keys <= 4
    change = CopyChange.objects.get()
    assert change.replacement == "The council paid £240,000 for the work, its register shows."
    assert change.reason == "The register has 240,000."
    assert at.mark("paid £204,000") == "change"


def test_to_wait_for_somebody_takes_3_keys(at):
    at.at("railing is safe")
    at.press("w")
    at.prose("Nell Sarkby")
    at.press("Enter")
    assert at.keys <= 3
    wait = Annotation.objects.get()
    assert (wait.whom, wait.kind) == ("Nell Sarkby", "question")
    assert wait.until == at.piece.text_closes_at.replace(second=0, microsecond=0)
    assert at.mark("railing is safe") == "query"


def test_to_drop_a_line_or_a_paragraph_takes_1_key(at):
    at.at("It is a lovely bridge")
    at.press("x")
    assert at.keys == 1
    assert at.mark("It is a lovely bridge") == "dropped"
    at.at("The mayor opened")
    at.press("X")
    assert at.keys == 1
    assert [at.mark(words) for words in ("The mayor opened", "paid £204,000", "railing is safe")] == ["dropped"] * 3
    assert set(Ruling.objects.values_list("decision", flat=True)) == {"no_factual_content"}


def test_a_statistic_with_one_figure_takes_8_keys_and_the_chain_of_the_line_above_1(at):
    council = make.source("Council", "organization")
    at.at("paid £204,000")
    at.press("m")
    at.press("v")
    at.prose("Council")
    at.page.wait_for_timeout(400)
    at.press("Enter")
    at.at("paid £204,000")
    at.press("f")
    at.prose("what the council paid")
    at.press("Tab", "Tab", "Tab")
    at.prose("So the register says.")
    at.press("Control+Enter")
    assert at.keys <= 8
    claim = claim_of("paid £204,000")
    figure = claim.quantities.get()
    assert (str(figure.value.normalize()), figure.unit, figure.measure) == ("2.04E+5", "GBP", "what the council paid")
    assert claim.state == "in_review"
    assert at.mark("paid £204,000") == "tick"
    at.at("railing is safe")
    at.press('"')
    assert at.keys == 1
    origin = claim_of("railing is safe").attributions.get(relays=None)
    assert origin.speaker == council


def test_an_accusation_and_its_request_take_15_keys(at):
    make.source("Dorian Pellick")
    at.at("took money from the fund")
    at.press("M")
    at.page.select_option("select[name=kind]", "allegation")
    at.press("Control+Enter")
    at.press("r")
    at.prose("Dorian Pellick")
    at.page.wait_for_timeout(400)
    at.press("Tab")
    at.prose("Two clerks say that you took money from the fund. Is it so?")
    at.press("Tab")
    at.prose("mail to the firm")
    at.press("Enter")
    assert at.keys <= 15
    accusation = Accusation.objects.get()
    assert accusation.accused.name == "Dorian Pellick"
    assert ReplyRequest.objects.get().channel == "mail to the firm"
    assert at.mark("took money from the fund") == "query"


def test_to_sign_off_a_piece_takes_3_keys(live_server, ann, asks_while_the_window_is_open):
    document, _piece = on_its_way(folder=(LETTER,), checker=ann)
    second = somebody("editor", username="ed")
    mine, theirs = session_of(ann), session_of(second)
    with typist(live_server.url, mine, document.pk) as at:
        for words in ("railing is safe", "Nobody was hurt"):
            at.at(words)
            at.press("t", "1", "Enter")
    with typist(live_server.url, theirs, document.pk) as at:
        at.keys = 0
        at.press("S", "Control+Enter")
        assert at.keys <= 3
        assert SignOff.objects.filter(by=second).count() == 2
        assert at.mark("railing is safe") == "tick"


def test_the_last_key_is_undone_with_1(at):
    at.at("railing is safe")
    at.press("t", "1", "Enter")
    assert at.mark("railing is safe") == "tick"
    at.keys = 0
    at.press("u")
    assert at.keys == 1
    assert "railing is safe" in at.here()
    assert at.mark("railing is safe") == "blank"
    claim = claim_of("railing is safe")
    assert (claim.state, claim.closed_because) == ("closed", "dropped")
    assert not claim.attributions.filter(withdrawn_at=None).exists()
    at.at("It is a lovely bridge")
    at.press("x")
    at.press("u")
    assert at.mark("It is a lovely bridge") == "blank"
