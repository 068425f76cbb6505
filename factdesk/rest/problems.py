"""Every refusal and fault of the API, as RFC 9457 ``application/problem+json``; never a page, never a stack trace.

``type`` is ``/problems/<code>``: an identifier (RFC 9457 §3.1.1), the same for every occurrence, that need not lead
anywhere. ``code`` is its last part, ``title`` the code in words, ``detail`` what is the matter this time, ``instance``
the path that was asked, ``request_id`` what to quote to the desk. Bad input lists all that is wrong in ``errors``: for
a body ``pointer`` is a JSON pointer (RFC 6901) into it; for the query ``parameter`` is the name, and ``pointer`` points
into the query as if it were an object. A decision on what has moved on gets back what was ``sent``.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path
from django.views import defaults
from rest_framework import exceptions, serializers
from rest_framework.fields import get_error_detail
from rest_framework.request import Request
from rest_framework.settings import api_settings

from factdesk.change import Refused
from factdesk.context import request_id
from factdesk.errors import BadInput, DomainError, ReasonNeeded
from factdesk.rest.refusals import BUSY, Refusal, explain

MEDIA_TYPE = "application/problem+json"
#: Codes of refusals after which people decide again: what they typed comes back to them.
STALE = frozenset({"stale_decision", "stale_version", "piece_not_signed"})


class Wrong(TypedDict, total=False):
    """One thing that is wrong with what was handed in."""

    pointer: str
    parameter: str
    code: str
    detail: str


class BadQuery(exceptions.APIException):
    """What stands after the question mark cannot be answered; ``errors`` has one entry for each fault."""

    status_code = 400
    default_code = "bad_query"
    default_detail = "The query cannot be answered as it is."

    def __init__(self, *errors: Wrong) -> None:
        super().__init__(errors[0]["detail"] if len(errors) == 1 else None)
        self.errors = list(errors)


def wrong_parameter(name: str, code: str, detail: str) -> Wrong:
    """One fault of a query parameter. A name is cut at 100 characters: it may be anything."""
    return {"parameter": name[:100], "pointer": f"/{escaped(name[:100])}", "code": code, "detail": detail}


def problem(
    request: HttpRequest | Request,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
    sent: Any = None,
) -> HttpResponse:
    """The answer itself. It is made without content negotiation, so that a refused ``Accept`` gets it too."""
    said: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": escape_uri_path(request.path),
        "code": code,
        "request_id": request_id.get(),
    }
    if errors:
        said["errors"] = errors
    if facts:
        said["facts"] = facts
    if sent is not None:
        said["sent"] = sent
    return HttpResponse(json.dumps(said, cls=DjangoJSONEncoder), status=status, content_type=MEDIA_TYPE)


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's EXCEPTION_HANDLER. None for what is our own fault: Django then logs it and asks :func:`server_error`."""
    request: Request = context["request"]
    was_read = getattr(context["view"], "sent", None) is not None
    return refusal(request, error, request.data if was_read else None)


def refusal(request: Request, error: Exception, sent: Any = None) -> HttpResponse | None:
    """The answer to what went wrong with a request, or with a row of it, which was ``sent``; None for our own fault."""
    match error:
        case DomainError():
            return _from_domain(request, error, sent)
        case DatabaseError():
            return from_database(request, error, sent)
        case Http404():
            error = exceptions.NotFound("There is no such thing here.")
        case DjangoPermissionDenied():
            error = exceptions.PermissionDenied("This is not yours to do.", "not_allowed")
        case DjangoValidationError():
            error = exceptions.ValidationError(get_error_detail(error))
    return _from_rest(request, error) if isinstance(error, exceptions.APIException) else None


def from_database(request: HttpRequest | Request, error: DatabaseError, sent: Any = None) -> HttpResponse | None:
    """A rule that the database holds; None where the error is no refusal."""
    told = explain(error)
    if told is None:
        return None
    answer = problem(request, told.status, told.code, told.detail, errors=_columns(told, sent))
    if told.code == BUSY.code:
        answer["Retry-After"] = "1"
    return answer


def _columns(told: Refusal, sent: Any) -> list[Wrong] | None:
    """The columns that a constraint speaks of, as far as they were sent."""
    named = [name for name in told.columns if isinstance(sent, Mapping) and name in sent]
    found: list[Wrong] = [{"pointer": f"/{name}", "code": told.code, "detail": told.detail} for name in named]
    return found or None


def _from_domain(request: Request, error: DomainError, sent: Any) -> HttpResponse:
    if isinstance(error, BadInput):
        listed = [{"pointer": "", "code": error.code, "detail": ""} | _pointed(found) for found in error.problems]
        return problem(request, error.status, error.code, str(error), errors=listed)
    if isinstance(error, Refused):
        return problem(request, error.status, error.code, str(error), errors=_columns(error.refusal, sent))
    typed = sent if error.code in STALE else None
    named = _field_of(request, error, sent)
    errors: list[Wrong] = [{"pointer": f"/{named}", "code": error.code, "detail": str(error)}] if named else []
    return problem(request, error.status, error.code, str(error), errors=errors, facts=error.facts, sent=typed)


def _field_of(request: Request, error: DomainError, sent: Any) -> str:
    """The field of the body that a refusal of the desk is about, where it is about one; else empty."""
    if isinstance(error, ReasonNeeded):
        return str(getattr(request.parser_context.get("view"), "asks_why", ""))
    return "revision" if error.code == "stale_decision" and isinstance(sent, Mapping) and "revision" in sent else ""


def _pointed(found: Mapping[str, Any]) -> dict[str, Any]:
    """A problem of the desk's own functions (``path``, ``message``): ``claims[0].key`` is ``/claims/0/key``."""
    told = dict(found)
    if "path" in told:
        steps = re.findall(r"[^.\[\]]+", str(told.pop("path")))
        told["pointer"] = "".join(f"/{escaped(step)}" for step in steps)
    if "message" in told:
        told["detail"] = told.pop("message")
    return told


def _from_rest(request: Request, error: exceptions.APIException) -> HttpResponse:
    if isinstance(error, exceptions.ValidationError):
        found = list(_flat(error.detail))
        return problem(request, 400, "bad_input", "What was sent cannot be taken as it is.", errors=found)
    code = (error.detail.code if isinstance(error.detail, exceptions.ErrorDetail) else None) or error.default_code
    told = {name: getattr(error, name, None) for name in ("errors", "facts", "sent")}
    response = problem(request, error.status_code, code, str(error.detail), **told)
    if authenticate := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = authenticate
    if (wait := getattr(error, "wait", None)) is not None:
        response["Retry-After"] = str(int(wait))
    return response


def _flat(detail: Any, pointer: str = "") -> Iterator[Wrong]:
    """DRF's nested error details as a list, each with the JSON pointer of its place."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            whole = key == api_settings.NON_FIELD_ERRORS_KEY
            yield from _flat(inner, pointer if whole else f"{pointer}/{escaped(str(key))}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flat(inner, pointer if isinstance(inner, str) else f"{pointer}/{index}")
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}


def escaped(key: str) -> str:
    """A step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def _is_ours(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler400: a request that did not reach a view, or made Django itself balk."""
    if not _is_ours(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return problem(request, 413, "too_large", "The request is larger than the desk takes.")
    return problem(request, 400, "bad_request", "The request is malformed.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler403."""
    if not _is_ours(request):
        return defaults.permission_denied(request, exception)
    return problem(request, 403, "not_allowed", "This is not yours to do.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler404."""
    if not _is_ours(request):
        return defaults.page_not_found(request, exception)
    return problem(request, 404, "not_found", "There is no such thing here.")


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's handler500: the fault itself is in the log, under the request's id, and nowhere else."""
    if not _is_ours(request):
        return defaults.server_error(request)
    return problem(request, 500, "internal_error", "Something went wrong here. Quote the request id to the desk.")


class WrongSerializer(serializers.Serializer[Any]):
    """One thing that is wrong, for the schema."""

    line = serializers.IntegerField(required=False, help_text="Of a record file.")
    facts = serializers.DictField(required=False, help_text="Of a row: the plain values that the detail speaks of.")
    pointer = serializers.CharField(help_text="JSON pointer to it (RFC 6901).")
    parameter = serializers.CharField(required=False, help_text="The query parameter, where it is one.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details, for the schema."""

    type = serializers.CharField(help_text="`/problems/<code>`: names the kind of problem.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The path that was asked.")
    code = serializers.CharField(help_text="Stable, for programs.")
    request_id = serializers.CharField(allow_null=True)
    facts = serializers.DictField(required=False, help_text="The plain values that the detail speaks of.")
    sent = serializers.JSONField(required=False, help_text="What was sent, where it has to be decided again.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With ``errors``, a name that DRF's serializers have for themselves."""
        return super().get_fields() | {"errors": WrongSerializer(many=True, required=False)}
