"""The real articles: each whole in the record, none of their sentences in the project, and no verdict on them."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from claims.models import Accusation, Assessment, Attribution, Claim, Quantity, Ruling
from factdesk.errors import DomainError
from sources.attaching import WrongText, attach
from sources.models import Document, Passage, Sentence, Snapshot
from tests.dossier_example import PROJECT, SEED, load, rows

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ARTICLES = Path(PROJECT, "../shared/seeds").resolve()
at_hand = pytest.mark.skipif(not ARTICLES.is_dir(), reason="the articles are not at hand")
KEY = "000_9d4745aa6790f757"


@pytest.fixture
def seed() -> None:
    assert load(SEED.read_text("utf-8")).conflicts == []


def claim(key: str) -> Claim:
    return Claim.objects.get(key=f"{KEY}/{key}")


def chain(hop: Attribution) -> list[str]:
    """The keys of the speakers from this hop to its origin."""
    return [hop.speaker.key or "", *(chain(hop.relays) if hop.relays else [])]


@pytest.mark.usefixtures("seed")
def test_000_is_loaded_whole_and_arrives_without_verdict():
    assert Claim.objects.count() == 32
    assert set(Claim.objects.values_list("state", "verdict", "clearance")) == {("new", None, "not_cleared")}
    assert not Assessment.objects.exists()
    snapshot = Snapshot.objects.get()
    assert (snapshot.sealed, snapshot.length) == (True, 2069)
    assert snapshot.sha256 == "6cd6d4f0ae83094414ff0e9b4bd9f9479ca2e8a8be13b80871ce4f16af2b4464"


@pytest.mark.usefixtures("seed")
def test_000_twice_adds_nothing():
    before = rows(), sorted(Claim.objects.values_list("pk", "version", "revision"))
    loaded = load(SEED.read_text("utf-8"))
    assert (loaded.total("created"), loaded.total("updated"), loaded.total("withdrawn")) == (0, 0, 0)
    assert before == (rows(), sorted(Claim.objects.values_list("pk", "version", "revision")))


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(
    "key", ["crowd-helped-escape", "crowd-left-with-detainee", "six-men-took-detainee", "six-men-left-with-detainee"]
)
def test_the_escape_story_has_one_unnamed_origin_behind_three_hops_in_three_documents(key):
    story = claim(key)
    assert story.independent_origins == 1
    assert set(story.warnings) == {"only_unnamed_origins", "single_origin"}
    outermost = story.attributions.filter(relayed_by__isnull=True)
    ways = {tuple(chain(hop)) for hop in outermost}
    assert ways == {("breitbart_news", "heather_mac_donald", "commander_interviewed_by_mac_donald")}
    documents = set(story.attributions.values_list("document__key", flat=True))
    assert documents == {KEY, "mac_donald_wsj_piece", "mac_donald_commander_interview"}


@pytest.mark.usefixtures("seed")
def test_what_is_hedged_inferred_or_left_open_is_recorded_so():
    lede = claim("crowd-helped-escape").attributions.get(certainty="hedged")
    assert (lede.hedge, lede.speaker.key) == ("reportedly", "breitbart_news")
    guess = claim("lapd-motive").attributions.get(relays__isnull=True)
    assert (guess.certainty, guess.hedge, guess.basis) == ("inference", "presumably", "inferred")
    assert claim("officers-want-repeal").warnings == ["only_unnamed_origins", "plural_from_one"]
    rise = Quantity.objects.get(unit="percent")
    assert (str(rise.value), rise.base, rise.base_is, rise.period_from) == ("500", None, "change_from", None)
    assert "no_source_given" in claim("assaults-up-500-percent").warnings
    assert claim("not-in-the-press").warnings == ["single_origin", "no_source_given"]


@pytest.mark.usefixtures("seed")
def test_whoever_is_accused_still_has_to_be_asked():
    owed = set(Accusation.objects.values_list("claim__key", "accused__key", "outcome", "exempt"))
    assert owed == {
        (f"{KEY}/policy-enabled-riots", "state_of_california", "waiting", None),
        (f"{KEY}/policy-ensured-escapes", "state_of_california", "waiting", None),
        (f"{KEY}/lapd-no-alert", "lapd", "waiting", None),
        (f"{KEY}/lapd-motive", "lapd", "waiting", None),
    }


@pytest.mark.usefixtures("seed")
def test_what_the_text_does_not_say_stays_unknown():
    article = Document.objects.get(key=KEY)
    assert (article.title, article.url) == ("", "")
    assert article.publisher_read_from
    assert article.published_on_read_from
    piece = Document.objects.get(key="mac_donald_wsj_piece")
    assert (piece.title, piece.url, piece.published_on) == ("", "", None)


@pytest.mark.usefixtures("seed")
def test_every_sentence_has_a_claim_or_is_ruled_out():
    ruled_out = set(Ruling.objects.values_list("sentence", flat=True))
    assert len(ruled_out) == 4
    passages = list(Passage.objects.values_list("start", "end"))
    for sentence in Sentence.objects.all():
        claimed = any(start < sentence.end and sentence.start < end for start, end in passages)
        assert claimed != (sentence.pk in ruled_out), str(sentence)
        assert sentence.end <= 2069


def test_loaded_words_stay_out_of_our_statements():
    statements = " ".join(re.findall(r"^    statement: (.*(?:\n      .*)*)", SEED.read_text("utf-8"), re.M)).casefold()
    assert "sanctuary" in statements
    for word in ("illegal", "alien", "mob", "jailbreak", "squad", "thug", "invasion"):
        assert not re.search(rf"\b{word}", statements), word


# --- where the articles are at hand ---


@at_hand
@pytest.mark.usefixtures("seed")
def test_every_passage_and_sentence_begins_and_ends_at_a_words_border(capsys):
    call_command("attach_texts", str(ARTICLES))
    assert capsys.readouterr().out == f"{KEY}: attached\n"
    text = Snapshot.objects.get().text or ""
    for span in [*Passage.objects.all(), *Sentence.objects.all()]:
        words = text[span.start : span.end]
        assert words == words.strip() != ""
        assert not (text[span.start - 1 : span.start] + text[span.start]).isalnum() or span.start == 0, words
        assert not (text[span.end - 1] + text[span.end : span.end + 1]).isalnum() or span.end == len(text), words
    covered = {at for span in Sentence.objects.all() for at in range(span.start, span.end)}
    assert all(at in covered or text[at].isspace() for at in range(len(text)))


@at_hand
@pytest.mark.usefixtures("seed")
def test_a_text_is_attached_once_and_only_if_it_is_that_text(tmp_path, capsys):
    snapshot = Snapshot.objects.get()
    original = (ARTICLES / f"{KEY}.txt").read_bytes()
    for wrong in (original + b".", original.replace(b"a", b"\0"), b"\xff", b""):
        with pytest.raises(DomainError):
            attach(snapshot_id=snapshot.pk, original=wrong)
        assert Snapshot.objects.get().sealed
    assert attach(snapshot_id=snapshot.pk, original=original.replace(b"\n", b"\r\n")).done
    assert not attach(snapshot_id=snapshot.pk, original=original).done
    assert hashlib.sha256((Snapshot.objects.get().text or "").encode()).hexdigest() == snapshot.sha256


@pytest.mark.usefixtures("seed")
def test_a_wrong_text_in_the_folder_is_told_and_attached_nowhere(tmp_path, capsys):
    call_command("attach_texts", str(tmp_path))
    assert "text still not held" in capsys.readouterr().out
    (tmp_path / f"{KEY}.txt").write_text("Something else.")
    with pytest.raises(CommandError, match="1 not attached"):
        call_command("attach_texts", str(tmp_path))
    assert "Another text" in capsys.readouterr().err
    assert Snapshot.objects.get().sealed
    assert issubclass(WrongText, DomainError)


@at_hand
def test_no_run_of_eight_words_of_an_article_stands_in_the_project():
    def words(text: str) -> list[str]:
        return re.findall(r"[^\W_]+", re.sub(r"[’']", "", text.casefold()))  # noqa: RUF001 - the articles' apostrophe

    runs = set()
    for article in ARTICLES.glob("*.txt"):
        found = words(article.read_text("utf-8"))
        runs |= {tuple(found[i : i + 8]) for i in range(len(found) - 7)}
    listed = ["git", "-C", str(PROJECT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        path = PROJECT / name
        found = words(path.read_bytes().decode("utf-8", "replace")) if path.is_file() else []
        assert not runs & {tuple(found[i : i + 8]) for i in range(len(found) - 7)}, name
