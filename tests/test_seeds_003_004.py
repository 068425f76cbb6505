"""What must come out of 003 and 004: who says what, who was there, who is accused, and what the text does not tell."""

import re

import pytest

from claims.models import Accusation, Assessment, Attribution, Claim, Quantity, Relation, Ruling
from sources.models import Document, Passage, Sentence, Snapshot, Source
from tests.dossier_example import PROJECT, load, rows
from tests.test_seeds import ARTICLES, at_hand, chain

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

OLDER = "000_9d4745aa6790f757"
PARK = "003_fcb5a03a96d81982"
LEAKS = "004_0aa4d29f2965f88f"
CLAIMS = {PARK: 77, LEAKS: 40}
SEEDS = {key: (PROJECT / f"seeds/{key}.yaml").read_text("utf-8") for key in (OLDER, PARK, LEAKS)}
GANGS = {"florencia_13", "18th_street", "ms_13", "tren_de_aragua"}

both = pytest.mark.parametrize("key", CLAIMS)


@pytest.fixture(scope="module")
def seeds(standing: None) -> None:
    for text in SEEDS.values():
        assert load(text).conflicts == []


def of(document: str, key: str) -> Claim:
    return Claim.objects.get(key=f"{document}/{key}")


def ways(claim: Claim) -> set[tuple[str, ...]]:
    """The keys of the speakers of each chain, outermost first."""
    return {tuple(chain(hop)) for hop in claim.attributions.filter(relayed_by__isnull=True)}


def origin(claim: Claim) -> Attribution:
    return claim.attributions.get(relays__isnull=True)


def figures(*claims: Claim) -> set[tuple[str, int, str]]:
    found = Quantity.objects.filter(claim__in=claims)
    return {(quantity.comparator, int(quantity.value), quantity.as_worded) for quantity in found}


@both
@pytest.mark.usefixtures("seeds")
def test_each_is_loaded_whole_sealed_and_without_verdict(key):
    claims = Claim.objects.filter(key__startswith=key)
    assert claims.count() == CLAIMS[key]
    assert set(claims.values_list("state", "verdict", "clearance")) == {("new", None, "not_cleared")}
    assert not Assessment.objects.exists()
    assert Snapshot.objects.get(document__key=key).sealed


@pytest.mark.usefixtures("seeds")
def test_a_second_import_adds_nothing():
    before = rows(), sorted(Claim.objects.values_list("pk", "version", "revision"))
    for text in SEEDS.values():
        loaded = load(text)
        assert (loaded.total("created"), loaded.total("updated"), loaded.total("withdrawn")) == (0, 0, 0)
    assert before == (rows(), sorted(Claim.objects.values_list("pk", "version", "revision")))


@both
@pytest.mark.usefixtures("seeds")
def test_every_sentence_has_a_claim_or_is_ruled_out(key):
    rulings = Ruling.objects.filter(sentence__snapshot__document__key=key)
    ruled_out = dict(rulings.values_list("sentence", "decision"))
    passages = list(Passage.objects.filter(snapshot__document__key=key).values_list("start", "end"))
    for sentence in Sentence.objects.filter(snapshot__document__key=key):
        claimed = any(start < sentence.end and sentence.start < end for start, end in passages)
        assert claimed != (sentence.pk in ruled_out), str(sentence)
    reasons = ["duplicate", "heading", "no_factual_content", "no_factual_content"]
    assert sorted(ruled_out.values()) == reasons + ["other_article"] * (key == PARK)


@both
def test_loaded_words_stay_out_of_our_statements(key):
    statements = " ".join(re.findall(r"^    statement: (.*(?:\n      .*)*)", SEEDS[key], re.M)).casefold()
    assert "ice" in statements
    for word in ("illegal", "alien", "far left", "far-left", "loon", "clown", "dox", "pathetic", "loophole", "vicious"):
        assert not re.search(rf"\b{word}", statements), word


@pytest.mark.usefixtures("seeds")
def test_what_the_texts_do_not_say_stays_unknown():
    park, leaks = Document.objects.get(key=PARK), Document.objects.get(key=LEAKS)
    assert (park.publisher, park.bylines, park.published_on) == (None, [], None)
    assert (leaks.publisher, leaks.bylines, str(leaks.published_on)) == (None, ["Matt Vespa"], "2025-02-24")
    assert leaks.published_on_read_from
    assert leaks.bylines_read_from
    assert set(Source.objects.filter(key__startswith="outlet_of_").values_list("kind", "identity")) == {
        ("outlet", "unnamed")
    }
    dated = set(Claim.objects.filter(key__startswith=PARK, about_from__isnull=False).values_list("key", flat=True))
    assert dated == {f"{PARK}/caption-bass-arrives", f"{PARK}/caption-agents-staging"}
    assert not Attribution.objects.filter(said_on__isnull=False).exists()


# --- 003 ---


@pytest.mark.usefixtures("seeds")
def test_city_police_in_the_first_sentence_stand_against_county_authorities_in_the_second():
    others = Relation.objects.filter(claim=of(PARK, "police-work-with-ice-again")).values_list(
        "other__key", "kind", "reason"
    )
    assert set(others) == {
        (f"{PARK}/county-handed-over-in-may", "qualifies", "other_actor"),
        (f"{PARK}/county-handed-over-in-june", "qualifies", "other_actor"),
        (f"{PARK}/sheriff-cooperates", "qualifies", "other_actor"),
        (f"{OLDER}/officers-cannot-work-with-ice", "qualifies", "other_scope"),
    }


@pytest.mark.usefixtures("seeds")
def test_the_police_who_cooperate_and_the_jails_that_hand_over_are_two_claims():
    police, jails = of(PARK, "exception-used"), of(PARK, "exception-used-for-jails")
    assert ways(police) == ways(jails) == {("outlet_of_003", "los_angeles_times")}
    links = {claim: claim.attributions.get(relays__isnull=False).link for claim in (police, jails)}
    assert links == {police: "in_text", jails: "inferred_by_desk"}
    assert Relation.objects.get(claim=police, other=jails).reason == "other_actor"


@pytest.mark.usefixtures("seeds")
def test_the_numbers_of_003_are_data_with_their_words():
    assert {of(PARK, f"county-handed-over-in-{month}").kind for month in ("may", "june")} == {"statistic"}
    assert figures(of(PARK, "county-handed-over-in-may")) == {("=", 8, "eight")}
    assert figures(of(PARK, "county-handed-over-in-june")) == {("=", 12, "a dozen")}
    assert figures(of(PARK, "children-playing")) == {(">", 20, "more than 20")}


@pytest.mark.usefixtures("seeds")
def test_the_count_of_children_comes_from_somebody_who_was_told():
    children = of(PARK, "children-playing")
    assert ways(children) == {("outlet_of_003", "karen_bass")}
    assert (children.independent_origins, children.warnings) == (1, ["second_hand_origin"])
    assert (origin(children).basis, origin(children).manner) == ("told_by_others", "verbatim")


@pytest.mark.usefixtures("seeds")
def test_a_sentence_that_names_no_source_is_linked_to_the_newspaper_by_the_desk_only():
    police = of(PARK, "police-work-with-ice-again")
    assert (police.independent_origins, police.warnings) == (1, ["single_origin"])
    relaying = police.attributions.filter(relays__isnull=False).order_by("passage__start")
    assert list(relaying.values_list("link", flat=True)) == ["inferred_by_desk", "in_text"]
    assert ways(of(PARK, "warrants-for-reentry")) == {("outlet_of_003", "los_angeles_times", "lasd")}


@pytest.mark.usefixtures("seeds")
def test_the_headline_of_003_has_it_from_where_the_body_has_it():
    headline = of(PARK, "headline-jails-hand-over")
    assert ways(headline) == ways(of(PARK, "county-handed-over-in-may")) == {("outlet_of_003", "los_angeles_times")}
    assert headline.attributions.get(relays__isnull=False).link == "inferred_by_desk"
    assert (headline.independent_origins, headline.warnings) == (1, ["single_origin"])


@pytest.mark.usefixtures("seeds")
def test_it_is_said_of_the_prisoners_by_nobody_knows_whom():
    status = of(PARK, "prisoners-unlawfully-resident")
    assert status.warnings == ["only_unnamed_origins"]
    assert origin(status).speaker.identity == "unstated"
    assert status.attributions.get(certainty="hedged").hedge == "said to be"


@pytest.mark.usefixtures("seeds")
def test_it_is_the_department_that_has_the_prisoners_come_back_after_a_deportation_and_none_of_them_is_accused():
    returned = of(PARK, "prisoners-had-reentered")
    assert ways(returned) == {("outlet_of_003", "los_angeles_times", "lasd")}
    relation = Relation.objects.get(claim=returned)
    assert (relation.other, relation.reason) == (of(PARK, "prisoners-unlawfully-resident"), "other_definition")
    assert not Accusation.objects.filter(claim__in=[returned, relation.other]).exists()


@pytest.mark.usefixtures("seeds")
def test_who_worked_with_the_agency_before_and_since_when_is_told_of_the_county_only():
    relation = Relation.objects.get(claim=of(PARK, "police-worked-with-ice-before"))
    assert (relation.other, relation.reason) == (of(PARK, "first-time-since-early-2020"), "other_actor")
    assert "2020" not in relation.claim.statement


@pytest.mark.usefixtures("seeds")
def test_police_and_sheriff_are_each_to_be_asked_about_working_with_the_agency():
    working = [of(PARK, "police-work-with-ice-again"), of(PARK, "sheriff-cooperates")]
    assert [claim.accusations.get().accused.key for claim in working] == ["lapd", "lasd"]


@pytest.mark.usefixtures("seeds")
def test_misgivings_in_the_headline_are_set_beside_the_month_in_which_it_began():
    dated = Relation.objects.get(claim=of(PARK, "headline-mayor-concerned"), reason="other_date")
    assert dated.other == of(PARK, "first-time-since-early-2020")


@pytest.mark.usefixtures("seeds")
def test_officials_and_the_one_of_them_who_is_named_are_one_origin():
    risk = of(PARK, "agents-at-risk-of-murder")
    assert ways(risk) == {("outlet_of_003", "federal_officials_in_003"), ("outlet_of_003", "tom_homan")}
    assert (risk.independent_origins, risk.warnings) == (1, [])


@pytest.mark.usefixtures("seeds")
def test_the_politicians_apology_is_a_known_position_and_she_is_still_to_be_asked():
    accused = Accusation.objects.filter(accused__key="cynthia_gonzalez")
    assert set(accused.values_list("claim__key", flat=True)) == {
        f"{PARK}/gonzalez-called-on-gangs",
        f"{PARK}/gonzalez-stirred-tensions",
        f"{PARK}/video-named-two-gangs",
    }
    for accusation in accused:
        assert "apologized" in (accusation.known_position or "")
        assert accusation.known_position_passage is not None
        assert (accusation.outcome, accusation.reply) == ("waiting", "")


@pytest.mark.usefixtures("seeds")
def test_who_speaks_in_the_video_is_the_desks_reading():
    words = of(PARK, "gonzalez-quoted-words")
    assert ways(words) == {("outlet_of_003", "cynthia_gonzalez")}
    assert words.attributions.get(relays__isnull=False).link == "inferred_by_desk"
    assert origin(words).basis == "not_stated"


@pytest.mark.usefixtures("seeds")
def test_the_attorney_speaks_for_the_alleged_victim_and_the_agency_is_accused():
    assault = of(PARK, "gavidia-assaulted")
    told = origin(assault)
    assert (told.speaker.key, told.speaks_for and told.speaks_for.key) == ("mohammad_tajsar", "brian_gavidia")
    assert list(assault.accusations.values_list("accused__key", "outcome")) == [("ice", "waiting")]
    assert not Accusation.objects.filter(accused__key__in=["brian_gavidia", "mohammad_tajsar"]).exists()


@pytest.mark.usefixtures("seeds")
def test_what_the_attorney_tells_of_the_man_his_work_and_the_neighborhood_are_three_claims():
    for key in ("gavidia-is-latino", "gavidia-at-tow-yard", "neighborhood-latin-american"):
        assert origin(of(PARK, key)).speaker.key == "mohammad_tajsar"
    assert figures(of(PARK, "neighborhood-latin-american")) == {(">", 50, "predominantly")}


@pytest.mark.usefixtures("seeds")
def test_words_from_a_lawsuit_are_a_partys_words_from_a_court_record():
    for key in ("stops-by-skin-color", "stops-with-show-of-force", "agents-not-identified"):
        stops = of(PARK, key)
        assert origin(stops).document.kind == "court_record"
        assert set(stops.accusations.values_list("accused__key", "privilege")) == {("dhs", "court"), ("ice", "court")}


@pytest.mark.usefixtures("seeds")
def test_assaults_and_the_sanctuary_rules_are_set_beside_those_of_000():
    across = Relation.objects.filter(claim__key__startswith=PARK, other__key__startswith=OLDER)
    pairs = set(across.values_list("claim__key", "other__key", "kind", "reason"))
    assert {
        (f"{PARK}/assaults-on-officers-rise", f"{OLDER}/assaults-up-500-percent", "qualifies", "other_scope"),
        (f"{PARK}/la-sanctuary-city", f"{OLDER}/la-sanctuary-city", "repeats", None),
        (f"{PARK}/city-rules-bar-local-help", f"{OLDER}/city-law-bars-staff", "qualifies", "other_scope"),
        (f"{PARK}/city-rules-bar-local-help", f"{OLDER}/policy-bars-coordination", "qualifies", "other_actor"),
        (f"{PARK}/exception-for-crimes", f"{OLDER}/city-law-bars-staff", "qualifies", "other_scope"),
    } <= pairs
    assert not of(PARK, "assaults-on-officers-rise").quantities.exists()


# --- 004 ---


@pytest.mark.usefixtures("seeds")
def test_the_group_speaks_for_itself_behind_a_broadcaster_behind_a_column():
    behind = {("outlet_of_004", "ktla", "community_self_defense_coalition")}
    for key in ("group-stopped-two-operations", "group-has-over-100", "group-patrols-to-warn"):
        assert ways(of(LEAKS, key)) == behind, key
        assert of(LEAKS, key).independent_origins == 1
    assert figures(of(LEAKS, "group-has-over-100")) == {(">", 100, "more than 100")}
    counted = of(LEAKS, "group-has-over-100").attributions.get(speaker__key="ktla")
    assert counted.link == "inferred_by_desk"
    volunteer = origin(of(LEAKS, "volunteers-stayed"))
    assert volunteer.speaker.key == "rob_gochez"
    assert volunteer.speaks_for
    assert volunteer.speaks_for.key == "community_self_defense_coalition"


@pytest.mark.usefixtures("seeds")
def test_the_two_operations_are_two_parts_of_one_total():
    stopped = of(LEAKS, "group-stopped-two-operations")
    total = stopped.quantities.get(base=None)
    assert (total.value, total.as_worded) == (2, "two")
    parts = stopped.quantities.exclude(pk=total.pk)
    assert set(parts.values_list("value", "base", "base_is")) == {(1, total.pk, "part_of")}


@pytest.mark.usefixtures("seeds")
def test_those_who_alerted_the_group_and_a_member_in_the_footage_are_two_origins_without_a_name():
    seen = of(LEAKS, "ice-in-alhambra")
    assert ways(seen) == {
        ("outlet_of_004", "ktla", "community_self_defense_coalition", "community_members_in_004"),
        ("outlet_of_004", "ktla", "activist_in_ktla_video"),
    }
    assert (seen.independent_origins, seen.warnings) == (2, ["only_unnamed_origins"])
    alerted = of(LEAKS, "residents-alerted-group")
    assert ways(alerted) == {("outlet_of_004", "ktla", "community_self_defense_coalition")}


@pytest.mark.usefixtures("seeds")
def test_whose_statement_it_is_is_the_desks_reading_for_the_department_and_in_the_text_for_the_bureau():
    def hops(speaker: str) -> set[tuple[str, str]]:
        found = Attribution.objects.filter(relays__speaker__key=speaker, claim__key__startswith=LEAKS)
        return set(found.values_list("link", "manner"))

    assert hops("dhs") == {("inferred_by_desk", "verbatim")}
    assert hops("fbi") == {("in_text", "verbatim")}


@pytest.mark.usefixtures("seeds")
def test_what_may_endanger_by_the_bureau_is_hedged_accuses_nobody_and_stands_beside_what_the_column_says():
    danger = of(LEAKS, "impeding-may-endanger")
    assert ways(danger) == {("outlet_of_004", "fbi")}
    assert set(danger.attributions.values_list("certainty", "hedge")) == {("hedged", "potentially")}
    assert not danger.accusations.exists()
    relation = Relation.objects.get(claim=danger)
    assert (relation.other, relation.reason) == (of(LEAKS, "activists-endanger-agents"), "other_scope")


@pytest.mark.usefixtures("seeds")
def test_operations_that_were_planned_and_those_that_were_carried_out_are_two_claims():
    relation = Relation.objects.get(claim=of(LEAKS, "ice-carried-out-operations"))
    assert (relation.other, relation.reason) == (of(LEAKS, "ice-planned-operations"), "other_definition")


@pytest.mark.usefixtures("seeds")
def test_a_name_that_is_printed_in_two_ways_is_a_claim_to_check():
    name = of(LEAKS, "agency-name-as-quoted")
    assert (name.kind, name.priority, ways(name)) == ("detail", "could", {("outlet_of_004", "ktla")})


@pytest.mark.usefixtures("seeds")
def test_the_leak_is_the_agencys_in_the_headline_and_the_departments_in_the_body():
    relation = Relation.objects.get(claim=of(LEAKS, "headline-leaks-a-problem"))
    assert (relation.other, relation.reason) == (of(LEAKS, "dhs-leaks"), "other_actor")
    assert list(of(LEAKS, "lat-made-plans-public").accusations.values_list("accused__key", flat=True)) == [
        "los_angeles_times"
    ]


@pytest.mark.usefixtures("seeds")
def test_whoever_is_accused_in_either_is_to_be_asked_and_nobody_is_exempt():
    owed = Accusation.objects.exclude(claim__key__startswith=OLDER)
    assert set(owed.values_list("outcome", "exempt")) == {("waiting", None)}
    assert set(owed.values_list("accused__key", flat=True)) == GANGS | {
        "lapd",
        "lasd",
        "ice",
        "dhs",
        "us_federal_government",
        "cynthia_gonzalez",
        "los_angeles_times",
        "community_self_defense_coalition",
    }


@pytest.mark.usefixtures("seeds")
def test_a_forecast_that_takes_a_crime_for_granted_accuses_and_an_own_account_is_no_known_position():
    charged = Accusation.objects.filter(accused__key="community_self_defense_coalition")
    assert {f"{LEAKS}/activists-obstruct-law", f"{LEAKS}/activists-will-answer-for-it"} <= set(
        charged.values_list("claim__key", flat=True)
    )
    assert set(charged.values_list("known_position", "known_position_passage")) == {("", None)}


# --- where the articles are at hand ---


@at_hand
@both
@pytest.mark.usefixtures("seeds")
def test_passages_and_sentences_begin_and_end_at_a_words_border(key):
    text = (ARTICLES / f"{key}.txt").read_text("utf-8")
    assert len(text) == Snapshot.objects.get(document__key=key).length
    sentences = list(Sentence.objects.filter(snapshot__document__key=key))
    for span in [*Passage.objects.filter(snapshot__document__key=key), *sentences]:
        words = text[span.start : span.end]
        assert words == words.strip() != ""
        assert not (text[span.start - 1 : span.start] + words[0]).isalnum() or span.start == 0, words
        assert not (words[-1] + text[span.end : span.end + 1]).isalnum() or span.end == len(text), words
    covered = {at for span in sentences for at in range(span.start, span.end)}
    assert all(at in covered or text[at].isspace() for at in range(len(text)))
