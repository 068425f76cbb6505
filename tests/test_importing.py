"""Claims in bulk: what a file may be, what is wrong with it, and what is on the desk afterwards."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from claims.importing import bring, sort_of
from claims.importing.staging import LIVE, live_columns
from claims.models import Accusation, Attribution, Claim, Quantity
from factdesk.errors import BadInput, NotAllowed
from factdesk.people.accounts import desk_user
from sources.models import Document, Source
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

HEADER = "key,kind,statement"


def claim(key: str = "a", **facts) -> dict:
    return {"key": key, "kind": "event", "statement": f"The mill burned, {key}."} | facts


def said(speaker: object, **facts) -> dict:
    return {"attributions": [{"speaker": speaker} | facts]}


def person(name: str, **facts) -> dict:
    return {"name": name, "kind": "person"} | facts


@pytest.fixture
def jsonl(tmp_path):
    """Bring these objects (or bytes, one a line) in as JSON Lines."""

    def run(*lines, **options):
        file = tmp_path / "claims.jsonl"
        file.write_bytes(
            b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in lines)
        )
        return bring(file, "jsonl", by=options.pop("by", None) or desk_user(), **options)

    return run


@pytest.fixture
def table(tmp_path):
    """Bring this text (or bytes) in as CSV."""

    def run(text, **options):
        file = tmp_path / "claims.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return bring(file, "csv", by=options.pop("by", None) or desk_user(), **options)

    return run


def problems(run, *given, **options) -> list[tuple[int, str, str]]:
    """(line, path, code) of each problem of a file that is refused, and nothing has come of it."""
    before = Claim.objects.count(), Source.objects.count(), Document.objects.count()
    with pytest.raises(BadInput) as refused:
        run(*given, **options)
    assert (Claim.objects.count(), Source.objects.count(), Document.objects.count()) == before
    return [(each["line"], each["path"], each["code"]) for each in refused.value.problems]


# --- what comes onto the desk ---


def test_a_claim_with_its_chain_figure_and_accused_is_on_the_desk_as_it_was_written(jsonl):
    paper = {"name": "The Courier", "kind": "outlet"}
    hop = {
        "speaker": paper,
        "document": {"title": "Fire", "kind": "article", "publisher": paper, "url": "https://x.test/"},
    }
    hop["relays"] = {"speaker": person("Cap Lee"), "basis": "witnessed", "said_on": "2024-03-05"}
    figures = [
        {"key": "all", "measure": "engines", "value": 90.50, "unit": "engines"},
        {"measure": "engines that came", "value": "2", "base": "all", "base_is": "share_of"},
    ]
    made = jsonl(
        claim(
            kind="allegation",
            topics=["fire", "mill"],
            about_from="2024-03-05",
            quantities=figures,
            accusations=[{"accused": person("Ann Owner")}],
            attributions=[hop],
        )
    )
    assert made.made == {
        "source": 3,
        "document": 1,
        "claim": 1,
        "quantity": 2,
        "attribution": 2,
        "evidence": 0,
        "accusation": 1,
    }
    found = Claim.objects.get(key="a")
    assert (found.state, found.verdict, found.revision, found.version) == ("new", None, 1, found.version)
    assert (found.topics, found.priority, found.created_by) == (["fire", "mill"], "must", desk_user())
    outer, origin = Attribution.objects.order_by("-depth")
    assert (outer.relays, outer.stance, outer.depth, outer.document.publisher) == (origin, "reports", 1, outer.speaker)
    assert (origin.speaker.name, origin.stance, origin.basis) == ("Cap Lee", "asserts", "witnessed")
    assert Quantity.objects.get(measure="engines that came").base == Quantity.objects.get(measure="engines")
    assert Accusation.objects.get().accused.name == "Ann Owner"
    assert found.independent_origins == 1
    assert "single_origin" in found.warnings


def test_a_row_of_csv_is_a_claim_with_a_chain_by_columns(table):
    table(
        f"{HEADER},topics,speaker,speaker_kind,basis,via_speaker,via_speaker_kind,via_document,via_document_kind,"
        "via2_speaker,via2_speaker_kind,quantity_measure,quantity_value\r\n"
        'c,statistic,"Two, they said.",fire; mill,Cap Lee,person,witnessed,The Courier,outlet,Fire,article,'
        "Radio,outlet,engines,2\r\n"
    )
    chain = Attribution.objects.order_by("depth")
    assert [hop.speaker.name for hop in chain] == ["Cap Lee", "The Courier", "Radio"]
    assert [hop.relays_id for hop in chain] == [None, chain[0].pk, chain[1].pk]
    assert (chain[1].document.title, chain[0].basis) == ("Fire", "witnessed")
    found = Claim.objects.get()
    assert (found.statement, found.topics, found.priority) == ("Two, they said.", ["fire", "mill"], "must")
    assert str(Quantity.objects.get().value) == "2"


def test_history_has_every_row_with_who_and_by_which_way(jsonl, sql):
    by = make.user("reporter", username="rita")
    jsonl(claim("a", **said(person("Cap Lee"))), claim("b"), by=by)
    rows = sql(
        "SELECT pgh_label, pgh_context ->> 'name', pgh_context ->> 'way', revision FROM claims_claimevent"
        " WHERE pgh_label = 'insert'"
    )
    assert rows == [("insert", "rita", "import", 1)] * 2
    assert sql("SELECT count(*) FROM claims_attributionevent") == [(1,)]
    assert sql("SELECT max(revision) FROM claims_claimevent") == [(1,)]


def test_a_second_run_adds_nothing_and_tells_what_is_there(jsonl):
    lines = [claim("a", **said(person("Cap Lee"))), claim("b", **said(person("an officer", identity="unnamed")))]
    assert jsonl(*lines).made["claim"] == 2
    Claim.objects.filter(key="b").update(statement="Rewritten by the desk.")
    before = Source.objects.count(), Attribution.objects.count()
    again = jsonl(*lines)
    assert (again.made["claim"], again.there, again.differing) == (0, 2, [(2, "b")])
    assert (Source.objects.count(), Attribution.objects.count()) == before
    assert Claim.objects.get(key="b").statement == "Rewritten by the desk."


def test_nobody_is_made_for_claims_that_are_there_already(jsonl):
    jsonl(claim("a"))
    assert jsonl(claim("a", **said(person("Somebody New")))).made["source"] == 0
    assert not Source.objects.exists()


def test_a_named_source_is_one_and_an_unnamed_one_is_never_taken_for_another(jsonl):
    known = make.source("Cap Lee")
    unnamed = person("an officer", identity="unnamed")
    made = jsonl(
        claim("a", **said(person("Cap Lee"))),
        claim("b", **said(person("Bo New"))),
        claim("c", **said(person("Bo New"))),
        claim("d", **said(unnamed)),
        claim("e", **said(unnamed)),
    )
    assert Attribution.objects.get(claim__key="a").speaker == known
    assert Source.objects.filter(name="Bo New").count() == 1
    assert Source.objects.filter(name="an officer").count() == 2
    assert (made.made["source"], made.sources_matched) == (3, 1)


def test_a_key_leads_to_the_desk_or_to_who_is_described_anywhere_in_the_file(jsonl):
    known = make.source("Cap Lee", key="lee")
    jsonl(
        claim("a", **said("lee")),
        claim("b", **said("bo")),
        claim("c", **said(person("Bo", key="bo"))),
        claim("d", **said(person("Bo"))),
    )
    assert Attribution.objects.get(claim__key="a").speaker == known
    assert {hop.speaker.key for hop in Attribution.objects.filter(claim__key__in="bcd")} == {"bo"}


def test_documents_are_matched_by_key_or_by_kind_and_title_unless_their_days_or_addresses_differ(jsonl):
    page = make.document("Fire", published_on="2024-03-05")
    fire = {"title": "Fire", "kind": "article"}
    jsonl(
        *(
            claim(key, **said(person("Lee"), document=fire | more))
            for key, more in [
                ("same", {}),
                ("day", {"published_on": "2024-03-05"}),
                ("other", {"published_on": "2024-03-06"}),
            ]
        )
    )
    at = {hop.claim.key: hop.document for hop in Attribution.objects.select_related("claim", "document")}
    assert (at["same"], at["day"]) == (page, page)
    assert at["other"] != page


def test_evidence_comes_with_its_document(jsonl):
    record = {"title": "Fire log", "kind": "court_record"}
    jsonl(claim(evidence=[{"stance": "supports", "document": record, "directness": "primary"}]))
    [backing] = Claim.objects.get().evidence.all()
    assert (backing.document.title, backing.directness) == ("Fire log", "primary")


def test_a_dry_run_leaves_nothing(jsonl):
    assert jsonl(claim(**said(person("Lee"))), dry_run=True).made["claim"] == 1
    assert not Claim.objects.exists()
    assert not Source.objects.exists()


def test_whoever_may_not_propose_imports_nothing(jsonl):
    with pytest.raises(NotAllowed):
        jsonl(claim(), by=make.user("reader"))


def test_whoever_may_not_ask_records_no_reply(jsonl):
    accused = {"accused": person("Ann"), "outcome": "declined"}
    told = problems(jsonl, claim(accusations=[accused]), by=make.user("reporter"))
    assert told == [(1, "accusations[0].outcome", "not_allowed")]


@pytest.mark.parametrize(
    "text", ["الحريق في المطحنة", "🔥🚒 at the mill", "e\u0301 and \u202eRTL", "a\u2028b", "=1+1", "'"]
)
def test_any_script_comes_through_as_it_is(jsonl, table, text):
    jsonl(claim("j", statement=text))
    table(f'{HEADER}\nc,event,"{text}"\n')
    assert set(Claim.objects.values_list("statement", flat=True)) == {text}


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEADER}\r\nk,event,Burned\r\n",
        f"{HEADER}\nk,event,Burned",
        f'{HEADER},topics,place\nk,event,"Burned",,\n\n',
        "statement,kind,key\nBurned,event,k\n",
    ],
)
def test_marks_ends_of_lines_and_order_of_columns_do_not_matter(table, text):
    table(text)
    assert list(Claim.objects.values_list("key", "statement")) == [("k", "Burned")]


def test_empty_lines_and_a_mark_do_not_matter_in_json_lines(jsonl):
    jsonl(b"\xef\xbb\xbf" + json.dumps(claim()).encode() + b"\r\n\r\n", claim("b"))
    assert Claim.objects.count() == 2


# --- what is wrong ---

OBJECTS = [
    (b"{\n", "", "not_json"),
    (b"[1]\n", "", "not_json"),
    (b"\xff\xfe{\x00}\n", "", "not_json"),
    (b'{"key": "\xff"}\n', "", "not_utf8"),
    (b'{"key": "a", "key": "b"}\n', "key", "twice"),
    (b'{"key": "a", "kind": null}\n', "kind", "null"),
    (b'{"key": NaN}\n', "key", "not_json"),
    (b"[" * 50_000 + b"\n", "", "not_json"),
    (b'{"a":' * 50_000 + b"\n", ".".join(["a"] * 100)[:200], "too_deep"),
    (b'{"key": "' + b"x" * 2_100_000 + b'"}\n', "", "too_large"),
    (claim(statement="a\0b"), "statement", "nul"),
    (claim(statement="\ud83d"), "statement", "half_a_character"),
    (claim(statement="x" * 2001), "statement", "too_long"),
    (claim(statement=" "), "statement", "blank"),
    (claim(statement=["x"]), "statement", "not_a_text"),
    (claim(key="a b"), "key", "bad_key"),
    (claim(kind="evnt"), "kind", "unknown_word"),
    (claim(plaice="Fernley"), "plaice", "unknown_field"),
    (claim(about_from="2024-02-30"), "about_from", "not_a_day"),
    (claim(about_from="2024-02-03", about_until="2024-02-02"), "about_until", "out_of_order"),
    (claim(topics="fire"), "topics", "not_a_list"),
    (claim(attributions=[7]), "attributions[0]", "not_a_mapping"),
    (claim(attributions={"speaker": "x"}), "attributions", "not_a_list"),
    (claim(kind="allegation"), "accusations", "missing"),
    (claim(relations=[]), "relations", "not_here"),
    (claim(quantities=[{"measure": "m", "value": "1e5"}]), "quantities[0].value", "not_a_decimal"),
    (claim(quantities=[{"measure": "m", "value": 2, "upper": 1}]), "quantities[0].upper", "out_of_order"),
    (claim(**said("nobody")), "attributions[0].speaker", "unknown_key"),
    (claim(**said({"name": "Lee"})), "attributions[0].speaker.kind", "missing"),
    (claim(**said(person("Lee", identity="protected"))), "attributions[0].speaker.identity", "unknown_word"),
    (claim(**said(person("Lee", owner="x"))), "attributions[0].speaker.owner", "not_here"),
    (claim(**said(person("Lee"), passage=[0, 4])), "attributions[0].passage", "no_snapshot"),
    (claim(**said(person("Lee"), document={"kind": "article"})), "attributions[0].document", "missing"),
    (claim(**said(person("Lee"), relays="elsewhere")), "attributions[0].relays", "unknown_key"),
]


@pytest.mark.parametrize(("line", "path", "code"), OBJECTS, ids=[str(at) for at in range(len(OBJECTS))])
def test_a_bad_line_is_told_with_its_place_and_nothing_is_imported(jsonl, line, path, code):
    told = problems(jsonl, claim("good"), line)
    assert [(at, found) for at, _, found in told] == [(2, code)] * len(told)
    if code != "too_deep":
        assert path in [where for _, where, _ in told]


def test_a_circle_of_hops_is_told(jsonl):
    hops = [{"key": "a", "speaker": person("A"), "relays": "b"}, {"key": "b", "speaker": person("B"), "relays": "a"}]
    assert [code for _, _, code in problems(jsonl, claim(attributions=hops))] == ["circle"]


def test_a_chain_has_100_hops_and_no_more(jsonl):
    def chain(many: int) -> dict:
        hop = {"speaker": person("S")}
        for _ in range(many - 1):
            hop = {"speaker": person("S"), "relays": hop}
        return hop

    assert problems(jsonl, claim(attributions=[chain(101)]))[0][2] == "too_many_hops"
    assert jsonl(claim(attributions=[chain(100)])).made["attribution"] == 100


def test_a_key_that_stands_twice_is_told_where_it_stood_first(jsonl):
    assert problems(jsonl, claim("a"), claim("b"), claim("a")) == [(3, "key", "key_twice")]


def test_a_key_that_is_somebody_else_on_the_desk_is_told(jsonl):
    make.source("Cap Lee", key="lee", aliases=["Lee"])
    assert problems(jsonl, claim(**said(person("Bo", key="lee")))) == [(1, "attributions[0].speaker", "other_source")]
    assert jsonl(claim(**said(person("Lee", key="lee")))).made["source"] == 0


def test_a_name_that_the_desk_has_twice_needs_a_key(jsonl):
    make.source("Cap Lee", key="lee")
    make.source("Cap Lee")
    assert problems(jsonl, claim(**said(person("Cap Lee")))) == [(1, "attributions[0].speaker", "ambiguous")]
    assert jsonl(claim(**said("lee"))).made["source"] == 0


def test_a_restricted_document_is_not_named_by_who_may_not_read_it(jsonl):
    make.document("Secret", key="secret", restricted=True)
    line = claim(**said(person("Lee"), document="secret"))
    assert problems(jsonl, line, by=make.user("reporter")) == [(1, "attributions[0].document", "restricted")]
    assert jsonl(line, by=make.user("editor")).made["attribution"] == 1


TABLES = [
    ("", 1, "", "empty"),
    ("key,kind\n", 1, "statement", "missing"),
    (f"{HEADER},key\n", 1, "key", "twice"),
    (f"{HEADER},speeker\n", 1, "speeker", "unknown_column"),
    (f"{HEADER}\n".encode("utf-16"), 1, "", "not_utf8"),
    (f'{HEADER}\na,event,"never closed\n', 2, "", "not_csv"),
    (f'{HEADER}\na,event,"{"x" * 200_000}"\n', 2, "statement", "too_long"),
    (f"{HEADER}\na,event\n", 2, "", "wrong_number_of_cells"),
    (f"{HEADER}\na,event,b,c\n", 2, "", "wrong_number_of_cells"),
    (f"{HEADER}\na,event,caf\xe9\n".encode("latin-1"), 2, "statement", "not_utf8"),
    (f"{HEADER}\na,event,b\0c\n", 2, "statement", "nul"),
    (f'{HEADER}\n"a\nb",event,x\n', 2, "key", "bad_key"),
    (f"{HEADER}\na,event,\n", 2, "statement", "missing"),
    (f"{HEADER},speaker,speaker_kind\na,event,x,Lee,human\n", 2, "speaker_kind", "unknown_word"),
    (f"{HEADER},speaker_key\na,event,x,nobody\n", 2, "speaker_key", "unknown_key"),
    (f"{HEADER},via_speaker\na,event,x,Lee\n", 2, "via_speaker", "missing"),
    (f"{HEADER},quantity_value\na,event,x,2\n", 2, "quantity_value", "missing"),
]


@pytest.mark.parametrize(("text", "line", "path", "code"), TABLES, ids=[str(at) for at in range(len(TABLES))])
def test_a_bad_table_is_told_with_line_and_column(table, text, line, path, code):
    told = problems(table, text)
    assert (line, path, code) in told


def test_a_protected_name_is_refused_at_its_line_and_not_repeated(jsonl):
    make.protected("Petra Karlsdottir")
    lines = [claim(str(at)) for at in range(9)]
    lines[6] = claim("x", statement="It was Petra Karlsdottir who said so.")
    with pytest.raises(BadInput) as refused:
        jsonl(*lines)
    [problem] = refused.value.problems
    assert (problem["line"], problem["code"]) == (7, "text_names_a_protected_source")
    assert "Petra" not in json.dumps(refused.value.problems)
    assert not Claim.objects.exists()


def test_who_is_described_with_a_protected_name_is_refused_with_all_claims_that_name_them(jsonl, tmp_path):
    make.protected("Petra Karlsdottir")
    bad = person("the baker", key="baker", description="Petra Karlsdottir, they say")
    made = jsonl(
        claim("a", **said(bad)),
        claim("b", **said("baker")),
        claim("c", **said(person("Lee"))),
        keep_good=True,
        rejects=tmp_path / "r.jsonl",
    )
    assert (made.made["claim"], made.rejected, made.made["source"]) == (1, 2, 1)
    assert "Petra" not in json.dumps(made.problems)


# --- what is kept, and what is to be mended ---


def test_the_good_is_kept_and_the_rest_can_be_mended_and_fed_again(jsonl, tmp_path):
    out = tmp_path / "rejects.jsonl"
    lines = [claim("a"), claim("b", kind="evnt"), b"{no\n", claim("c", **said("nobody")), claim("d")]
    made = jsonl(*lines, keep_good=True, rejects=out)
    assert (made.made["claim"], made.rejected, made.rejects) == (2, 3, out)
    wrong, broken, unknown = map(json.loads, out.read_text("utf-8").splitlines())
    assert wrong["problems"].startswith("kind: 'evnt' is none of: ")
    assert (broken["unreadable"], unknown["key"]) == ("{no", "c")
    mended = [wrong | {"kind": "event"}, claim("n"), unknown | said(person("Lee"))]
    assert jsonl(*mended).made["claim"] == 3
    assert Claim.objects.count() == 5


def test_rejects_of_a_table_are_a_table_and_only_the_bad_rows(table, tmp_path):
    out = tmp_path / "rejects.csv"
    text = f'{HEADER},place\na,event,"x, y",\nb,evnt,"say ""so""",Fernley\nc,event,caf\xe9,\n'.encode("latin-1")
    assert table(text, keep_good=True, rejects=out).rejected == 2
    header, first, second = csv.reader(io.StringIO(out.read_text("utf-8", "surrogateescape")))
    assert header == ["problems", "key", "kind", "statement", "place"]
    assert first[1:] == ["b", "evnt", 'say "so"', "Fernley"]
    assert second[1] == "c"
    mended = out.read_bytes().replace(b"b,evnt", b"b,event").replace(b"\xe9", "é".encode())
    assert table(mended).made["claim"] == 2


def test_what_is_refused_leaves_no_rejects_file(table, tmp_path):
    with pytest.raises(BadInput):
        table(f'{HEADER}\na,event,ok\nb,event,"never\n', keep_good=True, rejects=tmp_path / "r.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["claims.csv"]


def test_only_the_first_hundred_problems_are_told(jsonl):
    assert len(problems(jsonl, *[claim(str(at), kind="x") for at in range(150)])) == 100


# --- the command ---


def test_the_command_says_what_it_did_and_never_writes_over_rejects(tmp_path, capsys):
    file = tmp_path / "c.csv"
    file.write_text(f"{HEADER}\na,event,Burned\nb,x,Burned\n")
    with pytest.raises(CommandError, match="1 claims have problems; nothing was imported"):
        call_command("import", "claims", str(file))
    assert f"{file}:3: kind: 'x' is none of" in capsys.readouterr().err
    call_command("import", "claims", str(file), "--keep-good")
    call_command("import", "claims", str(file), "--keep-good")
    assert "0 claims created, 1 on the desk already, 1 rejected" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"c.csv", "c.rejects.csv", "c.rejects-2.csv"}


def test_the_command_hands_record_files_to_their_importer(tmp_path, capsys):
    file = tmp_path / "d.yaml"
    file.write_text("dossier: 1\ndocument: {key: page, kind: article}\n")
    call_command("import", "claims", str(file))
    assert "0 claims; rows: " in capsys.readouterr().out
    assert Document.objects.get().key == "page"


SORTS = [
    ("a.csv", "x", "csv"),
    ("a.jsonl", "x", "jsonl"),
    ("a.json", '{"dossier": 1, "document": {}}', "dossier"),
    ("a.json", '{\n "dossier": 1}', "dossier"),
    ("a.json", '{"key": "a", "statement": "x"}\n', "jsonl"),
    ("a.txt", "key,kind,statement\n", "csv"),
    ("a.txt", "dossier: 1\n", "dossier"),
    ("a.txt", "hello", None),
    ("a.json", '{"@context": "https://schema.org", "@type": "ClaimReview"}', "claimreview"),
    ("a.json", '{\n "@type": "DataFeed"}', "claimreview"),
    ("a.json", '[{"@type": "ClaimReview"}]', "claimreview"),
]


@pytest.mark.parametrize(("name", "text", "sort"), SORTS)
def test_a_file_says_what_it_is(tmp_path: Path, name, text, sort):
    (tmp_path / name).write_text(text)
    assert sort_of(tmp_path / name) == sort


# --- the door ---


def test_the_temporary_tables_have_the_columns_that_are_written():
    with connection.cursor() as cursor:
        cursor.execute("SELECT claims_open_import()")
        for of in LIVE:
            cursor.execute(f"SELECT * FROM import_{of}")
            assert set(live_columns(of)) <= {column.name for column in cursor.description}


def test_through_the_door_the_application_still_makes_no_tables_of_its_own(sql):
    sql("SELECT claims_open_import()")
    with pytest.raises(Exception, match="permission denied"):
        sql("CREATE TEMP TABLE mine (a int)")
