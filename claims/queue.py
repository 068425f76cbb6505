"""The claims to be worked on: narrowed, ordered, and cut into pages that cost the same wherever they stand.

The bargain: what is wanted is an address (:func:`read`), so that it can be kept under a name and sent to a colleague.
Several values of one filter are said by repeating it, as in the API. What an address says that nobody understands is
told, not guessed at. A page is found by what its neighbour ended with (keyset), and nothing is counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import pages
from claims.models import Accusation, Annotation, Attribution, Claim, Piece
from claims.models.claim import ONE_UNNAMED, OPEN, RANK, ClaimQuerySet
from claims.vocabularies import AnnotationKind, ClearanceValue, Kind, Priority, State, Verdict, Warning
from factdesk.people.models import User
from sources.models import Document, Snapshot, Source

#: So many claims stand on a page.
PAGE = 50
LONGEST_WORDS = 200
#: what is asked for beside one state: those that are open, or all of them
OPEN_ONES, ANY = "open", "any"
ME, NOBODY = "me", "nobody"

#: where a claim waits for somebody else
WAITS = {"waiting": _("waiting for somebody"), "overdue": _("overdue"), "parked-not": _("not waiting")}
#: whether it accuses somebody
SOMEBODY, ON_ONE_UNNAMED = "somebody", "one-unnamed"
ACCUSES = {SOMEBODY: _("somebody"), ON_ONE_UNNAMED: _("on one unnamed source")}
ORDERS = {
    "priority": _("must first"),
    "changed": _("changed last"),
    "oldest": _("longest unchanged"),
    "newest": _("newest first"),
}
#: field -> the words that it knows
WORDS: dict[str, Mapping[str, Any]] = {
    "state": {OPEN_ONES: _("open"), **dict(State.choices), ANY: _("any")},
    "kind": dict(Kind.choices),
    "priority": dict(Priority.choices),
    "warning": dict(Warning.choices),
    "waits": WAITS,
    "accuses": ACCUSES,
    "verdict": dict(Verdict.choices),
    "clearance": dict(ClearanceValue.choices),
    "order": ORDERS,
}
#: fields that may be given several values: what has any of them is wanted
SEVERAL = ("state", "who", "piece", "priority", "kind", "warning", "verdict", "clearance")
#: states of which the work is done at the line in the copy; with the others one goes to the claim
AT_LINE = (State.NEW, State.IN_CHECK)
#: So many values of one field are read.
MOST_VALUES = 40
#: fields that name a record by its number
NUMBERED = ("piece", "document", "source")


@dataclass(frozen=True)
class Wanted:
    """Which claims, in which order. ``unknown``: what of the address was not understood, as it stood there."""

    state: tuple[str, ...] = (OPEN_ONES,)
    kind: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    piece: tuple[str, ...] = ()
    document: str = ""
    source: str = ""
    warning: tuple[str, ...] = ()
    waits: str = ""
    accuses: str = ""
    again: str = ""
    verdict: tuple[str, ...] = ()
    clearance: tuple[str, ...] = ()
    q: str = ""
    order: str = "priority"
    unknown: tuple[str, ...] = field(default=(), compare=False)

    @property
    def query(self) -> str:
        """The address of it, after the question mark; what goes without saying is left out."""
        said = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "unknown"}
        return urlencode({name: value for name, value in said.items() if value != getattr(_ALL, name)}, doseq=True)

    @property
    def is_open(self) -> bool:
        """Whether open claims alone are wanted: all of them, or some of their states."""
        return set(self.state) <= {OPEN_ONES, *OPEN}

    @property
    def by_rank(self) -> bool:
        """Whether must comes first: among open ones only, of which there is an index."""
        return self.order == "priority" and self.is_open

    @property
    def in_order(self) -> str:
        """The order that the claims do come in."""
        return "changed" if self.order == "priority" and not self.by_rank else self.order


_ALL = Wanted()


def read(given: Mapping[str, Any]) -> Wanted:
    """What an address asks for (a mapping of texts, or of lists of texts; or ``request.GET``)."""
    said: dict[str, Any] = {}
    unknown = []
    for name in (one.name for one in fields(Wanted) if one.name != "unknown"):
        values = dict.fromkeys(_texts(given, name))
        unknown += [f"{name}={value}" for value in values if not _is_understood(name, value)]
        known = [value for value in values if _is_understood(name, value)]
        if known:
            said[name] = tuple(known[:MOST_VALUES]) if name in SEVERAL else known[-1]
    if "state" in said:
        said["state"] = _states(said["state"])
    return Wanted(**said, unknown=tuple(unknown))


def _texts(given: Mapping[str, Any], name: str) -> list[str]:
    values = given.getlist(name) if isinstance(given, QueryDict) else given.get(name) or ()
    listed = [values] if isinstance(values, str) else values
    return [text for one in listed if (text := str(one).replace("\0", "").strip()[:LONGEST_WORDS])]


def _states(said: tuple[str, ...]) -> tuple[str, ...]:
    """In the order of the work; ``open`` and ``any`` for what is the same as that."""
    wanted = {state for word in said for state in ((*OPEN,) if word == OPEN_ONES else (word,))}
    if ANY in wanted or wanted >= set(State.values):
        return (ANY,)
    return (OPEN_ONES,) if wanted == set(OPEN) else tuple(state for state in State.values if state in wanted)


def _is_understood(name: str, value: str) -> bool:
    if name in WORDS:
        return value in WORDS[name]
    if name == "again":
        return value == "1"
    if name in NUMBERED or (name == "who" and value not in (ME, NOBODY)):
        return value.isascii() and value.isdigit() and len(value) < 19
    return True


def narrowed(wanted: Wanted, by: User) -> ClaimQuerySet:
    """The claims that are wanted, of those that this person may see; in no order yet."""
    claims: Any = Claim.objects.visible_to(by)
    if ANY not in wanted.state:
        claims = claims.filter(state__in=OPEN if OPEN_ONES in wanted.state else wanted.state)
    for name in ("kind", "priority", "verdict", "clearance"):
        if values := getattr(wanted, name):
            claims = claims.filter(**{f"{name}__in": values})
    if wanted.who:
        people = [by.pk if one == ME else one for one in wanted.who if one != NOBODY]
        claims = claims.filter(Q(assignee__in=people) | (Q(assignee=None) if NOBODY in wanted.who else Q()))
    if wanted.warning:
        claims = claims.filter(warnings__overlap=list(wanted.warning))
    if wanted.again:
        claims = claims.filter(Q(look_again=True) | Q(source_changed=True))
    claims = _standing_in(_accusing(claims, wanted), wanted, by)
    if wanted.waits:
        waiting = parked(overdue=wanted.waits == "overdue").values("claim")
        claims = claims.exclude(pk__in=waiting) if wanted.waits == "parked-not" else claims.filter(pk__in=waiting)
    return claims.matching(wanted.q) if wanted.q else claims  # type: ignore[no-any-return]


def _accusing(claims: Any, wanted: Wanted) -> Any:
    if not wanted.accuses:
        return claims
    accusing = claims.filter(Exists(Accusation.objects.filter(claim=OuterRef("pk"), withdrawn_at__isnull=True)))
    return accusing.filter(warnings__contains=ONE_UNNAMED) if wanted.accuses == ON_ONE_UNNAMED else accusing


def _standing_in(claims: Any, wanted: Wanted, by: User) -> Any:
    """Those in a piece, in material, of a source; of what a person may not see there are none."""
    hops = Attribution.objects.filter(withdrawn_at__isnull=True)
    if wanted.piece:
        pieces = Piece.objects.visible_to(by).filter(pk__in=wanted.piece)
        claims = claims.filter(pk__in=hops.filter(document__in=pieces.values("document")).values("claim"))
    if wanted.document:
        documents = Document.objects.visible_to(by).filter(pk=wanted.document)
        claims = claims.filter(pk__in=hops.filter(document__in=documents.values("pk")).values("claim"))
    if wanted.source:
        known = Source.objects.visible_to(by).filter(pk=wanted.source).exists()
        claims = claims.filter(pk__in=pages.resting_on(int(wanted.source))) if known else claims.none()
    return claims


def parked(*, overdue: bool = False) -> QuerySet[Annotation]:
    """Questions on claims that wait for somebody, or until some time, and are not resolved."""
    asked = Annotation.objects.filter(
        ~Q(whom="") | Q(until__isnull=False),
        kind=AnnotationKind.QUESTION, resolved_at__isnull=True, withdrawn_at__isnull=True, claim__isnull=False,
    )  # fmt: skip
    return asked.filter(until__lt=timezone.now()) if overdue else asked


# --- pages ---


@dataclass(frozen=True)
class Page:
    """Claims in their order; ``after`` and ``before``: where the next and the previous page begin ("": nowhere)."""

    claims: list[Any]
    after: str = ""
    before: str = ""


def cut(claims: Any, wanted: Wanted, *, after: str = "", before: str = "", most: int = PAGE) -> Page:
    """The page that comes after, or before, a place that an earlier page named. A place that is none is the start."""
    keys, descends = _keys(wanted)
    back = bool(before) and not after
    place = _place(after or before, wanted)
    down = descends != back
    rows = claims.annotate(rank=RANK) if wanted.by_rank else claims
    if place is not None:
        rows = rows.filter(_beyond(keys, place, down=down))
    found = list(rows.order_by(*(key.desc() if down else key.asc() for key in keys))[: most + 1])
    more, found = len(found) > most, found[:most]
    if back:
        found.reverse()
    if not found:
        return Page([])
    first, last = _named(found[0], wanted), _named(found[-1], wanted)
    is_later, is_earlier = (place is not None, more) if back else (more, place is not None)
    return Page(found, last if is_later else "", first if is_earlier else "")


def _keys(wanted: Wanted) -> tuple[list[Any], bool]:
    """What the claims are ordered by, and whether it goes down."""
    if wanted.by_rank:
        return [RANK, F("id")], False
    if wanted.in_order == "newest":
        return [F("id")], True
    return [F("updated_at"), F("id")], wanted.in_order != "oldest"


def _named(claim: Any, wanted: Wanted) -> str:
    if wanted.by_rank:
        return f"{claim.rank}_{claim.pk}"
    return f"{claim.pk}" if wanted.order == "newest" else f"{claim.updated_at.isoformat()}_{claim.pk}"


def _place(named: str, wanted: Wanted) -> list[Any] | None:
    """A place as :func:`_named` writes it; None for one that is none, or one of another order."""
    first, _, number = named.rpartition("_")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    if wanted.by_rank:
        return [int(first), int(number)] if first in ("0", "1", "2") else None
    if wanted.order == "newest":
        return None if "_" in named else [int(number)]
    try:
        moment = datetime.fromisoformat(first)
    except ValueError:
        return None
    return [moment, int(number)] if moment.tzinfo else None


def _beyond(keys: list[Any], place: list[Any], *, down: bool) -> Any:
    """``ROW(keys) > ROW(place)``, which an index over the keys answers at once."""
    sides = [
        Func(*side, function="ROW", output_field=BooleanField()) for side in (keys, [Value(value) for value in place])
    ]
    return (LessThan if down else GreaterThan)(*sides)


# --- what stands beside the claims of a page ---


def waiting_for(claims: Iterable[Claim]) -> dict[int, Annotation]:
    """For each claim that waits: the question that is due first. One query."""
    asked = parked().filter(claim__among=[claim.pk for claim in claims])
    return {
        one.claim_id or 0: one
        for one in asked.order_by("claim", F("until").asc(nulls_last=True), "pk").distinct("claim")
    }


def standing_in(claims: Iterable[Claim], by: User) -> dict[int, Attribution]:
    """For each claim the hop by which it stands in material; restricted material veiled. One query.

    ``hop.at_line``: whether that has a copy with lines, which this person may read.
    """
    hops = Attribution.objects.filter(
        claim__among=[claim.pk for claim in claims], withdrawn_at__isnull=True, document__isnull=False
    )
    copies = Snapshot.objects.filter(document=OuterRef("document"), sentences__isnull=False)
    marked: Any = hops.annotate(at_line=Exists(copies))
    first = list(
        marked.select_related("document__publisher").order_by("claim", F("depth").desc(), "pk").distinct("claim")
    )
    for hop in first:
        hop.at_line &= hop.passage_id is not None and (not hop.document.restricted or by.may("read_restricted"))
    return {hop.claim_id: hop for hop in pages.veil(first, by)}


def line_of(claim: int, place: Any) -> str:
    """The address of the claim's line in the copy, where it stands on one ("": nowhere). ``place``: of standing_in."""
    at_line = place is not None and place.at_line
    return f"{reverse('desk:copy', args=[place.document_id])}?claim={claim}" if at_line else ""
