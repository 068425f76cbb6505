"""A claim's hops and original sources in the desk's words: what its picture and the list beside it both say.

Plain data and pure functions: ``read`` takes rows that are at hand (``pages.hops_of``, ``origins.of``) and asks the
database for nothing more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims.labels import LABELS, REASONS
from claims.models import Attribution, Claim
from claims.origins import Origin, Reason
from claims.vocabularies import Basis, Certainty, Link, Manner, Said, Stance, Terms
from claims.wording import in_short, where
from factdesk.labelled import label
from sources.models import Source
from sources.models.document import Part
from sources.models.source import Identity

#: What a hop passes on when its stance is none of these is what it relays, and at the origin an assertion.
OBJECTIONS = (Stance.DENIES, Stance.QUESTIONS, Stance.WITHDRAWS)


@dataclass(frozen=True)
class Hop:
    """One hop. ``speaker`` and ``name`` are the root's where the speaker was merged.

    ``passes_on`` is ``asserts``, ``denies``, ``questions`` or ``withdraws``: what reaches the claim through it, which
    for a hop that reports is what it relays. ``remarks`` are the facts that are out of the ordinary, in a few words
    each; ``facts`` are all of them. ``document`` is the material's id, ``title`` what it is called, ``where`` that and
    its publisher; ``words`` the marked words (None: none are marked, or the text is not held), ``marked`` says in which
    part of it they stand.
    """

    id: int
    relays: int | None
    speaker: int
    name: str
    identity: str = "named"
    stance: str = "asserts"
    passes_on: str = "asserts"
    inferred: bool = False
    document: int | None = None
    title: str = ""
    where: str = ""
    remarks: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    words: str | None = None
    marked: str = ""


@dataclass(frozen=True)
class Group:
    """Origin hops that count as one original source. ``number`` counts from 1; None is an objection: not counted.

    ``reasons`` has each reason once; ``ties`` says which speakers it makes one.
    """

    number: int | None
    stance: str
    hops: tuple[int, ...]
    reasons: tuple[str, ...] = ()
    ties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chains:
    """All chains of one claim: its hops by depth and id, and their origins, counted ones first."""

    claim: int
    statement: str
    hops: tuple[Hop, ...]
    groups: tuple[Group, ...]

    @property
    def counted(self) -> int:
        """How many independent original sources assert it."""
        return sum(group.number is not None for group in self.groups)


@dataclass(frozen=True)
class Step:
    """A hop's place in the list. ``again``: it was written out further up, with all that lies behind it.

    ``origin`` says which original source an origin is, and, where its group is first met, why that counts as one.
    """

    hop: Hop
    again: bool
    origin: str = ""


def read(
    claim: Claim, hops: Iterable[Attribution], origins: Iterable[Origin], words: Mapping[int, str] | None = None
) -> Chains:
    """The claim's chains in words. ``hops`` as ``pages.hops_of`` gives them, ``words`` the marked ones by the hop's id.

    Both are read one after the other: a hop that only one of them knows (somebody wrote in between) is left out.
    """
    told: dict[int, Hop] = {}
    for attribution in sorted(hops, key=lambda hop: (hop.depth, hop.pk)):
        relayed = told.get(attribution.relays_id or 0)
        if relayed or attribution.relays_id is None:
            told[attribution.pk] = _hop(attribution, relayed, (words or {}).get(attribution.pk))
    return _as_both_know_it(Chains(claim.pk, claim.statement, tuple(told.values()), _groups(origins, told)))


def _as_both_know_it(chains: Chains) -> Chains:
    """Without the trees of origin hops that no group has."""
    known: set[int] = {hop for group in chains.groups for hop in group.hops}
    hops = []
    for hop in chains.hops:
        if hop.id in known or hop.relays in known:
            known.add(hop.id)
            hops.append(hop)
    return replace(chains, hops=tuple(hops))


def lists(chains: Chains) -> list[list[Step]]:
    """Each chain as a list, its outermost hop first and its origin last.

    A hop that several chains share is written out in the first of them; in the others it ends the list (``again``).
    """
    by_id = {hop.id: hop for hop in chains.hops}
    relayed = {hop.relays for hop in chains.hops}
    group_of = {hop: group for group in chains.groups for hop in group.hops}
    written: set[int] = set()
    explained: set[Group] = set()
    found = []
    for outermost in sorted(hop.id for hop in chains.hops if hop.id not in relayed):
        steps: list[Step] = []
        hop: Hop | None = by_id[outermost]
        while hop and not (steps and steps[-1].again):
            group = group_of.get(hop.id)
            steps.append(Step(hop, hop.id in written, _mark(group, group in explained) if group else ""))
            written.add(hop.id)
            if group:
                explained.add(group)
            hop = by_id.get(hop.relays or 0)
        found.append(steps)
    return found


def _mark(group: Group, explained: bool) -> str:
    return origin_in_words(group) if explained else "; ".join([origin_in_words(group), *group.ties])


def summary(chains: Chains) -> str:
    """In one line: ``3 hops, 1 original source; denied by 1``."""
    return f"{_hops(chains)}, {chains.counted} {counted(chains)}{_objections(chains)}"


def counted(chains: Chains) -> str:
    """What the number of original sources counts: ``original source``, ``original sources``."""
    return ngettext("original source", "original sources", chains.counted)


def hops_and_objections(chains: Chains) -> str:
    """``3 hops; denied by 1``."""
    return _hops(chains) + _objections(chains)


def _hops(chains: Chains) -> str:
    return ngettext("%(n)d hop", "%(n)d hops", len(chains.hops)) % {"n": len(chains.hops)}


def _objections(chains: Chains) -> str:
    """``; denied by 1; questioned by 2``, or nothing."""
    words = {
        Stance.DENIES.value: _("denied by %(n)d"),
        Stance.QUESTIONS.value: _("questioned by %(n)d"),
        Stance.WITHDRAWS.value: _("withdrawn by %(n)d"),
    }
    by_stance = Counter(group.stance for group in chains.groups if group.number is None)
    return "".join(f"; {words[stance] % {'n': by_stance[stance]}}" for stance in words if by_stance[stance])


# --- one hop ---


def _hop(attribution: Attribution, relayed: Hop | None, words: str | None) -> Hop:
    speaker = attribution.speaker.merged_into or attribution.speaker
    document = attribution.document
    inherited = relayed.passes_on if relayed else Stance.ASSERTS.value
    return Hop(
        id=attribution.pk,
        relays=attribution.relays_id,
        speaker=speaker.pk,
        name=speaker.name,
        identity=speaker.identity,
        stance=attribution.stance,
        passes_on=attribution.stance if attribution.stance in OBJECTIONS else inherited,
        inferred=attribution.relays_id is not None and attribution.link == Link.INFERRED_BY_DESK,
        document=attribution.document_id,
        title=in_short(document) if document else "",
        where=where(document),
        remarks=tuple(_remarks(attribution, speaker)),
        facts=tuple(_facts(attribution, speaker)),
        words=words,
        marked=_marked(attribution),
    )


def _remarks(hop: Attribution, speaker: Source) -> Iterable[str]:
    """What an editor must not miss. A flat paraphrase in the body of a text, by somebody named, is no remark."""
    if speaker.identity != Identity.NAMED:
        yield _described(speaker)
    if hop.manner != Manner.PARAPHRASE:
        yield _manner(hop)
    if hop.certainty != Certainty.FLAT:
        yield _certainty(hop)
    if hop.basis != Basis.NOT_STATED:
        yield label(hop, "basis").lower()
    if hop.speaks_for:
        yield _speaks_for(hop.speaks_for)
    if hop.passage and hop.passage.part != Part.BODY:
        yield _("in the %(part)s") % {"part": label(hop.passage, "part").lower()}


def _facts(hop: Attribution, speaker: Source) -> Iterable[str]:
    yield _described(speaker)
    if speaker.pk != hop.speaker_id:
        yield _("recorded as %(name)s") % {"name": hop.speaker.name}
    yield label(hop, "stance").lower()
    yield (
        _("own voice, no source given")
        if hop.manner == "own_voice" and hop.relays_id is None
        else (label(hop, "manner").lower())
    )
    yield _certainty(hop)
    yield _("how they know: %(basis)s") % {"basis": label(hop, "basis").lower()}
    if hop.relays_id is not None:
        yield _("link: %(link)s") % {"link": label(hop, "link").lower()}
    if hop.speaks_for:
        yield _speaks_for(hop.speaks_for)
    if hop.said_on:
        yield _("said on %(day)s") % {"day": hop.said_on.isoformat()}
    if hop.terms != Terms.NOT_KNOWN:
        yield label(hop, "terms").lower()
    if hop.said != Said.NOT_CHECKED:
        yield _("was it said: %(said)s") % {"said": label(hop, "said").lower()}


def _described(source: Source) -> str:
    """``unnamed person``, ``organization``."""
    kind = label(source, "kind").lower()
    return kind if source.identity == Identity.NAMED else f"{label(source, 'identity').lower()} {kind}"


def _manner(hop: Attribution) -> str:
    if hop.manner == Manner.OWN_VOICE and hop.relays_id is None:
        return _("own voice, no source given")
    return label(hop, "manner").lower()


def _certainty(hop: Attribution) -> str:
    words = label(hop, "certainty").lower()
    return f"{words} (“{hop.hedge}”)" if hop.hedge else words


def _speaks_for(source: Source) -> str:
    return _("speaks for %(name)s") % {"name": (source.merged_into or source).name}


def _marked(hop: Attribution) -> str:
    """Where the marked words stand: ``headline, p. 3``."""
    if hop.passage is None:
        return ""
    return ", ".join(filter(None, [label(hop.passage, "part").lower(), hop.passage.locator]))


# --- original sources ---


def _groups(origins: Iterable[Origin], hops: Mapping[int, Hop]) -> tuple[Group, ...]:
    """Those that count first, numbered; then who objects, in the order of OBJECTIONS."""
    order = {Stance.ASSERTS.value: 0} | {stance.value: at for at, stance in enumerate(OBJECTIONS, start=1)}
    names = {hop.id: hop.name for hop in hops.values()}
    found: list[Group] = []
    for origin in sorted(origins, key=lambda origin: (order[origin.stance], origin.id)):
        members = tuple(hop for hop in origin.hops if hop in names)
        if members:
            number = len(found) + 1 if origin.stance == Stance.ASSERTS else None
            reasons = tuple(dict.fromkeys(_reason(reason) for reason in origin.reasons))
            found.append(Group(number, origin.stance, members, reasons, tuple(_ties(origin.reasons, names))))
    return tuple(found)


def _reason(reason: Reason) -> str:
    return str(REASONS[reason.reason]).format(through=reason.through.name if reason.through else "")


def _ties(reasons: Iterable[Reason], names: Mapping[int, str]) -> Iterable[str]:
    """``Post, Star: one owner: North Group``: pairs that are tied for the same reason, put together."""
    knots: dict[tuple[str, int], list[set[int]]] = {}
    said: dict[tuple[str, int], str] = {}
    for reason in reasons:
        key = (reason.reason, reason.through.id if reason.through else 0)
        said[key] = _reason(reason)
        pair = {reason.hop, reason.other}
        apart = [knot for knot in knots.get(key, []) if not knot & pair]
        touching = [knot for knot in knots.get(key, []) if knot & pair]
        knots[key] = [*apart, pair.union(*touching)]
    for key, found in knots.items():
        for knot in found:
            yield f"{_named([names[hop] for hop in sorted(knot) if hop in names])}: {said[key]}"


def _named(names: Iterable[str]) -> str:
    """Each name once, with how often: ``City police (10 times), Post``."""
    often = _("%(name)s (%(n)d times)")
    counted = Counter(names).items()
    return ", ".join(name if times == 1 else often % {"name": name, "n": times} for name, times in counted)


def origin_in_words(group: Group) -> str:
    """What the group is: ``original source 2``, ``original source 2: 3 counted as one``, ``denies: not counted``."""
    merged = _("%(n)d counted as one") % {"n": len(group.hops)} if len(group.hops) > 1 else ""
    if group.number is None:
        what = _("%(stance)s: not counted") % {"stance": Stance(group.stance).label.lower()}
        return f"{what}, {merged}" if merged else what
    what = f"{LABELS['origin']} {group.number}"
    return f"{what}: {merged}" if merged else what
