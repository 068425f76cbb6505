"""``POST /match/``: which claims of the desk already say what a text says. Nothing is changed by asking."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from claims import matching
from claims.labels import MATCHES
from claims.matching import Match
from claims.vocabularies import ClearanceValue, Kind, State, Verdict
from factdesk.rest.access import asker
from factdesk.rest.fields import Id
from factdesk.rest.inputs import Text, Whole, as_in, read, written
from factdesk.rest.views import Guarded

#: so many claims are told at the most, and unless said otherwise
MOST, PRESET = 50, 10
LONGEST = 10_000

Asked = as_in(
    written(
        "MatchAsked",
        "A text to look for.",
        text=Text(max_length=LONGEST, help_text="Of a longer text the first 2,000 characters are looked at."),
        limit=Whole(min_value=1, max_value=MOST, required=False, help_text=f"How many claims at the most; {PRESET}."),
    ),
    text="Twelve engines fought the fire at the mill.",
    limit=5,
)


class MatchedClaim(serializers.Serializer[Any]):
    """The claim in brief; all of it is at its address."""

    id = Id()
    key = serializers.CharField(read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True)
    statement = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(choices=Kind.choices, read_only=True)
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    verdict = serializers.ChoiceField(choices=Verdict.choices, read_only=True, allow_null=True)
    clearance = serializers.ChoiceField(choices=ClearanceValue.choices, read_only=True)


class MatchReason(serializers.Serializer[Any]):
    """What makes it likely, or less likely, that the claim says the same; `words`: which ones, how much."""

    code = serializers.ChoiceField(choices=list(MATCHES), read_only=True)
    words = serializers.CharField(read_only=True, allow_blank=True)


class MatchSerializer(serializers.Serializer[Any]):
    """A claim that may say the same, the likeliest first."""

    claim = MatchedClaim(read_only=True)
    score = serializers.FloatField(read_only=True, min_value=0, max_value=1, help_text="To rank by; no probability.")
    reasons = MatchReason(many=True, read_only=True)


class MatchView(Guarded):
    """Seen before."""

    rights: ClassVar[dict[str, str]] = {"post": "read"}

    @extend_schema(operation_id="match_create", request=Asked, responses={200: MatchSerializer(many=True)})
    def post(self, request: Request) -> Response:
        """The claims that already say this, with the reasons: numbers, negation and days are minded."""
        given = read(Asked, request, asker(request))
        found = matching.seen_before(given["text"], asker(request), limit=given.get("limit", PRESET))
        return Response(MatchSerializer([told(one, request) for one in found], many=True).data)


def told(match: Match, request: Request) -> dict[str, Any]:
    """What a :class:`MatchSerializer` shows."""
    claim = match.claim
    brief = {name: getattr(claim, name) for name in ("id", "key", "statement", "kind", "state", "verdict", "clearance")}
    brief["url"] = reverse("claim-detail", [claim.pk], request=request)
    return {"claim": brief, "score": match.score, "reasons": match.reasons}


urlpatterns = [path("match/", MatchView.as_view(), name="match")]
