"""Tests run on real PostgreSQL, as the role that the application runs as; the owner makes and empties the database."""

import io
import os
import signal
from collections.abc import Iterator
from contextlib import redirect_stdout

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from factdesk.people.models import User
from tests import calls, make, prepared, racing

#: A shell that runs the tests in the background has them ignore Ctrl-C; the commands that they start must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "default", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("long", settings.get_profile("default"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--race-rounds``: how often each race of tests/test_races.py is run; ``--long``: those marked ``long``, too."""
    long = os.environ.get("HYPOTHESIS_PROFILE") == "long"
    parser.addoption("--race-rounds", type=int, default=200 if long else 10, metavar="N")
    parser.addoption("--long", action="store_true", default=long)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Every test with a database has both its roles: the owner's connection makes the test database, and empties it.

    ``default`` mirrors ``owner``: were only ``default`` asked for, Django would make none, and tests would run on the
    real one.
    """
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker:
            marker.kwargs.setdefault("databases", ["default", "owner"])
        elif "db" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(databases=["default", "owner"]))
    yield
    asked_by_name = any("::" in argument for argument in config.args)
    if not (config.getoption("long") or asked_by_name):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
        items[:] = [item for item in items if not item.get_closest_marker("long")]
    in_order(items)


def in_order(items: list[pytest.Item]) -> None:
    """Tests without a database come where the second of two workers begins, since the first is busy with making it
    (``--dist=worksteal`` gives each the tests of one half, in their order).
    """
    without = [item for item in items if not item.get_closest_marker("django_db")]
    others = [item for item in items if item.get_closest_marker("django_db")]
    half = len(items) // 2
    items[:] = others[:half] + without + others[half:]


@pytest.fixture(scope="session")
def prepared_template(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The test database is a copy of a migrated one."""
    with django_db_blocker.unblock():
        connections["owner"].settings_dict["TEST"]["TEMPLATE"] = prepared.template()


@pytest.fixture(scope="session")
def django_db_setup(prepared_template: None, django_db_setup: None) -> Iterator[None]:
    """As pytest-django has it; afterwards the application lets go of the database, so that the owner can drop it."""
    assert connection.settings_dict["NAME"].startswith("test_")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", prepared.emptied)
        yield
    connections.close_all()


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What fixtures of a module's own scope put on the record stands for all of its tests, each of which undoes its
    own; afterwards it is gone. Not for modules with tests on real transactions.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def imported(request: pytest.FixtureRequest, standing: None) -> Iterator[None]:
    """These record files, loaded once for all tests that ask for the same ones (tests.dossier_example.holding)."""
    with transaction.atomic():
        with redirect_stdout(io.StringIO()) as told:
            for path in request.param:
                call_command("import_dossier", str(path))
        assert "conflict" not in told.getvalue()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def owner(db: None) -> Iterator[psycopg.Connection]:
    """A connection as the owner, outside the test's transaction: it sees what is committed."""
    facts = connections["owner"].settings_dict
    with psycopg.connect(
        dbname=connection.settings_dict["NAME"],
        user=facts["USER"],
        password=facts["PASSWORD"] or None,
        host=facts["HOST"] or None,
        port=facts["PORT"] or None,
        autocommit=True,
    ) as opened:
        yield opened


@pytest.fixture
def sql(db: None):
    """Run raw SQL as the application's role: ``sql("SELECT ...", [args])`` gives the rows, if there are any."""

    def run(statement: str, arguments: list[object] | None = None) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def program(db: None) -> calls.Caller:
    """A program that reads, and has done so a moment ago."""
    found = calls.caller()
    found.get(calls.CLAIMS)
    return found


# --- races (tests/racing.py) ---


@pytest.fixture(scope="module")
def crowd() -> Iterator[racing.Crowd]:
    """Fifty who act at once, for the whole module."""
    gathered = racing.Crowd(50)
    yield gathered
    gathered.disperse()


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> range:
    """So often each race is run."""
    return range(request.config.getoption("race_rounds"))


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """One of each, by role."""
    return {role: make.user(role) for role in ("reporter", "checker", "editor", "chief", "legal")}
