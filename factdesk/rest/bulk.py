"""Many at once: a list of rows, each of which is what a request of its own would have been.

The bargain: every row goes through the same function of the desk, in a savepoint of its own. All or nothing: all rows
are tried, so that whoever sent them is told all that is wrong, and then nothing was done. ``?atomic=0``: what can be
done is done. Rows are worked on in the order of the records that they name, so that two lists of the same do not wait
for each other in a circle.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from factdesk.errors import DomainError
from factdesk.rest import building, inputs
from factdesk.rest.access import asker
from factdesk.rest.filters import LARGEST_WHOLE
from factdesk.rest.problems import STALE, BadQuery, refusal, wrong_parameter
from factdesk.rest.shown import Shown

MOST = 1000
#: bytes of a list
LARGEST = 21_000_000


class NoRows(APIException):
    """No list, none in it, or too many."""

    status_code = 400
    default_code = "bad_rows"


class Undone(APIException):
    """Nothing was done, because some rows were refused. What was sent comes back where some are to be decided again."""

    default_code = "bulk_refused"

    def __init__(self, status: int, errors: list[dict[str, Any]], sent: Any, many: int) -> None:
        self.status_code, self.errors = status, errors
        self.sent = sent if any(fault["code"] in STALE for fault in errors) else None
        rows = "1 row was" if many == 1 else f"{many} rows were"
        super().__init__(f"{rows} refused, so nothing was done.")


@dataclass(frozen=True)
class Wants:
    """``rows`` of ``body``; ``is_whole``: all of them or none."""

    rows: list[Any]
    body: type[inputs.Written]
    is_whole: bool


@dataclass(frozen=True)
class Outcome:
    """Of one row: the number of the record, or the problem and its HTTP status."""

    made: int = 0
    status: int = 0
    problem: dict[str, Any] | None = None


def rows_of(sent: Any) -> list[Any]:
    """The rows of a body, or :class:`NoRows`."""
    if not isinstance(sent, list):
        raise NoRows("Send a list of objects.", "not_a_list")
    if not sent:
        raise NoRows("The list is empty.", "no_rows")
    if len(sent) > MOST:
        raise NoRows(f"The list has {len(sent):,} rows; {MOST:,} are taken at the most.", "too_many_rows")
    return sent


def is_whole(request: Request) -> bool:
    """Whether it is all or nothing: unless ``?atomic=0``."""
    asked = request.query_params.get("atomic", "1")
    if asked not in ("0", "1"):
        raise BadQuery(wrong_parameter("atomic", "invalid_choice", "Give 0, or leave it out."))
    return asked == "1"


@cache
def of_an_object(body: type[inputs.Written], serializer: type[Shown[Any]]) -> type[inputs.Written]:
    """A row about an object: which, and the version of it that was seen, beside what the request's body says."""
    model = serializer.Meta.model
    version = inputs.Whole(min_value=1, max_value=LARGEST_WHOLE, help_text="As its ETag says.")
    more: dict[str, Any] = {
        "id": inputs.Named(model),
        "version": version,
        "__doc__": f"{body.__doc__} Of which object.",
    }
    if body.example:
        more["example"] = {"id": "101", "version": 3, **body.example}
    return type(f"{model.__name__}{body.__name__}Row", (_OfAnObject, body), more)


class _OfAnObject(inputs.Written):
    """What a row says beside the object that it is about is what the request's own body says."""

    def validate(self, attrs: Any) -> Any:
        about = {name: attrs.pop(name) for name in ("id", "version")}
        return super().validate(attrs) | about


def answer(
    request: Request,
    wants: Wants,
    do: Callable[[Mapping[str, Any]], Any],
    shown: Callable[[Collection[int]], dict[int, building.Row]],
    status: int,
) -> HttpResponse:
    """Each row's result, in the order of the rows; or, where all should be done and cannot, :class:`Undone`."""
    read, faults = _read(wants, request)
    outcomes: list[Outcome] = [Outcome()] * len(read)
    for place in sorted(range(len(read)), key=lambda place: _names(read[place])):
        sent, row = wants.rows[place], read[place]
        outcomes[place] = _done(request, sent, row, do) if row is not None else _refused(request, faults[place], sent)
    refused = [place for place, outcome in enumerate(outcomes) if outcome.problem]
    if refused and wants.is_whole:
        first = outcomes[refused[0]].status
        listed = [fault for place in refused for fault in _pointed(place, outcomes[place])]
        raise Undone(first, listed, request.data, len(refused))
    rows = shown({outcome.made for outcome in outcomes if outcome.made})
    told = ", ".join(_told(outcome, rows.get(outcome.made), status) for outcome in outcomes)
    return HttpResponse(f'{{"results": [{told}]}}', content_type="application/json")


def _read(wants: Wants, request: Request) -> tuple[list[dict[str, Any] | None], list[Exception]]:
    """The rows as far as they can be read, and for the others what is wrong."""
    reader = wants.body()
    found: list[dict[str, Any] | None] = []
    faults: list[Exception] = []
    for row in wants.rows:
        try:
            found.append(dict(reader.run_validation(row)))
            faults.append(ValidationError())
        except ValidationError as wrong:
            found.append(None)
            faults.append(wrong)
    for place, strange in enumerate(inputs.strangers(reader, found, asker(request))):
        if strange:
            found[place], faults[place] = None, ValidationError(strange)
    return found, faults


#: what a row names, and is locked by
_LOCKED = ("claim_id", "id", "assessment_id", "accusation_id", "source_id", "snapshot_id", "piece_id")


def _names(row: Mapping[str, Any] | None) -> int:
    return next((row[name] for name in _LOCKED if row.get(name) is not None), 0) if row else 0


def _done(request: Request, sent: Any, row: Mapping[str, Any], do: Callable[[Mapping[str, Any]], Any]) -> Outcome:
    try:
        with transaction.atomic():
            return Outcome(made=do(row).pk)
    except (DomainError, APIException) as error:
        return _refused(request, error, sent)


def _refused(request: Request, error: Exception, sent: Any) -> Outcome:
    told = refusal(request, error, sent)
    assert told is not None  # noqa: S101 - both kinds of error are refusals
    return Outcome(status=told.status_code, problem=json.loads(told.content))


def _pointed(place: int, outcome: Outcome) -> list[dict[str, Any]]:
    """A row's problem as faults of the whole body."""
    told = outcome.problem or {}
    whole = {"pointer": "", "code": told["code"], "detail": told["detail"]}
    if "facts" in told:
        whole["facts"] = told["facts"]
    return [fault | {"pointer": f"/{place}{fault['pointer']}"} for fault in told.get("errors", [whole])]


def _told(outcome: Outcome, row: building.Row | None, status: int) -> str:
    if outcome.problem:
        return f'{{"status": {outcome.status}, "problem": {json.dumps(outcome.problem)}}}'
    etag, record = (json.dumps(f'"{row.at}"'), row.json) if row else ("null", "null")
    return f'{{"status": {status}, "etag": {etag}, "record": {record}}}'
