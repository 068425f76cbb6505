"""The same new claims twice: as JSON Lines, and as rows for COPY; with chains like those of the made desk.

The bargain: what comes in is new (rule 10), so these are a claim's own rows, its figures, hops and accusations; the
sources are on the desk already, but for those that the file needs to name.
"""

import json
from collections.abc import Iterator
from typing import Any

from bench.telling import COLUMNS, Teller

#: columns of the rows for COPY, by table, in the order of their references
COPIED = {name: columns for name, columns in COLUMNS.items() if name.startswith("claims_")}
COPIED.pop("claims_evidence")
COPIED.pop("claims_replyrequest")
#: the numbers of the new claims begin here, past all that the made desks have
FIRST = 20_000_001
_HOP = "stance manner basis"


def rows_of(scale: int, many: int) -> dict[str, list[tuple[Any, ...]]]:
    """Rows for ``many`` claims that a desk of ``scale`` does not have."""
    tables, _ = Teller(scale, [1]).tables_of_claims(FIRST, FIRST + many)
    tables["claims_claim"] = [(row[0], f"bench-new-{row[0]}", *row[2:8], None) for row in tables["claims_claim"]]
    return {name: tables[name] for name in COPIED}


def lines_of(tables: dict[str, list[tuple[Any, ...]]]) -> Iterator[str]:
    """The same claims as JSON Lines; the sources and documents, which the desk has, by their keys."""
    hops, figures = _by_claim(tables["claims_attribution"], 1), _by_claim(tables["claims_quantity"], 0)
    accused = {row[0]: f"bench-s{row[2]}" for row in tables["claims_accusation"]}
    for row in tables["claims_claim"]:
        said = _claim(row) | {"attributions": _nested(hops.get(row[0], []))}
        if row[0] in figures:
            said["quantities"] = [_figure(figure) for figure in figures[row[0]]]
        if row[0] in accused:
            said["accusations"] = [{"accused": accused[row[0]]}]
        yield json.dumps(said) + "\n"


def _figure(row: tuple[Any, ...]) -> dict[str, str]:
    named = zip(("measure", "comparator", "value", "unit"), row[1:5], strict=True)
    return {name: str(value) for name, value in named}


def _claim(row: tuple[Any, ...]) -> dict[str, Any]:
    _, key, statement, kind, topics, place, about, priority, _ = row
    return {
        "key": key,
        "statement": statement,
        "kind": kind,
        "topics": topics,
        "place": place,
        "about_from": str(about),
        "priority": priority,
    }


def _by_claim(rows: list[tuple[Any, ...]], at: int) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[at], []).append(row)
    return found


def _nested(hops: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Chains as a record file has them: the outermost hop first, what it relays inside."""
    made: dict[int, dict[str, Any]] = {}
    outer: dict[int, dict[str, Any]] = {}
    for hop in hops:
        said: dict[str, Any] = {"speaker": f"bench-s{hop[2]}", "document": f"bench-d{hop[3]}"}
        said |= dict(zip(_HOP.split(), hop[7:10], strict=True))
        if hop[5] is not None:
            said["relays"] = made[hop[5]]
            outer.pop(hop[5], None)
        made[hop[0]] = outer[hop[0]] = said
    return list(outer.values())
