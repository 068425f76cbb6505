"""The demonstration in seeds/demo: every word of the format, every warning, every finding to come, in one story."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from claims import dossiers, origins
from claims.coverage import coverage
from claims.dossiers.checking import Span
from claims.dossiers.fields import PARTS, TABLE
from claims.dossiers.references import every_row
from claims.models import Accusation, Assessment, Attribution, Claim, Piece, Quantity, Relation, Ruling
from factdesk.context import acting
from factdesk.firstrun import load_seeds
from factdesk.people.accounts import desk_user
from sources.models import Document, Passage, Sentence, Snapshot
from tests.dossier_example import PROJECT, holding, load, rows

FOLDER = PROJECT / "seeds" / "demo"
COUNCIL, POST, RADIO, LANTERN = "demo_council", "demo_post", "demo_radio", "demo_lantern"
CLAIMS = {COUNCIL: 18, LANTERN: 18, POST: 27, RADIO: 15}
FILES = {key: FOLDER / f"{key}.yaml" for key in CLAIMS}
ROWS = {key: list(every_row(dossiers.read(path.read_bytes()).root)) for key, path in FILES.items()}
EVERY_ROW = [row for found in ROWS.values() for row in found]

stored = pytest.mark.django_db(databases=["default", "owner"])
demo = holding(FOLDER)
empty = holding()


def of(key: str) -> Claim:
    return Claim.objects.get(key=key)


def figure(claim: str, key: str) -> Quantity:
    """A claim's figure, by how many it counts or the unit that it is in."""
    return Quantity.objects.get(claim__key=claim, **({"value": key} if key.isdigit() else {"unit": key}))


# --- what stands in the files ---


WORDS = [(of, name, word) for of, fields in TABLE.items() for name, field in fields.items() for word in field.words]
FIELDS = [(of, name) for of, fields in TABLE.items() for name in fields]


def test_every_word_that_a_dossier_can_carry_is_carried():
    said = {(row.of, name, str(row[name])) for row in EVERY_ROW for name in row.said if TABLE[row.of][name].words}
    assert len(WORDS) > 100
    assert [word for word in WORDS if word not in said] == []


def test_every_field_is_filled_somewhere():
    given = {(row.of, name) for row in EVERY_ROW for name in row.given}
    assert [field for field in FIELDS if field not in given] == []


def test_every_part_is_marked_and_some_places_have_a_locator():
    marked = [
        value for row in EVERY_ROW for value in row.said.values() if isinstance(value, Span) and row.of != "ruled_out"
    ]
    assert [part for part in PARTS if part not in {span.part for span in marked}] == []
    assert {span.locator for span in marked} >= {"", "page 1", "page 2", "00:06"}


def test_a_source_or_document_is_described_alike_wherever_it_is_named():
    seen: dict[tuple[str, str], dict] = {}
    for row in EVERY_ROW:
        if row.of in ("source", "document") and not (row.of == "document" and row.key in CLAIMS):
            said = {
                name: [inner.said for inner in row[name]] if name == "affiliations" else row[name] for name in row.said
            }
            assert seen.setdefault((row.of, row.key), said) == said, row.key


@pytest.mark.parametrize("key", FILES)
def test_what_stands_beside_a_span_of_a_sentence_are_its_words(key):
    lines = FILES[key].read_text("utf-8")
    text = next(row["text"] for row in ROWS[key] if row.of == "snapshot")
    told = re.findall(r"^    - \[(\d+), (\d+)(?:, \w+)?\]  # (.+)$", lines, re.M)
    assert len(told) == len(next(row["sentences"] for row in ROWS[key] if row.of == "snapshot"))
    for start, end, words in told:
        sentence = text[int(start) : int(end)]
        assert sentence == words or (words.endswith(" …") and sentence.startswith(words.removesuffix(" …")))


@pytest.mark.parametrize("key", FILES)
def test_each_text_is_short_and_each_file_says_that_it_is_invented(key):
    text = next(row["text"] for row in ROWS[key] if row.of == "snapshot")
    assert 150 < len(text.split()) < 310
    assert FILES[key].read_text("utf-8").startswith("# Invented: ")


@pytest.mark.parametrize("key", [COUNCIL, POST, RADIO])
def test_loaded_words_of_others_stay_out_of_our_statements(key):
    for row in ROWS[key]:
        if row.of == "claim":
            assert not re.search(r"drawer|disgrace|hid|buried|secret|scandal|“", row["statement"]), row.key


def test_in_our_own_copy_the_sentence_is_the_claim():
    text = next(row["text"] for row in ROWS[LANTERN] if row.of == "snapshot")
    for row in ROWS[LANTERN]:
        if row.of == "claim":
            assert row["statement"] in text, row.key


def test_every_claim_that_the_readme_and_the_comments_name_is_there():
    known = {f"{key}/{row.key}" for key, found in ROWS.items() for row in found if row.of == "claim"}
    readme = (FOLDER / "README.md").read_text("utf-8")
    named = set(
        re.findall(r"demo_\w+/[a-z0-9-]+", readme + "".join(path.read_text("utf-8") for path in FILES.values()))
    )
    for key, path in FILES.items():
        comments = "\n".join(re.findall(r"^#.*", path.read_text("utf-8"), re.M))
        named |= {f"{key}/{word}" for word in re.findall(r"(?<![/\w-])[a-z]+(?:-[a-z0-9]+)+", comments)}
    assert named - known == set()
    assert len(re.findall(r"demo_\w+/", readme)) > 40
    assert len(readme.splitlines()) <= 45


# --- on the desk ---


@stored
@demo
def test_it_is_loaded_whole_without_a_verdict_and_twice_adds_nothing():
    assert {key: Claim.objects.filter(key__startswith=f"{key}/").count() for key in CLAIMS} == CLAIMS
    assert set(Claim.objects.values_list("state", "verdict", "clearance")) == {("new", None, "not_cleared")}
    assert not Assessment.objects.exists()
    assert {row.document.key: row.left for row in coverage(Document.objects.all())} == dict.fromkeys(CLAIMS, 0)
    before = rows(), sorted(Claim.objects.values_list("pk", "version", "revision"))
    for path in FILES.values():
        loaded = load(path.read_text("utf-8"))
        assert (loaded.conflicts, loaded.pending) == ([], [])
        assert (loaded.total("created"), loaded.total("updated"), loaded.total("withdrawn")) == (0, 0, 0)
    assert before == (rows(), sorted(Claim.objects.values_list("pk", "version", "revision")))


@stored
@empty
def test_it_is_loaded_in_any_order_without_a_conflict():
    for path in [*reversed(FILES.values()), *FILES.values()]:
        assert load(path.read_text("utf-8")).conflicts == []
    assert Claim.objects.count() == sum(CLAIMS.values())


@stored
@empty
def test_a_first_start_loads_it_with_the_articles(capsys):
    load_seeds(demo=True)
    told = capsys.readouterr().out
    assert "conflict" not in told
    assert {Path(name).stem for name in re.findall(r"^(\S+\.yaml): \d+ claims", told, re.M)} >= {*CLAIMS}
    assert Claim.objects.filter(key__startswith="demo_").count() == sum(CLAIMS.values())
    assert Claim.objects.exclude(key__startswith="demo_").exists()
    waiting = [load(path.read_text("utf-8")).pending for path in FILES.values()]
    assert waiting == [[]] * 4


@stored
@demo
@pytest.mark.parametrize("key", FILES)
def test_every_sentence_has_a_claim_or_is_ruled_out_and_every_span_keeps_to_words(key):
    snapshot = Snapshot.objects.get(document__key=key)
    text = snapshot.text or ""
    sentences = list(Sentence.objects.filter(snapshot=snapshot))
    ruled_out = set(Ruling.objects.filter(sentence__in=sentences).values_list("sentence", flat=True))
    used = Attribution.objects.filter(passage__snapshot=snapshot).values_list("passage", flat=True)
    passages = list(Passage.objects.filter(snapshot=snapshot))
    for sentence in sentences:
        claimed = any(one.start < sentence.end and sentence.start < one.end for one in passages if one.pk in set(used))
        assert claimed != (sentence.pk in ruled_out), text[sentence.start : sentence.end]
    for span in [*passages, *sentences]:
        words = text[span.start : span.end]
        assert words == words.strip() != ""
        assert not (text[span.start - 1 : span.start] + words[0]).isalnum() or span.start == 0, words
        assert not (words[-1] + text[span.end : span.end + 1]).isalnum() or span.end == len(text), words
        inside = [one for one in sentences if one.start <= span.start and span.end <= one.end]
        assert [one.part for one in inside] == [span.part], words
    covered = {at for one in sentences for at in range(one.start, one.end)}
    assert all(at in covered or text[at].isspace() for at in range(len(text)))


ONLY_UNNAMED = {
    f"{LANTERN}/child-in-intensive-care",
    f"{LANTERN}/leaders-asked-her-to-go",
    f"{POST}/memo-not-acted-on",
    f"{RADIO}/asked-to-go",
    f"{RADIO}/letter-gives-no-reason",
    f"{RADIO}/mill-will-not-reopen",
    f"{RADIO}/more-than-300-ill",
}
SECOND_HAND = {f"{LANTERN}/child-in-intensive-care", f"{RADIO}/letter-gives-no-reason"}
PLURAL = {f"{POST}/firm-absent-since-may", f"{POST}/gate-would-fail", f"{RADIO}/asked-to-go"}
NO_SOURCE = {
    *(f"{LANTERN}/{key}" for key in ("headline-quits-over-gate", "resigned-after-five-days", "teaser-three-warnings")),
    *(f"{POST}/{key}" for key in ("ashgarth-71", "castick-29", "dunmallow-44", "memo-of-march-2025")),
    *(f"{POST}/{key}" for key in ("headline-47-ill", "homes-640", "complaints-up-300", "contract-240000")),
    *(f"{POST}/{key}" for key in ("council-awarded-contract", "no-other-firm-asked", "pump-house-flooded")),
    *(f"{POST}/{key}" for key in ("river-over-bridge", "caption-bridge-under-water", "photograph-by-oakby")),
    f"{RADIO}/kettlewood-resigned",
}
#: claims of an event or an accusation that rest on more than one
SEVERAL = {f"{LANTERN}/three-warnings", f"{POST}/gate-stayed-shut", f"{POST}/water-over-parapet"}


@stored
@demo
def test_every_warning_stands_where_it_is_meant_to():
    def warned(word: str) -> set[str | None]:
        return set(Claim.objects.filter(warnings__contains=[word]).values_list("key", flat=True))

    assert warned("only_unnamed_origins") == ONLY_UNNAMED
    assert warned("second_hand_origin") == SECOND_HAND
    assert warned("plural_from_one") == PLURAL
    assert warned("no_source_given") == NO_SOURCE
    grave = Claim.objects.filter(kind__in=["event", "allegation"]).values_list("key", flat=True)
    assert warned("single_origin") == set(grave) - SEVERAL


@stored
@demo
def test_every_reason_for_counting_two_as_one_occurs():
    found = {
        (claim.key, reason.reason, reason.through.name if reason.through else None)
        for claim in Claim.objects.all()
        for origin in origins.of([claim.pk])[claim.pk]
        for reason in origin.reasons
    }
    assert found == {
        (f"{LANTERN}/castick-on-gate", "same_source", "Bryony Castick"),
        (f"{LANTERN}/office-locked", "same_owner", "Oxlip Media"),
        (f"{LANTERN}/leaders-asked-her-to-go", "same_body", "Thurlode Town Council"),
        (f"{LANTERN}/weir-street-boils", "speaks_for", "Thurlode Town Council"),
        (f"{POST}/contract-240000", "same_owner", "Oxlip Media"),
        (f"{POST}/contract-240000", "same_source", "The Three Vales Post"),
        (f"{RADIO}/cases-43-confirmed", "same_body", "Three Vales Health Office"),
        (f"{RADIO}/ill-61", "same_body", "Three Vales Health Office"),
    }


@stored
@demo
def test_the_release_in_the_article_is_one_origin_as_soon_as_both_stand_in_one_claim():
    """A dossier marks words in its own document only, so this tie is never a dossier's: somebody has to add the hop."""
    article, release = of(f"{POST}/river-over-bridge"), of(f"{COUNCIL}/river-over-bridge")
    said = release.attributions.get()
    with acting(by=desk_user(), why="test"):
        Attribution.objects.create(
            claim=article, speaker=said.speaker, document=said.document, passage=said.passage, manner="verbatim"
        )
    (origin,) = origins.of([article.pk])[article.pk]
    assert [reason.reason for reason in origin.reasons] == ["same_words"]


@stored
@demo
def test_chains_run_from_one_hop_to_four_and_some_share_a_hop():
    depths = {max(claim.attributions.values_list("depth", flat=True)) + 1 for claim in Claim.objects.all()}
    assert depths == {1, 2, 3, 4}
    child = of(f"{LANTERN}/child-in-intensive-care").attributions.order_by("-depth")
    told = [hop.speaker.key for hop in child]
    assert told == ["thurlode_lantern", "three_vales_post", "weirside_radio", "nurse_on_radio"]
    shared = {
        hop.claim.key: {one.speaker.key for one in hop.relayed_by.all()}
        for hop in Attribution.objects.filter(claim__key=f"{LANTERN}/ill-64", relays=None)
    }
    assert shared == {f"{LANTERN}/ill-64": {"three_vales_post", "weirside_radio"}}
    assert [of(key).independent_origins for key in sorted(SEVERAL)] == [3, 2, 3]


@stored
@demo
def test_two_named_eyewitnesses_of_one_brigade_stay_two():
    seen = Attribution.objects.filter(claim__key=f"{POST}/gate-stayed-shut", relays=None)
    assert {hop.speaker.affiliations.get().organization.key for hop in seen} == {"thurlode_fire_brigade"}
    assert of(f"{POST}/gate-stayed-shut").independent_origins == 2


@stored
@demo
def test_what_is_denied_or_taken_back_stands_beside_what_is_asserted():
    other = Attribution.objects.filter(relays=None).exclude(stance__in=["asserts", "reports"])
    beside = {(hop.claim.key, hop.stance, hop.speaker.key) for hop in other}
    assert beside == {
        (f"{LANTERN}/three-warnings", "denies", "ilse_kettlewood"),
        (f"{LANTERN}/leaders-asked-her-to-go", "denies", "tobias_wrenfield"),
        (f"{RADIO}/memo-kept-from-public", "denies", "tobias_wrenfield"),
        (f"{RADIO}/more-than-300-ill", "questions", "vales_check"),
        (f"{RADIO}/gate-open-at-midnight", "withdraws", "lorna_tidewell"),
    }
    assert {of(key).independent_origins for key, *_ in beside} == {1, 3}


@stored
@demo
def test_whoever_our_own_copy_accuses_has_been_asked_and_the_rest_has_not():
    told = Accusation.objects.filter(claim__key__startswith=LANTERN).values_list("accused__key", "outcome")
    assert set(told) == {
        ("ilse_kettlewood", "replied"),
        ("osmer_dray", "declined"),
        ("dorian_pellick", "no_answer"),
        ("hugh_larkby", "waiting"),
    }
    others = Accusation.objects.exclude(claim__key__startswith=LANTERN)
    assert set(others.values_list("outcome", "exempt")) == {("waiting", None)}
    known = Accusation.objects.exclude(known_position="")
    assert {(one.accused.key, one.known_position_passage is not None) for one in known} == {
        ("ilse_kettlewood", True),
        ("thurlode_council", True),
    }
    law = Accusation.objects.filter(legal_status__isnull=False).values_list("accused__key", "legal_status", "privilege")
    assert set(law) == {
        ("osmer_dray", "appeal", "court"),
        ("piers_aldane", "convicted", "court"),
        ("dorian_pellick", "acquitted", "court"),
        ("man_charged", "charged", "none"),
        ("man_suspected", "suspected", "none"),
    }


@stored
@demo
def test_our_own_copy_closes_and_rests_on_what_is_restricted_or_under_embargo():
    piece = Piece.objects.get()
    assert piece.document.kind == "desk_copy"
    closes = f"{piece.text_closes_at:%Y-%m-%d %H:%M}", f"{piece.page_closes_at:%Y-%m-%d %H:%M}"
    assert closes == ("2026-11-26 17:30", "2026-11-26 20:00")
    assert set(Document.objects.filter(restricted=True).values_list("key", flat=True)) == {
        "sarkby_memo",
        "lantern_notes",
    }
    report = Document.objects.get(embargo_until__isnull=False)
    assert report.embargo_until > piece.page_closes_at
    assert f"{LANTERN}/firm-absent-since-may" in report.evidence.values_list("claim__key", flat=True)


# --- what later findings will find ---


@stored
@demo
def test_the_figures_disagree_as_they_are_meant_to():
    headline, total = figure(f"{POST}/headline-47-ill", "47"), figure(f"{POST}/ill-43", "43")
    same = ("measure", "unit", "population", "place", "period_from", "period_until")
    assert [getattr(headline, name) for name in same] == [getattr(total, name) for name in same]
    parts = total.rests_on_it.values_list("value", "base_is")
    assert sorted(parts) == [(18, "part_of"), (22, "part_of")]
    share, count = figure(f"{COUNCIL}/homes-without-water", "percent"), figure(f"{POST}/homes-640", "640")
    assert share.base is not None
    assert (share.value / 100 * share.base.value, count.value, count.comparator) == (870, 640, "~")
    alike = ("measure", "population", "place", "period_from", "period_until")
    assert [getattr(share, name) for name in alike] == [getattr(count, name) for name in alike]
    paid, printed = figure(f"{COUNCIL}/contract-204000", "GBP"), figure(f"{POST}/contract-240000", "GBP")
    assert [getattr(paid, name) for name in same] == [getattr(printed, name) for name in same]
    assert (paid.value, printed.value) == (204000, 240000)
    rise = figure(f"{POST}/complaints-up-300", "300")
    assert (rise.base_is, rise.base, rise.period, rise.period_from) == ("change_from", None, "", None)
    wider, confirmed = figure(f"{RADIO}/ill-61", "61"), figure(f"{RADIO}/cases-43-confirmed", "43")
    assert (wider.measure, wider.place) == (total.measure, "Three Vales")
    assert (confirmed.value, confirmed.measure == total.measure) == (total.value, False)
    assert {quantity.margin for quantity in Quantity.objects.all()} == {None, Decimal(3)}


@stored
@demo
def test_words_actors_and_days_disagree_as_they_are_meant_to():
    drift = of(f"{POST}/gate-would-fail").attributions
    assert (drift.latest("depth").certainty, drift.earliest("depth").hedge) == ("flat", "may")
    cut, whole = (
        Passage.objects.get(attributions__claim__key=key)
        for key in (f"{POST}/gate-safe", f"{COUNCIL}/gate-safe-when-inspected")
    )
    quoted = re.findall("“(.*),”", cut.snapshot.text[cut.start : cut.end])
    assert whole.snapshot.text[whole.start : whole.end].startswith(f"{quoted[0]} when ")
    caption = Passage.objects.get(attributions__claim__key=f"{POST}/caption-bridge-under-water")
    assert caption.snapshot.text[caption.start : caption.end].endswith("Saturday, 15 November.")
    assert Document.objects.get(key=POST).published_on.replace(day=15).strftime("%A") == "Sunday"
    assert Document.objects.get(key=RADIO).published_on is None
    assert of(f"{RADIO}/kettlewood-resigned").about_from is None
    awarded = Relation.objects.get(claim__key=f"{COUNCIL}/board-awarded-contract")
    assert (awarded.other.key, awarded.reason) == (f"{POST}/council-awarded-contract", "other_actor")
