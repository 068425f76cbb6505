"""What a figure can mean, as an interval of exact decimals.

| as it is recorded | what it can be |
|---|---|
| 162 people | 162: whole things that are counted are what their digits say |
| 90 percent, 2.3 metres | from 89.5, from 2.25, up to and without 90.5, 2.35: half a step of the last digit |
| 90.0 percent | from 89.95, without 90.05: a zero that was written was meant |
| £204,000, 1.2 million | half a step of the last digit that is not one of three zeros or more, 5 % at the most |
| 71 ± 3 | 68 to 74, both included; a margin never makes it narrower |
| about 160 (or `~`) | 10 % either way, and one at the least |
| nearly 160 | 10 % below, and not 160 |
| a dozen | a sixth either way: 10 to 14; a hundred, a score: a tenth |
| more than 20 | 21 and more, where things are counted; above 20 else |
| 2.1 to 2.4 | from the least of the first to the most of the second |

What a wording says ("more than", "about") counts where the comparator is `=`; any other comparator is a decision.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from functools import lru_cache

from claims.numbers import numerals
from claims.numbers.facts import Figure
from claims.numbers.units import unit_of

#: 60 digits a figure, products of two of them, and room.
PRECISION = 200
#: "about" is so much either way, as a share of the value
ABOUT = Decimal("0.1")
#: rounding to a step of more than one never hides more than this share
MOST_ROUNDED = Decimal("0.05")
#: a dozen is a sixth either way
DOZEN = Decimal(1) / Decimal(6)


@dataclass(frozen=True)
class Interval:
    """``None`` is without end. ``low_in``, ``high_in``: whether the end belongs to it."""

    low: Decimal | None
    high: Decimal | None
    low_in: bool = True
    high_in: bool = True

    def meets(self, other: "Interval") -> bool:
        """Whether they have a value in common."""
        return not (self.below(other) or other.below(self))

    def below(self, other: "Interval") -> bool:
        """Whether all of it lies below all of ``other``."""
        if self.high is None or other.low is None:
            return False
        return self.high < other.low or (self.high == other.low and not (self.high_in and other.low_in))

    def whole(self) -> "Interval":
        """Its whole numbers: both ends belong to it then."""
        low, high = self.low, self.high
        if low is not None:
            up = low.to_integral_value(ROUND_CEILING)
            low = up + 1 if up == low and not self.low_in else up
        if high is not None:
            down = high.to_integral_value(ROUND_FLOOR)
            high = down - 1 if down == high and not self.high_in else down
        return Interval(low, high)

    def times(self, factor: Decimal) -> "Interval":
        """In another unit; ``factor`` > 0."""
        with localcontext(prec=PRECISION):
            low = None if self.low is None else self.low * factor
            high = None if self.high is None else self.high * factor
        return Interval(low, high, self.low_in, self.high_in)

    def plus(self, other: "Interval") -> "Interval":
        """The sums of a value of each."""
        with localcontext(prec=PRECISION):
            low = None if self.low is None or other.low is None else self.low + other.low
            high = None if self.high is None or other.high is None else self.high + other.high
        return Interval(low, high, self.low_in and other.low_in, self.high_in and other.high_in)

    def of(self, base: "Interval") -> "Interval":
        """The products of a value of each, for figures that are not below zero."""
        with localcontext(prec=PRECISION):
            low = max(self.low or Decimal(0), Decimal(0)) * max(base.low or Decimal(0), Decimal(0))
            high = None if self.high is None or base.high is None else self.high * base.high
        return Interval(low, high, (self.low_in and base.low_in) or not low, self.high_in and base.high_in)


@lru_cache(maxsize=4096)
def meant(figure: Figure) -> Interval:
    """What the figure can be, in the first unit of its dimension."""
    unit = unit_of(figure.unit)
    with localcontext(prec=PRECISION):
        found = _read(figure, unit.counts)
        last = figure.value if figure.upper is None else figure.upper
        if unit.counts and _is_whole(figure.value) and _is_whole(last):
            found = found.whole()
    return found.times(unit.factor)


def comparator_of(figure: Figure) -> str:
    """What is said of its exactness: by the comparator, or by the wording where that says ``=``."""
    if figure.comparator != "=":
        return figure.comparator
    said = _worded(figure, figure.value)
    return (said.comparator if said else "") or "="


def _read(figure: Figure, counts: bool) -> Interval:
    comparator = comparator_of(figure)
    first, last = figure.value, figure.value if figure.upper is None else figure.upper
    margin = figure.margin or Decimal(0)
    if comparator in (">", ">="):
        return Interval(first - margin, None, low_in=comparator == ">=")
    if comparator in ("<", "<="):
        return Interval(None, last + margin, high_in=comparator == "<=")
    if comparator == "nearly":
        less = first - max(abs(first) * ABOUT, Decimal(1), margin)
        return Interval(less, last + margin, high_in=margin > 0)
    if comparator == "~":
        below, above = (max(abs(end) * ABOUT, _least(end), margin) for end in (first, last))
        return Interval(first - below, last + above)
    rounded = max(_rounding(figure, first, counts), margin)
    rounded_up = max(_rounding(figure, last, counts), margin)
    return Interval(first - rounded, last + rounded_up, high_in=margin >= rounded_up or _is_loose(figure, last))


def _rounding(figure: Figure, value: Decimal, counts: bool) -> Decimal:
    """How far from the value its wording still reaches, either way."""
    said = _worded(figure, value)
    if said and said.loose:
        return abs(value) * (DOZEN if said.value % 12 == 0 else ABOUT)
    step = said.step if said and not said.in_words else numerals.step_of(value)
    if step == 1 and counts:
        return Decimal(0)
    half = step / 2
    return half if step <= 1 else min(half, abs(value) * MOST_ROUNDED)


def _is_loose(figure: Figure, value: Decimal) -> bool:
    said = _worded(figure, value)
    return said is not None and said.loose


def _worded(figure: Figure, value: Decimal) -> numerals.Worded | None:
    """The number of the wording that is this value; where there is but one number, and it says more, that one."""
    found = numerals.read(figure.as_worded)
    return next((one for one in found if one.value == value), None)


def _least(value: Decimal) -> Decimal:
    """ "About 5" is one more or less; "about 2.5" a tenth."""
    return min(numerals.step_of(value), Decimal(1))


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()
