"""Deliveries: one for each endpoint and each object that a transaction changed; sent again by hand; forgotten in time.

The bargain: the transaction leaves one job behind (by trigger, so whoever changes something, and only where there is
an endpoint). The worker makes the deliveries of it (:func:`fan_out`), for those who may see the object; doing it twice
adds nothing, so a large one is done by parts. They go out one endpoint at a time (``sending``), so there are few jobs
however much has changed.
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
from factdesk.webhooks.models import Delivery, Endpoint, State
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
    """Make the deliveries of what one transaction changed, in its order, and queue them. Returns how many were added.

    Each of the objects once. So many at a time, each time in a transaction of its own, so that sending begins at once
    and nobody waits for the end of an import. Of a ``ticket`` nothing is added twice.
    """
    listening = list(Endpoint.objects.filter(disabled_at=None, person__is_active=True).select_related("person"))
    told, made = iter(changes), 0
    while listening and (some := list(islice(told, CHUNK))):
        seen: dict[tuple[Rights, str], set[int]] = {}
        with transaction.atomic():
            for endpoint in listening:
                if added := _add(endpoint, _heard(endpoint, some, seen), at, ticket):
                    queueing.send_soon([endpoint.pk])
                    made += added
    return made


def fan_out(ticket_id: int) -> int:
    """Make the deliveries of what one transaction changed. Returns how many were added."""
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None or ticket.at is None:
        return 0  # forgotten by the feed meanwhile
    return tell(_changes_of(ticket.pk), at=ticket.at, ticket=ticket.pk)


def _changes_of(ticket_id: int) -> Iterator[Changed]:
    """A transaction's changes in their order, some at a time, along the primary key."""
    after = (ticket_id, -1, 0)
    while some := list(Change.objects.filter(ticket=ticket_id, pk__gt=after).order_by("pk")[:CHUNK]):
        for one in some:
            yield Changed(one.resource, one.object_id, one.claim_id, one.version)
        after = some[-1].pk


def _heard(endpoint: Endpoint, some: list[Changed], seen: dict[tuple[Rights, str], set[int]]) -> list[Changed]:
    """What the endpoint hears of these. ``seen``: what is known already of who may see what."""
    rights = heard_by(endpoint)
    wanted = set(endpoint.resources or Resource.values)
    for resource in {one.resource for one in some} & wanted:
        if (rights, resource) not in seen:
            seen[rights, resource] = _seen(
                rights, resource, [one.object_id for one in some if one.resource == resource]
            )
    return [one for one in some if one.resource in wanted and one.object_id in seen[rights, one.resource]]


# As lists, which costs a fifth of rows one by one.
_ADD = """
    INSERT INTO webhooks_delivery
        (endpoint_id, message, ticket_id, happened_at, next_attempt_at, resource, object_id, claim_id, number)
    SELECT %s, gen_random_uuid(), %s, %s, %s, resource, object_id, claim_id, number
    FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::int[]) WITH ORDINALITY
        AS told (resource, object_id, claim_id, number, place)
    ORDER BY place
    ON CONFLICT (endpoint_id, ticket_id, resource, object_id) WHERE ticket_id IS NOT NULL DO NOTHING
"""


def _add(endpoint: Endpoint, changes: list[Changed], at: datetime, ticket: int | None) -> int:
    if not changes:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [endpoint.pk, ticket, at, at, *(list(column) for column in zip(*changes, strict=True))])
        return int(cursor.rowcount)


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


_FORGET = """
    WITH old AS MATERIALIZED (SELECT id FROM webhooks_delivery WHERE created_at < %s ORDER BY created_at LIMIT %s),
    tried AS (DELETE FROM webhooks_attempt a USING old WHERE a.delivery_id = old.id)
    DELETE FROM webhooks_delivery d USING old WHERE d.id = old.id
"""


def forget_old() -> int:
    """Delete deliveries that are older than 30 days, some at a time. Returns how many."""
    old, forgotten = timezone.now() - KEPT, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [old, CHUNK])
            some = int(cursor.rowcount)
        forgotten += some
        if not some:
            return forgotten
