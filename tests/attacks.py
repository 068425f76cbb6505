"""How the tests attack the database: as the application's role, with raw SQL, in one session or in several."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction
from psycopg.errors import InsufficientPrivilege

from claims.models import Claim, Clearance, Transition
from tests import make


def hole(what: str, *also: type[Exception]) -> pytest.MarkDecorator:
    """A rule that the database does not hold yet: the test shows it, and must be unmarked once it does.

    ``also`` are the errors, beside a failed expectation, by which it shows.
    """
    shown = (pytest.fail.Exception, AssertionError, *also)
    return pytest.mark.xfail(strict=True, reason=f"HOLE: {what}", raises=shown)


@contextmanager
def refused(*constraints: str) -> Iterator[None]:
    """The database refuses what is tried here, under one of these names (or any), and nothing has changed."""
    with pytest.raises(DatabaseError) as told, transaction.atomic():
        yield
    said = told.value.__cause__
    assert isinstance(said, psycopg.Error)
    if not isinstance(said, psycopg.IntegrityError) or (constraints and said.diag.constraint_name not in constraints):
        raise told.value  # no AssertionError: a hole is not shown by an attack that fails for another reason


@contextmanager
def forbidden() -> Iterator[None]:
    """What is tried here is not the application's to do."""
    with pytest.raises(DatabaseError) as told, transaction.atomic():
        yield
    assert isinstance(told.value.__cause__, InsufficientPrivilege), str(told.value)


def opened(alias: str = "default", **options: Any) -> psycopg.Connection:
    """Another session on the test's database, as the application (or as the ``owner``); it sees what is committed."""
    facts = connections[alias].settings_dict
    return psycopg.connect(
        dbname=connection.settings_dict["NAME"],
        user=facts["USER"],
        password=facts["PASSWORD"] or None,
        host=facts["HOST"] or None,
        port=facts["PORT"] or None,
        **options,
    )


def move(claim: Claim, state: str, why: str = "", **facts: Any) -> None:
    """Try to change the state by raw UPDATE, with a reason declared."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('factdesk.reason', %s, true)", [why])
        Claim.objects.filter(pk=claim.pk).update(state=state, **facts)
        cursor.execute("SELECT set_config('factdesk.reason', '', true)")
    claim.refresh_from_db()


def clear(claim: Claim, value: str = "clear", role: str = "editor", **facts: Any) -> Clearance:
    claim.refresh_from_db()
    made = Clearance.objects.create(
        claim=claim,
        revision=facts.pop("revision", claim.revision),
        value=value,
        by=facts.pop("by", None) or make.user(role),
        **facts,
    )
    claim.refresh_from_db()
    return made


def newest_transition(claim: Claim) -> Transition:
    return Transition.objects.filter(claim=claim).latest()


def next_id(sql: Any, table: str) -> int:
    """An id that no row of this table has yet."""
    [[number]] = sql(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))")
    return int(number)


def until_waiting(sessions: int, locktype: str | None = None) -> None:
    """Wait until so many sessions of the test's database wait for a lock; fail after half a minute."""
    patience = time.monotonic() + 30
    asked = """SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
               WHERE NOT granted AND datname = current_database() AND (locktype = %s OR %s::text IS NULL)"""
    with opened(autocommit=True) as watch:
        while watch.execute(asked, [locktype, locktype]).fetchone() != (sessions,):
            assert time.monotonic() < patience, "waited in vain"
            time.sleep(0.02)
