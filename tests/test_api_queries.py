"""How many queries each list and object takes, whoever asks and however many rows there are: committed in a file."""

import json
from pathlib import Path

import pytest

from claims.models import Usage
from tests import calls, make, rich
from tests.calls import CLAIMS

pytestmark = pytest.mark.django_db

COUNTS = json.loads((Path(__file__).parent / "query_counts.json").read_text())
LISTS = [name.split(",")[0] for name in COUNTS if name.endswith(", a list")]


def asked(program):
    """Name -> address."""
    found = {}
    for resource in LISTS:
        first = program.get(f"/api/v1/{resource}/").json()["results"][0]["id"]
        found |= {f"{resource}, a list": f"/api/v1/{resource}/", f"{resource}, one": f"/api/v1/{resource}/{first}/"}
    claim, page = found["claims, one"], found["documents, one"]
    paper, tied = make.outlet("Of a source"), make.claim()
    make.attribution(tied, paper), make.attribution(tied, paper)  # one origin, through the paper
    ran = make.claim()
    Usage.objects.create(claim=ran, revision=1, document=make.document("Ours", "desk_copy"))
    for value in ("162", "180"):
        make.quantity(tied, value, "people arrested there", unit="people", place="Ulm")
    served = program.get("/api/v1/schema/").json()
    everything = {
        each["name"]: ",".join(each["schema"]["items"]["enum"])
        for each in served["paths"]["/api/v1/claims/{id}/"]["get"]["parameters"]
        if each["name"] == "expand"
    }["expand"]
    return found | {
        "claims, a list with a total": f"{CLAIMS}?count=1",
        "claims, a list by source": f"{CLAIMS}?source={paper.pk}",
        "claims, a search": f"{CLAIMS}?q=something",
        "claims, a list with all parts": f"{CLAIMS}?expand={everything}",
        "claims, one with all parts": f"{claim}?expand={everything}",
        "claims, provenance": f"{CLAIMS}{tied.pk}/provenance/",
        "claims, findings": f"{CLAIMS}{tied.pk}/findings/",
        "claims, history": f"{claim}history/",
        "claims, impact": f"{CLAIMS}{ran.pk}/impact/",
        "claims, transitions": f"{claim}transitions/",
        "webhooks, deliveries": f"{found['webhooks, one']}deliveries/",
        "documents, snapshots": f"{page}snapshots/",
        "documents, coverage": f"{page}coverage/",
        "documents, annotated": f"{page}annotated/",
        "documents, difference": f"{page}difference/",
        "documents, annotations.jsonld": f"{page}annotations.jsonld",
        "claims, provenance.jsonld": f"{CLAIMS}{tied.pk}/provenance.jsonld",
    }


@pytest.mark.parametrize("role", ["reader", "chief"])
@pytest.mark.parametrize("more", [0, 12])
def test_the_number_of_queries_is_the_committed_one(role, more, django_assert_num_queries):
    rich.desk()
    calls.fill(more) if more else None
    person = make.user(role)
    make.webhook(person)
    program = calls.caller(person, ["review"])
    addresses = asked(program)
    assert addresses.keys() == COUNTS.keys()
    for name, address in addresses.items():
        with django_assert_num_queries(COUNTS[name], info=name):
            assert program.get(address).status_code == 200
