"""The embedded PostgreSQL: made, started, adopted, and stopped when the last one who uses it leaves.

The bargain: whoever works inside :func:`running` has a server, whatever happened before (kill -9 included),
and nobody takes it away from another who works too. It listens on a socket in a folder of its own, never on
TCP. Its superuser has no password and no line in pg_hba.conf, so nobody can log in as it; what a superuser
must do is done in single-user mode, by the account that owns the files.

Started by root it runs as another account (PostgreSQL refuses root), with programs and data under
``/var/lib/factdesk``, since root's own folders are usually closed to that account. What root writes and that
account only reads (the configuration) lies in a folder that is root's.
"""

import fcntl
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

import psycopg

from factdesk import pgprograms
from factdesk.env import Env, write_private
from factdesk.pgprograms import DatabaseTrouble, Programs

OWNER = "factdesk_owner"
APP = "factdesk_app"
DATABASE = "factdesk"
SHARED = Path("/var/lib/factdesk")
START_SECONDS = 120
#: sun_path is 108 bytes with its closing NUL on Linux, 104 elsewhere
SOCKET_BYTES = 103

CONFIGURATION = """\
# Written by factdesk at every start; a change made here is lost.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
port = 5432
max_connections = 60
password_encryption = 'scram-sha-256'
shared_buffers = '160MB'
effective_cache_size = '1GB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
max_wal_size = '2GB'
checkpoint_timeout = '15min'
wal_compression = on
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
# The log must never repeat what people wrote: no statements, no values of rows.
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_line_prefix = '%m [%p] %u '
log_checkpoints = off
"""
#: for tests only: what a crash of the machine would lose does not matter there
CARELESS = """\
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = 'minimal'
max_wal_senders = 0
autovacuum_naptime = '10min'
# Fifty editors at once, beside whatever else is tested; and deadlocks, made on purpose, are not waited for a second.
max_connections = 150
deadlock_timeout = '100ms'
"""
ADMISSION = f"local all {OWNER},{APP} scram-sha-256\n"


@dataclass(frozen=True)
class Cluster:
    """The embedded PostgreSQL of one FACTDESK_HOME: where its files are and how one gets in."""

    home: Path
    place: Path
    account: pwd.struct_passwd | None
    bin: Path | None

    @classmethod
    def of(cls, env: Env) -> "Cluster":
        """The cluster of these settings; nothing is made or started."""
        if os.geteuid() != 0:
            return cls(env.home, env.home / "postgres", None, env.postgres_bin)
        digest = hashlib.sha256(os.fsencode(env.home)).hexdigest()[:16]
        return cls(env.home, SHARED / digest, pgprograms.account(env.postgres_user), env.postgres_bin)

    @cached_property
    def programs(self) -> Programs:
        return Programs.found(self.bin, self.account, SHARED)

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def log(self) -> Path:
        return self.place / "log" / "postgres.log"

    @property
    def sockets(self) -> Path:
        """The socket's folder, by a path that is short enough for a socket and plain enough for libpq."""
        inside = self.place / "run"
        plain = re.fullmatch(r"[\w ./-]+", str(inside), re.ASCII)
        if plain and len(os.fsencode(inside / ".s.PGSQL.5432")) <= SOCKET_BYTES:
            return inside
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"factdesk-{os.geteuid()}-{digest}"

    @property
    def keys(self) -> Path:
        """The roles' passwords and the id of the data that they belong to (JSON, 0600)."""
        return self.home / "postgres.json"

    def address(self, role: str) -> dict[str, str]:
        """libpq's parameters for ``role``; the password is empty where no cluster was made yet."""
        known = json.loads(self.keys.read_text(encoding="utf-8")) if self.keys.exists() else {}
        return {
            "host": str(self.sockets),
            "port": "5432",
            "dbname": DATABASE,
            "user": role,
            "password": known.get(role, ""),
        }

    def postmaster(self) -> int | None:
        """The process id of this cluster's living server, None where there is none.

        The pid in its file may be a dead server's, taken over by any other process since: a server is known
        by the folder that it works in.
        """
        pid = self._written_pid()
        return pid if pid and pgprograms.works_in(pid, self.data) else None

    def answers(self) -> bool:
        """Whether the server takes a connection of the application's role."""
        try:
            psycopg.connect(**self.address(APP), connect_timeout=5).close()  # type: ignore[arg-type]
        except psycopg.OperationalError:
            return False
        return True

    def start(self, *, careless: bool = False) -> None:
        """Have a server that answers: adopt a living one, else start one, made new where there is no data.

        Raises DatabaseTrouble, with what the server logged, where that fails.
        """
        with _locked(self.home / "postgres-start.lock", fcntl.LOCK_EX):
            if self._adopt():
                return
            self._clear_remains()
            self._make_if_new(careless=careless)
            self._configure(careless=careless)
            self._launch()

    def stop(self) -> None:
        """End the server at once but cleanly (sessions are cut, nothing is lost), and see it gone."""
        pid = self.postmaster()
        if pid is None:
            return
        done = self.programs.run("pg_ctl", "stop", "-D", "data", "-m", "fast", "-w", "-t", "60", within=self.place)
        if done.returncode and self.postmaster():
            raise DatabaseTrouble(f"The embedded PostgreSQL (process {pid}) does not stop: {done.stderr.strip()}")
        self._await_gone(30)

    def remove(self) -> None:
        """End the server and delete its data for good (tests only)."""
        self.stop()
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.keys.unlink(missing_ok=True)

    def _written_pid(self, file: Path | None = None) -> int | None:
        try:
            text = (file or self.data / "postmaster.pid").read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return None
        first = text.split("\n", 1)[0].strip()
        return int(first) if first.isdigit() else None

    def _adopt(self) -> bool:
        """True with a living server that answers. One that is coming up or going down is waited for."""
        patience = time.monotonic() + START_SECONDS
        while (pid := self.postmaster()) is not None and self.keys.exists():
            if self.answers():
                return True
            if time.monotonic() > patience:
                raise DatabaseTrouble(
                    f"The embedded PostgreSQL (process {pid}) runs but does not answer; {self._tail()}"
                )
            time.sleep(0.1)
        return False

    def _clear_remains(self) -> None:
        """After a server's sudden death: its children gone, and no pid in its files that is now another's."""
        self._await_gone(30)
        for file in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            pid = self._written_pid(file)
            if pid and pgprograms.exists(pid) and not pgprograms.works_in(pid, self.data):
                file.unlink()  # or PostgreSQL takes whoever has this pid now, even a zombie, for a server

    def _await_gone(self, seconds: float) -> None:
        patience = time.monotonic() + seconds
        while left := [pid for pid in pgprograms.all_in(self.data) if pid != self.postmaster()]:
            if time.monotonic() > patience:
                raise DatabaseTrouble(f"Processes of a dead PostgreSQL do not end: {left}. End them, then start again.")
            time.sleep(0.05)

    def _make_if_new(self, *, careless: bool) -> None:
        """A cluster where there is none. Data of a home that was deleted since is put aside, not lost."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = json.loads(self.keys.read_text(encoding="utf-8")) if self.keys.exists() else None
        mark = self.place / "id"
        present = mark.read_text(encoding="ascii") if self.data.exists() and mark.exists() else None
        if known and known["id"] == present:
            return
        if known:
            raise DatabaseTrouble(
                f"{self.keys} belongs to data that is not in {self.data}: was FACTDESK_HOME moved, copied, or"
                f" started by another account? Put the data back, or remove {self.keys} to begin empty."
            )
        if self.data.exists():
            self._put_aside()
        self._make(careless=careless)

    def _put_aside(self) -> None:
        self.stop()
        aside = self.place / f"data-until-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
        self.data.rename(aside)
        pgprograms.say(f"The data of an earlier desk at {self.home} is kept in {aside}; this one begins empty.")

    def _make(self, *, careless: bool) -> None:
        self._folder(self.place, self.account, shared=True)
        draft = self.place / "data-draft"
        if draft.exists():
            shutil.rmtree(draft)
        for folder in (draft, self.log.parent):
            self._folder(folder, self.account)
        self.programs.initdb(draft.name, within=self.place, careless=careless)
        keys = {"id": secrets.token_hex(16), OWNER: secrets.token_urlsafe(32), APP: secrets.token_urlsafe(32)}
        self.programs.single_user(draft.name, _birth(keys[OWNER], keys[APP]), within=self.place)
        (self.place / "home").write_text(f"{self.home}\n", encoding="utf-8")
        (self.place / "id").write_text(keys["id"], encoding="ascii")
        draft.rename(self.data)
        write_private(self.keys, json.dumps(keys))

    def _configure(self, *, careless: bool) -> None:
        version = self.programs.major
        made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if made_by != str(version):
            raise DatabaseTrouble(
                f"The data in {self.data} was made by PostgreSQL {made_by}, the programs in"
                f" {self.programs.bin} are {version}. Set FACTDESK_POSTGRES_BIN to programs of {made_by}, or dump"
                " there and restore here."
            )
        self._folder(self.sockets, self.account)
        said = CONFIGURATION.format(sockets=str(self.sockets)) + (CARELESS if careless else "")
        for name, text in {"postgresql.conf": said, "pg_hba.conf": ADMISSION, "pg_ident.conf": ""}.items():
            path = self.place / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o640)
            if self.account:
                os.chown(path, 0, self.account.pw_gid)

    def _launch(self) -> None:
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        options = "-c config_file=postgresql.conf -c hba_file=pg_hba.conf -c ident_file=pg_ident.conf"
        done = self.programs.run(
            *("pg_ctl", "start", "-D", "data", "-l", "log/postgres.log", "-w", "-t", str(START_SECONDS)),
            *("-o", options),
            within=self.place,
        )
        if done.returncode or not self.answers():
            raise DatabaseTrouble(f"The embedded PostgreSQL does not start; {self._tail()}")

    def _folder(self, path: Path, account: pwd.struct_passwd | None, *, shared: bool = False) -> None:
        """A folder that is ``account``'s alone; ``shared``: root's, and open to that account for reading."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_symlink() or path.stat().st_uid not in {0, os.geteuid(), account.pw_uid if account else 0}:
            raise DatabaseTrouble(f"{path} is another account's; remove it, then start again.")
        if account:
            os.chown(path, 0 if shared else account.pw_uid, account.pw_gid)
        path.chmod(0o750 if shared and account else 0o700)

    def _tail(self) -> str:
        if not self.log.exists():
            return "it has no log yet."
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        return f"the end of its log ({self.log}):\n" + "\n".join(lines)


@contextmanager
def running(env: Env, *, careless: bool = False) -> Iterator[Cluster | None]:
    """Have the embedded PostgreSQL up while inside; None, and nothing done, where DATABASE_URL names another.

    Everyone inside holds a shared lock on one file; who leaves and can take it alone was the last, and
    stops the server. Whoever comes meanwhile waits for the lock, then starts it again. A holder that is
    killed loses the lock, its server is adopted by the next. ``careless``: without fsync, for tests.
    """
    if not env.embedded:
        yield None
        return
    cluster = Cluster.of(env)
    with _locked(env.home / "postgres.lock", fcntl.LOCK_SH) as lock:
        try:
            cluster.start(careless=careless)
            yield cluster
        finally:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # another works with it still, and will be the last
            else:
                cluster.stop()


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[IO[str]]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, kind)
        yield file


def _birth(owner_password: str, app_password: str) -> list[str]:
    """What the superuser says once, when the cluster is made; after that nobody is the superuser."""
    return [
        f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{owner_password}'",
        f"CREATE ROLE {APP} LOGIN PASSWORD '{app_password}'",
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP}",
    ]
