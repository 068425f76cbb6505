"""A page of the feed: one statement, which goes along the index of the tickets' numbers and of each ticket's changes.

The bargain: one statement sees one state of the database, and a ticket's number is given under a lock that is held
until its transaction has committed (``factdesk.changes``). So whatever has a number up to the newest that the statement
sees is there to be read, whole. Rows are numbers and known words, so their JSON is made in Python, which costs no more;
elsewhere it is the database that puts records together.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import connection
from rest_framework.exceptions import APIException

from factdesk.changes.cursors import END, Position
from factdesk.changes.following import followed
from factdesk.rest.filters import LARGEST_ID
from factdesk.rest.shown import Rights


class CursorGone(APIException):
    """What comes after the cursor cannot be told any more."""

    status_code = 410
    default_code = "cursor_gone"
    #: the address at which to start afresh; the way in puts it there
    facts: dict[str, str] | None = None

    def __init__(self, because: str) -> None:
        super().__init__(f"{because} Start afresh: take the cursor of now, read the lists, then go on from the cursor.")


@dataclass(frozen=True)
class Page:
    """``rows`` are in order; ``after`` is where to go on, ``more`` whether there is more at this moment."""

    rows: list[dict[str, Any]]
    after: Position
    more: bool


_HEAD = """
    SELECT changes_epoch() AS epoch, forgotten_through AS gone,
           coalesce((SELECT max(seq) FROM changes_ticket), forgotten_through) AS newest
    FROM changes_epoch
"""

#: transactions that are walked through for one page, so that what is rarely changed is not looked for through all
WALKED = 5_000

# Of each transaction no more is read than the page takes, so that one with a million changes comes by pages, too; and
# of transactions no more than WALKED, up to the one numbered ``through`` (null: to the newest).
_PAGE = """
WITH head AS MATERIALIZED ({head}),
walked AS MATERIALIZED (
    SELECT (SELECT seq FROM changes_ticket WHERE seq > %s ORDER BY seq OFFSET %s LIMIT 1) AS through
)
SELECT h.epoch, h.gone, h.newest, w.through, found.* FROM head h CROSS JOIN walked w LEFT JOIN LATERAL (
    SELECT t.seq, c.place, c.object_id, t.at, c.resource, c.claim_id, c.version
    FROM changes_ticket t CROSS JOIN LATERAL (
        SELECT * FROM changes_change c
        WHERE c.ticket_id = t.id {shown}
        AND (c.place, c.object_id) > (CASE WHEN t.seq = %s THEN %s ELSE -1 END, CASE WHEN t.seq = %s THEN %s ELSE 0 END)
        ORDER BY c.place, c.object_id LIMIT %s
    ) c
    WHERE t.seq >= %s AND t.seq <= coalesce((SELECT through FROM walked), {last})
    ORDER BY t.seq, c.place, c.object_id LIMIT %s
) found ON true ORDER BY found.seq, found.place, found.object_id
"""


def now() -> Position:
    """Behind the newest change that there is at this moment."""
    epoch, _, newest = _ask(_HEAD, [])[0]
    return Position(epoch, newest)


def page(since: Position | None, limit: int, resources: Collection[str], rights: Rights, site: str) -> Page:
    """What was changed after ``since`` (None: since the oldest change that is kept), ``limit`` changes at the most, of
    ``WALKED`` transactions at the most: there may be more, and nothing on this page.

    ``resources``: only of these, where there are any. ``rights``: whatever they do not let through is left out.
    ``site`` is the address below which the resources are. CursorGone where the feed does not reach back so far.
    """
    seq, place, object_id = since[1:] if since else (0, END, 0)
    shown, given = _shown(rights)
    places = sorted({one.place for one in followed() if one.resource in resources})
    shown += " AND c.place = ANY (%s)" if resources else ""
    given = (*given, places) if resources else given
    statement = _PAGE.format(head=_HEAD, shown=shown, last=LARGEST_ID)
    found = _ask(statement, [seq, WALKED - 1, *given, seq, place, seq, object_id, limit + 1, seq, limit + 1])
    epoch, gone, newest, through = found[0][:4]
    if since:
        _check(since, epoch, gone, newest)
    rows = [row for row in found if row[4] is not None]
    if len(rows) > limit:
        return Page(list(_told(rows[:limit], site)), Position(epoch, *rows[limit - 1][4:7]), True)
    end = newest if through is None else through
    return Page(list(_told(rows, site)), Position(epoch, max(end, rows[-1][4] if rows else 0)), end < newest)


def _told(rows: list[tuple[Any, ...]], site: str) -> Iterator[dict[str, Any]]:
    last, moment = None, ""
    for epoch, _, _, _, seq, place, object_id, at, resource, claim, version in rows:
        if seq != last:
            last, moment = seq, f"{at.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"
        yield {
            "cursor": Position(epoch, seq, place, object_id).as_cursor(),
            "resource": resource,
            "id": str(object_id),
            "url": f"{site}{resource}/{object_id}/",
            "claim": claim if claim is None else str(claim),
            "version": version,
            "at": moment,
        }


def _check(since: Position, epoch: str, gone: int, newest: int) -> None:
    """Refuse a cursor of another life of the feed, or of before what is kept of this one."""
    if since.epoch != epoch or since.seq > newest:
        raise CursorGone(
            "The desk was put back to an earlier state or moved since; what came of it is not in the feed."
        )
    if since.seq < gone or (since.seq == gone and since.place < END):
        raise CursorGone("Changes are kept for 90 days, and some that came after this cursor are gone.")


@lru_cache(maxsize=100)
def _shown(rights: Rights) -> tuple[str, tuple[Any, ...]]:
    """SQL that leaves out the changes ``c`` of what somebody with these rights may not see, and its parameters.

    A scalar subquery: it is asked for each row, by the primary key, and never for a whole table.
    """
    models = {model._meta.db_table: model for model in apps.get_models()}
    pieces, params = [], []
    for place, table in sorted({(one.place, one.table) for one in followed() if one.object == "r.id"}):
        manager: Any = models[table]._default_manager
        seen = manager.visible_to(rights)
        if seen.query.where.children:
            ids, given = seen.order_by().values("pk").query.sql_with_params()
            one = f"SELECT true FROM ({ids}) seen (id) WHERE seen.id = c.object_id"  # noqa: S608 - Django's own SQL
            pieces.append(f" AND (c.place <> {place} OR ({one}))")
            params += given
    return "".join(pieces), tuple(params)


def _ask(statement: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
