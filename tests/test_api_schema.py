"""The schema is whole, true, and to be read in a browser without anything from outside."""

import json
import re

import pytest
from django.core.management import call_command
from django.db import connection
from jsonschema import Draft202012Validator

from tests import calls, make, rich
from tests.calls import problem

pytestmark = pytest.mark.django_db

# Written out again on purpose: API.md's resources, as far as they are read.
ADDRESSES = (
    "sources/ affiliations/ affiliations/{id}/ "
    "documents/ documents/{id}/snapshots/ documents/{id}/coverage/ documents/{id}/annotated/ "
    "documents/{id}/difference/ "
    "documents/{id}/dossier/ passages/ claims/ claims/{id}/provenance/ claims/{id}/history/ "
    "claims/{id}/transitions/ claims/{id}/findings/ claims/{id}/audit/ claims/{id}/provenance.jsonld "
    "documents/{id}/annotations.jsonld "
    "quantities/ attributions/ evidence/ annotations/ assessments/ sign_offs/ clearances/ accusations/ reply_requests/ "
    "relations/ rulings/ pieces/ copy_changes/ usages/ sources/{id}/ documents/{id}/ passages/{id}/ claims/{id}/ "
    "quantities/{id}/ attributions/{id}/ evidence/{id}/ annotations/{id}/ assessments/{id}/ sign_offs/{id}/ "
    "clearances/{id}/ accusations/{id}/ reply_requests/{id}/ relations/{id}/ rulings/{id}/ pieces/{id}/ "
    "copy_changes/{id}/ usages/{id}/ changes/"
)


def test_the_schema_is_whole_and_without_a_warning(program, tmp_path):
    written = tmp_path / "schema.json"
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(written))
    answer = program.get("/api/v1/schema/")
    assert answer.status_code == 200
    served, made = answer.json(), json.loads(written.read_text())
    assert served == made
    assert served["openapi"] == "3.1.0"
    assert set(served["paths"]) >= {f"/api/v1/{address}" for address in ADDRESSES.split()}
    for address, operations in served["paths"].items():
        assert operations.keys() <= {"get", "post", "patch"}
        for verb, operation in operations.items():
            done, refusals = _answers(verb, address)
            assert operation["responses"].keys() - done == refusals, (verb, address)
            assert operation["responses"].keys() & done
            for code in refusals:
                [(media_type, content)] = operation["responses"][code]["content"].items()
                assert media_type == "application/problem+json"
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                whole = content["schema"] | {"components": served["components"]}
                for example in content.get("examples", {}).values():
                    Draft202012Validator(whole).validate(example["value"])


def _answers(verb, address):
    """Of an operation the answers to what was done, and the refusals."""
    refusals = {"400", "401", "403", "406", "429"}
    if address.endswith("/changes/"):
        return {"200"}, refusals | {"410"}
    if verb == "get":
        return {"200"}, refusals | ({"404"} if "{id}" in address else set()) | (
            {"422"} if address.endswith("/dossier/") else {"409"} if address.endswith("/claimreview/") else set()
        )
    refusals |= {"404", "409", "413", "415", "422"}
    own = {"/imports/": "507", "/cancel/": "404", "/dossiers/": "503", "/import/claimreview/": "503"}
    for ending, refusal in own.items():
        if address.endswith(ending):
            return {"202" if ending == "/imports/" else "200"}, refusals | {refusal}
    if "{id}" in address and not address.endswith("/snapshots/"):
        return {"200"}, refusals | {"412", "428"}
    return {"200", "201"}, refusals | ({"412"} if "/bulk/" in address and address.count("/") > 5 else set())


# Written out again on purpose: what can be done, beside POST of every list and PATCH of what has a version.
ACTIONS = [
    "claims/{id}/transitions/",
    "claims/{id}/assign/",
    "claims/{id}/look_again/",
    "claims/{id}/still_stands/",
    "quantities/{id}/withdraw/",
    "attributions/{id}/withdraw/",
    "evidence/{id}/withdraw/",
    "accusations/{id}/withdraw/",
    "relations/{id}/withdraw/",
    "annotations/{id}/withdraw/",
    "annotations/{id}/resolve/",
    "accusations/{id}/reply/",
    "accusations/{id}/exempt/",
    "sources/{id}/grade/",
    "sources/{id}/merge/",
    "sources/{id}/free/",
    "affiliations/{id}/withdraw/",
    "documents/{id}/snapshots/",
    "pieces/{id}/sign_off/",
    "pieces/{id}/close/",
    "pieces/{id}/decide_open/",
    "copy_changes/{id}/decision/",
    "usages/{id}/settle/",
    "dossiers/",
    "import/claimreview/",
    "match/",
    "webhooks/",
    "webhooks/{id}/disable/",
    "webhooks/{id}/enable/",
    "webhooks/{id}/rotate_secret/",
    "webhooks/{id}/test/",
    "webhooks/{id}/replay/",
    "imports/",
    "imports/{id}/cancel/",
]
LISTS = [
    "sources",
    "affiliations",
    "documents",
    "passages",
    "claims",
    "quantities",
    "attributions",
    "evidence",
    "annotations",
    "accusations",
    "relations",
    "usages",
    "assessments",
    "sign_offs",
    "clearances",
    "reply_requests",
    "rulings",
    "copy_changes",
]
CHANGED = [
    "sources",
    "affiliations",
    "documents",
    "claims",
    "quantities",
    "attributions",
    "evidence",
    "annotations",
    "accusations",
    "relations",
    "pieces",
    "webhooks",
]
IN_BULK = [
    "claims/transitions",
    "claims/assign",
    "claims/look_again",
    "claims/still_stands",
    "quantities/withdraw",
    "attributions/withdraw",
    "evidence/withdraw",
    "annotations/withdraw",
    "accusations/withdraw",
    "relations/withdraw",
]


def test_the_schema_has_all_that_can_be_done_and_no_more(program):
    served = program.get("/api/v1/schema/").json()["paths"]
    posts = {address.removeprefix("/api/v1/") for address, operations in served.items() if "post" in operations}
    patches = {address.removeprefix("/api/v1/") for address, operations in served.items() if "patch" in operations}
    lists = {f"{name}/" for name in [*LISTS, "pieces"]}
    assert posts == {*ACTIONS, *lists} | {f"{name}/bulk/" for name in [*LISTS, *IN_BULK]}
    assert patches == {f"{name}/{{id}}/" for name in CHANGED}


def test_what_a_request_takes_is_said_and_examples_of_it_hold(program):
    served = program.get("/api/v1/schema/").json()
    examples = 0
    for address, operations in served["paths"].items():
        for verb in operations.keys() - {"get"}:
            operation = operations[verb]
            headers = {each["name"]: each for each in operation["parameters"] if each["in"] == "header"}
            assert "Idempotency-Key" in headers, address
            named = "{id}" in address and not address.endswith(("/snapshots/", "/cancel/"))
            assert ("If-Match" in headers) == named, address
            assert not named or headers["If-Match"]["required"]
            if address.endswith(("/dossiers/", "/import/claimreview/", "/imports/")):
                continue  # docs/dossiers.md, schema.org and docs/importing.md have their fields
            [(media_type, content)] = operation["requestBody"]["content"].items()
            assert "items" not in content["schema"] or operation["requestBody"]["required"], address
            assert media_type == "application/json"
            row = content["schema"].get("items", content["schema"])
            assert ("maxItems" in content["schema"]) == ("/bulk/" in address)
            body = served["components"]["schemas"][row["$ref"].rpartition("/")[2]]
            assert body["additionalProperties"] is False
            for example in body.get("examples", []):
                examples += 1
                Draft202012Validator(body | {"components": served["components"]}).validate(example)
    assert examples >= 15


#: not for readers
FOR_FEW = {"/api/v1/claims/{id}/audit/"}


def test_the_schema_names_every_parameter_that_is_taken(program):
    rich.desk()
    chief = calls.caller(make.user("chief"), ["review"])
    served = program.get("/api/v1/schema/").json()
    for template, operations in served["paths"].items():
        if template.startswith("/api/v1/reports"):
            continue  # have their own tests
        if "get" not in operations:
            continue
        told = {each["name"] for each in operations["get"].get("parameters", []) if each["in"] == "query"}
        answer = (chief if template in FOR_FEW else program).get(_address(program, template) + "?x=1")
        known = problem(answer, 400, "bad_query")["errors"][0]["detail"].partition("Known: ")[2]
        assert told == set(known.rstrip(".").split(", ")) - {""}, template


def _address(program, template):
    """An address that a template of the schema may stand for."""
    if "{id}" not in template:
        return template
    resource = template.removeprefix("/api/v1/").partition("/")[0]
    [first, *_] = program.get(f"/api/v1/{resource}/").json()["results"]
    return template.replace("{id}", first["id"])


def _strict(schema, components):
    """The schema without what `fields` would make of an answer; no property that it does not name is let through."""
    told = json.loads(json.dumps(schema))
    results = told.get("properties", {}).get("results", {}).get("items")
    for inner in (told, results or {}):
        if "With `fields`." in [each.get("description") for each in inner.get("anyOf", [])]:
            inner.update(inner.pop("anyOf")[0])
    whole = json.loads(json.dumps(components))
    for each in whole["schemas"].values():
        if each.get("type") == "object" and "additionalProperties" not in each and "properties" in each:
            each["additionalProperties"] = False
    return told | {"components": whole}


def test_what_is_answered_is_what_the_schema_says_and_nothing_more(program):
    rich.desk()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit does: the feed tells of it
    chief = calls.caller(make.user("chief"), ["review"])
    assert len(chief.get("/api/v1/changes/").json()["results"]) > 100
    served = program.get("/api/v1/schema/").json()
    for asker in (program, chief):
        for template, operations in served["paths"].items():
            if template.startswith("/api/v1/reports") or template.endswith(("/claimreview/", "/rejects/")):
                continue  # have their own tests
            if "get" not in operations or (asker is program and template in FOR_FEW):
                continue
            named = next((p for p in operations["get"].get("parameters", []) if p["name"] == "expand"), None)
            whole = ",".join(named["schema"]["items"]["enum"][:40]) if named else ""
            address = _address(program, template)
            for query in ("", f"?expand={whole}") if whole else ("",):
                content = operations["get"]["responses"]["200"]["content"]["application/json"]
                schema = _strict(content["schema"], served["components"])
                Draft202012Validator(schema).validate(asker.get(address + query).json())


def test_the_examples_of_answers_hold(program):
    served = program.get("/api/v1/schema/").json()
    examples = 0
    for operations in served["paths"].values():
        if "get" not in operations:
            continue
        for content in operations["get"]["responses"]["200"]["content"].values():
            for example in content.get("examples", {}).values():
                examples += 1
                whole = content["schema"] | {"components": served["components"]}
                Draft202012Validator(whole).validate(example["value"])
    assert examples >= 5


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


def test_the_schema_refuses_what_the_desk_refuses_of_texts_cursors_and_keys(program):
    served = program.get("/api/v1/schema/").json()
    bodies = served["components"]["schemas"]
    assert bodies["ClaimNew"]["properties"]["statement"]["minLength"] == 1
    assert "minLength" not in bodies["ClaimNew"]["properties"]["place"]
    listed = served["paths"]["/api/v1/claims/"]
    told = {each["name"]: each["schema"] for each in [*listed["get"]["parameters"], *listed["post"]["parameters"]]}
    assert not re.search(told["cursor"]["pattern"], "")
    assert re.search(told["cursor"]["pattern"], "bnxpZHw1MHw1MA")
    for key, may in (("mill-1", True), ("%", True), ('"a b"', True), ('"', False), ("a\\b", False), ("", False)):
        assert bool(re.search(told["Idempotency-Key"]["pattern"], key)) == may, key
    columns = served["paths"]["/api/v1/reports/claims.csv"]["get"]["parameters"]
    [fields] = [each["schema"] for each in columns if each["name"] == "fields"]
    assert fields["minItems"] == 1
    assert "statement" in fields["items"]["enum"]
    assert served["paths"]["/api/v1/import/claimreview/"]["post"]["requestBody"]["required"]
