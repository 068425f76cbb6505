"""Reports over HTTP and on the command line: who may, of what, streamed to the end or visibly not."""

import csv
import io
import json
import os
import stat
import subprocess
import sys
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from jsonschema import Draft202012Validator

from claims.models import Claim
from factdesk import copyout, safecsv, search
from tests import attacks, calls, make
from tests.calls import CLAIMS, caller, faults, problem
from tests.dossier_example import PROJECT

CSV, JSON = "/api/v1/reports/claims.csv", "/api/v1/reports/claims.json"

# A report reads on a connection of its own: what it is to see must be committed.
pytestmark = pytest.mark.django_db(transaction=True)


def body(answer):
    assert answer.status_code == 200, answer.content
    return b"".join(answer)


def rows(answer):
    return list(safecsv.records(io.StringIO(body(answer).decode(), newline="")))


def own_connections():
    with attacks.opened("owner", autocommit=True) as other:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'factdesk copyout' AND datname = %s"
        return other.execute(asked, [connection.settings_dict["NAME"]]).fetchone()[0]


def none_stays_open():
    """Every report's own connection ends; the server needs a moment to say so."""
    patience = time.monotonic() + 10
    while own_connections() and time.monotonic() < patience:
        time.sleep(0.05)
    return own_connections() == 0


def many_claims(most=3000):
    """So many claims that no buffer between the database and us holds their report."""
    Claim.objects.bulk_create(Claim(statement=f"{n} {'x' * 1900}", kind="event") for n in range(most))


def test_the_list_of_reports_names_their_addresses_and_columns(program):
    told = program.get("/api/v1/reports/").json()[0]
    assert told["name"] == "claims"
    assert (told["csv"], told["json"]) == (f"http://testserver{CSV}", f"http://testserver{JSON}")
    assert [column["name"] for column in told["columns"]][:3] == ["id", "key", "page"]
    answer = program.get(CSV)
    assert [column["name"] for column in told["columns"]] == next(csv.reader([body(answer).decode()]))
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer["Content-Disposition"].startswith('attachment; filename="claims-20')
    assert answer["Cache-Control"] == "no-store"


def test_the_methods_are_told_whatever_a_report_would_be_made_by(program):
    for address in (CSV, JSON, "/api/v1/reports/"):
        answer = program.client.options(address)
        assert (answer.status_code, answer.content, answer["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")
        assert "Content-Type" not in answer


def test_a_report_has_what_the_list_has_under_every_filter(program):
    claim, paper = calls.fill(2)
    make.claim("Budgets fell.", kind="statistic", topics=["a, b"], place="Vienna")
    Claim.objects.filter(pk=claim.pk).update(about_from="2026-03-01")
    hop = claim.attributions.earliest("id")
    queries = [
        *("", "?kind=event", "?kind=event&kind=statistic", "?state=new", "?state=closed", "?verdict=accurate"),
        *("?clearance=not_cleared", "?flag=satire", "?topic=a%2C+b", "?place=vienna", f"?assignee={claim.assignee_id}"),
        *(f"?document={hop.document_id}", "?document_key=nowhere", f"?speaker={paper.pk}", f"?publisher={paper.pk}"),
        *(f"?origin={hop.speaker_id}", f"?source={paper.pk}", "?independent_origins_max=0", "?warning=single_origin"),
        *("?about_after=2026-02-01", "?about_before=2026-02-01", "?updated_after=2000-01-01T00:00:00Z"),
        *("?speaker=999999999", "?q=budgets", "?q=happened", "?q=nothing"),
    ]
    sizes = set()
    for query in queries:
        listed = [
            each["id"] for each in program.get(f"{CLAIMS}{query}{'&' if query else '?'}ordering=id").json()["results"]
        ]
        assert [each["id"] for each in rows(program.get(CSV + query))] == listed, query
        assert [each["id"] for each in json.loads(body(program.get(JSON + query)))] == listed, query
        sizes.add(len(listed))
    assert sizes == {0, 1, 2, 3}


def test_what_is_not_understood_is_refused_by_name(program):
    assert faults(program.get(f"{CSV}?kindd=event")) == {"kindd": "unknown_parameter"}
    assert faults(program.get(f"{CSV}?kind=x&updated_after=now")) == {
        "kind": "unknown_word",
        "updated_after": "invalid_moment",
    }
    assert faults(program.get(f"{CSV}?fields=id,nothing")) == {"fields": "unknown_field"}
    assert faults(program.get(f"{CSV}?fields=id&fields=key")) == {"fields": "repeated"}
    assert faults(program.get(f"{CSV}?bom=2")) == {"bom": "invalid_choice"}
    assert faults(program.get(f"{JSON}?bom=1")) == {"bom": "unknown_parameter"}
    assert faults(program.get(f"{CSV}?limit=5&cursor=x&ordering=id")) == dict.fromkeys(
        ("limit", "cursor", "ordering"), "unknown_parameter"
    )
    problem(program.post(CSV, "{}"), 405, "method_not_allowed")
    problem(program.get(CSV, headers={"accept": "image/png"}), 406, "not_acceptable")
    assert none_stays_open()


def test_the_schema_says_what_a_report_takes_and_gives(program):
    calls.fill(1)
    served = program.get("/api/v1/schema/").json()
    for address, media_type in ((CSV, "text/csv"), (JSON, "application/json")):
        operation = served["paths"][address]["get"]
        told = {each["name"] for each in operation["parameters"]}
        known = problem(program.get(f"{address}?x=1"), 400, "bad_query")["errors"][0]["detail"].partition("Known: ")[2]
        assert told == set(known.rstrip(".").split(", "))
        assert set(operation["responses"]["200"]["content"]) == {media_type}
    whole = operation["responses"]["200"]["content"][media_type]["schema"] | {"components": served["components"]}
    Draft202012Validator(whole).validate(json.loads(body(program.get(JSON))))
    assert whole["items"]["properties"].keys() == json.loads(body(program.get(JSON)))[0].keys()


def test_columns_and_the_byte_order_mark_are_had_for_the_asking(program):
    claim = make.claim("=1")
    assert body(program.get(f"{CSV}?fields=statement,id")).decode() == f"id,statement\n{claim.pk},'=1\n"
    assert body(program.get(f"{CSV}?fields=id&bom=1")).decode() == f"\ufeffid\n{claim.pk}\n"
    assert body(program.get(f"{JSON}?fields=statement")).decode() == '[\n{"statement":"=1"}\n]\n'
    [told] = json.loads(body(program.get(f"{JSON}?fields=page")))
    assert told == {"page": f"http://testserver/admin/claims/claim/{claim.pk}/change/"}
    head = program.client.head(CSV)
    assert (head.status_code, b"".join(head)) == (200, b"")
    assert head["Content-Type"].startswith("text/csv")
    assert none_stays_open()


def test_who_may_not_read_gets_nothing():
    make.claim()
    for address in (CSV, JSON, "/api/v1/reports/"):
        problem(calls.Caller("fd_unknown").get(address), 401, "token_unknown")
        problem(caller(scopes=[]).get(address), 403, "not_allowed")


def test_a_reader_is_not_told_of_restricted_material(program):
    page = make.document("A secret memo", key="secret", publisher=make.outlet("A secret outlet"), restricted=True)
    make.attribution(make.claim(), document=page)
    editor = caller(make.user("editor"), ["read", "review"])
    for address in (CSV, JSON):
        told = body(program.get(address)).decode()
        assert f"document {page.pk} (restricted)" in told
        assert "secret" not in told
        assert "A secret memo" in body(editor.get(address)).decode()
        assert body(program.get(f"{address}?document_key=secret&fields=id")).decode() in ("id\n", "[\n\n]\n")


def test_a_search_has_all_that_match_and_not_the_best_alone(program, monkeypatch):
    monkeypatch.setattr(search, "NEWEST", 2)
    for n in range(4):
        make.claim(f"Budget number {n}.")
    assert len(rows(program.get(f"{CSV}?q=budget"))) == 4


def test_a_client_that_goes_away_leaves_nothing_behind(program):
    many_claims()
    answer = program.get(CSV)
    chunks = iter(answer)
    sizes = [len(next(chunks)) for _ in range(3)]
    assert all(64 * 1024 <= size <= 256 * 1024 for size in sizes)
    assert own_connections() == 1
    answer.close()
    assert none_stays_open()
    never_read = program.get(CSV)
    assert own_connections() == 1
    never_read.close()
    assert none_stays_open()
    assert len(rows(program.get(CSV))) == 3000
    assert none_stays_open()


def test_a_fault_in_the_middle_is_no_end(program):
    many_claims()
    chunks = iter(program.get(CSV))
    next(chunks)
    with attacks.opened(autocommit=True) as other:
        asked = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'factdesk copyout'"
        assert other.execute(asked).fetchall() == [(True,)]
    with pytest.raises(OperationalError, match="cancel"):
        list(chunks)
    assert none_stays_open()


def test_a_fault_before_the_first_byte_is_a_problem(monkeypatch):
    many_claims()
    program = caller(raise_request_exception=False)
    program.get(CLAIMS)
    monkeypatch.setattr(copyout, "LONGEST", "1ms")
    problem(program.get(CSV), 500, "internal_error")
    assert none_stays_open()


def test_a_report_may_take_longer_than_anything_else_and_writes_nothing(program):
    out = copyout.CopyOut("COPY (SELECT current_setting('statement_timeout'), current_setting('jit')) TO STDOUT")
    assert b"".join(out) == b"1h\toff\n"
    with pytest.raises(Exception, match="read-only"):
        copyout.CopyOut("COPY (INSERT INTO sources_source (kind, name) VALUES ('person', 'x') RETURNING 1) TO STDOUT")
    out = copyout.CopyOut("COPY (SELECT %s, '100%%') TO STDOUT", ["%s ' \\"])
    assert b"".join(out) == b"%s ' \\\\\t100%\n"


# --- the command ---


def test_the_command_writes_what_the_api_gives(program, tmp_path, capfdbinary):
    claim, _ = calls.fill(3)
    make.claim(kind="statistic")
    file = tmp_path / "claims.csv"
    call_command(
        "report", "claims", "--fields", "id,statement", "--filter", "kind=event", "state=new", "--to", str(file)
    )
    asked = f"{CSV}?fields=id,statement&kind=event&state=new"
    assert file.read_bytes() == body(program.get(asked))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    call_command(
        "report", "claims", "--fields=id,statement", "--filter", "kind=event", "--filter", "state=new", "--bom"
    )
    assert capfdbinary.readouterr().out == b"\xef\xbb\xbf" + file.read_bytes()
    call_command("report", "claims", "--json", "--filter", f"document={claim.attributions.first().document_id}")
    [told] = json.loads(capfdbinary.readouterr().out)
    assert told["id"] == str(claim.pk)
    assert told["page"].endswith(f"/admin/claims/claim/{claim.pk}/change/")
    assert list(tmp_path.iterdir()) == [file]


def test_the_command_says_what_it_cannot_do(tmp_path, monkeypatch):
    refused = {
        ("--filter", "kindd=event"): "Did you mean 'kind'",
        ("--filter", "kind=x"): "Use one of",
        ("--filter", "kind"): "NAME=VALUE",
        ("--filter", "kind="): "is empty",
        ("--fields", "nothing"): "No such column: nothing",
        ("--json", "--bom"): "no byte order mark",
        ("--to", str(tmp_path / "nowhere" / "x")): "No such file or directory",
        ("--to", str(tmp_path)): "s a directory",
    }
    for arguments, told in refused.items():
        with pytest.raises(CommandError, match=told):
            call_command("report", "claims", *arguments)
    many_claims()
    file = tmp_path / "claims.csv"
    file.write_text("as it was")
    monkeypatch.setattr(copyout, "LONGEST", "1ms")
    with pytest.raises(CommandError, match="The database broke off"):
        call_command("report", "claims", "--to", str(file))
    assert file.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [file]
    assert none_stays_open()


def test_whoever_reads_the_command_may_have_enough(tmp_path):
    many_claims()
    facts = {alias: attacks.opened(alias) for alias in ("default", "owner")}
    urls = {}
    for alias, opened in facts.items():
        with opened:
            info = opened.info
            urls[alias] = f"postgresql://{info.user}:{info.password}@/{info.dbname}?host={info.host}&port={info.port}"
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FACTDESK_")},
        "DATABASE_URL": urls["default"],
        "FACTDESK_HOME": str(tmp_path),
    }
    command = [sys.executable, str(PROJECT / "manage.py"), "report", "claims"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"id,key")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0
