"""Shares, parts and changes: ``share_mismatch``, ``sum_mismatch``, ``no_base``.

A share of a base is held against counts of the same measure. Parts of one base that are of the same measure and differ
in one respect (children, adults) are added up: more than the base is asked wherever they stand, less only where one
claim gives them all, since elsewhere nobody said that they are all.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, localcontext

from django.utils.translation import gettext as _

from claims.numbers.facts import Figure, Finding, digest
from claims.numbers.intervals import PRECISION, Interval, comparator_of, meant
from claims.numbers.saying import amount, exactly, given_by, number
from claims.numbers.scopes import Tie, folded, scope
from claims.numbers.units import unit_of

HUNDRED = Decimal(100)


def held(figures: Iterable[Figure], asked: frozenset[int]) -> list[Finding]:
    """What does not add up among these figures, where a figure of the claims ``asked`` is on one side."""
    known = {one.id: one for one in figures}
    found = [*_shares(known), *_sums(known), *_beyond(known), *_without_base(known)]
    return [one for one in found if asked & set(one.claims)]


def _is_share(figure: Figure) -> bool:
    return figure.base_is == "share_of" and unit_of(figure.unit).dimension == "percent" and figure.value >= 0


def _shares(known: Mapping[int, Figure]) -> Iterator[Finding]:
    counts: dict[str, list[Figure]] = defaultdict(list)
    for one in known.values():
        if unit_of(one.unit).counts:
            counts[folded(one.measure)].append(one)
    for share in known.values():
        base = known.get(share.base or 0)
        if base is None or not _is_share(share) or base.value < 0 or base.base_is in ("share_of", "change_from"):
            continue
        product = meant(share).times(1 / HUNDRED).of(meant(base))
        for count in counts[folded(share.measure)]:
            if _counts_the_same(share, base, count) and not _near(product, base).meets(meant(count)):
                yield _share_mismatch(share, base, count)


def _near(product: Interval, base: Interval | Figure) -> Interval:
    """Whole things: a share of them that is not whole was rounded, to the next one either way."""
    if isinstance(base, Figure) and not unit_of(base.unit).counts:
        return product
    low = None if product.low is None else product.low - 1
    high = None if product.high is None else product.high + 1
    return Interval(low, high, False, False)


def _counts_the_same(share: Figure, base: Figure, count: Figure) -> bool:
    """A count of what the share is of: of the same base, or of the same people, place and time."""
    if count.id in (share.id, base.id) or not unit_of(count.unit).fits(unit_of(base.unit)):
        return False
    if count.base is not None:
        return count.base == base.id and count.base_is == "part_of"
    how = scope(share, count)
    return how.anchored and not how.those(Tie.APART, Tie.WITHIN) and how.population is not Tie.ONE


def _share_mismatch(share: Figure, base: Figure, count: Figure) -> Finding:
    with localcontext(prec=PRECISION):
        product = share.value * base.value / HUNDRED
        back = count.value * HUNDRED / base.value if base.value else None
    kinds = {comparator_of(share), comparator_of(base)} - {"="}
    told = exactly(kinds.pop(), number(product)) if len(kinds) == 1 else number(product)
    says = _("{share} of {base} = {product}; {count} is given by {who}.").format(
        share=amount(share),
        base=amount(base),
        product=told,
        count=exactly(comparator_of(count), number(count.value)),
        who=given_by(count.claim),
    )
    if back is not None:
        says += " " + _("{count} of {base} would be {back} %.").format(
            count=number(count.value), base=number(base.value), back=number(back.quantize(Decimal("0.1")))
        )
    return Finding(
        kind="share_mismatch",
        key=digest("share", share.looked_at, base.looked_at, count.looked_at),
        says=says,
        claims=tuple(dict.fromkeys((share.claim.id, count.claim.id, base.claim.id))),
        quantities=(share.id, base.id, count.id),
    )


# --- parts and their whole ---


def _parts(known: Mapping[int, Figure]) -> dict[int, list[Figure]]:
    """The parts of each base that are of its measure and unit, each of a scope of its own (the first that gives it)."""
    found: dict[int, dict[str, Figure]] = defaultdict(dict)
    for one in sorted(known.values(), key=lambda figure: figure.id):
        base = known.get(one.base or 0)
        if base is None or one.base_is != "part_of" or folded(one.measure) != folded(base.measure):
            continue
        if unit_of(one.unit) == unit_of(base.unit):
            found[base.id].setdefault(folded(f"{one.population} {one.place} {one.period}"), one)
    return {
        base: list(parts.values()) for base, parts in found.items() if len(parts) > 1 and _differ_in_one(parts.values())
    }


def _differ_in_one(parts: Iterable[Figure]) -> bool:
    """Whether they are told apart in one respect, as the parts of a whole are."""
    rows = [(folded(one.population), folded(one.place), folded(one.period)) for one in parts]
    apart = [len({row[at] for row in rows}) for at in range(3)]
    return sum(many > 1 for many in apart) == 1 and max(apart) == len(rows)


def _sums(known: Mapping[int, Figure]) -> Iterator[Finding]:
    for number_of_base, parts in _parts(known).items():
        base = known[number_of_base]
        total = meant(parts[0])
        for one in parts[1:]:
            total = total.plus(meant(one))
        whole = meant(base)
        of_one = len({one.claim.id for one in parts}) == 1
        if whole.below(total) or (total.below(whole) and of_one):
            yield _sum_mismatch(base, parts, more=whole.below(total))


def _sum_mismatch(base: Figure, parts: list[Figure], *, more: bool) -> Finding:
    with localcontext(prec=PRECISION):
        total = sum((one.value for one in parts), Decimal(0))
        gap = number(abs(base.value - total))
    kinds = {comparator_of(one) for one in parts} - {"="}
    told = exactly(kinds.pop(), number(total)) if len(kinds) == 1 else number(total)
    added = " + ".join(f"{number(one.value)} ({one.population or one.place or one.period})" for one in parts)
    says = _("{parts} = {total}; {base} is given as the whole ({measure}).").format(
        parts=added, total=told, base=amount(base), measure=base.measure
    )
    last = _("That is {gap} more.") if more else _("Of {gap} nothing is said.")
    return Finding(
        kind="sum_mismatch",
        key=digest("sum", base.looked_at, *(one.looked_at for one in parts)),
        says=f"{says} {last.format(gap=gap)}",
        claims=tuple(dict.fromkeys((base.claim.id, *(one.claim.id for one in parts)))),
        quantities=(base.id, *(one.id for one in parts)),
    )


def _beyond(known: Mapping[int, Figure]) -> Iterator[Finding]:
    """A part that is more than its whole."""
    for one in known.values():
        base = known.get(one.base or 0)
        if base is None or one.base_is != "part_of" or not unit_of(one.unit).fits(unit_of(base.unit)):
            continue
        if meant(base).below(meant(one)):
            says = _("{part} ({measure}) is more than {base}, of which it is a part.").format(
                part=amount(one), measure=one.measure, base=amount(base)
            )
            yield Finding(
                kind="sum_mismatch",
                key=digest("beyond", one.looked_at, base.looked_at),
                says=says,
                claims=tuple(dict.fromkeys((one.claim.id, base.claim.id))),
                quantities=(one.id, base.id),
            )


# --- of what? ---


def _without_base(known: Mapping[int, Figure]) -> Iterator[Finding]:
    for one in known.values():
        dimension = unit_of(one.unit).dimension
        change = one.base_is == "change_from" or dimension == "percentage points"
        if one.base is not None or (not change and dimension != "percent"):
            continue
        missing = _missing(one, change)
        if missing:
            yield Finding(
                kind="no_base",
                key=digest("no_base", one.looked_at),
                says=missing,
                claims=(one.claim.id,),
                quantities=(one.id,),
            )


def _missing(one: Figure, change: bool) -> str:
    """What a change or share has to say and does not; a share of people who are named has its base in words."""
    parts = {"amount": amount(one), "measure": one.measure}
    if not change:
        return "" if one.population else _("{amount} ({measure}): of what is not said.").format(**parts)
    if one.period or one.since or one.until:
        return _("A change of {amount} ({measure}): from which number is not said.").format(**parts)
    return _("A change of {amount} ({measure}): from which number, and since when, is not said.").format(**parts)
