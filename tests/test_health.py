"""Alive, and ready: what is asked every few seconds by whoever watches the process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from factdesk import health

CHECKS = {"database", "migrations", "queue", "history"}


def test_a_living_process_says_so_without_the_database():
    answer = Client().get("/healthz")  # no db mark: a query would fail the test
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


@pytest.mark.django_db
def test_a_ready_desk_says_so_check_by_check():
    answer = Client().get("/readyz")
    assert answer.status_code == 200, answer.json()
    told = answer.json()
    assert told["ok"] is True
    assert set(told["checks"]) == CHECKS
    assert all(check == {"ok": True, "says": "All is well."} for check in told["checks"].values())


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_health_is_only_asked(method):
    for address in ("/healthz", "/readyz"):
        assert Client().generic(method, address).status_code == 405
        assert Client().head(address).status_code == 200


@pytest.mark.django_db
def test_the_migrations_are_looked_up_once(django_assert_num_queries):
    health._migrated.clear()
    Client().get("/readyz")
    with django_assert_num_queries(6):
        Client().get("/readyz")


@pytest.mark.django_db
def test_an_unhardened_function_makes_the_desk_unready(owner, caplog):
    function = "FUNCTION claims_on_text_attached()"
    owner.execute(f"ALTER {function} SECURITY INVOKER")
    try:
        answer = Client().get("/readyz")
    finally:
        owner.execute(f"ALTER {function} SECURITY DEFINER")
    assert answer.status_code == 503
    check = answer.json()["checks"]["history"]
    assert check["ok"] is False
    assert "harden" in check["says"]
    assert "claims_on_text_attached" in caplog.text
    assert "claims_on_text_attached" not in answer.content.decode()


@pytest.mark.django_db
def test_a_migration_that_was_not_applied_makes_the_desk_unready(owner):
    health._migrated.clear()
    newest = "SELECT name FROM django_migrations WHERE app = 'claims' ORDER BY name DESC LIMIT 1"
    [name] = owner.execute(newest).fetchone()
    owner.execute("DELETE FROM django_migrations WHERE app = 'claims' AND name = %s", [name])
    try:
        answer = Client().get("/readyz")
    finally:
        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('claims', %s, now())", [name])
    assert answer.status_code == 503
    assert "1 migrations" in answer.json()["checks"]["migrations"]["says"]
    assert Client().get("/readyz").status_code == 200


def test_without_a_database_the_desk_is_alive_and_not_ready_and_tells_no_address():
    asked = """
import django; django.setup()
from django.test import Client
for address in ("/healthz", "/readyz"):
    answer = Client(SERVER_NAME="127.0.0.1").get(address)
    print(answer.status_code, answer.content.decode())
"""
    nowhere = "postgresql://the_role:the_password@127.0.0.1:1/the_database"
    ran = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {"DATABASE_URL": nowhere, "DJANGO_SETTINGS_MODULE": "factdesk.settings"},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    alive, ready = ran.stdout.splitlines()
    assert alive == '200 {"ok": true}'
    assert ready.startswith("503 ")
    assert ready.count("The database does not answer.") == len(CHECKS)
    assert not any(secret in ran.stdout for secret in ("the_role", "the_password", "127.0.0.1", "the_database"))
