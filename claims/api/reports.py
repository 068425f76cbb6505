"""``/reports/``: which tables there are to take away, and each as CSV or JSON, streamed."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

from django.http import QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.timezone import localdate
from drf_spectacular.drainage import get_override
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from claims import reports
from claims.api.filters import ClaimFilters
from claims.models import Claim
from claims.reportcolumns import COLUMNS
from factdesk.copyout import CopyOut
from factdesk.rest.filters import AnyOf, Filters
from factdesk.rest.parameters import check
from factdesk.rest.problems import BadQuery, wrong_parameter
from factdesk.rest.schema import several
from factdesk.rest.views import Guarded

FILTERS: Mapping[str, Any] = ClaimFilters.base_filters


def chosen(query: QueryDict, who: Any, site: str, *, also: frozenset[str] = frozenset()) -> reports.Wanted:
    """What a query (``kind=event&fields=id,statement``) asks of the report of claims, as far as ``who`` may see it.

    ``who`` is a person or a token, ``site`` where the desk's pages are (``http://127.0.0.1:8000/``); ``also`` are
    parameters that the caller understands. Raises BadQuery.
    """
    check(query, {*FILTERS, "fields", *also}, {name for name, each in FILTERS.items() if isinstance(each, AnyOf)})
    asked = query.copy()
    asked["ordering"] = "id"  # a search has all that match, not the best
    request: Any = SimpleNamespace(query_params=asked, auth=who, user=who)
    view: Any = SimpleNamespace(filterset_class=ClaimFilters)
    claims: Any = Filters().filter_queryset(request, Claim.objects.visible_to(who), view)
    page = reverse("admin:claims_claim_change", args=[0]).replace("/0/", f"/{reports.NUMBER}/")
    return reports.Wanted(claims, site.rstrip("/") + page, who.may("read_restricted"), _fields(query))


def _fields(query: QueryDict) -> list[str] | None:
    if "fields" not in query:
        return None
    named = str(query["fields"]).split(",")
    known = [column.name for column in COLUMNS]
    if strange := [name[:100] for name in named if name not in known]:
        told = f"No such column: {', '.join(strange[:10])}. Known: {', '.join(known)}."
        raise BadQuery(wrong_parameter("fields", "unknown_field", told))
    return named


class Csv(BaseRenderer):
    """Names the media type; what is answered was rendered by PostgreSQL."""

    media_type = "text/csv"
    format = "csv"


class ColumnSerializer(serializers.Serializer[Any]):
    """A column of a report."""

    name = serializers.CharField()
    kind = serializers.CharField(help_text="How its values are written.")
    meaning = serializers.CharField()


class ReportSerializer(serializers.Serializer[Any]):
    """A report: a table to take away."""

    name = serializers.CharField()
    meaning = serializers.CharField()
    csv = serializers.URLField()
    json = serializers.URLField()
    columns = ColumnSerializer(many=True)


class ReportsView(Guarded):
    """The reports that there are."""

    rights: ClassVar[dict[str, str]] = {"get": "read"}

    @extend_schema(operation_id="reports_list", responses=ReportSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Each report with its addresses and its columns."""
        listed = [
            {
                "name": name,
                "meaning": meaning,
                "csv": request.build_absolute_uri(reverse(f"report-{name}-csv")),
                "json": request.build_absolute_uri(reverse(f"report-{name}-json")),
                "columns": COLUMNS,
            }
            for name, meaning in reports.REPORTS.items()
        ]
        return Response(ReportSerializer(listed, many=True).data)


def _parameter(name: str, told: dict[str, Any]) -> OpenApiParameter:
    schema = {key: value for key, value in told.items() if key != "description"}
    return OpenApiParameter(name, schema, description=told["description"])


_PARAMETERS = [
    *(_parameter(name, get_override(each, "field")) for name, each in FILTERS.items()),
    several("fields", tuple(column.name for column in COLUMNS), "Only these columns."),
]
_BOM = _parameter(
    "bom", {"type": "integer", "enum": [1], "description": "`1`: begin with the mark that Excel asks for."}
)

_SCHEMAS: dict[str, dict[str, Any]] = {
    "number": {"type": ["integer", "null"]},
    "yes": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "string"}},
    "words": {"type": "array", "items": {"type": "string"}},
    "day": {"type": ["string", "null"], "format": "date"},
    "moment": {"type": ["string", "null"], "format": "date-time"},
}
_ROWS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            column.name: _SCHEMAS.get(column.kind, {"type": ["string", "null"]}) | {"description": column.meaning}
            for column in COLUMNS
        },
    },
}


class ClaimsReport(Guarded):
    """The report of claims. What is refused is told before the first byte; after it, a fault cuts the answer off."""

    rights: ClassVar[dict[str, str]] = {"get": "read"}

    def known_parameters(self) -> set[str] | None:
        """They are looked at by :func:`chosen`."""
        return None

    def wanted(self, request: Request, also: frozenset[str] = frozenset()) -> reports.Wanted:
        """What is asked for."""
        site = request.build_absolute_uri("/")
        return chosen(request.query_params, request.auth or request.user, site, also=also)

    def answer(self, request: Request, ending: str, content_type: str, out: CopyOut) -> HttpResponseBase:
        """The report as it comes; of HEAD, what would come with it."""
        headers = {"Content-Disposition": f'attachment; filename="claims-{localdate()}.{ending}"'}
        if request.method == "HEAD":
            out.close()
            return StreamingHttpResponse((), content_type=content_type, headers=headers)
        return StreamingHttpResponse(out, content_type=content_type, headers=headers)


class ClaimsCsv(ClaimsReport):
    """The report of claims as CSV."""

    renderer_classes = [Csv]

    @extend_schema(
        operation_id="reports_claims_csv",
        parameters=[*_PARAMETERS, _BOM],
        responses={(200, "text/csv"): {"type": "string"}},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Every claim that matches, one row each. A cell that a spreadsheet might compute begins with an apostrophe."""
        wanted = self.wanted(request, frozenset({"bom"}))
        bom = request.query_params.get("bom")
        if bom not in (None, "1"):
            raise BadQuery(wrong_parameter("bom", "invalid_choice", "Give 1, or leave it out."))
        out = reports.csv(wanted, bom=bom is not None)
        return self.answer(request, "csv", "text/csv; charset=utf-8; header=present", out)


class ClaimsJson(ClaimsReport):
    """The report of claims as JSON."""

    renderer_classes = [JSONRenderer]

    @extend_schema(
        operation_id="reports_claims_json", parameters=_PARAMETERS, responses={(200, "application/json"): _ROWS}
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Every claim that matches, one object each, with the columns of the CSV; lists are arrays."""
        return self.answer(request, "json", "application/json", reports.json(self.wanted(request)))


urlpatterns = [
    path("reports/", ReportsView.as_view(), name="report-list"),
    path("reports/claims.csv", ClaimsCsv.as_view(), name="report-claims-csv"),
    path("reports/claims.json", ClaimsJson.as_view(), name="report-claims-json"),
]
