"""The bench: its table is the design's, its desk is one that the product could have made, its run has the promised
shape; and at 100,000 claims what everybody asks for reads no table from end to end (``--long``).
"""

import json
import os
import subprocess
import sys
from argparse import Namespace
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from bench import making, place, table
from bench.telling import COLUMNS, LONG, Teller
from claims import matching, origins
from claims.models import Attribution, Claim
from factdesk import env
from factdesk.env import ROOT
from tests import calls, make

# Written out again on purpose: the design's table of PERFORMANCE, (id, floor, aim) in its order.
DESIGN = [
    ("list", 0.08, 0.25), ("list", 0.06, 0.25), ("deep", 1.3, 1.1), ("detail", 8, 3), ("detail", 0.05, 0.15),
    ("provenance", 5, 2), ("provenance", 3, 1.5), ("search", 40, 15), ("search", 80, 30), ("search", 40, 15),
    ("search", 20, 10), ("seen before", 150, 50), ("report", 0.6, 0.9), ("report", 32, 8), ("by source", 1.5, 1.1),
    ("import", 0.5, 0.8), ("write", 15, 6), ("changes", 0.1, 0.3), ("growth", 1.5, 1.1), ("growth", 1.5, 1.1),
    ("growth", 1.5, 1.1), ("growth", 3, 2), ("growth", 1.5, 1.2), ("size", 350, 220), ("size", 4, 2.5),
    ("start", 5, 2.5),
]  # fmt: skip
#: tables that grow with the desk
LARGE = ("claims_claim", "claims_attribution", "claims_assessment", "sources_source", "sources_document")


def test_the_table_is_the_designs():
    assert [(line.id, line.floor, line.aim) for line in table.LINES] == DESIGN
    assert {line.id for line in table.LINES if line.better == table.MORE} == {
        "list",
        "detail",
        "report",
        "import",
        "changes",
    }


@pytest.mark.parametrize(
    ("line", "value", "ok"),
    [
        (("deep", "the page at 90 % depth"), 1.3, True),
        (("deep", "the page at 90 % depth"), 1.3004, False),
        (("list", "a filtered list of 50, 1 connection"), 0.08, True),
        (("list", "a filtered list of 50, 1 connection"), 0.0799999, False),
        (("by source", "claims grouped by source and verdict"), None, False),
    ],
)
def test_a_value_is_held_against_its_floor_without_rounding(line, value, ok):
    assert table.result(*line, value).ok is ok


def test_what_is_drawn_depends_on_the_seed_alone():
    one, other = (Teller(1000, [1, 2]).tables_of_claims(1, 201) for _ in range(2))
    assert one == other
    hops = [row for row in one[0]["claims_attribution"] if row[1] == 2]
    assert len(hops) in (LONG, LONG + 1)
    assert all(later[5] == earlier[0] for earlier, later in pairwise(hops[:LONG]))


@pytest.mark.django_db(transaction=True)
def test_the_made_desk_is_one_that_the_product_could_have_made(owner):
    for name, role in making.PEOPLE.items():
        make.user(role, username=name)
    owner.autocommit = False
    desk = Namespace(scale=200)
    making._fill(desk, owner)
    assert Claim.objects.count() == 200
    assert Attribution.objects.filter(claim=2).count() >= LONG
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM claims_claim c JOIN claims_origin_summary s ON s.claim_id = c.id"
            " WHERE (c.independent_origins, c.warnings) IS DISTINCT FROM (s.independent_origins, s.warnings)"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(DISTINCT pgh_obj_id), count(*) FROM claims_claimevent")
        remembered, events = cursor.fetchone()
    assert remembered == 200
    assert events > 400
    states = set(Claim.objects.values_list("state", flat=True))
    assert states == {"new", "in_check", "in_review", "signed_off", "closed"}
    assert Claim.objects.exclude(state="signed_off").filter(verdict__isnull=False).count() == 0
    assert make.claim("One more.").pk > 200


def test_every_column_that_is_copied_is_there(db):
    with connection.cursor() as cursor:
        for name, columns in COLUMNS.items():
            cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [name])
            assert set(columns.split()) <= {column for (column,) in cursor.fetchall()}, name


def address(alias: str) -> str:
    facts = connections[alias].settings_dict
    secret = f":{quote(facts['PASSWORD'], safe='')}" if facts["PASSWORD"] else ""
    where = "&".join(
        f"{key}={quote(str(facts[key.upper()]), safe='')}" for key in ("host", "port") if facts[key.upper()]
    )
    return f"postgresql://{facts['USER']}{secret}@/postgres?{where}"


@pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE") != "long", reason="takes minutes: script/test --full")
def test_a_run_at_10000_has_the_shape_that_was_promised(db, tmp_path):
    told = tmp_path / "told.json"
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FACTDESK_")},
        "FACTDESK_HOME": str(tmp_path / "home"),
        "DATABASE_URL": address("default"),
        "FACTDESK_OWNER_DATABASE_URL": address("owner"),
    }
    with place.server(here=True, environ=environ) as server:
        server.make(making.EMPTY, connections["owner"].settings_dict["TEST"]["TEMPLATE"])
        server.mark(making.EMPTY, making.digest(making.SCHEMA_OF))
    ids = ["list", "deep", "detail", "provenance", "search", "seen before", "report", "by source", "import", "write"]
    ids += ["changes", "growth", "size", "yardstick"]
    command = [
        sys.executable,
        "-m",
        "bench",
        "--here",
        "--quick",
        "--scale",
        "10000",
        "--only",
        *ids,
        "--json",
        str(told),
    ]
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode in (0, 1), done.stderr[-3000:]
    said = json.loads(told.read_text())
    assert said["scale"] == 10_000
    assert [(each["id"], each["what"]) for each in said["results"] if each["id"] != "yardstick"] == [
        (line.id, line.what) for line in table.LINES if line.id != "start"
    ]
    assert [each["value"] for each in said["results"] if each["value"] is None] == []
    assert (done.returncode == 1) == any(not each["ok"] for each in said["results"])


@pytest.fixture
def large(owner):
    """A desk of 100,000 claims (bench/desk.sql), with its statistics."""
    for role in ("checker", "editor", "chief"):
        make.user(role)
    facts = connections["owner"].settings_dict
    server = place.Server(
        {"owner": {key: str(facts[key.upper()]) for key in ("host", "port", "user", "password")}},
        place.programs(env.load()),
    )
    name = connection.settings_dict["NAME"]
    script = str(ROOT / "bench" / "desk.sql")
    with server.client("psql", name, "-X", "-q", "-v", "claims=100000", "-f", script, role="owner") as process:
        _, complained = process.communicate()
    assert process.returncode == 0, complained


def read_from_end_to_end(statements: list[str]) -> list[str]:
    """The large tables that PostgreSQL would read whole for these; this desk's 2,000 sources are soon read."""
    found = []
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")
            lines = [line for (line,) in cursor.fetchall()]
            found += [
                line.strip()
                for line in lines
                if any(f"Seq Scan on {name} " in line for name in LARGE) and "rows=2000 " not in line
            ]
    return found


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_at_100000_no_list_search_or_origin_reads_a_table_from_end_to_end(large):
    program = calls.caller()
    asked = [
        "", "?state=signed_off&kind=event", "?state=in_review", "?verdict=accurate", "?topic=topic%203",
        "?warning=only_unnamed_origins", "?place=Nowhere", "?speaker=10000005", "?origin=10000005", "?source=10000005",
        "?q=engines", "?q=77777", "?q=engines%20mill%2077777", "?q=qxzzy", "?document=10000003", "?ordering=id",
    ]  # fmt: skip
    for each in asked:
        with CaptureQueriesContext(connection) as captured:
            assert program.get(f"{calls.CLAIMS}{each}").status_code == 200
        statements = [
            query["sql"] for query in captured.captured_queries if query["sql"].startswith(("WITH", "SELECT"))
        ]
        assert read_from_end_to_end(statements) == [], each
    page = list(Claim.objects.order_by("-id").values_list("id", flat=True)[:50])
    with CaptureQueriesContext(connection) as captured:
        origins.of(page)
        matching.seen_before("Number 77777: 37 engines came to the mill at 9 on day 2.", make.user("editor"))
    told = [query["sql"] for query in captured.captured_queries]
    assert any("claims_origins_of(" in each for each in told)
    told.append(f"SELECT * FROM claims_origin WHERE claim_id = ANY (ARRAY{page})")  # what that function reads
    assert read_from_end_to_end(told) == []


def test_the_starter_is_thin():
    said = Path(ROOT / "script" / "bench").read_text(encoding="utf-8")
    assert len(said.splitlines()) < 10
    assert 'python" -m bench' in said
