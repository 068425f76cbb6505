"""Bytes of a dossier to a tree of text, with the line of every node. Nothing is interpreted here.

The bargain: every scalar is the text that stands in the file (``no``, ``12:30``, ``1_000`` and JSON's ``90.0`` mean
what they say), so what comes later decides by the field and not by the notation. YAML loses what makes it dangerous
or ambiguous: anchors, aliases, tags, several documents, twice the same key. A file whose first character is ``{`` or
``[`` is JSON, every other is YAML.
"""

import json.decoder
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from claims.dossiers.fields import DEEPEST, LARGEST_FILE, LONGEST_KEY
from factdesk.errors import BadInput

#: So many problems of one file are listed; a file that has more is not that sort of file.
MOST_PROBLEMS = 1_000
#: So many values (texts, lists, mappings) are read: however short it is, each costs some hundred bytes of memory.
MOST_VALUES = 1_000_000
TOO_MANY_VALUES = f"The file has more than {MOST_VALUES:,} values."

_BREAK = re.compile("\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line (from 1) that it begins on: text, a list of nodes, or a mapping of nodes."""

    value: "str | list[Node] | dict[str, Node]"
    line: int


@dataclass
class Problems:
    """What is wrong with one dossier, in the order found; each ``{line, path, code, message}``."""

    found: list[dict[str, Any]] = field(default_factory=list)

    def add(self, line: int, path: str, code: str, message: str) -> None:
        """Note one; past the limit, stop by raising :class:`BadInput` with what there is."""
        self.found.append({"line": line, "path": path, "code": code, "message": message})
        if len(self.found) == MOST_PROBLEMS:
            self.found.append({"line": line, "path": "", "code": "too_many_problems", "message": "… and more."})
            self.stop_if_any()

    def stop_if_any(self) -> None:
        """Raise :class:`BadInput` if there are any, in the order of the file."""
        if self.found:
            self.found.sort(key=lambda problem: problem["line"])
            count = len(self.found)
            raise BadInput(f"The record file has {count} problem{'s' if count > 1 else ''}.", self.found)


def _line_of(text: str, at: int) -> int:
    return len(_BREAK.findall(text, 0, at)) + 1


def below(path: str, name: str) -> str:
    """The path of a field. A name is the file's own: it is shown short, and so that it forges no other line."""
    shown = name if name.isprintable() and len(name) <= LONGEST_KEY else ascii(name[:LONGEST_KEY])
    return f"{path}.{shown}" if path else shown


class _Refused(Exception):
    """The tree cannot be read further."""

    def __init__(self, line: int, code: str, message: str, path: str = "") -> None:
        self.place = (line, path, code, message)
        super().__init__(message)


def parse(data: bytes) -> Node:
    """The tree that stands in ``data`` (UTF-8, YAML or JSON), or :class:`BadInput` with line and path."""
    problems = Problems()
    try:
        text = _decode(data)
        first = text.lstrip()[:1]
        if not first:
            raise _Refused(1, "empty", "The file is empty.")
        root = _Json(text).read() if first in "{[" else _read_yaml(text, problems)
    except _Refused as refused:
        problems.add(*refused.place)
        problems.stop_if_any()
        raise
    problems.stop_if_any()
    return root


def _decode(data: bytes) -> str:
    if len(data) > LARGEST_FILE:
        raise _Refused(1, "too_large", f"The file has more than {LARGEST_FILE:,} bytes.")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line, column = _place(data, wrong.start)
        raise _Refused(
            line, "not_utf8", f"Byte {column} of this line (0x{data[wrong.start]:02x}) is not UTF-8."
        ) from wrong
    if "\0" in text:
        line, column = _place(data, data.index(b"\0"))
        raise _Refused(line, "nul", f"Byte {column} of this line is NUL.")
    return text


def _place(data: bytes, at: int) -> tuple[int, int]:
    ends = [found.end() for found in re.finditer(rb"\r\n?|\n", data[:at])]
    return len(ends) + 1, at + 1 - (ends[-1] if ends else 0)


# --- YAML -----------------------------------------------------------------------------------------------------------

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: YAML 1.1 §5.1; and NEL, LS and PS, which that version reads as ends of lines, and YAML 1.2 as characters.
_NOT_IN_YAML = re.compile("[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: The parser holds each against all before it: 20 MB of them would take an hour.
_DIRECTIVE = re.compile("(?:^|[\n\r])(%TAG)")


def _read_yaml(text: str, problems: Problems) -> Node:
    if sign := _NOT_IN_YAML.search(text):
        told = f"U+{ord(sign[0]):04X} may not stand in YAML as it is; in a text in double quotes, escape it."
        raise _Refused(_line_of(text, sign.start()), "not_yaml", told)
    if tag := _DIRECTIVE.search(text):
        raise _Refused(_line_of(text, tag.start(1)), "tag", "A %TAG directive: record files have no tags.")
    try:
        return _YamlTree(problems).read(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        told = " ".join(part for part in (wrong.context, wrong.problem) if part)
        line = min(mark.line + 1, _line_of(text, len(text))) if mark else 1  # the parser ends each file with a line
        raise _Refused(line, "not_yaml", f"This is not YAML: {told}.") from wrong


class _YamlTree:
    """Puts the tree together from the parser's events; text only, and nothing that refers to something else."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def read(self, events: Iterator[Any]) -> Node:
        self.events = events
        self.values = 0
        self.documents = 0
        root = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    raise _Refused(_line(event), "many_documents", "A record file is one document; a second begins.")
            elif isinstance(event, yaml.NodeEvent):
                root = self.node(event, "", 1)
        if root is None:
            raise _Refused(1, "empty", "The file holds nothing but comments.")
        return root

    def node(self, event: Any, path: str, depth: int) -> Node:
        line = _line(event)
        self.values += 1
        if self.values > MOST_VALUES:
            raise _Refused(line, "too_many_values", TOO_MANY_VALUES)
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(line, "alias", f"An alias (*{str(event.anchor)[:60]}): write the value out instead.", path)
        if event.anchor is not None:
            raise _Refused(line, "anchor", f"An anchor (&{event.anchor[:60]}): record files have none.", path)
        if event.tag is not None:
            told = f"A tag ({event.tag[:60]!r}): record files have none; every value is text."
            raise _Refused(line, "tag", told, path)
        if isinstance(event, yaml.ScalarEvent):
            return Node(event.value, line)
        if depth > DEEPEST:
            raise _Refused(line, "too_deep", f"Nested more than {DEEPEST} levels deep.", path[:200])
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self.items(path, depth), line)
        return Node(self.fields(path, depth), line)

    def items(self, path: str, depth: int) -> list[Node]:
        found: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            found.append(self.node(event, f"{path}[{len(found)}]", depth + 1))
        return found

    def fields(self, path: str, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            name = self.node(event, path, depth + 1)
            if not isinstance(name.value, str):
                raise _Refused(name.line, "bad_name", "A field's name is a text, not a list or a mapping.", path)
            inner = below(path, name.value)
            value = self.node(next(self.events), inner, depth + 1)
            if name.value in found:
                self.problems.add(name.line, inner, "twice", f"{below('', name.value)} stands here a second time.")
            found[name.value] = value
        return found


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


# --- JSON (RFC 8259) ------------------------------------------------------------------------------------------------

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class _Json:
    """Reads JSON strictly, keeps numbers as written, and knows the line of every value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.values = 0
        self.breaks = [found.start() for found in _BREAK.finditer(text)]

    def read(self) -> Node:
        root, at = self.value(self.skip(0), "", 1)
        if self.skip(at) < len(self.text):
            self.refuse(self.skip(at), "Something stands after the end.", "")
        return root

    def refuse(self, at: int, message: str, path: str, code: str = "not_json") -> None:
        raise _Refused(self.line(at), code, message, path)

    def line(self, at: int) -> int:
        return bisect_right(self.breaks, at - 1) + 1

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, path: str, depth: int) -> tuple[Node, int]:
        first = self.text[at : at + 1]
        self.values += 1
        if self.values > MOST_VALUES:
            self.refuse(at, TOO_MANY_VALUES, "", "too_many_values")
        if depth > DEEPEST and first in ("{", "["):
            self.refuse(at, f"Nested more than {DEEPEST} levels deep.", path[:200], "too_deep")
        if first == '"':
            text, end = self.string(at, path)
            return Node(text, self.line(at)), end
        if first == "{":
            return self.mapping(at, path, depth)
        if first == "[":
            return self.listing(at, path, depth)
        for word in ("true", "false"):
            if self.text.startswith(word, at):
                return Node(word, self.line(at)), at + len(word)
        if self.text.startswith("null", at):
            self.refuse(at, "null: leave out what is not known.", path, "null")
        number = _NUMBER.match(self.text, at)
        if number is None:
            self.refuse(at, "A value is expected here (NaN and Infinity are none).", path)
            raise AssertionError
        return Node(number[0], self.line(at)), number.end()

    def string(self, at: int, path: str) -> tuple[str, int]:
        try:
            return json.decoder.scanstring(self.text, at + 1, True)  # type: ignore[attr-defined,no-any-return]
        except json.JSONDecodeError as wrong:
            raise _Refused(self.line(wrong.pos), "not_json", f"{wrong.msg}.", path) from wrong

    def listing(self, at: int, path: str, depth: int) -> tuple[Node, int]:
        line, found = self.line(at), list[Node]()
        at = self.skip(at + 1)
        if self.text[at : at + 1] == "]":
            return Node(found, line), at + 1
        while True:
            item, at = self.value(at, f"{path}[{len(found)}]", depth + 1)
            found.append(item)
            at, ended = self.after(at, "]", path)
            if ended:
                return Node(found, line), at

    def mapping(self, at: int, path: str, depth: int) -> tuple[Node, int]:
        line, found = self.line(at), dict[str, Node]()
        at = self.skip(at + 1)
        if self.text[at : at + 1] == "}":
            return Node(found, line), at + 1
        while True:
            if self.text[at : at + 1] != '"':
                self.refuse(at, "A field's name in quotation marks is expected here.", path)
            named_at = at
            name, at = self.string(at, path)
            inner = below(path, name)
            if name in found:
                self.refuse(named_at, f"{below('', name)} stands here a second time.", inner, "twice")
            at = self.skip(at)
            if self.text[at : at + 1] != ":":
                self.refuse(at, "A colon is expected here.", inner)
            found[name], at = self.value(self.skip(at + 1), inner, depth + 1)
            at, ended = self.after(at, "}", path)
            if ended:
                return Node(found, line), at

    def after(self, at: int, end: str, path: str) -> tuple[int, bool]:
        """Past a comma to the next value, or past the end of the list or mapping."""
        at = self.skip(at)
        sign = self.text[at : at + 1]
        if sign not in (",", end) or not sign:
            self.refuse(at, f"A comma or {end} is expected here.", path)
        return (at + 1, True) if sign == end else (self.skip(at + 1), False)
