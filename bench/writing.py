"""How what changes the desk is measured, and what it takes of the machine: import, write, changes, size, start."""

import json
import signal
import subprocess
import sys
import time
from statistics import median

from psycopg import sql

from bench import load
from bench.client import timed
from bench.measures import CLAIMS, Scene, some
from bench.place import HOME, Desk, await_answer, free_port
from bench.table import Result, result
from factdesk.env import ROOT

#: claims in an import that is measured, at the most; a tenth of the desk, otherwise
CARRIED = 100_000
FOLLOWED = 10_000


def of_import(scene: Scene) -> list[Result]:
    """New claims with chains: the way in beside COPY into the same tables, both undone."""
    many = min(scene.desk.scale // 10, CARRIED)
    took = carried(scene.desk, many)
    return [
        result("import", "claims with chains into the live desk", took["limit"] / took["ours"], many / took["limit"])
    ]


def carried(desk: Desk, many: int) -> dict[str, float]:
    """Seconds of ours and of the limit for an import of so many."""
    found: dict[str, float] = desk.inside("carry", str(desk.scale), str(many))
    return found


def of_write(scene: Scene) -> list[Result]:
    """A change of a claim's place through the API, beside the same UPDATE of a copy with indexes and nothing else."""
    ids = [each for each in some(scene, 100) if each != 2]
    with scene.desk.connect("owner", autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS bench CASCADE")
        connection.execute("CREATE SCHEMA bench")
        connection.execute("CREATE TABLE bench.claim (LIKE claims_claim INCLUDING ALL)")
        columns = [
            name for (name,) in connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'claims_claim'"
                " AND table_schema = 'public' AND is_generated = 'NEVER'"
            )
        ]  # fmt: skip
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        connection.execute(sql.SQL("INSERT INTO bench.claim ({0}) SELECT {0} FROM claims_claim").format(listed))
        connection.execute("ANALYZE bench.claim")
        pairs = []
        for turn in range(10 * scene.rounds):
            claim = ids[turn % len(ids)]
            headers, _ = scene.one.ask(f"{CLAIMS}{claim}/")
            change, tag = {"place": f"Place {turn}"}, headers["etag"]
            ours = timed(lambda: scene.one.ask(f"{CLAIMS}{claim}/", "PATCH", change, If_Match=tag))  # noqa: B023
            bare = timed(
                lambda: connection.execute(
                    "UPDATE bench.claim SET place = %s WHERE id = %s",
                    [f"Place {turn}", claim],  # noqa: B023
                )
            )
            pairs.append((ours, bare))
        connection.execute("DROP SCHEMA bench CASCADE")
    share = median(ours for ours, _ in pairs[5:]) / median(bare for _, bare in pairs[5:])
    return [result("write", "one change through the API", share, median(bare for _, bare in pairs) * 1000)]


#: the same rows, as a program with the database would read them
CHANGES = """
    SELECT t.seq, c.place, c.object_id, c.resource, c.claim_id, c.version, t.at
    FROM changes_ticket t JOIN changes_change c ON c.ticket_id = t.id
    WHERE t.seq IS NOT NULL ORDER BY t.seq, c.place, c.object_id LIMIT %s
"""


def of_changes(scene: Scene) -> list[Result]:
    """The feed from its beginning, 1,000 a page, beside one SELECT of the same rows."""

    def follow() -> int:
        have, path = 0, "/api/v1/changes/?limit=1000"
        while have < FOLLOWED:
            _, content = scene.one.ask(path)
            page = json.loads(content)
            have += len(page["results"])
            path = page["next"][page["next"].index("/api/") :]
            if not page["more"]:
                break
        return have

    with scene.desk.connect("owner") as connection:
        found = []
        for _ in range(scene.rounds):
            began = time.perf_counter()
            rows = len(connection.execute(CHANGES, [FOLLOWED]).fetchall())
            limit = rows / (time.perf_counter() - began)
            began = time.perf_counter()
            found.append((follow() / (time.perf_counter() - began) / limit, limit))
    share = median(share for share, _ in found)
    return [result("changes", "following 10,000 changes", share, median(limit for _, limit in found))]


def of_size(scene: Scene) -> list[Result]:
    """Memory of what serves, at rest, and what the database takes on disk for a claim."""
    with scene.desk.connect() as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return [
        result("size", "web and worker processes, PSS, idle", load.settled(scene.served.pid)),
        result("size", "disk per claim, with everything", (row[0] if row else 0) / 1024 / scene.desk.scale),
    ]


def of_start(scene: Scene) -> list[Result]:
    """A desk of its own with its own PostgreSQL: started once, then again and again."""
    home = HOME / "start"
    environ = {k: v for k, v in scene.desk.environ().items() if "DATABASE_URL" not in k}
    times = []
    for _ in range(4):
        port = free_port()
        told = {**environ, "FACTDESK_HOME": str(home), "FACTDESK_PORT": str(port)}
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, str(ROOT / "manage.py"), "serve"],
            env=told, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            await_answer(port, process, "/readyz", 600)
            times.append(time.perf_counter() - began)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    return [result("start", "second start, to /readyz", median(times[1:]))]


#: How often a source made a claim, passed it on or denied it, by verdict: what the report by source says, as rows.
BY_SOURCE = """
SELECT r.id, r.name, r.kind, h.way, c.verdict, count(*) FROM (
    SELECT a.claim_id, coalesce(s.merged_into_id, s.id) AS root,
        CASE WHEN bool_or(a.stance = 'denies') THEN 'denied' WHEN bool_or(a.relays_id IS NULL) THEN 'origin'
            ELSE 'passed_on' END AS way
    FROM claims_attribution a JOIN sources_source s ON s.id = a.speaker_id
    WHERE a.withdrawn_at IS NULL AND a.stance IN ('asserts', 'reports', 'denies')
    GROUP BY a.claim_id, root, a.stance = 'denies') h
JOIN claims_claim c ON c.id = h.claim_id JOIN sources_source r ON r.id = h.root
GROUP BY r.id, h.way, c.verdict ORDER BY r.id
"""


def of_by_source(scene: Scene) -> list[Result]:
    """The report by source as CSV over HTTP, beside the same rows by SQL."""
    with scene.desk.connect() as connection:

        def raw() -> None:
            connection.execute(BY_SOURCE).fetchall()

        def ours() -> None:
            scene.one.ask("/api/v1/reports/by-source.csv")

        raw()
        ours()
        pairs = [(timed(ours), timed(raw)) for _ in range(scene.rounds)]
    share, limit = median(a / b for a, b in pairs), median(b for _, b in pairs)
    return [result("by source", "claims grouped by source and verdict", share, limit)]
