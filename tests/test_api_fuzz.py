"""Strangers at the door: schemathesis, driven by the schema, for a while each as a reader and as a chief.

No answer of 5xx, and none that the schema does not document: status, media type, headers, body.
"""

import itertools
import os
import time
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


@pytest.mark.filterwarnings("ignore")  # of libraries that only this test uses
@pytest.mark.parametrize(("role", "scope"), [("reader", "read"), ("chief", "review")])
def test_no_request_that_the_schema_leads_to_is_answered_with_a_fault_or_a_surprise(role, scope):
    rich.desk()
    _, secret = calls.token(make.user(role), [scope])
    program = calls.Caller(secret)
    headers = {"Authorization": f"Bearer {secret}"}
    served = schemathesis.openapi.from_wsgi("/api/v1/schema/", application, headers=headers)
    operations = [result.ok() for result in served.get_all_operations()]
    assert len(operations) >= 43
    asked, answered, end = 0, set(), time.monotonic() + BUDGET
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    for number, operation in ((number, each) for number in itertools.count() for each in operations):
        if time.monotonic() > end and number:  # every operation is asked once at the least
            break
        for ids in _ids(program, operation.path):

            @settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=modes[number % 2], path_parameters=ids))
            def ask(case: Any) -> None:
                nonlocal asked
                response = case.call(headers=headers)
                asked += 1
                answered.add(response.status_code)
                case.validate_response(response, checks=CHECKS, headers=headers)

            ask()
    assert asked > len(operations)
    assert {200, 400, 404} <= answered <= {200, 400, 403, 404}
    print(f"{role}: {asked} requests, answers {sorted(answered)}")
