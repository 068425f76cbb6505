"""Which sentences are marked for a check by plain rules, why, and as how urgent."""

from time import perf_counter

import pytest

from claims.premarking import Premark, known_names, premark, preset
from factdesk.people.models import User
from tests import make

# words, part -> reasons, kind, priority
MARKS = [
    ("More than 162 people were held.", "body", "number", "statistic", "must"),
    ("Forty-three people fell ill.", "body", "number", "statistic", "must"),
    ("It rose by half.", "body", "number", "statistic", "must"),
    ("“We could not move it by hand,” she said.", "body", "quotation saying", "quotation", "should"),
    ("„wir konnten nicht“, so einer", "body", "quotation", "quotation", "should"),
    ("It was «a disgrace».", "body", "quotation", "quotation", "should"),
    ("According to papers the gate was shut.", "body", "saying", "event", "should"),
    ("He denied it.", "body", "saying", "event", "should"),
    ("It was the work of Osmer & Dray.", "body", "name", "detail", "must"),
    ("Ilse Kettlewood has gone.", "body", "name", "detail", "must"),
    ("Works chair quits, says Kettlewood", "headline", "saying name", "event", "must"),
    ("Mill Bridge under water on 15 November.", "caption", "number name", "event", "must"),
    ("The bridge was opened in 1998.", "body", "number", "event", "should"),
    ("It shut at 7.40 a.m. on November 15th, 2024.", "body", "number name", "event", "should"),
    ("He, 63, was there in May.", "body", "number name", "event", "should"),
    ("In 2024 it cost 1998 pounds and 50 pence.", "body", "number", "statistic", "must"),
    ("In 18 months nobody came.", "body", "number", "statistic", "must"),
    ("Photograph: Hanne Oakby", "credit", "name", "detail", "could"),
    ("What a week.", "body", "", "", ""),
    ("One may well ask.", "body", "", "", ""),
    ("It’s the residents’ turn now.", "body", "", "", ""),
    ("", "body", "", "", ""),
]


@pytest.mark.parametrize(("words", "part", "reasons", "kind", "priority"), MARKS)
def test_a_sentence_is_marked_for_its_reasons(words, part, reasons, kind, priority):
    assert premark([(words, part)]) == [Premark(tuple(reasons.split()), kind, priority)]


# Written out again on purpose: kind -> priority in the body, in a heading or a caption, in a credit
PRESETS = {
    "statistic": "must must could",
    "allegation": "must must could",
    "quotation": "should must could",
    "event": "should must could",
    "causal": "should must could",
    "rule": "should must could",
    "prediction": "could must could",
    "detail": "must must could",
}


@pytest.mark.parametrize(("kind", "priorities"), PRESETS.items())
def test_how_urgent_a_kind_is_in_which_part(kind, priorities):
    body, heading, credit = priorities.split()
    assert (preset(kind), preset(kind, "pull_quote"), preset(kind, "credit")) == (body, body, credit)
    assert {preset(kind, part) for part in ("headline", "deck", "caption", "teaser")} == {heading}


@pytest.mark.django_db
def test_a_known_name_at_the_beginning_of_a_sentence_is_a_reason(django_assert_num_queries):
    make.source("Bass")
    make.source("A Body", "organization", aliases=["Falconry"])
    reader: User = make.user("reader")
    sentences = [("Bass came.", "body"), ("Falconry was there.", "body"), ("Nobody came.", "body")]
    with django_assert_num_queries(1):
        names = known_names(sentences, reader)
    assert names == {"Bass", "Falconry"}
    assert [one.reasons for one in premark(sentences, names)] == [("name",), ("name",), ()]
    assert [one.reasons for one in premark(sentences)] == [(), (), ()]
    assert known_names([("no capitals here", "body")], reader) == frozenset()


def test_a_long_text_is_marked_in_no_time():
    many = [("The River Board’s gauge, said Ann Ames, peaked at 2.20 in the night of “the flood”.", "body")] * 1200
    took = min(_timed(many) for _ in range(3))
    assert took < 0.15, took  # 15 ms on an idle machine; others work on this one


def _timed(many: list[tuple[str, str]]) -> float:
    began = perf_counter()
    assert len(premark(many)) == 1200
    return perf_counter() - began
