"""What a report says of a claim: cell by cell, the same in CSV and JSON, for all claims at once and for some."""

import csv
import io
import json
from datetime import UTC, date

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from claims import origins, reports
from claims.models import Claim, Ruling
from claims.reportcolumns import BASE, COLUMNS, PARTS
from factdesk import safecsv
from factdesk.copyout import Frame, framed
from sources.models import Source
from tests import calls, make
from tests.dossier_example import PROJECT
from tests.odd_texts import DANGEROUS, naughty, texts

pytestmark = pytest.mark.django_db

PAGE = "https://desk.example/claims/{id}/look"
#: what narrows nothing, but makes the report look up each claim by itself
ONE_BY_ONE = {"pk__gte": 0}


def wanted(claims=None, *, restricted=True, fields=None):
    return reports.Wanted(Claim.objects.all() if claims is None else claims, PAGE, restricted, fields)


def run(statement, parameters):
    """What the statement gives, inside the test's transaction."""
    with connection.cursor() as cursor, cursor.copy(statement, parameters) as out:
        return [bytes(row) for row in out]


def table(claims=None, **options):
    """The rows of the CSV as our reader has them."""
    file = b"".join(run(*reports.csv_statement(wanted(claims, **options)))).decode()
    return list(safecsv.records(io.StringIO(file, newline="")))


def objects(claims=None, **options):
    """The rows of the JSON."""
    return [json.loads(row) for row in run(*reports.json_statement(wanted(claims, **options)))]


def row(claim, **options):
    """The claim's row, which is the same in both shapes of the query."""
    [alone] = table(Claim.objects.filter(pk=claim.pk), **options)
    [among] = [each for each in table(**options) if each["id"] == str(claim.pk)]
    assert alone == among
    return alone


def test_docs_reports_lists_the_columns():
    assert reports.columns_table() in (PROJECT / "docs/reports.md").read_text("utf-8")


def test_a_claim_with_nothing_but_a_statement():
    claim = make.claim("It rained.")
    assert row(claim) == {
        "id": str(claim.pk),
        "key": None,
        "page": f"https://desk.example/claims/{claim.pk}/look",
        "statement": "It rained.",
        "kind": "event",
        "state": "new",
        "verdict": None,
        "flags": None,
        "clearance": "not_cleared",
        "priority": "should",
        "topics": None,
        "place": "",
        "about_from": None,
        "about_until": None,
        "figures": None,
        "original_sources": None,
        "independent_origins": "0",
        "warnings": None,
        "origins_pending": "false",
        "denied_by": None,
        "questioned_by": None,
        "withdrawn_by": None,
        "via": None,
        "outlets": None,
        "documents": None,
        "document_keys": None,
        "accused": None,
        "finding": None,
        "finding_revision": None,
        "finding_by": None,
        "finding_at": None,
        "sign_offs": None,
        "assignee": None,
        "revision": "1",
        "updated_at": Claim.objects.get().updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def full_claim():
    """A claim with a chain, a second original source, a denial, an accusation and figures; signed off."""
    claim = make.claim(
        "The bridge was closed.",
        key="a_page/closed",
        kind="statistic",
        topics=["bridge", "town; county", "=cost"],
        place="Fernley",
        priority="must",
        about_from=date(2026, 3, 1),
        about_until=date(2026, 3, 2),
        assignee=make.user(username="ana", first_name="Ana", last_name="Ruiz"),
    )
    courier = make.outlet("The Courier")
    article = make.document("Bridge closed", key="a_page", publisher=courier)
    council = make.source("The council", "organization", identity="named")
    first = make.attribution(claim, council, document=make.document("", key="a_release"))
    relayed = make.attribution(claim, make.source("Wire"), relays=first)
    make.attribution(claim, courier, relays=relayed, document=article)
    make.attribution(claim, make.source("A neighbour"), document=article)
    make.attribution(claim, make.source("The mayor"), stance="denies")
    make.attribution(claim, make.source("A driver"), stance="questions")
    make.attribution(claim, make.source("A guard"), stance="withdraws")
    calls.withdraw(make.attribution(claim, make.source("Nobody any more")))
    base = make.quantity(claim, "162", "arrests", comparator=">", unit="people", population="drivers")
    make.quantity(claim, "90.0", "fined", unit="percent", base=base, base_is="share_of", place="Fernley", period="May")
    make.quantity(claim, "-3.50", "change", upper="2", margin="0.1")
    calls.withdraw(make.quantity(claim, "7", "days"))
    make.accusation(claim, make.source("The builder"))
    calls.withdraw(make.accusation(claim, make.source("Somebody else")))
    found = make.assessment(claim, "mixed", flags=["exaggerated", "cherry_picked"], author=make.user(username="bo"))
    Claim.objects.filter(pk=claim.pk).update(state="in_check")
    Claim.objects.filter(pk=claim.pk).update(state="in_review")
    make.sign_off(found, by=make.user("editor", username="cy", first_name="Cy"))
    claim.refresh_from_db()
    return claim, found


EVERYTHING = {
    "key": "a_page/closed",
    "statement": "The bridge was closed.",
    "kind": "statistic",
    "state": "signed_off",
    "verdict": "mixed",
    "flags": "exaggerated; cherry_picked",
    "clearance": "not_cleared",
    "priority": "must",
    "topics": "bridge; town;; county; =cost",
    "place": "Fernley",
    "about_from": "2026-03-01",
    "about_until": "2026-03-02",
    "figures": "> 162 people (arrests, of whom: drivers);"
    " 90.0 percent (fined, of what: a share of > 162 people (arrests), where: Fernley, when: May);"
    " -3.50 to 2 ± 0.1 (change)",
    "original_sources": "The council; A neighbour",
    "independent_origins": "2",
    "warnings": None,
    "origins_pending": "false",
    "denied_by": "The mayor",
    "questioned_by": "A driver",
    "withdrawn_by": "A guard",
    "via": "The Courier; Wire",
    "outlets": "The Courier",
    "documents": "Bridge closed; a_release",
    "document_keys": "a_page; a_release",
    "accused": "The builder (waiting)",
    "finding": "mixed",
    "finding_by": "bo",
    "sign_offs": "Cy (approve)",
    "assignee": "Ana Ruiz",
}


def test_a_claim_with_everything():
    claim, found = full_claim()
    told = row(claim)
    assert {name: told[name] for name in EVERYTHING} == EVERYTHING
    assert told["finding_revision"] == told["revision"] == str(claim.revision)
    assert told["finding_at"] == found.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert safecsv.unlisted(told["topics"]) == claim.topics
    assert set(told) - set(EVERYTHING) == {"id", "page", "finding_revision", "finding_at", "revision", "updated_at"}


def test_json_says_the_same_with_arrays_and_numbers():
    claim, _ = full_claim()
    make.claim()
    for csv_row, json_row in zip(table(), objects(), strict=True):
        assert list(csv_row) == list(json_row) == [column.name for column in COLUMNS]
        for column in COLUMNS:
            cell, value = csv_row[column.name], json_row[column.name]
            if column.kind in ("list", "words"):
                assert value == safecsv.unlisted(cell)
            elif column.kind in ("number", "yes"):
                assert value == (None if cell is None else json.loads(cell))
            else:
                assert value == cell
    [told] = objects(Claim.objects.filter(pk=claim.pk))
    assert told["topics"] == ["bridge", "town; county", "=cost"]
    assert told["id"] == str(claim.pk)


def test_both_shapes_of_the_query_say_the_same_of_the_seeds():
    call_command("import_dossier", str(PROJECT / "seeds"), verbosity=0)
    whole = table()
    assert len(whole) > 150
    assert table(Claim.objects.filter(**ONE_BY_ONE)) == whole
    assert [int(each["id"]) for each in whole] == sorted(Claim.objects.values_list("pk", flat=True))
    named = {int(each["id"]): safecsv.unlisted(each["original_sources"]) for each in whole}
    for claim, found in origins.of(named).items():
        assert len(named[claim]) == len([each for each in found if each.stance == "asserts"])


def test_few_columns_read_no_more_than_they_need():
    claim = make.claim("=1")
    assert row(claim, fields=["statement", "id"]) == {"id": str(claim.pk), "statement": "=1"}
    statement, _ = reports.csv_statement(wanted(fields=["statement", "id"]))
    assert "claims_attribution" not in statement
    assert [column.name for column in wanted(fields=["statement", "id"]).columns] == ["id", "statement"]


def test_a_report_of_no_claims_is_its_header():
    assert table(Claim.objects.none()) == []
    assert run(*reports.csv_statement(wanted(Claim.objects.none(), fields=["id", "key"]))) == [b"id,key\n"]
    assert objects(Claim.objects.none()) == []


def test_the_table_is_whole():
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
    assert {part for column in COLUMNS for part in column.parts.split()} == set(PARTS)
    assert all(f"c.{name}" in "".join(c.sql for c in COLUMNS) + str(PARTS) for name in BASE)


# --- original sources ---


def items(claim):
    return safecsv.unlisted(row(claim)["original_sources"])


def test_origins_that_count_as_one_stand_in_one_item():
    claim = make.claim()
    paper = make.source("A group", "organization")
    for name in ("The Post", "The Mail"):
        make.attribution(claim, make.outlet(name, owner=paper))
    assert items(claim) == ["The Post = The Mail"]
    make.attribution(claim, make.source("A witness"))
    assert items(claim) == ["The Post = The Mail", "A witness"]


def test_a_source_that_says_it_twice_is_one_origin():
    claim, speaker = make.claim(), make.source("The council")
    make.attribution(claim, speaker)
    make.attribution(claim, speaker)
    assert items(claim) == ["The council"]
    make.attribution(claim, make.source("A witness"))
    assert items(claim) == ["The council", "A witness"]


def test_a_ruling_is_followed():
    claim, speaker = make.claim(), make.source("The council")
    one, two = make.attribution(claim, speaker), make.attribution(claim, speaker)
    make.attribution(claim, make.source("A witness"))
    third = make.attribution(claim, make.source("Another"))
    for first, second, decision in ((one, two, "independent"), (two, third, "one_origin")):
        with connection.cursor() as cursor:
            cursor.execute("SELECT claims_origin_key(%s, %s)", [first.pk, second.pk])
            [[key]] = cursor.fetchall()
        ruled = {"about": "origins", "claim": claim, "first": first, "second": second, "key": key}
        Ruling.objects.create(**ruled, decision=decision, by=make.user("editor"))
    claim.refresh_from_db()
    assert claim.independent_origins == 3
    assert items(claim) == ["The council", "The council = Another", "A witness"]


def test_a_merged_source_goes_by_the_name_of_its_root():
    claim = make.claim()
    root, twin = make.source("Anna Smith"), make.source("A. Smith")
    Source.objects.filter(pk=twin.pk).update(merged_into=root)
    page = make.document(publisher=twin)
    first = make.attribution(claim, twin, document=page)
    make.attribution(claim, twin, relays=first)
    make.accusation(claim, twin)
    told = row(claim)
    assert [told[name] for name in ("original_sources", "via", "outlets")] == ["Anna Smith"] * 3
    assert told["accused"] == "Anna Smith (waiting)"


@given(plan=st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["asserts", "reports", "denies"])), max_size=6))
def test_the_items_are_the_origins_that_the_record_works_out(plan):
    with transaction.atomic():
        compare_origins(plan)
        transaction.set_rollback(True)


def compare_origins(plan):
    claim = make.claim()
    owner = make.source(kind="organization")
    speakers = [make.outlet(f"S{n}", owner=owner if n < 2 else None) for n in range(5)]
    names = {make.attribution(claim, speakers[n], stance=stance).pk: f"S{n}" for n, stance in plan}
    expected = [
        {names[hop] for hop in origin.hops} for origin in origins.of([claim.pk])[claim.pk] if origin.stance == "asserts"
    ]
    assert [set(item.split(" = ")) for item in items(claim)] == expected
    denied = safecsv.unlisted(row(claim)["denied_by"])
    assert denied == list(
        dict.fromkeys(names[pk] for (_, stance), pk in zip(plan, names, strict=True) if stance == "denies")
    )


# --- what not everybody is told ---


def test_of_restricted_material_only_the_number_is_told():
    claim = make.claim()
    page = make.document("A secret memo", key="secret", publisher=make.outlet("A secret outlet"), restricted=True)
    make.attribution(claim, document=page)
    assert "secret" not in str(row(claim, restricted=False)).lower()
    assert row(claim, restricted=False)["documents"] == f"document {page.pk} (restricted)"
    told = row(claim, restricted=True)
    assert (told["documents"], told["document_keys"], told["outlets"]) == ("A secret memo", "secret", "A secret outlet")


def test_an_exemption_is_told():
    claim = make.claim()
    facts = {"exempt": "dead", "exempt_because": "In 1990.", "exempted_by": make.user("editor")}
    make.accusation(claim, make.source("The founder"), **facts)
    assert row(claim)["accused"] == "The founder (exempt: dead)"


# --- to the character ---


def texts_come_back(pairs):
    """``pairs`` of a statement and a place: as they went in, as our reader has them, and never computed."""
    Claim.objects.bulk_create(
        Claim(statement=one if one.strip() else f"x{one}", place=other, topics=[one, other], kind="event")
        for one, other in pairs
    )
    for claim, told, among in zip(
        Claim.objects.order_by("pk"), table(), table(Claim.objects.filter(**ONE_BY_ONE)), strict=True
    ):
        assert told == among
        assert (told["statement"], told["place"]) == (claim.statement, claim.place)
        assert safecsv.unlisted(told["topics"]) == claim.topics
    raw = b"".join(run(*reports.csv_statement(wanted()))).decode()
    for cells in raw_cells(raw):
        assert not [cell for cell in cells if cell.startswith(tuple(DANGEROUS.replace("'", "")))]
    for claim, told in zip(Claim.objects.order_by("pk"), objects(), strict=True):
        assert (told["statement"], told["place"], told["topics"]) == (claim.statement, claim.place, claim.topics)


def raw_cells(file):
    """The cells as another reader has them: the guards still on."""
    return csv.reader(io.StringIO(file, newline=""), strict=True)


def test_the_naughty_strings_come_back_out_of_a_report():
    strings = naughty()
    texts_come_back(list(zip(strings, reversed(strings), strict=True)))


@given(pairs=st.lists(st.tuples(texts, texts), max_size=5))
def test_any_text_comes_back_out_of_a_report(pairs):
    with transaction.atomic():
        texts_come_back(pairs)
        transaction.set_rollback(True)


@pytest.mark.parametrize("sign", ["=", "-", "\t", "'", "\uff1d", "\u2212"])
def test_no_cell_of_any_column_begins_with_a_sign(sign):
    odd = f"{sign}1+1"
    claim = make.claim(odd, key=odd, topics=[odd, "x"], place=odd, assignee=make.user(username=f"{sign}x"))
    outlet = make.outlet(odd)
    first = make.attribution(claim, make.source(odd), document=make.document(odd, key=odd, publisher=outlet))
    make.attribution(claim, outlet, relays=first)
    for stance in ("denies", "questions", "withdraws"):
        make.attribution(claim, make.source(odd), stance=stance)
    make.quantity(claim, "-1", odd, unit=odd)
    make.accusation(claim, make.source(odd))
    found = make.assessment(claim, author=claim.assignee)
    for state in ("in_check", "in_review"):
        Claim.objects.filter(pk=claim.pk).update(state=state)
    make.sign_off(found, by=make.user("editor", username=f"{sign}y"))
    [header, cells] = raw_cells(b"".join(run(*reports.csv_statement(wanted()))).decode())
    guarded = {name for name, cell in zip(header, cells, strict=True) if cell.startswith("'")}
    assert guarded == {
        *("key", "statement", "topics", "place", "figures", "original_sources", "denied_by", "questioned_by"),
        *(
            "withdrawn_by",
            "via",
            "outlets",
            "documents",
            "document_keys",
            "accused",
            "finding_by",
            "sign_offs",
            "assignee",
        ),
    }
    assert not [cell for cell in cells if cell.startswith(tuple(DANGEROUS.replace("'", "")))]


# --- chunks ---


@given(rows=st.lists(st.text("abc", max_size=5), max_size=20), least=st.integers(1, 30))
def test_chunks_put_together_are_the_whole_and_no_row_is_cut(rows, least):
    lines = [f"{each}\n".encode() for each in rows]
    plain = list(framed(lines, Frame(before=b"!"), least))
    assert b"".join(plain) == b"!" + (b"".join(lines) or b"\n")
    assert all(len(chunk) >= least for chunk in plain[:-2])
    array = b"".join(framed([f'"{each}"\n'.encode() for each in rows], Frame(b"[\n", b",\n", b"\n]\n"), least))
    assert json.loads(array) == rows
