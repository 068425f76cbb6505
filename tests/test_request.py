"""A request has an id, in its answer and in history, and one that changes something is one transaction."""

import json
import uuid

import pytest
from django.db import connection, transaction
from django.test import Client

from claims.models import Claim
from factdesk import context
from factdesk.logs import WithRequest
from tests import calls, make
from tests.calls import CLAIMS, problem

probed = pytest.mark.urls("tests.probe_urls")


@pytest.mark.django_db
@pytest.mark.parametrize("brought", ["abc", "A.b_c-9", "x" * 128, "bb346984-a85e-40a3-9021-53c165c2c63a", "0"])
def test_a_sane_request_id_comes_back(brought):
    for address in (CLAIMS, "/healthz", "/nothing", "/api/v1/nothing/"):
        assert Client().get(address, headers={"X-Request-ID": brought})["X-Request-ID"] == brought


@pytest.mark.django_db
@pytest.mark.parametrize("brought", ["", "x" * 129, "a b", "a\tb", "é", "a/b", "a\nb", "٣", "<b>", "a;b"])
def test_any_other_request_id_is_replaced_by_a_fresh_uuid(brought):
    given = [Client().get(CLAIMS, headers={"X-Request-ID": brought})["X-Request-ID"] for _ in range(2)]
    assert given[0] != given[1]
    assert all(str(uuid.UUID(each)) == each for each in given)


@pytest.mark.django_db
def test_the_request_id_is_forgotten_with_the_request():
    Client().get(CLAIMS)
    assert context.request_id.get() is None


@probed
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"), [("/nothing", 404), ("/api/v1/nothing/", 404), ("/api/probe/bug/", 500)]
)
def test_a_refusal_and_a_fault_are_logged_once_with_the_request_id(caplog, address, status):
    program = calls.caller(raise_request_exception=False)
    caplog.clear()
    caplog.handler.addFilter(told := WithRequest())
    assert program.get(address, headers={"X-Request-ID": "from-the-proxy.7"}).status_code == status
    caplog.handler.removeFilter(told)
    assert [record.request_id for record in caplog.records] == ["from-the-proxy.7"]


IDS = {
    "6f1c2b0e-8f5c-4a53-9f0e-3d8f0f2f1a11": "6f1c2b0e-8f5c-4a53-9f0e-3d8f0f2f1a11",
    "from-the-proxy.7": str(uuid.uuid5(context.REQUESTS, "from-the-proxy.7")),
}


def _events(claim):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pgh_context_id::text, pgh_context FROM claims_claimevent WHERE pgh_obj_id = %s", [claim.pk]
        )
        return [(filed_under, json.loads(said)) for filed_under, said in cursor.fetchall()]


@probed
@pytest.mark.django_db
@pytest.mark.parametrize("brought", IDS)
def test_history_says_who_by_which_way_and_for_which_request(brought):
    person = make.user("checker")
    program = calls.caller(person, ["write"])
    assert program.post("/api/probe/written/", "{}", headers={"X-Request-ID": brought}).status_code == 204
    [(filed_under, said)] = _events(Claim.objects.get())
    assert filed_under == IDS[brought]
    assert said["request"] == brought
    assert (said["user"], said["name"], said["way"]) == (person.pk, person.username, "api")


@pytest.mark.django_db
def test_a_change_without_a_request_is_filed_under_a_fresh_uuid():
    with context.acting(why="Tidying."):
        claim = make.claim()
    [(filed_under, said)] = _events(claim)
    assert uuid.UUID(filed_under)
    assert said == {"why": "Tidying.", "way": "shell"}


@probed
@pytest.mark.django_db(transaction=True)
def test_an_answer_of_400_or_above_undoes_what_the_request_wrote():
    program = calls.caller(make.user("checker"), ["write"])
    assert program.post("/api/probe/written-then-refused/", "{}").status_code == 409
    assert not Claim.objects.exists()
    assert program.post("/api/probe/written/", "{}").status_code == 204
    assert Claim.objects.get().statement == "Written."


@probed
@pytest.mark.django_db(transaction=True)
def test_a_rule_that_is_checked_at_the_end_of_the_transaction_is_a_refusal_too():
    program = calls.caller(make.user("checker"), ["write"])
    told = problem(program.post("/api/probe/reference-at-the-end/", "{}"), 400, "no_such_record")
    assert "987654321" not in str(told)
    assert not Claim.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_safe_request_runs_in_no_transaction(monkeypatch):
    seen = []
    visible_to = type(Claim.objects.all()).visible_to

    def look(queryset, user):
        seen.append(transaction.get_connection().in_atomic_block)
        return visible_to(queryset, user)

    monkeypatch.setattr(type(Claim.objects.all()), "visible_to", look)
    assert calls.caller().get(CLAIMS).status_code == 200
    assert set(seen) == {False}
