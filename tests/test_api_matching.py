"""``POST /match/`` and ``/claims/{id}/findings/``: what programs are told of what the desk worked out."""

import pytest

from claims import findings
from claims.models import Ruling
from tests import calls, make
from tests.calls import CLAIMS, problem

pytestmark = pytest.mark.django_db

MATCH = "/api/v1/match/"


def test_a_text_finds_the_claims_that_say_it(program):
    claim = make.claim("Twelve engines fought the fire at Osier Mill.", kind="statistic", key="mill/engines")
    for number in range(20):
        make.claim(f"Something else happened in village {number}.")
    answer = program.post(MATCH, {"text": "Thirteen engines fought the fire at Osier Mill.", "limit": 3})
    assert answer.status_code == 200
    [first, *rest] = answer.json()
    assert len(rest) <= 2
    assert first["claim"] == {
        "id": str(claim.pk),
        "key": "mill/engines",
        "url": f"http://testserver{CLAIMS}{claim.pk}/",
        "statement": "Twelve engines fought the fire at Osier Mill.",
        "kind": "statistic",
        "state": "new",
        "verdict": None,
        "clearance": "not_cleared",
    }
    assert 0 < first["score"] < 1
    assert {"code": "other_number", "words": "12"} in first["reasons"]
    assert program.get(first["claim"]["url"]).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/text"]),
        ({"text": ""}, ["/text"]),
        ({"text": 5}, ["/text"]),
        ({"text": "x", "limit": 0}, ["/limit"]),
        ({"text": "x", "limit": "3"}, ["/limit"]),
        ({"text": "x" * 10_001, "limit": 51}, ["/limit", "/text"]),
        ({"text": "x", "limits": 3}, ["/limits"]),
    ],
)
def test_what_is_wrong_in_the_question_is_told_by_its_place(program, body, pointers):
    told = problem(program.post(MATCH, body), 400, "bad_input")
    assert sorted(each["pointer"] for each in told["errors"]) == pointers


def test_nobody_unknown_is_told_anything(client):
    for answer in (
        client.post(MATCH, {"text": "x"}, content_type="application/json"),
        client.get(f"{CLAIMS}1/findings/"),
    ):
        assert answer.status_code == 401


def test_asking_changes_nothing_and_takes_no_more_than_reading(program):
    claim = make.claim("The mill burned down.")
    assert program.post(MATCH, {"text": "The mill burned down."}).json()[0]["claim"]["id"] == str(claim.pk)
    before = claim.version
    claim.refresh_from_db()
    assert claim.version == before
    assert program.client.patch(MATCH).status_code == program.get(MATCH).status_code == 405


def two():
    one, other = (make.claim(kind="statistic", topics=["raids"]) for _ in range(2))
    facts = {"measure": "people arrested in the raid", "unit": "people", "place": "Ulm"}
    return make.quantity(one, "162", **facts), make.quantity(other, "180", **facts)


def test_the_findings_of_a_claim_are_told_whole(program):
    one, other = two()
    found = program.get(f"{CLAIMS}{one.claim_id}/findings/").json()
    [finding] = found["findings"]
    key = finding.pop("key")
    assert len(key) == 64
    assert (found["claim"], finding) == (
        str(one.claim_id),
        {
            "kind": "differs",
            "says": "162 people and 180 people (people arrested in the raid). No number is both.",
            "claims": [str(one.claim_id), str(other.claim_id)],
            "quantities": [str(one.pk), str(other.pk)],
            "hops": [],
            "loud": True,
            "settled": None,
        },
    )


def test_a_ruling_shows_and_moves_it_out_of_the_way(program):
    one, _ = two()
    editor = make.user("editor", username="tom")
    [found] = findings.of([one.claim_id], editor)[one.claim_id]
    findings.settle(claim_id=one.claim_id, key=found.key, decision="mistake", reason="A slip.", by=editor)
    [told] = program.get(f"{CLAIMS}{one.claim_id}/findings/").json()["findings"]
    assert (told["loud"], told["settled"]) == (False, {"decision": "mistake", "reason": "A slip.", "by": "tom"})
    assert Ruling.objects.filter(about="finding").count() == 1


def test_a_claim_without_figures_has_none_and_one_that_is_not_there_is_a_404(program):
    claim = make.claim()
    assert program.get(f"{CLAIMS}{claim.pk}/findings/").json() == {"claim": str(claim.pk), "findings": []}
    problem(program.get(f"{CLAIMS}{claim.pk + 999}/findings/"), 404, "not_found")
    problem(program.get(f"{CLAIMS}{claim.pk}/findings/?limit=3"), 400, "bad_query")


@pytest.mark.parametrize("role", ["reader", "legal", "chief"])
def test_whoever_may_read_may_ask(role):
    one, _ = two()
    program = calls.caller(make.user(role))
    assert program.post(MATCH, {"text": "people"}).status_code == 200
    assert program.get(f"{CLAIMS}{one.claim_id}/findings/").status_code == 200
