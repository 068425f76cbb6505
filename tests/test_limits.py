"""How often a token may ask: each process counts, the database adds up; and what is answered to one too many."""

import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from django.db import connection, connections

from factdesk import env
from factdesk.people.models import RequestCount
from factdesk.rest import limits
from factdesk.rest.limits import Counts, TooManyRequests
from tests import calls, make
from tests.calls import CLAIMS, problem
from tests.test_migrations import address

pytestmark = pytest.mark.django_db

NOON = 1_800_000_000  # a whole number of minutes


@pytest.fixture
def five_a_minute(settings, monkeypatch):
    settings.ENV = replace(settings.ENV, token_rate=5)
    monkeypatch.setattr(limits, "COUNTS", Counts(lambda: NOON + 48.5))


def test_one_too_many_is_told_how_long_to_wait(five_a_minute):
    program = calls.caller()
    for _ in range(5):
        assert program.get(CLAIMS).status_code == 200
    answer = program.get(CLAIMS)
    told = problem(answer, 429, "too_many_requests")
    assert answer["Retry-After"] == "12"
    assert "5 times a minute" in told["detail"]


def test_each_token_has_its_own_and_a_session_has_none(five_a_minute, client):
    person = make.user()
    one, other = calls.caller(person), calls.caller(person)
    for _ in range(5):
        one.get(CLAIMS)
    problem(one.get(CLAIMS), 429, "too_many_requests")
    assert other.get(CLAIMS).status_code == 200
    client.force_login(person)
    for _ in range(7):
        assert client.get(CLAIMS).status_code == 200


def test_what_is_refused_for_other_reasons_counts_all_the_same(five_a_minute):
    """Also where the request's transaction is undone."""
    program = calls.caller(make.user("checker"), ["write"])
    for _ in range(5):
        problem(program.post(CLAIMS, {"statement": ""}), 400, "bad_input")
    problem(program.post(CLAIMS, {"statement": ""}), 429, "too_many_requests")


@pytest.mark.parametrize("way", ["get", "head", "options", "post", "patch", "put", "delete"])
def test_every_way_of_asking_counts(five_a_minute, way):
    program = calls.caller()
    for _ in range(5):
        getattr(program.client, way)(CLAIMS)
    assert getattr(program.client, way)(CLAIMS).status_code == 429


def test_a_token_that_does_not_hold_is_not_counted(five_a_minute):
    stranger = calls.Caller("fd_nobody")
    for _ in range(7):
        problem(stranger.get(CLAIMS), 401, "token_unknown")
    assert not RequestCount.objects.exists()


def test_nought_is_as_many_as_it_likes(settings):
    settings.ENV = replace(settings.ENV, token_rate=0)
    program = calls.caller()
    for _ in range(10):
        assert program.get(CLAIMS).status_code == 200
    assert not RequestCount.objects.exists()


def spent(counts, digest, allowed):
    """How often it may ask until it is refused."""
    found = 0
    while True:
        try:
            counts.spend(digest, allowed)
        except TooManyRequests:
            return found
        found += 1
        counts.tell()


def test_the_next_minute_begins_anew():
    now = [NOON + 59.0]
    counts = Counts(lambda: now[0])
    assert spent(counts, "a", 80) == 80
    now[0] += 1
    assert spent(counts, "a", 80) == 80
    [row] = RequestCount.objects.all()
    assert (row.minute, row.requests) == (NOON // 60 + 1, 80)


def test_a_process_learns_what_others_had():
    one, other = Counts(lambda: NOON), Counts(lambda: NOON)
    assert spent(one, "a", 400) == 400
    assert spent(other, "a", 400) == 10  # a fortieth, and then it asks


def test_a_process_whose_clock_is_behind_does_not_begin_the_minute_anew():
    assert spent(Counts(lambda: NOON + 60), "a", 80) == 80
    spent(Counts(lambda: NOON + 59), "a", 80)
    [row] = RequestCount.objects.all()
    assert (row.minute, row.requests) == (NOON // 60 + 1, 80)


def test_counting_asks_the_database_once_in_forty(django_assert_num_queries):
    counts = Counts(lambda: NOON)
    with django_assert_num_queries(40):
        assert spent(counts, "a", 4000) == 4000


def test_it_is_not_logged(sql):
    assert sql("SELECT relpersistence FROM pg_class WHERE relname = 'people_requestcount'") == [("u",)]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_threads_of_one_process_get_what_is_allowed():
    counts, found = Counts(lambda: NOON), []

    def run():
        try:
            found.append(spent(counts, "a", 2000))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == 2000
    assert len(found) == 8


PROCESS = """
import sys
import django
django.setup()
from factdesk.rest.limits import Counts
from tests.test_limits import NOON, spent
sys.stdin.readline()
print(spent(Counts(lambda: NOON), "a", int(sys.argv[1])))
"""


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("processes", [2, 4])
def test_processes_together_get_what_is_allowed_within_a_tenth(processes):
    allowed = 4000
    url = address("default", connection.settings_dict["NAME"])
    environ = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "factdesk.settings"}
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(allowed)],
            cwd=env.ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for process in asking:
        process.stdin.write("go\n")
        process.stdin.flush()
    found = [process.communicate(timeout=120)[0] for process in asking]
    total = sum(int(said) for said in found)
    assert allowed <= total <= allowed * 1.1, found
    print(f"{processes} processes: {total} of {allowed}")


def test_every_operation_says_so():
    schema = calls.caller().get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    for path, operations in schema["paths"].items():
        for way, told in operations.items():
            refused = told["responses"]["429"]
            assert refused["headers"]["Retry-After"]["schema"] == {"type": "integer"}, (path, way)
            assert "application/problem+json" in refused["content"], (path, way)
