"""A backup: everything that the desk's database holds, as of one moment, in one file; and how it is told apart.

The bargain: the dump and what is said of it (``factdesk.tally``) see the same snapshot, while the desk goes on
working. What is not in the database is not in it: the settings, ``FACTDESK_HOME`` with its passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from factdesk import database
from factdesk.archive import Packing, written
from factdesk.env import Env
from factdesk.pgclients import Clients
from factdesk.pgprograms import DatabaseTrouble
from factdesk.tally import LEFT_OUT, Rows, migrations, tally


@dataclass(frozen=True)
class Kept:
    """What a backup says of itself. Versions are PostgreSQL's majors: the server's and the programs'."""

    made_at: datetime
    server: int
    programs: int
    migrations: list[tuple[str, str]]
    tables: dict[str, Rows]

    @classmethod
    def read(cls, known: dict[str, Any]) -> "Kept":
        """From what an archive has."""
        return cls(
            datetime.fromisoformat(known["made_at"]),
            known["server"],
            known["programs"],
            [(app, name) for app, name in known["migrations"]],
            {table: Rows(*rows) for table, rows in known["tables"].items()},
        )

    def written(self) -> dict[str, Any]:
        """As an archive has it."""
        return {
            "made_at": self.made_at.isoformat(),
            "server": self.server,
            "programs": self.programs,
            "migrations": self.migrations,
            "tables": self.tables,
        }

    def __str__(self) -> str:
        claims, documents = (self.tables[name].rows for name in ("claims_claim", "sources_document"))
        return f"{claims:,} claims, {documents:,} documents, as of {self.made_at:%Y-%m-%d %H:%M:%S} UTC"


def make(env: Env, path: Path, *, force: bool = False) -> Kept:
    """Write a backup to ``path``. DatabaseTrouble where the database cannot be had; OSError where the file cannot."""
    owner = owner_address(env)
    clients = Clients.of(env, owner)
    with written(path, force=force) as file, connected(owner) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        server = major(connection)
        if clients.programs.major < server:
            raise DatabaseTrouble(
                f"The server is PostgreSQL {server}; the programs in {clients.programs.bin} are"
                f" {clients.programs.major} and cannot back it up. Set FACTDESK_POSTGRES_BIN to programs of {server}."
            )
        applied = migrations(connection)
        if not applied:
            raise DatabaseTrouble("There is no desk in this database yet: nothing to back up.")
        [(made_at, snapshot)] = connection.execute("SELECT now(), pg_export_snapshot()").fetchall()
        with Packing(file) as packing:
            clients.dump(packing.put, snapshot=snapshot, left_out=LEFT_OUT)
            kept = Kept(made_at.astimezone(UTC), server, clients.programs.major, applied, tally(connection))
            packing.end(kept.written())
    return kept


def owner_address(env: Env) -> dict[str, str]:
    """libpq's parameters of the owner's way in, or DatabaseTrouble."""
    owner = database.addresses(env).get("owner")
    if owner is None:
        raise DatabaseTrouble("Set FACTDESK_OWNER_DATABASE_URL: only the owner can read and restore everything.")
    return owner


def connected(address: Mapping[str, str], *, autocommit: bool = False) -> "psycopg.Connection[Any]":
    """A connection with libpq's parameters, or DatabaseTrouble."""
    try:
        return psycopg.connect(make_conninfo("", **address), autocommit=autocommit)
    except psycopg.OperationalError as trouble:
        raise DatabaseTrouble(f"The database is not to be reached: {trouble}") from trouble


def major(connection: "psycopg.Connection[Any]") -> int:
    """The server's major version: 18."""
    return connection.info.server_version // 10_000
