"""Reports: all that there are, the first rows of one, what it is narrowed down to; to take away, or to be mailed.

The bargain: the page shows what the file would hold, for the same person and the same filters, which stand in its
address as the API has them; files come from the API. What is asked for wrongly is told, and nothing is shown.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from claims import reportmails, reports
from claims.admin import deciding
from claims.api.reports import ABOUT, TYPES, chosen, filters_of
from claims.labels import FIELDS
from claims.models import ReportMail
from claims.models.reportmail import FORMS
from claims.reportcolumns import CLAIMS, Report
from claims.reported import REPORTS
from claims.vocabularies import Flag, Warning
from factdesk.doing import number
from factdesk.errors import DomainError
from factdesk.people.models import User
from factdesk.people.who import signed_in
from factdesk.rest.filters import AnyOf
from factdesk.rest.problems import BadQuery

#: So many rows are shown.
SHOWN = 20
#: So many characters of a cell are shown.
LONGEST = 90

#: name of a filter -> what it is called, where it is not the column's name with a capital
CALLED = {
    "q": gettext_lazy("Words"),
    "flag": gettext_lazy("Flag"),
    "warning": gettext_lazy("Warning"),
    "topic": gettext_lazy("Topic"),
    "assignee": gettext_lazy("With"),
    "state": gettext_lazy("Stands"),
    "verdict": gettext_lazy("Is it so"),
    "clearance": gettext_lazy("OK to print"),
    "outcome": gettext_lazy("Reply"),
    "owed": FIELDS["owed"],
    "decision": gettext_lazy("Decision"),
    "by": gettext_lazy("Decided by"),
    "about_after": gettext_lazy("About this day or later"),
    "about_before": gettext_lazy("About this day or earlier"),
    "independent_origins_max": gettext_lazy("Original sources, at the most"),
    "updated_after": gettext_lazy("Changed after"),
    "created_after": gettext_lazy("Recorded after"),
}
#: words of filters that are no column's
WORDS: Mapping[str, Any] = {"flag": Flag, "warning": Warning}
#: filters that name somebody of the desk
PEOPLE = {"assignee", "author", "editor", "checker", "second_reader", "lawyer", "by"}
#: what one asks for most; the rest stands under "More"
FIRST = ("kind", "state", "verdict", "priority", "outcome", "owed", "decision", "assignee", "editor", "q")


class Asked(NamedTuple):
    """A filter of the form. ``words``: those that may be chosen ([]: it is typed, as ``type``)."""

    name: str
    label: str
    chosen: list[str]
    words: list[tuple[str, str]]
    several: bool
    type: str
    hint: str

    @property
    def told(self) -> str:
        """What is chosen, in words."""
        return ", ".join(word for value, word in self.words if value in self.chosen) or _("any")


@require_http_methods(["GET", "HEAD", "POST"])
def reports_view(request: HttpRequest, name: str = CLAIMS.name) -> HttpResponse:
    """The page of a report; without a name that of claims. By POST it is mailed from now on, or no more (``do``)."""
    by = signed_in(request)
    if name not in REPORTS:
        raise Http404
    report = REPORTS[name]
    if not by.may(report.right):
        raise PermissionDenied
    if request.method == "POST":
        return _mailed(request, by, report)
    return TemplateResponse(request, "desk/reports.html", _page(request, by, report))


def _mailed(request: HttpRequest, by: User, report: Report) -> HttpResponse:
    """Kept or stopped; then back to the same rows."""
    asked = request.POST
    try:
        if asked.get("do") == "stop":
            reportmails.stop(by=by, mail_id=number(asked.get("mail")) or 0)
            messages.success(request, _("It is not mailed to you any more."))
        else:
            query = given(request.GET)
            chosen(query, by, request.build_absolute_uri("/"), report=report)
            weekday, hour = number(asked.get("weekday")), number(asked.get("hour"))
            row = reportmails.keep(
                by=by, report=report, query=query.urlencode(), form=asked.get("form", ""), weekday=weekday,
                hour=-1 if hour is None else hour,
            )  # fmt: skip
            messages.success(request, _("It is mailed to you %(when)s.") % {"when": reportmails.rhythm(row)})
    except DomainError as refused:
        messages.error(request, str(refused))
    except BadQuery as wrong:
        messages.error(request, _told(wrong))
    return redirect(request.get_full_path())


def _told(wrong: BadQuery) -> str:
    return " ".join(str(each["detail"]) for each in wrong.errors)


def _page(request: HttpRequest, by: User, report: Report) -> dict[str, Any]:
    """What the page of a report shows."""
    query = given(request.GET)
    refused, rows = "", []
    try:
        wanted = chosen(query, by, request.build_absolute_uri("/"), report=report)
        rows = reports.preview(wanted, SHOWN)
    except BadQuery as wrong:
        refused = _told(wrong)
    asked = _asked(report, query)
    said = f"?{query.urlencode()}" if query else ""
    return {
        **admin.site.each_context(request),
        "title": report.title,
        "room": "reports",
        "report": report,
        "listed": [one for one in REPORTS.values() if by.may(one.right)],
        "first": [one for one in asked if one.name in FIRST],
        "more": [one for one in asked if one.name not in FIRST],
        "more_is_used": any(one.chosen for one in asked if one.name not in FIRST),
        "query": query.urlencode(),
        "refused": refused,
        "rows": [_cells(report, row) for row in rows[:SHOWN]],
        "there_are_more": len(rows) > SHOWN,
        "mails": [(one, reportmails.rhythm(one), _called(one), reportmails.address(one)) for one in reportmails.of(by)],
        "forms": FORMS,
        "days": list(WEEKDAYS.items()),
        "hours": range(24),
        "may_be_mailed": bool(by.email) and bool(settings.ENV.mail_host),
        "files": [(ending, reverse(f"report-{report.name}-{ending}") + said) for ending in TYPES],
    }


def _called(mail: ReportMail) -> str:
    return str(REPORTS[mail.report].title) if mail.report in REPORTS else mail.report


def given(asked: QueryDict) -> QueryDict:
    """What of an address is given: a form sends the fields, too, in which nothing stands."""
    query = QueryDict(mutable=True)
    for name, values in asked.lists():
        if kept := [str(value) for value in values if str(value).strip()]:
            query.setlist(name, kept)
    return query


def _cells(report: Report, row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Of each cell its kind, its words in short, and where it leads."""
    return [
        (column.kind, _in_short(column.kind, row[column.name]), _leads(column.name, row)) for column in report.columns
    ]


def _leads(name: str, row: Mapping[str, Any]) -> str:
    return str(row["page"]) if name == "page" else ""


def _in_short(kind: str, value: Any) -> str:
    if value is None:
        return ""
    if kind == "moment":
        return f"{timezone.localtime(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
    if kind == "yes":
        return _("yes") if value else _("no")
    words = "; ".join(value) if isinstance(value, list) else str(value)
    return words if len(words) <= LONGEST else f"{words[:LONGEST].rstrip()} …"


def _asked(report: Report, query: QueryDict) -> list[Asked]:
    """The form's filters."""
    people = [(str(one.pk), one.get_full_name() or one.username) for one in deciding.takers()]
    made = [_filter(report, name, one, query, people) for name, one in filters_of(report).items()]
    return sorted(made, key=lambda one: FIRST.index(one.name) if one.name in FIRST else len(FIRST))


def _filter(report: Report, name: str, one: Any, query: QueryDict, people: Iterable[tuple[str, str]]) -> Asked:
    schema = one.extra["reader"].schema
    words = list(people) if name in PEOPLE else _words(report, name, one, schema.get("enum", []))
    hint = {"date-time": "2026-11-01T00:00:00Z", "date": "2026-11-01"}.get(schema.get("format", ""), "")
    hint = hint or (_("number") if "pattern" in schema else "")
    label = str(CALLED.get(name) or FIELDS.get(name) or _title(name))
    kind = "date" if schema.get("format") == "date" else "text"
    return Asked(name, label, query.getlist(name), words, isinstance(one, AnyOf), kind, hint)


def _words(report: Report, name: str, one: Any, known: Iterable[Any]) -> list[tuple[str, str]]:
    """The words that a filter knows, as the desk says them."""
    if name in WORDS:
        return [(value, str(label)) for value, label in WORDS[name].choices]
    labels = {}
    if known and name != "withdrawn":
        labels = dict(ABOUT[report.about][0]._meta.get_field(one.field_name).flatchoices)  # type: ignore[union-attr]
    return [(str(word), str(labels.get(word, _("yes")))) for word in known]


def _title(name: str) -> str:
    return name[0].upper() + name[1:].replace("_", " ")
