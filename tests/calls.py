"""Speaking to the API as a program does: a token, a method, an address."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from factdesk.people.models import Token, User
from tests import make

CLAIMS = "/api/v1/claims/"


def token(of: User | None = None, scopes: list[str] | None = None, **facts: Any) -> tuple[Token, str]:
    """A token and its secret; ``ended=True`` makes one that has expired."""
    ended = facts.pop("ended", False)
    made, secret = Token.objects.create(
        user=of or make.user("reader"), name="a test", scopes=["read"] if scopes is None else scopes, **facts
    )
    if ended:
        Token.objects.filter(pk=made.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    return made, secret


class Caller:
    """One program. ``get("/api/v1/claims/?kind=event")``; the answers are Django's test responses."""

    def __init__(self, secret: str, **options: Any) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {secret}"}, **options)

    def get(self, address: str, **options: Any) -> HttpResponse:
        return self.client.get(address, **options)

    def post(self, address: str, body: Any, content_type: str = "application/json", **options: Any) -> HttpResponse:
        return self.client.post(address, body, content_type=content_type, **options)

    def ids(self, query: str = "") -> list[int]:
        """The ids of the claims that a list gives."""
        answer = self.get(CLAIMS + query)
        assert answer.status_code == 200, answer.content
        return [int(each["id"]) for each in answer.json()["results"]]


def caller(of: User | None = None, scopes: list[str] | None = None, **options: Any) -> Caller:
    return Caller(token(of, scopes)[1], **options)


def problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """Assert that the answer is this problem, whole (RFC 9457), and give it back."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["code"] == code, told
    assert told["type"] == f"/problems/{code}"
    assert told["title"]
    assert told["detail"]
    assert told["instance"].startswith("/api/")
    assert told["request_id"] == answer["X-Request-ID"]
    assert "Traceback" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    return told


def faults(answer: HttpResponse, code: str = "bad_query") -> dict[str, str]:
    """Of a refused query: parameter -> code of what is wrong with it."""
    return {fault["parameter"]: fault["code"] for fault in problem(answer, 400, code)["errors"]}


def withdraw(record: Any) -> None:
    """Withdraw a hop, a figure, an accusation."""
    record.withdrawn_at, record.withdrawn_because = timezone.now(), "A mistake."
    record.save(update_fields=["withdrawn_at", "withdrawn_because"])


def fill(claims: int) -> tuple[Any, Any]:
    """So many claims with all that they can carry; the last one, and a source that speaks in all."""
    paper = make.outlet()
    for number in range(claims):
        claim = make.claim(assignee=make.user(), key=f"filled-{number}-{claims}")
        make.quantity(claim), make.quantity(claim)
        body = make.source(kind="organization")
        page = make.passage(make.snapshot("Some words that stand here.", of=make.document(publisher=paper)))
        first = make.attribution(claim, body, passage=page, document=page.snapshot.document)
        make.attribution(claim, body, speaks_for=body)
        make.attribution(claim, paper, relays=first)
    return claim, paper


def quoted(text: str) -> str:
    """A text as a part of an address."""
    return quote(text, safe="")
