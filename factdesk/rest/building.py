"""The JSON of a page, built by PostgreSQL: one query brings each record as a text that goes out as it is.

The bargain: a serializer (``factdesk.rest.shown``) is the one declaration. Here each kind of its fields is written as
SQL; what they are in Python is in ``factdesk.rest.fields``, and a test holds the two to be equal. The SQL of a shape is
put together once and kept; only its page (filters, cursor) is new with every request.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.reverse import reverse

from factdesk.rest.fields import Address, Exact, Id, Linked, Moment, Newest, Parts, Ref, Worked
from factdesk.rest.shown import Rights, Shape, fields_of, preset


class Site(NamedTuple):
    """A parameter that is known with the request only: the address of this view's list."""

    view: str


class Sql(NamedTuple):
    """A piece of SQL and its parameters, in the order of their places."""

    text: str
    params: tuple[Any, ...]


class Row(NamedTuple):
    """A record as JSON; ``at`` is the value by which its page is ordered, as PostgreSQL writes it."""

    id: int
    at: str
    json: str


def rows(queryset: QuerySet[Any], at: Any, shape: Shape, request: Request, rights: Rights) -> list[Row]:
    """The records of ``queryset`` (filtered, ordered and cut) in its order, in one query. ``at``: an expression."""
    try:
        keys, given = queryset.annotate(page_at=at).values_list("pk", "page_at").query.sql_with_params()
    except EmptyResultSet:
        return []
    record = record_sql(shape, rights)
    statement = (
        f"WITH page (id, at) AS MATERIALIZED ({keys}) "
        f"SELECT page.id, page.at::text, ({record.text})::text "
        "FROM (SELECT *, row_number() OVER () AS place FROM page) page ORDER BY page.place"
    )
    return [Row(*found) for found in fetch(statement, [*given, *record.params], request)]


def fetch(statement: str, params: Sequence[Any], request: Request) -> list[tuple[Any, ...]]:
    """Run a statement; the addresses that it asks for are this request's."""
    found = [reverse(each.view, request=request) if isinstance(each, Site) else each for each in params]
    with connection.cursor() as cursor:
        cursor.execute(statement, found)
        answered: list[tuple[Any, ...]] = cursor.fetchall()
        return answered


@lru_cache(maxsize=1000)
def record_sql(shape: Shape, rights: Rights, key: str = "page.id") -> Sql:
    """SQL for the JSON of the record whose id is ``key``."""
    writer = _Writer(rights)
    return Sql(writer.record(shape, lambda row: f"{row}.id = {key}", ""), tuple(writer.params))


@lru_cache(maxsize=1000)
def records_sql(shape: Shape, rights: Rights, condition: str, order: str) -> Sql:
    """SQL for a JSON list of the records for which ``condition`` holds; ``{row}`` in both is the record's row."""
    writer = _Writer(rights)
    made = writer.records(shape, lambda row: condition.format(row=row), lambda row: f"ORDER BY {order.format(row=row)}")
    return Sql(made, tuple(writer.params))


Condition = Callable[[str], str]


class _Writer:
    """Writes nested SELECTs; ``params`` fills in the order in which the text does."""

    def __init__(self, rights: Rights) -> None:
        self.rights = rights
        self.params: list[Any] = []
        self.aliases = 0

    def record(self, shape: Shape, where: Condition, tail: str) -> str:
        selected, row = self._select(shape, where)
        return f"(SELECT row_to_json(r) FROM ({selected} {tail.format(row=row)}) r)"

    def records(self, shape: Shape, where: Condition, order: Condition) -> str:
        selected, row = self._select(shape, where)
        return f"(SELECT coalesce(json_agg(r), '[]'::json) FROM ({selected} {order(row)}) r)"

    def _select(self, shape: Shape, where: Condition) -> tuple[str, str]:
        self.aliases += 1
        row = f"t{self.aliases}"
        meta: Any = shape.serializer.Meta
        fields = fields_of(shape.serializer)
        listed = ", ".join(f'{self._value(fields[name], row, shape)} AS "{name}"' for name in shape.names)
        beside = getattr(meta, "beside", "").format(row=row)
        table = meta.model._meta.db_table
        return f'SELECT {listed} FROM "{table}" {row} {beside} WHERE {where(row)}{self._seen(meta.model, row)}', row

    def _value(self, field: Any, row: str, shape: Shape) -> str:
        match field:
            case Worked():
                return f"({field.sql.format(row=row)})"
            case Address():
                self.params.append(Site(field.view))
                return f"%s || {row}.id || '/'"
            case Parts():
                return self._parts(field, row, shape)
            case Ref():
                return self._named(field, row, shape)
        return plain(field, f'{row}."{column_of(field)}"')

    def _inner(self, field: Linked, shape: Shape) -> Shape | None:
        brief = preset(field.brief) if field.brief else None
        return shape.inside(field.field_name or "") or brief

    def _named(self, field: Ref, row: str, shape: Shape) -> str:
        key, inner = f'{row}."{column_of(field)}"', self._inner(field, shape)
        if inner is None:
            return f"{key}::text"
        if field.instead:
            other = field.model._meta.get_field(field.instead).column  # type: ignore[union-attr]
            table = field.model._meta.db_table
            key = f'(SELECT coalesce(s."{other}", s.id) FROM "{table}" s WHERE s.id = {key})'
        made = self.record(inner, lambda other: f"{other}.id = {key}", "")
        if not self._restricts(inner.serializer.Meta.model):
            return made
        hidden = f"json_build_object('id', {key}::text, 'restricted', true)"
        return f"coalesce({made}, CASE WHEN {key} IS NOT NULL THEN {hidden} END)"

    def _parts(self, field: Parts, row: str, shape: Shape) -> str:
        inner = self._inner(field, shape)
        assert inner is not None, f"{field.field_name} is not asked for"  # noqa: S101 - ours to see to
        columns = [field.model._meta.get_field(name).column for name in field.via]  # type: ignore[union-attr]

        def of_the_row(other: str) -> str:
            either = " OR ".join(f'{other}."{column}" = {row}.id' for column in columns)
            return f"({either})" + (f" AND {other}.withdrawn_at IS NULL" if field.is_withdrawable else "")

        order = ", ".join(f'{{row}}."{name.lstrip("-")}"{" DESC" if name[0] == "-" else ""}' for name in field.order)
        if isinstance(field, Newest):
            return self.record(inner, of_the_row, f"ORDER BY {order} LIMIT 1")
        return self.records(inner, of_the_row, lambda other: f"ORDER BY {order.format(row=other)}")

    def _restricts(self, model: type[Model]) -> bool:
        manager: Any = model._default_manager
        return hasattr(manager, "visible_to") and bool(manager.visible_to(self.rights).query.where.children)

    def _seen(self, model: type[Model], row: str) -> str:
        if not self._restricts(model):
            return ""
        manager: Any = model._default_manager
        seen, given = manager.visible_to(self.rights).order_by().values("pk").query.sql_with_params()
        self.params += given
        return f" AND {row}.id IN ({seen})"


def plain(field: Any, column: str) -> str:
    """A column's value, as the API writes it."""
    match field:
        case Id() | Exact():
            return f"{column}::text"
        case Moment():
            return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    return column


def column_of(field: Any) -> str:
    """The column of the model that a field shows."""
    model: Any = field.parent.Meta.model
    column: str = model._meta.get_field(field.source).column
    return column
