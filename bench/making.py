"""A desk to measure on, made once for a scale and kept until the schema, or what is made, changes.

The bargain: rows go in by COPY, as the owner, with every trigger and constraint in force; the work on them (taking,
findings, initials, clearances) is done by the statements that the product's own functions end in, on sets. So it is a
record that the product could have made, its history included.
"""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
from psycopg import sql

from bench.place import Desk
from bench.telling import BATCH, COLUMNS, Tables, Teller
from factdesk.env import ROOT
from factdesk.pgprograms import say

SCHEMA_OF = ("claims/migrations/*.py", "sources/migrations/*.py", "factdesk/*/migrations/*.py")
MADE_OF = (*SCHEMA_OF, "bench/making.py", "bench/telling.py", "bench/words.py")
#: the empty database that every desk begins as a copy of
EMPTY = "factdesk_bench_empty"

PEOPLE = {"bench-checker-1": "checker", "bench-checker-2": "checker", "bench-editor-1": "editor",
          "bench-editor-2": "editor", "bench-editor-3": "editor"}  # fmt: skip

#: Who does the work: as the product declares it (factdesk.context).
DECLARED = """
    SELECT set_config('pghistory.context_id', gen_random_uuid()::text, true),
           set_config('pghistory.context_metadata',
                      json_build_object('user', id, 'name', username, 'why', 'bench', 'way', 'shell')::text, true)
    FROM people_user WHERE username = %s
"""

#: The work on a batch, in order: (who, what). ``aims`` is a table of the claims and how far they are to come.
WORK = (
    ("bench-checker-1", """
        UPDATE claims_claim c SET state = 'in_check' FROM aims a
        WHERE a.id = c.id AND a.aim IN ('in_check', 'in_review', 'signed_off')"""),
    ("bench-checker-1", """
        INSERT INTO claims_assessment (claim_id, revision, verdict, flags, rationale, author_id, approvals_needed,
                                       as_of)
        SELECT c.id, c.revision, (ARRAY['accurate', 'accurate', 'accurate', 'mostly_accurate', 'mixed', 'inaccurate',
                                        'unsupported', 'accurate'])[1 + c.id % 8],
               CASE WHEN c.id % 8 = 4 THEN ARRAY['missing_context'] ELSE '{}' END, 'As the record has it.', u.id,
               CASE c.kind WHEN 'allegation' THEN 2 ELSE 1 END, date '2026-01-01'
        FROM aims a JOIN claims_claim c USING (id) JOIN people_user u ON u.username = 'bench-checker-1'
        WHERE a.aim IN ('in_review', 'signed_off') ORDER BY c.id"""),
    ("bench-checker-1", """
        UPDATE claims_claim c SET state = 'in_review' FROM aims a
        WHERE a.id = c.id AND a.aim IN ('in_review', 'signed_off')"""),
    ("bench-editor-1", """
        INSERT INTO claims_signoff (assessment_id, author_id, revision, decision, note, by_id)
        SELECT f.id, f.author_id, f.revision, 'approve', '', u.id
        FROM aims a JOIN claims_assessment f ON f.claim_id = a.id JOIN people_user u ON u.username = 'bench-editor-1'
        WHERE a.aim = 'signed_off' ORDER BY f.id"""),
    ("bench-editor-2", """
        INSERT INTO claims_signoff (assessment_id, author_id, revision, decision, note, by_id)
        SELECT f.id, f.author_id, f.revision, 'approve', '', u.id
        FROM aims a JOIN claims_assessment f ON f.claim_id = a.id JOIN people_user u ON u.username = 'bench-editor-2'
        WHERE a.aim = 'signed_off' AND f.approvals_needed = 2 ORDER BY f.id"""),
    ("bench-editor-3", """
        INSERT INTO claims_clearance (claim_id, revision, value, wording, override_reason, note, by_id)
        SELECT c.id, c.revision, 'clear', '', '', '', u.id
        FROM aims a JOIN claims_claim c USING (id) JOIN people_user u ON u.username = 'bench-editor-3'
        WHERE a.aim = 'signed_off' AND c.id % 3 = 0
        AND NOT EXISTS (SELECT FROM claims_accusation x WHERE x.claim_id = c.id) ORDER BY c.id"""),
    ("bench-editor-3", """
        UPDATE claims_claim c SET state = 'closed', closed_because = 'out_of_scope' FROM aims a
        WHERE a.id = c.id AND a.aim = 'closed'"""),
)  # fmt: skip


def ensure(desk: Desk) -> float | None:
    """Have the desk: the seconds that its making took, None where it was there."""
    desk.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    made_of = digest(MADE_OF)
    if desk.server.mark(desk.name) == made_of and (desk.home / "first-run.json").exists():
        return None
    say(f"bench: making a desk of {desk.scale:,} claims")
    began = time.monotonic()
    _have_empty(desk)
    desk.remake(EMPTY)
    _found(desk)
    say(f"bench: the empty desk took {time.monotonic() - began:.1f} s")
    with desk.connect("owner") as connection:
        _fill(desk, connection)
    with desk.connect("owner", autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    desk.server.mark(desk.name, made_of)
    took = time.monotonic() - began
    (desk.home / "made.json").write_text(json.dumps({"seconds": round(took, 1)}), encoding="utf-8")
    return took


def digest(patterns: tuple[str, ...]) -> str:
    """Of all that a made desk, or its schema, follows from."""
    found = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()


def _have_empty(desk: Desk) -> None:
    """A migrated database, kept: to migrate takes longer than to copy."""
    if desk.server.mark(EMPTY) != digest(SCHEMA_OF):
        desk.server.make(EMPTY, "template0")
        desk.manage("migrate", "--no-input", "--database", "owner", "--verbosity", "0", database=EMPTY)
        desk.server.mark(EMPTY, digest(SCHEMA_OF))


def _found(desk: Desk) -> None:
    """The role's rights in this database, the first user with a token, and the people who work."""
    desk.manage("harden")
    program = (
        "import django; django.setup()\n"
        "from factdesk import env, firstrun, upkeep\n"
        "from factdesk.people.models import User\n"
        f"[User.objects.create(username=name, role=role) for name, role in {PEOPLE!r}.items()]\n"
        "firstrun.make_first_user(env.load())\n"
        "upkeep.remember(env.load())\n"
    )
    subprocess.run([sys.executable, "-c", program], env=desk.environ(), check=True, cwd=ROOT)  # noqa: S603


def _fill(desk: Desk, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    checkers = [one for (one,) in connection.execute("SELECT id FROM people_user WHERE username LIKE 'bench-checker%'")]
    teller = Teller(desk.scale, checkers)  # type: ignore[arg-type]
    copy(connection, teller.tables_of_sources())
    connection.commit()
    for first, last in _batches(teller.documents):
        copy(connection, teller.tables_of_documents(first, last))
        connection.commit()
    connection.execute("ANALYZE")
    for first, last in _batches(desk.scale):
        began = time.monotonic()
        tables, aims = teller.tables_of_claims(first, last)
        connection.execute(DECLARED, ["bench-checker-1"])
        copy(connection, tables)
        connection.execute("CREATE TEMP TABLE aims (id bigint PRIMARY KEY, aim text NOT NULL)")
        with connection.cursor().copy("COPY aims FROM STDIN") as into:
            for row in aims.items():
                into.write_row(row)
        connection.commit()
        _work(connection)
        _tidy(connection, first // BATCH + 1)
        say(f"bench: {last - 1:,} claims; the last {last - first:,} took {time.monotonic() - began:.1f} s")
    _count_on(connection)
    connection.commit()


def _tidy(connection: "psycopg.Connection[tuple[object, ...]]", batches: int) -> None:
    """What autovacuum has years for: after each of the first batches, then whenever a fifth has come."""
    if batches % max(1, batches // 5) == 0:
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.autocommit = False


def _work(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    for who, what in WORK:
        connection.execute(DECLARED, [who])
        connection.execute(what)
        connection.commit()
    connection.execute("DROP TABLE aims")


def copy(connection: "psycopg.Connection[tuple[object, ...]]", tables: Tables) -> None:
    """Rows into their tables, in the order of the tables' references, with whatever triggers they have."""
    for name, columns in COLUMNS.items():
        if rows := tables.get(name):
            listed = sql.SQL(", ").join(map(sql.Identifier, columns.split()))
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(name), listed)
            with connection.cursor().copy(statement) as into:
                for row in rows:
                    into.write_row(row)


def _batches(many: int) -> Iterator[tuple[int, int]]:
    for first in range(1, many + 1, BATCH):
        yield first, min(first + BATCH, many + 1)


def _count_on(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """New rows get numbers past those that were given here."""
    for name, columns in COLUMNS.items():
        if columns.startswith("id "):
            last = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}")
            connection.execute(last.format(sql.Literal(name), sql.Identifier(name)))
