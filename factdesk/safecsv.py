"""CSV that no spreadsheet computes and that loses nothing: one rule, in Python and in SQL, and a reader that undoes it.

The bargain: a cell that a spreadsheet might take for a formula gets one leading apostrophe, and so does a cell that
begins with an apostrophe already; whoever reads takes exactly one off. Nothing else is changed, so that every text
comes back to the character. NULL is an empty cell, the empty string is ``""``: Python's own ``csv`` cannot tell them
apart, :func:`read` can. docs/reports.md says the same to users.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

GUARD = "'"

#: What a guarded cell begins with. Spreadsheets compute what begins with the first four, skip the next three and then
#: compute (OWASP, "CSV Injection"), and hide the apostrophe. The others are whatever Unicode's compatibility
#: normalization (NFKC, UAX #15) turns into one of them, or into a minus sign: Excel does so with the full-width ones
#: where it runs in an East Asian language, Apple Numbers with all.
BEGINNINGS = (
    *("=", "+", "-", "@"),
    *("\t", "\r", "\n"),
    GUARD,
    *("\uff1d", "\uff0b", "\uff0d", "\uff20", "\uff07"),  # full-width = + - @ '
    *("\ufe66", "\ufe62", "\ufe63", "\ufe6b"),  # small = + - @
    *("\u207c", "\u207a", "\u207b", "\u208c", "\u208a", "\u208b"),  # superscript and subscript = + -
    *("\u2a75", "\u2a76", "\ufb29", "\u2212"),  # == and === as one sign, the Hebrew plus, the minus sign
)

#: What stands between the items of a list in one cell. A semicolon in an item is doubled.
BETWEEN = "; "

_GUARD_SQL = "''''"
_CODES = ", ".join(str(ord(each)) for each in BEGINNINGS)


class BadCsv(Exception):
    """What was read is not CSV as :mod:`factdesk.safecsv` has it; ``line`` (from 1) is where the row begins."""

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        super().__init__(f"Line {line}: {why}")


def guarded(text: str) -> str:
    """The text as a cell holds it."""
    return GUARD + text if text.startswith(BEGINNINGS) else text


def unguarded(cell: str) -> str:
    """The text that the cell holds: without one apostrophe, if it begins with one."""
    return cell.removeprefix(GUARD)


def guarded_sql(text: str) -> str:
    """SQL for the same as :func:`guarded`, of the SQL expression ``text`` (NULL stays NULL). Wants UTF-8."""
    return f"CASE WHEN ascii({text}) IN ({_CODES}) THEN {_GUARD_SQL} || {text} ELSE {text} END"


def listed(items: Sequence[str]) -> str | None:
    """A list as the text of one cell; None where there are no items."""
    return BETWEEN.join(item.replace(";", ";;") for item in items) if items else None


def unlisted(text: str | None) -> list[str]:
    """The items of a list that stands in one cell (its guard taken off). No text of the desk holds a NUL."""
    if text is None:
        return []
    return [item.replace("\0", ";") for item in text.replace(";;", "\0").split(BETWEEN)]


def listed_sql(items: str) -> str:
    """SQL for the cell of a ``text[]`` expression: :func:`listed`, then guarded. NULL and the empty array are NULL.

    A list begins as its first item does. Items are rewritten only where one holds a semicolon: that is rare, and slow.
    """
    return plainly_listed_sql(items, f"CASE WHEN ascii(({items})[1]) IN ({_CODES}) THEN {_GUARD_SQL} ELSE '' END")


def plainly_listed_sql(items: str, guard: str = "''") -> str:
    """SQL for the list of a ``text[]`` expression, without a guard: for where a text is never computed."""
    doubled = f"ARRAY(SELECT replace(item, ';', ';;') FROM unnest({items}) item)"
    return (
        f"CASE WHEN cardinality({items}) > 0 THEN {guard} ||"
        f" CASE WHEN position(';' IN array_to_string({items}, '')) = 0 THEN array_to_string({items}, '{BETWEEN}')"
        f" ELSE array_to_string({doubled}, '{BETWEEN}') END END"
    )


# --- reading ---

_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n)')


def read(lines: Iterable[str]) -> Iterator[list[str | None]]:
    """The rows of a file opened with ``newline=""`` (or of its text, cut at line ends), guards taken off.

    An empty cell is None. Strict, so that a file that was cut off or changed is not taken for a whole one: raises
    BadCsv where a quotation mark stands in the wrong place or is missing, where a row has more or fewer cells than
    the first, and where the last row does not end with a line end.
    """
    width = None
    for line, row in _rows(lines):
        cells = _cells(row, line)
        width = len(cells) if width is None else width
        if len(cells) != width:
            raise BadCsv(line, f"{len(cells)} cells, where the first row has {width}.")
        yield cells


def records(lines: Iterable[str]) -> Iterator[dict[str, str | None]]:
    """The rows after the first, by the names that the first has; a byte order mark is skipped. Raises BadCsv."""
    rows = read(lines)
    names = [str(name).removeprefix("\ufeff") for name in next(rows, [])]
    return (dict(zip(names, row, strict=True)) for row in rows)


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each row whole, with the number of its first line. A row goes on while a quotation mark is open."""
    began, held, is_open = 1, list[str](), False
    for number, line in enumerate(lines, 1):
        held.append(line)
        is_open ^= line.count('"') % 2 == 1
        if not is_open:
            yield began, "".join(held)
            began, held = number + 1, []
    if held:
        raise BadCsv(began, "the file ends within a cell.")


def _cells(row: str, line: int) -> list[str | None]:
    cells: list[str | None] = []
    at, end = 0, ","
    while end == ",":
        found = _CELL.match(row, at)
        if found is None:
            raise BadCsv(line, f"cell {len(cells) + 1} is not one: a stray quotation mark, or the file ends here.")
        quoted, plain, end = found.groups()
        if quoted is not None:
            cells.append(unguarded(quoted.replace('""', '"')))
        else:
            cells.append(unguarded(plain) if plain else None)
        at = found.end()
    if at != len(row):
        raise BadCsv(line, "a row ends within a line.")
    return cells
