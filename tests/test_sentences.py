# ruff: noqa: RUF001 - quotation marks and dashes of all sorts are what is tried here
"""Where sentences begin and end (sources/sentences.py): in code points, in whatever script."""

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.sentences import Block, Span, of_blocks, of_text

OWN = """Mill burns for “hours”

Twelve engines fought it

Dr. Ames said "no." She left. “Why?” asked the mayor.
Caption: The mill on fire. It burns.
Photo: Ann Ames

* * *

CREDIT:
The Lantern
He paid 3.5 million.
"""


def told(text: str, **how: object) -> list[tuple[str, str]]:
    return [(span.part, text[span.start : span.end]) for span in of_text(text, **how)]


def test_our_own_copy_has_its_parts():
    assert told(OWN, own=True) == [
        ("headline", "Mill burns for “hours”"),
        ("deck", "Twelve engines fought it"),
        ("body", 'Dr. Ames said "no."'),
        ("body", "She left."),
        ("body", "“Why?” asked the mayor."),
        ("caption", "The mill on fire."),
        ("caption", "It burns."),
        ("credit", "Ann Ames"),
        ("credit", "The Lantern"),
        ("body", "He paid 3.5 million."),
    ]


def test_other_material_has_no_headline_of_its_own():
    assert [part for part, words in told(OWN)][:3] == ["body", "body", "body"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A line with a stop.\n\nThe body.", ["body", "body"]),
        ("Who burned the mill?\n\nThe body.", ["headline", "body"]),
        ("“It burned.”\n\nThe body.", ["body", "body"]),
        ("Mill burns\nBy Ann Ames\n\nThe body.", ["body", "body", "body"]),
        ("Mill burns", ["body"]),
        ("Mill burns\n\nIt is out", ["headline", "body"]),
        ("火事で工場が全焼\n\n本文。", ["headline", "body"]),
        ("工場が全焼。\n\n本文。", ["body", "body"]),
        ("Mill burns\n\nTwelve engines\n\nNo stop here either\n\nThe body.", ["headline", "deck", "body", "body"]),
        ("Headline: Mill burns\nStandfirst: Twelve engines\nIt burned.", ["headline", "deck", "body"]),
    ],
)
def test_a_headline_is_a_line_without_a_stop_and_a_blank_line_follows(text, parts):
    assert [part for part, words in told(text, own=True)] == parts


@pytest.mark.parametrize(
    ("text", "language", "sentences"),
    [
        ("😀 Smoke rose. 👩‍👩‍👧 fled.", "en", ["😀 Smoke rose.", "👩‍👩‍👧 fled."]),
        ("E\u0301te\u0301 came. It went.", "en-GB", ["E\u0301te\u0301 came.", "It went."]),
        ("שלום עולם. מה שלומך?", "he", ["שלום עולם.", "מה שלומך?"]),
        ("今日は晴れ。明日は雨！", "ja", ["今日は晴れ。", "明日は雨！"]),
        ("«Oui.» Il part.", "fr_CA", ["«Oui.»", "Il part."]),
        ("One. Two.", "not a language", ["One.", "Two."]),
        ("One. Two.", "tlh", ["One.", "Two."]),
        ('"It was big. It burned." He left.', "", ['"It was big. It burned."', "He left."]),
    ],
)
def test_scripts_and_languages(text, language, sentences):
    assert [words for part, words in told(text, language=language)] == sentences


def test_a_wrapped_text_is_read_over_its_line_ends():
    text = (
        "The quick brown fox jumps over the lazy dog and then it\n"
        "went on to jump over another lazy dog, which was not at\n"
        "all amused by what the quick brown fox had done to it in\n"
        "the morning. It left.\n\nAnother paragraph."
    )
    assert [words for part, words in told(text)][1:] == ["It left.", "Another paragraph."]
    assert len(told("A line without a stop\nanother line without one\nand a third")) == 3


ODD_ONES = " \n\t.!?…。“”\"'()«»:-–*•\r\u2028\u2029\x0b\u00a0\u200b\u200d\u0301😀Caption:aB3"
ODD = st.text(st.one_of(st.sampled_from(ODD_ONES), st.characters()))


@given(ODD, st.booleans())
def test_spans_are_trimmed_in_order_and_lose_no_word(text, own):
    spans = of_text(text, own=own)
    for span in spans:
        words = text[span.start : span.end]
        assert words == words.strip() != ""
    assert all(one.end <= after.start for one, after in pairwise(spans))
    lost = list(text)
    for span in spans:
        lost[span.start : span.end] = [" "] * (span.end - span.start)
    if ":" not in text:  # no label
        assert not any(one.isalnum() or unicodedata.category(one) in ("So", "Sc", "Sm") for one in "".join(lost))


@given(st.lists(ODD.filter(str.strip), max_size=4))
def test_a_blank_line_always_ends_a_sentence(paragraphs):
    text = "\n\n".join(paragraphs)
    at = 0
    for paragraph in paragraphs[:-1]:
        at += len(paragraph)
        assert not any(span.start < at and span.end > at + 2 for span in of_text(text))
        at += 2


def test_blocks_keep_their_part_and_may_be_whole():
    text = "St. Mary. Burns\n\nIt did. Yes."
    assert of_blocks(text, [Block(0, 15, "headline", whole=True), Block(17, 29, "body")]) == [
        Span(0, 15, "headline"), Span(17, 24, "body"), Span(25, 29, "body")
    ]  # fmt: skip


def test_a_very_long_text_takes_no_longer_than_its_length_warrants():
    began = time.process_time()
    assert len(of_text(("This is a sentence number one. " * 5 + "\n\n") * 6_000)) == 30_000
    assert of_text("\n" * 1_000_000) == []
    assert len(of_text("word " * 500_000)) == 1
    assert time.process_time() - began < 5
