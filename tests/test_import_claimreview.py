"""``import_claimreview``: tables and files, row by row; each is told, one bad row stops no other."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from claims.claimreview import sort_of
from claims.models import Claim, Evidence
from sources.models import Document, Source
from tests import make
from tests.claimreviews import rating, review, several

pytestmark = pytest.mark.django_db

LIAR = "id,label,statement,subjects,speaker,job,state,party,barely_true,false,half_true,mostly_true,pants_fire,context"


@pytest.fixture
def run(tmp_path, capsys):
    """Import a file of this text, or of these bytes: what was said, and the rows of the report."""

    def importing(name, data, *options):
        file, report = tmp_path / name, tmp_path / "report"
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        call_command("import_claimreview", str(file), "--report", str(report), *options)
        rows = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
        return capsys.readouterr().out, rows

    return importing


def table(*rows, **options):
    out = io.StringIO()
    csv.writer(out, **options).writerows(rows)
    return out.getvalue()


def test_a_table_is_read_by_what_its_columns_are_called(run):
    head = [
        "URL",
        "Author",
        "datePublished",
        "claimReviewed",
        "reviewBody",
        "ratingValue",
        "bestRating",
        "alternativeName",
    ]
    row = [
        "https://x.example/1",
        "https:www.x.example",
        "2026-03-03 07:00:57",
        "É assim,\nmesmo.",
        "Não é.",
        "1",
        "5",
        "falso",
    ]
    said, rows = run("a.csv", table([*head, "mood"], [*row, "bad"]))
    assert [each["outcome"] for each in rows] == ["made"]
    claim = Claim.objects.get()
    assert claim.statement == "É assim, mesmo."
    backing = claim.evidence.get()
    assert (backing.stance, backing.note) == ("refutes", "Rating: falso (1 on a scale of not stated to 5)\n\nNão é.")
    assert backing.document.publisher.name == "www.x.example"
    assert "claim=claimReviewed" in said
    assert "not read: mood" in said
    assert "1 rows: 1 made" in said


def test_a_table_without_names_is_read_by_those_that_are_given(run):
    line = '7.json\thalf-true\tHe said "no\tjobs,taxes\tada-quill\tMayor\tOhio\tnone\t0\t0\t1\t0\t0\ta "speech\n'
    _, rows = run("train.tsv", line * 2, "--header", LIAR, "--set", "outlet=PolitiFact")
    assert [(each["outcome"], each["code"]) for each in rows] == [("made", ""), ("already_there", "twice")]
    claim = Claim.objects.get()
    assert (claim.statement, claim.topics) == ('He said "no', ["jobs", "taxes"])
    hop = claim.attributions.get()
    assert (hop.speaker.name, 'Where: a "speech' in hop.note) == ("ada-quill", True)
    assert (claim.evidence.get().stance, claim.evidence.get().note) == ("context", "Rating: half-true")
    assert Document.objects.get().publisher == Source.objects.get(name="PolitiFact")


def test_columns_may_be_named_and_what_there_is_not_is_told(run):
    data = table(["What", "Who"], ["It is so.", "Ada"])
    with pytest.raises(CommandError, match="1 file could not be read"):
        run("a.csv", data)
    with pytest.raises(CommandError, match="--columns wht=What"):
        run("a.csv", data, "--columns", "wht=What")
    with pytest.raises(CommandError, match="could not be read"):
        run("a.csv", data, "--columns", "claim=Where")
    run("a.csv", data, "--columns", "claim=What,claimant=Who", "--set", "claimant_kind=organization")
    assert Claim.objects.get().attributions.get().speaker.kind == "organization"


def test_json_lines_hold_rows_or_reviews(run):
    lines = [
        json.dumps({"statement": "It is so.", "speaker": "Ada", "n": 7, "subjects": ["a", "b"]}),
        "{broken",
        json.dumps(review()),
        "",
        json.dumps({"@type": "WebPage"}),
        json.dumps({"statement": ""}),
    ]
    _, rows = run("a.jsonl", "\n".join(lines))
    assert [(each["place"], each["outcome"], each["code"]) for each in rows] == [
        ("line 1", "made", ""),
        ("line 2", "refused", "not_json"),
        ("line 3", "made", ""),
        ("line 5", "refused", "no_claimreview"),
        ("line 6", "refused", "no_claim"),
    ]
    assert Claim.objects.get(statement="It is so.").topics == ["a", "b"]


def test_bad_rows_of_a_table_are_told_by_their_line_and_stop_no_other(run):
    rows = [
        ["claim", "url"],
        ["One.", "no address"],
        ["x" * 2001, ""],
        ["a", "b", "c"],
        ["", ""],
        ["NUL \0", ""],
        ["Two.", ""],
    ]
    said, told = run("a.csv", table(*rows).encode())
    assert [(each["place"], each["code"] or each["outcome"]) for each in told] == [
        ("line 2", "made"),
        ("line 3", "too_long"),
        ("line 4", "too_many_cells"),
        ("line 6", "nul"),
        ("line 7", "made"),
    ]
    assert "a.csv:line 3: refused: statement: 2,001 characters; at most 2,000." in said
    assert told[0]["told"] == ["The address of the review is no web address and was left out."]


def test_what_is_no_utf_8_is_told_with_what_to_do(run, capsys):
    with pytest.raises(CommandError):
        run("a.csv", "claim\nGröße\n".encode("latin-1"))
    assert "save it as UTF-8" in capsys.readouterr().err


def test_thousands_of_rows_of_the_same_few_sources_make_these_once(run):
    rows = [[f"Claim {at} of many.", f"https://x.example/{at}", f"Speaker {at % 7}"] for at in range(450)]
    run("a.csv", table(["claim", "url", "claimant"], *rows), "--set", "outlet=Checks")
    assert (Claim.objects.count(), Source.objects.count(), Document.objects.count()) == (450, 8, 450)
    said, told = run("a.csv", table(["claim", "url", "claimant"], *rows), "--set", "outlet=Checks")
    assert {each["outcome"] for each in told} == {"already_there"}
    assert "450 already there" in said


def test_files_of_json_and_pages_come_in_the_same_way(run):
    _, rows = run("a.json", json.dumps({"@graph": several(3)}))
    assert [each["outcome"] for each in rows] == ["made"] * 3
    page = f'<script type="application/ld+json">{json.dumps(several(4))}</script>'
    _, rows = run("a.html", page)
    assert [each["outcome"] for each in rows] == ["already_there"] * 3 + ["made"]


def test_a_dry_run_changes_nothing_and_says_so(run):
    said, _ = run("a.json", json.dumps(several(3)), "--dry-run")
    assert "3 made, 0 updated, 0 already there, 0 conflict, 0 refused (dry run)" in said
    assert (Claim.objects.count(), Source.objects.count(), Document.objects.count()) == (0, 0, 0)


def test_whoever_imports_must_have_the_right_and_is_told(run):
    make.user("reader", username="rita")
    with pytest.raises(CommandError, match="could not be read"):
        run("a.json", json.dumps(review()), "--by", "rita")
    with pytest.raises(CommandError, match="no user nobody"):
        run("a.json", json.dumps(review()), "--by", "nobody")
    make.user("editor", username="edda")
    run("a.json", json.dumps(review()), "--by", "edda")
    run("a.json", json.dumps(review(reviewRating=rating(5))), "--by", "edda")
    assert Evidence.objects.get().stance == "supports"


@pytest.mark.parametrize(
    ("name", "start", "sort"),
    [
        ("a.json", b"", "json"),
        ("A.JSONLD", b"", "json"),
        ("a.html", b"", "page"),
        ("a.tsv", b"", "tsv"),
        ("a.ndjson", b"", "lines"),
        ("feed", b'  [{"@type"', "json"),
        ("feed", b'{"a": 1}\n{"a": 2}\n', "lines"),
        ("feed", b'{"a":\n {"b": 2}}', "json"),
        ("feed", b"\xef\xbb\xbf<!doctype html>", "page"),
        ("feed", b"a\tb\n", "tsv"),
        ("feed", b"a,b\n", "csv"),
    ],
)
def test_what_a_file_is_follows_from_its_name_or_its_beginning(name, start, sort):
    assert sort_of(name, start) == sort
