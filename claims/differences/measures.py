"""``measure_differs``: one telling number of two things: 53 released, 53 detainers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import combinations

from django.utils.translation import gettext as _

from claims.numbers.facts import Figure, Finding, digest
from claims.numbers.intervals import comparator_of
from claims.numbers.saying import given_by, number
from claims.numbers.scopes import folded
from claims.numbers.units import unit_of

#: smaller numbers coincide
LEAST_TELLING = Decimal(20)


def telling(value: Decimal) -> bool:
    """Whether it is no coincidence that a number turns up twice: whole, 20 or more, and not round."""
    return value >= LEAST_TELLING and value == value.to_integral_value() and value % 10 != 0


def held(figures: Iterable[Figure], asked: frozenset[int]) -> Iterator[Finding]:
    """Counts of two measures with one number, in one document or under one topic; worth a warning in one document."""
    same: dict[Decimal, list[Figure]] = defaultdict(list)
    for one in figures:
        if telling(one.value) and one.upper is None and comparator_of(one) == "=" and unit_of(one.unit).counts:
            same[one.value].append(one)
    for group in same.values():
        for one, other in combinations(sorted(group, key=lambda figure: figure.id), 2):
            a, b = one.claim, other.claim
            if a.id == b.id or not {a.id, b.id} & asked or _alike(one, other):
                continue
            together = bool(a.documents & b.documents)
            if together or a.topics & b.topics:
                yield _finding(one, other, together)


def _alike(one: Figure, other: Figure) -> bool:
    """The same measure in other words, as far as that can be told: all words of one are among the other's."""
    if not unit_of(one.unit).fits(unit_of(other.unit)):
        return False
    first, second = set(folded(one.measure).split()), set(folded(other.measure).split())
    return first <= second or second <= first


def _finding(one: Figure, other: Figure, together: bool) -> Finding:
    parts = {
        "number": number(one.value),
        "first": f"{one.measure} ({given_by(one.claim)})",
        "second": f"{other.measure} ({given_by(other.claim)})",
    }
    return Finding(
        kind="measure_differs",
        key=digest("measure_differs", one.looked_at, other.looked_at),
        says=_("{number} twice, of two things: {first}; {second}.").format(**parts),
        claims=(one.claim.id, other.claim.id),
        quantities=(one.id, other.id),
        loud=together,
    )
