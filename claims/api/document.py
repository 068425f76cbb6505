"""``/documents/``: something published or held, what its text was, and what the desk made of it."""

from dataclasses import replace
from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from claims import dossiers, versions
from claims.api import annotated, difference
from claims.models import Attribution
from factdesk.errors import NotAllowed
from factdesk.rest import filters
from factdesk.rest.access import asker
from factdesk.rest.acts import Writes
from factdesk.rest.fields import Address, Newest, Ref, Worked
from factdesk.rest.filters import DAY, TEXT, AnyOf, One, Search, word_of
from factdesk.rest.problems import MEDIA_TYPE, ProblemSerializer
from factdesk.rest.schema import example
from factdesk.rest.shown import Shown
from sources.api import writing
from sources.api.document import SnapshotBrief, SnapshotSerializer
from sources.api.filters import by_id, created_after, of_sources, updated_after
from sources.api.source import SourceName
from sources.models import Document, Snapshot, Source
from sources.models.document import DocumentKind

LISTED = (
    *("id", "key", "url", "title", "kind", "publisher", "bylines", "published_on", "language", "snapshot", "claims"),
)


@extend_schema_serializer(
    examples=[
        example(
            "An article",
            id="12",
            key="example_fire_1",
            url="http://127.0.0.1:8000/api/v1/documents/12/",
            title="Fire at the old mill",
            kind="article",
            publisher={"id": "7", "name": "The Daily Example"},
            bylines=["Ann Ames"],
            published_on="2026-03-01",
            language="en",
            snapshot={"id": "12", "sha256": "0" * 64, "length": 2310, "sealed": True},
            claims=14,
            original_url="https://news.example/mill",
            held_at="",
            publisher_read_from="masthead",
            bylines_read_from="",
            published_on_read_from="",
            embargo_until=None,
            restricted=False,
            note="",
            version=1,
            created_at="2026-03-02T09:30:00.000000Z",
            updated_at="2026-03-02T09:30:00.000000Z",
        )
    ]
)
class DocumentSerializer(Shown[Document]):
    """Something published or held. What it does not say of itself (publisher, day) stays unknown: null."""

    url = Address("document-list")
    publisher = Ref(Source, SourceName, allow_null=True)
    snapshot = Newest("sources.Snapshot", "document", brief=SnapshotBrief, order=("-captured_at", "-id"))
    claims = Worked(
        "SELECT count(DISTINCT a.claim_id) FROM claims_attribution a "
        "WHERE a.document_id = {row}.id AND a.withdrawn_at IS NULL",
        lambda document: (
            Attribution.objects.filter(document=document, withdrawn_at__isnull=True).values("claim").distinct().count()
        ),
        {"type": "integer", "description": "How many claims have a hop that stands in it."},
    )
    original_url = serializers.CharField(source="url", read_only=True, help_text="Where it was published on the web.")

    class Meta:
        model = Document
        listed = LISTED
        fields = (
            *LISTED,
            *("original_url", "held_at", "publisher_read_from", "bylines_read_from", "published_on_read_from"),
            *("embargo_until", "restricted", "note", "version", "created_at", "updated_at"),
        )


class DocumentFilters(Search):
    """Filters of ``/documents/``; all that are given must hold. Sources are read through the root of their merges."""

    kind = AnyOf(word_of(DocumentKind.values), "What it is.")
    publisher = by_id("The id of the source that published it.", method=of_sources("publisher"))
    published_after = One(DAY, "Published on this day or later.", field_name="published_on", lookup_expr="gte")
    published_before = One(DAY, "Published on this day or earlier.", field_name="published_on", lookup_expr="lte")
    language = AnyOf(TEXT, "In this language (BCP 47), spelt so.")
    key = AnyOf(TEXT, "The key that a record file gave it.")
    updated_after, created_after = updated_after(), created_after()


class Yaml(BaseRenderer):
    """A record file as YAML. Never asked to render: the action gives the bytes."""

    media_type = "application/yaml"
    format = "yaml"


#: A new copy of our own text is one in which claims stand: they follow their lines.
ACTS = writing.DOCUMENT | {
    "save_copy": replace(
        writing.DOCUMENT["save_copy"], does=lambda a: versions.save_copy(document_id=a.id, by=a.by, **a.given)
    )
}


class DocumentViewSet(Writes):
    """Documents: something published or held."""

    acts = ACTS
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilters
    orderings = ("id", "-id", "-updated_at", "updated_at")
    rights: ClassVar[dict[str, str]] = dict.fromkeys(
        ("list", "retrieve", "snapshots", "coverage", "annotated", "difference", "dossier"), "read"
    )
    shown: ClassVar[dict[str, type[Shown[Snapshot]]]] = {"snapshots": SnapshotSerializer}
    parameters: ClassVar[dict[str, frozenset[str]]] = {
        "annotated": frozenset({"snapshot"}),
        "difference": frozenset({"snapshot", "since"}),
    }

    @extend_schema(responses=SnapshotSerializer(many=True), filters=False)
    @action(detail=True)
    def snapshots(self, request: Request, pk: str) -> HttpResponse:
        """What its text was, and when: its saved copies."""
        return self.page_of(Snapshot.objects.filter(document=self.get_object()), SnapshotSerializer)

    @extend_schema(responses=annotated.CoverageSerializer)
    @action(detail=True)
    def coverage(self, request: Request, pk: str) -> Response:
        """Lines left: which of its sentences have claims, which were ruled out, and what is still open."""
        return Response(annotated.CoverageSerializer(annotated.coverage_of(self.get_object())).data)

    @extend_schema(
        responses=annotated.AnnotatedSerializer,
        parameters=[OpenApiParameter("snapshot", filters.IDENTIFIER.schema, description="The id of a saved copy.")],
    )
    @action(detail=True)
    def annotated(self, request: Request, pk: str) -> HttpResponse:
        """Its text (null while it is not held) with its marked words, and the claims that stand there."""
        return annotated.of(self.get_object(), request)

    @extend_schema(
        responses=difference.DifferenceSerializer,
        parameters=[
            OpenApiParameter("snapshot", filters.IDENTIFIER.schema, description="The id of a saved copy; the newest."),
            OpenApiParameter("since", filters.IDENTIFIER.schema, description="The id of another; the one before."),
        ],
    )
    @action(detail=True)
    def difference(self, request: Request, pk: str) -> Response:
        """What of a saved copy is not as in the one before: lines that changed, moved, are new or gone."""
        return Response(difference.DifferenceSerializer(difference.of(self.get_object(), request)).data)

    @extend_schema(
        responses={
            (200, "application/json"): OpenApiResponse({"type": "object"}, "A record file."),
            (200, "application/yaml"): OpenApiResponse({"type": "string"}, "The same as YAML."),
            (422, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, "It does not fit into one record file."),
        },
        parameters=[
            OpenApiParameter(
                "X-Omitted", str, OpenApiParameter.HEADER, response=[200], description="What it leaves out."
            )
        ],
    )
    @action(detail=True, renderer_classes=[JSONRenderer, Yaml])
    def dossier(self, request: Request, pk: str) -> HttpResponse:
        """Its record as a record file; `X-Omitted` says what that cannot hold."""
        exported = dossiers.export(self.get_object())
        others = [each for each in exported.tree.get("documents", []) if each.get("restricted")]
        if others and not asker(request).may("read_restricted"):
            raise NotAllowed("This record names restricted documents.")
        is_yaml = request.accepted_renderer.format == "yaml"
        write = dossiers.to_yaml if is_yaml else dossiers.to_json
        answer = HttpResponse(write(exported.tree), content_type=f"application/{'yaml' if is_yaml else 'json'}")
        if exported.omitted:
            answer["X-Omitted"] = " ".join(exported.omitted)
        return answer
