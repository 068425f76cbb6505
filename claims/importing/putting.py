"""What was judged good, from the temporary tables into the live ones, as sets: every trigger, guard and right in force.

Where the database refuses a set, it is halved until the record that it refuses is found: that one becomes a problem of
its line. A refusal is told in the database's words, which repeat no protected name.
"""

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from claims.dossiers.loading import refusal
from claims.importing.judging import NAMES, USES
from claims.importing.staging import LIVE, live_columns

#: So many records go into the live tables with one statement.
SET = 5_000
#: With the first ones fewer: what the planner believes of a desk that had no claims may be very wrong (_weigh).
FIRST_SETS = (20, 500)
_PARTS = ("quantity", "attribution", "evidence", "accusation")
#: column -> the mentions that it leads to
_LEADS = {
    "speaker_id": "source",
    "speaks_for_id": "source",
    "spoken_to_id": "source",
    "accused_id": "source",
    "publisher_id": "source",
    "document_id": "document",
}


class Refused(Exception):
    """Records that the database refuses: ``found`` has (n, line, path, code, message)."""

    def __init__(self, found: list[tuple[Any, ...]]) -> None:
        self.found = found
        super().__init__(f"{len(found)} records refused")


def put(by: int, most: int | None, tell: Callable[[int], None]) -> dict[str, int]:
    """Write everything; how many rows came into each table. ``tell`` is called with how many records are in.

    Raises :class:`Refused` where the database refuses some (``most``: so many are looked for); what was written then
    has to be undone.
    """
    counts = dict.fromkeys(("claim", "source", "document", *_PARTS), 0)
    found: list[tuple[Any, ...]] = []
    for of, uses in (("source", NAMES), ("document", USES)):
        counts[of], wrong = _put_named(of, uses)
        found += wrong
    if found:
        raise Refused(found)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(n), 0) FROM import_claim")
        [last] = cursor.fetchone()
    weighed = 0
    for low, high in _sets(last):
        halves = Halves(lambda low, high: _put_claims(low, high, by, counts), most and most - len(found))
        halves.run(low, high)
        found += [(n, None, "", *told) for n, told in halves.refused]
        if most is not None and len(found) >= most:
            break
        if high > 2 * weighed:
            _weigh()
            weighed = high
        tell(high - 1)
    if found:
        raise Refused(found)
    return counts


def _sets(last: int) -> Iterator[tuple[int, int]]:
    """From which record up to which, one after the other."""
    low = 1
    for many in chain(FIRST_SETS, repeat(SET)):
        if low > last:
            return
        yield low, min(low + many, last + 1)
        low += many


def _weigh() -> None:
    """The planner learns how much there is by now: as often as it has doubled, that is often enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT claims_weigh_desk()")


class Halves:
    """Runs an act on [low, high); where it is refused, on its halves, until each refused number stands alone."""

    def __init__(self, act: Callable[[int, int], None], most: int | None) -> None:
        self.act = act
        self.most = most
        self.refused: list[tuple[int, tuple[str, str]]] = []

    def run(self, low: int, high: int) -> None:
        if low >= high or (self.most is not None and len(self.refused) >= self.most):
            return
        try:
            with transaction.atomic():
                self.act(low, high)
            return
        except (IntegrityError, DataError) as wrong:
            if high - low == 1:
                self.refused.append((low, refusal(wrong)))
                return
        middle = (low + high) // 2
        self.run(low, middle)
        self.run(middle, high)


def _put_named(of: str, uses: str) -> tuple[int, list[tuple[Any, ...]]]:
    """New sources or documents that a good record names; and the records of those that the database refuses."""
    number = of[0]
    columns = live_columns(of)
    used = f"""
        SELECT DISTINCT m.id FROM ({uses}) AS u JOIN import_claim c USING (n) JOIN import_{of} m USING ({number})
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {number} FROM import_{of} WHERE made AND id IN ({used}) ORDER BY {number}"  # noqa: S608
        )
        numbers = [found for (found,) in cursor.fetchall()]
        statement = f"""
            INSERT INTO {LIVE[of][0]} ({_listed(columns)}) SELECT {_taken(columns)} FROM import_{of} i
            {_joined(columns)} WHERE i.{number} = ANY (%s) ORDER BY i.{number}
        """  # noqa: S608
        halves = Halves(lambda low, high: cursor.execute(statement, [numbers[low:high]]), None)
        halves.run(0, len(numbers))
        found: list[tuple[Any, ...]] = []
        for at, (code, message) in halves.refused:
            cursor.execute(
                f"SELECT DISTINCT u.n, CASE WHEN m.n = u.n THEN m.path ELSE '' END FROM ({uses}) AS u"  # noqa: S608
                f" JOIN import_{of} m USING ({number}) JOIN import_claim c ON c.n = u.n WHERE m.id ="
                f" (SELECT id FROM import_{of} WHERE {number} = %s)",
                [numbers[at]],
            )
            found += [(n, None, path, code, message) for n, path in cursor.fetchall()]
    return len(numbers) - len(halves.refused), found


def _put_claims(low: int, high: int, by: int, counts: dict[str, int]) -> None:
    """The claims numbered [low, high) and their parts."""
    made: dict[str, int] = {}
    with connection.cursor() as cursor:
        columns = live_columns("claim")
        cursor.execute(
            f"INSERT INTO claims_claim ({_listed(columns)}, created_by_id) SELECT {_taken(columns)}, %s"  # noqa: S608
            " FROM import_claim i WHERE i.n >= %s AND i.n < %s ORDER BY i.n",
            [by, low, high],
        )
        made["claim"] = cursor.rowcount
        for of in _PARTS:
            columns = live_columns(of)
            cursor.execute(
                f"INSERT INTO {LIVE[of][0]} ({_listed(columns)}) SELECT {_taken(columns)} FROM import_{of} i"  # noqa: S608
                f" JOIN import_claim c USING (n) {_joined(columns)} WHERE i.n >= %s AND i.n < %s ORDER BY i.n, i.id",
                [low, high],
            )
            made[of] = cursor.rowcount
    for of, many in made.items():
        counts[of] += many


def _listed(columns: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _taken(columns: list[str]) -> str:
    return ", ".join(f"{name}_is.id" if name in _LEADS else f'i."{name}"' for name in columns)


def _joined(columns: list[str]) -> str:
    leads = {name: _LEADS[name] for name in columns if name in _LEADS}
    return " ".join(f"LEFT JOIN import_{of} {name}_is ON {name}_is.{of[0]} = i.{name}" for name, of in leads.items())
