"""``/claims/{id}/findings/``: what does not agree with what, as the record works it out when it is asked."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from claims import findings
from claims.labels import FINDINGS
from claims.models import Claim
from claims.numbers.facts import Finding
from claims.vocabularies import FindingRuling
from factdesk.rest.access import asker
from factdesk.rest.fields import Id


class SettledSerializer(serializers.Serializer[Any]):
    """What an editor ruled on it."""

    decision = serializers.ChoiceField(choices=FindingRuling.choices, read_only=True)
    reason = serializers.CharField(read_only=True)
    by = serializers.CharField(read_only=True)


class FindingSerializer(serializers.Serializer[Finding]):
    """A question to the editor, never a verdict: two sides that do not agree, with the arithmetic in words."""

    key = serializers.CharField(read_only=True, help_text="Changes with what was looked at; a ruling then lapses.")
    kind = serializers.ChoiceField(choices=list(FINDINGS), read_only=True)
    says = serializers.CharField(read_only=True)
    claims = serializers.ListField(child=Id(), read_only=True)
    quantities = serializers.ListField(child=Id(), read_only=True)
    hops = serializers.ListField(child=Id(), read_only=True)
    loud = serializers.BooleanField(read_only=True, help_text="Worth a warning: not settled, and no other scope.")
    settled = SettledSerializer(read_only=True, allow_null=True)


class FindingsSerializer(serializers.Serializer[Any]):
    """What is to be asked about a claim."""

    claim = Id()
    findings = FindingSerializer(many=True, read_only=True)


def of(claim: Claim, request: Request) -> Response:
    """All that is to be asked about one claim, what is surest first, what is settled last."""
    found = findings.of([claim.pk], asker(request)).get(claim.pk, [])
    return Response(FindingsSerializer({"claim": claim.pk, "findings": found}).data)
