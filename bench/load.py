"""What processes take: proportional memory (PSS) of a server and all that it started."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def family(pid: int) -> list[int]:
    """The process and everything that it started, directly or not."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            said = (entry / "stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        parents.setdefault(int(said.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def pss(pid: int) -> float:
    """MB of the process and its family; what PostgreSQL's processes take is not counted."""
    total = 0
    for one in family(pid):
        try:
            command = Path(f"/proc/{one}/cmdline").read_bytes()
            rolled = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        if b"postgres" not in command.split(b"\0")[0]:
            found = re.search(r"^Pss:\s+(\d+) kB", rolled, re.M)
            total += int(found[1]) if found else 0
    return total / 1024


@contextmanager
def peak(pid: int) -> Iterator[list[float]]:
    """A list whose last item is the most MB that were seen while inside, looked at twenty times a second."""
    seen = [pss(pid)]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            seen.append(max(seen[-1], pss(pid)))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def settled(pid: int, seconds: float = 15) -> float:
    """MB once it has stopped changing, or after so long."""
    patience, before = time.monotonic() + seconds, pss(pid)
    while time.monotonic() < patience:
        time.sleep(1)
        now = pss(pid)
        if abs(now - before) < 1:
            return now
        before = now
    return before
