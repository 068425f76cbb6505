"""The limits: what the database under the product does by itself, by PostgreSQL's own programs.

The bargain: pgbench with prepared statements over a unix socket, and psql's COPY, as the application's role; nothing of
ours stands between.
"""

import re
import time
from pathlib import Path

from bench.place import Desk

FOLDER = Path(__file__).resolve().parent


class NoLimit(Exception):
    """A program of PostgreSQL's is not there, or failed: what it said."""


def pgbench(desk: Desk, script: str, *, connections: int, seconds: int) -> float:
    """Transactions a second of ``script`` (a file here) on so many connections."""
    with desk.server.client(
        "pgbench", desk.name, "--no-vacuum", "--protocol=prepared", f"--client={connections}", f"--time={seconds}",
        f"--define=claims={desk.scale}", f"--file={FOLDER / script}",
    ) as process:  # fmt: skip
        said, complained = process.communicate()
    found = re.search(rb"tps = ([0-9.]+)", said)
    if process.returncode or not found:
        raise NoLimit(f"pgbench: {complained.decode()[-500:]}")
    return float(found[1])


#: The report's columns that are stored in the claim's own row, as they are, and the name of whoever works on it.
COPY = """\\copy (SELECT c.id, c.key, c.statement, c.kind, c.state, c.verdict, c.flags, c.clearance, c.priority,
 c.topics, c.place, c.about_from, c.about_until, u.username, c.independent_origins, c.warnings, c.revision, c.updated_at
 FROM claims_claim c LEFT JOIN people_user u ON u.id = c.assignee_id ORDER BY c.id) TO STDOUT (FORMAT csv, HEADER)"""


def psql_copy(desk: Desk) -> float:
    """Seconds in which psql writes the kept columns of every claim as CSV."""
    began = time.perf_counter()
    with desk.server.client("psql", desk.name, "-X", "-q", "-c", COPY.replace("\n", " ")) as process:
        while process.stdout and process.stdout.read(1 << 16):
            pass
        complained = process.stderr.read() if process.stderr else b""
    if process.returncode:
        raise NoLimit(f"psql: {complained.decode()[-500:]}")
    return time.perf_counter() - began
