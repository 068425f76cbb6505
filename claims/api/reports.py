"""``/reports/``: which tables there are to take away, and each as CSV, XLSX or JSON, streamed."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, ClassVar, Protocol

from django.db.models import Model
from django.http import QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.timezone import localdate
from drf_spectacular.drainage import get_override
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from claims import reports
from claims.api.copy import PieceFilters
from claims.api.decisions import SignOffFilters
from claims.api.filters import ClaimFilters
from claims.api.parts import AccusationFilters, UsageFilters
from claims.models import Accusation, Claim, Piece, SignOff, Usage
from claims.reportcolumns import CLAIMS, Report
from claims.reported import REPORTS
from factdesk import xlsxout
from factdesk.errors import NotAllowed
from factdesk.rest.filters import AnyOf, Filters
from factdesk.rest.parameters import check
from factdesk.rest.problems import BadQuery, wrong_parameter
from factdesk.rest.schema import several
from factdesk.rest.views import Guarded
from sources.api.source import SourceFilters
from sources.models import Source

#: records that reports are made of, as the API calls them -> whose they are, and how they are narrowed down
ABOUT: dict[str, tuple[type[Model], Any]] = {
    "claims": (Claim, ClaimFilters),
    "pieces": (Piece, PieceFilters),
    "sign_offs": (SignOff, SignOffFilters),
    "sources": (Source, SourceFilters),
    "accusations": (Accusation, AccusationFilters),
    "usages": (Usage, UsageFilters),
}


def filters_of(report: Report) -> Mapping[str, Any]:
    """name -> filter: those of the list of what the report is made of."""
    filters: Mapping[str, Any] = ABOUT[report.about][1].base_filters
    return filters


def chosen(
    query: QueryDict, who: Any, site: str, *, report: Report = CLAIMS, also: frozenset[str] = frozenset()
) -> reports.Wanted:
    """What a query (``kind=event&fields=id,statement``) asks of a report, as far as ``who`` may see it.

    ``who`` is a person or a token, ``site`` where the desk's pages are (``http://127.0.0.1:8000/``); ``also`` are
    parameters that the caller understands. Raises BadQuery, and NotAllowed where the report is not for them.
    """
    if not who.may(report.right):
        raise NotAllowed(f"This needs the right '{report.right}'.", needed=[report.right])
    model, filterset = ABOUT[report.about]
    filters = filters_of(report)
    check(query, {*filters, "fields", *also}, {name for name, each in filters.items() if isinstance(each, AnyOf)})
    asked = query.copy()
    asked["ordering"] = "id"  # a search has all that match, not the best
    request: Any = SimpleNamespace(query_params=asked, auth=who, user=who)
    view: Any = SimpleNamespace(filterset_class=filterset)
    seen: Any = model._default_manager
    records = Filters().filter_queryset(request, seen.visible_to(who), view)
    page = reverse("admin:claims_claim_change", args=[0]).replace("/0/", f"/{reports.NUMBER}/")
    named = _fields(query, report)
    return reports.Wanted(records, site.rstrip("/") + page, who.may("read_restricted"), named, report)


def _fields(query: QueryDict, report: Report) -> list[str] | None:
    if "fields" not in query:
        return None
    named = str(query["fields"]).split(",")
    known = [column.name for column in report.columns]
    if strange := [name[:100] for name in named if name not in known]:
        told = f"No such column: {', '.join(strange[:10])}. Known: {', '.join(known)}."
        raise BadQuery(wrong_parameter("fields", "unknown_field", told))
    return named


class Out(Protocol):
    """A report as it comes."""

    def __iter__(self) -> Any:
        """Its chunks."""

    def close(self) -> None:
        """Nobody wants the rest."""


#: ending -> the media type of what is sent
TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "xlsx": xlsxout.MEDIA_TYPE,
}


def made(wanted: reports.Wanted, ending: str, *, bom: bool = False) -> Out:
    """The report in that form. Raises django.db.Error, and BadQuery where a sheet cannot hold it."""
    if ending == "xlsx":
        try:
            return reports.xlsx(wanted)
        except xlsxout.TooManyRows as refused:
            raise BadQuery(wrong_parameter("format", "too_many_rows", str(refused))) from refused
    return reports.json(wanted) if ending == "json" else reports.csv(wanted, bom=bom)


def file_name(report: Report, ending: str) -> str:
    """What the report is called as a file."""
    return f"{report.name}-{localdate()}.{ending}"


class Csv(BaseRenderer):
    """Names the media type; what is answered was rendered by PostgreSQL."""

    media_type = "text/csv"
    format = "csv"


class Xlsx(BaseRenderer):
    """The same of a workbook."""

    media_type = xlsxout.MEDIA_TYPE
    format = "xlsx"


class ColumnSerializer(serializers.Serializer[Any]):
    """A column of a report."""

    name = serializers.CharField()
    kind = serializers.CharField(help_text="How its values are written.")
    meaning = serializers.CharField()


class ReportSerializer(serializers.Serializer[Any]):
    """A report: a table to take away."""

    name = serializers.CharField()
    title = serializers.CharField()
    meaning = serializers.CharField()
    filters = serializers.CharField(help_text="The list whose filters it takes.")
    right = serializers.CharField(help_text="What one must be allowed, to have it.")
    csv = serializers.URLField()
    json = serializers.URLField()
    xlsx = serializers.URLField()
    columns = ColumnSerializer(many=True)


class ReportsView(Guarded):
    """The reports that there are."""

    rights: ClassVar[dict[str, str]] = {"get": "read"}

    @extend_schema(operation_id="reports_list", responses=ReportSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Each report with its addresses and its columns."""
        listed = [
            {
                "name": one.name,
                "title": str(one.title),
                "meaning": one.row,
                "filters": one.about,
                "right": one.right,
                "columns": one.columns,
                **{
                    ending: request.build_absolute_uri(reverse(f"report-{one.name}-{ending}"))
                    for ending in ("csv", "json", "xlsx")
                },
            }
            for one in REPORTS.values()
        ]
        return Response(ReportSerializer(listed, many=True).data)


def _parameter(name: str, told: dict[str, Any]) -> OpenApiParameter:
    schema = {key: value for key, value in told.items() if key != "description"}
    return OpenApiParameter(name, schema, description=told["description"])


_BOM = _parameter(
    "bom", {"type": "integer", "enum": [1], "description": "`1`: begin with the mark that Excel asks for."}
)

_SCHEMAS: dict[str, dict[str, Any]] = {
    "number": {"type": ["integer", "null"]},
    "hours": {"type": ["number", "null"]},
    "yes": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "string"}},
    "words": {"type": "array", "items": {"type": "string"}},
    "day": {"type": ["string", "null"], "format": "date"},
    "moment": {"type": ["string", "null"], "format": "date-time"},
}


def _answer_of(report: Report, ending: str) -> dict[Any, Any]:
    if ending != "json":
        told = {"type": "string"} if ending == "csv" else {"type": "string", "format": "binary"}
        return {(200, TYPES[ending].partition(";")[0]): told}
    columns = {
        column.name: _SCHEMAS.get(column.kind, {"type": ["string", "null"]}) | {"description": column.meaning}
        for column in report.columns
    }
    return {(200, "application/json"): {"type": "array", "items": {"type": "object", "properties": columns}}}


class ReportView(Guarded):
    """A report. What is refused is told before the first byte; after it, a fault cuts the answer off.

    ``ending`` is its form; "": the one that ``format`` names, or CSV.
    """

    report: ClassVar[Report]
    ending: ClassVar[str]

    def known_parameters(self) -> set[str] | None:
        """They are looked at by :func:`chosen`."""
        return None

    def get(self, request: Request) -> HttpResponseBase:
        """Every row. In CSV a cell that a spreadsheet might compute begins with an apostrophe; lists of the JSON are
        arrays; in XLSX a text is a text, and more rows than a sheet holds are refused.
        """
        query = request.query_params
        ending = self.ending or query.get("format", "csv")
        also = {"bom"} if ending == "csv" else set()
        site = request.build_absolute_uri("/")
        also |= set() if self.ending else {"format"}
        wanted = chosen(query, request.auth or request.user, site, report=self.report, also=frozenset(also))
        if ending not in TYPES:
            raise BadQuery(wrong_parameter("format", "unknown_word", f"Use one of: {', '.join(TYPES)}."))
        if query.get("bom") not in (None, "1"):
            raise BadQuery(wrong_parameter("bom", "invalid_choice", "Give 1, or leave it out."))
        headers = {"Content-Disposition": f'attachment; filename="{file_name(self.report, ending)}"'}
        out: Any = () if request.method == "HEAD" else made(wanted, ending, bom="bom" in query)
        return StreamingHttpResponse(out, content_type=TYPES[ending], headers=headers)


_RENDERERS: dict[str, list[type[BaseRenderer]]] = {"csv": [Csv], "json": [JSONRenderer], "xlsx": [Xlsx]}


def _view(report: Report, ending: str) -> type[ReportView]:
    """The view of a report in one form; with an ending of "" in the form that is asked for."""
    told = [_parameter(name, get_override(each, "field")) for name, each in filters_of(report).items()]
    told.append(several("fields", tuple(column.name for column in report.columns), "Only these columns."))
    facts = {
        "__doc__": f"{report.row} Columns: docs/reports.md.",
        "report": report,
        "ending": ending,
        "rights": {"get": report.right},
        "renderer_classes": _RENDERERS[ending] if ending else [Csv, Xlsx, JSONRenderer],
    }
    called = "".join(part.title() for part in f"{report.name}-{ending}".split("-"))
    view: type[ReportView] = type(called, (ReportView,), facts)
    if not ending:
        return extend_schema_view(get=extend_schema(exclude=True))(view)
    return extend_schema_view(
        get=extend_schema(
            operation_id=f"reports_{report.name.replace('-', '_')}_{ending}",
            parameters=told + ([_BOM] if ending == "csv" else []),
            responses=_answer_of(report, ending),
        )
    )(view)


urlpatterns = [
    path("reports/", ReportsView.as_view(), name="report-list"),
    *(
        path(f"reports/{one.name}.{ending}", _view(one, ending).as_view(), name=f"report-{one.name}-{ending}")
        for one in REPORTS.values()
        for ending in TYPES
    ),
    *(path(f"reports/{one.name}/", _view(one, "").as_view(), name=f"report-{one.name}") for one in REPORTS.values()),
]
