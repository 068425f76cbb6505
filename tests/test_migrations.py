"""Every migration of ours goes back and comes again, hardened; and none is missing.

To go back to nothing takes minutes, since Django renders every model again after each of 300 operations. It is done
where long tests are asked for (``script/test --long``); otherwise the newest goes alone.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections

HOUSE = Path(__file__).parent.parent

THERE_AND_BACK = """
import sys
import django
django.setup()
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from factdesk.history import faults, harden

OURS = "^(claims|sources|people)_"

def left():
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'S') AND relname ~ %s"
            " UNION ALL SELECT proname FROM pg_proc WHERE proname ~ %s", [OURS, OURS])
        return sorted(name for (name,) in cursor.fetchall())

def shape():
    with connections["owner"].cursor() as cursor:
        cursor.execute('''
            SELECT 'column', table_name || '.' || column_name, data_type, column_default FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name ~ %s
            UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid), NULL FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text ~ %s
            UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid), NULL FROM pg_trigger
            WHERE NOT tgisinternal AND tgrelid::regclass::text ~ %s
            UNION ALL SELECT 'function', proname, prosrc, proconfig::text FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND proname ~ '^(pgtrigger_|claims_|sources_|people_)'
            UNION ALL SELECT 'right', relname, relacl::text, NULL FROM pg_class WHERE relname ~ %s AND relkind = 'r'
            UNION ALL SELECT 'view', viewname, definition, NULL FROM pg_views WHERE viewname ~ %s
            UNION ALL SELECT 'index', indexname, indexdef, NULL FROM pg_indexes WHERE tablename ~ %s
            ORDER BY 1, 2, 3''', [OURS] * 6)
        return cursor.fetchall()

APPS = ("claims", "sources", "people")

def targets(executor):
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    ours = [(step.app_label, step.name) for step, _ in plan if step.app_label in APPS]
    if sys.argv[1] == "to nothing":
        return [(app, None) for app in APPS]
    newest = ours[-1][0]
    return [[one for one in ours if one[0] == newest][-2]]

harden()
before = shape()
# As "migrate claims zero" and so on would, but in one plan: Django renders the way to where it begins once, not thrice.
executor = MigrationExecutor(connections["owner"])
executor.migrate(targets(executor))
assert shape() != before
if sys.argv[1] == "to nothing":
    assert left() == [], left()
call_command("migrate", verbosity=0)
assert faults() == [], faults()
after = shape()
assert after == before, (sorted(set(map(str, before)) ^ set(map(str, after))))
print("there and back")
"""


@pytest.fixture
def scratch(transactional_db: None) -> Iterator[dict[str, str]]:
    """A copy of the test's database, dropped after: the environment in which it is the desk's."""
    facts, name = connections["owner"].settings_dict, connection.settings_dict["NAME"]
    copy = f"{name}_scratch"
    connections.close_all()
    place = {key: facts[key.upper()] or None for key in ("user", "password", "host", "port")}
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
        yield environ_of(copy)
        server.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')


def environ_of(name: str) -> dict[str, str]:
    """The environment of another process whose desk has this database."""
    return os.environ | {
        "DATABASE_URL": address("default", name),
        "FACTDESK_OWNER_DATABASE_URL": address("owner", name),
        "DJANGO_SETTINGS_MODULE": "factdesk.settings",
    }


def address(alias: str, name: str) -> str:
    facts = connections[alias].settings_dict
    secret = f":{facts['PASSWORD']}" if facts["PASSWORD"] else ""
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    if facts["HOST"].startswith("/"):
        return f"postgresql://{facts['USER']}{secret}@{port}/{name}?host={facts['HOST']}"
    return f"postgresql://{facts['USER']}{secret}@{facts['HOST']}{port}/{name}"


def goes_back(how_far: str, scratch: dict[str, str]) -> None:
    command = [sys.executable, "-c", THERE_AND_BACK, how_far]
    done = subprocess.run(command, env=scratch, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "there and back", done.stderr[-3000:]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_newest_migration_goes_back_and_comes_again(scratch):
    goes_back("one", scratch)


@pytest.mark.long
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_every_migration_goes_back_to_nothing_and_comes_again(scratch):
    goes_back("to nothing", scratch)


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
