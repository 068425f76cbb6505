"""What ``COPY … TO STDOUT`` gives, in chunks, on a connection of its own: for answers that outlive their request.

The bargain: whoever makes a :class:`CopyOut` has its first chunk, so what the database refuses is raised there and
not in the middle of an answer. Memory does not grow with the rows. The connection is read-only, does not come from
the pool, and is closed when the last chunk was taken, when one fails, or when :meth:`CopyOut.close` says that nobody
wants the rest; the database is then told to stop.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from django.db import connections
from django.db.utils import DatabaseErrorWrapper

#: Bytes of a chunk, at least (a row is never cut): one chunk a row would halve the speed.
CHUNK = 128 * 1024
#: A long answer may take longer than what the application waits for otherwise (``factdesk.database.TIMEOUTS``).
LONGEST = "1h"


class Frame(NamedTuple):
    """What stands before, between and after the rows."""

    before: bytes = b""
    between: bytes = b"\n"
    after: bytes = b"\n"


class CopyOut:
    """The output of one COPY statement, to be iterated over once."""

    def __init__(self, statement: str, parameters: Sequence[Any] = (), *, frame: Frame | None = None) -> None:
        """Begin. Raises what Django raises (``django.db.Error``) where the database refuses the statement.

        ``frame``: with anything but a line end between rows, no row may hold one.
        """
        self._chunks = _on_its_own(statement, parameters, frame or Frame())
        self._first = next(self._chunks)

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        yield from self._chunks

    def close(self) -> None:
        """Nobody wants the rest. Does nothing where all was taken."""
        self._chunks.close()


def framed(rows: Iterable[Any], frame: Frame, least: int = CHUNK) -> Iterator[bytes]:
    """The rows (bytes-like, each ended by LF), put into the frame and cut into chunks of at least so many bytes."""
    before = frame.before
    for chunk in _chunks(rows, least):
        body = chunk[:-1]
        yield before + (body if frame.between == b"\n" else body.replace(b"\n", frame.between))
        before = frame.between
    yield frame.after if before is frame.between else before + frame.after


def _chunks(rows: Iterable[Any], least: int) -> Iterator[bytearray]:
    held = bytearray()
    for row in rows:
        held += row
        if len(held) >= least:
            yield held
            held = bytearray()
    if held:
        yield held


def copied_rows(statement: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows (texts, and None for NULL) of one COPY statement in PostgreSQL's own format, read on a connection of its
    own as they are asked for. Raises what Django raises.
    """
    with _copying(statement, parameters) as copied:
        yield from copied.rows()


def _on_its_own(statement: str, parameters: Sequence[Any], frame: Frame) -> Generator[bytes]:
    with _copying(statement, parameters) as copied:
        yield from framed(copied, frame)


@contextmanager
def _copying(statement: str, parameters: Sequence[Any]) -> Iterator[psycopg.Copy]:
    default = connections["default"]
    facts = default.get_connection_params() | {"application_name": "factdesk copyout"}
    with DatabaseErrorWrapper(default), psycopg.connect(**facts) as connection:
        connection.read_only = True
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'")
            cursor.execute("SET LOCAL jit = off")  # compiling would hold back the first rows for longer than it saves
            with cursor.copy(statement, parameters) as copied:
                yield copied
