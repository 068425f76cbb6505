"""Whether two figures are of the same thing: their measures, and of whom, where, when and as of when they are.

Texts are compared folded: small letters, no accents, no punctuation, no articles.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache

from claims.numbers.facts import Figure, Told

_ARTICLES = frozenset({"the", "a", "an"})
#: What one thing alone has: two of these are comparable only where both say of whom, and say the same.
OF_ONE = frozenset(
    {"age", "height", "weight", "length", "width", "term", "salary", "sentence", "fine", "price", "speed"}
)


class Tie(Enum):
    """How two figures stand to each other in one respect."""

    SAME = "same"
    NEITHER = "neither says"
    ONE = "one says"
    WITHIN = "one within the other"
    APART = "apart"


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """The words of a text as they are compared."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(word for word in re.findall(r"\w+", plain) if word not in _ARTICLES)


def texts(one: str, other: str) -> Tie:
    """How two wordings of a place, a population, a period … stand to each other."""
    first, second = folded(one), folded(other)
    if first == second:
        return Tie.SAME if first else Tie.NEITHER
    if not (first and second):
        return Tie.ONE
    a, b = set(first.split()), set(second.split())
    return Tie.WITHIN if a < b or b < a else Tie.APART


def days(since: date | None, until: date | None, since2: date | None, until2: date | None) -> Tie:
    """Two periods of days: the same where each end that both give is the same, within where they overlap all the same.

    An end that one of them leaves open is not held against the other.
    """
    if not (since or until) or not (since2 or until2):
        return Tie.NEITHER if not (since or until or since2 or until2) else Tie.ONE
    if (until and since2 and until < since2) or (until2 and since and until2 < since):
        return Tie.APART
    given = [(a, b) for a, b in ((since, since2), (until, until2)) if a and b]
    return Tie.SAME if given and all(a == b for a, b in given) else Tie.WITHIN


def periods(one: Figure, other: Figure) -> Tie:
    """By their days where both have some, by their words else; where neither figure says when, by the claims' days."""
    dated = days(one.since, one.until, other.since, other.until)
    if dated not in (Tie.ONE, Tie.NEITHER):
        return dated
    worded = texts(one.period, other.period)
    says, others = bool(one.period or one.since or one.until), bool(other.period or other.since or other.until)
    if says and others:
        return Tie.APART if worded is not Tie.SAME else worded
    if _about(one, says, other, others) is Tie.APART:
        return Tie.APART
    return Tie.ONE if says or others else Tie.NEITHER


def _about(one: Figure, says: bool, other: Figure, others: bool) -> Tie:
    """A figure without days is of its claim's days."""
    first = (one.since, one.until) if says else (one.claim.since, one.claim.until)
    second = (other.since, other.until) if others else (other.claim.since, other.claim.until)
    return days(*first, *second)


def places(one: Figure, other: Figure) -> Tie:
    """By the figures' own places; a figure without one is at its claim's, which can set it apart but not more."""
    own = texts(one.place, other.place)
    if own not in (Tie.ONE, Tie.NEITHER):
        return own
    found = texts(one.place or one.claim.place, other.place or other.claim.place)
    return found if found in (Tie.APART, Tie.SAME) else own


@dataclass(frozen=True)
class Scope:
    """How two figures of one measure stand to each other."""

    population: Tie
    place: Tie
    period: Tie
    vintage: Tie
    anchored: bool

    def those(self, *ties: Tie) -> list[str]:
        """The respects in which they stand so."""
        names = ("population", "place", "period", "vintage")
        return [name for name in names if getattr(self, name) in ties]


def scope(one: Figure, other: Figure) -> Scope:
    """``anchored``: something says that they are of the same thing: a population, place or period that both give, or a
    measure of several words in claims that share a document or a topic.
    """
    population, when = texts(one.population, other.population), periods(one, other)
    own_place = texts(one.place, other.place)
    words = folded(one.measure).split()
    if set(words) & OF_ONE and len(words) == 1:
        anchored = population is Tie.SAME
    else:
        shared = Tie.SAME in (population, own_place, when)
        anchored = shared or (len(words) > 1 and _near(one.claim, other.claim))
    return Scope(population, places(one, other), when, texts(one.vintage, other.vintage), anchored)


def _near(one: Told, other: Told) -> bool:
    return one.id == other.id or bool(one.documents & other.documents) or bool(one.topics & other.topics)
