"""The project's addresses and one more, behind which everything goes wrong on request."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from claims.models import Claim
from factdesk.errors import BadInput, DomainError
from factdesk.headers import embeddable
from factdesk.rest.views import Guarded
from factdesk.urls import handler400, handler403, handler404, handler500
from factdesk.urls import urlpatterns as theirs
from tests import make

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class Stale(DomainError):
    """The claim has moved on."""

    code = "stale_decision"
    status = 409


class Figure(serializers.Serializer):
    value = serializers.IntegerField()


class Body(serializers.Serializer):
    statement = serializers.CharField(max_length=10)
    figures = Figure(many=True, required=False)
    topics = serializers.DictField(child=serializers.IntegerField(), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["statement"] == "no":
            raise serializers.ValidationError("Not that one.", code="not_that")
        return attrs


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _refuse() -> None:
    raise Stale("No.")


def _accuse_twice() -> None:
    claim, accused = make.claim(), make.source()
    make.accusation(claim, accused)
    make.accusation(claim, accused)


RAISED: dict[str, Exception] = {
    "domain": Stale("Claim 1 is at revision 3; you decided on revision 2.", claim_id=1, now=3),
    "bad-input": BadInput("Two faults.", [{"pointer": "/claims/0", "code": "odd", "detail": "Odd."}, {"line": 3}]),
    "missing": Http404("Secret model name"),
    "denied": PermissionDenied("secret"),
    "django": DjangoValidationError({"statement": ["Too short."]}),
    "throttled": Throttled(wait=7),
    "suspicious": SuspiciousOperation("secret"),
    "bug": RuntimeError("secret: postgresql://owner:password@host/db"),
}
DONE = {
    "check": lambda: make.claim(statement="x", about_from="2024-02-02", about_until="2024-01-01"),
    "nameless-check": lambda: _sql(
        "INSERT INTO claims_quantity (claim_id, measure, value, margin) SELECT min(id), 'm', 1, -1 FROM claims_claim"
    ),
    "trigger": lambda: Claim.objects.update(state="signed_off"),
    "unique": lambda: [make.claim(key="twice"), make.claim(key="twice")],
    "named-unique": _accuse_twice,
    "not-null": lambda: _sql("INSERT INTO claims_claim (statement) VALUES ('secret words')"),
    "too-long": lambda: make.claim(statement="x" * 2001),
    "nul": lambda: make.claim(statement="a\0b"),
    "reference-at-the-end": lambda: make.claim(assignee_id=987654321),
    "programming": lambda: _sql("SELECT secret FROM nowhere"),
    "written": lambda: make.claim(statement="Written."),
    "written-then-refused": lambda: (make.claim(statement="Written."), _refuse()),
}


class Probe(Guarded):
    """``GET /api/probe/<what>/`` raises it; ``POST`` does it."""

    rights: ClassVar[dict[str, str]] = {"get": "read", "post": "read", "put": "sign_off"}
    schema = None

    def get(self, request: Request, what: str) -> Response:
        if what in RAISED:
            raise RAISED[what]
        return Response({"may": request.auth.may(what) if request.auth else request.user.may(what)})

    def post(self, request: Request, what: str) -> Response:
        if what == "body":
            read = Body(data=request.data)
            read.is_valid(raise_exception=True)
            return Response(read.data, status=201)
        DONE[what]()
        return Response(status=204)

    def put(self, request: Request, what: str) -> Response:
        return Response(status=204)

    def patch(self, request: Request, what: str) -> Response:
        return Response(status=204)


def bug(request: HttpRequest) -> HttpResponse:
    raise RAISED["bug"]


def picture(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml")


urlpatterns = [
    path("api/probe/<str:what>/", Probe.as_view()),
    path("probe/bug/", bug),
    path("probe/picture.svg", embeddable(picture)),
    path("probe/picture.svg/page/", picture),
    *theirs,
]
