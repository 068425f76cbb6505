"""The outbox: what was committed is told, what was not is not, and a worker that is killed loses nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job

from claims.models import Claim
from factdesk import tasks as upkeep
from factdesk.env import ROOT
from factdesk.jobs import app
from factdesk.webhooks import deliveries, endpoints, sending, tasks
from factdesk.webhooks.models import Attempt, Delivery
from tests import make
from tests.desks import Desk
from tests.receivers import Receiver, allow

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

ADDRESS = "https://planning.example/factdesk"
FAN_OUT = "factdesk.webhooks.tasks.fan_out"


@pytest.fixture
def listening(db):
    """An endpoint that hears of everything; what made it has been told already."""
    made, _ = endpoints.add(by=make.user("editor"), columns={"address": ADDRESS})
    clear()
    return made


def clear():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def queued(sql, task=FAN_OUT):
    listed = sql("SELECT args ->> 'ticket', lock FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [task])
    return [int(ticket) for ticket, _lock in listed]


def _job(attempts):
    return Job(id=1, queue="webhooks", lock=None, queueing_lock=None, task_name=FAN_OUT, attempts=attempts)


def done(ticket, is_over=lambda: None, attempts=0):
    """What the worker does when it takes up this job."""
    return tasks.fan_out(JobContext(start_timestamp=0.0, app=app, job=_job(attempts), abort_reason=is_over), ticket)


def told():
    """What there is to deliver: (resource, id), in the order in which it goes out."""
    return list(Delivery.objects.order_by("id").values_list("resource", "object_id"))


def test_a_change_leaves_a_job_if_and_only_if_it_is_committed(listening, sql):
    with transaction.atomic():
        claim = make.claim()
        make.quantity(claim)
        assert queued(sql) == []
    [ticket] = queued(sql)
    assert deliveries.fan_out(ticket) == 2
    assert set(told()) == {("claims", claim.pk), ("quantities", claim.quantities.get().pk)}

    clear()
    with transaction.atomic():
        make.claim()
        transaction.set_rollback(True)
    assert queued(sql) == []


def test_where_nobody_listens_no_job_is_left(sql):
    make.claim()
    assert queued(sql) == []
    made, _ = endpoints.add(by=make.user("editor"), columns={"address": ADDRESS})
    endpoints.disable(endpoint_id=made.pk, version=None, by=made.person)
    clear()
    make.claim()
    assert queued(sql) == []


def test_several_changes_of_one_object_in_one_transaction_are_one_message(listening, sql):
    claim = make.claim()
    clear()
    with transaction.atomic():
        for place in ("Ulm", "Bonn", "Kiel"):
            Claim.objects.filter(pk=claim.pk).update(place=place)
    [ticket] = queued(sql)
    deliveries.fan_out(ticket)
    claim.refresh_from_db()
    assert list(Delivery.objects.values_list("object_id", "number")) == [(claim.pk, claim.version)]


def test_a_transaction_that_is_told_twice_is_told_once(listening, sql):
    make.claim()
    [ticket] = queued(sql)
    for _ in range(3):
        deliveries.fan_out(ticket)
    assert Delivery.objects.count() == 1
    assert deliveries.fan_out(987654321) == 0


def test_much_at_once_leaves_one_job_and_one_that_sends(listening, sql):
    with transaction.atomic():
        Claim.objects.bulk_create(Claim(statement=f"Number {n}.", kind="event") for n in range(5_000))
    [ticket] = queued(sql)
    began = time.monotonic()
    assert done(ticket) == 5_000
    assert time.monotonic() - began < 30
    assert sql("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%%tasks.send'") == [(1,)]
    numbers = [number for _, number in told()]
    assert numbers == sorted(numbers)


def test_what_others_left_behind_is_done_along_with_the_first_in_its_order(listening, sql):
    """Of many jobs with one lock the queue finds each next one the more slowly, the more there are."""
    claims = [make.claim() for _ in range(5)]
    first, *others = queued(sql)
    sql("UPDATE procrastinate_jobs SET status = 'doing' WHERE args ->> 'ticket' = %s", [str(first)])
    assert done(first) == len(claims)
    assert told() == [("claims", claim.pk) for claim in claims]
    assert queued(sql) == [first]
    assert len(others) == 4


def test_a_worker_that_is_to_end_leaves_the_others_where_they_are(listening, sql):
    made = [make.claim() for _ in range(3)]
    first, *others = queued(sql)
    sql("DELETE FROM procrastinate_jobs WHERE args ->> 'ticket' = %s", [str(first)])
    assert done(first, is_over=lambda: AbortReason.SHUTDOWN) == 1
    assert queued(sql) == others
    assert told() == [("claims", made[0].pk)]


def test_one_that_always_fails_is_set_aside_and_told_to_the_chiefs_and_others_pass(listening, sql, monkeypatch):
    make.user("chief", email="ruth@example.org")
    clear()
    bad, good, later = (make.claim() for _ in range(3))
    first, *_others = queued(sql)
    real = deliveries.fan_out

    def fails(ticket):
        if ticket == first:
            raise ValueError("this one never")
        return real(ticket)

    monkeypatch.setattr(deliveries, "fan_out", fails)
    for attempts in (0, 1):  # a fault that passes keeps the order
        with pytest.raises(ValueError, match="never"):
            done(first, attempts=attempts)
        assert told() == []
    sql("DELETE FROM procrastinate_jobs WHERE args ->> 'ticket' = %s", [str(first)])
    assert done(first, attempts=2) == 2
    assert told() == [("claims", good.pk), ("claims", later.pk)]
    aside = "SELECT lock, (args ->> 'ticket')::bigint, scheduled_at > now() + interval '4 minutes'"
    assert sql(f"{aside} FROM procrastinate_jobs WHERE task_name LIKE '%%fan_out_again'") == [(None, first, True)]
    assert sql("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%%tell_set_aside'") == [(1,)]
    assert tasks.tell_set_aside(first) == 1
    assert str(first) in mail.outbox[0].body
    with pytest.raises(ValueError, match="never"):
        tasks.fan_out_again(first)
    monkeypatch.undo()
    assert tasks.fan_out_again(first) == 1
    assert told()[-1] == ("claims", bad.pk)


def test_one_that_fails_along_with_another_is_left_to_be_tried_by_itself(listening, sql, monkeypatch):
    make.claim(), make.claim()
    first, second = queued(sql)
    real = deliveries.fan_out
    monkeypatch.setattr(deliveries, "fan_out", lambda ticket: real(ticket) if ticket == first else 1 / 0)
    sql("UPDATE procrastinate_jobs SET status = 'doing' WHERE args ->> 'ticket' = %s", [str(first)])
    assert done(first) == 1
    assert queued(sql) == [first, second]


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 1_800), (1, 7_200), (2, 18_000), (30, 18_000)])
def test_what_is_set_aside_is_tried_at_longer_and_longer_intervals(attempts, seconds):
    strategy = app.tasks["factdesk.webhooks.tasks.fan_out_again"].retry_strategy
    decision = strategy.get_retry_decision(exception=ValueError(), job=_job(attempts))
    wait = decision.retry_at - timezone.now()
    assert abs(wait.total_seconds() - seconds) < 5


def test_a_large_transaction_is_told_by_parts_and_goes_on_where_it_was_broken_off(listening, sql, monkeypatch):
    monkeypatch.setattr(deliveries, "CHUNK", 4)
    with transaction.atomic():
        Claim.objects.bulk_create(Claim(statement=f"Number {n}.", kind="event") for n in range(10))
    [ticket] = queued(sql)
    parts = []

    def breaks_off(endpoint, *facts):
        parts.append(endpoint)
        if len(parts) == 3:
            raise RuntimeError("the worker ends here")
        return add(endpoint, *facts)

    add = deliveries._add
    monkeypatch.setattr(deliveries, "_add", breaks_off)
    with pytest.raises(RuntimeError):
        deliveries.fan_out(ticket)
    assert len(told()) == 8
    assert deliveries.fan_out(ticket) == 2
    assert [number for _, number in told()] == list(Claim.objects.order_by("pk").values_list("pk", flat=True))


def test_jobs_have_the_order_of_commits(listening, sql):
    """The one that began first commits last: what is told of it comes last."""
    go, committed = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                make.claim("The slow one.")
                go.set()
                committed.wait(20)
        finally:
            connection.close()

    other = threading.Thread(target=slow)
    other.start()
    assert go.wait(20)
    make.claim("The fast one.")
    committed.set()
    other.join(20)
    for ticket in queued(sql):
        deliveries.fan_out(ticket)
    statements = dict(Claim.objects.values_list("pk", "statement"))
    assert [statements[number] for _, number in told()] == ["The fast one.", "The slow one."]


def test_the_application_cannot_silence_the_outbox(sql):
    for statement in (
        "ALTER TABLE changes_ticket DISABLE TRIGGER webhooks_leave_a_job",
        "DROP FUNCTION webhooks_leave_a_job() CASCADE",
        "SELECT webhooks_leave_a_job()",
    ):
        with pytest.raises(Exception, match=r"must be owner|permission denied"), transaction.atomic():
            sql(statement)


# --- the worker: a process of its own, and a receiver on loopback that the operator has named ---


class Worker:
    """The real one: ``python -m factdesk.jobs`` on the test's database."""

    def __init__(self, receiver, folder):
        url = Desk(connection.settings_dict["NAME"], folder).url("default")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FACTDESK_")}
        kept.pop("DATABASE_URL", None)
        self.said = (folder / "said").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "factdesk.jobs"],
            cwd=ROOT,
            env={
                **kept,
                "DATABASE_URL": url,
                "FACTDESK_HOME": str(folder),
                "FACTDESK_SECRET_KEY": django_settings.SECRET_KEY,
                "FACTDESK_OUTBOUND_ALLOW": receiver.host,
            },
            stdin=subprocess.PIPE,  # its lifeline
            stdout=self.said,
            stderr=self.said,
        )

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.process.stdin.close()
        self.said.close()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.stdin.close()
        status = self.process.wait(30)
        self.said.close()
        return status


def wait_for(what, seconds=40):
    patience = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < patience, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def receiver(settings):
    with Receiver() as made:
        allow(settings, made.host)
        yield made


def test_a_worker_that_is_killed_in_mid_delivery_loses_nothing(receiver, tmp_path, sql):
    """Every message arrives; the one in the middle of which it died at most twice, under one id."""
    endpoints.add(by=make.user("editor"), columns={"address": receiver.url})
    held, goes_on = threading.Event(), threading.Event()

    def hold(handler):
        if len(receiver.messages) == 3:
            held.set()
            goes_on.wait(60)
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    receiver.answer = hold
    claims = [make.claim() for _ in range(6)]
    worker = Worker(receiver, tmp_path)
    try:
        assert held.wait(40), (tmp_path / "said").read_text()
        worker.kill()
        goes_on.set()
        left_behind = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND task_name LIKE '%%tasks.send'"
        assert sql(left_behind) == [(1,)]
        claims.append(make.claim())  # the desk goes on meanwhile
        sql("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")  # half a minute has passed
        upkeep.take_up_what_was_left.defer(timestamp=0)  # the minute is over
        worker = Worker(receiver, tmp_path)
        wait_for(lambda: Delivery.objects.filter(state="delivered").count() == 7)
    finally:
        status = worker.end()
    assert status == 0, (tmp_path / "said").read_text()
    ids = Counter(message.headers["webhook-id"] for message in receiver.messages)
    assert sorted(ids.values()) == [1, 1, 1, 1, 1, 1, 2]
    assert {json.loads(message.body)["data"]["id"] for message in receiver.messages} == {str(c.pk) for c in claims}
    assert Counter(Attempt.objects.values_list("answered", "fault")) == {(200, None): 7, (None, "interrupted"): 1}
    twice = max(ids, key=ids.get)
    bodies = {message.body for message in receiver.messages if message.headers["webhook-id"] == twice}
    assert len(bodies) == 1
    said = (tmp_path / "said").read_text()
    assert "was left by a worker that died" in said
    assert "/told" not in said


def test_a_worker_tells_at_once_and_ends_when_asked(receiver, tmp_path):
    endpoints.add(by=make.user("editor"), columns={"address": receiver.url})
    worker = Worker(receiver, tmp_path)
    try:
        make.claim()
        wait_for(lambda: receiver.messages)
        began = time.monotonic()
        figure = make.quantity(make.claim())
        wait_for(lambda: len(receiver.messages) >= 3)
        assert time.monotonic() - began < 10
    finally:
        status = worker.end()
    assert status == 0, (tmp_path / "said").read_text()
    assert json.loads(receiver.messages[-1].body)["data"] | {"url": ""} == {
        "resource": "quantities",
        "id": str(figure.pk),
        "claim": str(figure.claim_id),
        "version": 1,
        "url": "",
    }


# --- jobs that were left ---


def left(sql, *, ago, queueing_lock=None):
    """A job that a worker was doing, whose last sign of life is so many seconds old."""
    [(worker,)] = sql(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id",
        [ago],
    )
    [(job,)] = sql(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, status, worker_id)"
        " VALUES ('webhooks', 'factdesk.webhooks.tasks.wake', %s, '{\"endpoint\": 1}', 'doing', %s) RETURNING id",
        [queueing_lock, worker],
    )
    return job


def take_up():
    context = JobContext(start_timestamp=0.0, app=app, job=None, abort_reason=lambda: None)
    return async_to_sync(upkeep.take_up_what_was_left.func)(context, 0)


def test_what_a_dead_worker_was_doing_is_taken_up_and_what_a_living_one_does_is_not(sql):
    dead, living = left(sql, ago=60), left(sql, ago=5)
    assert take_up() == 1
    assert dict(sql("SELECT id, status::text FROM procrastinate_jobs")) == {dead: "todo", living: "doing"}


def test_what_is_waiting_again_already_is_not_taken_up_twice(sql):
    dead = left(sql, ago=60, queueing_lock="webhook:1:wake")
    sql(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args)"
        " VALUES ('webhooks', 'factdesk.webhooks.tasks.wake', 'webhook:1:wake', '{\"endpoint\": 1}')"
    )
    assert take_up() == 1
    found = dict(sql("SELECT id, status::text FROM procrastinate_jobs"))
    assert found.pop(dead) == "aborted"
    assert set(found.values()) == {"todo"}


def test_the_worker_looks_every_minute_for_what_was_left_and_what_is_due():
    crons = {periodic.task.name: periodic.cron for periodic in app.periodic_registry.periodic_tasks.values()}
    assert crons["factdesk.tasks.take_up_what_was_left"] == "* * * * *"
    assert crons["factdesk.webhooks.tasks.send_what_is_due"] == "* * * * *"


def test_what_is_due_is_sent_whatever_became_of_its_job(receiver, sql):
    made, _ = endpoints.add(by=make.user("editor"), columns={"address": receiver.url})
    make.claim()
    deliveries.fan_out(queued(sql)[-1])
    clear()
    assert tasks.send_what_is_due(0) == 1
    assert tasks.send_what_is_due(0) == 1
    assert sql("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%%tasks.send'") == [(1,)]
    assert sending.due() == [made.pk]
