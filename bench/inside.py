"""What can be measured only from within: the product's own functions, on the desk that the environment names.

Run as a program (``python -m bench.inside WHAT``), which answers with JSON, so that the bench itself loads no Django
and can work on two desks at once.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import django

django.setup()

from django.db import connection, reset_queries  # noqa: E402 (Django first)
from django.db.models import Value  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from rest_framework.request import Request  # noqa: E402

from bench.carrying import COPIED, lines_of, rows_of  # noqa: E402
from claims import importing, origins  # noqa: E402
from claims.api.provenance import CHAIN  # noqa: E402
from claims.models import Claim  # noqa: E402
from factdesk.people.accounts import desk_user  # noqa: E402
from factdesk.people.models import User  # noqa: E402
from factdesk.rest import building  # noqa: E402
from factdesk.rest.shown import Rights  # noqa: E402

#: So many claims take minutes to bring: once, then.
MANY = 50_000
#: The same rows by plain joins: every hop with its speaker, document and words, whatever the origins are.
FLAT = """
    SELECT a.id, a.claim_id, s.id, s.name, s.kind, s.identity, a.document_id, p.start, p."end", p.part, n.sha256,
        substr(n.text, p.start + 1, p."end" - p.start), a.stance, a.manner, a.certainty, a.hedge, a.basis, a.link,
        a.speaks_for_id, a.said_on, a.terms, a.said, a.relays_id, a.depth
    FROM claims_attribution a JOIN sources_source s ON s.id = a.speaker_id
    LEFT JOIN sources_passage p ON p.id = a.passage_id LEFT JOIN sources_snapshot n ON n.id = p.snapshot_id
    WHERE a.claim_id = ANY (%s) AND a.withdrawn_at IS NULL ORDER BY a.claim_id, a.depth, a.id
"""


def queries(path: str, token: str) -> int:
    """How many queries an answer takes, who asks included; the second time, when what is kept is kept."""
    client = Client(headers={"authorization": f"Bearer {token}"}, SERVER_NAME="127.0.0.1")
    connection.force_debug_cursor = True
    for _ in range(2):
        reset_queries()
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code} to {path}: {answer.content[:300]!r}")
    return len(connection.queries)


def provenance(*claims: str) -> dict[str, float]:
    """Median seconds for chain, origins and reasons of these claims, and for the flat query; in turn."""
    ids = [int(each) for each in claims]
    request = Request(RequestFactory().get("/"))
    rights = Rights.of(User.objects.get(username="admin"))

    def ours() -> None:
        building.rows(Claim.objects.filter(pk__among=ids), Value(1), CHAIN, request, rights)
        origins.of(ids)

    def flat() -> None:
        with connection.cursor() as cursor:
            cursor.execute(FLAT, [ids])
            cursor.fetchall()

    return in_turn(ours, flat, 25)


def carry(scale: str, many: str) -> dict[str, float]:
    """Median seconds for ``many`` new claims with chains: by ``import claims``, and by COPY; each undone."""
    tables = rows_of(int(scale), int(many))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "claims.jsonl"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(lines_of(tables))

        def ours() -> None:
            made = importing.bring(file, "jsonl", by=desk_user(), dry_run=True).made
            if made != {"source": 0, "document": 0, "evidence": 0} | {
                name.removeprefix("claims_"): len(rows) for name, rows in tables.items()
            }:
                raise RuntimeError(f"not all that COPY brings: {made}")

        def limit() -> None:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN; SET LOCAL statement_timeout = 0")
                for name, rows in tables.items():
                    listed = ", ".join(f'"{column}"' for column in COPIED[name].split())
                    with cursor.copy(f'COPY "{name}" ({listed}) FROM STDIN') as into:
                        for row in rows:
                            into.write_row(row)
                cursor.execute("ROLLBACK")

        return in_turn(ours, limit, 3 if int(many) < MANY else 1)


def in_turn(ours: Callable[[], None], limit: Callable[[], None], rounds: int) -> dict[str, float]:
    """Both in turn, after one of each that does not count: the medians of the seconds."""
    found: dict[str, list[float]] = {"ours": [], "limit": []}
    for place in range(rounds + 1):
        for name, work in (("ours", ours), ("limit", limit)):
            began = time.perf_counter()
            work()
            if place:
                found[name].append(time.perf_counter() - began)
    return {name: median(times) for name, times in found.items()}


WHAT: dict[str, Callable[..., Any]] = {"queries": queries, "provenance": provenance, "carry": carry}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(WHAT[sys.argv[1]](*sys.argv[2:])))
