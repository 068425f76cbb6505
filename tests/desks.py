"""Whole desks for tests: each a database of its own on the tests' server, worked on by commands from outside."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.db import connections
from psycopg import sql

from factdesk.env import ROOT


class Desk:
    """A desk whose database is ``name``, with its own FACTDESK_HOME."""

    def __init__(self, name: str, home: Path) -> None:
        self.name, self.home = name, home
        keep = {key: value for key, value in os.environ.items() if not key.startswith("FACTDESK_")}
        self.environ = {
            **keep,
            **{key: os.environ[key] for key in ("FACTDESK_POSTGRES_BIN",) if key in os.environ},
            "FACTDESK_HOME": str(home),
            "DATABASE_URL": self.url("default"),
            "FACTDESK_OWNER_DATABASE_URL": self.url("owner"),
        }

    def url(self, alias: str) -> str:
        facts = connections[alias].settings_dict
        password = f":{quote(facts['PASSWORD'], safe='')}" if facts["PASSWORD"] else ""
        where = "&".join(
            f"{key}={quote(str(facts[key.upper()]), safe='')}" for key in ("host", "port") if facts[key.upper()]
        )
        return f"postgresql://{facts['USER']}{password}@/{self.name}?{where}"

    def connect(self, alias: str = "owner", **options: Any) -> "psycopg.Connection[Any]":
        return connect(self.name, alias, **options)

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """A command, going on."""
        return subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.environ | options.pop("environ", {}),
            cwd="/",
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def run(self, *arguments: str, fails: bool = False, **options: Any) -> str:
        """A command to its end: what it said, of a fault on stderr."""
        with self.start(*arguments, **options) as process:
            said, complained = process.communicate(timeout=300)
        assert "Traceback" not in complained
        assert (process.returncode != 0) == fails, said + complained
        return complained if fails else said

    def python(self, code: str, *arguments: str) -> str:
        """What a program says that has Django and this desk."""
        whole = f"import django; django.setup()\n{code}"
        environ = self.environ | {"DJANGO_SETTINGS_MODULE": "factdesk.settings", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", whole, *arguments]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self) -> dict[str, list[str]]:
        """Every row of every table of the schema, as text, in order of that text."""
        with self.connect() as connection:
            asked = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            names = sorted(name for (name,) in connection.execute(asked))
            return {
                name: [
                    row
                    for (row,) in connection.execute(
                        sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(name))
                    )
                ]
                for name in names
            }


def connect(database: str, alias: str = "owner", **options: Any) -> "psycopg.Connection[Any]":
    """A connection to any database of the tests' server."""
    facts = connections[alias].settings_dict
    known = {"user": facts["USER"], "password": facts["PASSWORD"], "host": facts["HOST"], "port": str(facts["PORT"])}
    return psycopg.connect(dbname=database, **{key: value for key, value in known.items() if value}, **options)


def databases(beginning: str) -> list[str]:
    """The server's databases whose names begin so."""
    with connect("postgres") as connection:
        asked = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1"
        return [name for (name,) in connection.execute(asked, [beginning])]


@contextmanager
def empty_desk(name: str, home: Path) -> Iterator[Desk]:
    """A desk whose database is empty; afterwards it is gone, with whatever was left beside it."""
    with connect("postgres", autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield Desk(name, home)
    finally:
        with connect("postgres", autocommit=True) as server:
            for each in databases(name):
                server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(each)))
