"""The feed of changes on real transactions: the order of commits, none lost, none twice; epochs; what is forgotten."""

import json
import random
import threading
import time
from itertools import pairwise

import pytest
from django.db import connection, connections, transaction

from claims import importing
from claims.models import Attribution, Claim, Quantity
from factdesk.changes import reading, tasks
from factdesk.changes.cursors import Position
from tests import calls, make
from tests.calls import problem

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

FEED = "/api/v1/changes/"
WRITERS, EACH = 8, 30


@pytest.fixture
def editor(db):
    return calls.caller(make.user("editor"), ["review"])


def page(program, query=""):
    answer = program.get(FEED + query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_what_is_rare_is_not_looked_for_through_all_at_once_and_nothing_is_missed(editor, monkeypatch):
    """A page walks through so many transactions; where it found nothing in them, its cursor goes on all the same."""
    monkeypatch.setattr(reading, "WALKED", 3)
    since = page(editor, "?since=now")["cursor"]
    claims = [make.claim() for _ in range(7)]
    figures = [make.quantity(claims[0])]
    claims += [make.claim() for _ in range(2)]
    figures.append(make.quantity(claims[0]))  # eleven transactions
    cursor, found, sizes, more = since, [], [], True
    while more:
        answer = page(editor, f"?since={cursor}&resource=quantities&limit=1")
        assert answer["cursor"] != cursor
        cursor, more = answer["cursor"], answer["more"]
        found += [int(row["id"]) for row in answer["results"]]
        sizes.append(len(answer["results"]))
    assert found == [figure.pk for figure in figures]
    assert sizes == [0, 0, 1, 1]
    again = page(editor, f"?since={cursor}&resource=quantities")
    assert (again["cursor"], again["more"], again["results"]) == (cursor, False, [])
    cursor, told, more = since, [], True
    while more:
        answer = page(editor, f"?since={cursor}&limit=2")
        cursor, more = answer["cursor"], answer["more"]
        told += [(row["resource"], int(row["id"])) for row in answer["results"]]
    assert [number for resource, number in told if resource == "quantities"] == found
    assert {number for resource, number in told if resource == "claims"} == {claim.pk for claim in claims}
    monkeypatch.undo()
    whole = page(editor, f"?since={since}&limit=1000")["results"]
    assert told == [(row["resource"], int(row["id"])) for row in whole]


def test_imported_claims_are_in_the_feed_once_each_in_their_order_with_history_and_first_revision(editor, tmp_path):
    lines = [
        {
            "key": f"c{number}",
            "kind": "statistic",
            "statement": f"{number} engines came to the mill.",
            "quantities": [{"key": "q", "measure": "engines", "value": number}],
            "attributions": [{"speaker": {"name": "Ada Quill", "kind": "person"}}],
        }
        for number in range(1, 41)
    ]
    file = tmp_path / "claims.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    since = page(editor, "?since=now")["cursor"]
    importing.bring(file, "jsonl", by=make.user("editor"))
    rows = page(editor, f"?since={since}&limit=1000")["results"]
    told = [(row["resource"], int(row["id"])) for row in rows]
    assert len(told) == len(set(told))
    made = list(Claim.objects.filter(statement__endswith=" engines came to the mill.").order_by("pk"))
    assert [claim.statement for claim in made] == [line["statement"] for line in lines]
    assert [number for resource, number in told if resource == "claims"] == [claim.pk for claim in made]
    assert [row["version"] for row in rows if row["resource"] == "claims"] == [claim.version for claim in made]
    assert {claim.revision for claim in made} == {1}
    for resource, model in (("quantities", Quantity), ("attributions", Attribution)):
        parts = list(model.objects.filter(claim__in=made).order_by("pk").values_list("pk", flat=True))
        assert [number for name, number in told if name == resource] == parts
        assert len(parts) == 40
    assert {row["claim"] for row in rows if row["resource"] == "quantities"} == {str(claim.pk) for claim in made}
    assert {resource for resource, _ in told} == {"sources", "claims", "quantities", "attributions"}
    assert len({row["cursor"].split("-")[1] for row in rows}) == 1  # one transaction
    for claim in made[:3]:
        first, *others = claim.events.order_by("pgh_id")
        assert (first.pgh_label, first.version, first.statement) == ("insert", 1, claim.statement)
        assert {event.pgh_context["way"] for event in (first, *others)} == {"import"}
        assert {event.revision for event in (first, *others)} == {1}
        assert max(event.version for event in (first, *others)) == claim.version
    importing.bring(file, "jsonl", by=make.user("editor"))
    after = page(editor, f"?since={rows[-1]['cursor']}&limit=1000")["results"]
    assert [row for row in after if row["resource"] != "sources"] == []


def test_a_change_is_told_with_its_claim_its_version_and_its_address(editor):
    claim, since = make.claim(), page(editor, "?since=now")["cursor"]
    with transaction.atomic():
        figure = make.quantity(claim)
    told = page(editor, f"?since={since}")
    of_claim, of_figure = told["results"]
    claim.refresh_from_db()
    assert (of_claim["resource"], of_claim["id"], of_claim["claim"]) == ("claims", str(claim.pk), str(claim.pk))
    assert of_claim["version"] == claim.version == 2
    assert (of_figure["resource"], of_figure["id"], of_figure["claim"]) == ("quantities", str(figure.pk), str(claim.pk))
    assert of_figure["version"] == 1
    assert of_figure["at"].endswith("Z")
    for row in (of_claim, of_figure):
        answer = editor.get(row["url"])
        assert answer.json()["id"] == row["id"]
        assert answer["ETag"] == f'"{row["version"]}"'
    assert told["more"] is False
    assert told["next"] == f"http://testserver{FEED}?since={told['cursor']}"


class Writer(threading.Thread):
    """Makes claims in transactions of its own, some slow, some undone; remembers what it committed, in its order."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.dice, self.number = random.Random(number), number
        self.committed: list[list[int]] = []
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            for _ in range(EACH):
                self.one()
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            self.fault = fault
        finally:
            connections.close_all()

    def one(self) -> None:
        with transaction.atomic():
            made = [make.claim(place=f"writer {self.number}").pk for _ in range(self.dice.randint(1, 3))]
            if self.dice.random() < 0.3:
                time.sleep(self.dice.uniform(0, 0.05))
            undone = self.dice.random() < 0.2
            if undone and self.dice.random() < 0.5:  # numbered already, and then undone
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(undone)
        if not undone:
            self.committed.append(made)


def followed(program, since, writers):
    """Poll until all have done and there is nothing more; every row in the order in which it came."""
    rows, polls, address = [], 0, f"{FEED}?since={since}&limit=7"
    while True:
        done = not any(writer.is_alive() for writer in writers)
        got = program.get(address).json()
        rows += got["results"]
        address, polls = got["next"], polls + 1
        if done and not got["results"]:
            return rows, polls


def test_eight_writers_and_a_reader_each_change_is_seen_once_in_the_order_of_commits(editor):
    since = page(editor, "?since=now")["cursor"]
    writers = [Writer(number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    rows, polls = followed(editor, since, writers)
    for writer in writers:
        writer.join()
        assert writer.fault is None
    seen = [int(row["id"]) for row in rows]
    assert len(seen) == len(set(seen)), "a change was told twice"
    assert set(seen) == {pk for writer in writers for made in writer.committed for pk in made}
    at = {pk: place for place, pk in enumerate(seen)}
    for writer in writers:
        for before, after in pairwise(writer.committed):
            assert max(at[pk] for pk in before) < min(at[pk] for pk in after)
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    again = page(editor, f"?since={since}&limit=1000")["results"]
    assert [int(row["id"]) for row in again][: len(seen)] == seen[:1000]
    print(f"{len(seen)} changes by {WRITERS} writers, seen in {polls} polls")


def test_an_object_that_many_change_is_told_in_the_order_of_its_versions(editor):
    claim = make.claim()
    since = page(editor, "?since=now")["cursor"]

    def change():
        try:
            for _ in range(20):
                with transaction.atomic():
                    Claim.objects.filter(pk=claim.pk).update(place=str(random.random()))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    rows, _ = followed(editor, since, threads)
    assert [row["version"] for row in rows] == list(range(2, 82))


def test_nobody_gets_a_later_number_while_an_earlier_one_cannot_be_seen(editor, owner):
    """The first has its number and has not committed; the second wants to commit, and waits; neither is told."""
    since = page(editor, "?since=now")["cursor"]
    second = []

    def commit():
        try:
            second.append(make.claim().pk)
        finally:
            connections.close_all()

    with transaction.atomic():
        first = make.claim().pk
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        thread = threading.Thread(target=commit)
        thread.start()
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        patience = time.monotonic() + 20
        while owner.execute(waits).fetchone()[0] == 0:
            assert time.monotonic() < patience, "the second did not wait"
            time.sleep(0.01)
        assert owner.execute("SELECT count(*) FROM changes_ticket WHERE seq IS NULL").fetchone() == (0,)
        [newest] = owner.execute("SELECT max(seq) FROM changes_ticket").fetchone()
        assert newest is None or newest <= int(since.split("-")[1])
    thread.join()
    assert [int(row["id"]) for row in page(editor, f"?since={since}")["results"]] == [first, *second]


def test_many_rows_in_one_statement_are_one_insert_more(editor, owner):
    """A statement trigger runs once: what it takes grows with the rows as the rows themselves do, and no faster."""
    took = {}
    for rows in (1_000, 20_000):
        owner.execute("SET statement_timeout = '120s'")
        plan = owner.execute(
            "EXPLAIN (ANALYZE, FORMAT JSON) INSERT INTO claims_claim (statement, kind)"
            f" SELECT 'Number ' || n, 'event' FROM generate_series(1, {rows}) n"
        ).fetchone()[0]
        [trigger] = [one for one in plan[0]["Triggers"] if one["Trigger Name"] == "changes_insert"]
        assert trigger["Calls"] == 1
        took[rows] = trigger["Time"]
        print(f"{rows}: {trigger['Time']:.0f} ms of {plan[0]['Execution Time']:.0f} ms")
    assert took[20_000] < took[1_000] * 20 * 4
    assert owner.execute("SELECT count(*), count(DISTINCT ticket_id) FROM changes_change").fetchone() == (21_000, 2)


# --- epochs, and what is forgotten ---


def test_a_cursor_of_another_epoch_is_gone_and_the_answer_says_what_to_do(editor, owner):
    since = page(editor, "?since=now")["cursor"]
    make.claim()
    owner.execute("SELECT changes_begin_epoch()")
    answer = editor.get(f"{FEED}?since={since}")
    told = problem(answer, 410, "cursor_gone")
    assert told["facts"] == {"afresh": f"http://testserver{FEED}?since=now"}
    assert "afresh" in told["detail"]
    assert page(editor, "?since=now")["cursor"].split("-")[0] != since.split("-")[0]


def test_a_copy_of_the_database_is_another_epoch(owner):
    """What a restore makes: another database. Its cluster, its timeline or its number tell."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT changes_epoch(), current_database()")
        epoch, name = cursor.fetchone()
    owner.execute("BEGIN")
    other = owner.execute(
        "SELECT left(encode(sha256(convert_to(concat_ws(' ', (SELECT token FROM changes_epoch), system_identifier,"
        " timeline_id, d.oid), 'UTF8')), 'hex'), 12), datname FROM pg_database d, pg_control_system(),"
        " pg_control_checkpoint()"
    ).fetchall()
    owner.execute("ROLLBACK")
    assert [name for each, name in other if each == epoch] == [name]


def test_a_cursor_from_the_future_is_of_another_life(editor):
    make.claim()
    position = page(editor, "?since=now")["cursor"].split("-")
    ahead = Position(position[0], int(position[1]) + 1).as_cursor()
    problem(editor.get(f"{FEED}?since={ahead}"), 410, "cursor_gone")


def test_what_is_older_than_ninety_days_goes_and_cursors_of_before_with_it(editor, owner, sql):
    start = page(editor, "?since=now")["cursor"]
    with transaction.atomic():
        old = [make.claim().pk for _ in range(3)]
    rows = page(editor, f"?since={start}")["results"]
    between = page(editor, "?since=now")["cursor"]
    new = make.claim().pk
    assert sql("SELECT changes_forget()") == [(0,)]  # the application may ask for it, and has no say in what goes
    owner.execute("UPDATE changes_ticket SET at = at - interval '91 days' WHERE seq <= %s", [between.split("-")[1]])
    assert sql("SELECT changes_forget()")[0][0] > 0
    assert sql("SELECT changes_forget()") == [(0,)]
    assert sql("SELECT object_id FROM changes_change") == [(new,)]
    for cursor in (start, rows[0]["cursor"], rows[2]["cursor"]):
        told = problem(editor.get(f"{FEED}?since={cursor}"), 410, "cursor_gone")
        assert "90 days" in told["detail"]
    assert [int(row["id"]) for row in page(editor, f"?since={between}")["results"]] == [new]
    assert [int(row["id"]) for row in page(editor)["results"]] == [new]
    assert new not in old


def test_the_job_forgets_by_and_by(owner):
    with owner.transaction():
        owner.execute("INSERT INTO changes_ticket (xid) SELECT n FROM generate_series(1, 2500) n")
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        owner.execute("UPDATE changes_ticket SET at = at - interval '91 days'")
    assert tasks.forget_changes(0) == 2500
    assert owner.execute("SELECT count(*) FROM changes_ticket").fetchone() == (0,)
