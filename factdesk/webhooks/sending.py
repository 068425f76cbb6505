"""Sending: what is due to an endpoint, one after the other, and what becomes of each attempt.

The bargain: an attempt is written down before anything is sent, and its outcome afterwards, together with the next
attempt; no transaction is open meanwhile. A job keeps its connection for all that it sends. A worker that is killed in
between leaves an attempt without an end, and the delivery due again: it is sent at least once, and once more for each
such death, under one id. Of one claim the earliest message goes out first, and the next when that was taken or given
up. An endpoint that gives no answer is left alone for a while, so that it does not cost every message its attempts, nor
the worker its time.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from factdesk import outbound, places
from factdesk.context import acting
from factdesk.webhooks import deliveries, endpoints, queueing, signing
from factdesk.webhooks.models import Attempt, Delivery, Endpoint, Fault, Spell, State, SwitchedOff
from factdesk.webhooks.resources import type_of

#: after each attempt that came to nothing, how long until the next: the example of the Standard Webhooks specification
#: ("Deliverability and reliability"), as far as a day and a quarter
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600))
#: each is longer or shorter by as much as this part of it, by chance, so that what failed together comes apart
JITTER = 0.1
#: how long an endpoint is left alone after so many attempts in a row that found nobody
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 300, 900))
#: it answers, but otherwise than it should: left alone, too, after so many
PATIENCE = 10
#: answers that ask for time (Standard Webhooks: 429, 502, 504; and 503, which says so by its name)
ASKS_FOR_TIME = frozenset({429, 502, 503, 504})
LONGEST_WAIT = timedelta(days=1)
GONE = 410
#: An endpoint that has taken nothing for so long, and was asked so often, is switched off.
GIVEN_UP_AFTER, GIVEN_UP_TRIES = timedelta(days=3), 5
#: deliveries that are looked for together
AT_ONCE = 50
#: seconds that one job sends, before others have their turn
TURN = 45.0


def send_due(endpoint_id: int, is_over: Callable[[], bool] = lambda: False) -> int:
    """Send what is due to one endpoint, until nothing is or the turn is over; then see to it that somebody goes on.

    Returns how many attempts were made. No two run at once for one endpoint (the job's lock).
    """
    end, made, last = time.monotonic() + TURN, 0, None
    with outbound.Line() as line:
        while some := next_due(endpoint_id):
            for delivery in some:
                if is_over() or time.monotonic() > end:
                    _finish(last)
                    queueing.send_soon([endpoint_id])
                    return made
                if (begun := _go_on(last, delivery)) is None:
                    last = None
                    break
                last = _sent(begun, line.send)
                made += 1
            _finish(last)
            last = None
    soon = next_time(endpoint_id)
    if soon is not None and soon < timezone.now() + timedelta(minutes=1):  # later ones are looked for every minute
        queueing.wake_at(endpoint_id, soon)
    return made


def due() -> list[int]:
    """The endpoints to which something is due."""
    now = timezone.now()
    waiting = Delivery.objects.filter(endpoint=OuterRef("pk"), state=State.WAITING, next_attempt_at__lte=now)
    return list(_open(now).filter(Exists(waiting)).values_list("pk", flat=True))


def _open(now: datetime) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(disabled_at=None).filter(
        Q(spell=None) | Q(spell__paused_until=None) | Q(spell__paused_until__lte=now)
    )


def next_due(endpoint_id: int) -> list[Delivery]:
    """The earliest deliveries that are due, of those whose claim (or object) has no earlier one that waits.

    So no two of them are of one claim, and what becomes of one does not change whether another may go.
    """
    now = timezone.now()
    if not _open(now).filter(pk=endpoint_id).exists():
        return []
    waiting = Delivery.objects.filter(endpoint=endpoint_id, state=State.WAITING)
    earlier = waiting.filter(pk__lt=OuterRef("pk"))
    of_claim = earlier.filter(claim_id=OuterRef("claim_id"))
    of_object = earlier.filter(resource=OuterRef("resource"), object_id=OuterRef("object_id"))
    are_due = waiting.filter(next_attempt_at__lte=now).order_by("pk")
    first = waiting.filter(pk__in=are_due.values("pk")[:AT_ONCE])
    for among in (first, are_due):  # all are looked through only where of the first none may go
        if found := list(among.filter(~Exists(of_claim), ~Exists(of_object)).order_by("pk")[:AT_ONCE]):
            return found
    return []


def next_time(endpoint_id: int) -> datetime | None:
    """When to look again, where nothing is due now; None: nothing has a time ahead."""
    now = timezone.now()
    paused = Spell.objects.filter(endpoint=endpoint_id, paused_until__gt=now).values_list("paused_until", flat=True)
    waiting = Delivery.objects.filter(endpoint=endpoint_id, endpoint__disabled_at=None, state=State.WAITING)
    if (until := paused.first()) is not None:
        return until if waiting.exists() else None
    times = waiting.filter(next_attempt_at__gt=now).order_by("next_attempt_at")
    return times.values_list("next_attempt_at", flat=True).first()


class Sent(NamedTuple):
    """An attempt that was made, and what came of it: HTTP status, seconds that the receiver asks for, fault."""

    attempt: Attempt
    seconds: float
    status: int | None
    wait: int | None
    fault: str | None


def attempt(waiting: Delivery) -> bool:
    """Send one delivery once, and write down what became of it. False where it is not to be sent now, after all."""
    begun = _go_on(None, waiting)
    if begun is None:
        return False
    _finish(_sent(begun, outbound.send))
    return True


def _go_on(last: Sent | None, waiting: Delivery) -> Attempt | None:
    """Write down what became of the one before and that this one is about to be sent, in one transaction. None where it
    is not, after all: nobody listens any more, it may not be seen, or others were quicker.
    """
    with acting(way="job", why="a webhook was sent"):
        if last is not None:
            _told(last)
        return _begin(waiting)


def _finish(last: Sent | None) -> None:
    if last is not None:
        with acting(way="job", why="a webhook was sent"):
            _told(last)


def _sent(begun: Attempt, send: Callable[..., outbound.Answer]) -> Sent:
    """Send it. No transaction is open, and what came of it is only known here until :func:`_told`."""
    delivery, at, clock = begun.delivery, begun.begun_at, time.monotonic()
    status, wait, fault = None, None, None
    try:
        body = body_of(delivery)
        sent = signing.headers(delivery.message_id, at, body, _secrets(delivery.endpoint, at))
        answer = send("POST", delivery.endpoint.address, body=body, headers=sent | _JSON)
        status, wait = answer.status, answer.wait
        fault = None if 200 <= status < 300 else Fault.ANSWERED_OTHERWISE.value
    except places.NotSent as trouble:
        fault = trouble.trouble.value
    except signing.SecretLost:
        fault = SwitchedOff.SECRET_LOST.value
    return Sent(begun, time.monotonic() - clock, status, wait, fault)


def _told(sent: Sent) -> None:
    """Write down what became of an attempt. Part of the present transaction."""
    delivery = sent.attempt.delivery
    _locked(Endpoint.objects.filter(pk=delivery.endpoint_id))
    if sent.fault == SwitchedOff.SECRET_LOST:
        _give_up(delivery.endpoint_id, SwitchedOff.SECRET_LOST)
        return
    seconds = f"{sent.seconds:.3f}"
    Attempt.objects.filter(pk=sent.attempt.pk).update(seconds=seconds, answered=sent.status, fault=sent.fault)
    if sent.fault is None:
        _taken(delivery)
    else:
        _refused(delivery, sent.fault, sent.status, sent.wait)


_JSON = {"Content-Type": "application/json"}


def _locked(endpoints: QuerySet[Endpoint]) -> Endpoint | None:
    """The endpoint, locked before anything of its is, as by whoever switches it off: else each waits for the other."""
    return endpoints.select_for_update(no_key=True, of=("self",)).select_related("person").first()


def _begin(waiting: Delivery) -> Attempt | None:
    """Part of :func:`_go_on`."""
    now = timezone.now()
    endpoint = _locked(_open(now).filter(pk=waiting.endpoint_id))
    row = Delivery.objects.filter(pk=waiting.pk, state=State.WAITING, next_attempt_at__lte=now)
    delivery = row.first()
    if endpoint is None or delivery is None:
        return None
    delivery.endpoint = endpoint
    open_ones = Attempt.objects.filter(delivery=delivery, seconds=None, fault=None)
    open_ones.update(fault=Fault.INTERRUPTED)  # nobody else sends it: whoever began that is gone
    if not _is_heard(delivery):
        row.update(state=State.FAILED, fault=Fault.NOT_SEEN, next_attempt_at=None)
        return None
    if delivery.attempted > len(DELAYS):  # what ends its worker each time does not go on for ever
        row.update(state=State.FAILED, fault=Fault.INTERRUPTED, next_attempt_at=None)
        return None
    delivery.attempted += 1
    again = now + DELAYS[min(delivery.attempted, len(DELAYS)) - 1]
    row.update(attempted=delivery.attempted, next_attempt_at=again, fault=Fault.INTERRUPTED)
    return Attempt.objects.create(delivery=delivery, begun_at=now)


def _is_heard(delivery: Delivery) -> bool:
    resource, number = delivery.resource, delivery.object_id
    if resource and number is not None:
        return deliveries.is_heard(delivery.endpoint, resource, number)
    return delivery.endpoint.person.may("read")


def body_of(delivery: Delivery) -> bytes:
    """What is sent: the same at every attempt. Numbers alone, so that no word of the record leaves the house."""
    resource, number = delivery.resource, delivery.object_id
    data: dict[str, Any] = {"webhook": str(delivery.endpoint_id)}
    if resource:
        data = {
            "resource": resource,
            "id": str(number),
            "claim": None if delivery.claim_id is None else str(delivery.claim_id),
            "version": delivery.number,
            "url": f"{settings.ENV.public_url.rstrip('/')}{_list_of(resource)}{number}/",
        }
    at = delivery.happened_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return json.dumps({"type": type_of(resource), "timestamp": at, "data": data}, separators=(",", ":")).encode()


def _list_of(resource: str) -> str:
    return f"{reverse('api-schema').removesuffix('schema/')}{resource}/"


def _secrets(endpoint: Endpoint, at: datetime) -> list[str]:
    """The secrets that sign: the present one and, for a day, the one before."""
    kept = [endpoint.secret]
    if endpoint.old_secret_until and endpoint.old_secret_until > at:
        kept.append(endpoint.old_secret)
    return [signing.taken_out(each) for each in kept]


def _taken(delivery: Delivery) -> None:
    now = timezone.now()
    done = {"state": State.DELIVERED, "fault": None, "next_attempt_at": None, "delivered_at": now}
    Delivery.objects.filter(pk=delivery.pk).update(**done)
    was_away, _each = Spell.objects.filter(endpoint=delivery.endpoint_id).delete()
    if was_away:  # what found nobody is due again at once
        words = [*places.Trouble.values, Fault.INTERRUPTED]
        later = Delivery.objects.filter(endpoint=delivery.endpoint_id, state=State.WAITING, fault__in=words)
        later.filter(next_attempt_at__gt=now).update(next_attempt_at=now)


def _refused(delivery: Delivery, fault: str, status: int | None, wait: int | None) -> None:
    now = timezone.now()
    asked = min(timedelta(seconds=wait or 0), LONGEST_WAIT)
    row = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING)
    if status == GONE or delivery.attempted > len(DELAYS):
        row.update(state=State.FAILED, fault=fault, next_attempt_at=None)
    else:
        delay = DELAYS[delivery.attempted - 1] * (1 + random.uniform(-JITTER, JITTER))  # noqa: S311 - no secret
        row.update(fault=fault, next_attempt_at=now + max(delay, asked))
    if status == GONE:
        _give_up(delivery.endpoint_id, SwitchedOff.GONE)
        return
    spell, _made = Spell.objects.get_or_create(endpoint=delivery.endpoint, defaults={"since": now})
    spell.failures += 1
    if status is None or status in ASKS_FOR_TIME or spell.failures >= PATIENCE:
        spell.paused_until = now + max(PAUSES[min(spell.failures, len(PAUSES)) - 1], asked)
    spell.save(update_fields=["failures", "paused_until"])
    if now - spell.since >= GIVEN_UP_AFTER and spell.failures >= GIVEN_UP_TRIES:
        _give_up(delivery.endpoint_id, SwitchedOff.FAILING)


def _give_up(endpoint_id: int, because: SwitchedOff) -> None:
    """Switch it off, and have its person and the chiefs told."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    if endpoint.disabled_at is None:
        endpoints.switch_off(endpoint, because)
        queueing.tell_of(endpoint_id)
