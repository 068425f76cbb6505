"""``/claims/``: what is claimed, how far the work on it is, and who stands behind it."""

from typing import ClassVar

from django.db.models import Exists, OuterRef, Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from claims.api import provenance
from claims.api.filters import ClaimFilters
from claims.models import Claim, OriginsPending, Quantity
from claims.models.claim import ClaimQuerySet
from factdesk.people.models import User
from factdesk.rest.fields import Exact, Id, Moment
from factdesk.rest.views import ReadOnly


class PersonSerializer(serializers.ModelSerializer[User]):
    """A person of the desk, by name."""

    id = Id()
    name = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "name"]

    def get_name(self, person: User) -> str:
        """As they are called, or as they sign in."""
        return person.get_full_name() or person.username


class QuantitySerializer(serializers.ModelSerializer[Quantity]):
    """A number in a claim, as data."""

    id = Id()
    value = Exact()
    upper = Exact(allow_null=True)
    margin = Exact(allow_null=True)
    base = Id(source="base_id", allow_null=True)

    class Meta:
        model = Quantity
        fields = [
            "id",
            "measure",
            "comparator",
            "value",
            "upper",
            "margin",
            "unit",
            "population",
            "place",
            "period",
            "period_from",
            "period_until",
            "base",
            "base_is",
            "vintage",
            "as_worded",
        ]
        read_only_fields = fields


class ClaimSerializer(serializers.ModelSerializer[Claim]):
    """A claim as lists and its own address show it."""

    id = Id()
    url = serializers.HyperlinkedIdentityField(view_name="claim-detail")
    assignee = PersonSerializer(read_only=True, allow_null=True)
    origins_pending = serializers.BooleanField(
        source="waits_for_origins", read_only=True, help_text="Origins and warnings are about to be worked out anew."
    )
    quantities = QuantitySerializer(many=True, read_only=True)
    updated_at = Moment()

    class Meta:
        model = Claim
        fields = [
            "id",
            "key",
            "url",
            "statement",
            "kind",
            "state",
            "verdict",
            "flags",
            "clearance",
            "priority",
            "topics",
            "revision",
            "assignee",
            "independent_origins",
            "warnings",
            "origins_pending",
            "quantities",
            "updated_at",
        ]
        read_only_fields = fields


class ClaimViewSet(ReadOnly):
    """Claims: checkable propositions, in the desk's own words."""

    queryset = Claim.objects.all()
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilters
    orderings = ("-updated_at", "updated_at", "id", "-id")
    rights: ClassVar[dict[str, str]] = {"list": "read", "retrieve": "read", "provenance": "read"}

    def get_queryset(self) -> ClaimQuerySet:
        """The claims that may be seen, each with its live figures, its assignee, and whether its origins wait."""
        if self.request.user.is_anonymous:  # only while the schema is made
            return Claim.objects.none()
        live = Quantity.objects.filter(withdrawn_at__isnull=True).order_by("id")
        return (
            Claim.objects.visible_to(self.request.user)
            .select_related("assignee")
            .prefetch_related(Prefetch("quantities", queryset=live))
            .annotate(waits_for_origins=Exists(OriginsPending.objects.filter(claim=OuterRef("pk"))))
        )

    @extend_schema(responses=provenance.ProvenanceSerializer)
    @action(detail=True)
    def provenance(self, request: Request, pk: str) -> Response:
        """Its way to the page: hops, and which of its origins are not independent, with the reasons."""
        shown = provenance.of(self.get_object())
        return Response(provenance.ProvenanceSerializer(shown, context={"quotes": shown.quotes}).data)
