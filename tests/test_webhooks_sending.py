"""Sending, with real receivers on loopback and a clock of our own: back-off, giving up, order, who hears of what."""

import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from factdesk.webhooks import deliveries, endpoints, sending, telling
from factdesk.webhooks.models import Attempt, Delivery, Spell
from tests import make
from tests.receivers import Receiver, allow, nobody

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clock:
    """The time as the desk has it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)

    @property
    def passed(self) -> timedelta:
        return self.now - START


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(timezone, "now", made)
    monkeypatch.setattr(sending, "JITTER", 0)
    return made


@pytest.fixture
def receiver(settings):
    with Receiver() as made:
        allow(settings, "127.0.0.1")
        yield made


@pytest.fixture
def ann():
    return make.user("editor", email="ann@example.org")


def endpoint(of, receiver, **facts):
    return endpoints.add(by=of, columns={"address": receiver.url, **facts})


def tell(*records, at=None):
    """The desk tells of these claims, or of others as (resource, record)."""
    listed = [record if isinstance(record, tuple) else ("claims", record) for record in records]
    told = [
        deliveries.Changed(name, one.pk, one.pk if name == "claims" else getattr(one, "claim_id", None), one.version)
        for name, one in listed
    ]
    return deliveries.tell(told, at=at or timezone.now())


def heard(receiver):
    """What the receiver was told, in its order: resource, id."""
    listed = [json.loads(message.body)["data"] for message in receiver.messages]
    return [(data["resource"], data["id"]) for data in listed]


def goes_by(clock, until, of, step=60):
    """Time goes by as for the worker: every minute it looks for what is due, and it is woken for what is sooner."""
    while clock.now < until:
        if of.pk in sending.due():
            sending.send_due(of.pk)
        soon = sending.next_time(of.pk)
        wait = (soon - clock.now).total_seconds() if soon and soon > clock.now else step
        clock.on(seconds=min(max(wait, 1), step))


# --- taken ---


def test_what_is_taken_is_delivered_signed_and_written_down(receiver, ann, clock):
    made, secret = endpoint(ann, receiver)
    claim = make.claim()
    assert tell(claim) == 1
    clock.now = datetime.now(UTC)  # the library holds the timestamp against the real clock
    assert sending.send_due(made.pk) == 1
    [message] = receiver.messages
    assert message.headers["content-type"] == "application/json"
    assert Webhook(secret).verify(message.body, message.headers)["data"]["id"] == str(claim.pk)
    delivery = Delivery.objects.get()
    assert message.headers["webhook-id"] == delivery.message_id
    assert (delivery.state, delivery.attempted, delivery.fault) == ("delivered", 1, None)
    attempt = Attempt.objects.get()
    assert (attempt.answered, attempt.fault) == (204, None)
    assert 0 <= attempt.seconds < 5
    assert sending.send_due(made.pk) == 0
    assert sending.due() == []


def test_an_endpoint_hears_of_the_resources_that_it_names(receiver, ann):
    made, _ = endpoint(ann, receiver, resources=["documents", "quantities"])
    claim = make.claim()
    figure, page = make.quantity(claim), make.document()
    tell(claim, ("quantities", figure), ("documents", page))
    sending.send_due(made.pk)
    assert heard(receiver) == [("quantities", str(figure.pk)), ("documents", str(page.pk))]


# --- down ---


def test_a_receiver_that_is_down_for_an_hour_gets_all_in_order_when_it_is_back(settings, ann, clock):
    port = nobody()
    allow(settings, f"127.0.0.1:{port}")
    made, _ = endpoints.add(by=ann, columns={"address": f"http://127.0.0.1:{port}/told"})
    claims = [make.claim() for _ in range(30)]
    for round_ in range(3):
        for claim in claims:
            type(claim).objects.filter(pk=claim.pk).update(place=f"Place {round_}")
            claim.refresh_from_db()
            tell(claim)
    assert Delivery.objects.count() == 90
    goes_by(clock, START + timedelta(hours=1), made)
    assert not Delivery.objects.exclude(state="waiting").exists()
    tries = Attempt.objects.count()
    assert 4 <= tries <= 15  # it is left alone, and not asked for each of ninety
    with Receiver(port=port) as receiver:
        goes_by(clock, START + timedelta(hours=1, minutes=16), made)
        assert Delivery.objects.filter(state="delivered").count() == 90
        assert len({message.headers["webhook-id"] for message in receiver.messages}) == len(receiver.messages) == 90
        for claim in claims:
            told = [json.loads(message.body)["data"] for message in receiver.messages]
            versions = [data["version"] for data in told if data["claim"] == str(claim.pk)]
            assert versions == sorted(versions)
            assert len(versions) == 3
    assert not Spell.objects.exists()
    assert Delivery.objects.filter(attempts__fault="no_connection").exists()


def test_the_back_off_is_that_of_the_specification(receiver, ann, clock):
    made, _ = endpoint(ann, receiver)
    receiver.answer = 500
    tell(make.claim())
    at = []
    while Delivery.objects.get().state == "waiting":
        before = Attempt.objects.count()
        sending.send_due(made.pk)
        assert Attempt.objects.count() == before + 1
        at.append(clock.passed)
        delivery = Delivery.objects.get()
        if delivery.next_attempt_at:
            clock.now = delivery.next_attempt_at - timedelta(seconds=1)
            assert sending.send_due(made.pk) == 0
            clock.on(seconds=1)
    # Written out again on purpose: the specification's table, as far as 31 hours.
    assert [str(each) for each in at] == [
        "0:00:00", "0:00:05", "0:05:05", "0:35:05", "2:35:05", "7:35:05", "17:35:05", "1 day, 7:35:05",
    ]  # fmt: skip
    assert (delivery.state, delivery.fault) == ("failed", "answered_otherwise")
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 1
    assert len({message.body for message in receiver.messages}) == 1
    assert set(Attempt.objects.values_list("answered", "fault")) == {(500, "answered_otherwise")}


def test_a_receiver_that_asks_for_time_gets_it(receiver, ann, clock):
    made, _ = endpoint(ann, receiver)

    def later(handler):
        handler.send_response(429)
        handler.send_header("Retry-After", "1800")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    receiver.answer = later
    tell(make.claim(), make.claim())
    sending.send_due(made.pk)
    assert len(receiver.messages) == 1
    clock.on(seconds=1799)
    assert sending.due() == []
    receiver.answer = 200
    clock.on(seconds=2)
    sending.send_due(made.pk)
    assert Delivery.objects.filter(state="delivered").count() == 2


def test_a_slow_receiver_costs_no_more_than_its_time_and_is_left_alone(receiver, ann, clock, monkeypatch):
    monkeypatch.setattr(sending.outbound, "TOTAL", 0.3)
    receiver.answer = lambda handler: time.sleep(3)
    made, _ = endpoint(ann, receiver)
    tell(*(make.claim() for _ in range(5)))
    began = time.monotonic()
    sending.send_due(made.pk)
    assert time.monotonic() - began < 2
    assert set(Attempt.objects.values_list("answered", "fault")) == {(None, "too_slow")}
    assert Attempt.objects.count() == 1


def test_a_receiver_that_redirects_is_not_followed_and_its_message_waits(receiver, ann, clock):
    with Receiver() as elsewhere:

        def moved(handler):
            handler.send_response(307)
            handler.send_header("Location", elsewhere.url)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        receiver.answer = moved
        made, _ = endpoint(ann, receiver)
        tell(make.claim())
        sending.send_due(made.pk)
        assert elsewhere.messages == []
    assert Delivery.objects.get().state == "waiting"
    assert Attempt.objects.get().answered == 307


def test_a_huge_answer_is_not_read_to_its_end(receiver, ann, clock):
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65_536)
        except OSError:
            return  # the desk has hung up, as it should

    receiver.answer = endless
    made, _ = endpoint(ann, receiver)
    tell(make.claim())
    began = time.monotonic()
    sending.send_due(made.pk)
    assert time.monotonic() - began < 5
    assert Delivery.objects.get().state == "delivered"


# --- given up ---


def test_gone_switches_off_at_once_and_tells_its_person_and_the_chiefs(receiver, ann, clock, sql):
    make.user("chief", email="chief@example.org"), make.user("chief"), make.user("editor", email="bob@example.org")
    made, _ = endpoint(ann, receiver)
    receiver.answer = 410
    tell(make.claim(), make.claim())
    sending.send_due(made.pk)
    made.refresh_from_db()
    assert made.disabled_because == "gone"
    assert len(receiver.messages) == 1
    assert sorted(Delivery.objects.values_list("state", "fault")) == [
        ("failed", "answered_otherwise"), ("failed", "switched_off"),
    ]  # fmt: skip
    queued = sql("SELECT args ->> 'endpoint' FROM procrastinate_jobs WHERE task_name LIKE '%%tasks.tell_switched_off'")
    assert queued == [(str(made.pk),)]
    assert telling.switched_off(made) == 2
    assert sorted(to for one in mail.outbox for to in one.to) == ["ann@example.org", "chief@example.org"]
    assert all("127.0.0.1" in one.body and "/told" not in one.body for one in mail.outbox)
    assert tell(make.claim()) == 0
    assert made.events.latest("pgh_id").pgh_context["way"] == "job"


def test_who_takes_nothing_for_three_days_is_switched_off(settings, ann, clock):
    port = nobody()
    allow(settings, f"127.0.0.1:{port}")
    made, _ = endpoints.add(by=ann, columns={"address": f"http://127.0.0.1:{port}/"})
    claims = iter([make.claim() for _ in range(8)])
    for day in range(7):
        tell(next(claims))
        goes_by(clock, START + timedelta(hours=12 * (day + 1)), made, step=900)
        made.refresh_from_db()
        assert made.disabled_because is None or clock.passed > timedelta(days=3)
    assert made.disabled_because == "failing"
    assert Delivery.objects.exclude(state="failed").count() == 0
    # and is there again: what failed is sent again by hand
    with Receiver(port=port) as receiver:
        endpoints.enable(endpoint_id=made.pk, version=None, by=ann)
        count = deliveries.replay(endpoint_id=made.pk, version=None, by=ann, since=datetime(2000, 1, 1, tzinfo=UTC))
        assert count == Delivery.objects.count()
        sending.send_due(made.pk)
        assert len(receiver.messages) == count


def test_one_message_that_is_not_taken_holds_up_its_claim_alone(receiver, ann, clock):
    made, _ = endpoint(ann, receiver)
    bad, good = make.claim(), make.claim()

    def picky(handler):
        number = json.loads(receiver.messages[-1].body)["data"]["claim"]
        handler.send_response(500 if number == str(bad.pk) else 200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    receiver.answer = picky
    figure = make.quantity(bad)
    tell(bad, good)
    tell(("quantities", figure), good)
    sending.send_due(made.pk)
    assert heard(receiver) == [("claims", str(bad.pk)), ("claims", str(good.pk)), ("claims", str(good.pk))]
    receiver.answer = 200
    clock.on(seconds=6)
    sending.send_due(made.pk)
    assert heard(receiver)[3:] == [("claims", str(bad.pk)), ("quantities", str(figure.pk))]


def test_an_object_without_a_claim_keeps_its_own_order(receiver, ann, clock):
    made, _ = endpoint(ann, receiver)
    page = make.document()
    receiver.answer = 500
    tell(("documents", page))
    sending.send_due(made.pk)
    type(page).objects.filter(pk=page.pk).update(title="Another")
    page.refresh_from_db()
    tell(("documents", page))
    receiver.answer = 200
    sending.send_due(made.pk)
    assert len(receiver.messages) == 1
    clock.on(seconds=6)
    sending.send_due(made.pk)
    assert [json.loads(message.body)["data"]["version"] for message in receiver.messages] == [1, 1, 2]


# --- who hears of what ---


def test_of_restricted_material_only_those_hear_who_may_and_want_to(settings):
    editor, checker = make.user("editor"), make.user("checker")
    with Receiver() as wants, Receiver() as does_not, Receiver() as may_not:
        allow(settings, "127.0.0.1")
        of = {
            "wants": endpoint(editor, wants, hears_restricted=True)[0],
            "does not": endpoint(editor, does_not)[0],
            "may not": endpoint(checker, may_not)[0],
        }
        page, hidden = make.document(), make.document(restricted=True)
        tell(("documents", page), ("documents", hidden))
        for one in of.values():
            sending.send_due(one.pk)
        assert len(wants.messages) == 2
        assert heard(does_not) == heard(may_not) == [("documents", str(page.pk))]
        assert Delivery.objects.filter(object_id=hidden.pk).count() == 1


def test_what_becomes_restricted_before_it_is_sent_is_not_sent(receiver, ann):
    made, _ = endpoint(ann, receiver)
    page = make.document()
    tell(("documents", page))
    type(page).objects.filter(pk=page.pk).update(restricted=True)
    sending.send_due(made.pk)
    assert receiver.messages == []
    assert (Delivery.objects.get().state, Delivery.objects.get().fault) == ("failed", "not_seen")
    assert not Attempt.objects.exists()


def test_who_loses_the_right_hears_of_it_no_more(receiver, ann):
    made, _ = endpoint(ann, receiver, hears_restricted=True)
    tell(("documents", make.document(restricted=True)))
    type(ann).objects.filter(pk=ann.pk).update(role="checker")
    sending.send_due(made.pk)
    tell(("documents", make.document(restricted=True)))
    sending.send_due(made.pk)
    assert receiver.messages == []


def test_the_endpoint_of_one_who_left_hears_nothing(receiver, ann):
    made, _ = endpoint(ann, receiver)
    tell(make.claim())
    deliveries.send_test(endpoint_id=made.pk, version=None, by=ann)
    type(ann).objects.filter(pk=ann.pk).update(is_active=False)
    assert tell(make.claim()) == 0
    sending.send_due(made.pk)
    assert receiver.messages == []
    assert set(Delivery.objects.values_list("fault", flat=True)) == {"not_seen"}


def test_one_that_is_switched_off_hears_nothing_and_what_waited_has_failed(receiver, ann):
    made, _ = endpoint(ann, receiver)
    tell(make.claim())
    endpoints.disable(endpoint_id=made.pk, version=None, by=ann)
    assert tell(make.claim()) == 0
    assert sending.send_due(made.pk) == 0
    assert Delivery.objects.get().fault == "switched_off"
    endpoints.enable(endpoint_id=made.pk, version=None, by=ann)
    tell(make.claim())
    sending.send_due(made.pk)
    assert len(receiver.messages) == 1


def test_one_slow_endpoint_has_its_turn_and_goes_to_the_end_of_the_line(receiver, ann, monkeypatch, sql):
    made, _ = endpoint(ann, receiver)
    tell(*(make.claim() for _ in range(3)))
    sql("DELETE FROM procrastinate_jobs")
    monkeypatch.setattr(sending, "TURN", 0)
    assert sending.send_due(made.pk) == 0
    queued = (
        "SELECT lock, queueing_lock, args ->> 'endpoint' FROM procrastinate_jobs WHERE task_name LIKE '%%tasks.send'"
    )
    assert sql(queued) == [(f"webhook:{made.pk}", f"webhook:{made.pk}", str(made.pk))]


def test_what_waits_behind_another_wakes_nobody_before_its_time(receiver, ann, clock, sql):
    made, _ = endpoint(ann, receiver)
    claim = make.claim()
    receiver.answer = 500
    tell(claim), tell(claim), tell(claim)
    sending.send_due(made.pk)
    assert sending.next_time(made.pk) == START + timedelta(seconds=5)
    woken = sql("SELECT scheduled_at FROM procrastinate_jobs WHERE task_name LIKE '%%tasks.wake'")
    assert woken == [(START + timedelta(seconds=5),)]
    clock.on(seconds=5)
    sending.send_due(made.pk)
    assert sending.next_time(made.pk) == START + timedelta(seconds=305)
    assert len(receiver.messages) == 2


def test_what_is_sent_together_is_each_of_another_claim_and_what_is_blocked_holds_nobody_up(
    receiver, ann, clock, monkeypatch
):
    monkeypatch.setattr(sending, "AT_ONCE", 2)
    made, _ = endpoint(ann, receiver)
    stuck, other, third = (make.claim() for _ in range(3))
    tell(*[stuck] * 5, other, other, third)
    Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).update(next_attempt_at=START + timedelta(hours=1))
    assert [each.claim_id for each in sending.next_due(made.pk)] == [other.pk, third.pk]
    assert sending.send_due(made.pk) == 3
    assert heard(receiver) == [("claims", str(claim.pk)) for claim in (other, third, other)]


def test_what_is_switched_off_in_between_is_not_sent_and_on_again_hears_only_of_what_comes(receiver, ann, clock):
    made, _ = endpoint(ann, receiver)
    tell(make.claim(), make.claim())
    first, second = sending.next_due(made.pk)
    assert sending.attempt(first)
    endpoints.disable(endpoint_id=made.pk, version=None, by=ann)
    assert not sending.attempt(second)
    Delivery.objects.filter(pk=second.pk).update(state="waiting", next_attempt_at=START)  # made by a fan-out meanwhile
    endpoints.enable(endpoint_id=made.pk, version=None, by=ann)
    assert sending.send_due(made.pk) == 0
    second.refresh_from_db()
    assert (second.state, second.fault) == ("failed", "switched_off")
    assert len(receiver.messages) == 1


def test_what_ends_its_worker_each_time_is_given_up_in_the_end(receiver, ann, clock, monkeypatch):
    made, _ = endpoint(ann, receiver)
    tell(make.claim())

    def dies(*args):
        raise SystemExit

    monkeypatch.setattr(sending, "body_of", dies)
    for _ in range(8):
        with pytest.raises(SystemExit):
            sending.send_due(made.pk)
        clock.on(hours=15)
    assert sending.send_due(made.pk) == 0
    told = Delivery.objects.get()
    assert (told.state, told.fault, told.attempts.count()) == ("failed", "interrupted", 8)


def test_an_endpoint_is_locked_before_anything_of_its(receiver, ann, clock):
    """Whoever switches it off does so in that order; in the other, each would wait for the other."""
    endpoint(ann, receiver)
    tell(make.claim())
    with CaptureQueriesContext(connection) as asked:
        sending.attempt(Delivery.objects.get())
    written = [each["sql"] for each in asked if re.search("^UPDATE|^INSERT|^DELETE|FOR NO KEY UPDATE", each["sql"])]
    tables = [re.search(r'(?:UPDATE|INTO|FROM) "(\w+)"', statement)[1] for statement in written]
    locks = [place for place, table in enumerate(tables) if table == "webhooks_endpoint"]
    outcomes = [place for place, one in enumerate(written) if one.startswith('UPDATE "webhooks_delivery"')]
    assert len(locks) == len(outcomes) == 2
    assert locks[0] < outcomes[0] < locks[1] < outcomes[1]
