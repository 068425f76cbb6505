"""Plain builders of figures, claims and hops, for rules that ask no database."""

from decimal import Decimal
from itertools import count
from typing import Any

from claims.numbers.facts import Figure, Hop, Told

_numbers = count(1)


def told(**facts: Any) -> Told:
    """A claim; whatever of its facts is a list becomes a frozenset."""
    plain = {name: frozenset(value) if isinstance(value, list) else value for name, value in facts.items()}
    return Told(**{"id": next(_numbers), "statement": "It is so.", **plain})


def figure(value: str, as_worded: str = "", **facts: Any) -> Figure:
    """162 people who were arrested, unless something else is said."""
    numbers = {name: Decimal(facts.pop(name)) for name in ("upper", "margin") if name in facts}
    preset = {"id": next(_numbers), "claim": told(), "measure": "people arrested there", "unit": "people"}
    return Figure(**{**preset, **facts}, value=Decimal(value), as_worded=as_worded, **numbers)


def hop(**facts: Any) -> Hop:
    return Hop(**{"id": next(_numbers), "claim": 1, "name": "Somebody", **facts})
