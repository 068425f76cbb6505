"""Files of claims that are sent over HTTP and imported by the worker."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from claims.dossiers.loading import Busy
from claims.importing import orders
from claims.models import Claim, ImportOrder
from factdesk.people.models import User
from tests import calls, make
from tests.calls import problem

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

IMPORTS = "/api/v1/imports/"
TABLE = "key,kind,statement\nmill-1,event,Two engines came.\nmill-2,event,One engine left.\n"
ONE_BAD = TABLE + "mill-3,nonsense,It rained.\n"


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.ENV = replace(settings.ENV, home=tmp_path)
    return tmp_path / "imports"


def program(role="checker", scopes=("read", "write")):
    return calls.caller(make.user(role), list(scopes))


def send(caller, body=TABLE, kind="text/csv", query="", **headers):
    headers["Content-Type"] = kind  # also of nothing
    return caller.client.post(f"{IMPORTS}{query}", data=body, content_type=kind, headers=headers)


def jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT queue_name, lock, args FROM procrastinate_jobs WHERE task_name = %s", [orders.TASK])
        return [(queue, lock, json.loads(args) if isinstance(args, str) else args) for queue, lock, args in cursor]


def test_a_table_is_received_imported_and_told(home):
    caller = program()
    answer = send(caller, query="?file_name=../../archive%0A.csv")
    assert answer.status_code == 202, answer.content
    order = answer.json()
    assert answer["Location"].endswith(f"{IMPORTS}{order['id']}/")
    assert (order["state"], order["file_name"], order["file_bytes"]) == ("waiting", "archive.csv", len(TABLE))
    assert jobs() == [("imports", "imports", {"order": int(order["id"])})]
    assert not Claim.objects.exists()
    [file] = home.iterdir()
    assert (file.stat().st_mode & 0o777, home.stat().st_mode & 0o777) == (0o600, 0o700)
    assert orders.run(int(order["id"])) == "done"
    told = caller.get(f"{IMPORTS}{order['id']}/").json()
    assert (told["state"], told["made"]["claim"], told["rejected"]) == ("done", 2, 0)
    assert told["ended_at"] >= told["began_at"] >= told["created_at"]
    assert set(Claim.objects.values_list("key", "created_by")) == {
        ("mill-1", ImportOrder.objects.get().person_id),
        ("mill-2", ImportOrder.objects.get().person_id),
    }
    assert list(home.iterdir()) == []


def test_what_is_wrong_is_told_with_its_line_and_nothing_is_imported():
    caller = program()
    order = send(caller, ONE_BAD).json()
    assert orders.run(int(order["id"])) == "refused"
    told = caller.get(f"{IMPORTS}{order['id']}/").json()
    assert [(one["line"], one["path"]) for one in told["problems"]] == [(4, "kind")]
    assert "1 claims have problems" in told["refused_because"]
    assert not Claim.objects.exists()
    problem(caller.get(f"{IMPORTS}{order['id']}/rejects/"), 404, "not_found")


def test_what_is_good_is_kept_and_the_rest_is_fetched_mended_and_sent_again():
    caller = program()
    order = send(caller, ONE_BAD, query="?keep_good=1").json()
    assert orders.run(int(order["id"])) == "done"
    told = caller.get(f"{IMPORTS}{order['id']}/").json()
    assert (told["made"]["claim"], told["rejected"]) == (2, 1)
    rejects = caller.get(f"{IMPORTS}{order['id']}/rejects/")
    assert rejects["Content-Type"].startswith("text/csv")
    text = b"".join(rejects.streaming_content).decode()
    assert "mill-3" in text
    assert "mill-1" not in text
    again = send(caller, text.replace("nonsense", "event")).json()
    assert orders.run(int(again["id"])) == "done"
    assert Claim.objects.filter(key="mill-3").exists()


def test_json_lines_and_a_dry_run_change_nothing():
    caller = program()
    line = json.dumps({"key": "mill-1", "kind": "event", "statement": "Two engines came."})
    order = send(caller, line, "application/x-ndjson", "?dry_run=1").json()
    assert orders.run(int(order["id"])) == "done"
    assert caller.get(f"{IMPORTS}{order['id']}/").json()["made"]["claim"] == 1
    assert not Claim.objects.exists()


def test_bytes_are_what_the_sender_says_they_are():
    order = send(program(), kind="application/octet-stream", query="?as=csv").json()
    assert order["format"] == "csv"
    assert orders.run(int(order["id"])) == "done"


def test_an_order_is_done_once_however_often_its_job_is():
    order = int(send(program()).json()["id"])
    assert [orders.run(order), orders.run(order)] == ["done", "done"]
    assert Claim.objects.count() == 2
    assert orders.run(order + 1) == "cancelled"


def test_what_came_of_it_is_written_with_the_claims_or_not_at_all(monkeypatch):
    order = int(send(program()).json()["id"])
    monkeypatch.setattr(orders, "_told", lambda brought: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        orders.run(order)
    assert not Claim.objects.exists()
    assert ImportOrder.objects.get().state == "failed"


def test_a_waiting_one_is_cancelled_at_once_and_a_running_one_where_it_stands(monkeypatch):
    caller = program()
    waiting = send(caller).json()
    assert caller.post(f"{IMPORTS}{waiting['id']}/cancel/", {}).json()["state"] == "cancelled"
    assert orders.run(int(waiting["id"])) == "cancelled"
    running = int(send(caller).json()["id"])
    bring = orders.bring

    def cancelled():
        try:
            return caller.post(f"{IMPORTS}{running}/cancel/", {}).json()["state"]
        finally:
            connections.close_all()

    def slow(*args, tell, **kwargs):
        with ThreadPoolExecutor(1) as elsewhere:
            assert elsewhere.submit(cancelled).result() == "running"
        done = bring(*args, tell=tell, **kwargs)
        tell("writing", 1, 2, 1)
        return done

    monkeypatch.setattr(orders, "bring", slow)
    monkeypatch.setattr(orders, "EVERY", -1)
    assert orders.run(running) == "cancelled"
    assert not Claim.objects.exists()


def test_where_another_import_is_in_the_way_it_waits_and_is_tried_again(monkeypatch):
    order = int(send(program()).json()["id"])

    def busy(*args, **kwargs):
        raise Busy("Another import is in the way.")

    monkeypatch.setattr(orders, "bring", busy)
    with pytest.raises(Busy):
        orders.run(order)
    assert ImportOrder.objects.get().state == "waiting"
    monkeypatch.undo()


def test_who_has_left_or_lost_the_right_imports_nothing_any_more():
    caller = program()
    order = int(send(caller).json()["id"])
    User.objects.filter(import_orders=order).update(is_active=False)
    assert orders.run(order) == "refused"
    assert "has left the desk" in ImportOrder.objects.get().refused_because
    other = int(send(program()).json()["id"])
    User.objects.filter(import_orders=other).update(role="reader")
    assert orders.run(other) == "refused"
    assert not Claim.objects.exists()


def test_a_job_has_no_more_rights_than_the_token_that_sent_it():
    order = int(send(program("editor")).json()["id"])
    assert "sign_off" not in ImportOrder.objects.get(pk=order).lets_through


def test_each_sees_their_own_and_chiefs_see_all():
    mine, other, chief = program(), program("editor"), program("chief", ["review"])
    order = send(mine).json()
    problem(other.get(f"{IMPORTS}{order['id']}/"), 404, "not_found")
    problem(other.post(f"{IMPORTS}{order['id']}/cancel/", {}), 404, "not_found")
    assert other.get(IMPORTS).json()["results"] == []
    for who in (mine, chief):
        assert [one["id"] for one in who.get(IMPORTS).json()["results"]] == [order["id"]]


def test_who_may_not_propose_sends_nothing(home):
    problem(send(program("reader")), 403, "not_allowed")
    problem(send(program("checker", ["read"])), 403, "not_allowed")
    assert not home.exists() or list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("sent", "refused"),
    [
        (("", "text/csv", ""), (400, "bad_input")),
        ((TABLE, "application/json", ""), (415, "unsupported_media_type")),
        ((TABLE, "text/csv", "?keep_good=yes"), (400, "bad_query")),
        ((TABLE, "text/csv", "?keep=1"), (400, "bad_query")),
        ((TABLE, "application/octet-stream", ""), (400, "bad_query")),
        ((TABLE, "application/octet-stream", "?as=xlsx"), (400, "bad_query")),
        ((TABLE, "text/csv", "?as=jsonl"), (400, "bad_query")),
        ((TABLE, "text/csv", f"?file_name={'a' * 201}"), (400, "bad_query")),
    ],
)
def test_what_is_refused_leaves_no_file_behind(home, sent, refused):
    problem(send(program(), *sent), *refused)
    assert not home.exists() or list(home.iterdir()) == []
    assert not ImportOrder.objects.exists()


def test_more_than_the_desk_takes_is_refused_as_it_comes(home, monkeypatch):
    monkeypatch.setattr(orders.Spooled.__init__, "__defaults__", (20,))
    problem(send(program()), 413, "too_large")
    assert list(home.iterdir()) == []


def test_a_file_that_comes_slowly_is_waited_for(monkeypatch):
    """Longer than the database lets a transaction be idle; here, that is a fifth of a second."""
    fdopen, waited = os.fdopen, []

    def slowly(*args):
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            waited.append(cursor.fetchone()[0])
        time.sleep(0.4)
        return fdopen(*args)

    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '200ms'")
    monkeypatch.setattr(orders.os, "fdopen", slowly)
    try:
        assert send(program()).status_code == 202
    finally:
        connection.close()
    assert waited == ["1h"]


def test_where_the_disk_is_full_it_says_so(home, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(orders.os, "fdopen", full)
    problem(send(program()), 507, "no_room")
    assert list(home.iterdir()) == []


def test_the_same_request_sent_twice_is_one_import():
    caller = program()
    first = send(caller, **{"Idempotency-Key": "k1"})
    second = send(caller, **{"Idempotency-Key": "k1"})
    assert first.json()["id"] == second.json()["id"]
    problem(send(caller, ONE_BAD, **{"Idempotency-Key": "k1"}), 422, "idempotency_key_reused")
    assert ImportOrder.objects.count() == 1


def test_old_ones_are_forgotten_with_their_files_and_those_that_wait_are_not(home):
    caller = program()
    old = int(send(caller, ONE_BAD, query="?keep_good=1").json()["id"])
    orders.run(old)
    waiting = int(send(caller).json()["id"])
    ImportOrder.objects.filter(pk=old).update(ended_at=timezone.now() - timedelta(days=8))
    for path in home.iterdir():
        os.utime(path, (0, 0))
    assert orders.forget_old() == 1
    assert [path.name for path in home.iterdir()] == [f"{waiting}.csv"]


def test_the_database_keeps_an_order_that_ended_and_one_that_did_not_apart():
    order = int(send(program()).json()["id"])
    with pytest.raises(IntegrityError, match="importorder_has_ended"), transaction.atomic():
        ImportOrder.objects.filter(pk=order).update(state="done")
    with pytest.raises(IntegrityError, match="importorder_state_is_known"), transaction.atomic():
        ImportOrder.objects.filter(pk=order).update(state="lost")
