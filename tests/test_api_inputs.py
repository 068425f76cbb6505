"""What is sent is read strictly: every fault has its pointer, and nothing is guessed."""

import pytest

from claims.models import Claim
from factdesk.api import RESOURCES
from tests import calls, make
from tests.acts import EVERY
from tests.calls import CLAIMS, problem
from tests.test_api_writing import ask, who_may

pytestmark = pytest.mark.django_db

CLAIM = {"statement": "It burned.", "kind": "event"}


@pytest.fixture
def editor(db):
    return calls.caller(make.user("editor"), ["review"])


def pointed(answer):
    """Pointer -> code of what is wrong."""
    return {fault["pointer"]: fault["code"] for fault in problem(answer, 400, "bad_input")["errors"]}


# name -> code (below which pointer) -> what is no value of it
WRONG = {
    "statement": {
        "null": [None], "blank": [""], "invalid": [1, True, ["x"], {}], "max_length": ["x" * 2001],
        "null_characters_not_allowed": ["a\0b"], "surrogate_characters_not_allowed": ["\ud800"],
    },
    "kind": {"null": [None], "unknown_word": ["", "Event", "event ", 1, {}, ["event"], "x" * 100_000]},
    "topics": {
        "null": [None], "not_a_list": ["fire", {}], "max_length": [["x"] * 201],
        "/0 invalid": [[1]], "/0 null": [[None]], "/0 blank": [[""]], "/0 max_length": [["x" * 101]],
    },
    "about_from": {
        "invalid_day": [
            "", "yesterday", "2026-02-30", 20260228, "2026-2-1", "20260228", "2026-W01-1", "2026-02-28T00:00:00Z",
            "٢٠٢٦-01-01", True,
        ],
    },
    "state": {"unknown_field": ["signed_off"]},
    "verdict": {"unknown_field": ["accurate"]},
    "id": {"unknown_field": ["1"]},
    "statment": {"unknown_field": ["x"]},
}  # fmt: skip


def each(table):
    """(name, value, code) of a table."""
    return [(name, value, code) for name, codes in table.items() for code, values in codes.items() for value in values]


def short(value):
    return repr(value)[:40]


@pytest.mark.parametrize(("name", "value", "code"), each(WRONG), ids=short)
def test_a_value_that_is_not_what_it_should_be_is_refused_by_its_pointer(editor, name, value, code):
    below, _, code = code.rpartition(" ")
    assert pointed(editor.post(CLAIMS, {**CLAIM, name: value})) == {f"/{name}{below}": code}
    assert not Claim.objects.exists()


FIGURES = {
    "value": {
        "invalid_figure": [
            12, 1.5, "1e3", "", " 1", "NaN", "1_000", "1,5", ".5", "5.", "٣", "1" * 63, "0." + "1" * 31, "+1",
            "-", "--1",
        ],
        "null": [None], "quantity_is_finite": ["9" * 40],
    },
    "margin": {"quantity_margin_is_positive": ["-1"]},
    "claim": {
        "invalid_id": [1, "x", "0", "01", "9" * 30, True], "no_such_record": ["987654321"], "null": [None],
    },
    "base": {"no_such_record": ["987654321"]},
}  # fmt: skip


@pytest.mark.parametrize(("name", "value", "code"), each(FIGURES), ids=short)
def test_so_are_figures_and_ids_and_what_the_database_holds(editor, name, value, code):
    claim = make.claim()
    answer = editor.post("/api/v1/quantities/", {"claim": str(claim.pk), "measure": "m", "value": "1", name: value})
    assert answer.status_code == 400
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [(f"/{name}", code)]


NUMBERS = ["1", 1.0, 1.5, True, None, -1, 0, 2**31, 10**30, [], {}]


@pytest.mark.parametrize("revision", NUMBERS, ids=repr)
def test_a_revision_is_a_whole_number(editor, revision):
    body = {"claim": str(make.claim().pk), "revision": revision, "verdict": "mixed", "rationale": "So."}
    assert set(pointed(editor.post("/api/v1/assessments/", body))) == {"/revision"}


@pytest.mark.parametrize(
    "moment", ["", "now", "2026-03-01", "2026-03-01T10:00:00", "2026-03-01 10:00:00Z", 1, None, {}]
)
def test_a_moment_has_its_offset(editor, moment):
    body = {"accusation": str(make.accusation(make.claim()).pk), "put": "So?", "channel": "mail", "deadline": moment}
    assert set(pointed(editor.post("/api/v1/reply_requests/", body))) == {"/deadline"}


def test_all_faults_are_told_at_once(editor):
    answer = editor.post(CLAIMS, {"kind": "x", "topics": ["a", 1], "priorty": "must", "a/b~c": 1})
    assert pointed(answer) == {
        "/statement": "required",
        "/kind": "unknown_word",
        "/topics/1": "invalid",
        "/priorty": "unknown_field",
        "/a~1b~0c": "unknown_field",
    }
    hints = {fault["pointer"]: fault["detail"] for fault in answer.json()["errors"]}
    assert "'priority'" in hints["/priorty"]


@pytest.mark.parametrize("name", EVERY)
def test_no_field_of_any_act_takes_what_it_is_not(name):
    person = who_may(name)
    case = EVERY[name][1](person)
    fields, below = RESOURCES[case.address.split("/")[3]].acts, case.address.rstrip("/").rpartition("/")[2]
    found = [act for key, act in fields.items() if (act.at or key) == below]
    act = found[0] if found else fields["partial_update" if case.method == "PATCH" else "create"]
    client = calls.caller(person, ["review"]).client
    names = set(act.takes().fields)
    for wrong in ({"no": [1]}, 3.5):
        answer = ask(client, case._replace(body=dict.fromkeys(names, wrong)))
        if not names:
            assert answer.status_code == 200
            return
        assert {pointer.split("/")[1] for pointer in pointed(answer)} == names
    for body in ([], [{}], "x", 1, None, True):
        assert pointed(ask(client, case._replace(body=body))) == {"": "invalid" if body is not None else "null"}
    assert pointed(ask(client, case._replace(body={**case.body, "nothing": 1}))) == {"/nothing": "unknown_field"}


BODIES = {
    '{"statement": "a", "statement": "b", "kind": "event"}': (400, "parse_error"),
    "{": (400, "parse_error"),
    "\ufeff{}": (400, "parse_error"),
    "": (400, "bad_input"),
    "{}": (400, "bad_input"),
}


@pytest.mark.parametrize("body", BODIES, ids=repr)
def test_a_body_that_says_a_thing_twice_or_nothing_is_refused(editor, body):
    problem(editor.post(CLAIMS, body.encode()), *BODIES[body])


def test_a_body_is_not_larger_than_what_is_taken(editor):
    problem(editor.post(CLAIMS, {**CLAIM, "place": "x" * 2_600_000}), 413, "too_large")
    page = make.document()
    text = {"text": ("Wörter " * 99 + "enden. ") * 4_572}
    answer = editor.post(f"/api/v1/documents/{page.pk}/snapshots/", text)
    assert (answer.status_code, answer.json()["length"]) == (201, 3_200_400)
    problem(editor.post(f"/api/v1/documents/{page.pk}/snapshots/", {"text": "x" * 21_000_001}), 413, "too_large")
    assert pointed(editor.post(f"/api/v1/documents/{page.pk}/snapshots/", {"text": "x" * 5_000_001})) == {
        "/text": "max_length"
    }


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/yaml", "x"])
def test_a_body_is_json(editor, media_type):
    problem(editor.post(CLAIMS, b'{"statement": "x"}', media_type), 415, "unsupported_media_type")


def test_what_one_may_not_see_is_told_as_what_is_not_there():
    secret = make.snapshot("Secret words.", of=make.document(restricted=True))
    words, claim = make.passage(secret, 0, 6), make.claim()
    checker, editor = calls.caller(make.user("checker"), ["write"]), calls.caller(make.user("editor"), ["review"])

    def told(program, **named):
        hop = {"claim": str(claim.pk), "speaker": str(make.source().pk), **named}
        return program.post("/api/v1/attributions/", hop)

    hidden = told(checker, document=str(secret.document_id), passage=str(words.pk))
    absent = told(checker, document="987654321", passage="987654322")
    assert pointed(hidden) == pointed(absent) == {"/document": "no_such_record", "/passage": "no_such_record"}
    assert hidden.json()["errors"] == absent.json()["errors"]
    assert told(editor, document=str(secret.document_id), passage=str(words.pk)).status_code == 201
    mark = {"snapshot": str(secret.pk), "start": 0, "end": 6}
    assert pointed(checker.post("/api/v1/passages/", mark)) == {"/snapshot": "no_such_record"}
    gone = make.user("checker", is_active=False)
    answer = ask(editor.client, EVERY["assign"][1](None)._replace(body={"assignee": str(gone.pk)}))
    assert pointed(answer) == {"/assignee": "no_such_record"}


NOT_TAKEN = [
    ({"action": "take", "reason": "So."}, {"/reason": "not_taken"}),
    ({"action": "submit", "because": "dropped"}, {"/because": "not_taken"}),
    ({"action": "reopen", "reason": "So.", "because": "dropped"}, {"/because": "not_taken"}),
    ({"action": "close"}, {"/because": "required"}),
    ({"action": "close", "reason": "No time."}, {"/because": "required"}),
    ({"action": "close", "because": "duplicate"}, {"/duplicate_of": "not_together"}),
    ({"action": "close", "because": "dropped", "duplicate_of": "1"}, {"/duplicate_of": "not_together"}),
    ({"action": "sign_off"}, {"/action": "unknown_word"}),
]


@pytest.mark.parametrize(("body", "faults"), NOT_TAKEN, ids=repr)
def test_an_action_takes_what_is_its_own(editor, body, faults):
    claim = make.claim()
    answer = editor.post(f"{CLAIMS}{claim.pk}/transitions/", body, headers={"If-Match": '"1"'})
    assert pointed(answer) == faults


def test_a_tick_says_accurate_and_no_more(editor):
    named = {"claim": str(make.claim(kind="detail").pk), "revision": 1, "is_tick": True}
    post = lambda **more: editor.post("/api/v1/assessments/", named | more)  # noqa: E731
    assert pointed(post(verdict="mixed")) == {"/verdict": "not_taken"}
    assert pointed(post(rationale="So.", flags=["satire"])) == {"/rationale": "not_taken", "/flags": "not_taken"}
    assert post(verdict="accurate", rationale="", flags=[]).status_code == 201
    assert pointed(editor.post("/api/v1/assessments/", named | {"is_tick": False})) == {"/verdict": "required"}


def test_a_ruling_is_about_one_thing(editor):
    claim = make.claim()
    post = lambda body: pointed(editor.post("/api/v1/rulings/", body))  # noqa: E731
    assert post({"about": "origins", "decision": "heading", "claim": str(claim.pk)}) == {
        "/first": "required",
        "/second": "required",
        "/decision": "unknown_word",
    }
    assert post({"about": "sentence", "decision": "heading", "claim": str(claim.pk)}) == {
        "/sentence": "required",
        "/claim": "not_taken",
    }


def test_a_legal_hold_has_a_note_and_nothing_else():
    lawyer = calls.caller(make.user("legal"), ["review"])
    body = {"claim": str(make.claim().pk), "revision": 1, "value": "legal_hold", "note": "So.", "wording": "x"}
    assert pointed(lawyer.post("/api/v1/clearances/", body)) == {"/wording": "not_taken"}


def test_a_reason_that_says_nothing_is_none(editor):
    claim = make.claim(state="signed_off")
    answer = editor.post(
        f"{CLAIMS}{claim.pk}/transitions/", {"action": "reopen"}, headers={"If-Match": f'"{claim.version}"'}
    )
    assert problem(answer, 400, "reason_needed")["errors"][0]["pointer"] == "/reason"
    for name, field in {"withdraw quantity": "because", "send back": "note", "settle": "correction"}.items():
        person = who_may(name)
        case = EVERY[name][1](person)
        answer = ask(calls.caller(person, ["review"]).client, case._replace(body={**case.body, field: " \n"}))
        assert problem(answer, 400, "reason_needed")["errors"][0]["pointer"] == f"/{field}", name
