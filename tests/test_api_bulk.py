"""Many at once: all or nothing, or each for itself, with a result for each row."""

from functools import partial

import pytest

from claims.models import Attribution, Claim, SignOff
from factdesk.rest import inputs
from tests import calls, make
from tests.calls import CLAIMS, problem
from tests.racing import at_once

pytestmark = pytest.mark.django_db

GOOD, BAD = {"statement": "It burned.", "kind": "event"}, {"statement": "It burned.", "kind": "evento"}


@pytest.fixture
def editor(db):
    return calls.caller(make.user("editor"), ["review"])


def results(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_all_rows_are_done_in_their_order_and_shown_as_a_get_would(editor):
    told = results(editor.post(f"{CLAIMS}bulk/", [{**GOOD, "place": f"Place {number}"} for number in range(5)]))
    assert [each["record"]["place"] for each in told] == [f"Place {number}" for number in range(5)]
    for each in told:
        shown = editor.get(each["record"]["url"])
        assert (each["status"], each["etag"], each["record"]) == (201, shown["ETag"], shown.json())


def test_one_bad_row_and_nothing_is_done_and_every_fault_is_told(editor):
    answer = editor.post(f"{CLAIMS}bulk/", [GOOD, BAD, 1, {**GOOD, "x": 1}, {**GOOD, "about_from": "x"}])
    told = problem(answer, 400, "bulk_refused")
    assert [(fault["pointer"], fault["code"]) for fault in told["errors"]] == [
        ("/1/kind", "unknown_word"),
        ("/2", "invalid"),
        ("/3/x", "unknown_field"),
        ("/4/about_from", "invalid_day"),
    ]
    assert "sent" not in told
    assert not Claim.objects.exists()


def test_what_the_database_refuses_is_a_rows_fault_too(editor):
    claim = make.claim()
    figure = {"claim": str(claim.pk), "measure": "m", "value": "1"}
    rows = [figure, {**figure, "margin": "-1"}, {**figure, "claim": "987654321"}]
    told = problem(editor.post("/api/v1/quantities/bulk/", rows), 400, "bulk_refused")
    assert [(fault["pointer"], fault["code"]) for fault in told["errors"]] == [
        ("/1/margin", "quantity_margin_is_positive"),
        ("/2/claim", "no_such_record"),
    ]
    told = results(editor.post("/api/v1/quantities/bulk/?atomic=0", rows))
    assert [each["status"] for each in told] == [201, 400, 400]
    assert told[1]["problem"]["code"] == "quantity_margin_is_positive"
    assert claim.quantities.count() == 1


def test_each_for_itself_does_what_can_be_done(editor):
    told = results(editor.post(f"{CLAIMS}bulk/?atomic=0", [BAD, GOOD, None, GOOD]))
    assert [each["status"] for each in told] == [400, 201, 400, 201]
    assert told[0]["problem"]["errors"][0]["pointer"] == "/kind"
    assert set(told[1]) == {"status", "etag", "record"}
    assert Claim.objects.count() == 2


LISTS = [
    ({}, "not_a_list"), (GOOD, "not_a_list"), (None, "not_a_list"), ([], "no_rows"),
    ([GOOD] * 1001, "too_many_rows"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code"), LISTS, ids=lambda each: repr(each)[:20])
@pytest.mark.parametrize("query", ["", "?atomic=0"])
def test_what_is_no_list_of_rows_is_refused(editor, body, code, query):
    problem(editor.post(f"{CLAIMS}bulk/{query}", body), 400, code)
    assert not Claim.objects.exists()


@pytest.mark.parametrize("query", ["atomic=1&atomic=0", "atomic=x", "atomic=", "dry_run=1"])
def test_a_parameter_that_is_not_understood_is_refused(editor, query):
    problem(editor.post(f"{CLAIMS}bulk/?{query}", [GOOD]), 400, "bad_query")


def test_a_list_of_too_many_things_is_not_even_read(editor):
    problem(editor.post(f"{CLAIMS}bulk/", b"[" + b"{}," * 500_001 + b"{}]"), 400, "parse_error")
    problem(editor.post(f"{CLAIMS}bulk/", b"[" + b" " * 21_000_000 + b"]"), 413, "too_large")


def test_a_thousand_rows_are_taken(editor):
    assert len(results(editor.post(f"{CLAIMS}bulk/", [GOOD] * 1000))) == 1000
    assert Claim.objects.count() == 1000


def test_records_that_rows_name_are_looked_up_for_all_rows_at_once(editor, monkeypatch):
    claim, speakers = make.claim(), [make.source() for _ in range(30)]
    asked, visible = [], inputs.visible
    monkeypatch.setattr(inputs, "visible", lambda model, who: asked.append(model.__name__) or visible(model, who))
    rows = [{"claim": str(claim.pk), "speaker": str(speaker.pk)} for speaker in speakers]
    results(editor.post("/api/v1/attributions/bulk/", rows))
    assert sorted(asked) == ["Attribution", "Claim", "Source"]  # the first to show what was made
    assert Attribution.objects.count() == 30


def test_claims_are_moved_and_assigned_each_at_the_version_that_was_seen(editor):
    claims, checker = [make.claim() for _ in range(3)], make.user("checker")
    rows = [{"id": str(claim.pk), "version": 1, "action": "take"} for claim in claims]
    stale = [rows[0], {**rows[1], "version": 7}, {**rows[2], "action": "reopen", "reason": "So."}]
    told = problem(editor.post(f"{CLAIMS}transitions/bulk/", stale), 412, "bulk_refused")
    assert [(fault["pointer"], fault["code"]) for fault in told["errors"]] == [
        ("/1", "stale_version"),
        ("/2", "invalid_transition"),
    ]
    assert told["errors"][0]["facts"]["now"] == 1
    assert told["sent"] == stale
    told = results(editor.post(f"{CLAIMS}transitions/bulk/?atomic=0", stale))
    assert [each["status"] for each in told] == [200, 412, 409]
    assert told[1]["problem"]["sent"] == stale[1]
    assert (told[0]["record"]["state"], told[0]["etag"]) == ("in_check", '"2"')
    assert [Claim.objects.get(pk=claim.pk).state for claim in claims] == ["in_check", "new", "new"]
    rows = [{"id": str(claim.pk), "version": 1, "assignee": str(checker.pk)} for claim in claims[1:]]
    told = results(editor.post(f"{CLAIMS}assign/bulk/", rows))
    assert {each["record"]["assignee"]["id"] for each in told} == {str(checker.pk)}


def test_a_row_about_an_object_names_it_and_its_version(editor):
    told = problem(editor.post(f"{CLAIMS}assign/bulk/", [{"assignee": None}]), 400, "bulk_refused")
    assert {fault["pointer"] for fault in told["errors"]} == {"/0/id", "/0/version"}
    rows = [{"id": "987654321", "version": 1, "assignee": None}]
    told = problem(editor.post(f"{CLAIMS}assign/bulk/", rows), 400, "bulk_refused")
    assert [(fault["pointer"], fault["code"]) for fault in told["errors"]] == [("/0/id", "no_such_record")]


def test_many_are_signed_off_and_one_s_own_is_not(editor):
    claims = [make.claim(kind="detail", state="in_review") for _ in range(3)]
    mine = make.claim(kind="detail", state="in_check")
    found = make.assessment(mine, author=calls.Token.objects.get().user)
    Claim.objects.filter(pk=mine.pk).update(state="in_review")
    finding = [str(claim.assessments.get().pk) for claim in claims] + [str(found.pk)]
    rows = [{"assessment": each, "revision": 1, "decision": "approve"} for each in finding]
    told = results(editor.post("/api/v1/sign_offs/bulk/?atomic=0", rows))
    assert [each["status"] for each in told] == [201, 201, 201, 400]
    assert told[3]["problem"]["code"] == "signoff_by_another_person"
    assert Claim.objects.filter(state="signed_off").count() == SignOff.objects.count() == 3


def test_a_list_has_a_key_like_any_other_request(editor):
    key = {"Idempotency-Key": "many"}
    first = editor.post(f"{CLAIMS}bulk/?atomic=0", [GOOD, BAD], headers=key)
    assert editor.post(f"{CLAIMS}bulk/?atomic=0", [GOOD, BAD], headers=key).content == first.content
    assert Claim.objects.count() == 1


def test_a_list_is_for_whoever_may_do_it_one_by_one():
    reporter = calls.caller(make.user("reporter"), ["write"])
    assert len(results(reporter.post(f"{CLAIMS}bulk/", [GOOD]))) == 1
    problem(reporter.post(f"{CLAIMS}transitions/bulk/", []), 403, "not_allowed")
    problem(reporter.post("/api/v1/sign_offs/bulk/", []), 403, "not_allowed")
    checker = calls.caller(make.user("checker"), ["write"])
    rows = [{"id": str(make.claim().pk), "version": 1, "action": "close", "because": "dropped"}]
    told = problem(checker.post(f"{CLAIMS}transitions/bulk/", rows), 403, "bulk_refused")
    assert told["errors"][0]["code"] == "not_allowed"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_two_lists_of_the_same_claims_in_other_orders_do_not_wait_in_a_circle():
    editor = calls.caller(make.user("editor"), ["review"])
    for _ in range(5):
        claims = [make.claim() for _ in range(12)]
        rows = [{"id": str(claim.pk), "version": 1, "action": "take"} for claim in claims]
        lists = [rows, rows[::-1], rows[6:] + rows[:6]]
        answers = at_once([partial(editor.post, f"{CLAIMS}transitions/bulk/", each) for each in lists])
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
        assert set(Claim.objects.filter(pk__in=[claim.pk for claim in claims]).values_list("version", flat=True)) == {2}
