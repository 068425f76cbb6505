"""Deliveries: one for each endpoint and each object that a transaction changed; sent again by hand; forgotten in time.

The bargain: the transaction leaves one job behind (by trigger, so whoever changes something, and only where there is
an endpoint). The worker makes the deliveries of it (:func:`fan_out`), for those who may see the object; doing it twice
adds nothing. They go out one endpoint at a time (``sending``), so there are few jobs however much has changed.
"""

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from factdesk.change import change
from factdesk.changes.models import Change, Ticket
from factdesk.context import acting
from factdesk.errors import BadInput, NoSuchRecord
from factdesk.people.models import User
from factdesk.rest.shown import DECIDING, Rights
from factdesk.webhooks import endpoints, queueing
from factdesk.webhooks.models import Attempt, Delivery, Endpoint, State
from factdesk.webhooks.resources import Resource, model_of

#: how long a delivery is kept
KEPT = timedelta(days=30)
#: changes that are looked at together
CHUNK = 2_000


class Changed(NamedTuple):
    """An object that a transaction changed: its resource, its number, its claim's, its version."""

    resource: str
    object_id: int
    claim_id: int | None
    version: int | None


def heard_by(endpoint: Endpoint) -> Rights:
    """What the endpoint may hear of: what its person may see just now; restricted material only where it says so."""
    barred = set() if endpoint.hears_restricted else {"read_restricted"}
    return Rights(frozenset(right for right in DECIDING if endpoint.person.may(right) and right not in barred))


def is_heard(endpoint: Endpoint, resource: str, object_id: int) -> bool:
    """Whether the endpoint may hear of this object."""
    return bool(_seen(heard_by(endpoint), resource, [object_id]))


def _seen(rights: Rights, resource: str, ids: Iterable[int]) -> set[int]:
    rows: Any = model_of(resource)._default_manager
    return set(rows.visible_to(rights).filter(pk__in=list(ids)).values_list("pk", flat=True))


def tell(changes: Iterable[Changed], *, at: datetime, ticket: int | None = None) -> int:
    """Make the deliveries of what one transaction changed, in its order, and queue them. Returns how many.

    Each of the objects once. Of a ``ticket`` that was told before, nothing is added.
    """
    listening = list(Endpoint.objects.filter(disabled_at=None, person__is_active=True).select_related("person"))
    told, made = iter(changes), 0
    with transaction.atomic():
        while listening and (some := [one for one in islice(told, CHUNK) if one.resource in Resource.values]):
            rows = [
                Delivery(
                    endpoint=endpoint, message=uuid.uuid4(), resource=one.resource, object_id=one.object_id,
                    claim_id=one.claim_id, number=one.version, happened_at=at, ticket_id=ticket, next_attempt_at=at,
                )
                for endpoint, one in _for_each(listening, some)
            ]  # fmt: skip
            Delivery.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
            made += len(rows)
        queueing.send_soon([endpoint.pk for endpoint in listening] if made else [])
    return made


def fan_out(ticket_id: int) -> int:
    """Make the deliveries of what one transaction changed. Returns how many."""
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None or ticket.at is None:
        return 0  # forgotten by the feed meanwhile
    changes = Change.objects.filter(ticket=ticket).order_by("place", "object_id")
    listed = changes.values_list("resource", "object_id", "claim_id", "version")
    with transaction.atomic():  # the rows come as they are asked for, in one cursor
        return tell((Changed(*row) for row in listed.iterator(chunk_size=CHUNK)), at=ticket.at, ticket=ticket.pk)


def _for_each(listening: list[Endpoint], some: list[Changed]) -> Iterator[tuple[Endpoint, Changed]]:
    """Which endpoint hears of which of these."""
    seen: dict[tuple[Rights, str], set[int]] = {}
    for endpoint in listening:
        rights = heard_by(endpoint)
        for one in some:
            if endpoint.resources and one.resource not in endpoint.resources:
                continue
            if (rights, one.resource) not in seen:
                ids = [other.object_id for other in some if other.resource == one.resource]
                seen[rights, one.resource] = _seen(rights, one.resource, ids)
            if one.object_id in seen[rights, one.resource]:
                yield endpoint, one


@change
def send_test(*, endpoint_id: int, version: int | None, by: User) -> Delivery:
    """Send the endpoint a message that tells of nothing."""
    now = timezone.now()
    with acting(by=by, why="tries a webhook"):
        endpoint = _switched_on(endpoint_id, version, by)
        made = Delivery.objects.create(endpoint=endpoint, message=uuid.uuid4(), happened_at=now, next_attempt_at=now)
        queueing.send_soon([endpoint.pk])
    made.refresh_from_db()
    return made


@change
def replay(
    *, endpoint_id: int, version: int | None, by: User, delivery_id: int | None = None, since: datetime | None = None
) -> int:
    """Send again: one delivery, whatever became of it, or all that failed ``since``. Returns how many.

    They keep their ids, and go out in their old order.
    """
    if (delivery_id is None) == (since is None):
        told = _("Say which delivery, or since when: one of the two.")
        raise BadInput(told, [{"path": "since", "code": "one_of_two", "message": told}])
    now = timezone.now()
    with acting(by=by, why="sends deliveries again"):
        endpoint = _switched_on(endpoint_id, version, by)
        again = Delivery.objects.filter(endpoint=endpoint).exclude(state=State.WAITING)
        which = Q(pk=delivery_id) if since is None else Q(state=State.FAILED, created_at__gte=since)
        if delivery_id and not Delivery.objects.filter(endpoint=endpoint, pk=delivery_id).exists():
            raise NoSuchRecord("delivery", delivery_id)
        count = again.filter(which).update(
            state=State.WAITING, fault=None, attempted=0, next_attempt_at=now, delivered_at=None
        )
        queueing.send_soon([endpoint.pk] if count else [])
    return int(count)


def _switched_on(endpoint_id: int, version: int | None, by: User) -> Endpoint:
    endpoint = endpoints.theirs(endpoint_id, version, by)
    if endpoint.disabled_at is not None:
        raise endpoints.IsDisabled(_("The webhook is switched off."), because=endpoint.disabled_because)
    return endpoint


def forget_old() -> int:
    """Delete deliveries that are older than 30 days. Returns how many."""
    old = timezone.now() - KEPT
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {Attempt._meta.db_table} a USING {Delivery._meta.db_table} d"  # noqa: S608 - our own tables
            " WHERE a.delivery_id = d.id AND d.created_at < %s",
            [old],
        )
    forgotten, _each = Delivery.objects.filter(created_at__lt=old).delete()
    return forgotten
