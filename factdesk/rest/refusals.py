"""The database's refusals, told to people: the one place where a constraint's name becomes a sentence.

A CHECK or UNIQUE of a model speaks by its ``violation_error_message``, or else by its name, which is a sentence
already (``<model>_<fact>``). A trigger's refusal (``factdesk.constraints.refuse``) carries its own message. What
PostgreSQL adds as DETAIL quotes the row, and is never shown.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import BaseConstraint, CheckConstraint, F, Q, UniqueConstraint
from django.db.models.expressions import BaseExpression

NOT_NULL, FOREIGN_KEY, UNIQUE, CHECK, EXCLUSION = "23502", "23503", "23505", "23514", "23P01"
#: two transactions that waited for each other, of which this one was ended; and one that waited too long
DEADLOCK, NO_LOCK = "40P01", "55P03"


class Refusal(NamedTuple):
    """An HTTP status, a stable code (the constraint's name, where it has one of ours), and a sentence."""

    status: int
    code: str
    detail: str
    #: the columns that the constraint speaks of, as they are called in the model
    columns: tuple[str, ...] = ()


_NAMELESS: dict[str, Refusal] = {
    NOT_NULL: Refusal(400, "missing_value", "Something that is required was left out."),
    FOREIGN_KEY: Refusal(400, "no_such_record", "It points at a record that is not there, or not in the right place."),
    UNIQUE: Refusal(409, "already_exists", "There is one like it already."),
    EXCLUSION: Refusal(409, "already_exists", "There is one that overlaps with it already."),
}

BUSY = Refusal(409, "busy", "Somebody else is changing the same things; send it again.")
_UNFIT = Refusal(400, "unfit_value", "A value is too long, out of range, or holds a character that cannot be stored.")


def explain(error: Exception) -> Refusal | None:
    """What an error of the database says to people; None where it is a fault of ours and no refusal."""
    if isinstance(error, DataError):
        return _UNFIT
    if isinstance(error, OperationalError):
        return BUSY if getattr(error.__cause__, "sqlstate", None) in (DEADLOCK, NO_LOCK) else None
    diagnosis = getattr(error.__cause__, "diag", None)
    if not isinstance(error, IntegrityError) or diagnosis is None:
        return None
    state, name = diagnosis.sqlstate, diagnosis.constraint_name
    if state == CHECK and name and diagnosis.table_name is None:  # raised by a trigger, not by a table
        return Refusal(409, name, diagnosis.message_primary or _sentence(name))
    constraint = _ours().get(name or "")
    if constraint is not None:
        columns = tuple(sorted(_columns(constraint)))
        return Refusal(400 if state == CHECK else 409, constraint.name, _message(constraint), columns)
    return _NAMELESS.get(state)


@cache
def _ours() -> dict[str, BaseConstraint]:
    return {constraint.name: constraint for model in apps.get_models() for constraint in model._meta.constraints}


def _columns(constraint: BaseConstraint) -> set[str]:
    if isinstance(constraint, UniqueConstraint):
        return set(constraint.fields)
    return set(_named(constraint.condition)) if isinstance(constraint, CheckConstraint) else set()


def _named(part: Any) -> Iterator[str]:
    """The columns in a condition: ``Q(a__gt=F("b"))`` names a and b."""
    match part:
        case Q():
            for child in part.children:
                yield from _named(child)
        case (str() as path, value):
            yield path.partition("__")[0]
            yield from _named(value)
        case F():
            yield str(part.name)  # type: ignore[attr-defined]
        case BaseExpression():
            for source in part.get_source_expressions():
                yield from _named(source)


def _message(constraint: BaseConstraint) -> str:
    preset = str(constraint.violation_error_message) == str(BaseConstraint.default_violation_error_message)
    return _sentence(constraint.name) if preset else str(constraint.get_violation_error_message())


def _sentence(name: str) -> str:
    return f"{name.replace('_', ' ').capitalize()}."
