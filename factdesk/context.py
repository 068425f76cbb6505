"""Who acts, why, and for which request: declared once a transaction, read by every trigger that writes history.

The bargain: nothing is changed outside :func:`acting`, so every event in the history can say who. What is declared
lives until the transaction ends (``SET LOCAL``); a second declaration in the same transaction replaces the first.
The setting's names are django-pghistory's, whose triggers copy them into every event.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction

#: The namespace (RFC 9562 §5.5) of the request ids that callers bring and that are no uuids themselves.
REQUESTS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:factdesk:request")

#: The id of the request being answered, for logs and history; a fresh one where there is no request.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
#: The way in by which this thread's work came; requests say theirs, all else is the shell unless it says otherwise.
way_in: ContextVar[str] = ContextVar("way_in", default="shell")


@contextmanager
def coming(way: str) -> Iterator[None]:
    """Say by which way the work in here came, without a transaction: each change has its own, and may try again."""
    came = way_in.set(way)
    try:
        yield
    finally:
        way_in.reset(came)


@contextmanager
def acting(*, by: Any = None, why: str = "", way: str = "") -> Iterator[None]:
    """Open a transaction (or a savepoint in one) in which ``by`` acts.

    ``by`` is a User or None (the desk itself), ``why`` the reason as the person gave it, ``way`` the way in:
    ``admin``, ``api``, ``import``, ``job``, ``shell``; left out: the one that this is inside of, or the request's.
    """
    with coming(way or way_in.get()), transaction.atomic():
        declare(by=by, why=why)
        yield


def declare(*, by: Any = None, why: str = "", way: str = "") -> None:
    """Tell the database who acts in the present transaction, and why.

    History's context id is a uuid. A request id that is none (a caller may bring its own) is kept as it is in the
    metadata's ``request``, and the context id is derived from it, so that both find the same events.
    """
    request = request_id.get()
    said = {
        "user": getattr(by, "pk", None),
        "name": getattr(by, "username", None),
        "why": why,
        "way": way or way_in.get(),
        "request": request,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)",
            [str(context_id(request)), json.dumps({key: value for key, value in said.items() if value})],
        )


def context_id(request: str | None) -> uuid.UUID:
    """The uuid under which history files what a request changed; a fresh one where there is no request."""
    if request is None:
        return uuid.uuid4()
    try:
        return uuid.UUID(request)
    except ValueError:
        return uuid.uuid5(REQUESTS, request)
