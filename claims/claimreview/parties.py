"""Outlets and claimants against the sources of the desk: matched on a ground that is told, or made; never merged.

| ground | what it means |
|---|---|
| ``address`` | one source of this kind has one of the given addresses among its other names |
| ``name``, ``alias`` | one source of this kind is called so, without regard to case |
| ``made`` | nobody is called so |
| ``ambiguous`` | several are: none of them was taken, and another was made (once: the next import finds that one) |

Only sources that the desk knows by name are looked at, and those that were merged count as their root. A source whose
own addresses are all others than the given ones is somebody else of that name. Nothing that is kept tells a name but
the name itself: no digest of it is a key.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, TextField
from django.db.models.functions import Lower

from claims.claimreview.review import Party
from claims.claimreview.words import folded, is_address, same_address
from sources.models import Source
from sources.models.source import Identity, SourceKind

UNSTATED_KIND = "The ClaimReview that named it does not say what it is; taken for a person."
AMBIGUOUS = "Named in ClaimReview records; when it was made, several sources bore this name."


@dataclass(frozen=True)
class Matched:
    """The source that a party is for the desk (0: a dry run would make it), and on what ground; ``others``: whom the
    name may also mean.
    """

    source: int
    name: str
    ground: str
    others: tuple[int, ...] = ()

    @property
    def is_there(self) -> bool:
        """Whether the desk had it before."""
        return self.ground not in ("made", "ambiguous")

    def without(self, undone: set[int]) -> "Matched":
        """The same when these sources have been undone."""
        left = tuple(each for each in self.others if each not in undone)
        return replace(self, source=0 if self.source in undone else self.source, others=left)


class _LowerAll(Func):
    """All texts of an array in small letters."""

    template = "lower((%(expressions)s)::text)::text[]"
    output_field = ArrayField(TextField())


def known(parties: Iterable[Party]) -> dict[Party, Matched]:
    """Each party with its source; those that nobody is are made, all in one statement."""
    listed = list(dict.fromkeys(parties))
    candidates = _candidates(listed)
    found: dict[Party, Matched] = {}
    new: dict[tuple[str, str, tuple[str, ...]], tuple[Source, str, tuple[int, ...]]] = {}
    waiting = []
    for party in listed:
        matched = _match(party, candidates)
        if isinstance(matched, Matched):
            found[party] = matched
            continue
        key = (party.kind, folded(party.name), tuple(sorted(map(same_address, party.addresses))))
        ground = "ambiguous" if matched else "made"
        new.setdefault(key, (_source(party, bool(matched)), ground, matched))
        waiting.append((party, key))
    made = dict(zip(new, Source.objects.bulk_create([source for source, _, _ in new.values()]), strict=True))
    for party, key in waiting:
        found[party] = Matched(made[key].pk, made[key].name, *new[key][1:])
    return found


def _source(party: Party, is_ambiguous: bool) -> Source:
    told = [AMBIGUOUS] * is_ambiguous + [UNSTATED_KIND] * (not party.kind)
    kind = party.kind or SourceKind.PERSON
    return Source(kind=kind, name=party.name, aliases=list(party.addresses), description=" ".join(told))


@dataclass(frozen=True)
class _Candidate:
    pk: int
    kind: str
    name: str
    aliases: tuple[str, ...]
    is_ours: bool

    @property
    def addresses(self) -> set[str]:
        return {same_address(each) for each in self.aliases if is_address(each)}


def _candidates(parties: list[Party]) -> list[_Candidate]:
    """The sources that may be meant, by name, alias or address, each as its root."""
    names = {party.name.lower() for party in parties} | {folded(party.name) for party in parties}
    addresses = {form for party in parties for each in party.addresses for form in _forms(each)}
    rows: Any = Source.objects.filter(identity=Identity.NAMED).annotate(
        small=Lower("name"), small_aliases=_LowerAll(F("aliases"))
    )
    rows = rows.filter(Q(small__in=names) | Q(small_aliases__overlap=[*names, *addresses])) if parties else rows.none()
    return [
        _Candidate(
            row["merged_into_id"] or row["id"],
            row["kind"],
            row["name"],
            tuple(row["aliases"]),
            row["description"].startswith(AMBIGUOUS),
        )
        for row in rows.order_by("pk").values("id", "kind", "name", "aliases", "merged_into_id", "description")
    ]


def _forms(address: str) -> set[str]:
    """How an address may stand among a source's other names, all in small letters; who has it, :func:`_match` says."""
    short = same_address(address).lower()
    return {
        f"{scheme}{www}{short}{end}"
        for scheme in ("https://", "http://", "")
        for www in ("", "www.")
        for end in ("", "/")
    }


def _match(party: Party, candidates: list[_Candidate]) -> Matched | tuple[int, ...]:
    """Who it is; or whom it may be, none of them for certain (nobody: empty)."""
    given = {same_address(each) for each in party.addresses if _is_somebodys(each, party.kind)}
    same_kind = [each for each in candidates if not party.kind or each.kind == party.kind]
    by_address = {each.pk: each for each in same_kind if given & each.addresses}
    if len(by_address) == 1:
        [one] = by_address.values()
        return Matched(one.pk, one.name, "address")
    called = folded(party.name)
    named = [
        each
        for each in same_kind
        if called in {folded(each.name), *map(folded, each.aliases)}
        and not (given and each.addresses and not given & each.addresses)
    ]
    roots = {each.pk for each in named}
    ours = {each.pk: each for each in named if each.is_ours}
    if len(roots) > 1 and len(ours) == 1:
        named, roots = list(ours.values()), set(ours)
    if len(roots) != 1:
        return tuple(sorted(roots))
    is_name = any(folded(each.name) == called for each in named)
    return Matched(named[0].pk, named[0].name, "name" if is_name else "alias")


def _is_somebodys(address: str, kind: str) -> bool:
    """Whether an address can tell who somebody is: a site is an outlet's or a body's, a person's is a page on one."""
    return kind in (SourceKind.OUTLET, SourceKind.ORGANIZATION) or bool(urlsplit(address).path.strip("/"))
