"""Where the bench works: a PostgreSQL of its own under ``var/bench``, set as the product's, a database for a scale.

The bargain: the server is the product's embedded one, as it ships (it waits for the disk); as it is, or, for tests, the
one that the environment names. A database is made once and kept; its comment says what made it.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from factdesk import database, embedded, env
from factdesk.embedded import SHARED
from factdesk.env import ROOT, Env
from factdesk.pgprograms import Programs

HOME = ROOT / "var" / "bench"
#: settings of the operator's that the bench's PostgreSQL may have, too
PASSED_ON = ("FACTDESK_POSTGRES_BIN", "FACTDESK_POSTGRES_USER")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL, by libpq's parameters of its two roles."""

    addresses: dict[str, dict[str, str]]
    programs: Path

    def connect(self, name: str, role: str = "owner", **options: Any) -> "psycopg.Connection[Any]":
        """A connection to the database ``name``."""
        return psycopg.connect(**{**self.addresses[role], "dbname": name}, **options)  # type: ignore[arg-type]

    def url(self, name: str, role: str) -> str:
        """The database's address, as DATABASE_URL wants it."""
        facts = self.addresses[role]
        secret = f":{quote(facts['password'], safe='')}" if facts.get("password") else ""
        where = urlencode({key: facts[key] for key in ("host", "port") if facts.get(key)})
        return f"postgresql://{facts['user']}{secret}@/{name}?{where}"

    def make(self, name: str, template: str) -> None:
        """A new database; one of that name is dropped."""
        with self.connect("postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(template)))

    def mark(self, name: str, write: str | None = None) -> str | None:
        """The comment of the database ``name`` (None: there is none), or the one that it now gets."""
        with self.connect("postgres", autocommit=True) as connection:
            if write is not None:
                comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
                connection.execute(comment.format(sql.Identifier(name), sql.Literal(write)))
            asked = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
            row = connection.execute(asked, [name]).fetchone()
        return row[0] if row else None

    def client(self, program: str, name: str, *arguments: str, role: str = "default") -> subprocess.Popen[bytes]:
        """A client program of PostgreSQL's at the database, its words in pipes."""
        facts = self.addresses[role]
        environ = {
            "PATH": "/usr/bin:/bin",
            "PGHOST": facts.get("host", ""),
            "PGPORT": str(facts.get("port", "5432")),
            "PGUSER": facts["user"],
            "PGPASSWORD": facts.get("password", ""),
            "PGDATABASE": name,
        }
        command = [str(self.programs / program), *arguments]
        return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603


@contextmanager
def server(*, here: bool, careless: bool = False, environ: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The bench's PostgreSQL while inside; ``here``: the one that the environment names, which is left as it is.

    ``careless``: it does not wait for the disk, for as long as a desk is made.
    """
    given = env.load(environ) if here else _settings()
    with embedded.running(given, careless=careless):
        found = {role: {k: str(v) for k, v in facts.items()} for role, facts in database.addresses(given).items()}
        yield Server(found, programs(given))


def programs(given: Env) -> Path:
    """The folder of PostgreSQL's client programs."""
    return Programs.found(given.postgres_bin, None, SHARED).bin


def _settings() -> Env:
    HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return env.load({**passed, "FACTDESK_HOME": str(HOME)})


@dataclass(frozen=True)
class Desk:
    """A desk of ``scale`` claims: a database, and a home for what its processes keep."""

    server: Server
    scale: int
    home: Path

    @property
    def name(self) -> str:
        """The database's."""
        return f"factdesk_bench_{self.scale}"

    def environ(self, database: str | None = None) -> dict[str, str]:
        """What a program of the product is told, so that it works on this desk (or another ``database``)."""
        name = database or self.name
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("FACTDESK_") and name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        }
        return {
            **kept,
            "FACTDESK_HOME": str(self.home),
            "FACTDESK_DEMO": "off",
            "FACTDESK_TOKEN_RATE": "0",
            "DATABASE_URL": self.server.url(name, "default"),
            "FACTDESK_OWNER_DATABASE_URL": self.server.url(name, "owner"),
            "DJANGO_SETTINGS_MODULE": "factdesk.settings",
            "PYTHONPATH": str(ROOT),
        }

    @property
    def token(self) -> str:
        """The first token, of every scope."""
        return str(json.loads((self.home / "first-run.json").read_text(encoding="utf-8"))["api_token"])

    def connect(self, role: str = "default", **options: Any) -> "psycopg.Connection[Any]":
        """A connection as the application, or as the ``owner``."""
        return self.server.connect(self.name, role, **options)

    def manage(self, *arguments: str, database: str | None = None) -> None:
        """A command of manage.py, to its end."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        subprocess.run(command, env=self.environ(database), check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    def inside(self, what: str, *arguments: str) -> Any:
        """What :mod:`bench.inside` answers (JSON): it runs the product's own functions on this desk."""
        command = [sys.executable, "-m", "bench.inside", what, *arguments]
        done = subprocess.run(command, env=self.environ(), check=True, stdout=subprocess.PIPE, cwd=ROOT)  # noqa: S603
        return json.loads(done.stdout)

    def remake(self, template: str) -> None:
        """A database that is a copy of ``template``, and nothing kept of the one before."""
        self.server.make(self.name, template)
        for kept in ("first-run.json", "migrated.json", "made.json"):
            (self.home / kept).unlink(missing_ok=True)


@contextmanager
def serving(desk: Desk, *command: str) -> Iterator["Serving"]:
    """The product's own server on a free port while inside; or ``command``, with the port in FACTDESK_PORT."""
    port = free_port()
    environ = {**desk.environ(), "FACTDESK_PORT": str(port)}
    whole = list(command) or [sys.executable, str(ROOT / "manage.py"), "serve"]
    whole = [word.replace("{port}", str(port)) for word in whole]
    with (desk.home / "serve.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            whole, env=environ, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        await_answer(port, process, "/readyz" if not command else "/claims/?page_size=1")
        yield Serving(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Serving:
    """A running server."""

    port: int
    pid: int


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def await_answer(port: int, process: "subprocess.Popen[bytes]", path: str, seconds: float = 120) -> None:
    """Wait until the server answers ``path`` with 200."""
    patience = time.monotonic() + seconds
    while time.monotonic() < patience:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}; its log is in its home")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.02)
    raise RuntimeError(f"nothing answers {path} within {seconds:.0f} s")
