"""``/claims/{id}/impact/``: every claim, desk copy and outside consumer that rests on a claim; what each is owed."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from claims import impact
from claims.impact import InCopy, Resting
from claims.models import Claim, Usage
from claims.vocabularies import ClearanceValue, Kind, Owed, Priority, RelationKind, State, Verdict
from factdesk.rest.access import asker
from factdesk.rest.fields import Address, Id, Moment
from sources.api.document import DocumentBrief
from sources.models import Document

#: how another claim rests on the one that is asked about
WAYS = ("itself", "says_the_same", *(kind for kind in RelationKind.values if kind != RelationKind.REPEATS))


@extend_schema_field(DocumentBrief)
class SeenDocument(serializers.Field[Document, Any, Any, Any]):
    """A document in brief; of a restricted one no more than its id for who may not see it."""

    def to_representation(self, document: Document) -> dict[str, Any]:
        if document.restricted and not self.context["asker"].may("read_restricted"):
            return {"id": str(document.pk), "restricted": True}
        told = {name: getattr(document, name) for name in ("restricted", "key", "title", "kind")}
        return {"id": str(document.pk), **told}


class RestingSerializer(serializers.Serializer[Resting]):
    """A claim that rests on it: how, whether it ran, and whether a correction is due."""

    id = Id(source="claim.pk")
    url = serializers.SerializerMethodField(help_text="Where the claim is found in this API.")
    statement = serializers.CharField(source="claim.statement", read_only=True)
    kind = serializers.ChoiceField(Kind.choices, source="claim.kind", read_only=True)
    priority = serializers.ChoiceField(Priority.choices, source="claim.priority", read_only=True)
    state = serializers.ChoiceField(State.choices, source="claim.state", read_only=True)
    verdict = serializers.ChoiceField(Verdict.choices, source="claim.verdict", read_only=True, allow_null=True)
    clearance = serializers.ChoiceField(ClearanceValue.choices, source="claim.clearance", read_only=True)
    ways = serializers.ListField(child=serializers.ChoiceField(WAYS), read_only=True)
    ran = serializers.BooleanField(read_only=True)
    due = serializers.BooleanField(read_only=True)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, one: Resting) -> str:
        """The claim's own address."""
        field = Address("claim-list")
        field.bind("url", self)
        return field.to_representation(one.claim)


class InCopySerializer(serializers.Serializer[InCopy]):
    """Our own copy in which such claims stand."""

    document = SeenDocument(read_only=True)
    piece = serializers.SerializerMethodField(help_text="The id of the piece, if it is one on its way to print.")
    closed_at = serializers.SerializerMethodField(help_text="When its page closed.")
    claims = serializers.IntegerField(read_only=True, help_text="How many such claims stand in it.")

    @extend_schema_field({"type": ["string", "null"]})
    def get_piece(self, one: InCopy) -> str | None:
        """Its id."""
        piece = getattr(one.document, "piece", None)
        return str(piece.pk) if piece else None

    @extend_schema_field({"type": ["string", "null"], "format": "date-time"})
    def get_closed_at(self, one: InCopy) -> str | None:
        """The moment, as everywhere."""
        piece = getattr(one.document, "piece", None)
        return Moment().to_representation(piece.closed_at) if piece and piece.closed_at else None


class RanSerializer(serializers.ModelSerializer[Usage]):
    """Where one of them went out."""

    id = Id()
    claim = Id(source="claim_id")
    document = SeenDocument(read_only=True, allow_null=True)
    went_out_at = Moment(allow_null=True)
    owed = serializers.ChoiceField(Owed.choices, read_only=True)

    class Meta:
        model = Usage
        fields = ("id", "claim", "revision", "document", "url", "consumer", "went_out_at", "printed", "owed")
        read_only_fields = fields


class ImpactSerializer(serializers.Serializer[Any]):
    """What rests on the claim. Each list holds fifty at the most, what is due first; `all_…` is how many there are."""

    claim = Id()
    all_claims = serializers.IntegerField(read_only=True)
    all_copies = serializers.IntegerField(read_only=True)
    all_usages = serializers.IntegerField(read_only=True)
    due = serializers.IntegerField(read_only=True, help_text="How many usages are owed a correction.")
    claims = RestingSerializer(many=True, read_only=True)
    copies = InCopySerializer(many=True, read_only=True)
    usages = RanSerializer(many=True, read_only=True)


def of(claim: Claim, request: Request) -> dict[str, Any]:
    """What an :class:`ImpactSerializer` shows."""
    who = asker(request)
    found = impact.of("claim", claim.pk, who)
    told = {name: getattr(found, name) for name in ("all_claims", "all_copies", "all_usages", "due")}
    lists = {name: getattr(found, name) for name in ("claims", "copies", "usages")}
    context = {"request": request, "asker": who}
    return dict(ImpactSerializer({"claim": claim.pk, **told, **lists}, context=context).data)
