# ruff: noqa: RUF001 - quotation marks and dashes are what is tried here
"""How lines go on from copy to copy (sources/versions.py): by example, and by random texts under random edits."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.versions import GoesOn, Held, carry, folded, tokens, wordwise

A = "The council paid 204,000 pounds for the work, its register shows."
A_LESS = "The council paid 104,000 pounds for the work, its register shows."
B = "Nobody was hurt when the railing fell, a spokeswoman said."
C = "The bridge at Weir Street will close for eleven weeks from Monday."
D = "It was opened by the mayor in 1998."


def held(*texts: str, after: int = 0, part: str = "body") -> list[Held]:
    """A copy whose lines are all their own."""
    return [Held(after + at, after + at, words, part) for at, words in enumerate(texts, 1)]


def went_on(copies: list[list[Held]], *texts: str) -> list[GoesOn]:
    return carry([(words, "body") for words in texts], copies)


def same(*numbers: int) -> list[GoesOn]:
    return [GoesOn(number, number) for number in numbers]


def test_the_same_words_go_on_wherever_they_stand():
    assert went_on([held(A, B, C)], A, B, C) == same(1, 2, 3)
    assert went_on([held(A, B, C)], C, A, B) == same(3, 1, 2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("He said “no” – and left.", 'He said "no" - and left.'),
        ("It’s 5\u00a0km, she said.", "It's 5 km,\n  she said."),
        ("The caf\u00e9 burned.", "The cafe\u0301 burned."),
        ("The council\u00ads register.", "The councils register."),
    ],
)
def test_what_a_typesetter_changes_is_the_same_line(before, after):
    assert went_on([held(before)], after) == same(1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (A, A_LESS),
        (A, A.replace("204,000", "204.000")),
        (A, A.replace("204,000", "204000")),
        (A, A.replace("The council", "The Council")),
        (B, B.replace("Nobody was", "Nobody was not")),
        ("It fell by −5 points on the day, the bank said.", "It fell by 5 points on the day, the bank said."),
        ("It is 5′ high, as the plan of the bridge says.", "It is 5' high, as the plan of the bridge says."),
    ],
)
def test_a_digit_a_comma_a_letters_case_or_a_negation_is_a_change_of_the_same_thread(before, after):
    assert went_on([held(C, before, D)], C, after, D) == [GoesOn(1, 1), GoesOn(None, 2), GoesOn(3, 3)]


def test_a_line_that_had_gone_comes_back_as_itself():
    assert went_on([held(A, C), held(A, B, C, after=10)], A, B, C) == [*same(1), *same(12), *same(2)]
    assert went_on([[Held(1, 1, A, "body")], [Held(1, 1, A, "body"), Held(2, 2, B, "body")]], B, A) == same(2, 1)


def test_words_that_come_back_take_their_thread_up_again_even_from_other_words():
    changed = [Held(5, 1, A_LESS, "body")]
    assert went_on([changed, held(A)], A) == same(1)


def test_a_thread_goes_on_once_though_both_wordings_stand_there():
    """Else a claim on the one would hide that nobody has checked the other."""
    changed = [Held(5, 1, A_LESS, "body")]
    assert went_on([changed, held(A)], A_LESS, A) == [GoesOn(5, 1), GoesOn()]


def test_repeated_sentences_are_paired_by_their_neighbours():
    old = held("No comment.", A, "No comment.", B)
    assert went_on([old], A, "No comment.", B) == same(2, 3, 4)
    assert went_on([old], "No comment.", A, B) == same(1, 2, 4)
    assert went_on([old], "No comment.", A, "No comment.", "No comment.", B)[:3] == same(1, 2, 3)


def test_repeated_sentences_that_moved_keep_their_part():
    old = [Held(1, 1, A, "headline"), Held(2, 2, A, "body"), *held(B, C, D, after=2)]
    new = [(B, "body"), (C, "body"), (D, "body"), (A, "body"), (A, "headline")]
    assert carry(new, [old]) == same(3, 4, 5, 2, 1)


def test_two_that_are_about_equally_near_are_gone_and_new():
    first, second = "Ward one gave the mayor 310 votes.", "Ward two gave the mayor 312 votes."
    assert went_on([held(first, second)], "Ward six gave the mayor 311 votes.") == [GoesOn()]
    assert went_on([held(first)], "Ward two gave the mayor 312 votes.", "Ward six gave the mayor 311 votes.") == [
        GoesOn(), GoesOn()
    ]  # fmt: skip


def test_the_neighbours_say_which_of_two_is_meant():
    first, second = "Ward one gave the mayor 310 votes.", "Ward two gave the mayor 312 votes."
    changed = "Ward two gave the mayor 315 votes."
    assert went_on([held(first, C, second, D)], first, C, changed, D) == [*same(1, 2), GoesOn(None, 3), *same(4)]


def test_another_sentence_in_its_place_is_new():
    assert went_on([held(C, A, D)], C, "Firefighters came from three districts that night.", D) == [
        GoesOn(1, 1), GoesOn(), GoesOn(3, 3)
    ]  # fmt: skip


def test_of_a_sentence_that_was_split_or_joined_the_larger_half_goes_on():
    whole = "The council paid 204,000 pounds for the work, its register shows, and nobody objected."
    large, small = "The council paid 204,000 pounds for the work, its register shows.", "Nobody objected."
    assert went_on([held(C, whole, D)], C, large, small, D) == [GoesOn(1, 1), GoesOn(None, 2), GoesOn(), GoesOn(3, 3)]
    assert went_on([held(C, large, small, D)], C, whole, D) == [GoesOn(1, 1), GoesOn(None, 2), GoesOn(4, 4)]


def test_a_changed_line_that_moved_far_goes_on_only_where_it_is_much_the_same():
    assert went_on([held(A, B, C, D)], B, C, D, A_LESS) == [*same(2, 3, 4), GoesOn(None, 1)]
    other = "The council paid a sum of 104,000 pounds, as was known."
    assert went_on([held(A, B, C, D)], B, C, D, other) == [*same(2, 3, 4), GoesOn()]


def test_without_words_only_the_same_goes_on():
    assert carry([("0-10", "body"), ("11-21", "body")], [held("0-10", "11-20")], nearly=False) == [*same(1), GoesOn()]


# --- by chance ---

_LETTERS = st.text(
    st.sampled_from("aeinst AEN'’“”\"-–.,0123456789éשלוםم今日😀\u0301\u00a0\u00ad\u200d\u202b"), min_size=1, max_size=40
)
SENTENCES = st.lists(st.one_of(st.sampled_from([A, B, C, D, "No.", "No comment."]), _LETTERS), max_size=14)


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """A text, and what became of it: sentences left out, put in, moved; digits, words and marks changed."""
    old = draw(SENTENCES)
    new = list(old)
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(new)))
        how = draw(st.sampled_from(["insert", "delete", "replace", "move", "digit", "swap", "word", "mark"]))
        if how == "insert":
            new.insert(at, draw(_LETTERS))
        elif at < len(new):
            gone = new.pop(at)
            words = gone.split(" ")
            chosen = draw(st.integers(0, len(words) - 1))
            changed = {
                "delete": None,
                "replace": draw(_LETTERS),
                "digit": gone.replace("2", "3", 1),
                "swap": gone.translate(str.maketrans("12", "21")),
                "word": " ".join([*words[:chosen], "not", *words[chosen:]]),
                "mark": gone[:1] + "\u0301" + gone[1:],
            }.get(how, gone)
            to = draw(st.integers(0, len(new))) if how == "move" else at
            new[to:to] = [] if changed is None else [changed]
    return old, new


@given(edited(), st.randoms(use_true_random=False))
def test_whatever_is_done_to_a_text(edit, dice):
    old, new = edit
    before = held(*old)
    goes_on = went_on([before], *new)
    assert goes_on == went_on([before], *new)  # the same again
    lines = [one.line for one in goes_on if one.line is not None]
    threads = [one.thread for one in goes_on if one.thread is not None]
    assert len(lines) == len(set(lines))
    assert len(threads) == len(set(threads))
    words = {one.line: folded(one.words) for one in before}
    for text, one in zip(new, goes_on, strict=True):
        if one.line is not None:
            assert words[one.line] == folded(text)  # no changed word keeps its line
            assert one.thread == one.line
        elif one.thread is not None:
            assert words[one.thread] != folded(text)
    for text in {folded(text) for text in old}:  # and no same words lose theirs
        there = sum(folded(one) == text for one in new)
        kept = sum(words[line] == text for line in lines)
        assert kept == min(there, sum(folded(one) == text for one in old))


@given(st.lists(edited(), min_size=1, max_size=4))
def test_over_many_copies_no_line_goes_on_twice_and_none_goes_on_from_other_words(edits):
    copies: list[list[Held]] = []
    words: dict[int, str] = {}
    number = 0
    for text in [text for pair in edits for text in pair]:
        copy = []
        for sentence, one in zip(text, went_on(copies, *text), strict=True):
            number += 1
            line = one.line if one.line is not None else number
            assert words.setdefault(line, folded(sentence)) == folded(sentence)
            copy.append(Held(line, one.thread if one.thread is not None else number, sentence, "body"))
        for of in ("line", "thread"):
            numbers = [getattr(one, of) for one in copy]
            assert len(numbers) == len(set(numbers))
        if copies:
            before = {one.line for one in copies[0] if [folded(x) for x in text].count(folded(one.words)) == 1}
            once = {one.line for one in copies[0] if [folded(x.words) for x in copies[0]].count(folded(one.words)) == 1}
            assert before & once <= {one.line for one in copy}
        copies.insert(0, copy)


def random_sentence(dice: random.Random) -> str:
    vocabulary = "council mill fire engine police officer said bridge report number city people house river".split()  # noqa: SIM905
    return " ".join(dice.choice(vocabulary) for _ in range(dice.randint(6, 25))) + f" {dice.randint(1, 9999)}."


def test_twelve_hundred_sentences_and_twenty_copies_take_about_a_second():
    dice = random.Random(1)
    old = [random_sentence(dice) for _ in range(1200)]
    copies = [held(*old)] * 20
    edited_text = [random_sentence(dice) if at % 20 == 0 else words for at, words in enumerate(old)]
    rewritten = [random_sentence(dice) for _ in range(1200)]
    for text in (edited_text, rewritten, ["Same."] * 1200):
        began = time.process_time()
        carry([(words, "body") for words in text], copies)
        assert time.process_time() - began < 3  # 1 s and less on an idle machine


# --- word by word ---


def test_a_difference_is_cut_between_words_only():
    assert wordwise("He paid 1,200 pounds.", "He paid 1,300 pounds.") == [
        ("same", "He paid "), ("gone", "1,200"), ("new", "1,300"), ("same", " pounds.")
    ]  # fmt: skip
    assert wordwise("e\u0301tudes", "e\u0301tude") == [("gone", "e\u0301tudes"), ("new", "e\u0301tude")]
    assert wordwise("今日は晴れ", "今日は雨") == [("same", "今日は"), ("gone", "晴れ"), ("new", "雨")]
    assert wordwise("קרס הגשר ב-1998", "קרס הגשר ב-1999")[-2:] == [("gone", "1998"), ("new", "1999")]


@given(_LETTERS, _LETTERS)
def test_a_difference_holds_both_wordings_to_the_character(before, after):
    found = wordwise(before, after)
    assert "".join(words for how, words in found if how != "new") == before
    assert "".join(words for how, words in found if how != "gone") == after
    assert "".join(tokens(before)) == before
