"""``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header-07): a request that is sent again is not done again.

The bargain: the answer is kept in the transaction of the change, so it is there if, and only if, the change is. Two
that come at once wait for each other by a lock on the key; who waits too long is told so. A refusal changed nothing and
is not kept: the same request may be sent again under the same key, and is judged anew. Keys are kept as digests, each
person's and each token's apart, for :data:`KEPT`; ``factdesk.people.tasks`` deletes what is older.
"""

import hashlib
import re
from typing import Any

from django.db import OperationalError, connection
from django.http import HttpResponse
from django.utils import timezone
from psycopg.errors import LockNotAvailable
from rest_framework import exceptions
from rest_framework.request import Request

from factdesk.people.models import KEPT, KeptAnswer, Token

HEADER = "Idempotency-Key"
#: as a string of RFC 8941 (the draft's form), or bare
PATTERN = r'"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})'
_KEY = re.compile(PATTERN)


class BadKey(exceptions.APIException):
    """No key at all."""

    status_code = 400
    default_code = "bad_idempotency_key"
    default_detail = "An Idempotency-Key has 1 to 255 printable ASCII characters, no quotes inside and no backslash."


class KeyReused(exceptions.APIException):
    """The key stands for another request."""

    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was used for another request. A new request takes a new key."


class InProgress(exceptions.APIException):
    """The first request with this key is still being worked on."""

    status_code = 409
    default_code = "idempotency_in_progress"
    default_detail = "The first request with this Idempotency-Key is still being worked on; ask again."
    wait = 5


class Answered(Exception):
    """The request was done before; ``response`` is the answer that it had."""

    def __init__(self, kept: KeptAnswer) -> None:
        self.response = HttpResponse(bytes(kept.body), status=kept.answered, headers=kept.headers)
        super().__init__()


def begin(request: Request, view: Any) -> KeptAnswer | None:
    """What is to be kept with the answer; None where the request has no key. Reads the body (``view.sent``).

    Raises :class:`Answered` where it has been done, and one of the refusals above. Locks the key until the transaction
    ends.
    """
    header = request.headers.get(HEADER)
    if header is None:
        return None
    found = _KEY.fullmatch(header.strip())
    if found is None:
        raise BadKey
    _ = request.data  # the body is read
    token = request.auth.digest if isinstance(request.auth, Token) else ""
    digest = _digest(str(request.user.pk), token, found[1] or found[2])
    asked = _digest(str(request.method), request.get_full_path(), view.sent or b"")
    _wait_for(digest)
    KeptAnswer.objects.filter(digest=digest, made_at__lt=timezone.now() - KEPT).delete()
    kept = KeptAnswer.objects.filter(digest=digest).first()
    if kept is None:
        return KeptAnswer(digest=digest, asked=asked)
    if kept.asked != asked:
        raise KeyReused
    raise Answered(kept)


def end(kept: KeptAnswer, response: HttpResponse) -> None:
    """Keep the answer of what was done."""
    kept.answered, kept.body, kept.headers = response.status_code, response.content, dict(response.headers)
    kept.save(force_insert=True)


def _wait_for(digest: str) -> None:
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(digest[:15], 16)])
        except OperationalError as trouble:
            if isinstance(trouble.__cause__, LockNotAvailable):
                raise InProgress from trouble
            raise


def _digest(*parts: Any) -> str:
    """SHA-256, hexadecimal, of the parts' own digests: no two lists of parts are told as one."""
    digests = [hashlib.sha256(part if isinstance(part, bytes) else part.encode()).digest() for part in parts]
    return hashlib.sha256(b"".join(digests)).hexdigest()
