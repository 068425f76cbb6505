"""Hooks of schemathesis for bench/fuzz.toml: writes that get further, and a closer look at refusals.

What is generated names a version that nobody has seen and an Idempotency-Key that was used before, and so most writes
would be refused before they are judged. Most are given a key of their own, and every other one the present version.
A request that the schema allows may be refused with 400 for what the record holds, or by a rule between fields; never
by one of :data:`BADLY_FORMED`, which the schema could have said.
"""

import itertools
import uuid
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation

#: codes of what a schema can say, and must
BADLY_FORMED = {
    "bad_idempotency_key", "bad_if_match", "blank", "date", "empty", "invalid", "invalid_choice", "invalid_count",
    "invalid_day", "invalid_figure", "invalid_id", "invalid_limit", "invalid_moment", "invalid_number", "max_length",
    "max_value", "min_length", "min_value", "not_a_list", "null", "repeated", "required", "too_many", "unknown_field",
    "unknown_ordering", "unknown_parameter", "unknown_word",
}  # fmt: skip
#: what of these depends on another field: a finding that is no tick has a verdict; a ruling says what it is about,
#: and in the words of that; a record file's figure that has a base says how it stands to it; who closes says why
BETWEEN_FIELDS = {
    ("/api/v1/claims/{id}/transitions/", "required"), ("/api/v1/claims/transitions/", "required"),
    ("/api/v1/dossiers/", "required"), ("/api/v1/assessments/", "required"),
    ("/api/v1/rulings/", "required"), ("/api/v1/rulings/", "unknown_word"),
}  # fmt: skip
#: 5.0 is a whole number to JSON Schema and not to the desk; of 19 digits a pattern does not say which are below 2 ** 63
CLOSER_THAN_A_SCHEMA = {"A valid integer is required.", "An id is a number as the API gave it."}
_turn = itertools.count()


@schemathesis.hook
def before_call(ctx: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Where it is not the headers that are wrong, seven writes of eight have a key of their own, and every other one
    names the present version: a key that was used before and a version that is not there are refused before the body
    is looked at, so that what is wrong in it would hide behind them.
    """
    turn = next(_turn)
    if case.meta is None or not _are_sound(case, ParameterLocation.HEADER):
        return
    if "Idempotency-Key" in case.headers and turn % 8:
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    number = (case.path_parameters or {}).get("id")
    if "If-Match" in case.headers and number and turn % 2 and _are_sound(case, ParameterLocation.PATH):
        base, listed = case.operation.base_url.rstrip("/"), case.operation.path.partition("{")[0]
        seen = requests.get(f"{base}{listed}{number}/", headers=dict(kwargs.get("headers") or {}), timeout=30)
        case.headers["If-Match"] = seen.headers.get("ETag", case.headers["If-Match"])


def _are_sound(case: Any, where: ParameterLocation) -> bool:
    """Whether this part of the request is as the schema says, or is not there."""
    part = case.meta.components.get(where)
    return part is None or part.mode.is_positive


class AgainstTheSchema(Failure):
    """The schema allows it, and the desk says that it is badly formed."""


@schemathesis.check
def what_the_schema_allows_is_well_formed(ctx: Any, response: Any, case: Any) -> None:
    """It is refused with 400 for no reason of :data:`BADLY_FORMED`."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    told = response.json()
    address = case.operation.path.removesuffix("bulk/")
    faults = [each for each in told.get("errors", ()) if each["detail"] not in CLOSER_THAN_A_SCHEMA]
    codes = {each["code"] for each in faults} if "errors" in told else {told["code"]}
    wrong = {code for code in codes & BADLY_FORMED if (address, code) not in BETWEEN_FIELDS}
    if wrong:
        message = f"Refused with {', '.join(sorted(wrong))}: {told['detail']}"
        raise AgainstTheSchema(operation=case.operation.label, title="Refused against the schema", message=message)
