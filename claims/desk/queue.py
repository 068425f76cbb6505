"""The queue: claims across the desk, narrowed and ordered by the address; many are chosen and dealt with at once.

The bargain: what can be done to many is what the list of claims does (:mod:`claims.admin.together`): one call of the
claim's own act a row, each with what stood on the screen, each result told. Choosing takes boxes and a form; the script
only adds keys.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from claims import queue, savedfilters
from claims.admin import deciding
from claims.admin.together import TOGETHER, chosen_rows, each, form_for, with_newest_finding
from claims.models import Piece, SavedFilter
from claims.queue import Wanted
from claims.vocabularies import Warning
from claims.wording import called
from factdesk.acts import Act
from factdesk.doing import number
from factdesk.errors import DomainError
from factdesk.people.models import User
from factdesk.people.who import signed_in
from sources.models import Document, Source

ACTS = {name: next(act for act in deciding.ACTS if act.name == does) for name, does in TOGETHER.items()}
ASSIGN = "assign_each"
#: So many pieces can be chosen from.
MOST_PIECES = 40

#: name -> the query of a view that everybody wants
VIEWS = {
    "": gettext_lazy("Open"),
    "who=me": gettext_lazy("With me"),
    "who=nobody": gettext_lazy("With nobody"),
    "waits=waiting": gettext_lazy("Waiting"),
    "waits=overdue": gettext_lazy("Overdue"),
    "state=any&again=1": gettext_lazy("Look again"),
    "state=in_review": gettext_lazy("To initial"),
}
#: field of the address -> what it is called, in the order of the form
LABELS = {
    "state": gettext_lazy("Stands"),
    "priority": gettext_lazy("Priority"),
    "kind": gettext_lazy("Kind"),
    "waits": gettext_lazy("Waits"),
    "order": gettext_lazy("Order"),
}
#: the same, of what is seldom asked for
MORE = {
    "accuses": gettext_lazy("Accuses"),
    "warning": gettext_lazy("Warning"),
    "verdict": gettext_lazy("Is it so"),
    "clearance": gettext_lazy("OK to print"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def queue_view(request: HttpRequest) -> HttpResponse:
    """The page; by POST, what is to be done to the chosen rows (``do``), or a filter kept or dropped."""
    by = signed_in(request)
    wanted = queue.read(request.GET)
    if request.method != "POST":
        return _page(request, by, wanted)
    asked = request.POST.get("do", "")
    if asked == "keep":
        return _keep(request, by, wanted)
    if asked == "drop":
        return _drop(request, by)
    return _together(request, by, asked)


def _together(request: HttpRequest, by: User, name: str) -> HttpResponse:
    """Done at once, or asked for on the page of the form that it takes; then back to the same rows."""
    act, here = ACTS.get(name), request.get_full_path()
    if act is None or not act.open_to(by):
        raise PermissionDenied
    rows, given = chosen_rows(request, "claim"), {}
    if not rows:
        messages.warning(request, _("Choose claims first."))
        return redirect(here)
    if name == ASSIGN:
        to = request.POST.get("to", "")
        person = deciding.takers().filter(pk=number(to) or 0).first()
        if person is None and to != queue.NOBODY:
            messages.warning(request, _("Say to whom."))
            return redirect(here)
        given = {"to": person}
    elif act.opens:
        return redirect(form_for(name, rows, here))
    each(request, act, rows, given)
    return redirect(here)


def _keep(request: HttpRequest, by: User, wanted: Wanted) -> HttpResponse:
    name, shared, on_today = (
        request.POST.get("name", "").strip()[:60],
        "shared" in request.POST,
        "on_today" in request.POST,
    )
    try:
        savedfilters.keep(by=by, name=name, query=wanted.query, shared=shared, on_today=on_today)
    except DomainError as refused:
        typed = {"name": name, "shared": shared, "on_today": on_today, "refused": refused}
        return _page(request, by, wanted, typed, refused.status)
    messages.success(request, _("Kept as “{name}”.").format(name=name))
    return redirect(request.get_full_path())


def _drop(request: HttpRequest, by: User) -> HttpResponse:
    try:
        savedfilters.drop(by=by, filter_id=number(request.POST.get("filter")) or 0)
    except DomainError as refused:
        messages.error(request, str(refused))
    return redirect(request.get_full_path())


# --- the page ---


def _page(
    request: HttpRequest, by: User, wanted: Wanted, keeping: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    claims = with_newest_finding(queue.narrowed(wanted, by).select_related("assignee"))
    page = queue.cut(claims, wanted, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    waits, places = queue.waiting_for(page.claims), queue.standing_in(page.claims, by)
    kept = savedfilters.of(by)
    context = {
        **admin.site.each_context(request),
        "title": _("Queue"),
        "room": "queue",
        "wanted": wanted,
        "rows": [_row(claim, waits.get(claim.pk), places.get(claim.pk)) for claim in page.claims],
        "next": _address(wanted, after=page.after),
        "previous": _address(wanted, before=page.before),
        "views": [(query, label, query == wanted.query) for query, label in VIEWS.items()],
        "kept": [(one, one.query == wanted.query, _may_drop(one, by)) for one in kept],
        "keeping": keeping,
        "may_share": by.may("assign"),
        **_choices(wanted, by),
        **_offered(by),
    }
    return TemplateResponse(request, "desk/queue.html", context, status=status)


def _row(claim: Any, waits: Any, place: Any) -> dict[str, Any]:
    at_claim = reverse("admin:claims_claim_change", args=[claim.pk])
    at_line = queue.line_of(claim.pk, place)
    leads_to_line = bool(at_line) and claim.state in queue.AT_LINE
    return {
        "leads": at_line if leads_to_line else at_claim,
        "also": at_claim if leads_to_line else at_line,
        "also_called": _("the claim") if leads_to_line else _("at its line"),
        "claim": claim,
        "seen": f"{claim.pk}.{claim.revision}.{claim.version}.{claim.finding or 0}",
        "waits": waits,
        "document": place.document if place else None,
        "warnings": [Warning(word).label for word in claim.warnings[:2]],
    }


def _address(wanted: Wanted, **place: str) -> str:
    [(name, value)] = place.items()
    if not value:
        return ""
    query = wanted.query
    return f"?{query}{'&' if query else ''}{name}={value.replace('+', '%2B')}"


def _may_drop(one: SavedFilter, by: User) -> bool:
    return one.person_id == by.pk or by.may("assign")


def _offered(by: User) -> dict[str, Any]:
    """What can be done to the chosen: at a key, and what takes a word more."""
    acts: list[tuple[str, Act]] = [(name, act) for name, act in ACTS.items() if act.open_to(by)]
    return {
        "acts": [(name, act) for name, act in acts if not act.opens],
        "acts_asking": [(name, act) for name, act in acts if act.opens and name != ASSIGN],
        "may_assign": ACTS[ASSIGN].open_to(by),
    }


def _choices(wanted: Wanted, by: User) -> dict[str, Any]:
    """The lists of the form, each with what is chosen; and the records that the address names."""
    people = [(str(one.pk), one.get_full_name() or one.username) for one in deciding.takers()]
    pieces = Piece.objects.visible_to(by).filter(closed_at__isnull=True).select_related("document__publisher")
    listed = [(str(one.pk), called(one.document)) for one in pieces.order_by("page_closes_at", "pk")[:MOST_PIECES]]
    listed += [(one, _("another piece")) for one in wanted.piece if one not in dict(listed)]
    shown = _filters(LABELS, wanted)
    whose = [(queue.ME, _("me")), (queue.NOBODY, _("nobody")), *people]
    shown.insert(1, Filter("who", _("With"), wanted.who, whose, _("anybody")))
    if listed:
        shown.insert(2, Filter("piece", _("In the piece"), wanted.piece, listed, _("any")))
    more = _filters(MORE, wanted)
    return {
        "filters": shown,
        "filters_more": more,
        "asked": [*_in_words([*shown, *more]), *([f"“{wanted.q}”"] if wanted.q else [])],
        "more_is_used": any(getattr(wanted, name) for name in (*MORE, "again")),
        "people": people,
        "named": _named(wanted, by),
    }


class Filter(NamedTuple):
    """A filter of the form: its words, those that are chosen, and what it is when none is ("" : one always is)."""

    name: str
    label: Any
    chosen: tuple[str, ...]
    words: list[tuple[str, Any]]
    nothing: Any

    @property
    def several(self) -> bool:
        """Whether more than one may be chosen."""
        return self.name in queue.SEVERAL

    @property
    def told(self) -> str:
        """What is chosen, in words."""
        return ", ".join(str(word) for value, word in self.words if value in self.chosen) or str(self.nothing)


def _in_words(filters: Iterable[Filter]) -> list[str]:
    """What is asked for, for the print, on which there is no form."""
    return [f"{one.label}: {one.told}" for one in filters if any(one.chosen) and one.name != "order"]


def _filters(labels: Mapping[str, Any], wanted: Wanted) -> list[Filter]:
    return [_filter(name, label, wanted) for name, label in labels.items()]


def _filter(name: str, label: Any, wanted: Wanted) -> Filter:
    said, words = getattr(wanted, name), list(queue.WORDS[name].items())
    if name == "state":  # nothing chosen is what is open
        words = [one for one in words if one[0] != queue.OPEN_ONES]
        return Filter(name, label, () if said == (queue.OPEN_ONES,) else said, words, _("open"))
    if name == "order":
        return Filter(name, label, (wanted.in_order,), words, "")
    return Filter(name, label, said if name in queue.SEVERAL else (said,), words, _("any"))


def _named(wanted: Wanted, by: User) -> list[tuple[str, str, str]]:
    """Material and source that the address names: field, what it is called, the address without it."""
    found = []
    for name, model in (("document", Document), ("source", Source)):
        if getattr(wanted, name):
            rows: Any = model._default_manager
            one = rows.visible_to(by).filter(pk=getattr(wanted, name)).first()
            without: Any = {name: ""}
            found.append((name, str(one) if one else _("not to be seen"), replace(wanted, **without).query))
    return found
