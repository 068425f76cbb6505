"""What is in a file: its reviews one by one, and what stands there and cannot be read.

Bytes come as JSON-LD, as a page, or as a table; which of them, whoever brings them says. JSON and pages are read whole
(so they have a limit), tables row by row.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from claims.claimreview import nodes, pages, reading, tables
from claims.claimreview.results import Unread
from claims.claimreview.review import Review
from factdesk.errors import BadInput
from sources.capture import decoded

#: bytes of JSON or of a page
LARGEST = 20_000_000
NOTHING = "Nothing in it is a ClaimReview (https://schema.org/ClaimReview)."
MEDIA = "A MediaReview is about a picture or a recording, not about a claim: it was not read."
MICRODATA = "A ClaimReview in the attributes of the page (microdata) is not read; only JSON-LD is."
_LONGEST_CELL = 5_000_000
Found = Review | Unread


def of_json(data: bytes, most: int | None = None) -> list[Found]:
    """The reviews of a JSON-LD document: an object, a list, an ``@graph``, a feed; ``most`` of them at the most.

    Raises :class:`BadInput`.
    """
    return _some(_of_graph(nodes.parse(_text(data))), most)


def of_page(data: bytes, most: int | None = None) -> list[Found]:
    """The reviews of a web page's blocks of JSON-LD; a block that is broken does not stop the others."""
    return _some(_of_page(pages.blocks_of(_text(data))), most)


def _of_page(page: pages.Page) -> Iterator[Found]:
    for number, (line, text) in enumerate(page.blocks, 1):
        place = f"script[{number}]"
        try:
            yield from _of_graph(nodes.parse(text), place)
        except BadInput as wrong:
            yield Unread(place, str(wrong.problems[0]["code"]), f"{wrong} The block begins on line {line}.")
    if page.microdata is not None:
        yield Unread(f"line {page.microdata}", "microdata", MICRODATA)


def _of_graph(graph: nodes.Graph, before: str = "") -> Iterator[Found]:
    yield from reading.reviews_in(graph, before)
    for pointer, _ in graph.named("MediaReview"):
        yield Unread(before + pointer or "/", "media_review", MEDIA)


def _some(found: Iterator[Found], most: int | None) -> list[Found]:
    """At least one; what is beyond the most is not even read."""
    listed = list(islice(found, None if most is None else most + 1))
    if not listed:
        raise BadInput(NOTHING, [{"path": "", "code": "no_claimreview", "message": NOTHING}])
    if most is not None and len(listed) > most:
        told = f"It holds more than {most:,} reviews, which are taken at once. Send them in parts."
        raise BadInput(told, [{"path": "", "code": "too_many", "message": told}])
    return listed


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        told = f"It has more than {LARGEST:,} bytes: send it in parts, or as JSON Lines by the command."
        raise BadInput(told, [{"path": "", "code": "too_large", "message": told}])
    text = decoded(data)
    if not text.strip():
        raise BadInput("It is empty.", [{"path": "", "code": "empty", "message": "It is empty."}])
    return text


# --- tables, and lines of JSON ---


class Table:
    """A table that is read row by row. ``told``: how its columns are read, once the first row has been."""

    def __init__(self, columns: Mapping[str, str], always: Mapping[str, str], header: list[str] | None = None) -> None:
        self.columns, self.always, self.header = columns, always, header
        self.layout: tables.Layout | None = None

    def of_separated(self, lines: Iterable[str], separator: str) -> Iterator[Found]:
        """The rows of CSV (RFC 4180) or of tab-separated values. Raises :class:`BadInput` for its columns."""
        csv.field_size_limit(_LONGEST_CELL)
        counting = _Counting(lines)
        quoting = csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL
        rows = csv.reader(counting, delimiter=separator, quoting=quoting)  # type: ignore[arg-type]
        names = self.header
        while True:
            began = counting.line + 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as wrong:
                yield Unread(f"line {began}", "not_csv", f"This is no row of a table: {wrong}.")
                continue
            if names is None:
                names = [cells[0].removeprefix("\ufeff"), *cells[1:]] if cells else []
                self._lay(names)
            elif any(cell.strip() for cell in cells):
                yield self._row(names, cells, f"line {began}")

    def _row(self, names: list[str], cells: list[str], place: str) -> Found:
        if len(cells) > len(names):
            told = f"The row has {len(cells)} cells, the table {len(names)} columns: quote cells that have commas."
            return Unread(place, "too_many_cells", told)
        return tables.review_of(dict(zip(names, cells, strict=False)), self._lay(names), place)

    def of_lines(self, lines: Iterable[str]) -> Iterator[Found]:
        """JSON Lines: each line a row by its names, or a ClaimReview as it is."""
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            place = f"line {number}"
            try:
                graph = nodes.parse(line)
                if isinstance(graph.root, dict) and not _is_json_ld(graph.root):
                    yield tables.review_of(_flat(graph.root), self._lay(list(graph.root)), place)
                else:
                    yield from _of_graph_line(graph, place)
            except BadInput as wrong:
                if self.layout is None and wrong.problems[0]["code"] == "bad_columns":
                    raise
                yield Unread(place, str(wrong.problems[0]["code"]), str(wrong))

    def _lay(self, names: list[str]) -> tables.Layout:
        if self.layout is None:
            self.layout = tables.layout(names, self.columns, self.always)
        return self.layout


class _Counting:
    """Lines of a file, counted; a NUL does not end the table."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.line = 0

    def __iter__(self) -> "_Counting":
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.line += 1
        return line


def _is_json_ld(root: dict[str, Any]) -> bool:
    return bool(root.keys() & {"@type", "@context", "@graph", "type", "claimReview", "dataFeedElement"})


def _of_graph_line(graph: nodes.Graph, place: str) -> Iterator[Found]:
    yield from list(_of_graph(graph, place)) or [Unread(place, "no_claimreview", NOTHING)]


def _flat(row: dict[str, Any]) -> dict[str, str]:
    """A row's values as texts; lists with commas between, what is nested as JSON."""
    found = {}
    for name, value in row.items():
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            found[name] = ", ".join(value)
        elif isinstance(value, dict | list):
            found[name] = json.dumps(value, ensure_ascii=False)
        else:
            found[name] = value if isinstance(value, str) else ""
    return found


def sort_of(name: str, start: bytes) -> str:
    """What a file of this name that begins so is: ``json``, ``page``, ``lines``, ``csv`` or ``tsv``."""
    ending = name.lower().rpartition(".")[2]
    endings = {"json": "json", "jsonld": "json", "jsonl": "lines", "ndjson": "lines", "csv": "csv", "tsv": "tsv"}
    if ending in ("html", "htm", "xhtml"):
        return "page"
    if ending in endings:
        return endings[ending]
    text = start.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    first = text.partition("\n")[0]
    if text.startswith(("{", "[")):
        return "lines" if re.fullmatch(r"\{.*\}\s*", first) and "\n{" in text else "json"
    return "page" if text.startswith("<") else "tsv" if "\t" in first else "csv"
