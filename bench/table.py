"""The table: what is measured, the floor that binds and the aim (the design's, written out), and how it is shown."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MORE, LESS = "at least", "at most"


@dataclass(frozen=True)
class Line:
    """A line of the table. ``better``: whether the value is to be at least or at most its floor and aim."""

    id: str
    what: str
    unit: str
    better: str
    floor: float
    aim: float


# fmt: off
LINES = (
    Line("list", "a filtered list of 50, 1 connection", "share of pgbench's rate", MORE, 0.08, 0.25),
    Line("list", "a filtered list of 50, 8 connections", "share of pgbench's rate", MORE, 0.06, 0.25),
    Line("deep", "the page at 90 % depth", "time ÷ the first page's", LESS, 1.3, 1.1),
    Line("detail", "a claim with all its parts: queries", "queries", LESS, 8, 3),
    Line("detail", "a claim with all its parts, 1 connection", "share of pgbench's rate", MORE, 0.05, 0.15),
    Line("provenance", "chain, origins and reasons of a claim with 50 hops", "time ÷ the flat query's", LESS, 5, 2),
    Line("provenance", "the same of a page of 50 claims", "time ÷ the flat query's", LESS, 3, 1.5),
    Line("search", "a rare word", "ms, p95", LESS, 40, 15),
    Line("search", "a word in 6 % of claims", "ms, p95", LESS, 80, 30),
    Line("search", "three words", "ms, p95", LESS, 40, 15),
    Line("search", "nonsense", "ms, p95", LESS, 20, 10),
    Line("seen before", "a sentence against all claims", "ms, p95", LESS, 150, 50),
    Line("report", "claims.csv, all claims: rows a second", "share of psql COPY's", MORE, 0.6, 0.9),
    Line("report", "claims.csv, all claims: peak memory above idle", "MB", LESS, 32, 8),
    Line("by source", "claims grouped by source and verdict", "time ÷ raw SQL's", LESS, 1.5, 1.1),
    Line("import", "claims with chains into the live desk", "share of COPY's rate", MORE, 0.5, 0.8),
    Line("write", "one change through the API", "time ÷ the bare UPDATE's", LESS, 15, 6),
    Line("changes", "following 10,000 changes", "share of a raw SELECT's rows/s", MORE, 0.1, 0.3),
    Line("growth", "list", "time ÷ a tenth's", LESS, 1.5, 1.1),
    Line("growth", "detail", "time ÷ a tenth's", LESS, 1.5, 1.1),
    Line("growth", "provenance", "time ÷ a tenth's", LESS, 1.5, 1.1),
    Line("growth", "search", "time ÷ a tenth's", LESS, 3, 2),
    Line("growth", "import, per row", "time ÷ a tenth's", LESS, 1.5, 1.2),
    Line("size", "web and worker processes, PSS, idle", "MB", LESS, 350, 220),
    Line("size", "disk per claim, with everything", "kB", LESS, 4, 2.5),
    Line("start", "second start, to /readyz", "s", LESS, 5, 2.5),
)
# fmt: on
IDS = tuple(dict.fromkeys(line.id for line in LINES))


@dataclass(frozen=True)
class Result:
    """What was found. ``value`` None: the product has no such thing yet. ``limit``: what was measured beside it."""

    id: str
    what: str
    value: float | None
    unit: str
    limit: float | None
    floor: float | None
    aim: float | None
    ok: bool


def result(id: str, what: str, value: float | None, limit: float | None = None) -> Result:
    """The line ``what`` of the table with what was found; held against its floor as measured, without rounding."""
    [line] = [line for line in LINES if (line.id, line.what) == (id, what)]
    ok = value is not None and (value >= line.floor if line.better == MORE else value <= line.floor)
    return Result(id, what, value, line.unit, limit, line.floor, line.aim, ok)


def beside(what: str, value: float, unit: str, limit: float | None) -> Result:
    """A line of the yardstick's: nothing is asked of it."""
    return Result("yardstick", what, value, unit, limit, None, None, True)


def shown(results: list[Result]) -> str:
    """The results as a Markdown table."""
    lines = ["| id | work | value | unit | limit | floor | aim | ok |", "|---|---|---|---|---|---|---|---|"]
    for each in results:
        cells = [_number(each.value), each.unit, _number(each.limit), _number(each.floor), _number(each.aim)]
        lines.append(f"| {each.id} | {each.what} | {' | '.join(cells)} | {'yes' if each.ok else '**no**'} |")
    return "\n".join(lines) + "\n"


def write(path: Path, scale: int, results: list[Result], machine: dict[str, Any]) -> None:
    """The results as JSON."""
    told = {"scale": scale, "machine": machine, "results": [asdict(each) for each in results]}
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "python": platform.python_version(),
        "load": [round(each, 2) for each in os.getloadavg()],
    }


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.3g}"
