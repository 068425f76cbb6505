"""What an import leaves behind that is killed: ``python -m bench.endings --scale N --many M --kills K``.

One dry run to its end (seconds, rate, peak memory of the process), then ``K`` imports that get SIGKILL at a random
moment: the desk must have as many claims, sources, figures and history as before, and nobody may still hold them.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import load, making, place
from bench.carrying import lines_of, rows_of
from bench.place import HOME, Desk
from factdesk.env import ROOT
from factdesk.pgprograms import say

COUNTED = ("claims_claim", "claims_attribution", "claims_quantity", "claims_accusation", "claims_claimevent",
           "sources_source", "changes_change")  # fmt: skip


def main(arguments: list[str]) -> int:
    """0 where nothing stayed of any import that was killed."""
    parser = argparse.ArgumentParser(prog="python -m bench.endings", description=__doc__)
    parser.add_argument("--scale", type=int, default=100_000, metavar="N", help="claims of the desk (preset: 100,000)")
    parser.add_argument("--many", type=int, default=100_000, metavar="M", help="claims of the file (preset: 100,000)")
    parser.add_argument("--kills", type=int, default=10, metavar="K", help="how many are killed (preset: 10)")
    asked = parser.parse_args(arguments)
    with place.server(here=False) as server, tempfile.TemporaryDirectory(prefix="factdesk bench ") as folder:
        desk = Desk(server, asked.scale, HOME / str(asked.scale))
        making.ensure(desk)
        file = Path(folder) / "claims.jsonl"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(lines_of(rows_of(asked.scale, asked.many)))
        say(f"bench: {asked.many:,} claims are {file.stat().st_size / 1e6:.0f} MB")
        took = _whole(desk, file, asked.many)
        before = _counted(desk)
        dice = random.Random()  # noqa: S311 (a moment that nobody chose)
        fine = [_killed(desk, file, dice.uniform(0.5, took), before) for _ in range(asked.kills)]
    return 0 if all(fine) else 1


def _started(desk: Desk, file: Path, *options: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(ROOT / "manage.py"), "import", "claims", str(file), *options]
    return subprocess.Popen(  # noqa: S603
        command, env=desk.environ(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _whole(desk: Desk, file: Path, many: int) -> float:
    began = time.monotonic()
    importing = _started(desk, file, "--dry-run")
    with load.peak(importing.pid) as seen:
        status = importing.wait()
    took = time.monotonic() - began
    if status != 0:
        raise RuntimeError("the import did not come to its end")
    say(f"bench: a dry run took {took:.1f} s, {many / took:,.0f} rows a second, {seen[-1]:.0f} MB at the most")
    return took


def _killed(desk: Desk, file: Path, after: float, before: dict[str, int]) -> bool:
    importing = _started(desk, file)
    time.sleep(after)
    importing.kill()
    status = importing.wait()
    _await_end(desk)
    found, beside = _counted(desk), [path.name for path in file.parent.iterdir()]
    fine = status == -9 and found == before and beside == [file.name]
    say(f"bench: killed after {after:.1f} s: {'nothing stayed' if fine else f'{status}, {found}, {beside}'}")
    return fine


def _await_end(desk: Desk) -> None:
    """The server has seen that its client is gone, and has undone what it did."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until = time.monotonic() + 120
    with desk.connect(autocommit=True) as connection:
        while (row := connection.execute(f"{others} AND backend_type = 'client backend'").fetchone()) and row[0]:
            if time.monotonic() > until:
                raise RuntimeError("somebody still works on the desk")
            time.sleep(0.1)


def _counted(desk: Desk) -> dict[str, int]:
    with desk.connect("owner") as connection:
        found = {}
        for name in COUNTED:
            row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()  # type: ignore[arg-type] # noqa: S608
            found[name] = row[0] if row else 0
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
