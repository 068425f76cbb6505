"""Which tables the feed follows, and the triggers that do.

The bargain: an app says in its ``AppConfig`` (``followed``) how a changed row of a table is told: as which object of
which resource, of which claim, at which version. ``harden`` makes the triggers of that after every migrate, and
``/readyz`` is red where one is missing or is not what it should be. A trigger runs once a statement and does one INSERT
for all of its rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps


@dataclass(frozen=True)
class Hidden:
    """Rows that are shown or not with another table's: ``column`` of its row decides, ``by`` is its id, in SQL over
    the row ``r`` and what ``join`` brings in. When the column changes, all of them are told.
    """

    table: str
    column: str
    by: str
    join: str = ""


@dataclass(frozen=True)
class Followed:
    """How the changed rows of ``table`` are told. ``object``, ``claim`` and ``version`` are SQL over the row ``r``.

    ``place`` orders the changes of one transaction and stays what it is for ever, since cursors hold it; rows of the
    same resource have the same.
    """

    resource: str
    table: str
    place: int
    object: str = "r.id"
    claim: str = "NULL::bigint"
    version: str = "r.version"
    hidden: Hidden | None = None


PREFIX = "changes_of_"
#: operation -> the rows that its trigger sees
OPERATIONS = {"insert": "NEW TABLE AS new_rows", "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows"}


def followed() -> Iterator[Followed]:
    """All that the apps want to have followed."""
    for config in apps.get_app_configs():
        yield from getattr(config, "followed", ())


# Its plan is made once a session, perhaps on an empty desk, and must do on a full one: rows are looked up by index.
_FUNCTION = """
CREATE OR REPLACE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $${body}$$
"""

_BODY = """
DECLARE
    ticket bigint;
    flipped bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows) THEN
        RETURN NULL;
    END IF;
    ticket := changes_take_ticket();
    {told}
    {also}RETURN NULL;
END """

_TOLD = """INSERT INTO changes_change AS c (ticket_id, place, object_id, resource, claim_id, version)
    SELECT {distinct}ticket, {place}, {object}, '{resource}', {claim}, {version} FROM {rows}
    ON CONFLICT (ticket_id, place, object_id) DO UPDATE SET version = excluded.version
    WHERE c.version IS DISTINCT FROM excluded.version;"""

_ALSO = """IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(id) INTO flipped FROM (
            SELECT id FROM (SELECT id, {column} AS seen FROM old_rows UNION ALL SELECT id, {column} FROM new_rows) sides
            GROUP BY id HAVING count(DISTINCT seen) > 1) those;
    END IF;
    IF flipped IS NOT NULL THEN
        {told}
    END IF;
    flipped := NULL;
    """


# For the owner, who changes a row with its triggers silent: tell of it all the same.
_TELL = """
CREATE OR REPLACE FUNCTION public.changes_tell(of_table text, number bigint) RETURNS void LANGUAGE plpgsql AS $${body}$$
"""
_TELL_BODY = """
DECLARE
    ticket bigint := changes_take_ticket();
BEGIN
    CASE of_table
    {cases}
    ELSE NULL;
    END CASE;
END """


def _told(one: Followed, rows: str) -> str:
    return _TOLD.format(
        distinct="" if one.object == "r.id" else "DISTINCT ",
        place=one.place,
        object=one.object,
        resource=one.resource,
        claim=one.claim,
        version=one.version,
        rows=rows,
    )


def bodies(tables: Iterable[Followed]) -> dict[str, str]:
    """The bodies of the trigger functions, by table."""
    listed = list(tables)
    hidden = [(other.hidden, other) for other in listed if other.hidden]
    made = {}
    for one in listed:
        also: dict[str, list[str]] = {}
        for by, other in hidden:
            if by.table == one.table:
                rows = f"{other.table} r {by.join} WHERE {by.by} = ANY (flipped)"
                also.setdefault(by.column, []).append(_told(other, rows))
        flips = "".join(_ALSO.format(column=column, told="\n    ".join(told)) for column, told in also.items())
        made[one.table] = _BODY.format(told=_told(one, "new_rows r"), also=flips)
    return made


def _tell_body(tables: Iterable[Followed]) -> str:
    cases = [f"WHEN '{one.table}' THEN {_told(one, f'{one.table} r WHERE r.id = number')}" for one in tables]
    return _TELL_BODY.format(cases="\n    ".join(cases))


#: What there is: a row for every function of ours, and for every trigger that calls one
HELD = f"""
    SELECT p.proname::text, p.prosrc, c.relname::text, t.tgname::text
    FROM pg_proc p LEFT JOIN pg_trigger t ON t.tgfoid = p.oid LEFT JOIN pg_class c ON c.oid = t.tgrelid
    WHERE p.pronamespace = 'public'::regnamespace AND (starts_with(p.proname, '{PREFIX}') OR p.proname = 'changes_tell')
"""  # noqa: S608 - our own literal


def missing(rows: list[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """What is not as it should be, of the rows of :data:`HELD`: (table, the SQL that mends it)."""
    sources = {name: source for name, source, _, _ in rows}
    triggers = {(table, trigger) for _, _, table, trigger in rows}
    wanted = bodies(followed())
    found = []
    for table, body in wanted.items():
        name = PREFIX + table
        if sources.get(name) != body:
            found.append((table, _FUNCTION.format(name=name, body=body)))
        for operation, seen in OPERATIONS.items():
            if (table, f"changes_{operation}") not in triggers:
                found.append((table, _trigger(table, operation, seen)))
    kept = {PREFIX + table for table in wanted}
    tell = _tell_body(followed())
    if sources.pop("changes_tell", None) != tell:
        found.append(("changes_tell", _TELL.format(body=tell)))
    found += [(name, f"DROP FUNCTION public.{name}() CASCADE") for name in sorted(sources.keys() - kept)]
    return found


def _trigger(table: str, operation: str, seen: str) -> str:
    return (
        f"CREATE TRIGGER changes_{operation} AFTER {operation} ON {table} REFERENCING {seen}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION public.{PREFIX}{table}()"
    )
