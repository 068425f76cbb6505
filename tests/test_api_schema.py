"""The schema is whole, true, and to be read in a browser without anything from outside."""

import json
import re

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from tests import calls
from tests.calls import CLAIMS, problem

pytestmark = pytest.mark.django_db


def test_the_schema_is_whole_and_without_a_warning(program, tmp_path):
    written = tmp_path / "schema.json"
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(written))
    answer = program.get("/api/v1/schema/")
    assert answer.status_code == 200
    served, made = answer.json(), json.loads(written.read_text())
    assert served == made
    assert served["openapi"] == "3.1.0"
    assert set(served["paths"]) == {
        "/api/v1/claims/",
        "/api/v1/claims/{id}/",
        "/api/v1/claims/{id}/provenance/",
        "/api/v1/reports/",
        "/api/v1/reports/claims.csv",
        "/api/v1/reports/claims.json",
    }
    for address, operations in served["paths"].items():
        refusals = {"400", "401", "403", "406", "default"} | ({"404"} if "{id}" in address else set())
        assert operations["get"]["responses"].keys() == {"200"} | refusals
        for code in refusals:
            content = operations["get"]["responses"][code]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_the_schema_names_every_parameter_that_a_list_takes(program):
    served = program.get("/api/v1/schema/").json()
    told = {each["name"] for each in served["paths"]["/api/v1/claims/"]["get"]["parameters"]}
    known = problem(program.get(f"{CLAIMS}?x=1"), 400, "bad_query")["errors"][0]["detail"].partition("Known: ")[2]
    assert told == set(known.rstrip(".").split(", "))


def test_what_is_answered_is_what_the_schema_says(program):
    claim, _ = calls.fill(2)
    served = program.get("/api/v1/schema/").json()
    program.get(CLAIMS)
    for template, address in {
        "/api/v1/claims/": f"{CLAIMS}?limit=1&count=1",
        "/api/v1/claims/{id}/": f"{CLAIMS}{claim.pk}/",
        "/api/v1/claims/{id}/provenance/": f"{CLAIMS}{claim.pk}/provenance/",
    }.items():
        for code, given_address in (("200", address), ("400", address.split("?")[0] + "?x=1")):
            content = served["paths"][template]["get"]["responses"][code]["content"]
            [schema] = [each["schema"] for each in content.values()]
            whole = schema | {"components": served["components"]}
            Draft202012Validator(whole).validate(program.get(given_address).json())


def test_the_docs_have_no_inline_script_or_style_and_nothing_from_outside(program):
    answer = program.get("/api/v1/docs/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert addresses
    assert all(re.match("/(static/drf_spectacular_sidecar|api/v1/docs)/", address) for address in addresses)
    [script] = [address for address in addresses if address.startswith("/api/")]
    answer = program.get(script.replace("&amp;", "&"))
    assert answer["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema/" in answer.content.decode()
    assert "//" not in re.sub(r"(^|\s)//.*", "", answer.content.decode())
