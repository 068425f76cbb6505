"""The same done to many claims of the list: one call of the claim's own act per row, each row's result told.

The bargain: a row travels with the revision, the version and the finding that stood behind it in the list, so that
what has changed since is refused for that row, as on its own page. What needs a word more is asked on a page of its own
that has an address, so that what is typed there is kept like anything else.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from claims.models import Assessment, Claim
from factdesk import doing
from factdesk.acts import Act, Asked
from factdesk.doing import number
from factdesk.errors import DomainError
from factdesk.people.drafts import Sheet
from factdesk.people.who import signed_in
from factdesk.working import WorkingAdmin

#: the list's action -> the claim's act
TOGETHER = {
    "take_each": "take",
    "tick_each": "tick",
    "submit_each": "submit",
    "initial_each": "sign-off",
    "send_back_each": "send-back",
    "still_stands_each": "still-stands",
    "assign_each": "assign",
    "close_each": "close",
}
#: So many claims are done together at the most: a page of the list.
MOST = 100
_NUMBERS = ("revision", "version", "finding")

Row = tuple[int, dict[str, int | None]]


def _row(text: str) -> Row | None:
    """A row as it travels: "12.3.5.8" is claim 12, seen at revision 3, version 5, with finding 8 (0: none)."""
    numbers = text.split(".")
    if len(numbers) != 4 or not all(one.isascii() and one.isdigit() and len(one) < 19 for one in numbers):
        return None
    pk, *seen = map(int, numbers)
    return pk, dict(zip(_NUMBERS, seen, strict=True))


def _told(claims: Iterable[int], words: str) -> SafeString:
    links = ((reverse("admin:claims_claim_change", args=[pk]), pk) for pk in claims)
    return format_html("{} {}", words, format_html_join(", ", '<a href="{}">{}</a>', links))


def _list(back: str) -> str:
    """Which list one came from: that of the claims or the queue, as it was narrowed."""
    here, _, query = back.partition("?")
    queue = reverse("desk:queue")
    return f"{queue if here == queue else reverse('admin:claims_claim_changelist')}?{query}"


def each(request: HttpRequest, act: Act, rows: Iterable[str], given: dict[str, Any]) -> None:
    """One call a row; what was done is told in one line, what was not in a line each."""
    by, done = signed_in(request), []
    for pk, seen in filter(None, map(_row, rows)):
        claim = Claim.objects.visible_to(by).filter(pk=pk).first()
        if claim is None:
            continue
        try:
            act.call(Asked(by, claim, None, dict(given), seen))
        except DomainError as refused:
            messages.error(request, _told([pk], _("{act}: not done. {why}").format(act=act.label, why=refused)))
        else:
            done.append(pk)
    if done:
        count = ngettext("{act}: {count} claim.", "{act}: {count} claims.", len(done))
        messages.success(request, _told(done, count.format(act=act.label, count=len(done))))


def chosen_rows(request: HttpRequest, name: str) -> list[str]:
    """The rows whose boxes (called ``name``) were ticked, each as it stood on the screen."""
    chosen = set(request.POST.getlist(name))
    return [row for row in request.POST.getlist("row") if row.split(".")[0] in chosen][:MOST]


def form_for(name: str, rows: Iterable[str], back: str) -> str:
    """The address of the form for an act that takes a word more; ``back``: the list's own address."""
    return f"{reverse('admin:claims_together')}?{urlencode({'do': name, 'rows': ','.join(rows), 'back': back})}"


def with_newest_finding(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """With ``finding``: the number of the newest finding on each, which a list's row takes along."""
    newest = Assessment.objects.filter(claim=OuterRef("pk")).order_by("-id").values("pk")[:1]
    return claims.annotate(finding=Subquery(newest))


class WorksTogether(WorkingAdmin):
    """The list of claims, with what can be done to several at once."""

    actions = tuple(TOGETHER)

    def get_urls(self) -> list[Any]:
        together = self.admin_site.admin_view(self.together_view)
        return [path("together/", together, name="claims_together"), *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those that this person's role includes."""
        by = signed_in(request)
        offered = super().get_actions(request)
        return {name: told for name, told in offered.items() if name in TOGETHER and self._act(name).open_to(by)}

    @admin.display(description=gettext_lazy("choose"))
    def action_checkbox(self, obj: Any) -> SafeString:
        """The row's box, and with it what of the claim was on the screen."""
        return format_html(
            '<input type="checkbox" name="_selected_action" value="{}" class="action-select" aria-label="{} {}">'
            '<input type="hidden" name="row" value="{}.{}.{}.{}">',
            obj.pk, _("claim"), obj.pk, obj.pk, obj.revision, obj.version, obj.finding or 0,
        )  # fmt: skip

    def response_action(self, request: HttpRequest, queryset: QuerySet[Claim]) -> HttpResponse | None:  # type: ignore[override]
        """As always; what is no claim's number is not looked for."""
        if any(number(one) is None for one in request.POST.getlist("_selected_action")):
            raise BadRequest("A row is chosen by its number.")
        return super().response_action(request, queryset)

    def _act(self, name: str) -> Act:
        return self.acts[TOGETHER[name]]

    def _start(self, request: HttpRequest, name: str) -> HttpResponse | None:
        """Do it, where it takes no more than a key; else ask, on a page that has an address."""
        rows = chosen_rows(request, "_selected_action")
        if self._act(name).opens:
            return redirect(form_for(name, rows, request.get_full_path()))
        each(request, self._act(name), rows, {})
        return None

    def together_view(self, request: HttpRequest) -> HttpResponse:
        """The form for several claims at once; by POST, it is done."""
        by, name = signed_in(request), request.GET.get("do", "")
        if name not in TOGETHER or not self._act(name).open_to(by) or not self._act(name).opens:
            raise PermissionDenied
        act, rows = self._act(name), request.GET.get("rows", "").split(",")[:MOST]
        claims = list(Claim.objects.visible_to(by).filter(pk__in=[row[0] for row in map(_row, rows) if row]))
        back = _list(request.GET.get("back", ""))
        if not claims:
            return redirect(back)
        asked, sheet = Asked(by, claims[0]), Sheet(by.pk, f"claims:{name}", request.get_full_path())
        if request.method != "POST":
            return self._together(request, claims, doing.opened(request, act, asked, sheet), back)
        outcome = doing.sent(request, act, asked, sheet, lambda one: each(request, act, rows, one.given))
        if outcome.done or outcome.discarded:
            return redirect(back if outcome.done else sheet.address)
        return self._together(request, claims, outcome.doing, back, outcome.status)

    def _together(
        self, request: HttpRequest, claims: list[Claim], shown: dict[str, Any], back: str, status: int = 200
    ) -> HttpResponse:
        facts = {"doing": shown | {"leave": back}, "claims": claims, "opts": self.opts, "title": shown["act"].label}
        context = {**self.admin_site.each_context(request), **facts}
        return TemplateResponse(request, "claims/together.html", context, status=status)

    # --- the list's actions, by name ---

    @admin.action(description=gettext_lazy("Take"))
    def take_each(self, request: HttpRequest, chosen: Any) -> HttpResponse | None:
        return self._start(request, "take_each")

    @admin.action(description=gettext_lazy("Tick"))
    def tick_each(self, request: HttpRequest, chosen: Any) -> HttpResponse | None:
        return self._start(request, "tick_each")

    @admin.action(description=gettext_lazy("Submit"))
    def submit_each(self, request: HttpRequest, chosen: Any) -> HttpResponse | None:
        return self._start(request, "submit_each")

    @admin.action(description=gettext_lazy("Initial"))
    def initial_each(self, request: HttpRequest, chosen: Any) -> HttpResponse | None:
        return self._start(request, "initial_each")

    @admin.action(description=gettext_lazy("Send back…"))
    def send_back_each(self, request: HttpRequest, chosen: Any) -> HttpResponse | None:
        return self._start(request, "send_back_each")

    @admin.action(description=gettext_lazy("Still stands"))
    def still_stands_each(self, request: HttpRequest, chosen: Any) -> HttpResponse | None:
        return self._start(request, "still_stands_each")

    @admin.action(description=gettext_lazy("Assign…"))
    def assign_each(self, request: HttpRequest, chosen: Any) -> HttpResponse | None:
        return self._start(request, "assign_each")

    @admin.action(description=gettext_lazy("Close…"))
    def close_each(self, request: HttpRequest, chosen: Any) -> HttpResponse | None:
        return self._start(request, "close_each")
