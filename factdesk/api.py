"""The API's root: which resources there are, and the two pages that describe them. Nothing imports it."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from claims.api import reports
from claims.api.claim import ClaimViewSet
from factdesk.rest.access import HasRight
from factdesk.rest.views import Guarded


class SchemaView(Guarded, SpectacularAPIView):
    """This API as OpenAPI 3.1: JSON, or YAML for who asks for it."""

    permission_classes = [HasRight]
    renderer_classes = [
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    ]
    rights: ClassVar[dict[str, str]] = {"get": "read"}

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The schema of the whole API, whoever asks."""
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return response


class DocsView(Guarded, SpectacularSwaggerSplitView):
    """The schema to read and try out in a browser: no inline script or style, nothing from outside."""

    permission_classes = [HasRight]
    rights: ClassVar[dict[str, str]] = {"get": "read"}
    template_name = "factdesk/api_docs.html"
    url_name = "api-schema"

    def known_parameters(self) -> set[str] | None:
        """The page asks for its own script with a parameter; none is looked at."""
        return None


router = SimpleRouter()
router.register("claims", ClaimViewSet, basename="claim")

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    *reports.urlpatterns,
    *router.urls,
]
