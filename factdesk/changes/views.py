"""``GET /changes/``: what was changed, in the order of commits, for programs that follow the desk."""

import json
import re
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse
from rest_framework.utils.urls import replace_query_param

from factdesk.changes import cursors, reading
from factdesk.changes.cursors import Position
from factdesk.changes.following import followed
from factdesk.rest.access import asker
from factdesk.rest.fields import Id
from factdesk.rest.problems import MEDIA_TYPE, BadQuery, ProblemSerializer, wrong_parameter
from factdesk.rest.shown import Rights
from factdesk.rest.views import Guarded

PRESET, MOST = 200, 1000
NOW = "now"
RESOURCES = tuple(dict.fromkeys(one.resource for one in sorted(followed(), key=lambda one: one.place)))


class FeedRowSerializer(serializers.Serializer[Any]):
    """An object that was added or changed by one transaction."""

    cursor = serializers.CharField(read_only=True, help_text="Of what comes after this row.")
    resource = serializers.ChoiceField(choices=list(RESOURCES), read_only=True)
    id = Id()
    url = serializers.URLField(read_only=True)
    claim = serializers.CharField(read_only=True, allow_null=True, help_text="The claim that it belongs to, or is.")
    version = serializers.IntegerField(read_only=True, allow_null=True, help_text="As its ETag was then.")
    at = serializers.DateTimeField(read_only=True, help_text="When the transaction was committed.")


class FeedSerializer(serializers.Serializer[Any]):
    """A page of the feed."""

    next = serializers.URLField(read_only=True, help_text="Where to ask next, also where there is nothing new.")
    cursor = serializers.CharField(read_only=True, help_text="The same as a cursor, to keep.")
    more = serializers.BooleanField(
        read_only=True, help_text="Whether there is more at this moment, also where this page has nothing."
    )
    results = FeedRowSerializer(many=True, read_only=True)


_PARAMETERS = [
    OpenApiParameter(
        "since",
        {"type": "string", "pattern": "^(now|[0-9a-f]{12}(-[0-9]{1,19}){3}-[0-9a-f]{8})$"},
        description="A cursor: what comes after it. `now`: nothing yet, but the cursor of this moment. Left out: all"
        " that is kept.",
    ),
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": PRESET}, description="Rows a page."
    ),
    OpenApiParameter(
        "resource",
        {"type": "array", "items": {"type": "string", "enum": list(RESOURCES)}},
        description="Only of this resource. Repeat it for any of several.",
    ),
]


class ChangesView(Guarded):
    """What was changed, for programs that poll."""

    rights: ClassVar[dict[str, str]] = {"get": "read"}

    def known_parameters(self) -> set[str] | None:
        """Where from, how many, of what."""
        return {"since", "limit", "resource"}

    def repeatable_parameters(self) -> set[str]:
        """Several resources."""
        return {"resource"}

    @extend_schema(
        operation_id="changes_list",
        parameters=_PARAMETERS,
        responses={
            200: FeedSerializer,
            (410, MEDIA_TYPE): OpenApiResponse(
                ProblemSerializer, "`cursor_gone`: the feed does not reach back so far. Start afresh with `since=now`."
            ),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """Every object that was added or changed, in the order of commits: none twice, none lost."""
        limit, resources = _limit(request), _resources(request)
        if request.query_params.get("since") == NOW:
            found = reading.Page([], reading.now(), False)
        else:
            found = _page(request, _since(request), limit, resources)
        cursor = found.after.as_cursor()
        address = replace_query_param(request.build_absolute_uri(), "since", cursor)
        told = {"next": address, "cursor": cursor, "more": found.more, "results": found.rows}
        return HttpResponse(json.dumps(told), content_type="application/json")


def _page(request: Request, since: Position | None, limit: int, resources: list[str]) -> reading.Page:
    address = reverse("change-list", request=request)
    try:
        return reading.page(since, limit, resources, Rights.of(asker(request)), address.removesuffix("changes/"))
    except reading.CursorGone as gone:
        gone.facts = {"afresh": f"{address}?since={NOW}"}
        raise


def _since(request: Request) -> Position | None:
    given = request.query_params.get("since")
    if given is None:
        return None
    position = cursors.read(given)
    if position is None:
        told = "This is no cursor of the feed: take `cursor` or `next` as they were given, or `now`."
        raise BadQuery(wrong_parameter("since", "invalid_cursor", told))
    return position


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(PRESET))
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= MOST:
        raise BadQuery(wrong_parameter("limit", "invalid_limit", f"Give a number from 1 to {MOST}."))
    return int(text)


def _resources(request: Request) -> list[str]:
    named = request.query_params.getlist("resource")
    if strange := [name[:100] for name in named if name not in RESOURCES]:
        told = f"No such resource: {', '.join(strange[:10])}. Known: {', '.join(RESOURCES)}."
        raise BadQuery(wrong_parameter("resource", "unknown_resource", told))
    return named
