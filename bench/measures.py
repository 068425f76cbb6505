"""How each line of the table is measured: ours and its limit in turn, medians, ratios.

The bargain: a function for an id, which asks a running desk over HTTP as a program would, and says what it found by the
table's own words.
"""

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from statistics import median
from urllib.parse import urlencode

from bench import limits, load
from bench.client import Connection, Crowd, timed
from bench.place import Desk, Serving
from bench.table import Result, result
from bench.words import COMMON, vocabulary

CLAIMS = "/api/v1/claims/"
LISTED = {"state": "signed_off", "kind": "event", "limit": "50"}
PARTS = (
    "quantities,attributions,evidence,annotations,accusations,relations,assessments,clearances,transitions,rulings,"
    "usages,copy_changes"
)
LONG_CHAIN = 2
#: a word is rare that no more claims have
RARE = 100
#: the report's columns that psql copies beside it (bench.limits.COPY)
KEPT = (
    "id,key,statement,kind,state,verdict,flags,clearance,priority,topics,place,about_from,about_until,"
    "independent_origins,warnings,assignee,revision,updated_at"
)


@dataclass
class Scene:
    """A desk that is served, and how long things are measured: ``rounds`` of ``seconds``."""

    desk: Desk
    served: Serving
    rounds: int = 5
    seconds: int = 2
    one: Connection = field(init=False)

    def __post_init__(self) -> None:
        self.one = Connection(self.served.port, self.desk.token)

    def crowd(self, many: int) -> Crowd:
        """So many connections."""
        return Crowd(self.served.port, self.desk.token, many)

    def times(self, paths: list[str]) -> list[float]:
        """Seconds of each of these, one after the other, rising."""
        return sorted(timed(lambda path=path: self.one.ask(path)) for path in paths)  # type: ignore[misc]


def listing(**more: str) -> str:
    """The list that is measured."""
    return f"{CLAIMS}?{urlencode(LISTED | more)}"


def detail(claim: int) -> str:
    """A claim with everything."""
    return f"{CLAIMS}{claim}/?expand={PARTS}"


def shares(scene: Scene, paths: list[str], script: str, connections: int) -> tuple[float, float]:
    """Our share of pgbench's rate and that rate: medians of rounds in which each has its turn."""
    crowd = scene.crowd(connections)
    try:
        crowd.rate(paths, 1)
        found = []
        for _ in range(scene.rounds):
            limit = limits.pgbench(scene.desk, script, connections=connections, seconds=scene.seconds)
            found.append((crowd.rate(paths, scene.seconds) / limit, limit))
    finally:
        crowd.close()
    return median(share for share, _ in found), median(limit for _, limit in found)


def some(scene: Scene, many: int = 200) -> list[int]:
    """Claims by number, drawn by seed."""
    dice = random.Random(7)  # noqa: S311
    return [dice.randrange(1, scene.desk.scale + 1) for _ in range(many)]


def of_list(scene: Scene) -> list[Result]:
    """The first page of a filtered list, as everybody asks for it."""
    named = {1: "a filtered list of 50, 1 connection", 8: "a filtered list of 50, 8 connections"}
    return [result("list", what, *shares(scene, [listing()], "list.sql", many)) for many, what in named.items()]


def of_deep(scene: Scene) -> list[Result]:
    """The page at 90 % depth beside the first, in turn."""
    with scene.desk.connect() as connection:
        asked = "FROM claims_claim WHERE state = 'signed_off' AND kind = 'event'"
        [many] = connection.execute(f"SELECT count(*) {asked}").fetchone() or (0,)
        row = connection.execute(
            f"SELECT updated_at, id {asked} ORDER BY updated_at DESC, id DESC OFFSET %s LIMIT 1",
            [many * 9 // 10],
        ).fetchone()
    if row is None:
        raise RuntimeError("the desk has no such claims")
    cursor = base64.urlsafe_b64encode(f"n|-updated_at|{row[0].isoformat()}|{row[1]}".encode()).decode().rstrip("=")
    first, deep = listing(), listing(cursor=cursor)
    pairs = [(scene.times([first])[0], scene.times([deep])[0]) for _ in range(20 * scene.rounds)]
    at, beside = median(d for _, d in pairs), median(f for f, _ in pairs)
    return [result("deep", "the page at 90 % depth", at / beside, beside * 1000)]


def of_detail(scene: Scene) -> list[Result]:
    """A claim with all its parts: how many queries, and how fast."""
    many = scene.desk.inside("queries", detail(LONG_CHAIN), scene.desk.token)
    return [
        result("detail", "a claim with all its parts: queries", many),
        result(
            "detail",
            "a claim with all its parts, 1 connection",
            *shares(scene, [detail(each) for each in some(scene)], "detail.sql", 1),
        ),
    ]


def of_provenance(scene: Scene) -> list[Result]:
    """Chain, origins and reasons of one claim, and of a page; from within, beside the flat query."""
    page = [str(each) for each in some(scene, 50)]
    asked = {
        "chain, origins and reasons of a claim with 50 hops": [str(LONG_CHAIN)],
        "the same of a page of 50 claims": page,
    }
    found = []
    for what, claims in asked.items():
        took = scene.desk.inside("provenance", *claims)
        found.append(result("provenance", what, took["ours"] / took["limit"], took["limit"] * 1000))
    return found


def searches(scene: Scene) -> dict[str, list[str]]:
    """What is searched for, by what it is: rare words (in 1 to 100 claims), one in 6 %, threes of words, nonsense."""
    dice, words = random.Random(11), vocabulary()  # noqa: S311
    asked = "SELECT count(*) FROM claims_claim WHERE search @@ websearch_to_tsquery('english', %s)"
    with scene.desk.connect() as connection:

        def many(words: str) -> int:
            row = connection.execute(asked, [words]).fetchone()
            return row[0] if row else 0

        rare = list(islice((word for word in reversed(words) if 1 <= many(word) <= RARE), 10))
        near = min(words[20:60], key=lambda word: abs(many(word) - 0.06 * scene.desk.scale))
    threes = [
        " ".join((dice.choice(COMMON), dice.choice(words[60:300]), dice.choice(words[60:300]))) for _ in range(10)
    ]
    nonsense = [f"qx{dice.randrange(10**9)}z" for _ in range(10)]
    return {"a rare word": rare, "a word in 6 % of claims": [near], "three words": threes, "nonsense": nonsense}


def nothing(scene: Scene) -> float:
    """The 95th of a hundred answers that take no work, in ms: what the machine is busy with otherwise."""
    return p95(scene.times(["/healthz"] * 20 * scene.rounds))


def p95(times: list[float]) -> float:
    """The 95th of a hundred, in ms; ``times`` rise."""
    return times[min(len(times) - 1, int(len(times) * 0.95))] * 1000


def of_search(scene: Scene) -> list[Result]:
    """Ranked pages of what matches; beside each what an answer without work takes in the same minute."""
    found = []
    for what, words in searches(scene).items():
        paths = [f"{CLAIMS}?{urlencode({'q': each, 'limit': 50})}" for each in words]
        scene.times(paths)
        took = p95(scene.times(paths * (-(-20 * scene.rounds // len(paths)))))
        found.append(result("search", what, took, nothing(scene)))
    return found


def of_seen_before(scene: Scene) -> list[Result]:
    """Statements of the desk itself, with three words left out, against all claims."""
    with scene.desk.connect() as connection:
        rows = connection.execute(
            "SELECT statement FROM claims_claim WHERE id = ANY (%s)", [some(scene, 50)]
        ).fetchall()
    texts = [" ".join(word for place, word in enumerate(said.split()) if place not in (1, 4, 6)) for (said,) in rows]

    def ask(text: str) -> None:
        scene.one.ask("/api/v1/match/", "POST", {"text": text, "limit": 10})

    for text in texts[:5]:
        ask(text)
    took = sorted(timed(lambda text=text: ask(text)) for text in texts * 2)  # type: ignore[misc]
    return [result("seen before", "a sentence against all claims", p95(took), nothing(scene))]


def of_report(scene: Scene) -> list[Result]:
    """The report's kept columns of all claims beside psql's COPY of them, and what the web processes take for it."""

    def ours() -> None:
        connection = Connection(scene.served.port, scene.desk.token)
        for _ in connection.stream(f"/api/v1/reports/claims.csv?fields={KEPT}"):
            pass
        connection.close()

    ours()
    pairs = [(limits.psql_copy(scene.desk), timed(ours)) for _ in range(scene.rounds)]
    idle = load.settled(scene.served.pid)
    with load.peak(scene.served.pid) as seen:
        ours()
    rate = scene.desk.scale / median(limit for limit, _ in pairs)
    return [
        result("report", "claims.csv, all claims: rows a second", median(a / b for a, b in pairs), rate),
        result("report", "claims.csv, all claims: peak memory above idle", max(seen[-1] - idle, 0)),
    ]


MEASURES: dict[str, Callable[[Scene], list[Result]]] = {
    "list": of_list,
    "deep": of_deep,
    "detail": of_detail,
    "provenance": of_provenance,
    "search": of_search,
    "seen before": of_seen_before,
    "report": of_report,
}
