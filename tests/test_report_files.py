"""Each report by each way out: the same rows, safe cells, and nothing for whoever may not have it."""

import csv
import io
import json
from datetime import timedelta
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from openpyxl.utils.escape import unescape

from claims.models import Accusation, Claim, CopyChange, Piece, Usage
from factdesk import safecsv, xlsxout
from sources.models import Sentence, Source
from tests import calls, make, rich
from tests.calls import caller, faults, problem
from tests.odd_texts import DANGEROUS
from tests.test_api_reports import body, none_stays_open

# A report reads on a connection of its own: what it is to see must be committed.
pytestmark = pytest.mark.django_db(transaction=True)

# Written out again on purpose.
NAMES = ("claims", "work", "pieces", "sign-offs", "sources", "by-source", "accusations", "usages", "lines", "weeks")
FOR_FEW = {"sources", "by-source"}
#: texts that a spreadsheet would compute, cut or lose
ODD = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", '"=1"', "a;b; c", 'a "quoted", text', "a\nb\r\nc",
    "\x01\x1f", "\u202eabc", "שלום", "\U0001f9d1\u200d\U0001f692", "\uff1d1", "x" * 400,
)  # fmt: skip


def address(name, ending):
    return f"/api/v1/reports/{name}{ending}"


def sheet(answer):
    """The rows of a workbook as another program has them."""
    book = openpyxl.load_workbook(io.BytesIO(body(answer)))
    [page] = book.worksheets
    return [[cell.value for cell in row] for row in page.iter_rows()], page


def odd_desk():
    """Everything that a report tells is odd."""
    people = [make.user(first_name=odd[:150], last_name="x") for odd in ODD]
    for odd, person in zip(ODD, people, strict=True):
        speaker = make.source(odd)
        page = make.document(odd, "desk_copy", publisher=make.outlet(odd))
        copy = make.snapshot(f"{odd}.", of=page)
        Sentence.objects.create(snapshot=copy, start=0, end=copy.length)
        piece = Piece.objects.create(document=page, author=person, editor=person)
        claim = make.claim(odd, place=odd, topics=[odd, "x"], assignee=person)
        make.attribution(claim, speaker, document=page)
        make.quantity(claim, "-1", odd)
        facts = {"outcome": "replied", "replied_at": timezone.now(), "exempt": "dead", "exempt_because": odd}
        accusation = make.accusation(claim, speaker, reply=odd, known_position=odd)
        Accusation.objects.filter(pk=accusation.pk).update(**facts, exempted_by=make.user("editor"))
        chief = make.user("chief")
        Usage.objects.create(
            claim=claim, revision=1, document=page, url=odd, consumer=odd[:200], printed=odd, owed="corrected",
            correction=odd, went_out_open="printed_unchecked", open_because=odd, open_decided_by=chief,
        )  # fmt: skip
        words = make.passage(copy, 0, 1)
        CopyChange.objects.create(piece=piece, passage=words, reason=odd, proposed_by=person)
        checked = make.claim(odd, state="in_review")
        make.sign_off(checked.assessments.get(), "send_back", note=odd)


def test_a_report_is_the_same_in_every_form():
    with transaction.atomic():
        rich.desk()
        odd_desk()
    chief = caller(make.user("chief"), ["read", "review"])
    for name in NAMES:
        told = json.loads(body(chief.get(address(name, ".json"))))
        table = list(safecsv.records(io.StringIO(body(chief.get(address(name, ".csv"))).decode(), newline="")))
        [heading, *rows], _ = sheet(chief.get(address(name, ".xlsx")))
        assert len(told) == len(table) == len(rows) > 0, name
        assert [*told[0]] == [*table[0]] == heading
        for one, two, three in zip(told, table, rows, strict=True):
            for column, cell in zip(heading, three, strict=True):
                value, text = one[column], two[column]
                said = safecsv.listed(value) if isinstance(value, list) else value
                said = str(said).lower() if isinstance(said, bool) else said
                if isinstance(value, int | float) and not isinstance(value, bool):
                    assert cell == value == float(text), (name, column)
                else:
                    fits = None if said is None else str(said).translate({0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD})
                    assert text == said, (name, column)
                    assert (unescape(cell) if cell else None) == (fits or None), (name, column)


def test_no_cell_of_any_report_is_computed():
    with transaction.atomic():
        odd_desk()
    chief = caller(make.user("chief"), ["read", "review"])
    signs = tuple(DANGEROUS.replace("'", ""))
    for name in NAMES:
        table = list(csv.reader(io.StringIO(body(chief.get(address(name, ".csv"))).decode(), newline=""), strict=True))
        assert not [cell for row in table for cell in row if cell.startswith(signs)], name
        rows, page = sheet(chief.get(address(name, ".xlsx")))
        assert len(rows) == len(table) > 1, name
        assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n"}
        assert not [cell for row in page.iter_rows() for cell in row if cell.hyperlink]
    told = body(chief.get(address("usages", ".json"))).decode()
    assert {row["printed"] for row in json.loads(told)} == set(ODD)


def test_who_may_have_a_report_is_asked_at_every_way_out(client):
    make.claim(assignee=make.user(first_name="Ada"))
    reader, editor = caller(), make.user("editor")
    for name in NAMES:
        for ending in (".csv", ".json", ".xlsx", "/"):
            place = address(name, ending)
            problem(calls.Caller("fd_unknown").get(place), 401, "token_unknown")
            problem(caller(scopes=[]).get(place), 403, "not_allowed")
            if name in FOR_FEW:
                problem(reader.get(place), 403, "not_allowed")
                problem(caller(editor, ["read"]).get(place), 403, "not_allowed")  # the token lets no more through
            else:
                assert body(reader.get(place))
            assert body(caller(editor, ["read", "review"]).get(place))
    problem(reader.get(address("nothing", ".csv")), 404, "not_found")
    assert client.get(address("claims", ".csv")).status_code == 401


def test_the_form_is_asked_for_by_name(program):
    claim = make.claim("=1")
    assert body(program.get(address("claims", "/?fields=statement"))) == b"statement\n'=1\n"
    assert json.loads(body(program.get(address("claims", "/?format=json&fields=id")))) == [{"id": str(claim.pk)}]
    answer = program.get(address("claims", "/?format=xlsx&fields=statement"))
    assert answer["Content-Type"] == xlsxout.MEDIA_TYPE
    assert answer["Content-Disposition"].endswith('.xlsx"')
    assert sheet(answer)[0] == [["statement"], ["=1"]]
    assert faults(program.get(address("claims", "/?format=pdf"))) == {"format": "unknown_word"}
    assert faults(program.get(address("claims", ".csv?format=csv"))) == {"format": "unknown_parameter"}
    assert faults(program.get(address("claims", ".xlsx?bom=1"))) == {"bom": "unknown_parameter"}
    head = program.client.head(address("claims", ".xlsx"))
    assert (head.status_code, b"".join(head)) == (200, b"")


def test_more_than_a_sheet_holds_is_told_and_not_cut(program, monkeypatch):
    for _ in range(4):
        make.claim()
    monkeypatch.setattr(xlsxout, "MOST_ROWS", 4)
    told = problem(program.get(address("claims", ".xlsx")), 400, "bad_query")
    assert told["errors"][0]["code"] == "too_many_rows"
    assert "Take the CSV" in told["detail"]
    with pytest.raises(CommandError, match="Take the CSV"), TemporaryDirectory() as folder:
        call_command("report", "claims", "--format", "xlsx", "--to", f"{folder}/x")
    assert none_stays_open()
    assert len(sheet(program.get(address("claims", f".xlsx?id={Claim.objects.first().pk}")))[0]) == 2


def test_filters_are_those_of_the_list(program):
    """One of each sort of list; those of claims have a test of their own."""
    with transaction.atomic():
        rich.desk()
    chief = caller(make.user("chief"), ["read", "review"])
    ada = Source.objects.filter(accusations__withdrawn_at__isnull=True, accusations__isnull=False).first()
    for name, listed, query in (
        ("accusations", "accusations", f"?accused={ada.pk}"),
        ("accusations", "accusations", "?outcome=waiting&outcome=replied"),
        ("sign-offs", "sign_offs", "?decision=send_back"),
        ("pieces", "pieces", f"?created_after={(timezone.now() + timedelta(days=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}"),
        ("usages", "usages", "?owed=due"),
    ):
        found = {each["id"] for each in chief.get(f"/api/v1/{listed}/{query}&limit=200").json()["results"]}
        assert {row["id"] for row in json.loads(body(chief.get(address(name, f".json{query}"))))} == found
    assert faults(program.get(address("usages", ".csv?kind=event"))) == {"kind": "unknown_parameter"}


def test_restricted_material_is_not_told_of(program):
    page = make.document("A secret memo", "desk_copy", key="secret", restricted=True)
    copy = make.snapshot("Hidden words.", of=page)
    Sentence.objects.create(snapshot=copy, start=0, end=6)
    Piece.objects.create(document=page)
    Usage.objects.create(claim=make.claim(), revision=1, document=page, owed="due")
    editor = caller(make.user("editor"), ["read", "review"])
    for name, secret in (("pieces", "A secret memo"), ("lines", "Hidden"), ("usages", "A secret memo")):
        for ending in (".csv", ".json"):
            told = body(program.get(address(name, ending))).decode()
            assert secret not in told
            assert "secret" not in told.lower()
            assert secret in body(editor.get(address(name, ending))).decode()


@pytest.mark.parametrize("name", NAMES)
def test_the_command_writes_what_the_api_gives(name, tmp_path, capfdbinary):
    make.attribution(make.claim(state="signed_off"), document=make.document())
    chief = caller(make.user("chief"), ["read", "review"])
    call_command("report", name)
    assert capfdbinary.readouterr().out.replace(b"http://127.0.0.1:8000", b"http://testserver") == body(
        chief.get(address(name, ".csv"))
    )
    call_command("report", name, "--format", "xlsx")
    assert capfdbinary.readouterr().out.startswith(b"PK\x03\x04")
    with pytest.raises(CommandError, match="no byte order mark"):
        call_command("report", name, "--format", "xlsx", "--bom")
