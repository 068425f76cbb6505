"""Today: the page that the desk opens in the morning and comes back to all day."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from claims import inprint, today
from claims.lines import Mark
from factdesk.people.who import signed_in


@require_safe
def today_view(request: HttpRequest) -> HttpResponse:
    """The person's pieces with their clocks, and the lists of their role."""
    by = signed_in(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Today"),
        "room": "today",
        "pieces": inprint.pieces(by),
        "marks": list(Mark),
        "charts": by.may("print_unchecked"),
        "sections": today.sections(by),
        "may_open": by.may("assign"),
        "may_be_put": by.may("annotate"),
    }
    return TemplateResponse(request, "desk/today.html", context)
