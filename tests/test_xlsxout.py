"""A workbook holds texts as texts and numbers as numbers, and says what it cannot hold."""

import io
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from factdesk import xlsxout
from factdesk.xlsxout import TooManyRows, Workbook
from tests.odd_texts import naughty, texts

NO_XML = {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}


def cells(rows, numbers=(False,)):
    """The rows as another program has them, and the book's bytes."""
    book = b"".join(Workbook("x", ["n"] * len(numbers), numbers, rows))
    [_, *found] = openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows()
    return found, book


def come_back(strings):
    found, book = cells([(text,) for text in strings])
    for text, [cell] in zip(strings, found, strict=True):
        assert cell.data_type == "s"
        # openpyxl leaves escapes of inline texts as they are
        assert unescape(cell.value or "") == text.translate(NO_XML), ascii(text)
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


def test_the_naughty_strings_are_texts():
    come_back(naughty())


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "'=1", "http://a.example", "1e5", "TRUE", "_x0041_", "_x000D_"),
        *(" both ", "\u202eabc", "\U0001f9d1\u200d\U0001f692", '"', "a\nb", "a\r\nb", "\x01\x1f"),
    ],
)
def test_nothing_is_computed_and_nothing_lost(text):
    come_back([text])


@given(strings=st.lists(texts, max_size=5))
def test_any_text_comes_back(strings):
    come_back([text.replace("\ufffe", "").replace("\uffff", "") for text in strings])


def test_numbers_are_numbers_and_what_is_not_known_is_empty():
    found, _ = cells([("1", "0.5"), (None, None)], (True, True))
    assert [[cell.value for cell in row] for row in found] == [[1, 0.5]]


def test_a_text_that_is_too_long_for_a_cell_says_so():
    for long in ("x" * 32_768, "🧑" * 16_384):
        [[cell]], _ = cells([(long,)])
        assert cell.value.endswith(xlsxout.TOO_LONG)
        assert len(cell.value.encode("utf-16-le")) // 2 <= 32_767
    for fits in ("x" * 32_767, "🧑" * 16_383):
        [[cell]], _ = cells([(fits,)])
        assert cell.value == fits


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch):
    monkeypatch.setattr(xlsxout, "MOST_ROWS", 4)
    book = Workbook("x", ["n"], [False], [("a",)] * 3)
    book.close()
    assert book.rows == 3
    with pytest.raises(TooManyRows, match="A sheet holds 3 rows"):
        Workbook("x", ["n"], [False], [("a",)] * 4)


def test_memory_does_not_grow_with_the_rows():
    def peak(rows):
        tracemalloc.start()
        Workbook("x", ["n"], [False], ((str(n) * 100,) for n in range(rows))).close()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few, many = peak(100), peak(5_000)
    assert many < few + 500_000
