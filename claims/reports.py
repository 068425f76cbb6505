"""Reports: tables of what the desk has, streamed straight out of PostgreSQL as CSV, JSON or XLSX.

The bargain: a report is a definition (``claims.reported``) over a queryset that says of which records; PostgreSQL
writes every cell, so memory does not grow with the rows. In CSV every cell is safe and can be undone
(``factdesk.safecsv``); in XLSX every text is a text (``factdesk.xlsxout``).
"""

import json as decoder
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.timezone import get_default_timezone_name

from claims.reportcolumns import CLAIMS, PARTS, Column, Lookup, Report
from factdesk.copyout import CopyOut, Frame, copied_rows
from factdesk.safecsv import BETWEEN, guarded_sql, listed_sql, plainly_listed_sql
from factdesk.xlsxout import Workbook

#: Stands for the claim's number in the address of its page.
NUMBER = "{id}"

_MOMENT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_DAY = "to_char({}, 'YYYY-MM-DD')"

#: kind of column -> how its value is written in CSV, and in JSON
_CSV = {
    "id": "{}",
    "number": "{}",
    "hours": "{}",
    "word": "{}",
    "yes": "({})::text",
    "day": _DAY,
    "moment": _MOMENT,
    "words": f"nullif(array_to_string({{}}, '{BETWEEN}'), '')",
}
_JSON = {
    "id": "({})::text",
    "number": "{}",
    "hours": "{}",
    "word": "{}",
    "yes": "{}",
    "day": _DAY,
    "moment": _MOMENT,
    "text": "{}",
    "words": "coalesce({}, '{{}}')",
    "list": "coalesce({}, '{{}}')",
}


@dataclass(frozen=True)
class Wanted:
    """Which records, which columns (None: all) of which report, and how they are told.

    ``page`` is the address of a claim's page, with ``{id}`` for its number; ``restricted``: whether restricted
    documents are named.
    """

    records: QuerySet[Any]
    page: str
    restricted: bool
    fields: Collection[str] | None = None
    report: Report = CLAIMS

    @property
    def columns(self) -> list[Column]:
        """The columns, in the table's order."""
        return [column for column in self.report.columns if self.fields is None or column.name in self.fields]


def csv(wanted: Wanted, *, bom: bool = False) -> CopyOut:
    """The report as CSV (UTF-8, LF); ``bom``: with the mark by which Excel knows UTF-8. Raises django.db.Error."""
    return CopyOut(*csv_statement(wanted), frame=Frame(before=b"\xef\xbb\xbf" if bom else b""))


def json(wanted: Wanted) -> CopyOut:
    """The report as a JSON array, one object a line. Raises django.db.Error."""
    return CopyOut(*json_statement(wanted), frame=Frame(b"[\n", b",\n", b"\n]\n"))


def xlsx(wanted: Wanted) -> Workbook:
    """The report as a workbook, whole: what Excel cannot hold is told before anything is sent.

    Raises django.db.Error, and :class:`factdesk.xlsxout.TooManyRows`.
    """
    query, parameters = _query(wanted, _text)
    rows = copied_rows(f"COPY ({query}) TO STDOUT", parameters)
    numbers = [column.kind in ("number", "hours") for column in wanted.columns]
    return Workbook(wanted.report.name, [column.name for column in wanted.columns], numbers, rows)


def preview(wanted: Wanted, most: int) -> list[dict[str, Any]]:
    """The first rows as the JSON has them, and one more where there are more than ``most``."""
    query, parameters = _query(wanted, lambda kind, value: _JSON[kind].format(value))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT row_to_json(object)::text FROM ({query} LIMIT {most + 1}) object", parameters)
        return [decoder.loads(row) for (row,) in cursor.fetchall()]


def csv_statement(wanted: Wanted) -> tuple[str, list[Any]]:
    """The COPY statement for :func:`csv`, and its parameters."""
    query, parameters = _query(wanted, _cell)
    return f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", parameters


def json_statement(wanted: Wanted) -> tuple[str, list[Any]]:
    """The COPY statement for :func:`json`, and its parameters: an object a line.

    Quotation mark and delimiter are control characters, which JSON never holds: COPY has nothing to rewrite.
    """
    query, parameters = _query(wanted, lambda kind, value: _JSON[kind].format(value))
    objects = f"SELECT row_to_json(object) FROM ({query}) object"
    return f"COPY ({objects}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')", parameters


def columns_table(report: Report = CLAIMS) -> str:
    """The columns as Markdown, as docs/reports.md has them."""
    rows = [f"| `{column.name}` | {column.kind} | {column.meaning} |" for column in report.columns]
    return "\n".join(["| column | kind | what it says |", "|---|---|---|", *rows]) + "\n"


def reports_table(listed: Iterable[Report]) -> str:
    """The reports as Markdown, as docs/reports.md has them."""
    rows = [f"| `{one.name}` | {one.title} | `/api/v1/{one.about}/` | {one.row} |" for one in listed]
    return "\n".join(["| name | report | takes the filters of | what a row is |", "|---|---|---|---|", *rows]) + "\n"


def _cell(kind: str, value: str) -> str:
    if kind == "text":
        return guarded_sql(value)
    return listed_sql(value) if kind == "list" else _CSV[kind].format(value)


def _text(kind: str, value: str) -> str:
    """As :func:`_cell`, without guards: what is no formula needs none."""
    if kind == "text":
        return value
    return plainly_listed_sql(value) if kind == "list" else _CSV[kind].format(value)


def _query(wanted: Wanted, written: Callable[[str, str], str]) -> tuple[str, list[Any]]:
    """The SELECT of the report, with its parameters. ``written`` makes SQL for a cell of a kind and SQL for its value.

    The values are a subquery of their own, and OFFSET 0 keeps it one: a cell may name its value several times.
    """
    values = ", ".join(f'{column.sql} AS "{column.name}"' for column in wanted.columns)
    cells = ", ".join(f'{written(column.kind, f"v.{column.name}")} AS "{column.name}"' for column in wanted.columns)
    query, parameters = (_of_parts if wanted.report is CLAIMS else _of_rows)(wanted, values)
    return f"SELECT {cells} FROM ({query} OFFSET 0) v", [*_around(wanted.page), *parameters]


def _of_parts(wanted: Wanted, values: str) -> tuple[str, list[Any]]:
    """Claims, with the parts that the columns read."""
    claims, parameters, is_all = _rows(wanted)
    read = dict.fromkeys(part for column in wanted.columns for part in column.parts.split())
    joins = " ".join(_join(part, _hidden(wanted), is_all=is_all) for part in read)
    page = "(SELECT %s::text AS before, %s::text AS after) page"
    return f"SELECT {values} FROM {page} CROSS JOIN ({claims}) c {joins} ORDER BY c.id", parameters


def _of_rows(wanted: Wanted, values: str) -> tuple[str, list[Any]]:
    """What a definition makes of the records."""
    base, parameters, _is_all = _rows(wanted)
    page = "SELECT %s::text AS before, %s::text AS after, %s::text AS zone"
    made = f"SELECT {values} {wanted.report.rows} ORDER BY {wanted.report.order}".replace("{hidden}", _hidden(wanted))
    return f"WITH page AS ({page}), base AS ({base}) {made}", [get_default_timezone_name(), *parameters]


def _hidden(wanted: Wanted) -> str:
    return "false" if wanted.restricted else "d.restricted"


def _around(page: str) -> tuple[str, str]:
    before, _, after = page.partition(NUMBER)
    return before, after


def _rows(wanted: Wanted) -> tuple[str, list[Any], bool]:
    """The records' own columns as SQL with its parameters, and whether that is every record there is."""
    query = wanted.records.order_by().values(*wanted.report.base).query
    try:
        sql, parameters = query.sql_with_params()
    except EmptyResultSet:  # what Django knows to be empty without asking
        return f"SELECT * FROM {wanted.records.model._meta.db_table} WHERE false", [], False
    return sql, list(parameters), not query.has_filters()


def _join(name: str, hidden: str, *, is_all: bool) -> str:
    """How a part is joined: for all claims at once in their order, which merges; else looked up claim by claim."""
    part = PARTS[name]
    if isinstance(part, Lookup):
        return f"LEFT JOIN LATERAL {part.row} {name} ON true"
    if is_all:
        rows = part.rows.format(mine="true", hidden=hidden)
        made = f"SELECT claim_id, {part.select} FROM ({rows}) rows GROUP BY claim_id"
        return f"LEFT JOIN ({made}) {name} ON {name}.claim_id = c.id"
    rows = part.rows.format(mine="claim_id = c.id", hidden=hidden)
    return f"LEFT JOIN LATERAL (SELECT {part.select} FROM ({rows}) rows) {name} ON true"
