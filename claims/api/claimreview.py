"""ClaimReview over HTTP: what others have checked comes in, and what the desk has signed off and cleared goes out."""

import json
from typing import Any, ClassVar, cast

from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from claims import claimreview
from claims.claimreview import outgoing
from claims.claimreview.incoming import LARGEST
from claims.models import Claim
from factdesk.people.models import User
from factdesk.rest.fields import Id
from factdesk.rest.parsing import Raw
from factdesk.rest.problems import MEDIA_TYPE, BadQuery, ProblemSerializer, wrong_parameter
from factdesk.rest.views import Guarded

#: so many reviews are taken by one request; the command takes any number
MOST = 1_000
JSON_LD = "application/ld+json"
PAGES = ("text/html", "application/xhtml+xml")
GROUNDS = ("address", "name", "alias", "made", "ambiguous")


class JsonLd(Raw):
    """JSON-LD."""

    media_type = JSON_LD


class Json(Raw):
    """The same under JSON's own name."""

    media_type = "application/json"


class Html(Raw):
    """A web page."""

    media_type = PAGES[0]


class Xhtml(Raw):
    """A web page in XML's notation, read as pages are."""

    media_type = PAGES[1]


class InJsonLd(JSONRenderer):
    """For who asks for JSON-LD."""

    media_type = JSON_LD
    format = "jsonld"


class PartySerializer(serializers.Serializer[Any]):
    """Who an outlet or a claimant is for the desk, and on what ground."""

    role = serializers.ChoiceField(choices=["outlet", "claimant"])
    id = Id(allow_null=True, help_text="The source; null after a dry run that would have made it.")
    name = serializers.CharField()
    ground = serializers.ChoiceField(choices=GROUNDS, help_text="`ambiguous`: `others` bear the name, too.")
    others = serializers.ListField(child=Id())


class TakenSerializer(serializers.Serializer[Any]):
    """What came of one review."""

    place = serializers.CharField(help_text="JSON pointer; of a page with the block before it: `script[2]/@graph/0`.")
    outcome = serializers.ChoiceField(choices=claimreview.OUTCOMES)
    code = serializers.CharField(allow_blank=True, help_text="Of a refusal or a conflict: stable, for programs.")
    told = serializers.ListField(child=serializers.CharField(), help_text="What was not taken, why, and what to do.")
    claim = Id(allow_null=True)
    url = serializers.URLField(allow_null=True, help_text="Of the claim.")
    document = Id(allow_null=True, help_text="The fact-check, as a document.")
    sources = PartySerializer(many=True)


class OutcomesSerializer(serializers.Serializer[Any]):
    """How many reviews came to what."""

    made, updated, already_there, conflict, refused = (serializers.IntegerField() for _ in range(5))


class ImportedSerializer(serializers.Serializer[Any]):
    """What came of an import, review by review, in the order of the file."""

    dry_run = serializers.BooleanField()
    counts = OutcomesSerializer()
    reviews = TakenSerializer(many=True)


_EXAMPLE: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "ClaimReview",
    "url": "https://checks.example/mill-fire",
    "datePublished": "2026-03-03",
    "author": {"@type": "Organization", "name": "Example Checks"},
    "claimReviewed": "Twelve fire engines fought the fire at the mill.",
    "itemReviewed": {"@type": "Claim", "author": {"@type": "Person", "name": "Ada Quill"}},
    "reviewRating": {"@type": "Rating", "ratingValue": 1, "bestRating": 5, "worstRating": 1, "alternateName": "False"},
}  # fmt: skip


def _body(name: str) -> dict[str, Any]:
    """What JSON may hold. A generated client calls it by this name, of which there can be one alone."""
    return {
        "anyOf": [
            {"type": "object", "title": name},
            {"type": "array", "items": {"type": "object", "title": f"{name}Row"}},
        ],
        "description": "A ClaimReview, a list, an `@graph` or a feed of such.",
        "examples": [_EXAMPLE],
    }


class ImportView(Guarded):
    """Published fact-checks."""

    rights: ClassVar[dict[str, str]] = {"post": "propose"}
    parser_classes = [JsonLd, Json, Html, Xhtml]
    largest = LARGEST

    def known_parameters(self) -> set[str] | None:
        """One."""
        return {"dry_run"}

    @extend_schema(
        operation_id="import_claimreview",
        tags=["claimreview"],  # by its address it would be `import`, which no package of Python can be called
        parameters=[
            OpenApiParameter(
                "dry_run", {"type": "integer", "enum": [1]}, description="`1`: say it, and change nothing."
            )
        ],
        request={
            JSON_LD: _body("ReviewInJsonLd"),
            "application/json": _body("ReviewInJson"),
            **{
                each: {"type": "string", "minLength": 1, "description": "A page: its blocks of JSON-LD are read."}
                for each in PAGES
            },
        },
        responses={
            200: ImportedSerializer,
            (503, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, "Another import is running."),
        },
    )
    def post(self, request: Request) -> Response:
        """Bring in what others have checked. Each review by itself: what can be read is in, twice adds nothing."""
        dry_run = request.query_params.get("dry_run")
        if dry_run not in (None, "1"):
            raise BadQuery(wrong_parameter("dry_run", "invalid_choice", "Give 1, or leave it out."))
        _ = request.data  # the body is read
        is_page = (request.content_type or "").partition(";")[0].strip().lower() in PAGES
        found = (claimreview.of_page if is_page else claimreview.of_json)(self.sent or b"", MOST)
        taken = list(claimreview.take(found, by=cast(User, request.user), dry_run=dry_run is not None))
        told_of = {
            "dry_run": dry_run is not None,
            "counts": claimreview.counted(taken),
            "reviews": [_told(each, request) for each in taken],
        }
        return Response(ImportedSerializer(told_of).data)


def _told(taken: claimreview.Outcome, request: Request) -> dict[str, Any]:
    """What a :class:`TakenSerializer` shows."""
    names = ("place", "outcome", "code", "told", "claim", "document")
    return {
        **{name: getattr(taken, name) for name in names},
        "url": taken.claim and reverse("claim-detail", [taken.claim], request=request),
        "sources": [
            {
                "role": role,
                "id": one.source or None,
                "name": one.name,
                "ground": one.ground,
                "others": one.others,
            }
            for role, one in taken.sources
        ],
    }


# --- out ---

_REVIEW = {
    "type": "object",
    "description": "https://schema.org/ClaimReview",
    "properties": {
        "@context": {"const": "https://schema.org"},
        "@type": {"const": "ClaimReview"},
        "datePublished": {"type": "string", "format": "date"},
        "url": {"type": "string"},
        "author": {"type": "object"},
        "claimReviewed": {"type": "string"},
        "reviewRating": {"type": "object", "required": ["@type", "alternateName"]},
        "itemReviewed": {"type": "object", "required": ["@type"]},
    },
    "required": ["@context", "@type", "datePublished", "author", "claimReviewed", "reviewRating", "itemReviewed"],
    "additionalProperties": False,
}
_FOUND = {
    **_EXAMPLE,
    "reviewRating": {**_EXAMPLE["reviewRating"], "ratingValue": "1", "bestRating": "5", "worstRating": "1"},
}
RENDERERS = [InJsonLd, JSONRenderer]
documented = extend_schema(
    operation_id="claims_claimreview",
    responses={
        (200, JSON_LD): _REVIEW,
        (200, "application/json"): _REVIEW,
        (409, MEDIA_TYPE): OpenApiResponse(
            ProblemSerializer, "`not_signed_off`, or `not_cleared`: `facts` has the state or the clearance."
        ),
    },
    examples=[OpenApiExample("A review", value=_FOUND, response_only=True, media_type=JSON_LD)],
)


def of(claim: Claim, request: Request) -> HttpResponse:
    """The claim as a ClaimReview, signed by the desk."""
    publisher = outgoing.Publisher(settings.ENV.name, settings.ENV.site)
    told = outgoing.review_of(claim, publisher)
    media_type = getattr(request, "accepted_renderer", InJsonLd).media_type
    return HttpResponse(json.dumps(told, ensure_ascii=False), content_type=media_type)


urlpatterns = [path("import/claimreview/", ImportView.as_view(), name="import-claimreview")]
