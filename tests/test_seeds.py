"""The real articles: each whole in the record, none of their sentences in the project, and no verdict on them."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from claims import origins
from claims.models import Accusation, Assessment, Attribution, Claim, Quantity, Relation, Ruling
from factdesk.errors import DomainError
from sources.attaching import WrongText, attach
from sources.models import Document, Passage, Sentence, Snapshot
from tests.dossier_example import PROJECT, SEED, holding, load, rows

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ARTICLES = Path(PROJECT, "../shared/seeds").resolve()
at_hand = pytest.mark.skipif(not ARTICLES.is_dir(), reason="the articles are not at hand")
KEY = "000_9d4745aa6790f757"
ON_ARRESTS = "001_7a5d4b0d72f96a70"
ON_STATEMENT = "002_dd619c79e32f5ad9"


def file(key: str) -> Path:
    return Path(PROJECT, "seeds", f"{key}.yaml")


def dossier(key: str) -> str:
    return file(key).read_text("utf-8")


seed = holding(file(KEY))
arrests = holding(file(KEY), file(ON_ARRESTS))
statement = holding(file(KEY), file(ON_ARRESTS), file(ON_STATEMENT))


def claim(key: str, document: str = KEY) -> Claim:
    return Claim.objects.get(key=f"{document}/{key}")


def chain(hop: Attribution) -> list[str]:
    """The keys of the speakers from this hop to its origin."""
    return [hop.speaker.key or "", *(chain(hop.relays) if hop.relays else [])]


@seed
def test_000_is_loaded_whole_and_arrives_without_verdict():
    assert Claim.objects.count() == 41
    assert set(Claim.objects.values_list("state", "verdict", "clearance")) == {("new", None, "not_cleared")}
    assert not Assessment.objects.exists()
    snapshot = Snapshot.objects.get()
    assert (snapshot.sealed, snapshot.length) == (True, 2069)
    assert snapshot.sha256 == "6cd6d4f0ae83094414ff0e9b4bd9f9479ca2e8a8be13b80871ce4f16af2b4464"


@seed
def test_000_twice_adds_nothing():
    before = rows(), sorted(Claim.objects.values_list("pk", "version", "revision"))
    loaded = load(SEED.read_text("utf-8"))
    assert (loaded.total("created"), loaded.total("updated"), loaded.total("withdrawn")) == (0, 0, 0)
    assert before == (rows(), sorted(Claim.objects.values_list("pk", "version", "revision")))


@seed
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


@seed
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


@seed
@pytest.mark.parametrize(
    ("key", "speakers"),
    [
        ("detainee-in-handcuffs", "breitbart_news heather_mac_donald commander_interviewed_by_mac_donald"),
        ("pursuit-without-sirens", "breitbart_news heather_mac_donald commander_interviewed_by_mac_donald"),
        ("detainee-is-man", "breitbart_news heather_mac_donald"),
        ("arrest-before-crowd", "breitbart_news heather_mac_donald"),
        ("officers-cannot-work-with-ice", "breitbart_news heather_mac_donald officer_quoted_by_mac_donald"),
        ("piece-is-new", "breitbart_news"),
        ("trump-is-president", "breitbart_news"),
    ],
)
def test_000_what_could_be_wrong_alone_stands_alone_with_whoever_says_it(key, speakers):
    outermost = claim(key).attributions.filter(relayed_by__isnull=True)
    assert [chain(hop) for hop in outermost] == [speakers.split()]


@seed
def test_000_the_officer_who_names_no_policy_is_quoted_for_none():
    (hop,) = claim("policy-bars-coordination").attributions.filter(relayed_by__isnull=True)
    assert chain(hop)[2] == "officers_in_mac_donald_report"
    tie = claim("officers-cannot-work-with-ice").relations.get(other__key=f"{KEY}/policy-bars-coordination")
    assert (tie.kind, tie.reason) == ("qualifies", "other_scope")


@seed
def test_whoever_is_accused_still_has_to_be_asked():
    owed = set(Accusation.objects.values_list("claim__key", "accused__key", "outcome", "exempt"))
    assert owed == {
        (f"{KEY}/policy-enabled-riots", "state_of_california", "waiting", None),
        (f"{KEY}/policy-ensured-escapes", "state_of_california", "waiting", None),
        (f"{KEY}/lapd-no-alert", "lapd", "waiting", None),
        (f"{KEY}/lapd-motive", "lapd", "waiting", None),
    }


@seed
def test_what_the_text_does_not_say_stays_unknown():
    article = Document.objects.get(key=KEY)
    assert (article.title, article.url) == ("", "")
    assert article.publisher_read_from
    assert article.published_on_read_from
    piece = Document.objects.get(key="mac_donald_wsj_piece")
    assert (piece.title, piece.url, piece.published_on) == ("", "", None)


@seed
def test_every_sentence_has_a_claim_or_is_ruled_out():
    ruled_out = set(Ruling.objects.values_list("sentence", flat=True))
    assert len(ruled_out) == 4
    passages = list(Passage.objects.values_list("start", "end"))
    for sentence in Sentence.objects.all():
        claimed = any(start < sentence.end and sentence.start < end for start, end in passages)
        assert claimed != (sentence.pk in ruled_out), str(sentence)
        assert sentence.end <= 2069


@pytest.mark.parametrize("key", [KEY, ON_ARRESTS, ON_STATEMENT])
def test_loaded_words_stay_out_of_our_statements(key):
    statements = " ".join(re.findall(r"^    statement: (.*(?:\n      .*)*)", dossier(key), re.M)).casefold()
    assert "sanctuary" in statements
    loaded = ["illegal", "alien", "mob", "jailbreak", "squad", "thug", "invasion", "criminals", "amnesty", "raid"]
    for word in [*loaded, "crackdown", "sweep"]:
        assert not re.search(rf"\b{word}", statements), word


# --- 001: numbers, and one agency behind nearly all of them ---


def figure(key: str, document: str = ON_ARRESTS) -> Quantity:
    """The figure of this claim that has no unit of time."""
    return claim(key, document).quantities.exclude(unit="days").get()


@arrests
def test_001_has_its_numbers_in_headline_and_body_apart_so_that_findings_can_be_worked_out():
    figures = Quantity.objects.filter(claim__key__startswith=ON_ARRESTS, claim__kind="statistic").exclude(unit="days")
    assert {(one.claim.key or "").split("/")[1]: (one.comparator, str(one.value), one.unit) for one in figures} == {
        "headline-162-arrested": ("=", "162", "people"),
        "headline-53-released": ("=", "53", "people"),
        "arrests-in-operation": (">", "162", "people"),
        "convictions-share": ("=", "90", "percent"),
        "detainers-53": ("=", "53", "cases"),
        "marin-143-fewer": ("=", "143", "people"),
        "arrests-since-march": (">", "650", "arrests"),
    }
    assert figure("headline-162-arrested").measure == figure("arrests-in-operation").measure
    assert figure("headline-53-released").measure != figure("detainers-53").measure
    of_whom_and_where = {key.split("/")[1]: of for key, *of in figures.values_list("claim__key", "population", "place")}
    unlawfully, arrested = "people in the country unlawfully", "people arrested in the ICE operation"
    assert of_whom_and_where == {
        "headline-162-arrested": ["", "Los Angeles"],
        "headline-53-released": [unlawfully, ""],
        "arrests-in-operation": [unlawfully, "Los Angeles area"],
        "convictions-share": [arrested, ""],
        "detainers-53": ["arrests in the ICE operation", ""],
        "marin-143-fewer": [arrested, ""],
        "arrests-since-march": ["", "California"],
    }


@arrests
def test_001_share_and_count_of_those_with_a_record_rest_on_the_same_number_of_arrests():
    arrested, share, count = figure("arrests-in-operation"), figure("convictions-share"), figure("marin-143-fewer")
    assert (share.base, share.base_is) == (arrested, "share_of")
    assert (count.base, count.base_is) == (arrested, "part_of")
    assert (share.measure, share.population) == (count.measure, count.population)
    assert (figure("detainers-53").base, figure("detainers-53").base_is) == (arrested, "part_of")
    assert figure("headline-53-released").base is None
    total = figure("arrests-since-march")
    assert (total.period, total.period_from, total.base) == ("since March", None, None)


@arrests
def test_001_has_the_agency_from_our_reading_where_headline_and_two_sentences_name_nobody():
    read = Attribution.objects.filter(claim__key__startswith=ON_ARRESTS, link="inferred_by_desk")
    assert {hop.relays.speaker.key for hop in read if hop.relays} == {"ice"}
    sentences = Sentence.objects.filter(snapshot__document__key=ON_ARRESTS).order_by("start")
    spans = {(hop.passage.start, hop.passage.end) for hop in read if hop.passage}
    holding = [one for one in sentences if any(one.start <= start and end <= one.end for start, end in spans)]
    assert [(one.part, one.start) for one in holding] == [("headline", 0), ("body", 356), ("body", 726)]


@arrests
def test_001_counts_the_official_with_the_agency_for_which_he_speaks():
    his = claim("marin-143-fewer", ON_ARRESTS).attributions.get(relays__isnull=True)
    assert (his.speaker.key, his.speaks_for.key if his.speaks_for else None) == ("david_marin", "ice")
    of_agency = {"headline-162-arrested", "arrests-in-operation", "convictions-share", "convictions-kinds"}
    of_agency |= {"operation-targets", "many-released-before", "instructions-ignored", "detainers-53"}
    for key in of_agency | {"arrested-unlawfully-present", "detainer-is-notice"}:
        (origin,) = origins.of([claim(key, ON_ARRESTS).pk])[claim(key, ON_ARRESTS).pk]
        assert {Attribution.objects.get(pk=hop).speaker.key for hop in origin.hops} == {"ice"}, key


@arrests
@pytest.mark.parametrize(
    ("key", "origins_are"),
    [
        ("ice-gave-instructions", {"ice"}),
        ("fewer-owing-to-officers", {"david_marin"}),
        ("ice-puts-more-already", {"david_marin"}),
        ("arrests-for-safety", {"david_marin"}),
        ("danger-from-hindrance", {"jeff_sessions", "opponents_of_the_act_in_001"}),
        ("jails-release-immigrants", {"jeff_sessions", "opponents_of_the_act_in_001"}),
        ("sessions-opposes-act", {"liberty_headlines"}),
        ("act-is-bill", {"liberty_headlines"}),
        ("headline-released-unlawfully-present", {"liberty_headlines"}),
    ],
)
def test_001_what_could_be_wrong_alone_stands_alone_with_whoever_says_it(key, origins_are):
    roots = claim(key, ON_ARRESTS).attributions.filter(relays__isnull=True)
    assert {hop.speaker.key for hop in roots} == origins_are
    assert not claim(key, ON_ARRESTS).quantities.exists()


@arrests
def test_001_keeps_what_it_does_not_print_unknown():
    article = Document.objects.get(key=ON_ARRESTS)
    assert (article.publisher.key if article.publisher else None) == "liberty_headlines"
    assert (article.bylines, article.published_on, article.url) == (["Kaylee McGhee"], None, "")
    assert claim("operation-at-weekend", ON_ARRESTS).about_from is None


# --- 002: one statement, two carriers ---


def carriers(key: str) -> set[str]:
    """Who carries this claim from the department to the outlet."""
    hops = claim(key, ON_STATEMENT).attributions.filter(relays__isnull=False, relayed_by__isnull=False)
    return {hop.speaker.key or "" for hop in hops}


@statement
@pytest.mark.parametrize(
    "key", ["responded-to-kidnapping-call", "call-was-only-reason", "lapd-made-no-arrests", "call-described"]
)
def test_002_has_one_statement_of_one_department_through_two_outlets_as_one_origin(key):
    assert carriers(key) == {"kabc", "los_angeles_times"}
    found = claim(key, ON_STATEMENT)
    assert found.independent_origins == 1
    root = found.attributions.get(relays__isnull=True)
    assert (root.speaker.key, root.document.key if root.document else None) == ("lapd", "lapd_statement_in_002")


@statement
def test_002_has_the_denial_which_adds_nothing_to_those_who_say_so():
    helped = claim("lapd-helped-ice", ON_STATEMENT)
    assert {
        (hop.speaker.key, hop.speaker.identity, hop.stance) for hop in helped.attributions.filter(relays__isnull=True)
    } == {("lapd", "named", "denies"), ("lapd_critics_in_002", "unstated", "asserts")}
    assert sorted(origin.stance for origin in origins.of([helped.pk])[helped.pk]) == ["asserts", "denies"]
    assert (helped.independent_origins, helped.warnings) == (1, ["only_unnamed_origins", "single_origin"])
    accused = helped.accusations.get()
    assert (accused.accused.key, accused.outcome, accused.reply) == ("lapd", "waiting", "")
    assert "denies" in accused.known_position
    assert accused.known_position_passage is not None


@statement
def test_002_has_what_the_call_said_from_a_caller_whom_nobody_names():
    story = claim("people-seized-unidentified", ON_STATEMENT)
    assert (story.independent_origins, story.warnings) == (1, ["only_unnamed_origins", "single_origin"])
    assert {tuple(chain(hop)) for hop in story.attributions.filter(relayed_by__isnull=True)} == {
        ("outlet_of_002", "kabc", "lapd", "caller_in_002"),
        ("outlet_of_002", "los_angeles_times", "lapd", "caller_in_002"),
    }


@statement
def test_002_sets_the_framing_against_the_statement_quoted_under_it():
    framing = Relation.objects.filter(
        claim__key__startswith=ON_STATEMENT,
        other__key__in=[
            f"{ON_STATEMENT}/{key}"
            for key in ("lapd-forced-to-deny", "police-held-crowd-back", "crowd-tried-to-stop-operation")
        ],
    )
    told = {(one.claim.key or "", one.other.key or "", one.kind, one.reason) for one in framing}
    assert {(one.split("/")[1], other.split("/")[1], *how) for one, other, *how in told} == {
        ("lapd-issued-statement", "lapd-forced-to-deny", "qualifies", "other_definition"),
        ("lapd-forced-to-defend", "lapd-forced-to-deny", "qualifies", "other_definition"),
        ("officers-helped-crowd-control", "police-held-crowd-back", "qualifies", "other_definition"),
        ("crowd-agitated-in-street", "police-held-crowd-back", "qualifies", "other_definition"),
        ("why-officers-stayed", "police-held-crowd-back", "qualifies", "other_definition"),
        ("crowd-agitated-in-street", "crowd-tried-to-stop-operation", "qualifies", "other_definition"),
    }


@statement
@pytest.mark.parametrize(
    ("key", "speakers"),
    [
        ("pressure-after-crowd-held-back", "outlet_of_002"),
        ("ice-is-federal", "outlet_of_002"),
        ("operation-was-of-ice", "outlet_of_002 kabc"),
        ("supervisor-was-there", "outlet_of_002 kabc lapd"),
        ("more-units-requested", "outlet_of_002 kabc lapd"),
        ("why-more-units", "outlet_of_002 kabc lapd"),
        ("woman-partly-handcuffed", "outlet_of_002 kabc lapd"),
        ("woman-detained", "outlet_of_002 kabc lapd"),
        ("call-by-radio", "outlet_of_002 los_angeles_times lapd"),
        ("incident-began-with-report", "outlet_of_002 los_angeles_times lapd"),
        ("incident-place", "outlet_of_002 los_angeles_times lapd"),
        ("incident-time", "outlet_of_002 los_angeles_times lapd"),
        ("operation-was-planned", "outlet_of_002 los_angeles_times lapd"),
        ("officers-stayed", "outlet_of_002 los_angeles_times lapd"),
    ],
)
def test_002_what_could_be_wrong_alone_stands_alone_with_whoever_says_it(key, speakers):
    outermost = claim(key, ON_STATEMENT).attributions.filter(relayed_by__isnull=True)
    assert {tuple(chain(hop)) for hop in outermost} == {tuple(speakers.split())}
    assert claim(key, ON_STATEMENT).independent_origins == 1


@statement
def test_002_sets_the_agency_that_the_outlet_names_against_the_statement_that_names_none():
    tie = claim("no-notice-from-agents", ON_STATEMENT).relations.get(other__key=f"{ON_STATEMENT}/operation-was-of-ice")
    assert (tie.kind, tie.reason) == ("qualifies", "other_definition")
    hedges = claim("incident-time", ON_STATEMENT).attributions.values_list("certainty", "hedge")
    assert set(hedges) == {("hedged", "around")}


@statement
def test_002_has_an_outlet_that_nobody_names_and_nothing_guessed_about_it():
    article = Document.objects.get(key=ON_STATEMENT)
    assert (article.publisher, article.bylines, article.published_on, article.title) == (None, [], None, "")
    framing = claim("police-held-crowd-back", ON_STATEMENT)
    assert framing.warnings == ["only_unnamed_origins", "single_origin", "no_source_given"]
    (hop,) = framing.attributions.all()
    assert (hop.speaker.key, hop.speaker.kind, hop.speaker.identity) == ("outlet_of_002", "outlet", "unnamed")


# --- both ---


@statement
def test_001_and_002_are_loaded_whole_twice_and_arrive_without_verdict():
    counts = {key: Claim.objects.filter(key__startswith=key).count() for key in (KEY, ON_ARRESTS, ON_STATEMENT)}
    assert counts == {KEY: 41, ON_ARRESTS: 39, ON_STATEMENT: 41}
    assert set(Claim.objects.values_list("state", "verdict", "clearance")) == {("new", None, "not_cleared")}
    before = rows()
    for key in (ON_ARRESTS, ON_STATEMENT):
        loaded = load(dossier(key))
        assert (loaded.total("created"), loaded.total("updated"), loaded.total("withdrawn")) == (0, 0, 0)
    assert before == rows()


@statement
def test_everybody_whom_001_and_002_accuse_still_has_to_be_asked():
    owed = Accusation.objects.exclude(claim__key__startswith=KEY)
    assert set(owed.values_list("claim__key", "accused__key", "outcome", "exempt")) == {
        (f"{ON_ARRESTS}/instructions-ignored", "local_law_enforcement_in_001", "waiting", None),
        (f"{ON_ARRESTS}/values-act-endangers", "state_of_california", "waiting", None),
        (f"{ON_ARRESTS}/danger-from-hindrance", "state_of_california", "waiting", None),
        (f"{ON_STATEMENT}/lapd-helped-ice", "lapd", "waiting", None),
        (f"{ON_STATEMENT}/people-seized-unidentified", "ice", "waiting", None),
    }


@statement
def test_headline_and_body_numbers_and_the_law_told_in_several_ways_are_tied():
    ties = Relation.objects.values_list("claim__key", "kind", "other__key", "reason")
    assert {
        (f"{ON_ARRESTS}/headline-162-arrested", "qualifies", f"{ON_ARRESTS}/arrests-in-operation", "other_scope"),
        (f"{ON_ARRESTS}/headline-53-released", "qualifies", f"{ON_ARRESTS}/detainers-53", "other_measure"),
        (f"{ON_ARRESTS}/marin-143-fewer", "qualifies", f"{ON_ARRESTS}/convictions-share", "other_definition"),
        (f"{ON_ARRESTS}/values-act-limits", "qualifies", f"{KEY}/policy-bars-coordination", "other_scope"),
        (f"{ON_STATEMENT}/la-forbids-assistance", "qualifies", f"{KEY}/city-law-bars-staff", "other_scope"),
        (f"{ON_STATEMENT}/la-forbids-assistance", "qualifies", f"{ON_ARRESTS}/values-act-limits", "other_actor"),
        (f"{ON_STATEMENT}/la-sanctuary-city", "repeats", f"{KEY}/la-sanctuary-city", None),
    } <= set(ties)


@statement
@pytest.mark.parametrize(
    ("key", "expected"),
    [(ON_ARRESTS, {"other_article": 1, "no_factual_content": 1}), (ON_STATEMENT, {"no_factual_content": 2})],
)
def test_every_sentence_of_001_and_002_has_a_claim_or_is_ruled_out_with_its_reason(key, expected):
    sentences = Sentence.objects.filter(snapshot__document__key=key)
    out = dict(Ruling.objects.filter(sentence__in=sentences).values_list("sentence", "decision"))
    assert {word: list(out.values()).count(word) for word in out.values()} == expected
    passages = list(Passage.objects.filter(snapshot__document__key=key).values_list("start", "end"))
    for sentence in sentences:
        claimed = any(start < sentence.end and sentence.start < end for start, end in passages)
        assert claimed != (sentence.pk in out), str(sentence)


# --- where the articles are at hand ---


@at_hand
@statement
def test_every_passage_and_sentence_begins_and_ends_at_a_words_border(capsys):
    call_command("attach_texts", str(ARTICLES))
    keys = [KEY, ON_ARRESTS, ON_STATEMENT]
    assert capsys.readouterr().out == "".join(f"{key}: attached\n" for key in keys)
    for snapshot in Snapshot.objects.all():
        text = snapshot.text or ""
        for span in [*snapshot.passages.all(), *snapshot.sentences.all()]:
            words = text[span.start : span.end]
            assert words == words.strip() != ""
            assert span.start == 0 or not (text[span.start - 1] + text[span.start]).isalnum(), words
            assert not (text[span.end - 1] + text[span.end : span.end + 1]).isalnum() or span.end == len(text), words
        covered = {at for span in snapshot.sentences.all() for at in range(span.start, span.end)}
        assert all(at in covered or text[at].isspace() for at in range(len(text)))


@at_hand
@seed
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


@seed
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
