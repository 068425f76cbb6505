"""Seen before: which claims already say what a text says, and why; and how an earlier check is found."""

import csv
import json
import os
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from claims import matching
from claims.models import Claim
from tests import make

pytestmark = pytest.mark.django_db

SAID = "The River Board awarded the contract for the mill gate to Osmer & Dray, at 204,000 pounds."


def codes(match):
    return {why.code for why in match.reasons}


def seen(text, **more):
    return matching.seen_before(text, make.user("reader"), **more)


@pytest.fixture
def crowd():
    for number in range(60):
        make.claim(f"Something quite different happened in village {number}, people say.")


def test_the_same_words_come_first_with_the_highest_score(crowd):
    same = make.claim(SAID)
    near = make.claim("The contract for the mill gate went to Osmer & Dray, the River Board says.")
    found = seen(SAID)
    assert [one.claim for one in found[:2]] == [same, near]
    assert found[0].score > 0.95
    assert codes(found[0]) == {"same_words", "same_number"}
    assert found[0].score > found[1].score > 0.2


# what the text says instead -> the reason that makes it less likely to be the same
OTHERWISE = [
    ("The River Board awarded the contract for the mill gate to Osmer & Dray, at 240,000 pounds.", "other_number"),
    ("The River Board never awarded the contract for the mill gate to Osmer & Dray, at 204,000 pounds.",
     "negation_differs"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), OTHERWISE)
def test_another_number_or_a_no_makes_it_less_likely(crowd, text, code):
    make.claim(SAID)
    [exact, *_], [other, *_] = seen(SAID), seen(text)
    assert code in codes(other)
    assert other.score < exact.score


def test_days_are_held_against_each_other_and_years_are_no_numbers(crowd):
    make.claim("The mill gate was shut all night.", about_from=date(2026, 11, 14), about_until=date(2026, 11, 14))
    [same, *_] = seen("The mill gate was shut all night on 14 November 2026.")
    [other, *_] = seen("The mill gate was shut all night on 15 November 2026.")
    assert codes(same) == {"near_words", "same_day"}
    assert "other_day" in codes(other)
    assert same.score > other.score


def test_the_claim_itself_is_left_out_and_the_limit_is_kept(crowd):
    claims = [make.claim(f"The mill gate at Osier stayed shut, says witness {number}.") for number in range(5)]
    assert claims[0] not in [one.claim for one in seen(claims[0].statement, but=claims[0].pk)]
    assert len(seen("The mill gate at Osier stayed shut", limit=3)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "the and of",
        "?!",
        "\0",
        "'); DROP TABLE claims_claim; --",
        "\\' | & ! <-> :*",
        "x" * 50_000,
        "🜁" * 99,
    ],
)
def test_any_text_is_a_question(crowd, text):
    make.claim(SAID)
    assert all(0 <= one.score <= 1 for one in seen(text))
    assert Claim.objects.count() == 61


def test_who_may_not_read_finds_nothing(crowd):
    make.claim(SAID)
    nobody = make.user("reader")
    nobody.let_through = frozenset()
    assert matching.seen_before(SAID, nobody) == []


def test_it_asks_three_times_however_much_is_found(crowd, django_assert_num_queries):
    reader = make.user("reader")
    for _ in range(30):
        make.claim(SAID)
    with django_assert_num_queries(3):
        assert len(matching.seen_before(SAID, reader, limit=20)) == 20


def test_common_words_are_known_from_the_statistics(crowd):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stats "
            "WHERE tablename = 'claims_claim' AND attname = 'search' AND schemaname = 'public'"
        )
        assert cursor.fetchone()[0] in (0, 1)  # there is nothing before the first ANALYZE; it works all the same
    make.claim(SAID)
    assert seen("Osmer & Dray")[0].claim.statement == SAID


# --- checked before ---


def test_an_earlier_check_of_the_same_fact_is_found_with_its_date(crowd, django_assert_num_queries):
    checked = make.claim(SAID, state="signed_off")
    make.claim(SAID)  # nobody has checked this one
    now = make.claim(SAID.replace("awarded the contract", "awarded a contract"))
    reader = make.user("reader")
    with django_assert_num_queries(4):
        found = matching.checked_before(now, reader)
    assert found.claim == checked
    assert found.on == checked.transitions.get(after="signed_off").created_at


@pytest.mark.parametrize(
    "otherwise",
    [SAID.replace("204,000", "240,000"), SAID.replace("awarded", "never awarded"), "The mill gate is made of oak."],
)
def test_what_says_otherwise_is_no_earlier_check(crowd, otherwise):
    make.claim(SAID, state="signed_off")
    assert matching.checked_before(make.claim(otherwise), make.user("reader")) is None


def test_a_claim_is_not_its_own_earlier_check():
    claim = make.claim(SAID, state="signed_off")
    assert matching.checked_before(claim, make.user("reader")) is None


# --- against real questions ---

EVAL = os.environ.get("FACTDESK_EVAL_DATA", "")


@pytest.mark.skipif(not EVAL, reason="FACTDESK_EVAL_DATA names no folder of evaluation data")
@pytest.mark.parametrize(("part", "recall"), [("test", 0.9), ("dev", 0.8)])
def test_real_questions_find_their_claim_among_the_first_five(part, recall):
    folder = Path(EVAL, "match_tweets_ct20_t2")
    rows = [json.loads(line) for line in (folder / "collection.jsonl").read_text().splitlines()]
    Claim.objects.bulk_create(
        [Claim(key=f"ct/{row['id']}", statement=f"{row['claim']} {row['title']}"[:2000], kind="event") for row in rows],
        batch_size=2000,
    )
    texts = {
        row["id"]: row["text"] for row in map(json.loads, (folder / f"queries.{part}.jsonl").read_text().splitlines())
    }
    wanted: dict[str, set[str]] = {}
    for query, _zero, claim, _one in csv.reader(
        (folder / f"qrels.{part}.tsv").read_text().splitlines(), delimiter="\t"
    ):
        wanted.setdefault(query, set()).add(f"ct/{claim}")
    reader = make.user("reader")
    found = [
        bool({one.claim.key for one in matching.seen_before(texts[query], reader, limit=5)} & claims)
        for query, claims in wanted.items()
    ]
    assert sum(found) / len(found) >= recall
