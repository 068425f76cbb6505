"""What other tools read as it is: a document's marked words as W3C Web Annotations, a claim's way as PROV-O.

Each has an address of its own (``….jsonld``): whoever has it needs no header to get the same again, and the schema can
say what comes from there. ``Accept`` decides only what the answer calls itself.
"""

import json
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import re_path, reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from claims import linkeddata, provo, webannotation
from claims.api.annotated import snapshot_asked_for
from claims.models import Claim
from factdesk.rest.access import asker
from factdesk.rest.filters import ID_PATTERN, IDENTIFIER, WHOLE
from factdesk.rest.problems import BadQuery, wrong_parameter
from factdesk.rest.views import Guarded
from sources.models import Document


class Linked(BaseRenderer):
    """Names the media type, without a profile so that it answers whichever is asked for; the view makes the answer."""

    media_type = linkeddata.MEDIA_TYPE
    format = "jsonld"


def _told(told: dict[str, Any], request: Request, profile: str = "") -> HttpResponse:
    is_linked = request.accepted_renderer.format == Linked.format
    media_type = f"{linkeddata.MEDIA_TYPE}{profile}" if is_linked else "application/json"
    return HttpResponse(json.dumps(told, ensure_ascii=False), content_type=media_type)


def _either(schema: dict[str, Any]) -> dict[Any, Any]:
    return {(200, linkeddata.MEDIA_TYPE): schema, (200, "application/json"): schema}


_URI = {"type": "string", "format": "uri"}
_ANNOTATION = {
    "type": "object",
    "required": ["@context", "id", "type", "motivation", "created", "modified", "via", "body", "target"],
    "properties": {
        "@context": {"type": "array", "items": {}},
        "id": _URI,
        "type": {"const": "Annotation"},
        "motivation": {
            "enum": ["commenting", "describing", "editing", "identifying", "linking", "questioning", "replying"]
        },
        "creator": {"type": "object"},
        "created": {"type": "string", "format": "date-time"},
        "modified": {"type": "string", "format": "date-time"},
        "via": {**_URI, "description": "Where the mark itself is found in this API."},
        "body": {"type": "array", "items": {"type": "object"}, "description": "The claim, and what was remarked."},
        "target": {
            "description": "The marked words: source, selectors (code points; the words while the text is held), "
            "state (moment and SHA-256 of the saved copy). Of an answer, the remark that it answers, too."
        },
    },
}
_PAGE = {
    "type": "object",
    "required": ["@context", "id", "type", "partOf", "startIndex", "items"],
    "properties": {
        "@context": {"type": "array", "items": {}},
        "id": _URI,
        "type": {"const": "AnnotationPage"},
        "partOf": {"type": "object", "description": "All of them together: `total`, `first`, `last`."},
        "startIndex": {"type": "integer", "minimum": 0},
        "next": _URI,
        "prev": _URI,
        "items": {"type": "array", "items": _ANNOTATION, "maxItems": webannotation.MOST},
    },
}


class AnnotationsView(Guarded):
    """A document's marked words as Web Annotations."""

    rights: ClassVar[dict[str, str]] = {"get": "read"}
    renderer_classes = [Linked, JSONRenderer]

    def known_parameters(self) -> set[str] | None:
        """Two."""
        return {"page", "snapshot"}

    @extend_schema(
        operation_id="documents_annotations_jsonld",
        responses=_either(_PAGE),
        parameters=[
            OpenApiParameter("page", WHOLE.schema | {"minimum": 1}, description="Which page; they hold 200 each."),
            OpenApiParameter("snapshot", IDENTIFIER.schema, description="Only in this saved copy, by its id."),
        ],
    )
    def get(self, request: Request, pk: str) -> HttpResponse:
        """Its marked words as an AnnotationPage of W3C Web Annotations, in the order of the text."""
        who = asker(request)
        document = Document.objects.visible_to(who).filter(pk=int(pk)).first()
        if document is None:
            raise Http404
        copy = snapshot_asked_for(document, request) if "snapshot" in request.query_params else None
        found = webannotation.marks(document, who, copy)
        total, number = found.count(), _page(request)
        pages = webannotation.pages_of(total)
        if number > pages:
            raise Http404
        address = request.build_absolute_uri(reverse("document-annotations", args=[document.pk]))
        here = f"{address}?snapshot={copy}" if copy else address
        begins = (number - 1) * webannotation.MOST
        listed = found[begins : begins + webannotation.MOST]
        told: dict[str, Any] = {
            "@context": webannotation.CONTEXT,
            "id": webannotation.page_at(here, number),
            "type": "AnnotationPage",
            "partOf": webannotation.collection(document, here, total, pages),
            "startIndex": begins,
        }
        if number < pages:
            told["next"] = webannotation.page_at(here, number + 1)
        if number > 1:
            told["prev"] = webannotation.page_at(here, number - 1)
        told["items"] = webannotation.page(document, listed, address, request.build_absolute_uri("/"))
        return _told(told, request, f'; profile="{webannotation.PROFILE}"')  # Web Annotation Protocol §3.2.1


def _page(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    try:
        number: int = WHOLE.read(asked)
    except ValidationError as wrong:
        raise BadQuery(wrong_parameter("page", str(wrong.code), wrong.messages[0])) from wrong
    if number < 1:
        raise BadQuery(wrong_parameter("page", "invalid_number", "Pages are counted from 1."))
    return number


_GRAPH = {
    "type": "object",
    "required": ["@context", "@graph"],
    "properties": {
        "@context": {"type": "object", "description": "All of it stands here; nothing has to be fetched."},
        "@graph": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "type"],
                "properties": {"id": _URI, "type": {"type": "array", "items": {"type": "string"}}},
            },
        },
    },
}


class ProvenanceView(Guarded):
    """A claim's way to the page as PROV-O."""

    rights: ClassVar[dict[str, str]] = {"get": "read"}
    renderer_classes = [Linked, JSONRenderer]

    @extend_schema(operation_id="claims_provenance_jsonld", responses=_either(_GRAPH))
    def get(self, request: Request, pk: str) -> HttpResponse:
        """Its way to the page, and what was decided on it, in the words of W3C PROV-O."""
        who = asker(request)
        claim = Claim.objects.visible_to(who).filter(pk=int(pk)).first()
        if claim is None:
            raise Http404
        return _told(provo.of(claim, who, request.build_absolute_uri("/")), request)


urlpatterns = [
    re_path(
        rf"^documents/(?P<pk>{ID_PATTERN})/annotations\.jsonld$", AnnotationsView.as_view(), name="document-annotations"
    ),
    re_path(rf"^claims/(?P<pk>{ID_PATTERN})/provenance\.jsonld$", ProvenanceView.as_view(), name="claim-provo"),
]
