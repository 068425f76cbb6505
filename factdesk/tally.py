"""What a database holds, in numbers: rows of every table and a digest of them, to tell one desk from another.

The bargain: two databases with the same tally hold the same, whatever the order of their rows and whichever
PostgreSQL made the copy. Left out is what the database works out by itself (generated columns), sessions, and what is
kept for a day or a minute.
"""

from typing import Any, NamedTuple

import psycopg
from psycopg import sql

#: Tables whose rows are not part of the desk. Who was signed in signs in again.
LEFT_OUT = frozenset({"django_session", "people_keptanswer", "people_requestcount"})

# So that a row's text does not depend on the server's settings.
_PLAIN = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres';"
_PLAIN += " SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1"

_TABLES = """
    SELECT c.relname, array_agg(a.attname ORDER BY a.attname)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attgenerated = ''
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    GROUP BY c.relname ORDER BY c.relname
"""

# The sum of the rows' digests (64 bits of SHA-256): no order, no memory, and a row that is there twice counts twice.
_ROWS = """
    SELECT count(*), coalesce(sum(('x' || left(encode(sha256(convert_to(ROW({columns})::text, 'UTF8')), 'hex'), 16))
        ::bit(64)::bigint::numeric), 0)::text
    FROM {table}
"""


class Rows(NamedTuple):
    """How many rows a table has, and their digest."""

    rows: int
    digest: str


def tally(connection: "psycopg.Connection[Any]") -> dict[str, Rows]:
    """Every table of the schema ``public`` but those left out, inside the connection's transaction."""
    connection.execute(_PLAIN)
    found = {}
    for table, columns in connection.execute(_TABLES).fetchall():
        if table not in LEFT_OUT:
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            query = sql.SQL(_ROWS).format(columns=listed, table=sql.Identifier("public", table))
            found[table] = Rows(*connection.execute(query).fetchone())  # type: ignore[misc]
    return found


def differences(one: dict[str, Rows], other: dict[str, Rows]) -> list[str]:
    """The tables that differ, by name."""
    return sorted(table for table in one.keys() | other.keys() if one.get(table) != other.get(table))


def migrations(connection: "psycopg.Connection[Any]") -> list[tuple[str, str]]:
    """The migrations that the database has had (app, name), sorted; none where there is no desk yet."""
    there = connection.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL").fetchone()
    if not there or not there[0]:
        return []
    return [
        (app, name)
        for app, name in connection.execute("SELECT DISTINCT app, name FROM django_migrations ORDER BY 1, 2")
    ]
