"""Pages by cursor: a cursor says after which row to go on, so that page 10,000 costs what page 1 costs.

The rows are ordered by one column that is never NULL and, within it, by id, both in one direction; a page begins with
``ROW(column, id) > ROW(…)``, which an index on both answers. There is no OFFSET, and no total unless one is asked for.
A row whose ordering column changes while somebody pages may be met twice or not at all; ``ordering=id`` is stable.
What is searched for (``q``) comes best first, from the newest 2,000 matches: a match's relevance never changes, so its
pages are as stable as the rest.
"""

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, FloatField, Func, Model, QuerySet, Value
from django.http import HttpResponse
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from factdesk.rest.building import Row
from factdesk.rest.filters import ID_PATTERN, LARGEST_ID
from factdesk.rest.problems import BadQuery, wrong_parameter

if TYPE_CHECKING:  # DRF's views import this module, by its settings
    from rest_framework.views import APIView

PRESET, MOST = 50, 200
#: What a list takes beside its filters.
PARAMETERS = frozenset({"cursor", "limit", "ordering", "count"})
RELEVANCE = "-relevance"
CURSOR_PATTERN = "^[A-Za-z0-9_-]{1,400}$"

Fetch = Callable[[QuerySet[Any], str], list[Row]]


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


@dataclass(frozen=True)
class Window:
    """What a query says of the page that it wants: ``place`` is its cursor's, None for the first page."""

    limit: int
    ordering: str
    counted: bool
    place: Place | None

    @property
    def is_before(self) -> bool:
        """Whether it ends where the cursor is."""
        return self.place is not None and self.place.direction == "p"

    def around(self, found: list[Any], at: Callable[[Any], tuple[Any, int]]) -> "tuple[list[Any], dict[str, Any]]":
        """The page of ``found`` (one more than its limit, if there are more), and the cursors of its neighbours.

        ``at`` gives a row's value and id.
        """
        more, page = len(found) > self.limit, found[: self.limit]
        if self.is_before:
            page.reverse()

        def cursor(direction: str, row: Any) -> str:
            value, last = at(row)
            return Place(direction, self.ordering, _text(value), last).as_cursor()

        following = cursor("n", page[-1]) if page and (more or self.is_before) else None
        preceding = cursor("p", page[0]) if page and (more if self.is_before else self.place) else None
        return page, {"next": following, "previous": preceding}


def window(request: Request, orderings: Sequence[str], field: Callable[[str], Any]) -> Window:
    """What the request asks for, or BadQuery. ``field`` gives the model field of a column that orders."""
    limit, ordering, counted = _limit(request), _ordering(request, orderings), _counted(request)
    cursor = request.query_params.get("cursor")
    place = None if cursor is None else _read(cursor, field(ordering.lstrip("-")))
    if cursor is not None and (place is None or place.ordering != ordering):
        raise BadQuery(wrong_parameter("cursor", "invalid_cursor", "This is no cursor of this list and ordering."))
    return Window(limit, ordering, counted, place)


def answer(request: Request, cursors: dict[str, Any], results: Sequence[str], count: int | None = None) -> HttpResponse:
    """The page, its results as the JSON texts that they come in; with its neighbours' addresses."""
    url = request.build_absolute_uri()
    head: dict[str, Any] = {
        name: cursor and replace_query_param(url, "cursor", cursor) for name, cursor in cursors.items()
    }
    if count is not None:
        head["count"] = count
    return HttpResponse(f'{json.dumps(head)[:-1]}, "results": [{",".join(results)}]}}', content_type="application/json")


class CursorPages(BasePagination):
    """``?cursor=&limit=&ordering=&count=1`` → ``{results, next, previous[, count]}``.

    The view says what it can be ordered by (``orderings``, the first is the preset); each is a column that is never
    NULL and has an index with the id.
    """

    def page(self, queryset: QuerySet[Any], request: Request, orderings: Sequence[str], fetch: Fetch) -> HttpResponse:
        """The page that was asked for, or BadQuery. ``fetch`` brings the rows of a queryset, each with a column."""
        if "relevance" in queryset.query.annotations:
            orderings = (RELEVANCE, *orderings)
        asked = window(request, orderings, lambda column: _field(queryset.model, column))
        column = asked.ordering.lstrip("-")
        field = _field(queryset.model, column)
        rows = _beyond(queryset, asked.place) if asked.place else queryset
        ordered = rows.order_by(*_keys(asked.ordering, backwards=asked.is_before))
        page, cursors = asked.around(
            fetch(ordered[: asked.limit + 1], column), lambda row: (field.to_python(row.at), row.id)
        )
        count = queryset.order_by().count() if asked.counted else None
        return answer(request, cursors, [row.json for row in page], count)

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        """How OpenAPI says what this takes."""
        is_list = getattr(view, "action", None) == "list"
        orderings = [*getattr(view, "orderings", ())] if is_list else ["id", "-id"]
        if is_list and "q" in getattr(getattr(view, "filterset_class", None), "base_filters", ()):
            orderings.append(RELEVANCE)
        told: list[tuple[str, dict[str, Any], str]] = [
            (
                "cursor",
                {"type": "string", "pattern": CURSOR_PATTERN},
                "Where the page begins: taken from `next` or `previous`, never made up.",
            ),
            ("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": PRESET}, "Rows a page."),
            ("ordering", {"type": "string", "enum": orderings, "default": orderings[0]}, ORDERED),
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
                "next": link | {"example": "http://127.0.0.1:8000/api/v1/claims/?cursor=bnxpZHw1MHw1MA&limit=50"},
                "previous": link | {"example": None},
                "count": {"type": "integer", "description": "Only with `count=1`.", "example": 123},
                "results": schema,
            },
        }


ORDERED = f"A `-`: the largest first. With `q` alone it is `{RELEVANCE}`: best first, of the newest 2,000 matches."


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(PRESET))
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MOST:
        raise BadQuery(wrong_parameter("limit", "invalid_limit", f"Give a number from 1 to {MOST}."))
    return int(text)


def _ordering(request: Request, orderings: Sequence[str]) -> str:
    ordering = request.query_params.get("ordering", orderings[0])
    if ordering == RELEVANCE and ordering not in orderings:
        told = f"{RELEVANCE} is the order of a search with q. Use one of: {', '.join(orderings)}."
        raise BadQuery(wrong_parameter("ordering", "only_with_q", told))
    if ordering not in orderings:
        raise BadQuery(wrong_parameter("ordering", "unknown_ordering", f"Use one of: {', '.join(orderings)}."))
    return ordering


def _counted(request: Request) -> bool:
    text = request.query_params.get("count")
    if text not in (None, "1"):
        raise BadQuery(wrong_parameter("count", "invalid_count", "Give 1, or leave it out."))
    return text is not None


def _field(model: type[Model], column: str) -> Any:
    return FloatField() if column == "relevance" else model._meta.get_field(column)


def _read(cursor: str, field: Any) -> Place | None:
    """What the cursor says, or None where we cannot have written it: it comes back as it went, or not at all."""
    if not re.fullmatch(CURSOR_PATTERN.strip("^$"), cursor):
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
    field = _field(queryset.model, column)
    backwards = place.direction == "p"
    rising = place.ordering.startswith("-") == backwards
    at = Value(field.to_python(place.value), output_field=field)
    condition = _Beyond(_Row(F(column), F("id")), _Row(at, Value(place.id)), arg_joiner=" > " if rising else " < ")
    return queryset.filter(condition).order_by(*_keys(place.ordering, backwards=backwards))


def _keys(ordering: str, *, backwards: bool) -> list[str]:
    column = ordering.lstrip("-")
    sign = "-" if ordering.startswith("-") != backwards else ""
    return [f"{sign}{column}"] if column == "id" else [f"{sign}{column}", f"{sign}id"]
