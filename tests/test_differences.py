"""Wordings, quotations, days and actors that do not agree: decided from the record, or not at all."""

from datetime import date

import pytest

from claims.differences import actors, dates, measures, wordings
from claims.differences.wordings import cut, quotations
from tests.figures import figure, hop, told

SAID = "The gate was safe when it was last inspected, in May. We passed on every letter that we were shown."


# quoted, original -> what the quotation leaves out
CUTS = [
    ("The gate was safe,", SAID, "when it was last inspected, in May"),
    ("The gate was safe", SAID, ""),  # a part of a sentence, and not ended like a whole one
    ("The gate was safe …", SAID, ""),  # open about it
    ("The gate was safe when it was last inspected, in May.", SAID, ""),
    ("The gate was safe in May.", SAID, "when it was last inspected"),
    ("We passed on every letter.", SAID, "that we were shown"),
    ("We passed on letters.", SAID, ""),  # not his words
    ("The gate,", SAID, ""),  # two words are found anywhere
    ("The gate was safe. Every letter that we were shown.", SAID, ""),  # not one sentence of the original
    ("We shown.", SAID, ""),
]


@pytest.mark.parametrize(("quoted", "original", "left_out"), CUTS)
def test_what_a_quotation_leaves_out(quoted, original, left_out):
    assert cut(quoted, original) == left_out


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("“One,” she said. “Two.”", ["One,", "Two."]),
        ('"One," she said.', ["One,"]),
        ("„Eins“, sagte sie, »zwei«", ["Eins", "zwei"]),
        ("‘At large we were’, he said; it’s so", ["At large we were"]),
        ("nobody's words", []),
    ],
)
def test_quotations_in_marks_of_all_kinds(words, found):
    assert quotations(words) == found


def kinds(outer, inner):
    return [one.kind for one in wordings.held([outer, inner], frozenset({1}))]


def test_a_quotation_that_is_cut_is_asked_only_where_both_texts_are_held():
    inner = hop(words=SAID, manner="verbatim")
    quoted = {"words": "“The gate was safe in May.”", "manner": "verbatim", "relays": inner.id}
    assert kinds(hop(**quoted), inner) == ["quote_cut"]
    assert kinds(hop(**quoted), hop(id=inner.id, words=None, text=SAID)) == ["quote_cut"]
    assert kinds(hop(**quoted), hop(id=inner.id)) == []
    assert kinds(hop(**quoted | {"words": None}), inner) == []
    assert kinds(hop(**quoted | {"manner": "paraphrase"}), inner) == []


# hop, what it relays -> whether it says more
DRIFTS = [
    ({}, {"certainty": "hedged", "hedge": "may"}, True),
    ({}, {"certainty": "inference"}, True),
    ({}, {"certainty": "opinion"}, False),
    ({"certainty": "hedged"}, {"certainty": "hedged"}, False),
    ({"manner": "verbatim"}, {"certainty": "hedged"}, False),  # the words carry the hedge
    ({"words": "It may fail"}, {"certainty": "hedged", "hedge": "may"}, False),
    ({"stance": "denies"}, {"certainty": "hedged"}, False),
    ({"words": "162 were held"}, {"words": "more than 162 were held"}, True),
    ({"words": "more than 162"}, {"words": "more than 162 were held"}, False),
    ({"words": "143 were held"}, {"words": "more than 162 were held"}, False),
    ({"words": "162 were held"}, {}, False),
    ({"words": "“We will go on and on,” he said", "manner": "verbatim"}, {"words": "They plan to go on"}, True),
    ({"words": "“go on and on,” he said", "manner": "verbatim"}, {"words": "They go on and on"}, False),
    ({"words": "“We will go on and on,” he said", "manner": "verbatim"}, {}, False),
]


@pytest.mark.parametrize(("outer", "inner", "drifts"), DRIFTS)
def test_a_hop_that_says_more_than_what_it_relays(outer, inner, drifts):
    origin = hop(**inner)
    assert ("wording_drift" in kinds(hop(relays=origin.id, **outer), origin)) is drifts


# --- days ---

MISMATCHES = [
    ("On Saturday, 15 November 2026, it rained.", {}, None, "“Saturday, 15 November 2026”: 15 Nov 2026 is a Sunday."),
    ("On Sunday, 15 November 2026, it rained.", {}, None, ""),
    ("On Monday, July 7, 2025, she came.", {}, None, ""),
    ("On Tuesday, July 7, 2025, she came.", {}, None, "“Tuesday, July 7, 2025”: 7 Jul 2025 is a Monday."),
    ("On Saturday, 15 November, it rained.", {}, None, ""),  # of which year is not known
    ("On Saturday, 15 November, it rained.", {"published_on": date(2026, 11, 18)}, None,
     "“Saturday, 15 November”: 15 Nov 2026 is a Sunday."),
    ("On Monday, 31 November 2026, it rained.", {}, None, "“Monday, 31 November 2026”: there is no such day in 2026."),
    ("It rained on Saturday.", {}, date(2026, 11, 15), ""),  # in others' words it may be the day of saying so
]  # fmt: skip


@pytest.mark.parametrize(("words", "facts", "day", "says"), MISMATCHES)
def test_a_weekday_beside_a_date(words, facts, day, says):
    claim = told(since=day, until=day)
    found = [one.says for one in dates.held([claim], [hop(claim=claim.id, words=words, **facts)])
             if one.kind == "weekday_mismatch"]  # fmt: skip
    assert found == ([says] if says else [])


def test_a_weekday_in_our_own_words_is_held_against_the_claims_days():
    sunday = date(2026, 11, 15)
    wrong = told(statement="It rained on Saturday.", since=sunday, until=sunday)
    assert [one.kind for one in dates.held([wrong], [])] == ["weekday_mismatch"]
    spoken = hop(claim=wrong.id, said_on=date(2026, 11, 14))
    assert list(dates.held([wrong], [spoken])) == []
    two_days = told(statement="It rained on Saturday.", since=date(2026, 11, 14), until=sunday)
    assert list(dates.held([two_days], [])) == []
    assert list(dates.held([told(statement="It rained on Saturday.", since=sunday)], [])) != []


@pytest.mark.parametrize(
    "words", ["last night", "on Tuesday", "this weekend", "yesterday", "last Friday", "two weeks ago"]
)
def test_a_relative_day_with_nothing_to_count_from(words):
    claim = told()
    mark = {"claim": claim.id, "document": 5, "words": f"It was {words}."}
    assert [one.kind for one in dates.held([claim], [hop(**mark)])] == ["date_unresolved"]
    for known in (
        {"published_on": date(2026, 1, 1)},
        {"said_on": date(2026, 1, 1)},
        {"is_ours": True},
        {"words": None},
    ):
        assert list(dates.held([claim], [hop(**mark | known)])) == []
    assert list(dates.held([told(id=claim.id, since=date(2026, 1, 1))], [hop(**mark)])) == []


def test_a_day_that_is_written_out_is_not_relative():
    claim = told()
    assert list(dates.held([claim], [hop(claim=claim.id, words="On Tuesday, 5 May, and on Monday, May 4")])) == []


# --- who, and what ---

ACTORS = [
    ("The River Board awarded the contract in June.", "Town Council awarded the contract in June.", True),
    ("The River Board awarded the contract in June.", "The River Board awarded the contract in June.", False),
    ("The River Board awarded the contract in June.", "The Board awarded the contract in June.", False),
    ("The River Board awarded the contract in June.", "Town Council repaired the bridge in June.", False),
    ("Ann Ames is 29 years old.", "Ben Bode is 44 years old.", False),  # two facts, with a number each
    ("In May officers of the county passed on eight.", "In June officers of the county passed on eight.", False),
    ("the council awarded the contract.", "The River Board awarded the contract.", False),
]


@pytest.mark.parametrize(("one", "other", "differ"), ACTORS)
def test_two_who_are_said_to_have_done_it(one, other, differ):
    claims = {1: told(id=1, statement=one), 2: told(id=2, statement=other)}
    found = list(actors.held(claims, [(1, 2), (2, 1)]))
    assert [each.kind for each in found] == (["actor_differs"] if differ else [])
    later = {1: claims[1], 2: told(id=2, statement=other, since=date(2026, 1, 1))}
    later[1] = told(id=1, statement=one, until=date(2025, 1, 1))
    assert list(actors.held(later, [(1, 2)])) == []


# value, measures, whether it is asked
SAME_NUMBER = [
    ("53", "people released", "cases with a detainer", True),
    ("8", "people released", "cases with a detainer", False),  # small numbers coincide
    ("650", "people released", "cases with a detainer", False),  # round ones too
    ("53", "people released", "people released early", False),  # the same, said more closely
]


@pytest.mark.parametrize(("value", "one", "other", "asked"), SAME_NUMBER)
def test_the_same_number_of_another_thing(value, one, other, asked):
    first = figure(value, measure=one, claim=told(topics=["raids"]))
    second = figure(value, measure=other, claim=told(topics=["raids"]))
    found = list(measures.held([first, second], frozenset({first.claim.id})))
    assert [(each.kind, each.loud) for each in found] == ([("measure_differs", False)] if asked else [])
    assert list(measures.held([first, second], frozenset({0}))) == []
    apart = figure(value, measure=other, claim=told(topics=["sports"]))
    assert list(measures.held([first, apart], frozenset({first.claim.id}))) == []
