"""What was not taken, in the format of the file that it comes from, each with its reasons: to be mended and fed again.

A CSV gets a first column ``problems``; a line of JSON a last field of that name, which is passed over when it is read.
A line that is no JSON object is kept, as text, in the field ``unreadable``.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from claims.importing.columns import PROBLEMS
from claims.importing.records import READERS, CsvRecords, Record

UNREADABLE = "unreadable"


def write_rejects(file: Path, sort: str, out: Path) -> int:
    """Write the records of ``file`` that have problems to ``out``; how many they are. Nothing is kept in memory."""
    with file.open("rb") as opened:
        records = READERS[sort](opened)
        with out.open("w", encoding="utf-8", errors="surrogateescape", newline="") as written:
            if isinstance(records, CsvRecords):
                return _csv(records, written)
            many = 0
            for record, told in _rejected(records):
                written.write(_line(record, told) + "\n")
                many += 1
            return many


def _csv(records: CsvRecords, written: Any) -> int:
    rows = csv.writer(written, lineterminator="\n")
    before = records.header.index(PROBLEMS) if PROBLEMS in records.header else None
    rows.writerow([PROBLEMS, *_without(records.header, before)])
    many = 0
    for record, told in _rejected(records):
        rows.writerow([told, *_without(record.raw, before)])
        many += 1
    return many


def _without(cells: list[str], at: int | None) -> list[str]:
    return cells if at is None else [*cells[:at], *cells[at + 1 :]]


def _line(record: Record, told: str) -> str:
    try:
        tree = json.loads(record.raw)
    except (ValueError, RecursionError):
        tree = None
    if not isinstance(tree, dict):
        tree = {UNREADABLE: record.raw.decode(errors="backslashreplace").rstrip("\r\n")}
    return json.dumps(tree | {PROBLEMS: told}, ensure_ascii=False)


def _rejected(records: Iterable[Record]) -> Iterator[tuple[Record, str]]:
    bad = _problems()
    n, told = next(bad, (0, ""))
    for record in records:
        if record.n == n:
            yield record, told
            n, told = next(bad, (0, ""))
        if not n:
            return


def _problems() -> Iterator[tuple[int, str]]:
    """Each record with problems and what they are, in the order of the file."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT n, string_agg(concat_ws(': ', nullif(path, ''), message), ' | ' ORDER BY path, message)"
                " FROM import_problem WHERE n > %s GROUP BY n ORDER BY n LIMIT 1000",
                [last],
            )
            found = cursor.fetchall()
        if not found:
            return
        yield from found
        last = found[-1][0]
