"""The supervisor: PostgreSQL, the web processes and the worker, started together and ended together.

The bargain: one desk for one FACTDESK_HOME (a lock that dies with its holder says so); whatever was started
here ends here, PostgreSQL last; and after a kill -9 of any of it the rest mends itself, or the next start
does. Django is not loaded here: what needs it runs as a child.
"""

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from factdesk import embedded, upkeep
from factdesk.children import Child, KeepsDying, stop_all
from factdesk.embedded import Cluster
from factdesk.env import ROOT, Env, write_private
from factdesk.pgprograms import exists, say

READY_SECONDS = 60
WEB_POOL = "4"  # connections of each web process: one a thread


class CannotServe(Exception):
    """The desk does not start, or cannot go on; the message says why and what to do."""


class Stopped(Exception):
    """Somebody asked for the end while the desk was still starting."""


def serve(env: Env) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP, then end everything that was started. The exit status.

    0 after a stop that was asked for, and where the desk runs already (nothing is done then). CannotServe and
    DatabaseTrouble are for the caller to tell, with status 1.
    """
    with only_one(env) as lock:
        if lock is None:
            return 0
        desk = Desk(env, lock)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, desk.on_signal)
        try:
            desk.run()
        except Stopped:
            pass
        except KeepsDying as trouble:
            raise CannotServe(f"{trouble} The desk is stopped; what it said is above.") from trouble
        except psycopg.OperationalError as trouble:
            raise CannotServe(f"The database is not to be reached (is DATABASE_URL right?): {trouble}") from trouble
    return 0


@dataclass
class Desk:
    """One run of ``serve``."""

    env: Env
    lock: int
    stop: threading.Event = field(default_factory=threading.Event)
    children: list[Child] = field(default_factory=list)

    def on_signal(self, number: int, frame: object) -> None:
        """Only takes note: the loop, and whatever waits, looks at it."""
        self.stop.set()

    def run(self) -> None:
        """Start all, watch over all, and end all, whatever happens."""
        with _door(self.env) as door, embedded.running(self.env) as cluster, _lifeline() as lifeline:
            self._bring_up_to_date()
            self.children = [self._web(door, lifeline), self._worker(lifeline)]
            try:
                for child in self.children:
                    child.start()
                if self._await_ready(cluster):
                    sys.stdout.write(welcome(self.env))
                    sys.stdout.flush()
                while not self.stop.wait(0.5):
                    self._tend(cluster)
            finally:
                stop_all(self.children)

    def _tend(self, cluster: Cluster | None) -> None:
        if cluster and cluster.postmaster() is None:
            say("PostgreSQL is gone; starting it again")
            cluster.start()
        for child in self.children:
            child.tend()

    def _bring_up_to_date(self) -> None:
        if not upkeep.is_current(self.env):
            if self.env.embedded or self.env.owner_database_url:
                say("bringing the database up to date")
                self._step("migrate", "--no-input", "--database", "owner", "--verbosity", "1")
            else:
                self._step("migrate", "--check", "--database", "default")
            upkeep.remember(self.env)
        if not upkeep.has_people(self.env):
            say("first start: loading the seeds, making the first user")
            self._step("firstrun")

    def _step(self, *arguments: str) -> None:
        """Run a command of manage.py to its end, its words on our stderr; Stopped if asked for meanwhile."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        process = subprocess.Popen(  # noqa: S603
            command,
            env=self._environ(),
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            pass_fds=[self.lock],  # should we be killed, the next desk waits for its end
            start_new_session=True,
        )
        while process.poll() is None:
            if self.stop.wait(0.1):
                process.terminate()
                process.wait()
                raise Stopped
        if process.returncode:
            known = self.env.embedded or self.env.owner_database_url
            hint = "" if known else " Migrate as the owner: set FACTDESK_OWNER_DATABASE_URL."
            raise CannotServe(f"`manage.py {' '.join(arguments)}` ended with {process.returncode}.{hint}")

    def _web(self, door: socket.socket, lifeline: int) -> Child:
        command = [sys.executable, "-m", "gunicorn", "--config", "python:factdesk.web"]
        command += ["--bind", f"fd://{door.fileno()}"]
        pool = {} if self.env.pool else {"FACTDESK_POOL": WEB_POOL}
        return Child("web server", command, self._environ(**pool), lifeline, keep=(door.fileno(),))

    def _worker(self, lifeline: int) -> Child:
        return Child("worker", [sys.executable, "-m", "factdesk.jobs"], self._environ(FACTDESK_POOL="0"), lifeline)

    def _environ(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "FACTDESK_HOME": str(self.env.home),
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # glibc's arena for every thread would cost more than it gives
            **more,
        }

    def _await_ready(self, cluster: Cluster | None) -> bool:
        """True once /readyz says so, or after a word about why not; False if asked to stop first."""
        patience = time.monotonic() + READY_SECONDS
        while not self.stop.is_set():
            self._tend(cluster)
            status, said = _ask(self.env, "/readyz")
            if status in {200, 404}:  # 404: this build has no such page
                return True
            if time.monotonic() > patience:
                say(f"not ready after {READY_SECONDS} s; /readyz answers {status or 'nothing'}: {said[:500]}")
                return True
            self.stop.wait(0.05)
        return False


def welcome(env: Env) -> str:
    """The two lines of a desk that is up. One that was restored has nobody's first sign-in to tell."""
    told = env.home / "first-run.json"
    sign_in = f"Sign in as {told} says (user, password, API token)." if told.exists() else "Sign in as you did before."
    return f"factdesk is at {env.url} (Ctrl-C stops it).\n{sign_in}\n"


def _ask(env: Env, path: str) -> tuple[int, str]:
    """Status and body of ``path``, as asked on loopback; status 0 where there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", env.port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": env.allowed_hosts[0].lstrip(".")})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


@contextmanager
def only_one(env: Env) -> Iterator[int | None]:
    """The lock of this home, as a file descriptor; None, with a word to stdout, where a living desk has it.

    A lock without a living desk is held by a step (a migrate) that a killed desk left: it is waited for.
    """
    env.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = False
    with (env.home / "serve.lock").open("a", encoding="utf-8") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                known = _known(env)
                if known is None or exists(known["pid"]):
                    where = f"at {known['url']} (process {known['pid']})" if known else "(it is just starting)"
                    sys.stdout.write(f"factdesk is already running {where}; nothing was done.\n")
                    yield None
                    return
                if not told:
                    say("waiting for the last step of a desk that was killed")
                told = True
                time.sleep(0.2)
        yield lock.fileno()


def _known(env: Env) -> dict[str, Any] | None:
    """Who serves this home, as they noted it."""
    try:
        return dict(json.loads(_note(env).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


@contextmanager
def _door(env: Env) -> Iterator[socket.socket]:
    """The listening socket, ours before anything else is started; the note beside it says who listens where.

    A note that is there already is of a desk that was killed: its processes are just ending, and are waited
    for.
    """
    note = _note(env)
    patience = time.monotonic() + (15 if note.exists() else 0)
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        while True:
            try:
                door.bind(("127.0.0.1", env.port))
                door.listen(128)
                break
            except OSError as trouble:
                if time.monotonic() > patience:
                    raise CannotServe(
                        f"Port {env.port} of 127.0.0.1 is not to be had: {trouble.strerror}."
                        " Stop the program that has it, or set FACTDESK_PORT to a free one."
                    ) from trouble
                time.sleep(0.1)
        write_private(note, json.dumps({"pid": os.getpid(), "url": env.url}))
        try:
            yield door
        finally:
            note.unlink(missing_ok=True)


@contextmanager
def _lifeline() -> Iterator[int]:
    """The reading end of a pipe that ends when we do."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(writing)
        os.close(reading)


def _note(env: Env) -> Path:
    return env.home / "serve.json"
