"""The lawyer's view: accusations and replies, and nothing else. All open ones by piece and clock; and a piece's."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from claims import lines, pieces
from claims.admin import asking, deciding, parts
from claims.desk import checked
from claims.desk.bench import Bench
from claims.desk.changes import piece_seen
from claims.desk.checked import Checked
from claims.lines import Copy, CopyLine
from claims.models import Accusation, Annotation, Attribution, Claim, Clearance, Piece
from claims.vocabularies import AskedOf, ClearanceValue, State
from claims.wording import Say, say
from factdesk.acts import Act
from factdesk.people.models import User
from factdesk.people.who import signed_in

#: So many accusations stand in the list of all of them.
MOST = 200
#: So many that stand in no piece.
MOST_ELSEWHERE = 50


def _held(claim: Any, by: User) -> bool:
    return bool(claim.clearance == ClearanceValue.LEGAL_HOLD)


_OF_CLAIM = {act.name: act for act in (*deciding.ACTS, *parts.PART_ACTS)}
#: what can be done here, and with which key; the acts are those of the claim's own page
ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        replace(_OF_CLAIM["legal-hold"], when=lambda claim, by: not _held(claim, by)),
        replace(_OF_CLAIM["lift-hold"], when=_held),
        replace(_OF_CLAIM["add-annotation"], key="r"),
        *(replace(act, key=key) for act, key in zip(asking.ACTS, ("q", "y", "e"), strict=True)),
        replace(_OF_CLAIM["answer"], key="a", when=lambda remark, by: remark.resolved_at is None),
        replace(_OF_CLAIM["resolve"], key="x"),
    )
}  # fmt: skip
ON_CLAIM = ("legal-hold", "lift-hold", "add-annotation")


@dataclass
class Accused:
    """Somebody accused, as the lawyer reads it."""

    accusation: Accusation
    clock: Say
    offers: list[tuple[Act, int]]
    working: bool = False


@dataclass
class Entry:
    """A claim that accuses somebody, or is on legal hold. ``lines``: where it stands in the newest copy."""

    checked: Checked
    accused: list[Accused]
    lines: list[CopyLine]
    offers: list[tuple[Act, int]]
    overrides: list[Clearance] = field(default_factory=list)
    working: bool = False

    @property
    def claim(self) -> Claim:
        return self.checked.claim

    @property
    def says_more(self) -> bool:
        """Whether the claim says other words than its line."""
        return " ".join(line.words or "" for line in self.lines).strip() != self.claim.statement.strip()

    @property
    def order(self) -> tuple[int, int]:
        return (self.lines[0].number if self.lines else 1_000_000, self.claim.pk)


def entries(piece: Piece, copy: Copy, by: User) -> list[Entry]:
    """The piece's claims that accuse somebody or are on legal hold, in the order of the text."""
    live = Accusation.objects.filter(withdrawn_at__isnull=True).values("claim")
    rows = pieces.claims_of(piece).exclude(state=State.CLOSED)
    found = checked.of(rows.filter(Q(pk__in=live) | Q(clearance=ClearanceValue.LEGAL_HOLD)), by)
    hops = Attribution.objects.filter(document=piece.document_id, claim__in=found, withdrawn_at__isnull=True)
    stands: dict[int, dict[int, CopyLine]] = {}
    for claim, passage in hops.values_list("claim", "passage"):
        stands.setdefault(claim, {}).update({line.number: line for line in copy.place(passage).lines})
    overrides: dict[int, list[Clearance]] = {}
    for one in (
        Clearance.objects.filter(claim__in=found).exclude(override_reason="").select_related("by").order_by("pk")
    ):
        overrides.setdefault(one.claim_id, []).append(one)
    now = timezone.now()
    told = [
        Entry(
            one,
            [Accused(each, say(each, now), _offers(each, by)) for each in one.accusations],
            [line for number, line in sorted(stands.get(pk, {}).items())],
            _offers(one.claim, by),
            overrides.get(pk, []),
        )
        for pk, one in found.items()
    ]
    return sorted(told, key=lambda entry: entry.order)


def _offers(about: Claim | Accusation, by: User) -> list[tuple[Act, int]]:
    """What this person may do about it here, each with its number."""
    mine = [
        act for act in ACTS.values()
        if (act.part == "accusation" if isinstance(about, Accusation) else act.name in ON_CLAIM)
    ]  # fmt: skip
    return [(act, about.pk) for act in mine if act.open_to(by) and (act.when is None or act.when(about, by))]


def questions(piece: Piece, claims: Iterable[int]) -> list[Annotation]:
    """What the lawyer was asked about the piece, open ones first, each with its answers as ``thread``."""
    asked = Annotation.objects.filter(asked_of=AskedOf.LAWYER, withdrawn_at__isnull=True, answers__isnull=True)
    here = asked.filter(Q(claim__in=claims) | Q(passage__snapshot__document=piece.document_id))
    found = list(here.select_related("by", "resolved_by", "claim").order_by("resolved_at", "pk"))
    found.sort(key=lambda one: one.resolved_at is not None)
    answers = Annotation.objects.filter(answers__in=found, withdrawn_at__isnull=True).select_related("by")
    for one in found:
        one.thread = []  # type: ignore[attr-defined]
    threads = {one.pk: one for one in found}
    for answer in answers.order_by("pk"):
        threads[answer.answers_id or 0].thread.append(answer)  # type: ignore[attr-defined]
    return found


# --- the pages ---


@require_http_methods(["GET", "HEAD", "POST"])
def piece_view(request: HttpRequest, document_id: int) -> HttpResponse:
    """The accusations of one piece; by POST, what is done about one of them."""
    by, piece = signed_in(request), piece_seen(request, document_id)
    address = reverse("desk:law_piece", args=[piece.document_id])
    worked = Bench(request, address, ACTS, lambda act, number: _found(piece, by, act, number)).work()
    if isinstance(worked, HttpResponse):
        return worked
    copy = lines.placed(piece.document_id)
    found = entries(piece, copy, by)
    claims = pieces.claims_of(piece).values_list("pk", flat=True)
    _put_form(found, worked)
    context = {
        **admin.site.each_context(request),
        "title": _("Accusations and replies: {piece}").format(piece=piece.document),
        "piece": piece,
        "copy": copy,
        "entries": found,
        "accused": sum(len(one.accused) for one in found),
        "owed": sum(each.clock.owes for one in found for each in one.accused),
        "held": sum(_held(one.claim, by) for one in found),
        "questions": questions(piece, claims),
        "may_answer": ACTS["answer"].open_to(by),
        "keys": {act.key: act for act in ACTS.values() if act.key and act.open_to(by)},
        **worked,
    }
    return TemplateResponse(request, "desk/law_piece.html", context, status=worked.get("answered", 200))


def _put_form(entries: list[Entry], worked: dict[str, Any]) -> None:
    """The form that is open stands with the claim or the accusation that it is about."""
    for entry in entries if worked else ():
        part = worked["doing"]["act"].part
        entry.working = not part and entry.claim.pk == worked["doing_of"]
        for one in entry.accused:
            one.working = part == "accusation" and one.accusation.pk == worked["doing_of"]


def _found(piece: Piece, by: User, act: Act, number: int) -> tuple[Any, Any] | None:
    """The claim of the piece, and the accusation or remark on it, that an act is about."""
    claims = Claim.objects.visible_to(by).filter(pk__in=pieces.claims_of(piece).values("pk"))
    if act.name in ON_CLAIM:
        claim = claims.filter(pk=number).first()
        return (claim, None) if claim else None
    model: Any = Accusation if act.part == "accusation" else Annotation
    part = model.objects.visible_to(by).filter(pk=number, withdrawn_at__isnull=True, claim__in=claims).first()
    return (part.claim, part) if part else None


@require_safe
def all_view(request: HttpRequest) -> HttpResponse:
    """Every open accusation, by piece and clock."""
    by, now = signed_in(request), timezone.now()
    rows = Piece.objects.visible_to(by).filter(closed_at__isnull=True).select_related("document", "lawyer")
    listed = {piece.pk: piece for piece in rows.order_by("page_closes_at", "pk")[:MOST]}
    stands = Attribution.objects.filter(document__piece__in=listed, withdrawn_at__isnull=True)
    pairs = set(stands.order_by().values_list("document__piece", "claim").distinct())
    open_ones = (
        Accusation.objects.filter(withdrawn_at__isnull=True).exclude(claim__state=State.CLOSED)
        .select_related("claim", "accused").prefetch_related("requests")
    )  # fmt: skip
    within = list(open_ones.filter(claim__in={claim for piece, claim in pairs}).order_by("pk")[: MOST + 1])
    waiting = Q(outcome="waiting", exempt__isnull=True, requests__deadline__gte=now)
    elsewhere = open_ones.filter(waiting).exclude(claim__in={claim for piece, claim in pairs}).distinct()
    by_claim: dict[int, list[Accusation]] = {}
    for one in within[:MOST]:
        by_claim.setdefault(one.claim_id, []).append(one)
    groups = [(piece, _by_clock((one for p, c in pairs if p == pk for one in by_claim.get(c, [])), now))
              for pk, piece in listed.items()]  # fmt: skip
    others = list(elsewhere.order_by("pk")[: MOST_ELSEWHERE + 1])
    context = {
        **admin.site.each_context(request),
        "title": _("Accusations and replies"),
        "groups": [(piece, told, sum(at.owes for one, at in told)) for piece, told in groups if told],
        "is_more": len(within) > MOST,
        "elsewhere": _by_clock(others[:MOST_ELSEWHERE], now),
        "is_more_elsewhere": len(others) > MOST_ELSEWHERE,
    }
    return TemplateResponse(request, "desk/law.html", context)


def _by_clock(accusations: Iterable[Accusation], now: datetime) -> list[tuple[Accusation, Say]]:
    """Who was not asked first, then by the deadline that comes next; who has had their say last."""
    told = [(one, say(one, now)) for one in accusations]
    late = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(
        told, key=lambda pair: (not pair[1].owes, pair[1].until is not None, pair[1].until or late, pair[0].pk)
    )
