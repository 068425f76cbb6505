"""How the API documents itself (drf-spectacular): what is true of every operation, said once."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from factdesk.rest.filters import IDENTIFIER
from factdesk.rest.problems import MEDIA_TYPE, ProblemSerializer

_REFUSALS = {
    "400": "The query or the body cannot be taken as it is; `errors` lists what is wrong.",
    "401": "Nobody known is asking.",
    "403": "The token's scopes or its person's role do not include this.",
    "404": "There is no such thing, or it is not theirs to see.",
    "406": "Nothing that `Accept` names can be made here.",
    "default": "Any other refusal or fault, told in the same way.",
}


class Bearer(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token, as the schema says it."""

    target_class = "factdesk.rest.access.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The scheme of RFC 6750."""
        return {"type": "http", "scheme": "bearer"}


class Described(AutoSchema):
    """Adds to every operation what all have: ids as strings, ``fields``, the request's id, ETags, problems."""

    def get_override_parameters(self) -> list[Any]:
        """Parameters and response headers that no view needs to repeat."""
        told: list[Any] = [
            OpenApiParameter("X-Request-ID", str, OpenApiParameter.HEADER, response=True, description="Quote it to us.")
        ]
        if "{id}" in self.path:
            told.append(OpenApiParameter("id", IDENTIFIER.schema, OpenApiParameter.PATH))
        action = getattr(self.view, "action", None)
        if action in ("list", "retrieve"):
            told.append(OpenApiParameter("fields", str, description="Only these fields, separated by commas."))
        if action == "retrieve":
            text = 'The object\'s version, `"7"`, for `If-Match`.'
            told.append(OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=["200"], description=text))
        return told

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for code, text in _REFUSALS.items():
            if code != "404" or "{" in self.path:
                body = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    ProblemSerializer, code, [MEDIA_TYPE], direction
                )
                bodies[code] = body | {"description": text}
        return bodies
