"""Races: threads of their own, each with its own connection in READ COMMITTED, sent off together from one barrier."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import OperationalError, connection, connections

from factdesk.errors import DomainError

#: seconds: so late may one of two begin, so that neither is always the first
STAGGER = 0.006
#: seconds after which whoever still waits is taken to wait for ever
PATIENCE = 60


class Crowd:
    """Threads that stay, each with its connection, so that a race costs no more than what is raced."""

    def __init__(self, most: int) -> None:
        self._threads = ThreadPoolExecutor(most)
        self._opened: set[Any] = set()
        self._dice = random.Random(1)

    def race(self, *acts: Callable[[], Any], stagger: float = 0.0) -> list[Any]:
        """Run each act in a thread of its own, all from one barrier; what each gave, or the error that it raised.

        ``stagger``: each begins up to so many seconds late, so that none is always the first. A fault of the database
        (a deadlock, a timeout) is no outcome but raised: no caller may ever see one.
        """
        barrier = threading.Barrier(len(acts))
        late = [self._dice.uniform(0, stagger) for _ in acts]
        going = [self._threads.submit(self._run, act, barrier, wait) for act, wait in zip(acts, late, strict=True)]
        outcomes = [each.result(PATIENCE) for each in going]
        for outcome in outcomes:
            if isinstance(outcome, OperationalError):
                raise outcome
        return outcomes

    def disperse(self) -> None:
        """End every thread, and close what it was connected by."""
        self._threads.shutdown()
        for opened in self._opened:
            opened.inc_thread_sharing()
            opened.close()

    def _run(self, act: Callable[[], Any], barrier: threading.Barrier, late: float) -> Any:
        connection.ensure_connection()
        self._opened.add(connections["default"])
        barrier.wait(PATIENCE)
        time.sleep(late)
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            return error


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each gave, or the error that it raised, of acts that begin together."""
    crowd = Crowd(len(acts))
    try:
        return crowd.race(*acts)
    finally:
        crowd.disperse()


def told(outcomes: list[Any]) -> list[str]:
    """Each outcome in a word: the code of a refusal, or ``done``. Whatever else was raised is raised here."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, DomainError):
            raise outcome
    return [outcome.code if isinstance(outcome, DomainError) else "done" for outcome in outcomes]


def report(counted: Counter[Any]) -> None:
    """For whoever runs many rounds (``-rP`` shows it): how often it ended how."""
    for words, times in sorted(counted.items(), key=str):
        print(f"{times:5} of them: {', '.join(words) if isinstance(words, tuple) else words}")


def the_one_who_did(outcomes: list[Any]) -> Any:
    [done] = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    return done
