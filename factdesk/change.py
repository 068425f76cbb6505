"""What every change of the desk has in common: it is whole or not at all, and a refusal is told as the rule it is."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from factdesk.errors import BadInput, DomainError, NoSuchRecord, NotAllowed, ReasonNeeded, StaleVersion
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
        self.refusal = refusal
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


def say_why(reason: str) -> None:
    """Raise :class:`ReasonNeeded` where there is none."""
    if not reason.strip():
        raise ReasonNeeded("Say why.")


def locked(rows: Any, number: int, version: int | None, sort: str) -> Any:
    """The row of the queryset ``rows`` with this number, locked, at the version that was seen (None: not asked)."""
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=number).first()
    if row is None:
        raise NoSuchRecord(sort, number)
    if version is not None and row.version != version:
        raise StaleVersion(row, version, sort=sort)
    return row


def write(row: Any, columns: Mapping[str, Any]) -> None:
    """Change these columns of a locked row. What is the same as before changes nothing."""
    changed = [name for name, value in columns.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, columns[name])
    if changed:
        row.save(update_fields=changed)
        row.refresh_from_db()


def known(sort: str, columns: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    """Raise :class:`BadInput` that lists every column that is not to be written."""
    problems = [
        {"path": name, "code": "unknown_field", "message": f"{name[:60]} of a {sort} is not to be written here."}
        for name in columns
        if name not in allowed
    ]
    if problems:
        raise BadInput(f"This cannot be written into a {sort}.", problems)
