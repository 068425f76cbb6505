"""The changes list of a piece: one list for author and editor, in the order of the text, and the decisions on it."""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Max, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from claims import lines
from claims.admin import piecework
from claims.lines import Copy, Place
from claims.models import CopyChange, Piece
from claims.vocabularies import CopyDecision, Priority
from factdesk import doing
from factdesk.acts import Act, Asked
from factdesk.people import drafts
from factdesk.people.drafts import Sheet
from factdesk.people.models import User
from factdesk.people.who import signed_in
from sources.models import Passage, Snapshot

#: what whoever asked for it asks for no more (``claims.copydesk.take_back``)
TAKEN_BACK = Q(decision=CopyDecision.REJECTED, force=Priority.COULD, decided_by=F("proposed_by"))
ACT: Act = next(act for act in piecework.ACTS if act.name == "decide-change")


@dataclass
class Change:
    """A change as the list shows it. ``before``, ``words`` and ``after`` are the line when it was asked for (empty
    where the text is not held). ``told``: what has become of it in the newest copy, ``stays``: not what was decided.
    """

    row: CopyChange
    place: Place
    before: str = ""
    words: str = ""
    after: str = ""
    told: str = ""
    stays: bool = False
    typed: str = ""
    seal: str = ""
    number: int = 0

    @property
    def is_rejected_must(self) -> bool:
        return self.row.force == Priority.MUST and self.row.decision == CopyDecision.REJECTED

    @property
    def asks_for_a_look(self) -> bool:
        """Whether it is decided, and must not be forgotten all the same."""
        return self.stays or self.is_rejected_must

    @property
    def agreed(self) -> str | None:
        """The words that were agreed on, empty for a cut; None where nothing was."""
        if self.row.decision == CopyDecision.ACCEPTED:
            return self.row.replacement
        return self.row.decision_reason if self.row.decision == CopyDecision.REWORDED else None

    @property
    def order(self) -> tuple[int, int, int]:
        """Its place in the text; what stands in no line of the newest copy comes last."""
        first = self.place.first
        return (first.number if first else 1_000_000, self.row.passage.start, self.row.pk)


def piece_seen(request: HttpRequest, document_id: int) -> Piece:
    """The piece of our own copy with this number, with its people, if this person may see it. Http404 where not."""
    rows = Piece.objects.visible_to(signed_in(request))
    people = ("author", "editor", "checker", "second_reader", "lawyer")
    return get_object_or_404(rows.select_related("document", *people), document=document_id)


def listed(piece: Piece, copy: Copy | None = None) -> tuple[Copy, list[Change]]:
    """All changes asked for in the piece but those taken back, in the order of the text; a fixed number of queries.
    ``copy``: the newest, where it has been read.
    """
    copy = copy or lines.placed(piece.document_id)
    rows = (
        CopyChange.objects.filter(piece=piece)
        .exclude(TAKEN_BACK)
        .select_related("passage", "claim", "proposed_by", "decided_by")
    )
    texts = dict(
        Snapshot.objects.filter(passages__copy_changes__piece=piece).order_by("pk").distinct().values_list("pk", "text")
    )
    over = Passage.objects.filter(
        copy_changes__piece=piece,
        snapshot__sentences__start__lt=F("end"), snapshot__sentences__end__gt=F("start"),
    )  # fmt: skip
    spans = {
        pk: (start, end)
        for pk, start, end in over.values_list("pk").annotate(
            Min("snapshot__sentences__start"), Max("snapshot__sentences__end")
        )
    }
    found = []
    for row in rows:
        row.piece = piece
        one = Change(row, copy.place(row.passage_id))
        text = texts.get(row.passage.snapshot_id)
        if text is not None:
            start, end = spans.get(row.passage_id, (max(0, row.passage.start - 80), row.passage.end + 80))
            one.before = text[min(start, row.passage.start) : row.passage.start]
            one.words = text[row.passage.start : row.passage.end]
            one.after = text[row.passage.end : max(end, row.passage.end)]
            one.told, one.stays = became(one, copy)
        found.append(one)
    return copy, sorted(found, key=lambda one: one.order)


def became(change: Change, copy: Copy) -> tuple[str, bool]:
    """What the newest copy made of a change that was agreed to, in words; and whether that is not what was agreed."""
    row, agreed = change.row, change.agreed
    if agreed is None or copy.snapshot is None or copy.text is None:
        return "", False
    if row.passage.snapshot_id == copy.snapshot.pk:
        return _("no copy has been saved since: it still says the old words"), True
    on = change.place.lines
    now = " ".join(one.words for one in on)
    has_agreed = bool(agreed) and agreed in (now or copy.text)
    if on and change.words in now and not has_agreed:
        return _("the newest copy still says the old words"), True
    if has_agreed or not agreed:
        return (_("it is in the newest copy") if agreed else _("cut")), False
    if on:
        return _("the newest copy has other words than agreed"), True
    return _("neither the line nor the agreed words are in the newest copy"), True


# --- the page ---


def _address(piece: Piece) -> str:
    return reverse("desk:changes", args=[piece.document_id])


def _sheet(piece: Piece, change: CopyChange, by: User) -> Sheet:
    key = f"document:{piece.document_id}:{ACT.name}:{change.pk}"
    return Sheet(by.pk, key, f"{_address(piece)}?do={ACT.name}&of={change.pk}")


def may_decide(piece: Piece, by: User) -> bool:
    """The piece's author, or an editor."""
    return by.may("decide_copy") or (piece.author_id == by.pk and by.may("propose"))


@require_http_methods(["GET", "HEAD", "POST"])
def changes_view(request: HttpRequest, document_id: int) -> HttpResponse:
    """The list; by POST, one of its changes is decided (``?do=decide-change&of=``)."""
    by, piece = signed_in(request), piece_seen(request, document_id)
    if request.method == "POST":
        return _decide(request, by, piece)
    return _page(request, by, piece, doing.number(request.GET.get("of")))


def _decide(request: HttpRequest, by: User, piece: Piece) -> HttpResponse:
    number = doing.number(request.GET.get("of"))
    change = CopyChange.objects.visible_to(by).filter(piece=piece, pk=number or 0).first()
    if change is None:
        raise Http404
    if not ACT.open_to(by):
        raise PermissionDenied
    asked = Asked(by, piece.document, change, {}, doing.seen_in(request))
    outcome = doing.sent(request, ACT, asked, _sheet(piece, change, by))
    if outcome.done:
        messages.success(request, f"{CopyDecision(outcome.made.decision).label}: {change.reason}")
    if outcome.done or outcome.discarded:
        return redirect(_address(piece))
    return _page(request, by, piece, number, outcome)


def _page(
    request: HttpRequest, by: User, piece: Piece, of: int | None, outcome: doing.Outcome | None = None
) -> HttpResponse:
    copy, found = listed(piece)
    decides = may_decide(piece, by)
    if decides:
        _with_forms(by, piece, found)
    for one in found:
        if outcome is not None and one.row.pk == of:
            one.typed = request.POST.get("reason", "")
    context = {
        **admin.site.each_context(request),
        "title": _("Changes: {piece}").format(piece=piece.document),
        "piece": piece,
        "copy": copy,
        "undecided": [one for one in found if one.row.decision is None],
        "to_look_at": [one for one in found if one.row.decision is not None and one.asks_for_a_look],
        "decided": [one for one in found if one.row.decision is not None and not one.asks_for_a_look],
        "taken_back": CopyChange.objects.filter(TAKEN_BACK, piece=piece).count(),
        "decides": decides,
        "rejects_must": by.may("decide_copy"),
        "of": of,
        "refused": outcome.doing.get("refused") if outcome else None,
        "form": outcome.doing.get("form") if outcome else None,
        "drafts_at": reverse("account_drafts"),
    }
    return TemplateResponse(request, "desk/changes.html", context, status=outcome.status if outcome else 200)


def _with_forms(by: User, piece: Piece, changes: list[Change]) -> None:
    """Each with its seal, and with what this person had typed and not sent."""
    sheets = {one.row.pk: _sheet(piece, one.row, by) for one in changes}
    kept = drafts.among(by, [sheet.form for sheet in sheets.values()])
    for one in changes:
        sheet = sheets[one.row.pk]
        one.seal, draft = drafts.seal(sheet), kept.get(sheet.form)
        if draft is not None:
            one.typed, one.number = (draft.typed.get("reason") or [""])[0], draft.number


@require_safe
def changes_text(request: HttpRequest, document_id: int) -> HttpResponse:
    """The list as plain text, to be sent by mail by whoever is to send it."""
    piece = piece_seen(request, document_id)
    copy, found = listed(piece)
    order = [one for one in found if one.row.decision is None] + [one for one in found if one.row.decision is not None]
    told = render_to_string("desk/changes.txt", {"piece": piece, "copy": copy, "changes": order})
    return HttpResponse(told, content_type="text/plain; charset=utf-8")
