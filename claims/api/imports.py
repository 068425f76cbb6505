"""``/imports/``: files of claims that are sent, imported by the worker, and told about while that lasts."""

from typing import Any, ClassVar, cast

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from claims.importing import orders
from claims.models import ImportOrder
from factdesk.people.models import User
from factdesk.rest.acts import Act, Writes
from factdesk.rest.fields import Address, Worked
from factdesk.rest.inputs import written
from factdesk.rest.parsing import TooLarge
from factdesk.rest.problems import MEDIA_TYPE, BadQuery, ProblemSerializer, wrong_parameter
from factdesk.rest.schema import example
from factdesk.rest.shown import Shown

CSV, JSON_LINES = "text/csv", "application/x-ndjson"
ANY_FILE = "application/octet-stream"
#: what ``?as=`` says of a file that says nothing of itself
FORMATS = {CSV: "csv", JSON_LINES: "jsonl"}
LONGEST_NAME = 200


class NoRoom(exceptions.APIException):
    """RFC 4918 §11.5."""

    status_code = 507
    default_code = "no_room"
    default_detail = "The desk has no room for this file. Nothing was imported; ask whoever runs the desk."


class Spooling(BaseParser):
    """A file goes to the disk as it comes; ``view.spooled`` is what was received, ``view.sent`` its digest."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """What was received, TooLarge, or NoRoom."""
        view: Any = (parser_context or {})["view"]
        try:
            view.spooled = orders.Spooled(stream)
        except orders.TooMuch:
            raise TooLarge from None
        except OSError as trouble:
            raise NoRoom from trouble
        view.sent = view.spooled.sha256.encode()
        return view.spooled


class Table(Spooling):
    """A table."""

    media_type = CSV


class Lines(Spooling):
    """JSON Lines."""

    media_type = JSON_LINES


class AnyFile(Spooling):
    """Whichever ``?as=`` says."""

    media_type = ANY_FILE


class AnyBytes(JSONRenderer):
    """For who asks for a table or lines; what is answered is a file."""

    media_type = "*/*"
    format = ""


_PROBLEMS = {
    "type": "array",
    "description": "The first hundred of what is wrong with the rejected claims.",
    "items": {
        "type": "object",
        "properties": {
            "line": {"type": "integer"},
            "path": {"type": "string", "description": "The field, or column; empty: the whole line."},
            "code": {"type": "string"},
            "message": {"type": "string"},
        },
    },
}
_DIFFERING = {
    "type": "array",
    "description": "The first hundred that are on the desk already and say something else there.",
    "items": {"type": "object", "properties": {"line": {"type": "integer"}, "key": {"type": "string"}}},
}
_MADE = {
    "type": "object",
    "additionalProperties": {"type": "integer"},
    "description": "How many rows were made, by table.",
}


@extend_schema_serializer(
    examples=[
        example(
            "An import that took what was good",
            id="5",
            url="http://127.0.0.1:8000/api/v1/imports/5/",
            person={"id": "7", "name": "Ida Iden"},
            file_name="archive.csv",
            format="csv",
            file_bytes=104_857,
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            keep_good=True,
            dry_run=False,
            state="done",
            stage="writing",
            stage_done=998,
            stage_of=998,
            claims_done=998,
            made={"claim": 998, "source": 40},
            there=1,
            differing=[],
            rejected=1,
            problems=[{"line": 12, "path": "kind", "code": "invalid_choice", "message": "Use one of: …"}],
            sources_matched=3,
            refused_because="",
            created_at="2026-03-02T09:30:00.000000Z",
            began_at="2026-03-02T09:30:01.000000Z",
            ended_at="2026-03-02T09:30:09.000000Z",
            cancel_asked_at=None,
        )
    ]
)
class ImportSerializer(Shown[ImportOrder]):
    """A file that was sent to be imported, how far that is, and what came of it. It is kept for a week."""

    url = Address("importorder-list")
    made = Worked("{row}.made", lambda row: row.made, _MADE)
    differing = Worked("{row}.differing", lambda row: row.differing, _DIFFERING)
    problems = Worked("{row}.problems", lambda row: row.problems, _PROBLEMS)

    class Meta:
        model = ImportOrder
        fields = (
            *("id", "url", "person", "file_name", "format", "file_bytes", "sha256", "keep_good", "dry_run"),
            *("state", "stage", "stage_done", "stage_of", "claims_done"),
            *("made", "there", "differing", "rejected", "problems", "sources_matched", "refused_because"),
            *("created_at", "began_at", "ended_at", "cancel_asked_at"),
        )


_FILE = (
    f"A table or JSON Lines, as docs/importing.md has them. Taken under `{CSV}` and `{JSON_LINES}`, too, without `as`."
)


def _flag(name: str, told: str) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "integer", "enum": [1]}, description=f"`1`: {told}")


CANCEL = Act(
    "Think better of it: what waits ends at once, what runs within seconds, and nothing of it stays.",
    "propose",
    written("NothingToImport", "Nothing: `{}`."),
    lambda a: orders.cancel(order_id=a.id, by=a.by),
    sees=False,
)


class ImportViewSet(Writes):
    """Files of claims, sent to be imported. Each person's own; for chiefs all."""

    serializer_class = ImportSerializer
    acts = {"cancel": CANCEL}
    rights: ClassVar[dict[str, Any]] = {"list": "read", "retrieve": "read", "rejects": "read", "create": "propose"}
    spooled: orders.Spooled | None = None

    def known_parameters(self) -> set[str] | None:
        """A list has those of every list but ``expand``: no other record stands in these."""
        if self.action == "create":
            return {"as", "keep_good", "dry_run", "file_name"}
        return (super().known_parameters() or set()) - {"expand"}

    def get_parsers(self) -> list[BaseParser]:
        """A file for a new one, JSON for all else."""
        action = self.action_map.get(str(self.request.method).lower()) if self.request else self.action  # the schema's
        return [Table(), Lines(), AnyFile()] if action == "create" else super().get_parsers()

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "as", {"type": "string", "enum": list(FORMATS.values())},
                description=f"What `{ANY_FILE}` is; under another media type it may be left out.", required=True,
            ),
            _flag("keep_good", "take what is good; the rest is in the rejects file."),
            _flag("dry_run", "say what would come of it, and change nothing."),
            OpenApiParameter(
                "file_name", {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
                description="What history calls the file.",
            ),
        ],
        request={ANY_FILE: {"type": "string", "format": "binary", "minLength": 1, "description": _FILE}},
        responses={
            202: ImportSerializer,
            (507, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, "There is no room for the file."),
        },
    )  # fmt: skip
    def create(self, request: Request) -> HttpResponse:
        """Send a file of claims. The answer comes before it is imported: ask at its `Location` how far it is.

        All or nothing, unless `keep_good=1`. A claim whose key is on the desk is left as it is, so the same file may
        be sent again.
        """
        query = request.query_params
        for name in ("keep_good", "dry_run"):
            if query.get(name) not in (None, "1"):
                raise BadQuery(wrong_parameter(name, "invalid_choice", "Give 1, or leave it out."))
        if len(query.get("file_name", "")) > LONGEST_NAME:
            raise BadQuery(wrong_parameter("file_name", "max_length", f"At most {LONGEST_NAME} characters."))
        media_type = str(request.content_type or "").split(";")[0].strip().lower()
        sort = FORMATS.get(media_type, query.get("as", ""))
        if media_type not in (*FORMATS, ANY_FILE):
            raise exceptions.UnsupportedMediaType(media_type)
        if sort not in FORMATS.values() or query.get("as", sort) != sort:
            raise BadQuery(wrong_parameter("as", "invalid_choice", "Say csv or jsonl, as the file is."))
        _ = request.data  # the body is received
        made = orders.order(
            by=cast(User, request.user),
            spooled=self.spooled,
            sort=sort,
            name=query.get("file_name", ""),
            keep_good="keep_good" in query,
            dry_run="dry_run" in query,
        )
        answer = self.show(made, CANCEL)  # as any act shows its record
        answer.status_code = 202
        answer["Location"] = request.build_absolute_uri(f"{request.path}{made.pk}/")
        return answer

    @extend_schema(responses={(200, CSV): {"type": "string"}, (200, JSON_LINES): {"type": "string"}}, filters=False)
    @action(detail=True, renderer_classes=[JSONRenderer, AnyBytes])
    def rejects(self, request: Request, pk: str) -> HttpResponseBase:
        """The claims that were not taken, with the reasons, in the format that was sent: mend and send them again."""
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        try:
            file = orders.rejects_of(found).open("rb")
        except FileNotFoundError:
            raise Http404 from None
        kind = next(media for media, sort in FORMATS.items() if sort == found.format)
        return FileResponse(file, as_attachment=True, filename=f"rejects.{found.format}", content_type=kind)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer; what was received and is not to be imported is removed."""
        if self.spooled is not None:
            self.spooled.drop()
        return super().finalize_response(request, response, *args, **kwargs)
