"""What every change of the desk has in common: it is whole or not at all, and a refusal is told as the rule it is."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from factdesk.errors import DomainError, NotAllowed
from factdesk.people.models import User
from factdesk.rest.refusals import Refusal, explain

P = ParamSpec("P")
R = TypeVar("R")

#: PostgreSQL's code for two transactions that wait for each other; one of them is ended.
DEADLOCK = "40P01"
#: So often a change is tried where a deadlock ended it.
TRIES = 3


class Refused(DomainError):
    """The database holds a rule that this breaks. ``code`` is the constraint's name."""

    def __init__(self, refusal: Refusal) -> None:
        self.code = refusal.code  # type: ignore[misc]
        self.status = refusal.status  # type: ignore[misc]
        super().__init__(refusal.detail)


def change(function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` in a transaction (a savepoint in one that runs already).

    What the database refuses is raised as :class:`Refused`. A change that a deadlock ended is tried again, unless it
    runs inside somebody else's transaction, which is lost as a whole.
    """

    @wraps(function)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        for left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except (IntegrityError, DataError) as error:
                refusal = explain(error)
                if refusal is None:
                    raise
                raise Refused(refusal) from error
            except OperationalError as error:
                code = getattr(error.__cause__, "sqlstate", None)
                if code != DEADLOCK or connection.in_atomic_block or not left:
                    raise
        raise AssertionError

    return whole


def may(by: User, right: str) -> None:
    """Raise :class:`NotAllowed` unless this person has the right."""
    if not by.may(right):
        raise NotAllowed(f"This needs the right '{right}'.", needed=[right])
