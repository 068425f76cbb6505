"""PostgreSQL's client programs (pg_dump, pg_restore, psql), run as ourselves, by pipes.

The bargain: they find the database as Python does (the same libpq, the same environment), no password is in a command
line, none is asked for, and of their complaints the first is told alone: more might quote what people wrote. Whoever
is interrupted leaves none of them behind.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from psycopg.conninfo import make_conninfo

from factdesk.embedded import SHARED
from factdesk.env import Env
from factdesk.pgprograms import DatabaseTrouble, Programs

PIECE = 1 << 20
#: Programs from 17 on write this into every script, and servers before 17 do not know it.
TOO_NEW = b"SET transaction_timeout = 0;\n"
#: It stands among the first so many lines, before anything that people wrote.
PREAMBLE = 60


@dataclass(frozen=True)
class Clients:
    """The client programs, and libpq's parameters of the database that they work on."""

    programs: Programs
    address: Mapping[str, str]

    @classmethod
    def of(cls, env: Env, address: Mapping[str, str]) -> "Clients":
        """Those in FACTDESK_POSTGRES_BIN, else those that come along. DatabaseTrouble where there are none."""
        programs = Programs.found(env.postgres_bin, None, SHARED)
        for name in ("pg_dump", "pg_restore", "psql"):
            if not (programs.bin / name).is_file():
                raise DatabaseTrouble(f"There is no {name} in {programs.bin}; FACTDESK_POSTGRES_BIN names the folder.")
        return cls(programs, address)

    def dump(self, take: Callable[[IO[bytes]], None], *, snapshot: str, left_out: frozenset[str]) -> None:
        """Have ``take`` read a dump of what the exported ``snapshot`` sees, without the rows of ``left_out``."""
        options = ["--format=custom", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions"]
        options += [f"--exclude-table-data=public.{name}" for name in sorted(left_out)]
        options += [f"--snapshot={snapshot}", *self._where()]
        with self._running("pg_dump", *options, stdout=subprocess.PIPE) as dumping:
            take(_pipe(dumping.stdout))

    def load(self, dump: IO[bytes]) -> None:
        """Bring a dump into the database, which is empty: all of it, or DatabaseTrouble and nothing."""
        options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", *self._where()]
        unpack = ["--file=-", "--no-owner", "--no-privileges", "--no-comments"]
        with (
            ThreadPoolExecutor(1) as feeder,
            self._running("psql", *options, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as loading,
            self._running("pg_restore", *unpack, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as unpacking,
        ):
            feeding = feeder.submit(_feed, dump, _pipe(unpacking.stdin))
            script, into = _pipe(unpacking.stdout), _pipe(loading.stdin)
            for _ in range(PREAMBLE):
                line = script.readline()
                into.write(b"" if line == TOO_NEW else line)
            shutil.copyfileobj(script, into, PIECE)
            feeding.result()

    def _where(self) -> list[str]:
        plain = {name: value for name, value in self.address.items() if name != "password"}
        return ["--no-password", f"--dbname={make_conninfo('', **plain)}"]

    @contextmanager
    def _running(self, program: str, *options: str, **pipes: Any) -> Iterator["subprocess.Popen[bytes]"]:
        """The program, until the block ends; DatabaseTrouble if it then ends with a fault, or broke off before."""
        environ = {**os.environ, "LC_ALL": "C", "PGPASSWORD": self.address.get("password", "")}
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(  # noqa: S603
                [self.programs.bin / program, *options],
                env=environ,
                stderr=said,
                start_new_session=True,  # a Ctrl-C is ours, and we end it
                **{"stdin": subprocess.DEVNULL, **pipes},
            )
            try:
                with process:  # closes what is left of its pipes, and waits
                    try:
                        yield process
                    except BaseException as trouble:
                        if not isinstance(trouble, BrokenPipeError) or not _ends_by_itself(process):
                            process.kill()  # before its input ends, which psql would take for the end of the work
                        raise
            except BrokenPipeError:
                if process.returncode <= 0:
                    raise
            if process.returncode:
                raise DatabaseTrouble(f"{program} failed: {_first_complaint(said)}")


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise TypeError("the program was started without this pipe")
    return end


def _feed(dump: IO[bytes], into: IO[bytes]) -> None:
    try:
        with into:
            shutil.copyfileobj(dump, into, PIECE)
    except BrokenPipeError:
        return  # the program has ended; its status says why


def _ends_by_itself(process: "subprocess.Popen[bytes]") -> bool:
    try:
        return process.wait(10) != 0
    except subprocess.TimeoutExpired:
        return False


def _first_complaint(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read(100_000).decode("utf-8", "replace").splitlines()
    return next((line for line in lines if "error:" in line.lower()), lines[0] if lines else "it does not say why")
