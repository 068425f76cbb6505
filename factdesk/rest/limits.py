"""How often a program may ask: requests a minute for each token, counted for all web processes together.

The bargain: to count costs next to nothing. A process counts in its memory and now and then (each fortieth part of what
is allowed) adds that to a row of the database, which tells it what the others have added; so with up to four processes
a token gets what it is allowed, or a tenth more. The table is not logged: after a crash a minute begins anew. Minutes
are the clock's. What was refused is not counted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException

#: seconds
WINDOW = 60
#: a process adds what it counted once it is this part of what is allowed
PART = 40


class TooManyRequests(APIException):
    """The token has had what it may have this minute. ``wait``: seconds until the next."""

    status_code = 429
    default_code = "too_many_requests"

    def __init__(self, allowed: int, wait: int) -> None:
        self.wait = wait
        super().__init__(f"This token may ask {allowed:,} times a minute. Wait {wait} seconds.")


@dataclass
class _Count:
    """Of one token in this minute: what all are known to have had, and what this process has not told of yet."""

    known: int = 0
    own: int = 0


class Counts:
    """One process's counts, of the minute at hand; any thread may use them. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, Lock()
        self._minute = 0
        self._counts: dict[str, _Count] = {}
        self._due: set[str] = set()

    def spend(self, digest: str, allowed: int) -> None:
        """Count a request of the token with this digest, or refuse it (TooManyRequests). Asks no database."""
        if not allowed:
            return
        now = self._clock()
        with self._lock:
            if int(now // WINDOW) != self._minute:
                self._minute = int(now // WINDOW)
                self._counts.clear()
                self._due.clear()
            count = self._counts.setdefault(digest, _Count())
            if count.known + count.own >= allowed:
                raise TooManyRequests(allowed, int(WINDOW - now % WINDOW) + 1)
            count.own += 1
            if count.own >= max(1, allowed // PART):
                self._due.add(digest)

    def tell(self) -> None:
        """Add to the database what is due to be added. To be called outside of a request's transaction."""
        if not self._due:
            return
        with self._lock:
            minute, told = self._minute, [(digest, self._counts[digest].own) for digest in sorted(self._due)]
            self._due.clear()
            for digest, own in told:
                self._counts[digest].own -= own
                self._counts[digest].known += own
        for digest, own in told:
            with connection.cursor() as cursor:
                cursor.execute(_ADD, [digest, minute, own])
                [minute_there, known] = cursor.fetchone()
            with self._lock:
                if minute == self._minute == minute_there:
                    count = self._counts[digest]
                    count.known = max(count.known, known)


# One row a token: a new minute begins it anew.
_ADD = """
    INSERT INTO people_requestcount AS c (digest, minute, requests) VALUES (%s, %s, %s)
    ON CONFLICT (digest) DO UPDATE SET minute = greatest(c.minute, excluded.minute),
        requests = CASE WHEN c.minute < excluded.minute THEN excluded.requests
                        WHEN c.minute = excluded.minute THEN c.requests + excluded.requests ELSE c.requests END
    RETURNING minute, requests
"""

COUNTS = Counts()


def spend(digest: str) -> None:
    """Count a request of a token, or refuse it (TooManyRequests)."""
    COUNTS.spend(digest, settings.ENV.token_rate)


class Tells:
    """Middleware around a request's transaction: what was counted is told after it, whatever became of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        COUNTS.tell()
        return response
