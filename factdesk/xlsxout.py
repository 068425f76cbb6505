"""A table as a workbook for spreadsheets: one sheet, written row by row into a file, read out in chunks.

The bargain: a text is written as a text, whatever it begins with, and numbers as numbers; nothing is a formula or a
link. Memory does not grow with the rows (XlsxWriter, ``constant_memory``). What a sheet cannot hold is told: more rows
are refused before anything is sent, and a text that is too long for a cell says so at its end.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows of a sheet, the heading among them (Excel, "Specifications and limits").
MOST_ROWS = 1_048_576
#: What a cell holds, in UTF-16 units (the same).
LONGEST = 32_767
#: Bytes of a chunk.
CHUNK = 128 * 1024
TOO_LONG = " […: too long for a cell; the CSV has all of it]"
#: Excel takes no sheet's name that is longer.
_LONGEST_NAME = 31
#: Characters that XML 1.0 (§2.2) does not have; controls are escaped by XlsxWriter (ECMA-376-1, §22.9.2.19).
_NO_XML = re.compile("[\ufffe\uffff]")


class TooManyRows(Exception):
    """A sheet holds no more than ``most`` rows below its heading."""

    def __init__(self) -> None:
        self.most = MOST_ROWS - 1
        super().__init__(f"A sheet holds {self.most:,} rows. Take the CSV, or narrow the report down.")


class Workbook:
    """A workbook that was written; to be iterated over once, in chunks. ``rows``: how many, ``size``: in bytes."""

    def __init__(
        self, sheet: str, names: Sequence[str], numbers: Sequence[bool], rows: Iterable[Sequence[str | None]]
    ) -> None:
        """Write it. ``numbers``: which columns hold numbers. Raises :class:`TooManyRows`, and what ``rows`` raises."""
        self._file = TemporaryFile()  # noqa: SIM115 - closed by close(), or with its last chunk
        try:
            self.rows = _written(self._file, sheet, names, numbers, rows)
            self.size = self._file.seek(0, 2)
            self._file.seek(0)
        except BaseException:
            self._file.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        with self._file:
            while chunk := self._file.read(CHUNK):
                yield chunk

    def close(self) -> None:
        """Nobody wants the rest."""
        self._file.close()


def _written(
    file: IO[bytes], sheet: str, names: Sequence[str], numbers: Sequence[bool], rows: Iterable[Sequence[str | None]]
) -> int:
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    page, bold, count = book.add_worksheet(sheet[:_LONGEST_NAME]), book.add_format({"bold": True}), 0
    try:
        page.freeze_panes(1, 0)
        for place, name in enumerate(names):
            page.write_string(0, place, name, bold)
        for count, row in enumerate(rows, 1):
            if count >= MOST_ROWS:
                raise TooManyRows
            for place, cell in enumerate(row):
                if cell is not None:
                    (page.write_number if numbers[place] else page.write_string)(
                        count, place, float(cell) if numbers[place] else _held(cell)
                    )
    finally:
        book.close()
    return count


def _held(text: str) -> str:
    """The text as a cell holds it."""
    told = _NO_XML.sub("\ufffd", text)
    if len(told) > LONGEST // 2 and len(told.encode("utf-16-le")) // 2 > LONGEST:
        fits = told.encode("utf-16-le")[: 2 * (LONGEST - len(TOO_LONG))]
        told = fits.decode("utf-16-le", "ignore") + TOO_LONG
    return told
