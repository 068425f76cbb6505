"""Pages by cursor: a cursor says after which row to go on, so that page 10,000 costs what page 1 costs.

The rows are ordered by one column that is never NULL and, within it, by id, both in one direction; a page begins with
``ROW(column, id) > ROW(…)``, which an index on both answers. There is no OFFSET, and no total unless one is asked for.
A row whose ordering column changes while somebody pages may be met twice or not at all; ``ordering=id`` is stable.
"""

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from factdesk.rest.filters import ID_PATTERN, LARGEST_ID
from factdesk.rest.problems import BadQuery, wrong_parameter

if TYPE_CHECKING:  # DRF's views import this module, by its settings
    from rest_framework.views import APIView

PRESET, MOST = 50, 200
#: What a list takes beside its filters.
PARAMETERS = frozenset({"cursor", "limit", "ordering", "count"})


class Place(NamedTuple):
    """Where a page begins: next to a row, on the far side (``n``: after it) or the near one (``p``: before it)."""

    direction: str
    ordering: str
    value: str
    id: int

    def as_cursor(self) -> str:
        plain = "|".join([self.direction, self.ordering, self.value, str(self.id)])
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


class _Row(Func):
    function = "ROW"
    output_field = BooleanField()  # never read: a row stands only on one side of a comparison


class _Beyond(Func):
    """``ROW(column, id) > ROW(value, id)``, or ``<``."""

    template = "%(expressions)s"
    output_field = BooleanField()
    conditional = True


class CursorPages(BasePagination):
    """``?cursor=&limit=&ordering=&count=1`` → ``{results, next, previous[, count]}``.

    The view says what it can be ordered by (``orderings``, the first is the preset); each is a column that is never
    NULL and has an index with the id.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: "APIView | None" = None) -> list[Any]:
        """The rows of the page that was asked for, or BadQuery."""
        orderings: Sequence[str] = getattr(view, "orderings", ("id", "-id"))
        limit, ordering, counted = _limit(request), _ordering(request, orderings), _counted(request)
        place = _place(request, ordering, queryset.model)
        rows = queryset.order_by(*_keys(ordering, backwards=False))
        if place:
            rows = _beyond(queryset, place)
        found = list(rows[: limit + 1])
        more, page = len(found) > limit, found[:limit]
        back = place is not None and place.direction == "p"
        if back:
            page.reverse()
        self.url = request.build_absolute_uri()
        self.count = queryset.order_by().count() if counted else None
        self.next = _cursor("n", ordering, page[-1]) if page and (more or back) else None
        self.previous = _cursor("p", ordering, page[0]) if page and (more if back else place) else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """The page with its neighbours' addresses."""
        links = {
            name: replace_query_param(self.url, "cursor", cursor) if cursor else None
            for name, cursor in (("next", self.next), ("previous", self.previous))
        }
        total = {} if self.count is None else {"count": self.count}
        return Response({**links, **total, "results": data})

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        """How OpenAPI says what this takes."""
        orderings = list(getattr(view, "orderings", ("id", "-id")))
        told: list[tuple[str, dict[str, Any], str]] = [
            ("cursor", {"type": "string"}, "Where the page begins: taken from `next` or `previous`, never made up."),
            ("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": PRESET}, "Rows a page."),
            ("ordering", {"type": "string", "enum": orderings, "default": orderings[0]}, "A `-`: the largest first."),
            ("count", {"type": "integer", "enum": [1]}, "`1`: count all rows that match, which takes its time."),
        ]
        return [
            {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
            for name, schema, text in told
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """How OpenAPI says what comes back."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": link,
                "previous": link,
                "count": {"type": "integer", "description": "Only with `count=1`."},
                "results": schema,
            },
        }


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(PRESET))
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MOST:
        raise BadQuery(wrong_parameter("limit", "invalid_limit", f"Give a number from 1 to {MOST}."))
    return int(text)


def _ordering(request: Request, orderings: Sequence[str]) -> str:
    ordering = request.query_params.get("ordering", orderings[0])
    if ordering not in orderings:
        raise BadQuery(wrong_parameter("ordering", "unknown_ordering", f"Use one of: {', '.join(orderings)}."))
    return ordering


def _counted(request: Request) -> bool:
    text = request.query_params.get("count")
    if text not in (None, "1"):
        raise BadQuery(wrong_parameter("count", "invalid_count", "Give 1, or leave it out."))
    return text is not None


def _place(request: Request, ordering: str, model: type[Model]) -> Place | None:
    """The place that the cursor names, if there is one and it is one of ours, for this ordering."""
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return None
    place = _read(cursor, model._meta.get_field(ordering.lstrip("-")))
    if place is None or place.ordering != ordering:
        raise BadQuery(wrong_parameter("cursor", "invalid_cursor", "This is no cursor of this list and ordering."))
    return place


def _read(cursor: str, field: Any) -> Place | None:
    """What the cursor says, or None where we cannot have written it: it comes back as it went, or not at all."""
    if not re.fullmatch("[A-Za-z0-9_-]{1,400}", cursor):
        return None
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        direction, ordering, text, last = plain.split("|")
        value = field.to_python(text)
    except (ValueError, ValidationError):
        return None
    if direction not in ("n", "p") or not re.fullmatch(ID_PATTERN, last) or int(last) > LARGEST_ID:
        return None
    if _text(value) != text or (isinstance(value, int) and abs(value) > LARGEST_ID):
        return None
    if isinstance(value, datetime) and value.tzinfo is None:
        return None
    return Place(direction, ordering, text, int(last))


def _text(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _beyond(queryset: QuerySet[Any], place: Place) -> QuerySet[Any]:
    column = place.ordering.lstrip("-")
    field = queryset.model._meta.get_field(column)
    backwards = place.direction == "p"
    rising = place.ordering.startswith("-") == backwards
    at = Value(field.to_python(place.value), output_field=field)
    condition = _Beyond(_Row(F(column), F("id")), _Row(at, Value(place.id)), arg_joiner=" > " if rising else " < ")
    return queryset.filter(condition).order_by(*_keys(place.ordering, backwards=backwards))


def _keys(ordering: str, *, backwards: bool) -> list[str]:
    column = ordering.lstrip("-")
    sign = "-" if ordering.startswith("-") != backwards else ""
    return [f"{sign}{column}"] if column == "id" else [f"{sign}{column}", f"{sign}id"]


def _cursor(direction: str, ordering: str, row: Model) -> str:
    return Place(direction, ordering, _text(getattr(row, ordering.lstrip("-"))), int(row.pk)).as_cursor()
