"""``/dossiers/``: a record file comes in, whole or not at all, by the importer's one function."""

from typing import Any, ClassVar, cast

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from claims import dossiers
from claims.dossiers.fields import LARGEST_FILE
from claims.dossiers.schema import components
from factdesk.errors import NotAllowed
from factdesk.people.models import User
from factdesk.rest.fields import Id
from factdesk.rest.parsing import Raw
from factdesk.rest.problems import MEDIA_TYPE, BadQuery, ProblemSerializer, wrong_parameter
from factdesk.rest.views import Guarded
from sources.models import Document

#: the schema of a record file, in the API's
CALLED = "RecordFile"


def with_record_files(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """The API's schema with that of record files, which is the importer's own and has no serializer."""
    result["components"]["schemas"].update(components(CALLED))
    return result


class Json(Raw):
    """A record file as JSON; its own reader knows the lines."""

    media_type = "application/json"


class Yaml(Raw):
    """A record file as YAML."""

    media_type = "application/yaml"


class ConflictSerializer(serializers.Serializer[dossiers.Conflict]):
    """A row that the file wants otherwise and the desk keeps."""

    line = serializers.IntegerField()
    path = serializers.CharField()
    table = serializers.CharField()
    key = serializers.CharField()
    message = serializers.CharField()


class PendingSerializer(serializers.Serializer[dossiers.Pending]):
    """A relation to a claim that is not on the desk yet: import the file again when it is."""

    line = serializers.IntegerField()
    path = serializers.CharField()
    claim = serializers.CharField()
    kind = serializers.CharField()
    other = serializers.CharField()


class CountsSerializer(serializers.Serializer[Any]):
    """How many rows of a table."""

    created, updated, unchanged, withdrawn = (serializers.IntegerField() for _ in range(4))


class LoadedSerializer(serializers.Serializer[Any]):
    """What came of an import."""

    key = serializers.CharField()
    document = Id(help_text="The id of the document; null after a dry run that would have made it.", allow_null=True)
    url = serializers.URLField(allow_null=True)
    dry_run = serializers.BooleanField()
    counts = serializers.DictField(child=CountsSerializer(), help_text="By table.")
    conflicts = ConflictSerializer(many=True)
    pending = PendingSerializer(many=True)


class DossiersView(Guarded):
    """Record files."""

    rights: ClassVar[dict[str, str]] = {"post": "propose"}
    parser_classes = [Json, Yaml]
    largest = LARGEST_FILE

    def known_parameters(self) -> set[str] | None:
        """One."""
        return {"dry_run"}

    @extend_schema(
        operation_id="dossiers_create",
        parameters=[
            OpenApiParameter(
                "dry_run", {"type": "integer", "enum": [1]}, description="`1`: say it, and change nothing."
            )
        ],
        request={
            "application/json": {"$ref": f"#/components/schemas/{CALLED}"},
            "application/yaml": {"type": "string", "minLength": 1, "description": "The same as YAML."},
        },
        responses={
            200: LoadedSerializer,
            (503, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, "Another import is running."),
        },
    )
    def post(self, request: Request) -> Response:
        """Bring in a record file. The same one twice changes nothing; what people changed since is kept and told."""
        dry_run = request.query_params.get("dry_run")
        if dry_run not in (None, "1"):
            raise BadQuery(wrong_parameter("dry_run", "invalid_choice", "Give 1, or leave it out."))
        by = cast(User, request.user)
        _ = request.data  # the body is read
        dossier = dossiers.read(self.sent or b"")
        if not by.may("read_restricted") and _restricted(dossier):
            raise NotAllowed("This record file names restricted documents.")
        loaded = dossiers.load(dossier, by=by, dry_run=dry_run is not None)
        return Response(LoadedSerializer(self.told(loaded, request, dry_run is not None)).data)

    def told(self, loaded: dossiers.Loaded, request: Request, dry_run: bool) -> dict[str, Any]:
        """What a :class:`LoadedSerializer` shows."""
        number = Document.objects.filter(key=loaded.key).values_list("pk", flat=True).first()
        words = ("created", "updated", "unchanged", "withdrawn")
        return {
            "key": loaded.key,
            "document": number,
            "url": number and reverse("document-detail", [number], request=request),
            "dry_run": dry_run,
            "counts": {table: {word: found[word] for word in words} for table, found in loaded.counts.items()},
            "conflicts": loaded.conflicts,
            "pending": loaded.pending,
        }


def _restricted(dossier: dossiers.Dossier) -> bool:
    """Whether the file makes a document restricted, or names one that is."""
    documents = dossier.documents()
    if any(row["restricted"] for row in documents):
        return True
    return Document.objects.filter(Q(restricted=True), key__in=[row.key for row in documents]).exists()
