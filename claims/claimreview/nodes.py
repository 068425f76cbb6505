"""JSON-LD as sites write it, as far as ClaimReview needs it: objects wherever they stand, and references within a file.

The bargain: nothing is fetched, so a context is not expanded; names of schema.org are known with their prefixes
(``schema:``, ``http://schema.org/``, ``https://schema.org/``) and without. A list where one value is expected, and one
value where a list is, are both read. Numbers stay the text that stands in the file.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from factdesk.errors import BadInput

#: So many objects and lists a file may have: each costs memory, however short it is.
MOST_PARTS = 500_000
#: So many values one review may have, those of what it refers to counted each time: a small file may refer to the same
#: long list from a thousand places.
MOST_VALUES = 5_000
#: characters of a text that count as one more value
_CHARACTERS = 50
#: So much of a pointer is kept, its end: what is nested deep and wide would have more pointers than text.
LONGEST_POINTER = 200
_PREFIX = re.compile(r"(?:schema:|https?://(?:www\.)?schema\.org/)")


class TooMany(Exception):
    """One review has more values than are read."""


class Figure(str):
    """A number as it stands in the file: a text only for who asks for numbers."""

    __slots__ = ()


class Doubtful(dict[str, Any]):
    """An object in which ``names`` stand more than once, which JSON leaves open; the last value is kept."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.names = [name for name, many in Counter(name for name, _ in pairs).items() if many > 1]


@dataclass
class Graph:
    """All of one file. ``by_id``: the objects that say what they are called (``@id``), by that. ``left``: so many
    values the review at hand may still have; ``twice``: names that stand more than once in one object of it.
    """

    root: Any
    twice: dict[str, None] = field(default_factory=dict)
    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: int = MOST_VALUES

    def __post_init__(self) -> None:
        for _, raw in _objects(self.root):
            name = raw.get("@id")
            if isinstance(name, str) and len(raw) > 1 and len(raw) > len(self.by_id.get(name, ())):
                self.by_id[name] = raw

    def named(self, *types: str) -> "Iterator[tuple[str, Node]]":
        """Each object of one of these types, once, with its JSON pointer, in the order of the file."""
        for pointer, raw in _objects(self.root):
            self.left, self.twice = MOST_VALUES + len(raw), {}
            node = Node(raw, self)
            if node.is_one_of(types):
                yield pointer, node

    def read(self, values: int) -> None:
        """Count so many values of the review at hand, or :class:`TooMany`."""
        self.left -= values
        if self.left < 0:
            raise TooMany


def parse(text: str) -> Graph:
    """The graph that a JSON text holds, or :class:`BadInput`."""
    if text.count("{") + text.count("[") > MOST_PARTS:
        raise _refused("too_large", f"It has more than {MOST_PARTS:,} objects and lists: send it in parts.")
    try:
        root = json.loads(
            text, parse_int=Figure, parse_float=Figure, parse_constant=_no_number, object_pairs_hook=_object
        )
    except RecursionError:
        raise _refused("too_deep", "It is nested too deep.") from None
    except ValueError as wrong:
        at = f"line {wrong.lineno}, column {wrong.colno}: " if isinstance(wrong, json.JSONDecodeError) else ""
        told = wrong.msg if isinstance(wrong, json.JSONDecodeError) else str(wrong)[:200]
        raise _refused("not_json", f"This is no JSON ({at}{told}).") from None
    return Graph(root)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Doubtful(pairs)


def _no_number(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _refused(code: str, message: str) -> BadInput:
    return BadInput(message, [{"path": "", "code": code, "message": message}])


def _objects(root: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with its JSON pointer (of a long one the end), in the order of the file, without recursion."""
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        pointer, raw = waiting.pop()
        inner: list[tuple[str, Any]] = []
        if isinstance(raw, dict):
            yield pointer, raw
            inner = [(_below(pointer, _step(name)), value) for name, value in raw.items() if _has_parts(value)]
        elif isinstance(raw, list):
            inner = [(_below(pointer, str(at)), value) for at, value in enumerate(raw) if _has_parts(value)]
        waiting += reversed(inner)


def _has_parts(value: Any) -> bool:
    return isinstance(value, dict | list)


def _below(pointer: str, step: str) -> str:
    longer = f"{pointer}/{step}"
    return longer if len(longer) <= LONGEST_POINTER else f"…{longer[-LONGEST_POINTER:]}"


def _step(name: str) -> str:
    shown = name if name.isprintable() and len(name) <= 100 else ascii(name[:100])
    return shown.replace("~", "~0").replace("/", "~1")


class Node:
    """An object, read by the names of schema.org."""

    def __init__(self, raw: dict[str, Any], graph: Graph) -> None:
        self.graph = graph
        graph.read(len(raw))
        self.raw = {_bare(name): value for name, value in raw.items()}
        graph.twice |= dict.fromkeys(raw.names if isinstance(raw, Doubtful) else ())
        if len(self.raw) < len(raw):  # with a prefix and without
            many = Counter(map(_bare, raw))
            graph.twice |= dict.fromkeys(name for name in many if many[name] > 1)

    @property
    def types(self) -> set[str]:
        listed = self._flat(self.raw.get("@type", self.raw.get("type")))
        return {_bare(each) for each in listed if isinstance(each, str)}

    def is_one_of(self, types: tuple[str, ...]) -> bool:
        """Whether it is of one of these types; what names thousands is of none."""
        try:
            return not self.types.isdisjoint(types)
        except TooMany:
            return False

    def values(self, name: str) -> list[Any]:
        """What stands under this name: texts and objects, lists laid flat, references followed."""
        return [self._followed(each) for each in self._flat(self.raw.get(name))]

    def _flat(self, value: Any) -> list[Any]:
        """A value as a list; lists in lists, ``@list`` and ``@set`` laid flat, nulls left out."""
        found: list[Any] = []
        waiting = [value]
        while waiting:
            each = waiting.pop()
            if isinstance(each, dict) and len(each) == 1 and ("@list" in each or "@set" in each):
                each = each.get("@list", each.get("@set"))
            if isinstance(each, list):
                self.graph.read(len(each))
                waiting += reversed(each)
            elif isinstance(each, str | dict):
                found.append(each)
        return found

    def _followed(self, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"@id"} and isinstance(value["@id"], str):
            return self.graph.by_id.get(value["@id"], value["@id"])
        return value

    def texts(self, name: str, *, figures: bool = False) -> list[str]:
        """The texts among them; of an object its ``@value``, or its ``name``. ``figures``: numbers, too."""
        found = []
        for value in self.values(name):
            if isinstance(value, dict):
                inner = Node(value, self.graph)
                said = [each for each in (inner.raw.get("@value"), inner.raw.get("name")) if isinstance(each, str)]
                found += said[:1]
            elif isinstance(value, str):
                found.append(value)
        self.graph.read(sum(len(each) // _CHARACTERS for each in found))
        found = [str(each) for each in found if figures or not isinstance(each, Figure)]
        return list(dict.fromkeys(found))

    def text(self, name: str, *, figures: bool = False) -> str:
        """The first of them, or nothing."""
        return next(iter(self.texts(name, figures=figures)), "")

    def nodes(self, name: str) -> "list[Node]":
        """The objects among them; a text stands for an object of which nothing but its name is known."""
        found = [{"name": each} if isinstance(each, str) else each for each in self.values(name)]
        return [Node(each, self.graph) for each in found if not isinstance(each.get("name"), Figure)]

    def language_of(self, name: str) -> str:
        """The language that the value itself names (``@language``)."""
        told = [each.get("@language") for each in self.values(name) if isinstance(each, dict)]
        return next((each for each in told if isinstance(each, str)), "")


def _bare(name: str) -> str:
    return _PREFIX.sub("", name, count=1) if _PREFIX.match(name) else name
