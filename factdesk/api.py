"""The API's root: which resources there are, and the two pages that describe them. Nothing imports it."""

from typing import Any, ClassVar

from django.urls import path
from django.utils.decorators import method_decorator
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

from claims.api import claimreview, copy, decisions, linked, matching, parts, reports
from claims.api.claim import ClaimViewSet
from claims.api.document import DocumentViewSet
from claims.api.dossier import DossiersView
from claims.api.imports import ImportViewSet
from factdesk.changes.views import ChangesView
from factdesk.headers import with_data_images
from factdesk.rest.access import HasRight
from factdesk.rest.views import Guarded, ReadOnly
from factdesk.webhooks.api import EndpointViewSet
from sources.api.document import PassageViewSet
from sources.api.source import AffiliationViewSet, SourceViewSet


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


@method_decorator(with_data_images, name="dispatch")
class DocsView(Guarded, SpectacularSwaggerSplitView):
    """The schema to read and try out in a browser: no inline script or style, nothing from outside."""

    permission_classes = [HasRight]
    rights: ClassVar[dict[str, str]] = {"get": "read"}
    template_name = "factdesk/api_docs.html"
    url_name = "api-schema"

    def known_parameters(self) -> set[str] | None:
        """The page asks for its own script with a parameter; none is looked at."""
        return None


#: address -> what is found there; the name of its pages is the model's
RESOURCES: dict[str, type[ReadOnly]] = {
    "sources": SourceViewSet,
    "affiliations": AffiliationViewSet,
    "documents": DocumentViewSet,
    "passages": PassageViewSet,
    "claims": ClaimViewSet,
    "quantities": parts.QuantityViewSet,
    "attributions": parts.AttributionViewSet,
    "evidence": parts.EvidenceViewSet,
    "annotations": parts.AnnotationViewSet,
    "accusations": parts.AccusationViewSet,
    "relations": parts.RelationViewSet,
    "usages": parts.UsageViewSet,
    "assessments": decisions.AssessmentViewSet,
    "sign_offs": decisions.SignOffViewSet,
    "clearances": decisions.ClearanceViewSet,
    "reply_requests": decisions.ReplyRequestViewSet,
    "rulings": decisions.RulingViewSet,
    "pieces": copy.PieceViewSet,
    "copy_changes": copy.CopyChangeViewSet,
}

router = SimpleRouter()
for address, viewset in RESOURCES.items():
    router.register(address, viewset, basename=viewset.serializer_class.Meta.model._meta.model_name)  # type: ignore[attr-defined]

# no part of the record: each person's own
router.register("webhooks", EndpointViewSet, basename="endpoint")
router.register("imports", ImportViewSet, basename="importorder")

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    path("changes/", ChangesView.as_view(), name="change-list"),
    path("dossiers/", DossiersView.as_view(), name="dossier-list"),
    *claimreview.urlpatterns,
    *matching.urlpatterns,
    *reports.urlpatterns,
    *linked.urlpatterns,
    *router.urls,
]
