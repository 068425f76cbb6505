"""Asking the database about protected names, without a name in any statement."""

from typing import Any, NamedTuple

import psycopg
from django.db import connection, transaction

#: of a name's words these are looked for in a key
SHORTEST_WORD = 3
#: so long a search of the whole desk may take
SEARCH_TIMEOUT = "5min"


class Place(NamedTuple):
    """Where a name stands: the record's number in a table (None: it has none), the column; in its history or now."""

    table: str
    column: str
    number: int | None
    in_history: bool


def search(function: str, arguments: list[Any]) -> list[Place]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{SEARCH_TIMEOUT}'")
        rows = beside(f"SELECT place_table, place_column, record, in_history FROM {function}", arguments)
        return [Place(*row) for row in rows]


def held_in(words: str, names: list[str]) -> bool:
    """Whether these words hold one of the names."""
    [[answer]] = beside("SELECT sources_names(%s, sources_sought(%s), sources_hint(%s))", [words, names, names])
    return bool(answer)


def tells(key: str, names: list[str]) -> bool:
    """Whether a word of one of the names stands in a record file's key."""
    [[folded, parts]] = beside(
        "SELECT sources_folded(%s), ARRAY(SELECT sources_folded(name) FROM unnest(%s::text[]) name)", [key, names]
    )
    words = {word for name in parts for word in name.split() if len(word) >= SHORTEST_WORD}
    return any(word in folded for word in words)


def beside(statement: str, arguments: list[Any]) -> list[Any]:
    """Run a statement with its arguments beside it, not in it (as Django would): the server shows statements to other
    sessions and writes them into its log.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall() if cursor.description else []
