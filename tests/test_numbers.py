"""What a figure can mean: numbers in words, units, and intervals. The tables are written out again on purpose."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.numbers.days import named, without
from claims.numbers.intervals import Interval, meant
from claims.numbers.numerals import in_words, read
from claims.numbers.units import unit_of
from tests.figures import figure


def shown(interval: Interval) -> str:
    """ "[10, 14]", "(162, …"."""
    low = "…" if interval.low is None else f"{'[' if interval.low_in else '('}{interval.low.normalize():f}"
    high = "…" if interval.high is None else f"{interval.high.normalize():f}{']' if interval.high_in else ')'}"
    return f"{low}, {high}"


# value, as worded, what else is recorded -> what it can be
MEANT = [
    ("162", "162", {}, "[162, 162]"),
    ("53", "53", {}, "[53, 53]"),
    ("162", "", {}, "[162, 162]"),
    ("162", "more than 162", {"comparator": ">"}, "[163, …"),
    ("162", "more than 162", {}, "[163, …"),
    ("20", "more than 20", {}, "[21, …"),
    ("5", "fewer than five", {"comparator": "<"}, "…, 4]"),
    ("5", "up to five", {}, "…, 5]"),
    ("3", "at least three", {"comparator": ">="}, "[3, …"),
    ("160", "about 160", {}, "[144, 176]"),
    ("160", "about 160", {"comparator": "~"}, "[144, 176]"),
    ("5", "about five", {}, "[4, 6]"),
    ("160", "nearly 160", {}, "[144, 159]"),
    ("12", "a dozen", {}, "[10, 14]"),
    ("24", "two dozen", {}, "[20, 28]"),
    ("12", "twelve", {}, "[12, 12]"),
    ("43", "forty-three people", {}, "[43, 43]"),
    ("1450", "1,450", {}, "[1450, 1450]"),
    ("1200000", "1.2 million", {}, "[1150000, 1249999]"),
    ("1200000", "", {}, "[1150000, 1249999]"),
    ("2000000", "2 million", {}, "[1900000, 2099999]"),
    ("204000", "£204,000", {"unit": "GBP"}, "[203500, 204500)"),
    ("240000", "£240,000", {"unit": "GBP"}, "[235000, 245000)"),
    ("90", "90 percent", {"unit": "percent"}, "[89.5, 90.5)"),
    ("90.0", "90.0 percent", {"unit": "percent"}, "[89.95, 90.05)"),
    ("50", "predominantly", {"unit": "percent", "comparator": ">"}, "(50, …"),
    ("71", "71 millimetres, give or take three", {"unit": "millimetres", "margin": "3"}, "[0.068, 0.074]"),
    ("71", "", {"margin": "3"}, "[68, 74]"),
    ("2.1", "2.1 to 2.4 metres", {"unit": "metres", "upper": "2.4"}, "[2.05, 2.45)"),
    ("3", "three to five", {"upper": "5"}, "[3, 5]"),
    ("18", "18 months", {"unit": "months"}, "[17.5, 18.5)"),
    ("1.5", "1.5 years", {"unit": "years"}, "[17.4, 18.6)"),
    ("0", "no arrests", {}, "[0, 0]"),
    ("-3", "minus three", {"unit": "°C"}, "[-3.5, -2.5)"),
]


@pytest.mark.parametrize(("value", "worded", "more", "interval"), MEANT)
def test_a_figure_means(value, worded, more, interval):
    assert shown(meant(figure(value, worded, **more))) == interval


# two figures of one measure -> whether they have a common value
COMMON = [
    (("162", "162", {}), ("162", "more than 162", {"comparator": ">"}), False),
    (("163", "163", {}), ("162", "more than 162", {"comparator": ">"}), True),
    (("12", "a dozen", {}), ("11", "11", {}), True),
    (("12", "a dozen", {}), ("8", "eight", {}), False),
    (("20", "more than 20", {}), ("20", "20", {}), False),
    (("20", "at least 20", {}), ("20", "20", {}), True),
    (("160", "about 160", {}), ("171", "171", {}), True),
    (("160", "about 160", {}), ("190", "190", {}), False),
    (("1200000", "1.2 million", {}), ("1234567", "1,234,567", {}), True),
    (("1200000", "1.2 million", {}), ("1250000", "1,250,000", {}), True),  # both are rounded
    (("1200000", "1.2 million", {}), ("1290000", "1,290,000", {}), False),
    (("90", "", {"unit": "percent"}), ("90.4", "", {"unit": "%"}), True),
    (("90", "", {"unit": "percent"}), ("91", "", {"unit": "%"}), False),
    (("1", "", {"unit": "kilometres"}), ("1000", "", {"unit": "metres"}), True),
    (("18", "", {"unit": "months"}), ("1.5", "", {"unit": "years"}), True),
    (("204000", "", {"unit": "GBP"}), ("240000", "", {"unit": "GBP"}), False),
    (("71", "", {"unit": "mm", "margin": "3"}), ("7.4", "", {"unit": "cm"}), True),
    (("71", "", {"unit": "mm", "margin": "3"}), ("7.8", "", {"unit": "cm"}), False),
]


@pytest.mark.parametrize(("one", "other", "common"), COMMON)
def test_two_figures_have_a_common_value_or_none(one, other, common):
    first, second = (meant(figure(value, worded, **more)) for value, worded, more in (one, other))
    assert first.meets(second) is common
    assert second.meets(first) is common


@pytest.mark.parametrize(
    ("one", "other", "fit"),
    [
        ("people", "persons", True),
        ("people", "homes", False),
        ("people", "", True),
        ("percent", "%", True),
        ("percent", "percentage points", False),
        ("percent", "people", False),
        ("percent", "", False),
        ("GBP", "£", True),
        ("GBP", "EUR", False),
        ("km", "metres", True),
        ("days", "years", False),
        ("months", "years", True),
    ],
)
def test_which_units_can_be_held_against_each_other(one, other, fit):
    assert unit_of(one).fits(unit_of(other)) is fit
    assert unit_of(other).fits(unit_of(one)) is fit


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("More than 162 were held, 90 percent of them convicted.", [("162", ">"), ("90", "")]),
        ("About £1.2m, or so it says", [("1200000", "~")]),
        ("forty-three people and two hundred and six homes", [("43", ""), ("206", "")]),
        ("half a dozen vans, a dozen more in June", [("6", ""), ("12", "")]),
        ("at least three; up to 1,450; nearly 2.5 million", [("3", ">="), ("1450", "<="), ("2500000", "nearly")]),
        ("1,450 or more", [("1450", ">=")]),
        ("It fell to -3 degrees", [("-3", "")]),
        ("the first, a second, MS-13 and A4 paper", []),
        ("", []),
    ],
)
def test_numbers_are_read_from_texts(text, numbers):
    found = read(text)
    assert [(one.value, one.comparator) for one in found] == [(Decimal(value), said) for value, said in numbers]
    assert all(text[one.start : one.end].strip() for one in found)


def test_numbers_in_words():
    assert in_words("one hundred and two thousand three hundred and five") == 102305
    assert in_words("three million") == Decimal(3_000_000)
    assert in_words("some apples") is None


def test_days_are_no_numbers():
    text = "On 15 November 2026, at 2.20 a.m., 47 were ill; 2023 was worse (November 3, 2023)."
    assert [one.value for one in read(without(text))] == [47]
    assert sorted(day.isoformat() for day in named(text)) == ["2023-11-03", "2026-11-15"]
    assert named("30 February 2026, 15 November") == frozenset()


# --- what holds for all figures ---

values = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=None).filter(
    lambda value: -12 <= value.as_tuple().exponent <= 12
)
wordings = st.sampled_from(["", "about", "more than", "at least", "nearly", "up to", "some", "fewer than", "exactly"])
units = st.sampled_from(["people", "percent", "GBP", "metres", "years", "", "mm"])


@st.composite
def figures(draw):
    value = draw(values)
    worded = draw(wordings)
    return figure(
        f"{value:f}",
        f"{worded} {value:f}" if worded else "",
        comparator=draw(st.sampled_from(["=", "=", "=", "~", ">", ">=", "<", "<="])),
        unit=draw(units),
        **({"margin": str(draw(st.decimals(0, 1000, places=2)))} if draw(st.booleans()) else {}),
        **({"upper": f"{value + draw(st.integers(0, 1000)):f}"} if draw(st.booleans()) else {}),
    )


@given(figures())
def test_a_figure_agrees_with_itself(one):
    assert meant(one).meets(meant(one))


@given(figures(), figures())
def test_agreement_has_no_direction(one, other):
    assert meant(one).meets(meant(other)) == meant(other).meets(meant(one))


@given(figures(), figures(), st.decimals(0, 10**6, places=3))
def test_a_wider_margin_never_makes_a_difference(one, other, wider):
    loose = figure(
        f"{one.value:f}",
        one.as_worded,
        comparator=one.comparator,
        unit=one.unit,
        margin=str((one.margin or 0) + wider),
        **({"upper": f"{one.upper:f}"} if one.upper is not None else {}),
    )
    if meant(one).meets(meant(other)):
        assert meant(loose).meets(meant(other))


@given(values, st.sampled_from(["people", "percent", "metres"]))
def test_more_than_a_number_and_at_most_it_have_nothing_in_common(value, unit):
    more = figure(f"{value:f}", comparator=">", unit=unit)
    most = figure(f"{value:f}", comparator="<=", unit=unit)
    assert not meant(more).meets(meant(most))


@given(values, st.integers(0, 10**6), units)
def test_a_range_holds_what_lies_in_it(value, span, unit):
    wide = figure(f"{value:f}", upper=f"{value + span:f}", unit=unit)
    assert meant(wide).meets(meant(figure(f"{value:f}", unit=unit)))
    assert meant(wide).meets(meant(figure(f"{value + span:f}", unit=unit)))


@given(st.text(max_size=300))
def test_any_text_can_be_read_for_numbers(text):
    assert all(one.value.is_finite() and one.step > 0 for one in read(text))
