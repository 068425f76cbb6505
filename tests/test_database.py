"""The embedded PostgreSQL, for real: made, killed, found again. And what an operator's URLs become."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from factdesk import database, embedded, env
from factdesk.embedded import APP, OWNER, Cluster
from factdesk.pgprograms import DatabaseTrouble

PASSED_ON = ("FACTDESK_POSTGRES_BIN", "FACTDESK_POSTGRES_USER")


def settings_of(home: Path) -> env.Env:
    return env.load({"FACTDESK_HOME": str(home), **{k: os.environ[k] for k in PASSED_ON if k in os.environ}})


@pytest.fixture
def desk(tmp_path):
    """Settings with a home of their own, whose PostgreSQL is gone afterwards."""
    settings = settings_of(tmp_path / "a home")
    yield settings
    Cluster.of(settings).remove()


def ask(settings: env.Env, role: str, question: str):
    alias = {"factdesk_app": "default", "factdesk_owner": "owner"}[role]
    with psycopg.connect(**database.addresses(settings)[alias]) as connection:
        answer = connection.execute(question)
        return answer.fetchone() if answer.description else None


def wait_for(what, seconds=20):
    patience = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < patience, "waited in vain"
        time.sleep(0.05)


def test_a_new_cluster_has_two_plain_roles_and_no_way_in_for_a_superuser(desk):
    with embedded.running(desk, careless=True) as cluster:
        rights = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        assert ask(desk, APP, rights) == (False, False, False, False)
        assert ask(desk, OWNER, rights) == (False, True, False, False)
        asked = "SELECT current_setting('listen_addresses'), current_setting('data_checksums'), "
        asked += "current_setting('server_encoding'), current_setting('TimeZone')"
        assert ask(desk, APP, asked) == ("", "on", "UTF8", "UTC")
        for role, password in (("postgres", ""), ("postgres", "postgres"), (APP, "wrong")):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(**{**cluster.address(role), "password": password}, connect_timeout=5)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(desk, APP, "CREATE TABLE public.mine (id int)")
        assert stat.S_IMODE(cluster.keys.stat().st_mode) == 0o600
        assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700


def test_words_are_told_from_curly_quotes_and_dashes(desk):
    with embedded.running(desk, careless=True):
        found = ask(desk, APP, "SELECT to_tsvector('simple', 'he said “great” — Ärger')::text, lower('ÄÉ')")
    assert found == ("'great':3 'he':1 'said':2 'ärger':4", "äé")


def test_nothing_of_what_people_wrote_gets_into_the_log(desk):
    with embedded.running(desk, careless=True) as cluster:
        with pytest.raises(psycopg.Error):
            ask(desk, OWNER, "CREATE TABLE t (id int PRIMARY KEY, name text CHECK (name <> 'Jane Doe'));"
                "INSERT INTO t VALUES (1, 'Jane Doe')")  # fmt: skip
        log = cluster.log.read_text(encoding="utf-8")
    assert "violates check constraint" in log
    assert "Jane" not in log
    assert cluster.address(APP)["password"] not in log


def test_it_is_stopped_by_the_last_who_leaves(desk):
    with embedded.running(desk, careless=True) as cluster:
        first = cluster.postmaster()
        with embedded.running(desk) as same:
            assert same.postmaster() == first
        assert cluster.answers()
    assert cluster.postmaster() is None
    assert not cluster.answers()


@pytest.mark.parametrize("victim", ["postmaster", "backend"])
def test_it_recovers_from_kill_9(desk, victim):
    with embedded.running(desk) as cluster:
        with psycopg.connect(**cluster.address(OWNER), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            pid = cluster.postmaster() if victim == "postmaster" else connection.info.backend_pid
            os.kill(pid, signal.SIGKILL)
            cluster_was = cluster.postmaster() if victim == "backend" else pid
        cluster.start()
        wait_for(cluster.answers)
        assert (cluster.postmaster() == cluster_was) == (victim == "backend")
        assert ask(desk, OWNER, "SELECT one FROM kept") == (1,)


def test_a_pid_that_is_another_process_now_is_not_taken_for_a_server(desk):
    with embedded.running(desk, careless=True) as cluster:
        os.kill(cluster.postmaster(), signal.SIGKILL)
        wait_for(lambda: cluster.postmaster() is None)
        account = cluster.account
        whose = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        with subprocess.Popen(["sleep", "60"], cwd="/", **whose) as stranger:
            for file in (cluster.data / "postmaster.pid", cluster.sockets / ".s.PGSQL.5432.lock"):
                rest = file.read_text(encoding="ascii").split("\n", 1)[1]
                file.write_text(f"{stranger.pid}\n{rest}", encoding="ascii")
            cluster.start(careless=True)
            assert cluster.answers()
            assert stranger.poll() is None
            stranger.kill()


def test_a_server_whose_owner_was_killed_is_adopted(desk):
    code = "import sys, time; from factdesk import embedded, env\n"
    code += "with embedded.running(env.load(), careless=True) as c: print(c.postmaster(), flush=True); time.sleep(60)"
    environ = {**os.environ, "FACTDESK_HOME": str(desk.home)}
    with subprocess.Popen([sys.executable, "-c", code], env=environ, stdout=subprocess.PIPE, text=True) as owner:
        pid = int(owner.stdout.readline())
        owner.kill()
    with embedded.running(desk) as cluster:
        assert cluster.postmaster() == pid
    assert cluster.postmaster() is None


def test_a_deleted_home_begins_empty_and_a_moved_one_is_refused(desk):
    with embedded.running(desk, careless=True):
        ask(desk, OWNER, "CREATE TABLE earlier AS SELECT 1 AS one")
    keys = Cluster.of(desk).keys
    known = keys.read_text(encoding="utf-8")
    keys.write_text(known.replace('"id": "', '"id": "another'), encoding="utf-8")
    with pytest.raises(DatabaseTrouble, match="moved"), embedded.running(desk):
        pass
    keys.unlink()
    with embedded.running(desk, careless=True) as cluster:
        assert ask(desk, OWNER, "SELECT to_regclass('earlier')") == (None,)
        assert len(list(cluster.place.glob("data-until-*"))) == 1


def test_a_long_or_odd_path_gets_a_short_and_plain_socket():
    for place in ("/" + "long/" * 30, "/a,b", "/it's"):
        path = Cluster(Path(place), Path(place), None, None).sockets
        assert len(os.fsencode(path / ".s.PGSQL.5432")) <= 103
        assert not set(str(path)) & set(",'\"")
    assert Cluster(Path("/a b"), Path("/a b"), None, None).sockets == Path("/a b/run")


def test_data_of_another_version_is_refused_with_the_way_out(desk):
    with embedded.running(desk, careless=True) as cluster:
        pass
    (cluster.data / "PG_VERSION").write_text("14\n", encoding="ascii")
    with pytest.raises(DatabaseTrouble, match="FACTDESK_POSTGRES_BIN"), embedded.running(desk):
        pass


def test_programs_that_are_not_there_are_named(tmp_path):
    settings = env.load({"FACTDESK_HOME": str(tmp_path / "home"), "FACTDESK_POSTGRES_BIN": str(tmp_path)})
    with pytest.raises(DatabaseTrouble, match="no initdb"), embedded.running(settings):
        pass
    shutil.rmtree(Cluster.of(settings).place, ignore_errors=True)


def test_a_url_is_read_as_libpq_reads_it():
    url = "postgresql://us%40er:p%3Aw%2F@db.example:5433/desk%20one?sslmode=require&host=/run/pg"
    assert database.parameters_of(url) == {
        "dbname": "desk one",
        "user": "us@er",
        "password": "p:w/",
        "host": "/run/pg",
        "port": "5433",
        "sslmode": "require",
    }


def test_an_outside_database_without_an_owner_has_one_alias():
    url = "postgresql://app@h/d?sslmode=require&options=-c%20jit%3Doff"
    [(alias, found)] = database.settings_for(env.load({"DATABASE_URL": url})).items()
    assert alias == "default"
    assert found["OPTIONS"]["sslmode"] == "require"
    assert "TEST" not in found
    for part in ("statement_timeout=60s", "lock_timeout=10s", "idle_in_transaction_session_timeout=60s", "jit=off"):
        assert f"-c {part}" in found["OPTIONS"]["options"]
    assert "pool" not in found["OPTIONS"]


def test_an_outside_database_with_an_owner_tests_as_the_application_on_the_owners():
    both = {"DATABASE_URL": "postgresql://app@h/d", "FACTDESK_OWNER_DATABASE_URL": "postgresql://owner@h/d"}
    found = database.settings_for(env.load({**both, "FACTDESK_POOL": "3"}))
    assert (found["default"]["USER"], found["owner"]["USER"]) == ("app", "owner")
    assert found["default"]["TEST"] == {"MIRROR": "owner"}
    assert found["default"]["OPTIONS"]["pool"]["max_size"] == 3
    assert found["owner"]["OPTIONS"] == {}  # a migration may take its time
