"""How a model says what a row cannot be: small makers of constraints and triggers, so that all read alike.

A rule that one row can break is a CHECK; one that needs a second row is a trigger that raises the same kind of
error (``check_violation``) under a constraint's name, so that every refusal of the database is translated in one place.
"""

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual


def one_of(name: str, field: str, choices: type[models.TextChoices], *, null: bool = False) -> models.CheckConstraint:
    """A CHECK that ``field`` holds a word of its vocabulary (or NULL, where ``null``)."""
    condition = Q(**{f"{field}__in": choices.values})
    if null:
        condition |= Q(**{f"{field}__isnull": True})
    return models.CheckConstraint(
        name=name,
        condition=condition,
        violation_error_message=f"Use one of: {', '.join(choices.values)}.",
    )


def all_of(name: str, field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """A CHECK that every element of the array ``field`` is a word of its vocabulary."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{field}__contained_by": choices.values}),
        violation_error_message=f"Use only: {', '.join(choices.values)}.",
    )


def together(name: str, *fields: str) -> models.CheckConstraint:
    """A CHECK that these fields are all NULL or all set."""
    none = Q(**{f"{field}__isnull": True for field in fields})
    every = Q(**{f"{field}__isnull": False for field in fields})
    return models.CheckConstraint(
        name=name, condition=none | every, violation_error_message=f"Give {' and '.join(fields)} together."
    )


def not_blank(name: str, field: str) -> models.CheckConstraint:
    """A CHECK that a text holds at least one character that is not white space."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{field}__regex": r"\S"}),
        violation_error_message=f"Write something in {field}.",
    )


def refuse(constraint: str, message: str, *arguments: str) -> str:
    """PL/pgSQL that refuses the statement under ``constraint``; each ``%`` in the message takes an SQL argument."""
    quoted = message.replace("'", "''")
    told = f"format('{quoted.replace('%', '%s')}', {', '.join(arguments)})" if arguments else f"'{quoted}'"
    return f"RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}', MESSAGE = {told};"


def after_each(
    name: str, operation: Any, func: str, *, declare: Any = None, condition: Any = None
) -> pgtrigger.Trigger:
    """A row trigger that runs after the change and so sees all of it; what it raises undoes the statement."""
    return pgtrigger.Trigger(
        name=name, when=pgtrigger.After, operation=operation, func=func, declare=declare, condition=condition
    )


def after_all(
    name: str, operation: Any, func: str, *, old: bool = False, new: bool = True, declare: Any = None
) -> pgtrigger.Trigger:
    """A statement trigger that sees every changed row at once as ``old_rows`` and ``new_rows``."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(old="old_rows" if old else None, new="new_rows" if new else None),
        func=func,
        declare=declare,
    )


def bounded(name: str, **longest: int) -> models.CheckConstraint:
    """A CHECK that each text has at most so many characters: ``bounded("x", note=10_000)``."""
    condition = Q()
    for field, most in longest.items():
        condition &= Q(LessThanOrEqual(Length(field), most))
    told = ", ".join(f"{field} {most:,}" for field, most in longest.items())
    return models.CheckConstraint(
        name=name, condition=condition, violation_error_message=f"Too long. Characters at most: {told}."
    )
