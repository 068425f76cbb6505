"""A file of claims onto the desk: read as a stream, judged as a set, written by the database under all of its rules.

The bargain: one file is one transaction, declared with who imports it. All or nothing; with ``keep_good`` what is wrong
goes into a rejects file instead. Claims arrive as new, without a verdict (DOMAIN.md §2, rule 10). A claim whose key is
on the desk is left alone, and told.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from django.db import OperationalError, connection, transaction

from claims.dossiers.loading import NoRoom, take_turn, told
from claims.importing.judging import judge, leave_out
from claims.importing.putting import Refused, put
from claims.importing.records import READERS
from claims.importing.rejects import write_rejects
from claims.importing.shaping import shape
from claims.importing.staging import BLOCK, Staging
from factdesk.context import acting
from factdesk.errors import BadInput, NotAllowed
from factdesk.people.models import User

#: So many problems are told; the rejects file has all of them.
MOST_TOLD = 100

#: Called with the stage (``reading``, ``writing``), how far it is, of how much, and how many claims that is.
Tell = Callable[[str, int, int, int], None]


@dataclass
class Brought:
    """What came of one file. ``made``: table to rows; ``there``: claims that were on the desk already, ``differing``
    those of them that say something else there; ``problems``: the first :data:`MOST_TOLD` of ``rejected`` records."""

    made: dict[str, int] = field(default_factory=dict)
    there: int = 0
    differing: list[tuple[int, str]] = field(default_factory=list)
    rejected: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    rejects: Path | None = None
    sources_matched: int = 0


def bring(
    file: Path,
    sort: str,
    *,
    by: User,
    keep_good: bool = False,
    rejects: Path | None = None,
    dry_run: bool = False,
    tell: Tell = lambda *how_far: None,
    name: str = "",
) -> Brought:
    """Bring a file of claims in. ``sort``: ``csv`` or ``jsonl``; ``rejects``: where bad records go (``keep_good``);
    ``name``: what history calls the file, where it is not its own name.

    Raises :class:`NotAllowed`; :class:`BadInput` with every problem, {line, path, code, message}, at most
    :data:`MOST_TOLD`; :class:`Busy <claims.dossiers.Busy>`, :class:`NoRoom`. Then nothing has changed, and there is no
    rejects file.
    """
    if "propose" not in by.rights:
        raise NotAllowed(f"{by.username} may not propose.", needed=["propose"])
    written = rejects.with_name(f".{rejects.name}.part") if rejects and keep_good else None
    try:
        with acting(by=by, why=f"import {name or file.name}"[:200], way="import"):
            brought = _bring(file, sort, by, keep_good, tell)
            if brought.rejected and written and rejects and not dry_run:
                _write(file, sort, written, rejects)
                brought.rejects = rejects
            if dry_run:
                transaction.set_rollback(True)
        return brought
    except (OperationalError, psycopg.OperationalError) as trouble:
        raise told(trouble) or trouble from trouble
    finally:
        if written:
            written.unlink(missing_ok=True)


def _write(file: Path, sort: str, written: Path, rejects: Path) -> None:
    try:
        write_rejects(file, sort, written)
        os.replace(written, rejects)
    except OSError as refused:
        raise NoRoom(f"{rejects} cannot be written: {refused.strerror}. Nothing was imported.") from refused


def _bring(file: Path, sort: str, by: User, keep_good: bool, tell: Tell) -> Brought:
    take_turn()
    staging = Staging()
    size = file.stat().st_size
    with file.open("rb") as opened:
        _read(opened, sort, by, staging, tell=lambda at, many: tell("reading", at, size, many))
    staging.weigh()
    judge(by)
    if not keep_good:
        _stop_if_any()
    brought = Brought()
    brought.made = _put(by, keep_good, staging.good, tell)
    with connection.cursor() as cursor:
        brought.there, brought.differing = _there(cursor)
        brought.rejected, brought.problems = _problems(cursor)
        cursor.execute("SELECT count(DISTINCT id) FROM import_source WHERE id IS NOT NULL")
        brought.sources_matched = cursor.fetchone()[0] - brought.made["source"]
    return brought


def _read(opened: BinaryIO, sort: str, by: User, staging: Staging, *, tell: Callable[[int, int], None]) -> None:
    for record in READERS[sort](opened):
        shaped, problems = shape(record)
        if shaped and "ask_reply" not in by.rights:
            outcomes = [row for row in shaped.row["accusations"] if row["outcome"] != "waiting"]
            problems = [(f"{row.path}.outcome", "not_allowed", "You may not record replies.") for row in outcomes]
        if shaped and not problems:
            staging.take(shaped)
        else:
            staging.refuse(record.n, record.line, problems)
        if record.n % BLOCK == 0:
            tell(opened.tell(), record.n)


def _put(by: User, keep_good: bool, many: int, tell: Tell) -> dict[str, int]:
    """Write; what the database refuses is left out and all written again, so that nothing is made for it alone."""
    while True:
        tell("writing", 0, many, 0)
        try:
            with transaction.atomic():
                return put(by.pk, None if keep_good else MOST_TOLD, lambda done: tell("writing", done, many, done))
        except Refused as refused:
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO import_problem SELECT %s, line, %s, %s, %s FROM import_claim WHERE n = %s",
                    [(n, path, code, message, n) for n, _, path, code, message in refused.found],
                )
                leave_out(cursor)
            if not keep_good:
                _stop_if_any()


def _there(cursor: Any) -> tuple[int, list[tuple[int, str]]]:
    cursor.execute("SELECT count(*) FROM import_there")
    [many] = cursor.fetchone()
    cursor.execute("SELECT line, key FROM import_there WHERE NOT same ORDER BY n LIMIT %s", [MOST_TOLD])
    return many, cursor.fetchall()


def _problems(cursor: Any) -> tuple[int, list[dict[str, Any]]]:
    cursor.execute("SELECT count(DISTINCT n) FROM import_problem")
    [many] = cursor.fetchone()
    cursor.execute(
        "SELECT line, path, code, message FROM import_problem ORDER BY line, path, message LIMIT %s", [MOST_TOLD]
    )
    names = ("line", "path", "code", "message")
    return many, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _stop_if_any() -> None:
    with connection.cursor() as cursor:
        many, problems = _problems(cursor)
    if many:
        more = " (the first are told)" if len(problems) == MOST_TOLD else ""
        raise BadInput(f"{many:,} claims have problems{more}; nothing was imported.", problems)
