"""What rests on a source, a document, a passage or a claim: by every way, through merges and ties, in four queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims import impact
from claims.models import Evidence, Relation, Usage
from sources.models import Source
from tests import calls, lined, make
from tests.calls import CLAIMS

pytestmark = pytest.mark.django_db


def resting(sort: str, record, **facts) -> dict[int, tuple[str, ...]]:
    """The claims that rest on a record, each with its ways."""
    found = impact.of(sort, record.pk, make.user("reader"), **facts)
    return {one.claim.pk: one.ways for one in found.claims}


def tied(claim, kind: str, other) -> None:
    Relation.objects.create(claim=claim, kind=kind, other=other)


def test_a_source_carries_what_it_says_passes_on_publishes_backs_and_is_accused_of_with_its_duplicates():
    root = make.source("Ada Quill")
    twin = make.source("A. Quill", merged_into=root)
    said, passed, spoken, accused, called = (make.claim() for _ in range(5))
    make.attribution(said, twin)
    inner = make.attribution(passed)
    make.attribution(passed, root, relays=make.attribution(passed, relays=inner))
    make.attribution(spoken, speaks_for=twin)
    make.accusation(accused, twin)
    Evidence.objects.create(claim=called, stance="supports", how="call", spoken_to=root)
    ways = {
        said.pk: ("origin",),
        passed.pk: ("passes_on",),
        spoken.pk: ("spoken_for",),
        accused.pk: ("accused",),
        called.pk: ("spoken_to",),
    }
    assert resting("source", root) == resting("source", twin) == ways
    Source.objects.filter(pk=twin.pk).update(merged_into=None)
    assert resting("source", root) == {passed.pk: ("passes_on",), called.pk: ("spoken_to",)}


def test_a_publisher_carries_what_stands_in_its_pages_and_what_they_back():
    paper = make.outlet("The Wharf")
    page = make.document("A page", publisher=paper)
    stands, backed, other = make.claim(), make.claim(), make.claim()
    make.attribution(stands, document=page)
    make.evidence(backed, document=page)
    make.evidence(other)
    assert resting("source", paper) == {stands.pk: ("published",), backed.pk: ("backing_published",)}
    assert resting("document", page) == {stands.pk: ("stands_in",), backed.pk: ("backing",)}


def test_a_passage_carries_what_rests_on_words_of_its_own():
    held = make.snapshot("The harbour closes on Monday.")
    stands, backed, denied, beside = (make.claim() for _ in range(4))
    here = make.passage(held, 4, 18)
    make.attribution(stands, document=held.document, passage=here)
    make.evidence(backed, document=held.document, passage=here)
    make.accusation(denied, known_position_passage=here)
    make.attribution(beside, document=held.document, passage=make.passage(held, 19, 28))
    ways = {stands.pk: ("stands_in",), backed.pk: ("backing",), denied.pk: ("known_position",)}
    assert resting("passage", here) == ways
    assert resting("document", held.document) == ways | {beside.pk: ("stands_in",)}


def test_what_says_the_same_rests_on_it_however_far_and_other_ties_go_one_step():
    first, second, third, duplicate, qualifies, further = (make.claim() for _ in range(6))
    tied(second, "repeats", first)
    tied(third, "repeats", second)
    tied(first, "repeats", third)  # a circle ends
    type(duplicate).objects.filter(pk=duplicate.pk).update(
        state="closed", closed_because="duplicate", duplicate_of=third
    )
    tied(third, "qualifies", qualifies)
    tied(further, "contradicts", qualifies)
    same = ("says_the_same",)
    ways = {first.pk: ("itself",), second.pk: same, third.pk: same, duplicate.pk: same, qualifies.pk: ("qualifies",)}
    assert resting("claim", first) == ways


def test_what_is_withdrawn_carries_nothing():
    source, claim, other = make.source(), make.claim(), make.claim()
    calls.withdraw(make.attribution(claim, source))
    calls.withdraw(make.accusation(claim, source))
    Relation.objects.create(
        claim=claim, kind="repeats", other=other, withdrawn_at=claim.created_at, withdrawn_because="no"
    )
    assert resting("source", source) == {}
    assert resting("claim", other) == {other.pk: ("itself",)}


def test_what_is_due_comes_first_then_what_ran_and_what_is_not_listed_is_counted():
    source = make.source()
    claims = [make.claim() for _ in range(6)]
    for claim in claims:
        make.attribution(claim, source)
    ran, due = claims[2], claims[4]
    ours = make.document("Ours", "desk_copy")
    Usage.objects.create(claim=ran, revision=1, document=ours)
    Usage.objects.create(claim=due, revision=1, consumer="The Wharf's app", owed="due")
    found = impact.of("source", source.pk, make.user("reader"), most=3)
    assert [(one.claim.pk, one.ran, one.due) for one in found.claims] == [
        (due.pk, True, True),
        (ran.pk, True, False),
        (claims[5].pk, False, False),
    ]
    assert (found.all_claims, found.more_claims, found.all_usages, found.due) == (6, 3, 2, 1)
    assert [one.owed for one in found.usages] == ["due", "none"]
    assert [(one.document.pk, one.claims) for one in found.copies] == [(ours.pk, 1)]


def test_our_own_copy_is_told_where_the_claim_stands_even_before_it_ran():
    piece, first = lined.piece()
    claim = make.claim()
    lined.stands(claim, first, "burned")
    found = impact.of("claim", claim.pk, make.user("reader"))
    assert [(one.document.piece, one.claims) for one in found.copies] == [(piece, 1)]
    assert found.usages == []


@pytest.mark.parametrize("sort", ["source", "document", "passage", "claim"])
def test_nothing_rests_on_what_is_not_there(sort):
    found = impact.of(sort, 999_999_999, make.user("reader"))
    assert (found.claims, found.copies, found.usages, found.all_claims, found.due) == ([], [], [], 0, 0)


def test_it_asks_as_much_for_one_as_for_thirty(django_assert_num_queries):
    def one_more(source):
        claim, ours = make.claim(), make.document("Ours", "desk_copy")
        make.attribution(claim, source, document=ours)
        Usage.objects.create(claim=claim, revision=1, document=ours)

    source, reader = make.source(), make.user("reader")
    one_more(source)
    with CaptureQueriesContext(connection) as asked:
        impact.of("source", source.pk, reader)
    for _ in range(30):
        one_more(source)
    with django_assert_num_queries(len(asked)):
        impact.of("source", source.pk, reader)
    assert len(asked) == 4


# --- the API ---


def test_the_api_tells_what_rests_on_a_claim_and_what_is_owed(program):
    claim, other = make.claim("The mill burned."), make.claim("It burned down.", priority="must")
    tied(other, "repeats", claim)
    ours = make.document("Fire at the mill", "desk_copy", key="fire")
    usage = Usage.objects.create(claim=other, revision=1, document=ours, printed="burned down", owed="due")
    told = program.get(f"{CLAIMS}{claim.pk}/impact/").json()
    assert {name: told[name] for name in ("claim", "all_claims", "all_copies", "all_usages", "due")} == {
        "claim": str(claim.pk), "all_claims": 2, "all_copies": 1, "all_usages": 1, "due": 1,
    }  # fmt: skip
    assert [(one["id"], one["ways"], one["ran"], one["due"]) for one in told["claims"]] == [
        (str(other.pk), ["says_the_same"], True, True),
        (str(claim.pk), ["itself"], False, False),
    ]
    assert told["claims"][0]["url"].endswith(f"{CLAIMS}{other.pk}/")
    document = {
        "id": str(ours.pk),
        "restricted": False,
        "key": "fire",
        "title": "Fire at the mill",
        "kind": "desk_copy",
    }
    assert told["copies"] == [{"document": document, "piece": None, "closed_at": None, "claims": 1}]
    assert [(one["id"], one["document"], one["printed"], one["owed"]) for one in told["usages"]] == [
        (str(usage.pk), document, "burned down", "due")
    ]


def test_the_api_tells_no_more_of_a_restricted_copy_than_that_it_is_there():
    claim, ours = make.claim(), make.document("The secret story", "desk_copy", restricted=True)
    Usage.objects.create(claim=claim, revision=1, document=ours)
    hidden = {"id": str(ours.pk), "restricted": True}
    for role, seen in (("reader", hidden), ("editor", None)):
        told = calls.caller(make.user(role), ["read", "review"]).get(f"{CLAIMS}{claim.pk}/impact/").json()
        documents = [told["copies"][0]["document"], told["usages"][0]["document"]]
        assert [one == hidden for one in documents] == [seen == hidden] * 2
    assert calls.caller().get(f"{CLAIMS}999999999/impact/").status_code == 404
