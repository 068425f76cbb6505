"""The same new claims twice: as a record file, and as rows for COPY; with chains like those of the made desk.

The bargain: what comes in is new (rule 10), so these are a claim's own rows, its figures, hops and accusations; the
sources are on the desk already, but for those that the file needs to name.
"""

import json
from collections.abc import Callable
from typing import Any

from bench.telling import COLUMNS, Teller

#: columns of the rows for COPY, by table, in the order of their references
COPIED = {name: columns for name, columns in COLUMNS.items() if name.startswith("claims_")}
COPIED.pop("claims_evidence")
COPIED.pop("claims_replyrequest")
#: the numbers of the new claims begin here, past all that the made desks have
FIRST = 20_000_001
Known = Callable[[list[str], list[str]], tuple[list[Any], list[Any]]]
_HOP = "stance manner basis"


def rows_of(scale: int, many: int, turn: int) -> dict[str, list[tuple[Any, ...]]]:
    """Rows for ``many`` claims on a desk of ``scale``; each ``turn`` has keys of its own."""
    tables, _ = Teller(scale, [1]).tables_of_claims(FIRST, FIRST + many)
    tables["claims_claim"] = [(row[0], f"bench-new-{turn}/{row[0]}", *row[2:8], None) for row in tables["claims_claim"]]
    return {name: tables[name] for name in COPIED}


def dossier_of(scale: int, many: int, known: Known) -> bytes:
    """The same claims as a record file. ``known`` gives what the desk says of sources and documents of these keys."""
    tables = rows_of(scale, many, 0)
    claims = {row[0]: _claim(row) for row in tables["claims_claim"]}
    for place, row in enumerate(tables["claims_quantity"]):
        named = zip(("measure", "comparator", "value", "unit"), row[1:5], strict=True)
        figure = {"key": f"q{place}", **{name: str(value) for name, value in named}}
        claims[row[0]].setdefault("quantities", []).append(figure)
    for row in tables["claims_accusation"]:
        claims[row[0]]["accusations"] = [{"key": "accused", "accused": f"bench-s{row[2]}"}]
    for claim, hops in _by_claim(tables["claims_attribution"]).items():
        claims[claim]["attributions"] = _nested(hops)
    hops = tables["claims_attribution"]
    speakers = {f"bench-s{hop[2]}" for hop in hops} | {f"bench-s{row[2]}" for row in tables["claims_accusation"]}
    sources, documents = known(sorted(speakers), sorted({f"bench-d{hop[3]}" for hop in hops}))
    root = {
        "dossier": "1",
        "sources": sources,
        "documents": documents,
        "document": {"key": "bench-new", "kind": "article", "title": "A page of the bench's"},
        "claims": list(claims.values()),
    }
    return json.dumps(root).encode()


def _claim(row: tuple[Any, ...]) -> dict[str, Any]:
    _, _, statement, kind, topics, place, about, priority, _ = row
    return {
        "key": f"c{row[0]}",
        "statement": statement,
        "kind": kind,
        "topics": topics,
        "place": place,
        "about_from": str(about),
        "priority": priority,
    }


def _by_claim(hops: list[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for hop in hops:
        found.setdefault(hop[1], []).append(hop)
    return found


def _nested(hops: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Chains as a record file has them: the outermost hop first, what it relays inside."""
    made: dict[int, dict[str, Any]] = {}
    outer: dict[int, dict[str, Any]] = {}
    for hop in hops:
        said = {"key": f"h{hop[0]}", "speaker": f"bench-s{hop[2]}", "document": f"bench-d{hop[3]}"}
        said |= dict(zip(_HOP.split(), hop[7:10], strict=True))
        if hop[5] is not None:
            said["relays"] = made[hop[5]]  # type: ignore[assignment]
            outer.pop(hop[5], None)
        made[hop[0]] = outer[hop[0]] = said
    return list(outer.values())
