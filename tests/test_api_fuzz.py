"""Strangers at the door: schemathesis, driven by the schema, for a while each as a reader, a checker, an editor and a
chief. Half of the requests are helped: they name records that are there, and the version that was seen.

No answer of 5xx, and none that the schema does not document: status, media type, headers, body.
"""

import itertools
import os
import time
from functools import partial
from typing import Any

import pytest
import schemathesis
from django.db import connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from factdesk.wsgi import application
from tests import calls, make, rich

pytestmark = pytest.mark.django_db

#: seconds for each role
BUDGET = 300 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 12
#: bodies and queries for each operation and object, each time that it is its turn
EXAMPLES = 4 if BUDGET > 60 else 2
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """The application answers within the test's transaction, as it does for Django's own test client."""
    for each in connections.all():
        monkeypatch.setattr(each, "close_if_unusable_or_obsolete", lambda: None)


def _ids(program, path):
    """Ids that are there and one that is not, for the addresses of single objects."""
    if "{id}" not in path:
        return [None]
    listed = program.get(f"/api/v1/{path.split('/')[3]}/?limit=2").json()["results"]
    return [*({"id": each["id"]} for each in listed), {"id": "987654321"}]


#: what a body calls another record -> the resource where there are some
NAMED = {
    "claim": "claims", "duplicate_of": "claims", "other": "claims", "speaker": "sources", "speaks_for": "sources",
    "accused": "sources", "owner": "sources", "publisher": "sources", "source": "sources", "organization": "sources",
    "into": "sources", "spoken_to": "sources", "document": "documents", "passage": "passages",
    "known_position_passage": "passages", "accusation": "accusations", "piece": "pieces", "first": "attributions",
    "second": "attributions", "relays": "attributions", "base": "quantities", "answers": "annotations",
    "assessment": "assessments",
}  # fmt: skip


def _known(program):
    """Name -> an id that is there. What is generated names nothing that is, and so would not get far."""
    return {name: program.get(f"/api/v1/{of}/?limit=1").json()["results"][0]["id"] for name, of in NAMED.items()}


def _nearer(case: Any, known: dict[str, str], versions: dict[str, str]) -> None:
    """Let a request name records that are there, and the version that the object has."""
    rows = case.body if isinstance(case.body, list) else [case.body]
    for row in rows:
        if isinstance(row, dict):
            row.update({name: known[name] for name in row.keys() & known.keys()})
            row.update({"revision": 1} if "revision" in row else {})
    if isinstance(case.headers, dict) and "If-Match" in case.headers:
        case.headers["If-Match"] = versions.get(str(case.path_parameters.get("id")), '"1"')


@pytest.mark.filterwarnings("ignore")  # of libraries that only this test uses
@pytest.mark.parametrize(
    ("role", "scope"), [("reader", "read"), ("checker", "write"), ("editor", "review"), ("chief", "review")]
)
def test_no_request_that_the_schema_leads_to_is_answered_with_a_fault_or_a_surprise(role, scope):
    rich.desk()
    _, secret = calls.token(make.user(role), [scope])
    program = calls.Caller(secret)
    headers = {"Authorization": f"Bearer {secret}"}
    served = schemathesis.openapi.from_wsgi("/api/v1/schema/", application, headers=headers)
    operations = [result.ok() for result in served.get_all_operations()]
    assert len(operations) >= 118
    known = _known(program)
    asked, answered, end = 0, set(), time.monotonic() + BUDGET
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    for number, operation in ((number, each) for number in itertools.count() for each in operations):
        if time.monotonic() > end and number:  # every operation is asked once at the least
            break
        for ids in _ids(program, operation.path):
            nearer = partial(_nearer, known=known, versions=_versions(program, operation.path, ids))

            @settings(
                max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
            )
            @given(case=operation.as_strategy(generation_mode=modes[number % 2], path_parameters=ids))
            def ask(case: Any) -> None:
                nonlocal asked
                asked += 1
                if asked % 2:
                    nearer(case)  # noqa: B023 - it is asked at once
                response = case.call(headers=headers)
                answered.add(response.status_code)
                case.validate_response(response, checks=CHECKS, headers=headers)

            ask()
    assert asked > len(operations)
    assert EXPECTED[role] <= answered <= MAY_BE, answered
    print(f"{role}: {asked} requests, answers {sorted(answered)}")


def _versions(program, path, ids):
    """Id -> ETag of the object."""
    if not ids:
        return {}
    answer = program.get(f"/api/v1/{path.split('/')[3]}/{ids['id']}/")
    return {ids["id"]: answer["ETag"]} if "ETag" in answer else {}


# What comes up in any case, and what may; on a slow machine each operation is asked just once.
WRITES = {200, 201, 400, 404}
EXPECTED = {"reader": {200, 400, 403, 404}, "checker": WRITES | {403}, "editor": WRITES, "chief": WRITES}
MAY_BE = WRITES | {202, 403, 406, 409, 412, 413, 415, 422, 428}
