"""What ``?fields=`` and ``?expand=`` ask for: one round trip for as little, or as much, as somebody needs.

``fields`` names the fields that are shown, and no others. ``expand`` names fields in which other records stand whole
instead of by id or in brief (``expand=speaker``), and, through a dot, fields of these
(``expand=attributions.speaker``); whatever it names is shown.
"""

from functools import cache
from typing import Any

from django.http import QueryDict

from factdesk.rest import parameters
from factdesk.rest.shown import Shape, Shown, expandable, fields_of, optional, preset


def asked(query: QueryDict, serializer: type[Shown[Any]], *, listed: bool) -> Shape:
    """The shape that a query asks for, or BadQuery."""
    wanted = parameters.named(query, "fields", selectable(serializer))
    whole = parameters.named(query, "expand", expansions(serializer))
    if not wanted and not whole:
        return preset(serializer, listed=listed)
    shown = set(wanted or preset(serializer, listed=listed).names)
    inner = {name: _inside(serializer, name, whole) for name in sorted({name.partition(".")[0] for name in whole})}
    names = tuple(name for name in fields_of(serializer) if name in shown | inner.keys())
    return Shape(serializer, names, tuple(inner.items()))


def _inside(serializer: type[Shown[Any]], name: str, whole: list[str]) -> Shape:
    """How the records in ``name`` are shown whole, with what ``whole`` asks for in them."""
    other = expandable(serializer)[name]
    deeper = sorted({each.partition(".")[2] for each in whole if each.startswith(f"{name}.")})
    inner = tuple((each, preset(expandable(other)[each])) for each in deeper)
    unasked = preset(other).names
    return Shape(other, tuple(each for each in fields_of(other) if each in unasked or each in deeper), inner)


@cache
def selectable(serializer: type[Shown[Any]]) -> tuple[str, ...]:
    """What ``fields`` may name: the rest is shown by ``expand``."""
    absent = optional(serializer)
    return tuple(name for name in fields_of(serializer) if name not in absent)


@cache
def expansions(serializer: type[Shown[Any]]) -> tuple[str, ...]:
    """What ``expand`` may name, two steps deep."""
    found: list[str] = []
    for name, other in expandable(serializer).items():
        found += [name, *(f"{name}.{deeper}" for deeper in expandable(other))]
    return tuple(found)
