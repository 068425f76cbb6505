"""``/claims/{id}/provenance/``: the chain, hop by hop, and what counts as one origin, with the reasons.

A source is shown as the root of its merge: that is who it is for the desk. Withdrawn hops are left out. The words of
a passage are cut from its snapshot here, each text read once; while a snapshot is sealed there are none.
"""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from claims import origins
from claims.models import Attribution, Claim
from claims.origins import Origin, Reason
from factdesk.rest.fields import Id
from sources.anchoring import Quote, quote
from sources.models import Document, Passage, Snapshot, Source


@dataclass(frozen=True)
class Provenance:
    """What is shown; ``quotes`` has the words of the hops' passages, by the passage's id."""

    claim: Claim
    pending: bool
    hops: list[Attribution]
    origins: list[Origin]
    quotes: dict[int, Quote]


def of(claim: Claim) -> Provenance:
    """Everything about the provenance of one claim (with its ``waits_for_origins``), in four queries at the most."""
    hops = list(
        Attribution.objects.filter(claim=claim, withdrawn_at__isnull=True)
        .select_related("speaker__merged_into", "speaks_for__merged_into", "document", "passage")
        .order_by("depth", "id")
    )
    return Provenance(
        claim=claim,
        pending=getattr(claim, "waits_for_origins", False),
        hops=hops,
        origins=origins.of([claim.pk])[claim.pk],
        quotes=_quotes([hop.passage for hop in hops if hop.passage]),
    )


def _quotes(passages: list[Passage]) -> dict[int, Quote]:
    texts = dict(
        Snapshot.objects.filter(pk__in={each.snapshot_id for each in passages}, text__isnull=False).values_list(
            "pk", "text"
        )
    )
    return {
        each.pk: quote(texts[each.snapshot_id] or "", each.start, each.end)
        for each in passages
        if each.snapshot_id in texts
    }


class SourceSerializer(serializers.ModelSerializer[Source]):
    """A source in brief: the root of its merge."""

    id = Id()

    class Meta:
        model = Source
        fields = ["id", "name", "kind", "identity"]
        read_only_fields = fields

    def to_representation(self, instance: Source) -> dict[str, Any]:
        """The root stands for whatever is merged into it."""
        return super().to_representation(instance.merged_into or instance)


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """A document in brief."""

    id = Id()

    class Meta:
        model = Document
        fields = ["id", "key", "title", "kind"]
        read_only_fields = fields


class PassageSerializer(serializers.ModelSerializer[Passage]):
    """Marked words: where they stand, and, unless the text is sealed, which they are (W3C selectors)."""

    id = Id()
    exact = serializers.SerializerMethodField()
    prefix = serializers.SerializerMethodField()
    suffix = serializers.SerializerMethodField()

    class Meta:
        model = Passage
        fields = ["id", "start", "end", "part", "locator", "exact", "prefix", "suffix"]
        read_only_fields = fields

    def get_exact(self, passage: Passage) -> str | None:
        """The words."""
        return self._words(passage, "exact")

    def get_prefix(self, passage: Passage) -> str | None:
        """What stands before them."""
        return self._words(passage, "prefix")

    def get_suffix(self, passage: Passage) -> str | None:
        """What stands after them."""
        return self._words(passage, "suffix")

    def _words(self, passage: Passage, which: str) -> str | None:
        quotes: dict[int, Quote] = self.context["quotes"]
        return getattr(quotes.get(passage.pk), which, None)


class HopSerializer(serializers.ModelSerializer[Attribution]):
    """One speaker in one document. The hop that ``relays`` nothing is an origin."""

    id = Id()
    speaker = SourceSerializer(read_only=True)
    document = DocumentSerializer(read_only=True, allow_null=True)
    passage = PassageSerializer(read_only=True, allow_null=True)
    speaks_for = SourceSerializer(read_only=True, allow_null=True)
    relays = Id(source="relays_id", allow_null=True)
    depth = serializers.IntegerField(read_only=True, help_text="How many hops lie between it and the origin.")

    class Meta:
        model = Attribution
        fields = [
            "id",
            "speaker",
            "document",
            "passage",
            "stance",
            "manner",
            "certainty",
            "hedge",
            "basis",
            "link",
            "speaks_for",
            "said_on",
            "terms",
            "said",
            "relays",
            "depth",
        ]
        read_only_fields = fields


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


class ProvenanceSerializer(serializers.Serializer[Provenance]):
    """A claim's way to the page."""

    claim = Id(source="claim.pk")
    independent_origins = serializers.IntegerField(source="claim.independent_origins", read_only=True)
    warnings = serializers.ListField(child=serializers.CharField(), source="claim.warnings", read_only=True)
    pending = serializers.BooleanField(read_only=True)
    hops = HopSerializer(many=True, read_only=True)
    origins = OriginSerializer(many=True, read_only=True)
