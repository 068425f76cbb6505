"""Where one is in a copy, and who else is there: asked by the copy's script every few seconds."""

import json
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from claims import presence
from factdesk.errors import DomainError
from factdesk.people.who import signed_in

LARGEST = 2**63 - 1


@require_POST
def presence_view(request: HttpRequest) -> JsonResponse:
    """``{"document": 7, "sentence": 31}`` (or null) in; ``{"others": [{"name", "sentence", "at"}]}`` out."""
    asked = _read(request.body)
    if asked is None:
        return JsonResponse({"detail": "Say where you are: a document's number, and a sentence's or null."}, status=400)
    document, sentence = asked
    try:
        presence.be_at(document, sentence, by=signed_in(request))
        others = presence.who_is_at(document, by=signed_in(request))
    except DomainError as refused:
        return JsonResponse({"detail": str(refused)}, status=refused.status)
    told = [{"name": one.name, "sentence": one.sentence_id, "at": one.at.isoformat()} for one in others]
    return JsonResponse({"others": told})


def _read(body: bytes) -> tuple[int, int | None] | None:
    try:
        sent: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(sent, dict):
        return None
    document, sentence = _number(sent.get("document")), _number(sent.get("sentence"))
    if document is None or (sentence is None and sent.get("sentence") is not None):
        return None
    return document, sentence


def _number(value: Any) -> int | None:
    is_one = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST
    return value if is_one else None
