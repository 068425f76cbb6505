"""What holds for every request: it has an id, and one that changes something is one transaction.

Two middlewares. :class:`RequestId` is the outermost, so that whatever answers carries the id. :class:`OneTransaction`
is the innermost, so that all that a change writes, and nothing of the session's, stands or falls together. Safe
requests run without one: each query sees what is committed, and all that they write is a token's last use.
"""

import re
import uuid
from collections.abc import Callable

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response

from factdesk import context
from factdesk.rest import problems

Answer = Callable[[HttpRequest], HttpResponse]

API = "/api/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
HEADER = "X-Request-ID"

_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestId:
    """Gives the request an id (the caller's, if it is a sane one), to logs, history and the answer."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        brought = request.headers.get(HEADER, "")
        given = brought if _SANE.fullmatch(brought) else str(uuid.uuid4())
        reset = context.request_id.set(given)
        came = context.way_in.set("api" if request.path.startswith(API) else "admin")
        try:
            response = self.get_response(request)
            if response.status_code >= 400:  # Django would log it once the id is forgotten; it logs nothing twice
                log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        finally:
            context.request_id.reset(reset)
            context.way_in.reset(came)
        response[HEADER] = given
        if request.path.startswith(API):
            response["Cache-Control"] = "no-store"
        return response


class OneTransaction:
    """Runs an unsafe request to the API in one transaction, which an answer of 400 or above undoes.

    Who acts is declared here as far as the session says; a view that knows better (a token's person) declares again.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE or not request.path.startswith(API):
            return self.get_response(request)
        user = getattr(request, "user", None)
        try:
            with context.acting(by=user if user and user.is_authenticated else None, way="api"):
                response = self.get_response(request)
                if response.status_code >= 400:
                    transaction.set_rollback(True)
        except DatabaseError as error:  # a rule that the database checks when the transaction ends
            refused = problems.from_database(request, error)
            if refused is None:
                raise
            return refused
        return response
