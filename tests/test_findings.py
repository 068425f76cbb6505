"""What the record asks of itself: what is held against what, who sees what, and how it is settled."""

from datetime import date

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from claims import findings
from claims.findings import settle
from claims.models import Attribution, Claim, Quantity, Ruling
from factdesk.errors import DomainError
from factdesk.rest.refusals import explain
from tests import calls, make

pytestmark = pytest.mark.django_db
# --- two figures on the desk ---


def two(value="162", other="180", *, apart=True, **facts):
    """Two claims with a figure each, in two documents (``apart``) or in one."""
    found = []
    paper = make.document("A page")
    for number in (value, other):
        claim = make.claim(kind="statistic", topics=["raids"])
        own = make.document() if apart else paper
        copy = make.snapshot("x" * 50, of=own) if apart or not paper.snapshots.exists() else paper.snapshots.get()
        make.attribution(claim, document=own, passage=make.passage(copy, 0, 9))
        found.append(make.quantity(claim, number, "people arrested in the raid", unit="people", **facts))
    return found


def kinds(quantity, by=None):
    found = findings.of([quantity.claim_id], by or make.user("reader"))
    return [one.kind for one in found[quantity.claim_id]]


def test_figures_of_the_same_measure_and_place_differ_wherever_they_stand():
    one, other = two(place="Ulm")
    assert kinds(one) == kinds(other) == ["differs"]


def test_figures_that_agree_are_not_mentioned():
    one, _other = two("162", "162", place="Ulm")
    assert kinds(one) == []


@pytest.mark.parametrize("column", ["place", "population", "period", "vintage"])
def test_what_both_state_and_state_otherwise_sets_them_apart(column):
    one, other = two(place="Ulm", **({} if column == "place" else {column: "this"}))
    Quantity.objects.filter(pk=other.pk).update(**{column: "that"})
    [found] = findings.of([one.claim_id], make.user("reader"))[one.claim_id]
    assert (found.kind, found.loud) == ("other_scope", False)
    assert "need not contradict" in found.says


def test_days_that_overlap_are_the_same_only_where_both_ends_are():
    one, other = two(place="Ulm", period_from=date(2026, 5, 1), period_until=date(2026, 5, 31))
    assert kinds(one) == ["differs"]
    Quantity.objects.filter(pk=other.pk).update(period_until=date(2026, 5, 20))
    assert kinds(one) == ["other_scope"]
    Quantity.objects.filter(pk=other.pk).update(period_until=None)
    assert kinds(one) == ["differs"]


def test_what_one_alone_states_counts_as_the_same_within_a_document_only():
    one, other = two()
    Quantity.objects.filter(pk=other.pk).update(place="Ulm")
    assert kinds(one) == ["other_scope"]
    one, other = two(apart=False)
    Quantity.objects.filter(pk=other.pk).update(place="Ulm")
    assert "differs" in kinds(one)


def test_ages_of_two_people_are_not_held_against_each_other():
    one, other = two(apart=False, place="Ulm")
    Quantity.objects.update(measure="age", unit="years")
    assert kinds(one) == []
    Quantity.objects.update(population="Ann Ames")
    assert kinds(one) == ["differs"]
    assert kinds(other) == ["differs"]


def test_a_figure_that_is_withdrawn_and_a_claim_that_is_closed_are_left_alone():
    one, other = two(place="Ulm")
    Claim.objects.filter(pk=other.claim_id).update(state="closed", closed_because="dropped")
    assert kinds(one) == []
    assert kinds(other) == ["differs"]
    calls.withdraw(one)
    assert kinds(other) == []


def test_the_sum_of_parts_that_two_claims_give_is_asked_only_where_it_is_more():
    whole, part = two("43", "18", apart=False)
    third = make.claim(kind="statistic")
    Attribution.objects.create(
        claim=third, speaker=make.source(), document=part.claim.attributions.get().document,
        passage=part.claim.attributions.get().passage,
    )  # fmt: skip
    Quantity.objects.filter(pk=part.pk).update(base=whole, base_is="part_of", population="children")
    make.quantity(third, "22", whole.measure, unit="people", base=whole, base_is="part_of", population="adults")
    assert kinds(whole) == []
    Quantity.objects.filter(claim=third).update(value=30)
    assert kinds(whole) == ["sum_mismatch"]


def test_a_part_that_is_more_than_its_whole_is_asked():
    whole, part = two("43", "50", apart=False)
    Quantity.objects.filter(pk=part.pk).update(base=whole, base_is="part_of", measure="people in hospital")
    assert kinds(whole) == ["sum_mismatch"]


# --- how many queries, how much ---


def test_the_number_of_queries_is_the_same_for_one_claim_and_for_many():
    chief, claims = make.user("chief"), []
    for _ in range(6):
        one, other = two(place="Ulm")
        claims += [one.claim_id, other.claim_id]
    with CaptureQueriesContext(connection) as few:
        findings.of(claims[:2], chief)
    with CaptureQueriesContext(connection) as many:
        findings.of(claims, chief)
    assert len(few) == len(many) <= 10


def test_what_differs_in_scope_alone_is_told_of_a_few():
    one, _ = two(place="Ulm")
    for number in range(9):
        other, _ = two("99", "99", place=f"Town {number}")
        assert other.pk
    told = findings.of([one.claim_id], make.user("reader"))[one.claim_id]
    assert [found.kind for found in told].count("other_scope") == 3


def test_nobody_is_told_of_claims_that_are_not_there_or_not_for_them():
    one, _ = two(place="Ulm")
    assert findings.of([one.claim_id + 999], make.user("chief")) == {}
    assert findings.of([], make.user("chief")) == {}
    nobody = make.user("reader")
    nobody.let_through = frozenset()
    assert findings.of([one.claim_id], nobody) == {}


# --- restricted material ---


@pytest.mark.parametrize(("role", "told"), [("reader", []), ("editor", ["quote_cut"])])
def test_words_of_restricted_material_are_held_against_nothing_for_who_may_not_read_them(role, told):
    secret = make.document(restricted=True)
    original = make.passage(make.snapshot("The gate was not at all safe that night.", of=secret))
    quoted = make.passage(make.snapshot("“The gate was safe that night.”", of=make.document()))
    claim = make.claim()
    inner = make.attribution(claim, document=secret, passage=original, manner="verbatim")
    make.attribution(claim, document=quoted.snapshot.document, passage=quoted, manner="verbatim", relays=inner)
    found = findings.of([claim.pk], make.user(role))[claim.pk]
    assert [one.kind for one in found] == told
    assert role == "editor" or "not at all" not in str(found)


# --- rulings ---


def test_an_editor_settles_it_for_both_sides_until_a_figure_changes():
    one, other = two(place="Ulm")
    editor = make.user("editor", first_name="Tom", last_name="Ember")
    [found] = findings.of([one.claim_id], editor)[one.claim_id]
    settle(claim_id=one.claim_id, key=found.key, decision="both_stand", reason="Two raids.", by=editor)
    for claim in (one.claim_id, other.claim_id):
        [settled] = findings.of([claim], editor)[claim]
        assert (settled.key, settled.loud) == (found.key, False)
        assert (settled.settled.decision, settled.settled.reason, settled.settled.by) == (
            "both_stand", "Two raids.", "Tom Ember",
        )  # fmt: skip
    Quantity.objects.filter(pk=one.pk).update(note="a note moves nothing")
    assert findings.of([one.claim_id], editor)[one.claim_id][0].settled
    Quantity.objects.filter(pk=one.pk).update(value=163)
    [again] = findings.of([one.claim_id], editor)[one.claim_id]
    assert (again.settled, again.loud) == (None, True)
    assert again.key != found.key


def test_a_ruling_is_taken_back_by_another():
    one, _ = two(place="Ulm")
    editor = make.user("editor")
    [found] = findings.of([one.claim_id], editor)[one.claim_id]
    for decision in ("mistake", "open"):
        settle(claim_id=one.claim_id, key=found.key, decision=decision, reason="Seen.", by=editor)
    assert findings.of([one.claim_id], editor)[one.claim_id][0].settled is None


@pytest.mark.parametrize(
    ("role", "given", "code"),
    [
        ("checker", {}, "not_allowed"),
        ("editor", {"reason": " "}, "reason_needed"),
        ("editor", {"key": "0" * 64}, "no_such_record"),
        ("editor", {"decision": "whatever"}, "ruling_about_a_finding_names_a_claim"),
        ("editor", {"version": 999}, "stale_version"),
    ],
)
def test_what_is_refused_settles_nothing(role, given, code):
    one, _ = two(place="Ulm")
    [found] = findings.of([one.claim_id], make.user("chief"))[one.claim_id]
    with pytest.raises(DomainError) as refused:
        settle(**{"claim_id": one.claim_id, "key": found.key, "decision": "mistake", "reason": "So.",
                  "by": make.user(role)} | given)  # fmt: skip
    assert refused.value.code == code
    assert not Ruling.objects.filter(about="finding").exists()


@pytest.mark.parametrize("wrong", [{"decision": "one_origin"}, {"key": "k"}, {"claim": None}])
def test_the_database_refuses_a_ruling_about_a_finding_that_does_not_say_what_it_is_about(wrong):
    facts = {"about": "finding", "claim": make.claim(), "key": "a" * 64, "decision": "mistake", "by": make.user()}
    with pytest.raises(IntegrityError) as refused:
        Ruling.objects.create(**facts | wrong)
    assert explain(refused.value).code == "ruling_about_a_finding_names_a_claim"


def test_an_editor_settles_it_over_the_api_under_its_key_and_a_checker_does_not():
    one, _other = two(place="Ulm")
    [asked] = findings.of([one.claim_id], make.user("reader"))[one.claim_id]
    body = {"about": "finding", "claim": str(one.claim_id), "key": asked.key, "decision": "both_stand", "reason": "So."}
    settled = lambda: findings.of([one.claim_id], make.user("reader"))[one.claim_id][0].settled  # noqa: E731
    assert calls.caller(make.user("checker"), ["review"]).post("/api/v1/rulings/", body).status_code == 403
    assert settled() is None
    editor = calls.caller(make.user("editor"), ["review"])
    assert editor.post("/api/v1/rulings/", body).status_code == 201
    assert settled().decision == "both_stand"
    assert editor.post("/api/v1/rulings/", body | {"key": "0" * 64}).status_code == 404
    assert editor.post("/api/v1/rulings/", body | {"decision": "heading"}).status_code == 400
    assert editor.post("/api/v1/rulings/", {**body, "first": "1"}).status_code == 400
