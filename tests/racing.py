"""Races: threads of their own, each with its own connection in READ COMMITTED, sent off together from one barrier."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import OperationalError, connection

#: seconds after which whoever still waits is taken to wait for ever
PATIENCE = 60


class Crowd:
    """Threads that stay, each with its connection, so that a race costs no more than what is raced."""

    def __init__(self, most: int) -> None:
        self._threads = ThreadPoolExecutor(most)
        self._met = 0
        self._dice = random.Random(1)

    def race(self, *acts: Callable[[], Any], stagger: float = 0.0) -> list[Any]:
        """Run each act in a thread of its own, all from one barrier; what each gave, or the error that it raised.

        ``stagger``: each begins up to so many seconds late, so that none is always the first. A fault of the database
        (a deadlock, a timeout) is no outcome but raised: no caller may ever see one.
        """
        barrier = threading.Barrier(len(acts))
        late = [self._dice.uniform(0, stagger) for _ in acts]
        going = [self._threads.submit(_run, act, barrier, wait) for act, wait in zip(acts, late, strict=True)]
        outcomes = [each.result(PATIENCE) for each in going]
        self._met = max(self._met, len(acts))
        for outcome in outcomes:
            if isinstance(outcome, OperationalError):
                raise outcome
        return outcomes

    def disperse(self) -> None:
        """Close every connection and end every thread."""
        barrier = threading.Barrier(max(self._met, 1))
        for closing in [self._threads.submit(_leave, barrier) for _ in range(barrier.parties)]:
            closing.result(PATIENCE)
        self._threads.shutdown()


def _run(act: Callable[[], Any], barrier: threading.Barrier, late: float) -> Any:
    connection.ensure_connection()
    barrier.wait(PATIENCE)
    time.sleep(late)
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - it is what the test looks at
        return error


def _leave(barrier: threading.Barrier) -> None:
    barrier.wait(PATIENCE)  # so that each thread has exactly one of these
    connection.close()
