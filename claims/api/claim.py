"""``/claims/``: what is claimed, how far the work on it is, and who stands behind it."""

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import audit, claimreview, differing, history, impact, provenance, writing
from claims.api.decisions import TransitionSerializer
from claims.api.filters import ClaimFilters
from claims.api.parts import QuantityInClaim
from claims.models import Claim, OriginsPending, Transition
from factdesk.rest.acts import Writes
from factdesk.rest.fields import Address, Parts, Worked
from factdesk.rest.filters import MOMENT
from factdesk.rest.schema import example
from factdesk.rest.shown import Shown

LISTED = (
    *("id", "key", "url", "statement", "kind", "state", "verdict", "flags", "clearance", "priority", "topics"),
    *("revision", "assignee", "independent_origins", "warnings", "origins_pending", "quantities", "updated_at"),
)
PARTS = (
    *("attributions", "evidence", "annotations", "accusations", "relations", "assessments", "clearances"),
    *("transitions", "rulings", "usages", "copy_changes"),
)

origins_pending = Worked(
    "EXISTS (SELECT FROM claims_originspending p WHERE p.claim_id = {row}.id)",
    lambda claim: OriginsPending.objects.filter(claim=claim).exists(),
    {"type": "boolean", "description": "Origins and warnings are about to be worked out anew."},
)


@extend_schema_serializer(
    examples=[
        example(
            "A statistic",
            id="101",
            key="example_fire_1/twelve-engines",
            url="http://127.0.0.1:8000/api/v1/claims/101/",
            statement="Twelve fire engines fought the fire at the mill.",
            kind="statistic",
            state="in_check",
            verdict=None,
            flags=[],
            clearance="not_cleared",
            priority="must",
            topics=["fire"],
            revision=1,
            assignee={"id": "4", "name": "Ann Ames"},
            independent_origins=1,
            warnings=["second_hand_origin"],
            origins_pending=False,
            quantities=[],
            updated_at="2026-03-02T09:30:00.000000Z",
            place="Springfield",
            about_from="2026-02-28",
            about_until=None,
            created_by=None,
            closed_because=None,
            duplicate_of=None,
            look_again=False,
            last_verdict=None,
            source_changed=False,
            version=3,
            created_at="2026-03-02T09:30:00.000000Z",
        )
    ]
)
class ClaimSerializer(Shown[Claim]):
    """One checkable proposition, in the desk's own neutral words."""

    url = Address("claim-list")
    origins_pending = origins_pending
    quantities = Parts("claims.Quantity", "claim", brief=QuantityInClaim)
    attributions = Parts("claims.Attribution", "claim")
    evidence = Parts("claims.Evidence", "claim")
    annotations = Parts("claims.Annotation", "claim")
    accusations = Parts("claims.Accusation", "claim")
    relations = Parts("claims.Relation", "claim", "other")
    assessments = Parts("claims.Assessment", "claim")
    clearances = Parts("claims.Clearance", "claim")
    transitions = Parts("claims.Transition", "claim")
    rulings = Parts("claims.Ruling", "claim")
    usages = Parts("claims.Usage", "claim")
    copy_changes = Parts("claims.CopyChange", "claim")

    class Meta:
        model = Claim
        listed = LISTED
        fields = (
            *LISTED,
            *("place", "about_from", "about_until", "created_by", "closed_because", "duplicate_of", "look_again"),
            *("last_verdict", "source_changed", "version", "created_at", *PARTS),
        )


class ClaimViewSet(Writes):
    """Claims: checkable propositions, in the desk's own words."""

    acts = writing.CLAIM
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilters
    orderings = ("-updated_at", "updated_at", "id", "-id")
    rights: ClassVar[dict[str, str]] = {
        "list": "read",
        "retrieve": "read",
        "provenance": "read",
        "findings": "read",
        "transitions": "read",
        "history": "read",
        "impact": "read",
        "claimreview": "read",
        "audit": audit.RIGHT,
    }
    shown: ClassVar[dict[str, type[Shown[Transition]]]] = {"transitions": TransitionSerializer}
    parameters: ClassVar[dict[str, frozenset[str]]] = {
        "history": frozenset({"cursor", "limit"}),
        "audit": frozenset({"at"}),
    }

    @extend_schema(responses=provenance.ProvenanceSerializer)
    @action(detail=True)
    def provenance(self, request: Request, pk: str) -> HttpResponse:
        """Its way to the page: hops, and which of its origins are not independent, with the reasons."""
        return provenance.of(self.get_object(), request)

    @extend_schema(responses=differing.FindingsSerializer)
    @action(detail=True)
    def findings(self, request: Request, pk: str) -> HttpResponse:
        """What does not agree: its figures with each other and with others', its words with where they come from."""
        return differing.of(self.get_object(), request)

    @extend_schema(responses=TransitionSerializer(many=True), filters=False)
    @action(detail=True)
    def transitions(self, request: Request, pk: str) -> HttpResponse:
        """Every change of its state."""
        moved = Transition.objects.filter(claim=self.get_object())
        return self.page_of(moved, TransitionSerializer)

    @extend_schema(
        responses=history.EntrySerializer(many=True),
        parameters=[OpenApiParameter(name, exclude=True) for name in ("ordering", "count")],
        filters=False,
    )
    @action(detail=True)
    def history(self, request: Request, pk: str) -> HttpResponse:
        """All that happened to it and its parts, newest first: what, by whom, why, when."""
        return history.of(self.get_object(), request)

    @extend_schema(
        responses=audit.AuditSerializer,
        parameters=[OpenApiParameter("at", MOMENT.schema, description="As it was at this moment; left out: now.")],
    )
    @action(detail=True)
    def audit(self, request: Request, pk: str) -> Response:
        """All that is on its record, under one SHA-256: every change, decision and backing, and what they name."""
        return Response(audit.of(self.get_object(), request))

    @claimreview.documented
    @action(detail=True, renderer_classes=claimreview.RENDERERS)
    def claimreview(self, request: Request, pk: str) -> HttpResponse:
        """What the desk found, as a ClaimReview: only of a claim that is signed off and cleared for print."""
        return claimreview.of(self.get_object(), request)

    @extend_schema(responses=impact.ImpactSerializer)
    @action(detail=True)
    def impact(self, request: Request, pk: str) -> Response:
        """What else uses it: the claims, our own copy and the consumers that rest on it, and what each is owed."""
        return Response(impact.of(self.get_object(), request))
