"""Checked claims into the temporary tables in which they are judged, a block at a time: memory does not grow.

The bargain: every row has the number here that it will have on the record, taken from the live table's sequence, so
that hops and figures refer to each other before they are there.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db import connection

from claims.dossiers.checking import Row
from claims.dossiers.rows import column_names
from claims.importing.shaping import Mention, Shaped, reference

#: So many claims are kept in memory before they go to the database.
BLOCK = 2_000
#: So many names are remembered, so that each goes there once; the database finds out about the others.
REMEMBERED = 50_000

#: part -> its live table, and the columns that it has beside those of its fields
LIVE = {
    "claim": ("claims_claim", ()),
    "quantity": ("claims_quantity", ("claim_id", "base_id")),
    "attribution": ("claims_attribution", ("claim_id", "relays_id", "relays_depth")),
    "evidence": ("claims_evidence", ("claim_id",)),
    "accusation": ("claims_accusation", ("claim_id",)),
    "source": ("sources_source", ()),
    "document": ("sources_document", ()),
}
#: columns that a file of claims cannot fill: marked words, and who owns whom
_LEFT_OUT = frozenset({"passage_id", "known_position_passage_id", "owner_id"})
_MENTION = ("n", "line", "path", "own", "fresh", "made", "key")


@cache
def filled(of: str) -> list[str]:
    """The columns that a row of this kind fills from its fields; references among them."""
    return [name for name in column_names(of) if name not in _LEFT_OUT]


def live_columns(of: str) -> list[str]:
    """All columns that are written to the live table."""
    return ["id", *(["key"] if of in ("claim", "source", "document") else []), *LIVE[of][1], *filled(of)]


def _staged(of: str) -> list[str]:
    if of in ("source", "document"):
        return [of[0], *_MENTION, *filled(of)]
    return ["n", *(["line"] if of == "claim" else []), *live_columns(of)]


class Staging:
    """Takes what :func:`claims.importing.shaping.shape` gives; ``good`` and ``bad`` count claims."""

    def __init__(self) -> None:
        self.good = self.bad = 0
        self._waiting: list[Shaped] = []
        self._rows: dict[str, list[tuple[Any, ...]]] = {of: [] for of in LIVE}
        self._problems: list[tuple[Any, ...]] = []
        self._named: dict[Any, int] = {}
        self._count = 0
        self._ids: dict[str, Iterator[int]] = {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT claims_open_import()")

    def take(self, shaped: Shaped) -> None:
        """One claim; it is in the database once its block is full."""
        self.good += 1
        self._waiting.append(shaped)
        if len(self._waiting) == BLOCK:
            self.flush()

    def refuse(self, n: int, line: int, problems: list[tuple[str, str, str]]) -> None:
        """One record that is wrong: (path, code, message)."""
        self.bad += 1
        self._problems += [(n, line, *_told(problem)) for problem in problems]
        if len(self._problems) >= BLOCK:
            self.flush()

    def weigh(self) -> None:
        """All is here: the last block goes in, and the planner learns how much there is."""
        self.flush()
        with connection.cursor() as cursor:
            cursor.execute("SELECT claims_weigh_import()")

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._reserve(waiting)
        for shaped in waiting:
            self._claim(shaped)
        with connection.cursor() as cursor:
            for of, rows in self._rows.items():
                _copy(cursor, f"import_{of}", _staged(of), rows)
                rows.clear()
            _copy(cursor, "import_problem", ["n", "line", "path", "code", "message"], self._problems)
        self._problems.clear()

    def _reserve(self, waiting: list[Shaped]) -> None:
        mentions = [mention for shaped in waiting for mention in shaped.mentions.values()]
        publishers = sum(1 for mention in mentions if mention.publisher)
        needed = {
            "claim": len(waiting),
            "quantity": sum(len(shaped.figures) for shaped in waiting),
            "attribution": sum(len(shaped.hops) for shaped in waiting),
            "evidence": sum(len(shaped.row["evidence"]) for shaped in waiting),
            "accusation": sum(len(shaped.row["accusations"]) for shaped in waiting),
            "source": sum(1 for mention in mentions if mention.of == "source") + publishers,
            "document": sum(1 for mention in mentions if mention.of == "document"),
        }
        for of, many in needed.items():
            self._ids[of] = iter(_numbers(LIVE[of][0], many))

    def _claim(self, shaped: Shaped) -> None:
        row, record = shaped.row, shaped.record
        claim = next(self._ids["claim"])
        self._rows["claim"].append((record.n, record.line, claim, row.key, *_values(row, filled("claim"), {})))
        made: dict[str, int] = {}
        for figure in shaped.figures:
            made[figure.key] = pk = next(self._ids["quantity"])
            base = made.get((figure["base"] or "").rpartition("/")[2])
            self._part(shaped, figure, pk, (claim, base))
        hops: dict[str, int] = {}
        for hop in shaped.hops:
            hops[hop.row.key] = pk = next(self._ids["attribution"])
            relays = hops[hop.relays] if hop.relays else None
            self._part(shaped, hop.row, pk, (claim, relays, hop.depth - 1 if hop.relays else None))
        for row in [*shaped.row["evidence"], *shaped.row["accusations"]]:
            self._part(shaped, row, next(self._ids[row.of]), (claim,))

    def _part(self, shaped: Shaped, row: Row, pk: int, more: tuple[Any, ...]) -> None:
        columns = filled(row.of)
        named = {}
        for name in columns:
            if name.endswith("_id"):
                mention = reference(shaped, row, name.removesuffix("_id"))
                named[name] = self._mention(shaped, mention) if mention else None
        self._rows[row.of].append((shaped.record.n, pk, *more, *_values(row, columns, named)))

    def _mention(self, shaped: Shaped, mention: Mention) -> int:
        """The number of this mention; who is named in the same way has the same."""
        publisher = self._mention(shaped, mention.publisher) if mention.publisher else None
        row = mention.row
        columns = filled(mention.of)
        values = _values(row, columns, {"publisher_id": publisher}) if row else [None] * len(columns)
        alone = mention.key is None and mention.of == "source" and row is not None and row["identity"] != "named"
        same = (mention.of, mention.key, *(tuple(v) if isinstance(v, list) else v for v in values))
        if not alone and same in self._named:
            return self._named[same]
        self._count += 1
        if not alone:
            if len(self._named) >= REMEMBERED:
                self._named.clear()
            self._named[same] = self._count
        fresh = next(self._ids[mention.of])
        place = (shaped.record.n, shaped.record.line, shaped.record.shown(mention.path))
        own = self._count if alone else None
        self._rows[mention.of].append((self._count, *place, own, fresh, False, mention.key, *values))
        return self._count


def _values(row: Row, columns: list[str], named: dict[str, Any]) -> list[Any]:
    said = row.said
    return [said[name] if name in said else named.get(name) for name in columns]


def _numbers(table: str, many: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])  # once: it reads the catalogue
        [sequence] = cursor.fetchone()
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, many])
        return [number for (number,) in cursor.fetchall()]


def _copy(cursor: Any, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    listed = ", ".join(f'"{name}"' for name in columns)
    with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _told(problem: tuple[str, str, str]) -> tuple[str, ...]:
    """A problem quotes the file, which may hold what no text of the database can."""
    return tuple(text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode() for text in problem)
