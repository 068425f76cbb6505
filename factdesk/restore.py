"""A backup comes back: into a database beside the desk's, which takes its place when all is well, or goes.

The bargain: the desk is as it was until the last step, and that is one transaction (two databases change their
names). Before it, what came in was counted and held against the backup, brought up to date, hardened and looked
over. Nobody may work with the desk meanwhile. Roles and passwords are this machine's: the owner makes everything
anew, and ``harden`` gives the application its rights. Who follows the feed of changes begins afresh: in another
database it is another epoch (``factdesk.changes.models.Epoch``).
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from factdesk import history
from factdesk.archive import Archive
from factdesk.backup import Kept, connected, major, owner_address
from factdesk.env import Env
from factdesk.pgclients import Clients
from factdesk.pgprograms import DatabaseTrouble
from factdesk.tally import differences, migrations, tally

#: databases that are always there, to speak from while the desk's own changes its name
MAINTENANCE = ("postgres", "template1")
#: seconds for those who are just leaving
PATIENCE = 3


class CannotRestore(Exception):
    """The backup is not restored, and nothing was changed; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """The desk's database, the one beside it that the backup goes into, and what the desk's is called once replaced."""

    address: dict[str, str]
    app: str

    @property
    def name(self) -> str:
        return self.address["dbname"]

    @property
    def draft(self) -> str:
        return f"{self.name[:50]}_restoring"

    @property
    def replaced(self) -> str:
        return f"{self.name[:50]}_replaced"


@dataclass(frozen=True)
class Restored:
    """What came back, and why the database that it took the place of is still there (None: it is gone)."""

    kept: Kept
    left: str | None = None


def restore(env: Env, archive: Archive, *, replace: bool = False, rehearse: bool = False) -> Restored:
    """Bring the backup back. ``replace``: also where there is a desk already; ``rehearse``: all but the last step.

    Raises CannotRestore, DatabaseTrouble or psycopg.Error; the desk is then as it was.
    """
    kept = Kept.read(archive.known)
    place = Place(owner_address(env), connections["default"].settings_dict["USER"])
    clients = Clients.of(env, place.address | {"dbname": place.draft})
    _refuse_newer(kept, clients)
    connections.close_all()
    with _maintenance(place) as server:
        _refuse_company(server, place)
        if not (replace or rehearse):
            _refuse_a_desk(place)
        with _draft(server, place):
            with archive.dump() as dump:
                clients.load(dump)
            _compare(clients.address, kept)
            with _pointed_at(place.draft):
                call_command("migrate", database="owner", interactive=False, verbosity=0)
                with connections["owner"].cursor() as cursor:
                    cursor.execute("ANALYZE")  # or the planner knows nothing of what it works on
                if faults := history.faults():
                    raise CannotRestore(f"What was restored is not closed to the application: {'; '.join(faults)}.")
            if not rehearse:
                _change_places(server, place)
        return Restored(kept, None if rehearse else _clear_away(server, place))


# --- what is refused ---


def _refuse_newer(kept: Kept, clients: Clients) -> None:
    if clients.programs.major < kept.programs:
        raise CannotRestore(
            f"The backup was written by the programs of PostgreSQL {kept.programs}; those in {clients.programs.bin} are"
            f" {clients.programs.major}. Set FACTDESK_POSTGRES_BIN to programs of {kept.programs} or later."
        )
    known = MigrationLoader(None)
    ours = known.disk_migrations.keys()
    newer = [f"{app} {name}" for app, name in kept.migrations if (app, name) not in ours]
    if newer:
        raise CannotRestore(
            f"The backup is of a newer factdesk: this one does not know {', '.join(newer[:3])}."
            " Restore it with that version, or a later one."
        )
    with connected({**clients.address, "dbname": connections["owner"].settings_dict["NAME"]}) as connection:
        if major(connection) < kept.server:
            raise CannotRestore(
                f"The backup is from PostgreSQL {kept.server}, this server is {major(connection)}:"
                f" it takes a server of {kept.server} or later."
            )


def _refuse_company(server: "psycopg.Connection[Any]", place: Place) -> None:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usesysid IS NOT NULL"
    patience = time.monotonic() + PATIENCE
    while (row := server.execute(asked, [place.name]).fetchone()) and row[0]:
        if time.monotonic() > patience:
            told = f"Connections to the database {place.name}: {row[0]}."
            raise CannotRestore(f"{told} Stop the desk and whatever else works with it.")
        time.sleep(0.1)


def _refuse_a_desk(place: Place) -> None:
    with connected(place.address) as connection:
        if not migrations(connection):
            return
        held = connection.execute(
            "SELECT (SELECT count(*) FROM claims_claim), (SELECT count(*) FROM sources_document),"
            " (SELECT count(*) FROM people_user)"
        ).fetchone() or (0, 0, 0)
    if any(held):
        told = "{:,} claims, {:,} documents, {:,} people".format(*held)
        raise CannotRestore(
            f"There is a desk in this database already ({told}). --replace puts the backup in its place;"
            " what it holds is then gone, so make a backup of it first."
        )


def _compare(address: Mapping[str, str], kept: Kept) -> None:
    with connected(address) as connection:
        found = tally(connection)
    if differ := differences(kept.tables, found):
        raise CannotRestore(f"What came in is not what was backed up: {', '.join(differ)}.")


# --- the databases ---


@contextmanager
def _maintenance(place: Place) -> Iterator["psycopg.Connection[Any]"]:
    """A connection of the owner's that is to none of the desk's databases."""
    for number, name in enumerate(MAINTENANCE, 1):
        try:
            connection = connected(place.address | {"dbname": name}, autocommit=True)
        except DatabaseTrouble:
            if number == len(MAINTENANCE):
                raise
        else:
            with connection:
                yield connection
            return


@contextmanager
def _draft(server: "psycopg.Connection[Any]", place: Place) -> Iterator[None]:
    """An empty database of the desk's own make, for as long as the block lasts unless it took the desk's place."""
    _drop(server, place.draft)
    _drop(server, place.replaced)
    try:
        server.execute(_like(server, place))
    except psycopg.errors.InsufficientPrivilege as refused:
        raise CannotRestore(f"{place.address['user']} may not make databases: ALTER ROLE … CREATEDB.") from refused
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):  # what went wrong first is told; the next restore clears up
            _drop(server, place.draft)
        raise
    _drop(server, place.draft)


def _clear_away(server: "psycopg.Connection[Any]", place: Place) -> str | None:
    """Drop the database that was replaced; why not, if that fails. The desk is restored by then, and works."""
    try:
        _drop(server, place.replaced)
    except psycopg.Error as fault:
        return f"The database that was replaced is still there, as {place.replaced}: {fault}"
    return None


def _drop(server: "psycopg.Connection[Any]", name: str) -> None:
    """Drop it if it is there. What a killed restore left running in it is ended; who is just leaving is waited for."""
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
    server.execute(ours, [name])
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))  # waits 5 s for the others


def _like(server: "psycopg.Connection[Any]", place: Place) -> sql.Composed:
    """CREATE DATABASE for the draft, in the encoding and locale of the desk's database."""
    locale = "datlocale" if major(server) >= 17 else "daticulocale"
    encoding, collate, ctype, provider, named = server.execute(
        sql.SQL(
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype, datlocprovider, {} FROM pg_database"
            " WHERE datname = %s"
        ).format(sql.Identifier(locale)),
        [place.name],
    ).fetchone() or ("UTF8", "C", "C", "c", None)
    parts: list[sql.Composable] = [
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
            sql.Identifier(place.draft), encoding, collate, ctype
        )
    ]
    if provider == "i":
        parts.append(sql.SQL("LOCALE_PROVIDER icu ICU_LOCALE {}").format(named))
    elif provider == "b":
        parts.append(sql.SQL("LOCALE_PROVIDER builtin BUILTIN_LOCALE {}").format(named))
    else:
        parts.append(sql.SQL("LOCALE_PROVIDER libc"))
    return sql.SQL(" ").join(parts)


def _change_places(server: "psycopg.Connection[Any]", place: Place) -> None:
    """The draft becomes the desk's database, with its rights; what was there gets another name."""
    name, draft, replaced = (sql.Identifier(each) for each in (place.name, place.draft, place.replaced))
    with server.transaction():
        server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(draft))
        server.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(draft, sql.Identifier(place.app)))
        for role in server.execute(_ADMITTED, [place.name]).fetchall():
            server.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(draft, sql.Identifier(*role)))
        try:
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(name, replaced))
        except psycopg.errors.ObjectInUse as refused:
            raise CannotRestore(f"Somebody works with the database {place.name} again; stop that first.") from refused
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(draft, name))


#: whom the operator let into the database by name
_ADMITTED = """
    SELECT DISTINCT r.rolname FROM pg_database d CROSS JOIN aclexplode(d.datacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE d.datname = %s AND a.privilege_type = 'CONNECT' AND a.grantee <> d.datdba
"""


@contextmanager
def _pointed_at(name: str) -> Iterator[None]:
    """Django's connections, both, to another database of the server."""
    before = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "owner")}
    try:
        for alias in before:
            connections[alias].settings_dict["NAME"] = name
        yield
    finally:
        for alias, was in before.items():
            connections[alias].close()
            connections[alias].close_pool()  # type: ignore[attr-defined]
            connections[alias].settings_dict["NAME"] = was
