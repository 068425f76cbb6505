"""Reports: tables of what the desk has, one row a record, streamed straight out of PostgreSQL as CSV or JSON.

The bargain: a report is a table of columns (``claims.reportcolumns``) over a queryset that says which rows; PostgreSQL
writes every cell, so memory does not grow with the rows, and the first of them come at once. Rows are in order of id.
In CSV every cell is safe and can be undone (``factdesk.safecsv``).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet

from claims.models.claim import ClaimQuerySet
from claims.reportcolumns import BASE, COLUMNS, PARTS, Column, Lookup
from factdesk.copyout import CopyOut, Frame
from factdesk.safecsv import BETWEEN, guarded_sql, listed_sql

#: The reports that there are, and what a row of each is.
REPORTS = {"claims": "One row a claim, with its figures, its original sources and its warnings."}

#: Stands for the claim's number in the address of its page.
NUMBER = "{id}"

_MOMENT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_DAY = "to_char({}, 'YYYY-MM-DD')"

#: kind of column -> how its value is written in CSV, and in JSON
_CSV = {
    "id": "{}",
    "number": "{}",
    "word": "{}",
    "yes": "({})::text",
    "day": _DAY,
    "moment": _MOMENT,
    "words": f"nullif(array_to_string({{}}, '{BETWEEN}'), '')",
}
_JSON = {
    "id": "({})::text",
    "number": "{}",
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
    """Which claims, which columns (None: all), and how they are told.

    ``page`` is the address of a claim's page, with ``{id}`` for its number; ``restricted``: whether restricted
    documents are named.
    """

    claims: ClaimQuerySet
    page: str
    restricted: bool
    fields: Collection[str] | None = None

    @property
    def columns(self) -> list[Column]:
        """The columns, in the table's order."""
        return [column for column in COLUMNS if self.fields is None or column.name in self.fields]


def csv(wanted: Wanted, *, bom: bool = False) -> CopyOut:
    """The report as CSV (UTF-8, LF); ``bom``: with the mark by which Excel knows UTF-8. Raises django.db.Error."""
    return CopyOut(*csv_statement(wanted), frame=Frame(before=b"\xef\xbb\xbf" if bom else b""))


def json(wanted: Wanted) -> CopyOut:
    """The report as a JSON array, one object a line. Raises django.db.Error."""
    return CopyOut(*json_statement(wanted), frame=Frame(b"[\n", b",\n", b"\n]\n"))


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


def columns_table() -> str:
    """The columns as Markdown, as docs/reports.md has them."""
    rows = [f"| `{column.name}` | {column.kind} | {column.meaning} |" for column in COLUMNS]
    return "\n".join(["| column | kind | what it says |", "|---|---|---|", *rows]) + "\n"


def _cell(kind: str, value: str) -> str:
    if kind == "text":
        return guarded_sql(value)
    return listed_sql(value) if kind == "list" else _CSV[kind].format(value)


def _query(wanted: Wanted, written: Callable[[str, str], str]) -> tuple[str, list[Any]]:
    """The SELECT of the report, with its parameters. ``written`` makes SQL for a cell of a kind and SQL for its value.

    The values are a subquery of their own, and OFFSET 0 keeps it one: a cell may name its value several times.
    """
    claims, parameters, is_all = _rows(wanted.claims)
    read = dict.fromkeys(part for column in wanted.columns for part in column.parts.split())
    hidden = "false" if wanted.restricted else "d.restricted"
    joins = " ".join(_join(part, hidden, is_all=is_all) for part in read)
    values = ", ".join(f'{column.sql} AS "{column.name}"' for column in wanted.columns)
    cells = ", ".join(f'{written(column.kind, f"v.{column.name}")} AS "{column.name}"' for column in wanted.columns)
    page = "(SELECT %s::text AS before, %s::text AS after) page"
    query = f"SELECT {values} FROM {page} CROSS JOIN ({claims}) c {joins} ORDER BY c.id OFFSET 0"
    return f"SELECT {cells} FROM ({query}) v", [*_around(wanted.page), *parameters]


def _around(page: str) -> tuple[str, str]:
    before, _, after = page.partition(NUMBER)
    return before, after


def _rows(claims: ClaimQuerySet) -> tuple[str, list[Any], bool]:
    """The claims' own columns as SQL with its parameters, and whether that is every claim there is."""
    query = claims.order_by().values(*BASE).query
    try:
        sql, parameters = query.sql_with_params()
    except EmptyResultSet:  # what Django knows to be empty without asking
        return "SELECT * FROM claims_claim WHERE false", [], False
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
