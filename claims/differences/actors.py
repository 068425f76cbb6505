"""``actor_differs``: two claims that tell the same of two who did it.

Decided where both statements begin with a name ("The River Board awarded …", "The Town Council awarded …"), go on
with the same word, say nearly the same after it, and are not of other days.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from claims.numbers import numerals
from claims.numbers.facts import Finding, Told, digest
from claims.numbers.saying import shortened
from claims.numbers.scopes import Tie, days, folded

#: so much of what is said after the names is in both
LEAST_ALIKE = 0.6
_NAME = re.compile(
    r"(?:The |An? )?((?:[A-Z][\w’'.-]*|of|and|&)(?: (?:[A-Z][\w’'.-]*|of|and|for|the|&(?= [A-Z])))*?) (?=[a-z])"
)


#: words that begin a statement with a capital and are no name
_NO_NAME = frozenset(
    re.findall(
        r"\S+",
        "in on at by after before since until during for from of with without under over according as when "
        "while if no not about all both some many most",
    )
)
#: what is done by somebody
DEEDS = frozenset({"event", "allegation", "causal", "rule", "prediction"})


@lru_cache(maxsize=4096)
def actor(statement: str) -> tuple[str, str]:
    """The name that a statement begins with, and the rest; two empty texts where it begins with none.

    The first word has a capital in any case: a single word is a name where an article stands before it or it has
    capitals inside, longer names have a capital in their second word.
    """
    found = _NAME.match(statement)
    if found is None:
        return "", ""
    name = found[1]
    if name.split()[0].casefold() in _NO_NAME:
        return "", ""
    is_name = len([word for word in name.split() if word[0].isupper()]) > 1 or not name[1:].islower()
    return (name, statement[found.end() :]) if is_name or statement.startswith("The ") else ("", "")


def held(claims: Mapping[int, Told], pairs: Iterable[tuple[int, int]]) -> Iterator[Finding]:
    """Among these pairs of claims."""
    for first, second in sorted({(min(pair), max(pair)) for pair in pairs}):
        one, other = claims.get(first), claims.get(second)
        if one and other and _differ(one, other):
            yield Finding(
                kind="actor_differs",
                key=digest("actor_differs", _looked_at(one), _looked_at(other)),
                says=_("Who did it? “{first}” and “{second}”").format(
                    first=shortened(one.statement), second=shortened(other.statement)
                ),
                claims=(one.id, other.id),
            )


def _looked_at(claim: Told) -> list[str]:
    return [str(claim.id), claim.statement, str(claim.since or ""), str(claim.until or "")]


def _differ(one: Told, other: Told) -> bool:
    if not {one.kind, other.kind} <= DEEDS or _numbers(one) != _numbers(other):
        return False
    (first, rest), (second, other_rest) = actor(one.statement), actor(other.statement)
    a, b = set(folded(first).split()), set(folded(second).split())
    if not a or not b or a <= b or b <= a:
        return False
    words, others = folded(rest).split(), folded(other_rest).split()
    if not words or not others or words[0] != others[0]:
        return False
    alike = len(set(words) & set(others)) / len(set(words) | set(others))
    apart = days(one.since, one.until, other.since, other.until) is Tie.APART
    return alike >= LEAST_ALIKE and not apart


def _numbers(claim: Told) -> list[Decimal]:
    return sorted(number.value for number in numerals.read(claim.statement))
