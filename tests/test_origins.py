"""How many independent origins a claim has, on the cases that a desk meets, and why they count as one."""

from datetime import date

import pytest
from django.db import connection, transaction

from claims.models import Attribution, Claim, Ruling
from sources.models import Affiliation, Snapshot, Source
from tests import make

pytestmark = pytest.mark.django_db


def kept(claim: Claim) -> tuple[int, list[str]]:
    claim.refresh_from_db()
    return claim.independent_origins, claim.warnings


def count(claim: Claim) -> int:
    return kept(claim)[0]


def reasons(claim: Claim) -> set[str]:
    """Every reason why some origin of this claim is merged with another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT r ->> 'reason' FROM claims_origin, jsonb_array_elements(reasons) r WHERE claim_id = %s",
            [claim.pk],
        )
        return {reason for (reason,) in cursor.fetchall()}


def test_a_claim_without_hops_has_no_origin():
    claim = make.claim()
    assert kept(claim) == (0, [])


def test_ten_outlets_that_carry_one_statement_have_one_origin():
    claim = make.claim(kind="event")
    police = make.source("City police", "organization")
    said = make.attribution(claim, police)
    for _ in range(10):
        make.attribution(claim, make.outlet(), relays=said, stance="reports")
    assert kept(claim) == (1, ["single_origin"])


def test_ten_outlets_that_each_heard_the_police_themselves_have_one_origin_too():
    claim = make.claim(kind="event")
    police = make.source("City police", "organization")
    for _ in range(10):
        make.attribution(claim, make.outlet(), relays=make.attribution(claim, police), stance="reports")
    assert count(claim) == 1
    assert reasons(claim) == {"same_source"}


def test_a_diamond_counts_its_root_once():
    claim = make.claim()
    root = make.attribution(claim)
    left, right = (make.attribution(claim, make.outlet(), relays=root) for _ in range(2))
    make.attribution(claim, make.outlet(), relays=left)
    make.attribution(claim, make.outlet(), relays=right)
    assert count(claim) == 1


def test_two_desks_of_one_owner_are_one_origin():
    claim = make.claim()
    group = make.source("A newspaper group", "organization")
    holding = make.source("Its holding", "organization", owner=group)
    make.attribution(claim, make.outlet(owner=group))
    make.attribution(claim, make.outlet(owner=holding))
    assert count(claim) == 1
    assert reasons(claim) == {"same_owner"}


def test_a_new_owner_regroups_what_was_said_before():
    claim = make.claim()
    group = make.source("A newspaper group", "organization")
    one, two = make.outlet(owner=group), make.outlet()
    make.attribution(claim, one)
    make.attribution(claim, two)
    assert count(claim) == 2
    Source.objects.filter(pk=two.pk).update(owner=group)
    assert count(claim) == 1


def test_owners_that_own_each_other_end():
    claim = make.claim()
    one = make.outlet()
    two = make.outlet(owner=one)
    Source.objects.filter(pk=one.pk).update(owner=two)
    make.attribution(claim, one)
    make.attribution(claim, two)
    assert count(claim) == 1


def test_two_named_eyewitnesses_of_one_employer_stay_two():
    claim = make.claim(kind="event")
    employer = make.source("The harbour", "organization")
    for basis in ("witnessed", "took_part"):
        person = make.source()
        make.affiliation(person, employer)
        make.attribution(claim, person, basis=basis)
    assert kept(claim) == (2, [])


def test_two_employees_who_saw_nothing_themselves_speak_for_the_body():
    claim = make.claim()
    body = make.source("The harbour", "organization")
    for _ in range(2):
        person = make.source()
        make.affiliation(person, body)
        make.attribution(claim, person, basis="official_records")
    assert count(claim) == 1
    assert reasons(claim) == {"same_body"}


def test_two_unnamed_eyewitnesses_of_one_body_may_be_one():
    claim = make.claim(kind="event")
    body = make.source("City police", "organization")
    for name in ("a commander", "an officer"):
        person = make.source(name, identity="unnamed")
        make.affiliation(person, body)
        make.attribution(claim, person, basis="witnessed")
    assert kept(claim) == (1, ["only_unnamed_origins", "single_origin"])


def test_a_spokesperson_shares_the_origin_of_the_body():
    claim = make.claim()
    body = make.source("The ministry", "organization")
    make.attribution(claim, body)
    make.attribution(claim, make.source("Its spokeswoman"), speaks_for=body)
    assert count(claim) == 1
    assert reasons(claim) == {"speaks_for"}


def test_two_spokespersons_of_one_body_are_one_origin():
    claim = make.claim()
    body = make.source("The ministry", "organization")
    make.attribution(claim, speaks_for=body)
    make.attribution(claim, speaks_for=body)
    assert count(claim) == 1
    assert reasons(claim) == {"same_body"}


@pytest.mark.parametrize(
    ("said_on", "origins"),
    [(date(2024, 5, 31), 2), (date(2024, 6, 1), 1), (date(2024, 6, 30), 1), (date(2024, 7, 1), 2), (None, 1)],
)
def test_an_affiliation_counts_on_its_days_and_on_an_unknown_day(said_on, origins):
    claim = make.claim()
    body = make.source("The ministry", "organization")
    minister = make.source("The minister")
    make.affiliation(minister, body, since=date(2024, 6, 1), until=date(2024, 6, 30))
    make.attribution(claim, minister, said_on=said_on)
    make.attribution(claim, body)
    assert count(claim) == origins


def test_an_affiliation_that_turns_out_to_have_ended_frees_the_origin():
    claim = make.claim()
    body = make.source("The ministry", "organization")
    member = make.source()
    tie = make.affiliation(member, body)
    make.attribution(claim, member, said_on=date(2024, 6, 1))
    make.attribution(claim, body)
    assert count(claim) == 1
    Affiliation.objects.filter(pk=tie.pk).update(until=date(2023, 12, 31))
    assert count(claim) == 2
    Affiliation.objects.filter(pk=tie.pk).update(until=None)
    assert count(claim) == 1
    Affiliation.objects.filter(pk=tie.pk).update(withdrawn_at="2024-01-01T00:00Z", withdrawn_because="Mixed up.")
    assert count(claim) == 2


def test_a_merge_makes_one_origin_and_freeing_makes_two_again():
    claim = make.claim()
    one, two = make.source("J. Doe"), make.source("Jane Doe")
    make.attribution(claim, one)
    make.attribution(claim, two)
    assert count(claim) == 2
    Source.objects.filter(pk=one.pk).update(merged_into=two)
    assert count(claim) == 1
    assert reasons(claim) == {"same_source"}
    Source.objects.filter(pk=one.pk).update(merged_into=None)
    assert count(claim) == 2


def test_affiliations_and_ownership_are_read_through_the_root():
    claim = make.claim()
    body = make.source("The ministry", "organization")
    known, duplicate = make.source("Jane Doe"), make.source("J. Doe")
    make.affiliation(duplicate, body)
    make.attribution(claim, known)
    make.attribution(claim, body)
    assert count(claim) == 2
    Source.objects.filter(pk=duplicate.pk).update(merged_into=known)
    assert count(claim) == 1


def test_a_denial_never_adds_to_the_count():
    claim = make.claim(kind="event")
    make.attribution(claim)
    for stance in ("denies", "questions", "withdraws"):
        make.attribution(claim, stance=stance)
    assert kept(claim) == (1, ["single_origin"])


def test_a_withdrawn_hop_does_not_count():
    claim = make.claim()
    make.attribution(claim)
    hop = make.attribution(claim)
    assert count(claim) == 2
    Attribution.objects.filter(pk=hop.pk).update(withdrawn_at="2024-01-01T00:00Z", withdrawn_because="Misread.")
    assert count(claim) == 1


WORDS = "The bridge was closed at noon after two cracks were found in the northern pier."


def test_near_identical_words_in_two_documents_are_one_origin():
    claim = make.claim()
    for text in (WORDS, WORDS.replace("noon", "midday")):
        passage = make.passage(make.snapshot(text))
        make.attribution(claim, document=passage.snapshot.document, passage=passage)
    assert count(claim) == 1
    assert reasons(claim) == {"same_words"}


def test_two_speakers_in_one_sentence_of_one_document_stay_two():
    claim = make.claim()
    passage = make.passage(make.snapshot(WORDS))
    for _ in range(2):
        make.attribution(claim, document=passage.snapshot.document, passage=passage)
    assert count(claim) == 2


def test_sealed_words_are_unknown_until_their_text_is_attached():
    claim = make.claim()
    for snapshot in (make.snapshot(WORDS), make.snapshot(None, sealed=WORDS)):
        make.attribution(claim, document=snapshot.document, passage=make.passage(snapshot))
    assert count(claim) == 2
    Snapshot.objects.filter(text__isnull=True).update(text=WORDS)
    assert count(claim) == 1


def test_ties_carry_over_a_third():
    claim = make.claim()
    body = make.source("The ministry", "organization")
    owner = make.source("A holding", "organization")
    make.attribution(claim, make.outlet(owner=owner))
    make.attribution(claim, make.outlet(owner=owner), speaks_for=body)
    make.attribution(claim, body)
    assert count(claim) == 1


@pytest.mark.parametrize(
    ("identity", "warned"), [("named", False), ("unnamed", True), ("unstated", True), ("protected", False)]
)
def test_only_unnamed_origins_is_about_what_the_desk_does_not_know(identity, warned):
    claim = make.claim(kind="rule")
    make.attribution(claim, make.source(identity=identity))
    assert kept(claim)[1] == (["only_unnamed_origins"] if warned else [])


def test_one_named_origin_takes_the_warning_of_unnamed_ones_off():
    claim = make.claim(kind="rule")
    hop = make.attribution(claim, make.source(identity="unnamed"))
    make.attribution(claim, make.source())
    assert kept(claim)[1] == []
    Source.objects.exclude(pk=hop.speaker_id).update(identity="unnamed")
    assert kept(claim)[1] == ["only_unnamed_origins"]


def test_a_single_origin_matters_for_allegations_and_events_only():
    for kind, warned in (("allegation", True), ("event", True), ("rule", False), ("statistic", False)):
        claim = make.claim(kind=kind)
        make.attribution(claim)
        assert ("single_origin" in kept(claim)[1]) is warned
        Claim.objects.filter(pk=claim.pk).update(kind="event")
        assert "single_origin" in kept(claim)[1]


def test_hearsay_warns_until_somebody_who_was_there_says_so_too():
    claim = make.claim(kind="rule")
    make.attribution(claim, basis="told_by_others")
    assert kept(claim)[1] == ["second_hand_origin"]
    make.attribution(claim, basis="witnessed")
    assert kept(claim)[1] == []


def test_own_voice_gives_no_source():
    claim = make.claim(kind="rule")
    make.attribution(claim, make.outlet(), manner="own_voice")
    assert kept(claim)[1] == ["no_source_given"]


def test_officers_who_are_one_officer():
    claim = make.claim(kind="rule")
    officers = make.source("officers", "group", identity="unnamed")
    officer = make.source("an officer", identity="unnamed")
    hop = make.attribution(claim, officer)
    make.attribution(claim, officers, relays=hop, link="inferred_by_desk")
    assert kept(claim) == (1, ["only_unnamed_origins", "plural_from_one"])


def test_a_group_that_one_person_speaks_for_is_still_a_group():
    claim = make.claim(kind="rule")
    residents = make.source("residents", "group")
    hop = make.attribution(claim, make.source("Their speaker"), speaks_for=residents)
    make.attribution(claim, residents, relays=hop)
    assert kept(claim) == (1, [])


def rule(claim: Claim, one: Attribution, two: Attribution, decision: str) -> Ruling:
    first, second = sorted((one.pk, two.pk))
    with connection.cursor() as cursor:
        cursor.execute("SELECT claims_origin_key(%s, %s)", [first, second])
        [key] = cursor.fetchone()
    return Ruling.objects.create(
        about="origins",
        claim=claim,
        first_id=first,
        second_id=second,
        key=key,
        decision=decision,
        by=make.user("editor"),
    )


def test_an_editors_ruling_overrules_a_grouping_until_the_record_changes():
    claim = make.claim()
    body = make.source("The university", "organization")
    one, two = make.source(), make.source()
    make.affiliation(one, body)
    make.affiliation(two, body)
    hops = [make.attribution(claim, one), make.attribution(claim, two)]
    assert count(claim) == 1
    rule(claim, *hops, "independent")
    assert count(claim) == 2
    Source.objects.filter(pk__in=[one.pk, two.pk]).update(owner=make.source("A foundation", "organization"))
    assert count(claim) == 1, "there is a new reason: the ruling did not look at it"


def test_an_editor_may_say_that_two_origins_are_one():
    claim = make.claim()
    hops = [make.attribution(claim), make.attribution(claim)]
    rule(claim, *hops, "one_origin")
    assert count(claim) == 1
    assert reasons(claim) == {"ruling"}
    rule(claim, *hops, "independent")
    assert count(claim) == 2


def test_many_hops_are_weighed_in_time_by_a_planner_that_believes_there_are_none(sql):
    """What was written and undone leaves tables of many pages, and no row that anybody could count."""
    with transaction.atomic():
        _said_by_two(1001)
        transaction.set_rollback(True)
    sql("SELECT claims_weigh_desk()")
    assert sql("SELECT reltuples, relpages > 10 FROM pg_class WHERE relname = 'claims_attribution'") == [(0, True)]
    sql("SET LOCAL statement_timeout = '20s'")
    claims, _, _ = _said_by_two(1001)
    assert {count(claims[0]), count(claims[-1])} == {2}


def _said_by_two(many):
    one, two = make.source(), make.source()
    claims = Claim.objects.bulk_create(Claim(statement=f"Number {n}.", kind="event") for n in range(many))
    Attribution.objects.bulk_create(Attribution(claim=c, speaker=s) for c in claims for s in (one, two))
    return claims, one, two


def test_a_change_that_reaches_more_than_a_thousand_claims_is_left_to_the_job(sql):
    claims, one, two = _said_by_two(1001)
    assert count(claims[0]) == 2
    Source.objects.filter(pk=one.pk).update(merged_into=two)
    assert count(claims[0]) == 2
    assert sql("SELECT count(*) FROM claims_originspending") == [(1001,)]
    assert sql("SELECT claims_refresh_pending(1000)") == [(1000,)]
    assert sql("SELECT claims_refresh_pending(1000), claims_refresh_pending(1000)") == [(1, 0)]
    assert set(Claim.objects.values_list("independent_origins", flat=True)) == {1}
    assert sql("SELECT count(*) FROM claims_originspending") == [(0,)]
