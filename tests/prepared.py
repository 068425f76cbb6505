"""The tests' databases: migrated once for as long as no migration changes, copied for each worker, emptied quickly.

To migrate takes half a minute, since Django renders every model again after each of 300 operations; to copy takes a
tenth of a second. The copy is migrated and hardened all the same, which finds nothing to do but to harden.
``script/test`` has a server of its own, and so begins from nothing each time.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections

from factdesk.env import ROOT

#: what is written when it is migrated; it stays where a test's rows are removed
KEPT = ("django_migrations", "django_content_type", "auth_permission", "sources_namesguard", "changes_epoch")


def migrations_digest() -> str:
    """Of everything that says what a migrated database is: our migrations, and the packages that bring others."""
    files = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py"), ROOT / "requirements" / "dev.txt"]
    parts = [f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in sorted(files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def template() -> str:
    """The name of a migrated database on the tests' server that nobody is connected to; made where there is none.

    Whoever comes while another makes it waits for that one.
    """
    owner = connections["owner"]
    family = f"test_template_{owner.settings_dict['NAME'][:30]}_"  # PostgreSQL cuts names at 63 characters
    name = family + migrations_digest()
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [family])
        there = [
            one for (one,) in server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family])
        ]
        if name not in there:
            for old in there:  # of other migrations, or half made
                server.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{name}_draft"')
            _migrate(owner, f"{name}_draft")
            server.execute(f'ALTER DATABASE "{name}_draft" RENAME TO "{name}"')
    return name


def _migrate(owner: Any, database: str) -> None:
    before = owner.settings_dict["NAME"]
    owner.close()
    owner.settings_dict["NAME"] = database
    try:
        call_command("migrate", database="owner", verbosity=0)
    finally:
        owner.close()
        owner.settings_dict["NAME"] = before


@contextmanager
def _server() -> Iterator["psycopg.Connection[Any]"]:
    facts = connections["owner"].settings_dict
    place = {key: str(facts[key.upper()]) or None for key in ("user", "password", "host", "port")}
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as server:  # type: ignore[arg-type]
        yield server


def emptied(_test: Any = None) -> None:
    """Remove what a test committed: all in one statement, so that no row misses the one that it names; then what
    history took down of that.

    Django's own way makes permissions and content types anew each time, and truncating takes longer than rows do.
    """
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname <> ALL (%s)",
            [list(KEPT)],
        )
        names = [name for (name,) in cursor.fetchall()]
        # the queue's own trigger changes these when their job is deleted: in one statement it would meet what is gone
        cursor.execute("DELETE FROM procrastinate_periodic_defers")
        asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
        for _ in range(2):
            cursor.execute(asked)
            if filled := [name for (name,) in cursor.fetchall()]:
                steps = [f"gone{number} AS (DELETE FROM {name})" for number, name in enumerate(filled)]
                cursor.execute(f"WITH {', '.join(steps)} SELECT")
