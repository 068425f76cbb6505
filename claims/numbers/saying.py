"""Figures in words, for the sentences that findings are made of."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.numbers.facts import Figure, Told
from claims.numbers.intervals import PRECISION, comparator_of
from claims.numbers.units import unit_of

_EXACT = {
    "=": "{}",
    ">": gettext_lazy("more than {}"),
    ">=": gettext_lazy("at least {}"),
    "<": gettext_lazy("fewer than {}"),
    "<=": gettext_lazy("at most {}"),
    "~": gettext_lazy("about {}"),
    "nearly": gettext_lazy("nearly {}"),
}
#: so much of a statement is quoted
LONGEST = 90


def number(value: Decimal) -> str:
    """1450 → "1,450", 90.0 → "90", 145.8 → "145.8"; never with an exponent, to four digits behind the point."""
    with localcontext(prec=PRECISION):
        rounded = value.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
        plain = f"{rounded:,f}".rstrip("0").rstrip(".")
    return plain or "0"


def exactly(comparator: str, words: str) -> str:
    """ "162" → "more than 162"."""
    return str(_EXACT[comparator]).format(words)


def amount(figure: Figure) -> str:
    """The number with its unit and how exact it is: "more than 162 people", "90 %", "2.1 to 2.4 metres"."""
    words = number(figure.value)
    if figure.upper is not None:
        words = _("{low} to {high}").format(low=words, high=number(figure.upper))
    if figure.margin:
        words += f" ± {number(figure.margin)}"
    unit = "%" if unit_of(figure.unit).dimension == "percent" else figure.unit
    return exactly(comparator_of(figure), f"{words} {unit}".strip())


def given_by(claim: Told) -> str:
    """Who says so, or in which claim it stands."""
    if claim.by:
        return ", ".join(claim.by[:2]) + (" …" if len(claim.by) > 2 else "")
    return f"“{shortened(claim.statement)}”"


def shortened(words: str) -> str:
    """The beginning of a longer text."""
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"


def listed(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *first, last = words
    return _("{first} and {last}").format(first=", ".join(first), last=last) if first else last
