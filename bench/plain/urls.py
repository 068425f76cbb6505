"""``/claims/`` of the yardstick: a plain ModelViewSet of the claims, with names, figures and hops nested."""

from typing import Any

from rest_framework import serializers, viewsets
from rest_framework.routers import DefaultRouter

from claims.models import Attribution, Claim, Quantity


class QuantitySerializer(serializers.ModelSerializer[Quantity]):
    """A figure."""

    class Meta:
        model = Quantity
        exclude = ["claim"]


class AttributionSerializer(serializers.ModelSerializer[Attribution]):
    """A hop."""

    speaker: Any = serializers.StringRelatedField()

    class Meta:
        model = Attribution
        exclude = ["claim"]


class ClaimSerializer(serializers.ModelSerializer[Claim]):
    """A claim in a list."""

    assignee: Any = serializers.StringRelatedField()
    quantities = QuantitySerializer(many=True)

    class Meta:
        model = Claim
        exclude = ["search", "revised_in", "changed_in"]


class ClaimDetailSerializer(ClaimSerializer):
    """A claim by itself."""

    attributions = AttributionSerializer(many=True)


class ClaimViewSet(viewsets.ModelViewSet[Claim]):
    """Claims."""

    queryset = Claim.objects.order_by("-updated_at")
    filterset_fields = ["state", "kind"]

    def get_serializer_class(self) -> type[ClaimSerializer]:
        """By itself with its hops."""
        return ClaimDetailSerializer if self.action == "retrieve" else ClaimSerializer


router = DefaultRouter()
router.register("claims", ClaimViewSet)
urlpatterns = router.urls
