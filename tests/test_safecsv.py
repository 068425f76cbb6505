"""The rule for cells: safe, and undone without a loss; in Python and in SQL the same."""

import csv
import io
import unicodedata

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from factdesk import safecsv
from factdesk.safecsv import BadCsv
from tests.odd_texts import DANGEROUS, naughty, texts

# text -> cell, written out on purpose
GUARDED = {
    "": "",
    "plain": "plain",
    " =1+1": " =1+1",
    "=1+1": "'=1+1",
    "+1": "'+1",
    "-1.5": "'-1.5",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t=1",
    "\r=1": "'\r=1",
    "\n=1": "'\n=1",
    "'quoted'": "''quoted'",
    "''": "'''",
    "\uff1d1": "'\uff1d1",
    "\u22125": "'\u22125",
    "a=1": "a=1",
    "\u2013 a dash": "\u2013 a dash",
    '"': '"',
}


@pytest.mark.parametrize(("text", "cell"), GUARDED.items())
def test_a_cell_that_might_be_computed_gets_one_apostrophe(text, cell):
    assert safecsv.guarded(text) == cell
    assert safecsv.unguarded(cell) == text


def test_what_unicode_takes_for_a_sign_is_guarded_like_the_sign():
    every = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    alike = {each for each in every if unicodedata.normalize("NFKC", each)[:1] in tuple("=+-@'\u2212")}
    assert alike | set("\t\r\n") == set(DANGEROUS) == set(safecsv.BEGINNINGS)


@given(text=texts)
def test_the_rule_loses_nothing_and_lets_nothing_through(text):
    cell = safecsv.guarded(text)
    assert safecsv.unguarded(cell) == text
    assert not cell.startswith(tuple(DANGEROUS.replace("'", "")))


@given(items=st.lists(texts, max_size=5))
def test_a_list_comes_out_of_its_cell_as_it_went_in(items):
    text = safecsv.listed(items)
    assert (text is None) == (items == [])
    assert safecsv.unlisted(text) == items


@pytest.mark.django_db
@given(rows=st.lists(st.none() | texts, min_size=1, max_size=20))
def test_sql_guards_as_python_does(rows):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {safecsv.guarded_sql('t')} FROM unnest(%s::text[]) WITH ORDINALITY u (t, i) ORDER BY i", [rows]
        )
        assert [cell for (cell,) in cursor.fetchall()] == [t if t is None else safecsv.guarded(t) for t in rows]


@pytest.mark.django_db
@given(items=st.none() | st.lists(texts, max_size=5))
def test_sql_lists_as_python_does(items):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {safecsv.listed_sql('t')} FROM (SELECT %s::text[] AS t OFFSET 0) x", [items])
        [(cell,)] = cursor.fetchall()
    text = safecsv.listed(items or [])
    assert cell == (None if text is None else safecsv.guarded(text))


# --- through PostgreSQL and back ---


def copied(rows):
    """What COPY makes of rows of two texts, guarded by SQL."""
    a, b = ([row[column] for row in rows] for column in (0, 1))
    cells = ", ".join(f"{safecsv.guarded_sql(name)} AS {name}" for name in "ab")
    query = f"SELECT {cells} FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY u (a, b, i) ORDER BY i"
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", [a, b]) as out:
        return b"".join(bytes(row) for row in out).decode()


def comes_back(rows):
    file = copied(rows)
    assert list(safecsv.read(io.StringIO(file, newline=""))) == [["a", "b"], *rows]
    # Another reader sees the same cells, but cannot tell NULL from nothing, nor does it know the apostrophe.
    with_csv = list(csv.reader(io.StringIO(file, newline=""), strict=True))
    assert with_csv == [["a", "b"], *([safecsv.guarded(cell or "") for cell in row] for row in rows)]
    assert not [cell for row in with_csv for cell in row if cell.startswith(tuple(DANGEROUS.replace("'", "")))]


@pytest.mark.django_db
@given(rows=st.lists(st.lists(st.none() | texts, min_size=2, max_size=2), max_size=6))
def test_any_rows_come_back_to_the_character(rows):
    comes_back(rows)


@pytest.mark.django_db
def test_the_naughty_strings_come_back_to_the_character():
    strings = naughty()
    comes_back([[one, other] for one, other in zip(strings, reversed(strings), strict=True)])


@pytest.mark.django_db
def test_null_and_the_empty_string_are_told_apart():
    assert copied([[None, ""], ["", None]]) == 'a,b\n,""\n"",\n'
    comes_back([[None, ""], ["", None], [None, None]])


# --- the reader ---


def read(text):
    return list(safecsv.read(io.StringIO(text, newline="")))


def test_rows_are_read_whatever_their_line_ends_and_however_they_are_cut():
    whole = 'a,b\r\n"x\ry\nz\r\n",\'=1\n"","say ""so"""\n'
    expected = [["a", "b"], ["x\ry\nz\r\n", "=1"], ["", 'say "so"']]
    assert read(whole) == expected
    assert list(safecsv.read(whole.splitlines(keepends=True))) == expected
    assert list(safecsv.records(["\ufeffa,b\n", '1,""\n'])) == [{"a": "1", "b": ""}]
    assert list(safecsv.records([])) == []


def test_a_cell_of_many_lines_is_read_in_its_own_time():
    text = "x\n" * 200_000
    assert read(f'a\n"{text}"\n') == [["a"], [text]]


BROKEN = {
    "a,b\n1\n": 2,
    "a,b\n1,2,3\n": 2,
    "a,b\n\n1,2\n": 2,
    "a,b\n1,2": 2,
    'a,b\n1,"2\n': 2,
    'a,b\n"1\n2",3\n1,2"\n': 4,
    'a,b\n1,"2"x\n': 2,
    'a,b\n1,x"2"\n': 2,
    "a,b\r1,2\n": 1,
    "a,b\n1,": 2,
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_is_cut_off_or_odd_is_refused_with_its_line(text):
    with pytest.raises(BadCsv) as refused:
        read(text)
    assert refused.value.line == BROKEN[text]
    assert str(refused.value).startswith(f"Line {BROKEN[text]}: ")


@pytest.mark.django_db
def test_a_report_that_was_cut_off_anywhere_is_refused():
    file = copied([["one", 'say "so"'], [None, "two\nlines"], ["=1", ""]])
    ends = {at + 1 for at, character in enumerate(file) if character == "\n"}
    for cut in range(1, len(file)):
        if cut in ends and file[:cut].count('"') % 2 == 0:
            continue  # after a whole row nothing tells: who streams breaks off the connection instead
        with pytest.raises(BadCsv):
            read(file[:cut])
