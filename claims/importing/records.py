"""A file of claims as a stream of records: one at a time, however long the file is.

The bargain: what is wrong with one record is that record's problem and the next is read; only what leaves the rest of
the file unreadable (a CSV's header, a quotation mark that never closes) refuses the file.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from claims.dossiers.checking import near
from claims.dossiers.fields import DEEPEST
from claims.dossiers.reading import Node, parse
from claims.importing.columns import COLUMNS, NEEDED, PROBLEMS, tree
from factdesk.errors import BadInput

#: One record may have this many bytes.
LARGEST_RECORD = 2_000_000
_BOM = b"\xef\xbb\xbf"
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
NOT_UTF8 = "This is not UTF-8. Save the file as UTF-8."


@dataclass(frozen=True)
class Record:
    """The ``n``-th record (from 1) on ``line`` (from 1): its tree, or the problems (path, code, message) instead.

    ``raw`` is what stands in the file, to be written into a rejects file; ``places`` leads from a path in the tree to
    a CSV's column.
    """

    n: int
    line: int
    raw: Any
    node: Node | None = None
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def shown(self, path: str) -> str:
        """The column that a path comes from, where it comes from one; what is missing is told by what stands there."""
        at = path
        while at and at not in self.places:
            at = at.rpartition(".")[0]
        return self.places.get(at, path)


def _lines(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Each line with its end, and whether it was cut at the largest size (then its rest is passed over)."""
    first = True
    while raw := file.readline(LARGEST_RECORD):
        cut = len(raw) == LARGEST_RECORD and not raw.endswith(b"\n")
        if cut:
            while (rest := file.readline(LARGEST_RECORD)) and not rest.endswith(b"\n"):
                pass
        yield (raw.removeprefix(_BOM) if first else raw), cut
        first = False


# --- JSON Lines -----------------------------------------------------------------------------------------------------


def json_lines(file: BinaryIO) -> Iterator[Record]:
    """One JSON object a line; empty lines are passed over."""
    n = 0
    for line, (raw, cut) in enumerate(_lines(file), 1):
        if not raw.strip():
            continue
        n += 1
        if cut:
            told = f"The line has more than {LARGEST_RECORD:,} bytes."
            yield Record(n, line, raw[:1000], None, [("", "too_large", told)])
        else:
            yield _object(n, line, raw)


def _object(n: int, line: int, raw: bytes) -> Record:
    try:
        tree = json.loads(raw.decode(), object_pairs_hook=_pairs, parse_int=str, parse_float=str, parse_constant=_no)
        if isinstance(tree, dict):
            tree.pop(PROBLEMS, None)
            return Record(n, line, raw, _node(tree, line, 1))
    except (ValueError, RecursionError):
        if raw.lstrip()[:1] == b"{":
            return Record(n, line, raw, None, _why(raw))
    told = NOT_UTF8 if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "Each line is one JSON object: {…}."
    return Record(n, line, raw, None, [("", "not_json", told)])


def _why(raw: bytes) -> list[tuple[str, str, str]]:
    """What the strict reader, which is slower, says of a line that the quick one did not take."""
    try:
        parse(raw)
    except BadInput as bad:
        return [(each["path"], each["code"], each["message"]) for each in bad.problems]
    return [("", "not_json", "This line cannot be read.")]


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) != len(items):
        raise ValueError
    return found


def _no(word: str) -> None:
    raise ValueError(word)


def _node(value: Any, line: int, depth: int) -> Node:
    if isinstance(value, str):
        return Node(value, line)
    if isinstance(value, bool):
        return Node("true" if value else "false", line)
    if value is None or depth > DEEPEST:
        raise ValueError
    if isinstance(value, dict):
        return Node({name: _node(inner, line, depth + 1) for name, inner in value.items()}, line)
    return Node([_node(inner, line, depth + 1) for inner in value], line)


# --- CSV ------------------------------------------------------------------------------------------------------------


class CsvRecords:
    """The rows of a CSV file below its ``header``. Raises :class:`BadInput` where the file cannot be read as one."""

    def __init__(self, file: BinaryIO) -> None:
        csv.field_size_limit(LARGEST_RECORD)  # of the whole process; what a field may hold is the checks' to say
        self.reader = csv.reader(self._decoded(file), strict=True)
        self.header = self._next() or []
        _check_header(self.header)

    def _decoded(self, file: BinaryIO) -> Iterator[str]:
        for line, (raw, cut) in enumerate(_lines(file), 1):
            if cut:
                _refuse(line, "too_large", f"The line has more than {LARGEST_RECORD:,} bytes.")
            yield raw.decode(errors="surrogateescape")

    def _next(self) -> list[str] | None:
        try:
            return next(self.reader, None)
        except csv.Error as wrong:
            told = f"The rest cannot be read from here on as CSV: {wrong}."
            raise BadInput("The file cannot be read.", [_problem(self.reader.line_num, "not_csv", told)]) from wrong

    def __iter__(self) -> Iterator[Record]:
        n = 0
        line = self.reader.line_num + 1
        while (cells := self._next()) is not None:
            if cells:
                n += 1
                yield self._record(n, line, cells)
            line = self.reader.line_num + 1

    def _record(self, n: int, line: int, cells: list[str]) -> Record:
        many, expected = len(cells), len(self.header)
        if many != expected:
            told = f"{many} cells stand below {expected} columns."
            return Record(n, line, cells, None, [("", "wrong_number_of_cells", told)])
        row = dict(zip(self.header, cells, strict=True))
        row.pop(PROBLEMS, None)
        if bad := [name for name, text in row.items() if _NOT_UTF8.search(text)]:
            return Record(n, line, cells, None, [(name, "not_utf8", NOT_UTF8) for name in bad])
        node, places = tree(row, line)
        return Record(n, line, cells, node, [], places)


def _check_header(header: list[str]) -> None:
    if not header:
        _refuse(1, "empty", "The file is empty.")
    if _NOT_UTF8.search("".join(header)) or "\0" in "".join(header):
        _refuse(1, "not_utf8", NOT_UTF8)
    problems = []
    for at, name in enumerate(header):
        shown = name[:60] if name.isprintable() else ascii(name[:60])
        if name in header[:at]:
            problems.append(_problem(1, "twice", f"The column {shown} stands here a second time.", shown))
        elif name not in COLUMNS and name != PROBLEMS:
            problems.append(_problem(1, "unknown_column", f"There is no column {shown}.{near(name, COLUMNS)}", shown))
    for name in NEEDED:
        if name not in header:
            told = f"The column {name} is missing. Columns are separated by commas."
            problems.append(_problem(1, "missing", told, name))
    if problems:
        raise BadInput(f"The first line has {len(problems)} problems.", problems)


def _problem(line: int, code: str, message: str, path: str = "") -> dict[str, Any]:
    return {"line": line, "path": path, "code": code, "message": message}


def _refuse(line: int, code: str, message: str) -> None:
    raise BadInput("The file cannot be read.", [_problem(line, code, message)])


READERS: dict[str, Callable[[BinaryIO], Any]] = {"csv": CsvRecords, "jsonl": json_lines}
