"""All checks and tests, one after the other, on one PostgreSQL of their own. script/test starts it in the
venv.

Every step runs, whatever the one before said; the end lists seconds and failures, and the status is 1 if
there was one. The operator's settings are left out, so that a result does not depend on them; the
PostgreSQL to test on (FACTDESK_POSTGRES_BIN, FACTDESK_POSTGRES_USER) and the evaluation data are let
through.
"""

import argparse
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from factdesk import embedded, env  # noqa: E402 (the line before finds them)

PASSED_ON = {"FACTDESK_POSTGRES_BIN", "FACTDESK_POSTGRES_USER", "FACTDESK_EVAL_DATA"}
PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
#: one more than cores, since who drives a browser mostly waits; more than four would want more connections than the
#: tests' PostgreSQL has
WORKERS = min((os.cpu_count() or 1) + 1, 4)
PYTEST = [PYTHON, "-m", "pytest", "-n", str(WORKERS), "--dist=worksteal"]

#: name -> command, and what it is told by its environment
STEPS: dict[str, tuple[list[str], dict[str, str]]] = {
    "format": ([PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."], {}),
    "lint": ([PYTHON, "-m", "ruff", "check", "--quiet", "."], {}),
    "types": ([PYTHON, "-m", "mypy"], {}),
    "migrations": ([*MANAGE, "makemigrations", "--check", "--dry-run"], {}),
    # The desk itself speaks http on loopback; what --deploy asks for is meant for a desk behind https.
    "deploy": ([*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], {"FACTDESK_HTTPS": "on"}),
    "tests": (PYTEST, {}),
}


class Run:
    """The steps so far: what ran, how long it took, what failed."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.done: list[tuple[str, float, int]] = []

    def step(self, name: str, command: list[str], **more: str) -> None:
        """Run one step from the project's folder, its words going where ours go."""
        print(f"== {name}", flush=True)
        began = time.monotonic()
        status = subprocess.run(
            command, cwd=ROOT, env={**self.environ, **more}, stdin=subprocess.DEVNULL, check=False
        ).returncode
        self.done.append((name, time.monotonic() - began, status))

    def skip(self, name: str, why: str) -> None:
        """Say that a step of the matrix cannot run on this machine."""
        print(f"== {name}: left out, {why}", flush=True)

    def report(self) -> int:
        """Print what ran; 1 if anything failed."""
        print("==")
        for name, seconds, status in self.done:
            print(f"{'ok  ' if status == 0 else 'FAIL'} {seconds:7.1f} s  {name}")
        failed = [name for name, _, status in self.done if status]
        print(f"failed: {', '.join(failed)}" if failed else "all passed", flush=True)
        return 1 if failed else 0


def main() -> int:
    """Run what was asked for; the status to end with."""
    parser = argparse.ArgumentParser(prog="script/test", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", choices=list(STEPS), action="append", help="this step alone (may be repeated)")
    parser.add_argument("--long", action="store_true", help="with the tests that take long, as a build machine does")
    parser.add_argument("--full", action="store_true", help="and again on each PostgreSQL, as a user, fuzzing long")
    asked, for_pytest = parser.parse_known_args()
    if asked.long or asked.full:
        for_pytest = [*for_pytest, "--long"]
    run = Run({name: value for name, value in os.environ.items() if _is_passed_on(name)})
    with tempfile.TemporaryDirectory(prefix="factdesk test ") as folder:
        _on_one_postgres(run, Path(folder) / "home", asked.only or list(STEPS), for_pytest)
        if asked.full:
            _matrix(run, Path(folder), for_pytest)
    return run.report()


def _is_passed_on(name: str) -> bool:
    return name in PASSED_ON or not (name.startswith("FACTDESK_") or name == "DATABASE_URL")


def _on_one_postgres(run: Run, home: Path, steps: list[str], for_pytest: list[str], label: str = "") -> None:
    """The steps, with a PostgreSQL under ``home`` that is gone afterwards."""
    before = run.environ
    run.environ = {**before, "FACTDESK_HOME": str(home)}
    settings = env.load(run.environ)
    cluster = embedded.Cluster.of(settings)
    try:
        with embedded.running(settings, careless=True):
            for name in steps:
                command, more = STEPS[name]
                run.step(name + label, command + (for_pytest if name == "tests" else []), **more)
    finally:
        cluster.remove()
        run.environ = before


def _matrix(run: Run, folder: Path, for_pytest: list[str]) -> None:
    for programs in sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        if int(programs.parent.name) >= 15:
            run.environ["FACTDESK_POSTGRES_BIN"] = str(programs)
            home = folder / f"home-{programs.parent.name}"
            _on_one_postgres(run, home, ["tests"], for_pytest, f" on PostgreSQL {programs.parent.name} ({programs})")
            del run.environ["FACTDESK_POSTGRES_BIN"]
    run.environ["HYPOTHESIS_PROFILE"] = "long"
    _on_one_postgres(run, folder / "home-long", ["tests"], for_pytest, ", fuzzing long")
    del run.environ["HYPOTHESIS_PROFILE"]
    _as_ordinary_user(run, for_pytest)


def _as_ordinary_user(run: Run, for_pytest: list[str]) -> None:
    """As root: the tests once more in a copy of the clone, by ``nobody``, who makes a venv of their own."""
    name = "tests as an ordinary user"
    if os.geteuid() != 0:
        run.skip(name, "this run was one")
        return
    user = pwd.getpwnam("nobody")
    environ = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        **{key: value for key, value in run.environ.items() if key.startswith("PIP_") or key in {"LANG", "CI"}},
    }
    if not shutil.which("python3.11", path=environ["PATH"]) and not shutil.which("python3", path=environ["PATH"]):
        run.skip(name, "there is no Python outside root's own folders")
        return
    with tempfile.TemporaryDirectory(prefix="factdesk user ") as folder:
        clone = Path(folder) / "a clone"
        left_out = shutil.ignore_patterns(".venv", "var", ".git", ".mypy_cache", ".ruff_cache", "__pycache__")
        shutil.copytree(ROOT, clone, ignore=left_out, symlinks=True)
        for path in [Path(folder), *Path(folder).rglob("*")]:
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        whose = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        environ["HOME"] = folder
        before, run.environ = run.environ, environ
        run.step(name, [*whose, str(clone / "script" / "test"), "--only", "tests", *for_pytest])
        run.environ = before


if __name__ == "__main__":
    sys.exit(main())
