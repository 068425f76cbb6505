"""A record file comes in by the API as it does by the command: the same function, the same right, all or nothing."""

import pytest

from claims import dossiers
from claims.models import Claim
from sources.models import Document
from tests import calls, make
from tests.calls import problem
from tests.dossier_example import EXAMPLE, OTHER, changed

pytestmark = pytest.mark.django_db

DOSSIERS = "/api/v1/dossiers/"
# Written out again on purpose.
MAY = {"reader": False, "reporter": True, "checker": True, "editor": True, "chief": True, "legal": False}


@pytest.fixture
def editor(db):
    return calls.caller(make.user("editor"), ["review"])


def send(program, text, query="", media_type="application/yaml", **headers):
    return program.post(DOSSIERS + query, text.encode(), media_type, headers=headers)


def test_a_record_file_comes_in_and_the_same_again_changes_nothing(editor):
    answer = send(editor, EXAMPLE)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    page = Document.objects.get(key=told["key"])
    assert told["document"] == str(page.pk)
    assert editor.get(told["url"]).json()["key"] == told["key"]
    assert told["counts"]["claim"]["created"] == Claim.objects.count() > 0
    assert (told["conflicts"], told["dry_run"]) == ([], False)
    again = send(editor, EXAMPLE).json()
    assert {what["created"] + what["updated"] for what in again["counts"].values()} == {0}


def test_json_is_taken_as_yaml_is(editor):
    send(editor, EXAMPLE)
    file = editor.get(f"/api/v1/documents/{Document.objects.get(key='courier_bridge').pk}/dossier/")
    answer = send(editor, file.content.decode(), media_type="application/json")
    assert answer.status_code == 200
    assert {what["created"] for what in answer.json()["counts"].values()} == {0}


def test_what_is_pending_and_what_conflicts_is_told(editor):
    told = send(editor, OTHER).json()
    assert told["pending"][0]["other"] == "courier_bridge/cost-up"
    Claim.objects.filter(key__endswith="planned").update(statement="The desk says it otherwise.")
    told = send(editor, OTHER.replace("four million", "five million")).json()
    [conflict] = told["conflicts"]
    assert (conflict["table"], conflict["line"] > 1) == ("claim", True)


def test_a_dry_run_changes_nothing(editor):
    told = send(editor, EXAMPLE, "?dry_run=1").json()
    assert told["dry_run"]
    assert told["counts"]["claim"]["created"] > 0
    assert (told["document"], told["url"]) == (None, None)
    assert not Document.objects.exists()
    problem(send(editor, EXAMPLE, "?dry_run=0"), 400, "bad_query")
    problem(send(editor, EXAMPLE, "?by=desk"), 400, "bad_query")


def test_every_fault_has_its_line_and_its_pointer(editor):
    answer = send(editor, changed(("kind: outlet", "kind: paper"), ("name: Ada Quill", "nam: Ada Quill")))
    told = problem(answer, 400, "bad_input")
    pointers = {fault["pointer"]: fault["line"] for fault in told["errors"]}
    assert pointers["/sources/0/kind"] == 3
    assert all(fault["detail"] and fault["code"] for fault in told["errors"])
    assert not Document.objects.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "a: &x 1", "\0", "dossier: 2"])
def test_what_is_no_record_file_is_refused(editor, text):
    assert problem(send(editor, text), 400, "bad_input")["errors"]
    assert problem(send(editor, text, media_type="application/json"), 400, "bad_input")["errors"]


def test_other_media_types_and_what_is_too_large_are_refused(editor):
    for media_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
        problem(send(editor, EXAMPLE, media_type=media_type), 415, "unsupported_media_type")
    problem(send(editor, "#" * 20_000_001), 413, "too_large")
    for verb in ("GET", "PUT", "PATCH", "DELETE"):
        problem(editor.client.generic(verb, DOSSIERS), 405, "method_not_allowed")


@pytest.mark.parametrize(("role", "may"), MAY.items())
def test_who_may_propose_may_bring_in_a_record_file(role, may):
    text = EXAMPLE.split("ruled_out:")[0]
    answers = [send(calls.caller(make.user(role), [scope]), text) for scope in ("write", "review")]
    assert [answer.status_code for answer in answers] == [200 if may else 403] * 2
    problem(send(calls.caller(make.user(role), ["read"]), text), 403, "not_allowed")


def test_to_rule_out_sentences_takes_the_right_to_rule_and_a_scope_for_it():
    assert "ruled_out:" in EXAMPLE
    problem(send(calls.caller(make.user("checker"), ["write"]), EXAMPLE), 403, "not_allowed")
    problem(send(calls.caller(make.user("editor"), ["write"]), EXAMPLE), 403, "not_allowed")
    assert not Document.objects.exists()
    assert send(calls.caller(make.user("editor"), ["review"]), EXAMPLE).status_code == 200


def test_a_file_that_names_restricted_documents_is_for_few(editor):
    secret = changed(("document:\n", "document:\n  restricted: yes\n")).split("ruled_out:")[0]
    checker = calls.caller(make.user("checker"), ["write"])
    problem(send(checker, secret), 403, "not_allowed")
    assert send(editor, secret).status_code == 200
    assert Document.objects.get(key="courier_bridge").restricted
    problem(send(checker, EXAMPLE.split("ruled_out:")[0]), 403, "not_allowed")


def test_a_record_file_has_a_key_like_any_other_request(editor):
    key = {"Idempotency-Key": "a-file"}
    first = send(editor, EXAMPLE, **key)
    assert send(editor, EXAMPLE, **key).content == first.content
    assert first.json()["counts"]["claim"]["created"] > 0
    problem(send(editor, OTHER, **key), 422, "idempotency_key_reused")


def test_the_importers_one_function_is_called_for_whoever_asks(monkeypatch):
    person, asked = make.user("reporter"), []
    load = dossiers.load
    monkeypatch.setattr(dossiers, "load", lambda dossier, **given: asked.append(given) or load(dossier, **given))
    send(calls.caller(person, ["write"]), OTHER)
    assert asked == [{"by": person, "dry_run": False}]
