"""On what somebody decides is what they saw: If-Match on objects, the revision in decisions; and two at once."""

import json
from functools import partial

import pytest
from django.db import transaction

from claims.models import Claim
from tests import calls, make
from tests.acts import EVERY
from tests.calls import CLAIMS, problem
from tests.racing import at_once
from tests.test_api_writing import ask, who_may

pytestmark = pytest.mark.django_db

#: these add a record, and take no version (so do those that are called "add …")
ADDING = (
    "propose", "assess", "tick", "sign off", "send back", "clear", "legal hold", "lift a legal hold", "request reply",
    "rule on origins", "rule out a sentence", "checkable after all", "affiliate", "mark", "open piece",
    "propose change", "record usage", "settle a finding",
)  # fmt: skip
ON_AN_OBJECT = [name for name in EVERY if name not in ADDING and not name.startswith("add ")]
DECISIONS = (
    "assess", "tick", "sign off", "send back", "clear", "legal hold", "lift a legal hold", "record usage",
    "decide open: softened",
)  # fmt: skip
MALFORMED = ["7", "*", 'W/"1"', '"0"', '"01"', '"1", "2"', '"x"', '""', '"', "", '"-1"', '"99999999999"', '"\xe4"']


def put(client, case, **headers):
    with transaction.atomic():
        answer = ask(client, case, **headers)
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("name", ON_AN_OBJECT)
def test_an_object_is_changed_by_whoever_names_the_version_that_they_saw(name):
    person = who_may(name)
    case = EVERY[name][1](person)
    assert case.version is not None
    client = calls.caller(person, ["review"]).client
    missing = client.generic(case.method, case.address, json.dumps(case.body), "application/json")
    assert "If-Match" in problem(missing, 428, "if_match_needed")["detail"]
    told = problem(put(client, case, **{"If-Match": '"999"'}), 412, "stale_version")
    assert told["facts"]["seen"] == 999
    assert told["facts"]["now"] == case.version
    assert told["sent"] == case.body
    assert put(client, case).status_code in (200, 201)


@pytest.mark.parametrize("tag", MALFORMED, ids=repr)
def test_a_tag_that_was_never_given_is_refused(tag):
    claim, client = make.claim(), calls.caller(make.user("editor"), ["review"]).client
    for method, address in (("PATCH", f"{CLAIMS}{claim.pk}/"), ("POST", f"{CLAIMS}{claim.pk}/assign/")):
        answer = client.generic(method, address, "{}", "application/json", headers={"If-Match": tag})
        problem(answer, 400, "bad_if_match")


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_on_a_revision_that_is_past_comes_back_with_what_was_sent(name):
    person = who_may(name)
    case = EVERY[name][1](person)
    body = {**case.body, "revision": case.body["revision"] + 7}
    told = problem(ask(calls.caller(person, ["review"]).client, case._replace(body=body)), 409, "stale_decision")
    assert told["facts"]["now"] == case.body["revision"]
    assert told["facts"]["seen"] == body["revision"]
    assert told["sent"] == body


def test_a_whole_piece_that_cannot_be_signed_comes_back_with_what_was_sent():
    person = make.user("editor")
    case = EVERY["sign off piece"][1](person)
    [(finding, revision)] = case.body["seen"].items()
    body = {"seen": {finding: revision + 1}, "note": "Read."}
    told = problem(ask(calls.caller(person, ["review"]).client, case._replace(body=body)), 409, "piece_not_signed")
    assert told["facts"]["claims"][0]["now"] == revision
    assert told["sent"] == body


def test_the_etag_of_an_answer_serves_for_the_next_change():
    claim = make.claim()
    program = calls.caller(make.user("editor"), ["review"])
    tag = program.get(f"{CLAIMS}{claim.pk}/")["ETag"]
    for place in ("Ulm", "Bonn", "Bonn", "Trier"):
        answer = program.client.patch(
            f"{CLAIMS}{claim.pk}/", {"place": place}, "application/json", headers={"If-Match": tag}
        )
        assert (answer.status_code, answer.json()["place"]) == (200, place)
        tag = answer["ETag"]
    assert tag == '"4"'  # what is the same as before changes nothing


def test_an_object_that_is_not_there_or_not_theirs_is_the_same_404():
    page = make.document(restricted=True)
    program = calls.caller(make.user("checker"), ["write"])
    told = []
    for number in (page.pk, 987654321):
        for method, address in (("PATCH", f"documents/{number}/"), ("POST", f"documents/{number}/snapshots/")):
            answer = program.client.generic(
                method, f"/api/v1/{address}", "{}", "application/json", headers={"If-Match": '"1"'}
            )
            told.append({**problem(answer, 404, "not_found"), "request_id": "", "instance": ""})
    assert told[0] == told[1] == told[2] == told[3]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_two_who_change_what_both_saw_one_does():
    people = [calls.caller(make.user("editor"), ["review"]) for _ in range(4)]
    for _ in range(5):
        claim = make.claim()
        body = [json.dumps({"place": f"Place {number}"}) for number in range(len(people))]
        answers = at_once(
            [
                partial(
                    person.client.generic, "PATCH", f"{CLAIMS}{claim.pk}/", body[number], "application/json",
                    headers={"If-Match": '"1"'},
                )
                for number, person in enumerate(people)
            ]
        )  # fmt: skip
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
        claim.refresh_from_db()
        assert claim.version == 2
        [done] = [answer.json() for answer in answers if answer.status_code == 200]
        assert done["place"] == claim.place


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_many_who_sign_off_at_once_one_does():
    claim = make.claim(kind="detail", state="in_review")
    body = {"assessment": str(claim.assessments.get().pk), "revision": 1, "decision": "approve"}
    editors = [calls.caller(make.user("editor"), ["review"]) for _ in range(10)]
    answers = at_once([partial(editor.post, "/api/v1/sign_offs/", body) for editor in editors])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert Claim.objects.get(pk=claim.pk).state == "signed_off"
    assert claim.transitions.filter(action="sign_off").count() == 1
