"""A tree of text held against the table of fields: out come checked rows, or every problem with its line and path."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from claims.dossiers.fields import DEEPEST, LONGEST_KEY, LONGEST_LOCATOR, PARTS, TABLE, Field
from claims.dossiers.reading import Node, Problems, below

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True)
class Span:
    """[start, end) in code points of the dossier's snapshot, in a part of it."""

    start: int
    end: int
    part: str
    locator: str
    line: int
    path: str


@dataclass(frozen=True, eq=False)
class Row:
    """A checked mapping. ``said`` holds every field of its kind, those left out as what that says; ``given`` names
    those that stand in the file. ``line`` (from 1) and ``path`` are its place."""

    of: str
    said: dict[str, Any]
    given: frozenset[str]
    line: int
    path: str
    lines: dict[str, int]

    def __getitem__(self, name: str) -> Any:
        return self.said[name]

    @property
    def key(self) -> str:
        return str(self.said["key"])

    def place(self, name: str) -> tuple[int, str]:
        """Line and path of one of its fields."""
        return self.lines.get(name, self.line), below(self.path, name)


class Wrong(Exception):
    """A text that is not what its field holds: a code and a message."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def check(root: Node, problems: Problems) -> Row:
    """The dossier as rows; what is wrong is added to ``problems``, and the rows are then not to be used."""
    return _row(root, "dossier", "", problems, 0)


def check_row(node: Node, of: str, problems: Problems, path: str = "") -> Row:
    """One row of the kind ``of`` that stands by itself, as :func:`check`."""
    return _row(node, of, path, problems, 0)


def near(word: str, known: Any) -> str:
    """A hint at what was meant, or nothing."""
    close = difflib.get_close_matches(word[:60], list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _row(node: Node, of: str, path: str, problems: Problems, depth: int) -> Row:
    fields = TABLE[of]
    said: dict[str, Any] = dict(_LEFT_OUT[of])
    for name in _LISTS[of]:
        said[name] = []
    lines: dict[str, int] = {}
    given = frozenset[str]()
    if isinstance(node.value, dict) and depth <= DEEPEST:
        given = frozenset(node.value) & fields.keys()
        for name, inner in node.value.items():
            place = below(path, name)
            lines[name] = inner.line
            if name not in fields:
                problems.add(
                    inner.line, place, "unknown_field", f"There is no field {name[:60]!r}.{near(name, fields)}"
                )
            else:
                said[name] = _value(inner, fields[name], place, problems, depth)
        for name in _REQUIRED[of]:
            if name not in node.value:
                problems.add(node.line, below(path, name), "missing", f"{name} is missing.")
    else:
        problems.add(node.line, path, "not_a_mapping", f"A mapping with the fields of a {of} is expected here.")
    return Row(of, said, given, node.line, path, lines)


def _left_out(field: Field) -> Any:
    if field.type in ("rows", "texts", "spans"):
        return []
    if field.default is not None and field.type in _READ:
        return _READ[field.type](field.default, field)
    return None


def _value(node: Node, field: Field, path: str, problems: Problems, depth: int) -> Any:
    if field.type == "row" or (field.type == "hop" and not isinstance(node.value, str)):
        return _row(node, field.of, path, problems, depth + 1)
    if field.type == "span":
        return _span(node, path, problems)
    if field.type in ("rows", "texts", "spans"):
        return _list(node, field, path, problems, depth)
    return _scalar(node, field, path, problems)


def _list(node: Node, field: Field, path: str, problems: Problems, depth: int) -> list[Any]:
    if not isinstance(node.value, list):
        problems.add(node.line, path, "not_a_list", "A list is expected here.")
        return []
    if field.most is not None and len(node.value) > field.most:
        problems.add(node.line, path, "too_many", f"{len(node.value):,} of them; at most {field.most:,} are taken.")
        return []
    places = [(inner, f"{path}[{i}]") for i, inner in enumerate(node.value)]
    if field.type == "rows":
        return [_row(inner, field.of, place, problems, depth + 1) for inner, place in places]
    if field.type == "spans":
        return [_span(inner, place, problems) for inner, place in places]
    return [_scalar(inner, Field("text", "", longest=field.longest), place, problems) for inner, place in places]


def _span(node: Node, path: str, problems: Problems) -> Span | None:
    """A span, or None where the problems say why not."""
    parts = [inner.value for inner in node.value] if isinstance(node.value, list) else []
    if not 2 <= len(parts) <= 4 or not all(isinstance(part, str) for part in parts):
        problems.add(node.line, path, "not_a_span", "Write [start, end], [start, end, part] or with a locator.")
        return None
    texts = [str(part) for part in parts] + ["", ""]
    try:
        start, end = (_integer(text, Field("integer", "", least=0, most=2_147_483_647)) for text in texts[:2])
        part = _word(texts[2], Field("word", "", words=PARTS)) if len(parts) > 2 else PARTS[2]
        locator = _text(texts[3], Field("text", "", longest=LONGEST_LOCATOR))
        if start >= end:
            raise Wrong("empty_span", f"The span from {start} to {end} holds nothing.")
    except Wrong as wrong:
        problems.add(node.line, path, wrong.code, str(wrong))
        return None
    return Span(start, end, part, locator, node.line, path)


def _scalar(node: Node, field: Field, path: str, problems: Problems) -> Any:
    if not isinstance(node.value, str):
        problems.add(node.line, path, "not_a_text", f"A single value ({field.type}) is expected here.")
        return None
    try:
        return _READ[field.type](node.value, field)
    except Wrong as wrong:
        problems.add(node.line, path, wrong.code, str(wrong))
        return None


def _text(text: str, field: Field) -> str:
    if "\0" in text:
        raise Wrong("nul", "NUL may not stand in a text.")
    if _SURROGATE.search(text):
        raise Wrong("half_a_character", "Half of a surrogate pair is not a character.")
    if len(text) > field.longest:
        raise Wrong("too_long", f"{len(text):,} characters; at most {field.longest:,}.")
    if field.required and not re.search(r"\S", text):
        raise Wrong("blank", "Write something here.")
    return text


def _key(text: str, field: Field) -> str:
    if len(text) > LONGEST_KEY or not KEY.fullmatch(text):
        raise Wrong("bad_key", f"A key has letters, digits, _, - and ., at most {LONGEST_KEY}: {text[:60]!r}.")
    return text


def _ref(text: str, field: Field) -> str:
    halves = text.split("/") if field.of in ("claim", "quantity") else [text]
    if len(halves) > 2:
        raise Wrong("bad_key", f"At most one / stands in the key of a {field.of}: {text[:60]!r}.")
    return "/".join(_key(half, field) for half in halves)


def _word(text: str, field: Field) -> str:
    if text not in field.words:
        raise Wrong("unknown_word", f"{text[:60]!r} is none of: {', '.join(field.words)}.{near(text, field.words)}")
    return text


def _integer(text: str, field: Field) -> int:
    if not _INTEGER.fullmatch(text):
        raise Wrong("not_an_integer", f"A whole number in plain digits is expected, not {text[:60]!r}.")
    number = int(text)
    if (field.least is not None and number < field.least) or (field.most is not None and number > field.most):
        raise Wrong("out_of_range", f"{number} does not lie between {field.least} and {field.most}.")
    return number


def _decimal(text: str, field: Field) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise Wrong("not_a_decimal", f"A number such as 650 or -0.5 is expected, not {text[:60]!r}.")
    number = Decimal(text)
    return number if number else abs(number)  # there is no -0 in the database


def _day(text: str, field: Field) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise Wrong("not_a_day", f"A day of the calendar as YYYY-MM-DD is expected, not {text[:60]!r}.") from wrong


def _moment(text: str, field: Field) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or not _DAY.match(text) or not 1 < moment.year < 9999:
            raise ValueError
        return moment.astimezone(UTC)  # PostgreSQL knows no offset of 16 hours and more; RFC 3339 does
    except (ValueError, OverflowError) as wrong:
        told = f"A moment such as 2025-06-23T09:10:00+00:00 is expected, with its offset, not {text[:60]!r}."
        raise Wrong("not_a_moment", told) from wrong


def _yes_no(text: str, field: Field) -> bool:
    if text not in _YES_NO:
        raise Wrong("not_yes_or_no", f"yes or no is expected, not {text[:60]!r}.")
    return _YES_NO[text]


def _digest(text: str, field: Field) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise Wrong("not_a_digest", "64 hexadecimal digits in lower case are expected.")
    return text


_READ: dict[str, Callable[[str, Field], Any]] = {
    "text": _text,
    "key": _key,
    "ref": _ref,
    "hop": _key,
    "word": _word,
    "integer": _integer,
    "decimal": _decimal,
    "day": _day,
    "moment": _moment,
    "yes_no": _yes_no,
    "digest": _digest,
}

#: For each kind of row: what its fields say that are left out, which of them are lists, and which must be there.
_LEFT_OUT = {of: {name: _left_out(field) for name, field in fields.items()} for of, fields in TABLE.items()}
_LISTS = {of: [name for name, left in said.items() if isinstance(left, list)] for of, said in _LEFT_OUT.items()}
_REQUIRED = {of: [name for name, field in fields.items() if field.required] for of, fields in TABLE.items()}
