"""Webhooks in the admin, for chiefs: where programs are told, what was sent, and what can be done about it by hand."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from factdesk.doing import number
from factdesk.errors import BadInput, DomainError
from factdesk.people.admin import ChiefsAdmin, moment
from factdesk.people.who import signed_in
from factdesk.webhooks import deliveries, endpoints
from factdesk.webhooks.models import Endpoint, State
from factdesk.webhooks.resources import type_of

#: so many deliveries stand on an endpoint's page; the API lists all
LISTED = 100
DO = ("disable", "enable", "test", "replay", "replay_failed")


@admin.register(Endpoint)
class EndpointAdmin(ChiefsAdmin):
    right = "tokens"
    heading = _("Webhooks")
    list_display = ("__str__", "host", "person", "stands", "waiting", "failed")
    list_select_related = ("person", "spell")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        """Endpoints, with how many of their deliveries wait and failed."""
        found: QuerySet[Endpoint] = super().get_queryset(request)
        return found.annotate(
            waits=Count("deliveries", filter=Q(deliveries__state=State.WAITING)),
            fails=Count("deliveries", filter=Q(deliveries__state=State.FAILED)),
        )

    @admin.display(description=_("tells"))
    def host(self, endpoint: Endpoint) -> str:
        """The host alone: the rest of an address may hold a secret."""
        return endpoint.host

    @admin.display(description=_("stands"))
    def stands(self, endpoint: Endpoint) -> str:
        """In words, whether it is told anything."""
        return stands(endpoint)

    @admin.display(description=_("waiting"))
    def waiting(self, endpoint: Any) -> int:
        return int(endpoint.waits)

    @admin.display(description=_("failed"))
    def failed(self, endpoint: Any) -> int:
        return int(endpoint.fails)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """An endpoint, its newest deliveries with their attempts, and what can be done about them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        endpoint = self.get_object(request, unquote(object_id))
        if endpoint is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if request.method == "POST":
            self._do(request, endpoint)
            return redirect("admin:webhooks_endpoint_change", endpoint.pk)
        rows = list(endpoint.deliveries.order_by("-id").prefetch_related("attempts")[:LISTED])
        facts = {
            "endpoint": endpoint,
            "stands": stands(endpoint),
            "rows": [(row, type_of(row.resource), sorted(row.attempts.all(), key=lambda a: a.pk)) for row in rows],
            "listed": LISTED,
        }
        return self.sheet(request, "webhooks/endpoint.html", title=str(endpoint), **facts)

    def _do(self, request: HttpRequest, endpoint: Endpoint) -> None:
        """Do what a button says, and say what came of it."""
        asked = next((name for name in DO if name in request.POST), "")
        on: Any = {"endpoint_id": endpoint.pk, "version": number(request.POST.get("version")), "by": signed_in(request)}
        try:
            match asked:
                case "disable":
                    endpoints.disable(**on)
                case "enable":
                    endpoints.enable(**on)
                case "test":
                    deliveries.send_test(**on)
                case "replay":
                    self._told(request, deliveries.replay(**on, delivery_id=number(request.POST["replay"]) or 0))
                case "replay_failed":
                    self._told(request, deliveries.replay(**on, since=endpoint.created_at))
        except DomainError as refused:
            listed = refused.problems if isinstance(refused, BadInput) else []
            self.message_user(request, " ".join([str(refused), *(each["message"] for each in listed)]), messages.ERROR)

    def _told(self, request: HttpRequest, count: int) -> None:
        self.message_user(request, ngettext("%d is sent again.", "%d are sent again.", count) % count)


def stands(endpoint: Endpoint) -> str:
    """In words, whether it is told anything."""
    if endpoint.disabled_at and endpoint.disabled_because:
        facts = {"why": endpoint.get_disabled_because_display(), "when": moment(endpoint.disabled_at)}
        return str(_("off since %(when)s: %(why)s") % facts)
    if not endpoint.person.is_active:
        return str(_("its person has left: it hears nothing"))
    spell = getattr(endpoint, "spell", None)
    return str(_("takes nothing since %s") % moment(spell.since) if spell else _("on"))
