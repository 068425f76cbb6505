"""Two figures of one measure that have no common value: ``differs``, ``headline_differs``, ``other_scope``.

| the two figures | what is asked |
|---|---|
| have a common value, or one is a part or the base of the other | nothing |
| nothing says that they are of the same thing (``Scope.anchored``) | nothing |
| heading and body of one document, not set apart | `headline_differs`, unless the body has it elsewhere |
| two places, periods, populations or vintages that both state | `other_scope` |
| of whom is said of one only | `other_scope`; where one is a part, nothing |
| where, when or as of when is said of one only | in one document `differs`, else `other_scope` |
| the rest | `differs` |
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims.numbers.facts import Figure, Finding, digest
from claims.numbers.intervals import meant
from claims.numbers.saying import amount, given_by, listed
from claims.numbers.scopes import Scope, Tie, folded, scope
from claims.numbers.units import unit_of

#: So many pairs that merely have another scope are told of one figure, the nearest first.
MOST_OTHER_SCOPE = 3

_RESPECTS = {
    "population": gettext_lazy("of whom"),
    "place": gettext_lazy("where"),
    "period": gettext_lazy("when"),
    "vintage": gettext_lazy("as of when"),
}


def held(figures: Iterable[Figure], asked: frozenset[int]) -> list[Finding]:
    """What does not agree among these figures, where a figure of the claims ``asked`` is on one side."""
    groups: dict[str, list[Figure]] = defaultdict(list)
    for one in figures:
        groups[folded(one.measure)].append(one)
    found: list[Finding] = []
    for group in groups.values():
        found += _in_group(group, asked)
    return found


def _in_group(group: list[Figure], asked: frozenset[int]) -> Iterator[Finding]:
    narrow: dict[int, list[tuple[int, Figure, Figure, list[str]]]] = defaultdict(list)
    for one, other in combinations(sorted(group, key=lambda figure: figure.id), 2):
        if not ({one.claim.id, other.claim.id} & asked) or not comparable(one, other):
            continue
        kind, apart = weighed(one, other, scope(one, other))
        if kind == "headline_differs" and _body_agrees(one, other, group):
            continue
        if kind == "other_scope":
            mine = one if one.claim.id in asked else other
            narrow[mine.id].append((len(apart), one, other, apart))
        elif kind:
            yield _finding(kind, one, other, apart)
    for pairs in narrow.values():
        for _many, one, other, apart in sorted(pairs, key=lambda pair: (pair[0], pair[1].id, pair[2].id))[
            :MOST_OTHER_SCOPE
        ]:
            yield _finding("other_scope", one, other, apart)


def comparable(one: Figure, other: Figure) -> bool:
    """Whether they could be held against each other and have no common value."""
    if one.base == other.id or other.base == one.id:
        return False
    if (
        one.base is not None
        and one.base == other.base
        and folded(one.population + one.place) != folded(other.population + other.place)
    ):
        return False
    if not unit_of(one.unit).fits(unit_of(other.unit)):
        return False
    if (one.base_is == "change_from") != (other.base_is == "change_from"):
        return False
    return not meant(one).meets(meant(other))


def weighed(one: Figure, other: Figure, how: Scope) -> tuple[str, list[str]]:
    """What two figures without a common value are (a kind; "": nothing to ask), and what sets them apart."""
    if not how.anchored:
        return "", []
    part = "part_of" in (one.base_is, other.base_is) and one.base_is != other.base_is
    if part and how.population is Tie.ONE:
        return "", []
    if _headed(one, other):
        apart = how.those(Tie.APART)
        return ("other_scope", apart) if apart else ("headline_differs", how.those(Tie.WITHIN))
    apart = how.those(Tie.APART, Tie.WITHIN)
    if how.population is Tie.ONE:
        apart = ["population", *apart]
    silent = [name for name in how.those(Tie.ONE) if name != "population"]
    together = one.claim.id == other.claim.id or bool(one.claim.documents & other.claim.documents)
    if apart or (silent and not together):
        return "other_scope", apart or silent
    return "differs", silent


def _headed(one: Figure, other: Figure) -> bool:
    """Whether one stands in a heading, the other in the body of the same document."""
    a, b = one.claim, other.claim
    return bool(a.headed & (b.told - b.headed)) or bool(b.headed & (a.told - a.headed))


def _body_agrees(one: Figure, other: Figure, group: list[Figure]) -> bool:
    """Whether the heading's figure is the same as another of the body's: then it has that one."""
    heading, body = (one, other) if one.claim.headed & other.claim.told else (other, one)
    at = heading.claim.headed & body.claim.told
    rest = [each for each in group if each.claim.told & at and each.id not in (one.id, other.id)]
    return any(
        unit_of(each.unit).fits(unit_of(heading.unit))
        and meant(each).meets(meant(heading))
        and not each.claim.headed & at
        for each in rest
    )


def _finding(kind: str, one: Figure, other: Figure, apart: list[str]) -> Finding:
    return Finding(
        kind=kind,
        key=digest("figures", one.looked_at, other.looked_at),
        says=_says(kind, one, other, apart),
        claims=tuple(dict.fromkeys((one.claim.id, other.claim.id))),
        quantities=(one.id, other.id),
        loud=kind != "other_scope",
    )


def _says(kind: str, one: Figure, other: Figure, apart: list[str]) -> str:
    if kind == "headline_differs" and not one.claim.headed:
        one, other = other, one
    parts = {"first": amount(one), "second": amount(other), "measure": one.measure}
    if kind == "headline_differs":
        told = _("{first} in the heading, {second} in the body ({measure}).")
    elif one.claim.id == other.claim.id or one.claim.by == other.claim.by:
        told = _("{first} and {second} ({measure}).")
    else:
        parts |= {"by": given_by(one.claim), "other": given_by(other.claim)}
        told = _("{by}: {first}; {other}: {second} ({measure}).")
    no_common = [] if kind == "other_scope" else [_("No number is both.")]
    return " ".join([told.format(**parts), *no_common, *_apart(kind, one, other, apart)])


def _apart(kind: str, one: Figure, other: Figure, apart: list[str]) -> Iterator[str]:
    """In which respects they are set apart, or one of them is silent."""
    if not apart:
        return
    sides = []
    for name in apart:
        first, second = (getattr(each, name) or _at_least(each, name) for each in (one, other))
        said = " / ".join(side or _("not said") for side in (first, second))
        sides.append(f"{_RESPECTS[name]} ({said})")
    if kind == "other_scope":
        yield _("They need not contradict each other; they differ in {respects}.").format(respects=listed(sides))
    else:
        yield _("Not worded alike: {respects}.").format(respects=listed(sides))


def _at_least(figure: Figure, name: str) -> str:
    """What the claim or the days say where the figure's own words are silent."""
    if name == "place":
        return figure.claim.place
    if name != "period":
        return ""
    since, until = (
        (figure.since, figure.until) if figure.since or figure.until else (figure.claim.since, figure.claim.until)
    )
    return " – ".join(f"{day:%-d %b %Y}" if day else "…" for day in (since, until)) if since or until else ""
