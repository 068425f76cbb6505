"""The annotated copy: a document line by line, a card for the line at hand, one key for each thing done.

The bargain: without a script it is a page with links and forms. With one, the same links and forms are fetched and only
what changed is put into the page: the answer to a request that says so (``X-Desk: parts``) is those parts, each under
its own id. Both are one view; each thing done is one call (:mod:`claims.desk.copyacts`).
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from claims import lines, linework, undoing
from claims.desk import copyacts, linehtml
from claims.desk import here as places
from claims.desk.copyacts import ACTS, LineAct
from claims.desk.here import Here
from claims.labels import LABELS
from claims.lines import Copy, CopyLine, Mark
from claims.models import Evidence
from claims.wording import called
from factdesk import doing
from factdesk.acts import Act, Asked, Offer
from factdesk.errors import DomainError
from factdesk.people.drafts import Sheet
from factdesk.people.models import User
from factdesk.people.who import signed_in
from sources.models import Snapshot

PARTS = "X-Desk"
#: What the session remembers of the person's work at copies: the backing used last, and what the last act made.
LAST, UNDO = "desk_last_backing", "desk_undo"


def copy_view(request: HttpRequest, document_id: int) -> HttpResponse:
    """The page; by POST, an act (``?do=``) at a line (``?line=``), on a claim (``?claim=``) or words (``?words=``)."""
    by = signed_in(request)
    document, here = places.find(document_id, by, _number(request, "line"), _number(request, "claim"))
    if document is None:
        raise Http404
    if here is None:
        context = admin.site.each_context(request) | {"title": called(document), "document": document}
        context["may_save"] = by.may("propose")
        return TemplateResponse(request, "desk/nocopy.html", context)
    here.words, here.last = _words(request), _last(request, by)
    act = ACTS.get(request.GET.get("do", ""))
    if request.method == "POST":
        if request.GET.get("do") == "undo":
            return _undo(request, here)
        if act is None or not act.open_to(by):
            raise PermissionDenied
        return _send(request, here, act)
    opened = _open(request, here, act) if act is not None and act.form is not None and act.open_to(by) else None
    if PARTS not in request.headers:
        return _page(request, here, opened)
    if here.stale:
        messages.warning(request, _("A new version has come: this is it."))  # the script goes there
    return _parts(request, here, opened)


def _number(request: HttpRequest, name: str) -> int | None:
    return doing.number(request.GET.get(name))


def _words(request: HttpRequest) -> tuple[int, int] | None:
    start, dash, end = request.GET.get("words", "").partition("-")
    first, last = doing.number(start), doing.number(end)
    return (first, last) if dash and first is not None and last is not None else None


def _last(request: HttpRequest, by: User) -> Evidence | None:
    number = request.session.get(LAST)
    if not number:
        return None
    rows = Evidence.objects.filter(pk=number, withdrawn_at__isnull=True).select_related("document__publisher")
    found = rows.first()
    hidden = found is not None and found.document is not None and found.document.restricted
    return None if hidden and not by.may("read_restricted") else found


# --- doing it ---


def _asked(request: HttpRequest, here: Here, act: Act) -> Asked:
    by = signed_in(request)
    here.part = copyacts.part_of(here, act, by)
    return Asked(by, here, here.part, {}, doing.seen_in(request))


def _sheet(request: HttpRequest, here: Here, act: Act) -> Sheet:
    address = f"{reverse('desk:copy', args=[here.pk])}?{here.query}&do={act.name}"
    line = here.line.pk if here.line else 0
    return Sheet(signed_in(request).pk, f"copy:{here.pk}:{line}:{act.name}", address)


def _open(request: HttpRequest, here: Here, act: LineAct) -> dict[str, Any]:
    return doing.opened(request, act, _asked(request, here, act), _sheet(request, here, act))


def _send(request: HttpRequest, here: Here, act: LineAct) -> HttpResponse:
    instead = copyacts.instead(here, act)
    if instead is not None:
        answer = _parts if PARTS in request.headers else _page
        return answer(request, here, _open(request, here, instead))
    asked, sheet = _asked(request, here, act), _sheet(request, here, act)
    outcome = doing.sent(request, act, asked, sheet)
    if outcome.discarded:
        return redirect(_address(here))
    if not outcome.done:
        refused = outcome.doing.get("refused")
        if PARTS in request.headers and isinstance(refused, linework.StaleCopy):
            messages.warning(request, str(refused))  # the script goes to the new version, where the draft is
        answer = _parts if PARTS in request.headers else _page
        return answer(request, here, outcome.doing, status=outcome.status)
    done: linework.Done = outcome.made
    _remember(request, here, act, done)
    was = here.line
    if PARTS in request.headers:
        return _after(request, here, act, done)
    messages.success(request, done.told or act.told)
    if act.moves_on:
        places.go_on(here, lines.read(here.snapshot, asked.by), was.pk if was else None)
    elif done.claim is not None:
        here.claim = done.claim
    here.words = None
    return redirect(_address(here))


def _remember(request: HttpRequest, here: Here, act: LineAct, done: linework.Done) -> None:
    """What undo takes back, and what "as for the last" means from now on."""
    line = here.line.pk if here.line else None
    kept = {"document": here.pk, "line": line, "rows": done.undo, "told": str(done.told or act.told)}
    request.session[UNDO] = kept | {"number": here.line.number if here.line else None}
    backing = [number for sort, number in done.undo if sort == "evidence"]
    if backing:
        request.session[LAST] = backing[-1]


def _undo(request: HttpRequest, here: Here) -> HttpResponse:
    """Take back the last act, and go to where it was done."""
    by, kept = signed_in(request), request.session.get(UNDO) or {}
    rows = kept.get("rows") or []
    told, refused = _("There is nothing to take back."), None
    if rows and kept.get("document") == here.pk:
        try:
            undoing.undo(by=by, rows=[(sort, number) for sort, number in rows])
            told = _("Taken back: {act}.").format(act=_undone(kept))
            del request.session[UNDO]
        except DomainError as error:
            refused = error
    _again, fresh = places.find(here.pk, by, kept.get("line") if not refused else None, None)
    here = fresh if fresh is not None and fresh.line is not None else here
    here.last = _last(request, by)
    if PARTS in request.headers:
        return _parts(request, here, None, told=str(refused or told), status=refused.status if refused else 200)
    (messages.error if refused else messages.success)(request, str(refused or told))
    return redirect(_address(here))


def _undone(kept: dict[str, Any]) -> str:
    """What an undo takes back, and where: it may be another line than the one at hand."""
    told = str(kept.get("told", "")).rstrip(".")
    told = told[:1].lower() + told[1:]
    return _("{act}, line {number}").format(act=told, number=kept["number"]) if kept.get("number") else told


def _address(here: Here) -> str:
    place = f"{reverse('desk:copy', args=[here.pk])}?{here.query}"
    return f"{place}#line-{here.line.pk}" if here.line else place


# --- what is shown ---


def _context(request: HttpRequest, here: Here, shown_doing: dict[str, Any] | None) -> dict[str, Any]:
    """The card of the line at hand, with what can be done there."""
    by = signed_in(request)
    shown = places.card(here, by)
    acts = copyacts.offered(here, by, shown)
    address = reverse("desk:copy", args=[here.pk])
    claim = here.claim
    seen = {"revision": claim.revision, "version": claim.version} if claim else {}
    if shown_doing is not None:
        shown_doing["leave"] = f"{address}?{here.query}"
    kept = request.session.get(UNDO) or {}
    return {
        **shown,
        "labels": LABELS,
        "offers": [
            (act, Offer(act), f"{address}?{here.query}&do={act.name}", copyacts.is_for_words(act, here)) for act in acts
        ],
        "beside": {act.part: act for act in acts if act.part},
        "seen": seen,
        "doing": shown_doing,
        "address": address,
        "document": here.document,
        "piece": here.piece,
        "snapshot": here.snapshot,
        "undo": _undone(kept) if kept.get("document") == here.pk and kept.get("rows") else None,
    }


def _page(request: HttpRequest, here: Here, shown_doing: Any, *, status: int = 200) -> HttpResponse:
    by = signed_in(request)
    copy = lines.read(here.snapshot, by)
    if "q" in request.GET:
        places.choose(here, places.line_with(copy, request.GET["q"], here.line.pk if here.line else None) or here.line)
    if here.line is None and (claim := _number(request, "claim")):
        places.choose(here, places.line_of(copy, claim), claim)
        if here.line is None:
            messages.warning(request, _("This claim stands on no line of this copy."))
    if here.line is None:
        places.choose(here, places.next_open(copy, None) or next(iter(copy.lines), None))
    context = {
        **admin.site.each_context(request),
        "title": str(here.document),
        **_context(request, here, shown_doing),
        "head": head(here, copy),
        "all_keys": "".join(sorted({act.key for act in copyacts.TABLE} | {"u"})),
        "acts": [(act.key, act.label) for act in copyacts.TABLE if act.name not in ("ask", "tick-on", "same-again")],
        "paragraphs": [(one[0].sentence.part, _shown(one, here)) for one in copyacts.paragraphs(copy)],
    }
    return TemplateResponse(request, "desk/copy.html", context, status=status)


def _after(request: HttpRequest, here: Here, act: LineAct, done: linework.Done) -> HttpResponse:
    """What an act changed: its lines, the head, and the card of the line that one is at now."""
    by, was = signed_in(request), here.line
    copy = lines.read(here.snapshot, by)
    now = copy.line(was.pk if was else None)
    changed = [now] if now else []
    if act.name == "drop-paragraph":
        changed = next((one for one in copyacts.paragraphs(copy) if now in one), changed)
    if act.name == "sign-piece":
        changed = copy.lines
    here.words = None
    if act.moves_on:
        places.go_on(here, copy, was.pk if was else None)
    else:
        places.choose(here, now, done.claim.pk if done.claim else None)
    here.last = _last(request, by)
    return _parts(request, here, None, told=str(done.told or act.told), copy=copy, changed=changed)


def _parts(
    request: HttpRequest, here: Here, shown_doing: Any, *, status: int = 200, told: str = "",
    copy: Copy | None = None, changed: list[CopyLine] | None = None,
) -> HttpResponse:  # fmt: skip
    """The card; and, after an act, the lines that it changed and the head."""
    if copy is None and told:
        copy = lines.read(here.snapshot, signed_in(request))
        changed = copy.lines
    context = _context(request, here, shown_doing) | {"told": told}
    if copy is not None:
        context |= {"head": head(here, copy), "changed": _shown(changed or [], here)}
    return HttpResponse(render_to_string("desk/parts.html", context, request), status=status)


def _shown(found: list[CopyLine], here: Here) -> list[SafeString]:
    at, claim = here.line.pk if here.line else None, here.claim.pk if here.claim else None
    return [linehtml.shown(one, here.snapshot.text, at, claim) for one in found]


def head(here: Here, copy: Copy) -> dict[str, Any]:
    """What stands above the copy: its version, its clocks, what is left."""
    copies = Snapshot.objects.filter(document=here.document).order_by("captured_at", "pk").values_list("pk", flat=True)
    piece = here.piece
    clock = None
    if piece is not None and piece.closed_at is None:
        text_first = piece.text_closes_at and piece.text_closes_at > timezone.now()
        clock = piece.text_closes_at if text_first else piece.page_closes_at
    return {
        "version": list(copies).index(here.snapshot.pk) + 1,
        "saved_at": here.snapshot.captured_at,
        "closes": clock,
        "closes_what": _("text") if piece and clock == piece.text_closes_at else _("page"),
        "closed": piece.closed_at if piece else None,
        "is_late": bool(clock and clock < timezone.now()),
        "lines": len(copy.lines),
        "left": copy.left,
        "musts": len(copy.open_musts),
        "replies": copy.replies_due,
        "marks": [(Mark(word).label, lines.SIGNS[word], copy.count(word)) for word in Mark],
    }
