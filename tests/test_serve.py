"""``serve`` from outside: one desk's life, as its operator sees it."""

import glob
import hashlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from factdesk import database, env, pgprograms
from factdesk.embedded import Cluster

ROOT = Path(env.__file__).resolve().parent.parent
#: /healthz and /readyz; 404 as long as their module has not landed
PAGE = 200 if (ROOT / "factdesk" / "health.py").exists() else 404
PASSED_ON = ("FACTDESK_POSTGRES_BIN", "FACTDESK_POSTGRES_USER")


class Operator:
    """Starts and ends desks of one home, on one free port."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        keep = {key: value for key, value in os.environ.items() if not key.startswith("FACTDESK_") or key in PASSED_ON}
        # without the demo town, whose people tests/test_demo_people.py knows
        own = {"FACTDESK_HOME": str(home), "FACTDESK_PORT": str(self.port), "FACTDESK_DEMO": "off"}
        self.environ = {**keep, **own}
        self.settings = env.load(self.environ)
        self.cluster = Cluster.of(self.settings)
        self.desk: subprocess.Popen | None = None

    def command(self, **kwargs) -> subprocess.Popen:
        command = [sys.executable, str(ROOT / "manage.py"), "serve"]
        errors = (self.settings.home.parent / "said").open("ab")
        with errors:
            return subprocess.Popen(
                command, cwd="/", env=self.environ, stdout=subprocess.PIPE, stderr=errors, text=True, **kwargs
            )

    def start(self) -> float:
        """Seconds until the two lines."""
        began = time.monotonic()
        self.desk = self.command()
        self.lines = [self.desk.stdout.readline(), self.desk.stdout.readline()]
        return time.monotonic() - began

    def start_of_django(self) -> float:
        """Seconds until Django is up and has looked the desk over, without a database: what this machine takes for that
        just now is the measure of a start.
        """
        began = time.monotonic()
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "check"], env=self.environ, capture_output=True, check=True
        )
        return time.monotonic() - began

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.desk.send_signal(how)
        self.desk.stdout.read()
        self.desk.stdout.close()
        return self.desk.wait(30)

    def status(self, path: str, **headers: str) -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return answer.status
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    def processes(self) -> dict[int, str]:
        """Everything that lives below the desk and in its PostgreSQL's folder, as command lines."""
        found = dict.fromkeys(pgprograms.all_in(self.cluster.data), "postgres")
        for pid in descendants(self.desk.pid):
            with suppress(FileNotFoundError, ProcessLookupError):  # gone since it was listed
                found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def pid_of(self, what: str) -> int:
        return min(pid for pid, command in self.processes().items() if what in command)

    def said(self) -> str:
        return (self.settings.home.parent / "said").read_text(encoding="utf-8")


def descendants(pid: int) -> list[int]:
    found = []
    for file in glob.glob(f"/proc/{pid}/task/*/children"):
        for child in map(int, Path(file).read_text(encoding="ascii").split()):
            found += [child, *descendants(child)]
    return found


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(what, seconds=30):
    patience = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < patience, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def operator(tmp_path):
    operator = Operator(tmp_path / "a home")
    yield operator
    if operator.desk and operator.desk.poll() is None:
        operator.end()
    operator.cluster.remove()


def test_a_database_that_is_not_there_is_told_without_a_traceback(operator):
    operator.environ["DATABASE_URL"] = "postgresql://somebody:asecret@127.0.0.1:1/desk"
    process = operator.command()
    process.communicate(timeout=30)
    said = operator.said()
    assert process.returncode == 1
    assert "The database is not to be reached (is DATABASE_URL right?)" in said
    assert "Traceback" not in said
    assert "asecret" not in said


def test_the_life_of_a_desk(operator):
    """One test, since a first start takes long: each part needs the one before."""
    operator.start()
    first_start_tells(operator)
    a_second_desk_does_nothing(operator)
    for what in ("gunicorn", "factdesk.jobs", "postmaster"):
        mends_after_kill_9_of(operator, what)
    everything_ends(operator, signal.SIGINT)
    before = operator.start_of_django()
    took = operator.start()
    assert took < 5 * (before + operator.start_of_django()) / 2
    assert (operator.settings.home / "first-run.json").read_text(encoding="utf-8") == operator.told
    the_next_start_recovers_from_kill_9_of_the_supervisor(operator)
    everything_ends(operator, signal.SIGTERM)


def first_start_tells(operator):
    file = operator.settings.home / "first-run.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    operator.told = file.read_text(encoding="utf-8")
    told = json.loads(operator.told)
    assert set(told) == {"url", "admin_user", "admin_password", "api_token"}
    assert told["url"] == f"http://127.0.0.1:{operator.port}/"
    assert told["url"] in operator.lines[0]
    assert str(file) in operator.lines[1]
    everything_said = "".join(operator.lines) + operator.said()
    assert told["admin_password"] not in everything_said
    assert told["api_token"] not in everything_said
    assert operator.status("/admin/login/") == 200
    assert operator.status("/healthz") == PAGE
    assert operator.status("/readyz") == PAGE
    with psycopg.connect(**database.addresses(operator.settings)["default"]) as connection:
        people = connection.execute(
            "SELECT username, role, is_superuser, is_active FROM people_user ORDER BY id"
        ).fetchall()
        tokens = connection.execute("SELECT scopes, digest, expiry > now() FROM people_token").fetchall()
    assert people == [("desk", "editor", False, False), ("admin", "chief", True, True)]
    digest = hashlib.sha512(told["api_token"].encode()).hexdigest()  # knox's preset
    assert tokens == [(["read", "review", "write"], digest, True)]


def a_second_desk_does_nothing(operator):
    before = operator.processes()
    second = operator.command()
    words, _ = second.communicate(timeout=20)
    assert second.returncode == 0
    assert "already running" in words
    assert str(operator.port) in words
    assert operator.processes().keys() >= {pid for pid, command in before.items() if command != "postgres"}


def mends_after_kill_9_of(operator, what):
    pid = operator.cluster.postmaster() if what == "postmaster" else operator.pid_of(what)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not lives(pid))
    if what == "postmaster":
        wait_for(lambda: operator.cluster.postmaster() not in {None, pid} and operator.cluster.answers())
    else:
        wait_for(lambda: any(what in command for command in operator.processes().values()))
    wait_for(lambda: operator.status("/admin/login/") == 200)
    wait_for(lambda: operator.status("/readyz") == PAGE)
    assert operator.desk.poll() is None


def everything_ends(operator, how):
    before = operator.processes()
    assert len(before) > 5
    assert operator.end(how) == 0
    assert [command for pid, command in before.items() if lives(pid)] == []
    assert operator.cluster.postmaster() is None
    assert not (operator.settings.home / "serve.json").exists()


def the_next_start_recovers_from_kill_9_of_the_supervisor(operator):
    orphans = [pid for pid, command in operator.processes().items() if command != "postgres"]
    operator.end(signal.SIGKILL)
    assert operator.start() < 20 * operator.start_of_django()
    wait_for(lambda: not any(lives(pid) for pid in orphans))
    assert operator.status("/readyz") == PAGE


def test_a_port_that_is_taken_is_told_before_anything_is_started(operator):
    with socket.socket() as other:
        other.bind(("127.0.0.1", operator.port))
        other.listen()
        desk = operator.command()
        desk.communicate(timeout=20)
    assert desk.returncode == 1
    assert f"Port {operator.port}" in operator.said()
    assert "FACTDESK_PORT" in operator.said()
    assert "Traceback" not in operator.said()
    assert not operator.cluster.data.exists()
