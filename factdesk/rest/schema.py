"""How the API documents itself (drf-spectacular): what is true of every operation, said once."""

from functools import cache
from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from factdesk.rest import idempotency
from factdesk.rest.fields import Id, Newest, Parts
from factdesk.rest.filters import IDENTIFIER
from factdesk.rest.problems import MEDIA_TYPE, ProblemSerializer
from factdesk.rest.shapes import expansions, selectable
from factdesk.rest.shown import Shown, optional

_REFUSALS = {
    "400": ("bad_query", "The query cannot be taken as it is; `errors` lists what is wrong."),
    "401": ("not_authenticated", "Nobody known is asking."),
    "403": ("not_allowed", "The token's scopes or its person's role do not include this."),
    "404": ("not_found", "There is no such thing, or it is not theirs to see."),
    "406": ("not_acceptable", "Nothing that `Accept` names can be made here."),
    "429": (
        "too_many_requests",
        "The token has had what it may have this minute: wait as long as `Retry-After` says.",
    ),
}
#: what else an answer to a request that changes something may be
_OF_WRITING = {
    "400": (
        "bad_input",
        "What was sent cannot be taken as it is; `errors` lists what is wrong, by pointer.",
    ),
    "404": ("no_such_record", "There is no such thing, or it is not theirs to see."),
    "409": (
        "stale_decision",
        "A rule of the desk stands against it; if it has moved on, `sent` gives back what was.",
    ),
    "413": ("too_large", "The request is larger than the desk takes here."),
    "415": ("unsupported_media_type", "The body is in no form that is taken here."),
    "422": ("idempotency_key_reused", "The `Idempotency-Key` was used for another request."),
}
#: and of one that names a version
_OF_VERSIONS = {
    "412": ("stale_version", "It has changed since: `facts` has the present version, `sent` what was sent."),
    "428": ("if_match_needed", "`If-Match` with the object's ETag is missing."),
}
_ALL = _REFUSALS | _OF_WRITING | _OF_VERSIONS


class RestrictedSerializer(serializers.Serializer[Any]):
    """A record that is there, and that whoever asks may not see."""

    id = Id()
    restricted = serializers.BooleanField(read_only=True)


class Bearer(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token, as the schema says it."""

    target_class = "factdesk.rest.access.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The scheme of RFC 6750."""
        return {"type": "http", "scheme": "bearer"}


class OtherRecords(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A reference or a list of parts: an id or a brief form, and whatever `expand` puts there."""

    target_class = "factdesk.rest.fields.Linked"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """All forms that may stand there."""
        field = self.target
        seen: Any = field.model._default_manager
        forms = [field.brief, field.whole]
        if getattr(seen.all(), "restricted", None) is not None:
            forms.append(RestrictedSerializer)
        told = [auto_schema.resolve_serializer(form, direction).ref for form in forms if form]
        if not field.brief and not isinstance(field, Parts):
            told.insert(0, {"type": "string"})
        if isinstance(field, Parts) and not isinstance(field, Newest):
            items = told[0] if len(told) == 1 else {"anyOf": told}
            return {"type": "array", "items": items}
        if isinstance(field, Newest):  # of the others, DRF's ``allow_null`` says so
            told.append({"type": "null"})
        return told[0] if len(told) == 1 else {"anyOf": told}


class Records(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A resource: what stands there only if `expand` names it is not required."""

    target_class = "factdesk.rest.shown.Shown"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """The object's schema."""
        told: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        meta: Any = self.target.Meta
        absent = optional(type(self.target)) | set(getattr(meta, "unlisted", ()))
        told["required"] = [name for name in told.get("required", []) if name not in absent]
        return told


class Texts(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A text of a body: one that may not be blank is not empty."""

    target_class = "factdesk.rest.inputs.Text"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """As DRF's field has it, and that."""
        told: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return told if self.target.allow_blank else told | {"minLength": 1}


class Bodies(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A body: what it does not name is refused."""

    target_class = "factdesk.rest.inputs.Written"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """The object's schema."""
        told: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        more: dict[str, Any] = {"examples": [dict(self.target.example)]} if self.target.example else {}
        return told | {"additionalProperties": False} | more


@cache
def listed(serializer: type[Shown[Any]]) -> type[Shown[Any]]:
    """The resource as a list shows it, where that is less than the whole: the rest is not required."""
    meta: Any = serializer.Meta
    if not hasattr(meta, "listed"):
        return serializer
    unlisted = [name for name in meta.fields if name not in meta.listed]
    inner = type("Meta", (meta,), {"unlisted": unlisted, "form": None})
    name = serializer.__name__.replace("Serializer", "InListSerializer")
    return type(name, (serializer,), {"Meta": inner, "__doc__": serializer.__doc__})


class Described(AutoSchema):
    """Adds to every operation what all have: ids as strings, ``fields``, the request's id, ETags, problems."""

    def _shown(self) -> type[Shown[Any]] | None:
        """The resource whose records the operation shows by ``fields`` and ``expand``."""
        view: Any = self.view
        action = getattr(view, "action", None)
        found: type[Shown[Any]] | None = getattr(view, "shown", {}).get(action)
        return view.serializer_class if action in ("list", "retrieve") else found

    def _is_by_pages(self) -> bool:
        return getattr(self.view, "action", None) != "retrieve"

    def get_override_parameters(self) -> list[Any]:
        """Parameters and response headers that no view needs to repeat."""
        told: list[Any] = [
            OpenApiParameter("X-Request-ID", str, OpenApiParameter.HEADER, response=True, description="Quote it to us.")
        ]
        wait = "Seconds to wait."
        told.append(OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, response=["429"], description=wait))
        if "{id}" in self.path:
            told.append(OpenApiParameter("id", IDENTIFIER.schema, OpenApiParameter.PATH))
        if serializer := self._shown():
            told.append(several("fields", selectable(serializer), "Only these fields."))
            if names := expansions(serializer):
                text = "Fields in which other records stand whole: `speaker`, or `attributions.speaker`."
                told.append(several("expand", names, text))
        told += self._of_writing()
        if getattr(self.view, "action", None) == "retrieve":
            text = 'The object\'s version, `"7"`, for `If-Match`.'
            told.append(OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=["200"], description=text))
        return told

    def _door(self) -> Any:
        """The act behind the operation (``factdesk.rest.acts.Door``), or None."""
        return self.view.door() if hasattr(self.view, "door") else None

    def _of_writing(self) -> list[Any]:
        """What a request that changes something takes, and what comes back with the record."""
        if self.method not in ("POST", "PATCH"):
            return []
        text = "A key of your own: the same request under it is done once, and answered the same for 24 hours."
        key = {"type": "string", "pattern": f"^({idempotency.PATTERN})$"}
        told = [OpenApiParameter("Idempotency-Key", key, OpenApiParameter.HEADER, description=text)]
        door = self._door()
        if door is None:
            return told
        if door.many:
            text = "`0`: what can be done is done; left out: all or nothing."
            return [*told, OpenApiParameter("atomic", {"type": "integer", "enum": [0, 1]}, description=text)]
        if door.act.sees and "{id}" in self.path:
            text = "The version that you saw, as the object's `ETag` gave it."
            tag = {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$', "example": '"7"'}
            told.append(OpenApiParameter("If-Match", tag, OpenApiParameter.HEADER, required=True, description=text))
        answers = [str(door.act.answers)]
        text = "The version that it has now."
        told.append(OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=answers, description=text))
        if door.act.made and door.act.shows is None:
            text = "Where the record is."
            told.append(OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=answers, description=text))
        return told

    def get_request_serializer(self) -> Any:
        """The body that the act takes; in bulk, a list of such."""
        door = self._door()
        if door is None:
            return super().get_request_serializer()
        if not door.many:
            return door.body
        row = self.resolve_serializer(door.body, "request").ref
        return {"application/json": {"type": "array", "items": row, "minItems": 1, "maxItems": 1000}}

    def _get_request_body(self, *args: Any, **kwargs: Any) -> Any:
        """A list of rows, or a file: without one there is nothing to do."""
        body = super()._get_request_body(*args, **kwargs)  # type: ignore[no-untyped-call]
        return body | {"required": True} if body and isinstance(self.get_request_serializer(), dict) else body

    def _of_act(self, door: Any) -> dict[str, Any]:
        if not door.many:
            return {str(door.act.answers): door.shown}
        record = self.resolve_serializer(door.shown, "response").ref
        refused = self.resolve_serializer(ProblemSerializer, "response").ref
        number, tag = {"type": "integer"}, {"type": ["string", "null"]}
        done = _object(status=number, etag=tag, record={"anyOf": [record, {"type": "null"}]})
        each = {"anyOf": [done, _object(status=number, problem=refused)]}
        return {"200": _object(results={"type": "array", "items": each})}

    def get_response_serializers(self) -> Any:
        """As a list shows them, where it does."""
        if door := self._door():
            return self._of_act(door)
        serializer = self._shown()
        return (
            listed(serializer)(many=True) if serializer and self._is_by_pages() else super().get_response_serializers()
        )

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        if serializer := self._shown():
            content = bodies["200"]["content"]["application/json"]
            content["schema"] = self._sparse(content["schema"], serializer)
        for code, (name, text) in self._refusals().items():
            if code not in bodies:
                body = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    ProblemSerializer, code, [MEDIA_TYPE], direction
                )
                body["content"][MEDIA_TYPE]["examples"] = {name: {"value": _example(code, name)}}
                bodies[code] = body | {"description": text}
        return bodies

    def _refusals(self) -> dict[str, tuple[str, str]]:
        """The refusals that there may be, by their HTTP status."""
        if self.method in ("POST", "PATCH"):
            door = self._door()
            versions = door is not None and door.act.sees and not door.act.made
            found = _REFUSALS | _OF_WRITING | (_OF_VERSIONS if versions else {})
            return {code: told for code, told in found.items() if code != "428" or "{id}" in self.path}
        return {code: told for code, told in _REFUSALS.items() if code != "404" or "{" in self.path}

    def _sparse(self, schema: dict[str, Any], serializer: type[Shown[Any]]) -> dict[str, Any]:
        """The answer, with what ``fields`` makes of it: some of the fields, and no others."""
        names = [*selectable(serializer), *sorted(optional(serializer))]
        some = {"type": "object", "description": "With `fields`.", "propertyNames": {"enum": names}}
        if not self._is_by_pages():
            return {"anyOf": [schema, some]}
        page = self._page(schema)
        page["properties"]["results"]["items"] = {"anyOf": [page["properties"]["results"]["items"], some]}
        return page

    def _page(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A copy of the page's schema, in place of the reference to it."""
        name = schema["$ref"].rpartition("/")[2]
        told: dict[str, Any] = self.registry._components[name, "schemas"].schema
        results = told["properties"]["results"]
        return {**told, "properties": {**told["properties"], "results": dict(results)}}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def several(parameter: str, names: tuple[str, ...], told: str) -> OpenApiParameter:
    """A parameter that takes one or several of the names, with commas between them."""
    schema = {"type": "array", "items": {"type": "string", "enum": list(names)}, "minItems": 1}
    return OpenApiParameter(parameter, schema, style="form", explode=False, description=f"{told} With commas.")


def _example(code: str, name: str) -> dict[str, Any]:
    return {
        "type": f"/problems/{name}",
        "title": name.replace("_", " ").capitalize(),
        "status": int(code),
        "detail": _ALL[code][1],
        "instance": "/api/v1/claims/",
        "code": name,
        "request_id": "0b1d3c5e-7f90-4a2b-8c4d-6e8f0a1b2c3d",
    }


def without_marks(result: Any, **kwargs: Any) -> Any:
    """The schema without what drf-spectacular notes in it for itself."""
    if isinstance(result, dict):
        return {name: without_marks(inner) for name, inner in result.items() if name != "x-spec-enum-id"}
    return [without_marks(inner) for inner in result] if isinstance(result, list) else result


def example(called: str, /, **value: Any) -> OpenApiExample:
    """An example of an answer."""
    return OpenApiExample(called, value=value, response_only=True)
