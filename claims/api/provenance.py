"""``/claims/{id}/provenance/``: the chain, hop by hop, and what counts as one origin, with the reasons.

A source is shown as the root of its merge: that is who it is for the desk. Withdrawn hops are left out. The words of
a passage are cut from its snapshot; while that is sealed there are none.
"""

import json
from typing import Any

from django.db.models import Value
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from claims import origins
from claims.models import Attribution, Claim, OriginsPending
from claims.origins import Origin, Reason
from factdesk.rest import building
from factdesk.rest.access import asker
from factdesk.rest.fields import Id, Parts, Ref, Worked
from factdesk.rest.shown import Rights, Shape, Shown
from sources.api.document import PassageInBrief
from sources.api.source import SourceSummary
from sources.models import Passage, Source


class HopSerializer(Shown[Attribution]):
    """One speaker in one document. The hop that `relays` nothing is an origin."""

    speaker = Ref(Source, SourceSummary, instead="merged_into")
    speaks_for = Ref(Source, SourceSummary, instead="merged_into", allow_null=True)
    passage = Ref(Passage, PassageInBrief, allow_null=True)
    depth = serializers.IntegerField(read_only=True, help_text="How many hops lie between it and the origin.")

    class Meta:
        model = Attribution
        form = None
        fields = (
            *("id", "speaker", "document", "passage", "stance", "manner", "certainty", "hedge", "basis", "link"),
            *("speaks_for", "said_on", "terms", "said", "relays", "depth"),
        )


class ThroughSerializer(serializers.Serializer[Any]):
    """The source by which two hops are one."""

    id = Id()
    name = serializers.CharField(read_only=True)


class ReasonSerializer(serializers.Serializer[Reason]):
    """Why two origin hops count as one."""

    hop = Id()
    reason = serializers.ChoiceField(
        choices=["same_source", "same_owner", "same_body", "speaks_for", "same_words", "ruling"], read_only=True
    )
    through = ThroughSerializer(read_only=True, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With the field ``with``, which Python will not have as an attribute."""
        return super().get_fields() | {"with": Id(source="other")}


class OriginSerializer(serializers.Serializer[Origin]):
    """One independent origin: the hops that count as one."""

    id = Id()
    stance = serializers.CharField(read_only=True)
    hops = serializers.ListField(child=Id(), read_only=True)
    reasons = ReasonSerializer(many=True, read_only=True)


class ProvenanceSerializer(Shown[Claim]):
    """A claim's way to the page."""

    claim = Id(source="id")
    pending = Worked(
        "EXISTS (SELECT FROM claims_originspending p WHERE p.claim_id = {row}.id)",
        lambda claim: OriginsPending.objects.filter(claim=claim).exists(),
        {"type": "boolean", "description": "Origins and warnings are about to be worked out anew."},
    )
    hops = Parts("claims.Attribution", "claim", brief=HopSerializer, order=("depth", "id"))
    origins = OriginSerializer(many=True, read_only=True)

    class Meta:
        model = Claim
        form = None
        fields = ("claim", "independent_origins", "warnings", "pending", "hops", "origins")


#: All of it but the origins, which are not PostgreSQL's to tell in one row.
CHAIN = Shape(ProvenanceSerializer, ("claim", "independent_origins", "warnings", "pending", "hops"))


def of(claim: Claim, request: Request) -> HttpResponse:
    """Everything about the provenance of one claim, in three queries."""
    [row] = building.rows(Claim.objects.filter(pk=claim.pk), Value(1), CHAIN, request, Rights.of(asker(request)))
    found: Any = origins.of([claim.pk])[claim.pk]
    told = OriginSerializer(found, many=True).data
    return HttpResponse(
        f'{row.json[:-1]},"origins":{json.dumps(told, ensure_ascii=False)}}}', content_type="application/json"
    )
