"""A request that is sent again under its key is not done again: it is answered as it was."""

import json
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from claims.models import Claim, Quantity
from factdesk.jobs import app
from factdesk.people import tasks
from factdesk.people.models import KeptAnswer
from tests import calls, make
from tests.calls import CLAIMS, problem
from tests.racing import at_once

pytestmark = pytest.mark.django_db

BODY = {"statement": "It burned.", "kind": "event"}
KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}


@pytest.fixture
def editor(db):
    return calls.caller(make.user("editor"), ["review"])


def same(one, other):
    """Status, body and headers are the same; but each request has an id of its own."""
    told = [{name: value for name, value in each.headers.items() if name != "X-Request-ID"} for each in (one, other)]
    return (one.status_code, one.content) == (other.status_code, other.content) and told[0] == told[1]


def test_the_same_request_is_done_once_and_answered_the_same(editor):
    first = editor.post(CLAIMS, BODY, headers=KEY)
    assert first.status_code == 201
    Claim.objects.filter(pk=first.json()["id"]).update(place="Ulm")  # the answer is that of then
    for _ in range(3):
        assert same(first, editor.post(CLAIMS, BODY, headers=KEY))
    assert Claim.objects.count() == 1
    assert editor.post(CLAIMS, BODY).status_code == 201
    assert editor.post(CLAIMS, BODY, headers={"Idempotency-Key": "another"}).status_code == 201
    assert Claim.objects.count() == 3


def test_a_key_may_stand_bare_or_in_quotes(editor):
    first = editor.post(CLAIMS, BODY, headers=KEY)
    assert same(first, editor.post(CLAIMS, BODY, headers={"Idempotency-Key": KEY["Idempotency-Key"].strip('"')}))


def test_an_action_is_done_once_whatever_became_of_the_version_that_it_named(editor):
    claim = make.claim()
    headers = KEY | {"If-Match": '"1"'}
    first = editor.post(f"{CLAIMS}{claim.pk}/transitions/", {"action": "take"}, headers=headers)
    assert (first.status_code, first["ETag"]) == (200, '"2"')
    assert same(first, editor.post(f"{CLAIMS}{claim.pk}/transitions/", {"action": "take"}, headers=headers))
    problem(
        editor.post(f"{CLAIMS}{claim.pk}/transitions/", {"action": "take"}, headers={"If-Match": '"1"'}),
        412,
        "stale_version",
    )
    body, tag = json.dumps({"place": "Ulm"}), {"Idempotency-Key": "p", "If-Match": '"2"'}
    patch = partial(editor.client.patch, f"{CLAIMS}{claim.pk}/", body, "application/json", headers=tag)
    assert same(patch(), patch())
    claim.refresh_from_db()
    assert (claim.version, claim.transitions.count()) == (3, 1)


OTHERS = [
    (CLAIMS, {**BODY, "place": "Ulm"}),
    (CLAIMS, {"kind": "event", "statement": "It burned. "}),
    (f"{CLAIMS}bulk/", BODY),
    (f"{CLAIMS}bulk/?atomic=0", [BODY]),
    ("/api/v1/quantities/", BODY),
]


@pytest.mark.parametrize(("address", "body"), OTHERS, ids=repr)
def test_the_key_of_another_request_is_refused(editor, address, body):
    editor.post(CLAIMS, BODY, headers=KEY)
    problem(editor.post(address, body, headers=KEY), 422, "idempotency_key_reused")
    assert Claim.objects.count() == 1


def test_each_person_and_each_token_has_keys_of_its_own():
    ann, ben = make.user("editor"), make.user("editor")
    browser = Client()
    browser.force_login(ann)
    programs = [calls.caller(ann, ["review"]), calls.caller(ann, ["review"]), calls.caller(ben, ["review"])]
    for program in programs:
        assert program.post(CLAIMS, BODY, headers=KEY).status_code == 201
    assert browser.post(CLAIMS, BODY, "application/json", headers=KEY).status_code == 201
    assert Claim.objects.count() == 4


def test_a_refusal_is_not_kept_and_the_same_request_is_judged_anew(editor):
    claim = make.claim()
    body = {"claim": str(claim.pk), "measure": "m", "value": "3", "upper": "2"}
    problem(editor.post("/api/v1/quantities/", body, headers=KEY), 400, "quantity_range_is_in_order")
    assert not KeptAnswer.objects.exists()
    assert editor.post("/api/v1/quantities/", {**body, "upper": "4"}, headers=KEY).status_code == 201
    problem(editor.post("/api/v1/quantities/", body, headers=KEY), 422, "idempotency_key_reused")
    assert Quantity.objects.count() == 1


def test_whoever_may_no_more_gets_no_answer_of_then():
    person = make.user("editor")
    program = calls.caller(person, ["review"])
    assert program.post(CLAIMS, BODY, headers=KEY).status_code == 201
    person.role = "reader"
    person.save(update_fields=["role"])
    problem(program.post(CLAIMS, BODY, headers=KEY), 403, "not_allowed")


@pytest.mark.parametrize("key", ["", '""', '"', '"a', "a b", "x" * 256, '"' + "x" * 256 + '"', "\xe4", 'a"b', "a\\b"])
def test_what_is_no_key_is_refused(editor, key):
    problem(editor.post(CLAIMS, BODY, headers={"Idempotency-Key": key}), 400, "bad_idempotency_key")


def test_reading_takes_no_notice_of_a_key(editor):
    assert editor.get(CLAIMS, headers=KEY).status_code == 200
    assert not KeptAnswer.objects.exists()


def test_keys_are_kept_as_digests_and_answers_for_a_day(editor, sql, monkeypatch):
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    editor.post(CLAIMS, BODY, headers=KEY)
    [row] = sql("SELECT k::text FROM people_keptanswer k")
    assert "8e03978e" not in row[0]
    sql("UPDATE people_keptanswer SET made_at = %s", [timezone.now() - timedelta(hours=23, minutes=59)])
    assert tasks.forget_answers(timestamp=0) == 0
    editor.post(CLAIMS, BODY, headers=KEY)
    assert Claim.objects.count() == 1
    sql("UPDATE people_keptanswer SET made_at = %s", [timezone.now() - timedelta(hours=24, seconds=1)])
    assert editor.post(CLAIMS, BODY, headers=KEY).status_code == 201  # is over, though nobody has deleted it yet
    assert Claim.objects.count() == 2
    sql("UPDATE people_keptanswer SET made_at = %s", [timezone.now() - timedelta(hours=24, seconds=1)])
    assert tasks.forget_answers(timestamp=0) == 1
    assert not KeptAnswer.objects.exists()


def test_the_worker_forgets_them_every_five_minutes():
    crons = {periodic.task.name: periodic.cron for periodic in app.periodic_registry.periodic_tasks.values()}
    assert crons["factdesk.people.tasks.forget_answers"] == "*/5 * * * *"


def test_answers_are_in_no_history_and_in_no_backup(editor):
    from factdesk.tally import LEFT_OUT

    assert not hasattr(KeptAnswer, "pgh_event_models")
    assert "people_keptanswer" in LEFT_OUT


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_many_at_once_one_is_done_and_all_are_answered_the_same():
    editor = calls.caller(make.user("editor"), ["review"])
    for number in range(5):
        key = {"Idempotency-Key": f"round-{number}"}
        answers = at_once([partial(editor.post, CLAIMS, BODY, headers=key) for _ in range(8)])
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert Claim.objects.count() == number + 1
        assert KeptAnswer.objects.count() == number + 1


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_one_that_waits_for_a_refused_one_is_done_itself():
    claim = make.claim()
    editor = calls.caller(make.user("editor"), ["review"])
    body = {"claim": str(claim.pk), "measure": "m", "value": "3", "upper": "2"}
    answers = at_once([partial(editor.post, "/api/v1/quantities/", body, headers=KEY) for _ in range(6)])
    assert {answer.status_code for answer in answers} == {400}
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_one_that_waits_too_long_is_told_so(monkeypatch):
    editor = calls.caller(make.user("editor"), ["review"])
    told = []

    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        told.append(editor.post(CLAIMS, BODY, headers=KEY))

    from factdesk.rest import acts

    shown = acts.Writes.show

    def slow(self, *args):
        if not told and connection.in_atomic_block:
            at_once([ask])
        return shown(self, *args)

    monkeypatch.setattr(acts.Writes, "show", slow)
    first = editor.post(CLAIMS, BODY, headers=KEY)
    assert first.status_code == 201
    problem(told[0], 409, "idempotency_in_progress")
    assert told[0]["Retry-After"] == "5"
    assert Claim.objects.count() == 1
