"""A claim's parts: figures, hops, backing, remarks, accusations, relations, and where it ran."""

from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers

from claims import vocabularies as words
from claims.api import writing, writing_copy
from claims.models import Accusation, Annotation, Attribution, Evidence, Quantity, Relation, Usage
from factdesk.rest.acts import Writes
from factdesk.rest.fields import Parts
from factdesk.rest.filters import TEXT, AnyOf, word_of
from factdesk.rest.filters import Parts as Withdrawable
from factdesk.rest.shown import Shown
from sources.api.filters import by_id, created_after, of_sources, updated_after

#: what every part ends with
KEPT = ("version", "created_at", "updated_at", "withdrawn_at", "withdrawn_because")
FIGURE = (
    "measure comparator value upper margin unit population place period period_from period_until base "
    "base_is vintage as_worded"
).split()


class PartFilters(Withdrawable):
    """Filters that the lists of all parts take; all that are given must hold."""

    claim = by_id("The id of its claim.")
    updated_after, created_after = updated_after(), created_after()


class QuantityInClaim(Shown[Quantity]):
    """A number in a claim, as data."""

    class Meta:
        model = Quantity
        form = None
        fields = ("id", *FIGURE)


class QuantitySerializer(Shown[Quantity]):
    """A number in a claim, as data."""

    class Meta:
        model = Quantity
        fields = ("id", "claim", *FIGURE, "note", *KEPT)


class QuantityFilters(PartFilters):
    """Filters of ``/quantities/``."""

    measure = AnyOf(TEXT, "What is counted or measured, spelt so.")
    unit = AnyOf(TEXT, "In this unit, spelt so.")
    base = by_id("The id of the quantity that it is a share of, a change from or a part of.")


class QuantityViewSet(Writes):
    """Quantities: the figures in claims."""

    acts = writing.QUANTITY
    serializer_class = QuantitySerializer
    filterset_class = QuantityFilters


class AttributionSerializer(Shown[Attribution]):
    """One hop: one speaker in one document. The hop that `relays` nothing is an origin."""

    depth = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="How many hops lie between it and the origin; null if withdrawn."
    )

    class Meta:
        model = Attribution
        fields = (
            *("id", "claim", "speaker", "document", "passage", "relays", "depth", "stance", "manner", "certainty"),
            *("hedge", "basis", "link", "speaks_for", "said_on", "terms", "said", "note", *KEPT),
        )


class AttributionFilters(PartFilters):
    """Filters of ``/attributions/``. Sources are read through the root of their merges."""

    speaker = by_id("The id of the source that speaks.", method=of_sources("speaker"))
    speaks_for = by_id("The id of the source for which somebody speaks.", method=of_sources("speaks_for"))
    source = by_id("The id of a source that speaks or is spoken for.", method=of_sources("speaker", "speaks_for"))
    document = by_id("The id of the document where it stands.")
    passage = by_id("The id of the marked words where it stands.")
    relays = by_id("The id of the hop that it was taken from.")
    stance = AnyOf(word_of(words.Stance.values), "What the speaker does with the claim.")
    said = AnyOf(word_of(words.Said.values), "Whether it was said: how far that is checked.")


class AttributionViewSet(Writes):
    """Attributions: who had it from whom, hop by hop."""

    acts = writing.ATTRIBUTION
    serializer_class = AttributionSerializer
    filterset_class = AttributionFilters


class EvidenceSerializer(Shown[Evidence]):
    """What bears on a claim: a document, a call, a mail, a calculation, a look for oneself."""

    class Meta:
        model = Evidence
        fields = (
            *("id", "claim", "stance", "directness", "how", "document", "passage", "spoken_to", "spoken_at"),
            *("read_back", "outcome", "credibility", "note", *KEPT),
        )


class EvidenceFilters(PartFilters):
    """Filters of ``/evidence/``."""

    document = by_id("The id of the document that bears on the claim.")
    passage = by_id("The id of the marked words that bear on it.")
    source = by_id("The id of the source that was spoken to.", method=of_sources("spoken_to"))
    stance = AnyOf(word_of(words.Bearing.values), "How it bears on the claim.")
    how = AnyOf(word_of(words.How.values), "How the desk came by it.")


class EvidenceViewSet(Writes):
    """Evidence: what bears on claims."""

    acts = writing.EVIDENCE
    serializer_class = EvidenceSerializer
    filterset_class = EvidenceFilters


class AnnotationSerializer(Shown[Annotation]):
    """A reviewer's remark on a claim, on marked words, or on both."""

    class Meta:
        model = Annotation
        fields = (
            *(
                "id",
                "claim",
                "passage",
                "kind",
                "asked_of",
                "whom",
                "until",
                "body",
                "answers",
                "by",
                "resolved_at",
                "resolved_by",
            ),
            *KEPT,
        )


class AnnotationFilters(PartFilters):
    """Filters of ``/annotations/``."""

    passage = by_id("The id of the marked words that it is on.")
    document = by_id(
        "The id of the document in which the marked words stand.", field_name="passage__snapshot__document"
    )
    kind = AnyOf(word_of(words.AnnotationKind.values), "Comment, question, correction or something to do.")
    by = by_id("The id of the person whose remark it is.")


class AnnotationViewSet(Writes):
    """Annotations: reviewers' remarks."""

    acts = writing.ANNOTATION
    serializer_class = AnnotationSerializer
    filterset_class = AnnotationFilters


class AccusationSerializer(Shown[Accusation]):
    """A claim accuses a source; whether they have had their say. A known position is no reply."""

    requests = Parts("claims.ReplyRequest", "accusation")

    class Meta:
        model = Accusation
        fields = (
            *("id", "claim", "accused", "outcome", "reply", "replied_at", "known_position", "known_position_passage"),
            *("legal_status", "legal_status_on", "privilege", "exempt", "exempt_because", "exempted_by"),
            *("exempt_seconded_by", "note", *KEPT, "requests"),
        )


class AccusationFilters(PartFilters):
    """Filters of ``/accusations/``."""

    accused = by_id("The id of the source that is accused.", method=of_sources("accused"))
    outcome = AnyOf(word_of(words.ReplyOutcome.values), "Whether they have had their say.")


class AccusationViewSet(Writes):
    """Accusations: whom claims accuse."""

    acts = writing.ACCUSATION
    serializer_class = AccusationSerializer
    filterset_class = AccusationFilters


class RelationSerializer(Shown[Relation]):
    """How `claim` stands to `other`: "claim repeats other"."""

    class Meta:
        model = Relation
        fields = ("id", "claim", "kind", "other", "reason", "note", "resolution", *KEPT)


def _either_side(queryset: QuerySet[Any], name: str, ids: list[int]) -> QuerySet[Any]:
    return queryset.filter(Q(claim__in=ids) | Q(other__in=ids)) if ids else queryset


class RelationFilters(PartFilters):
    """Filters of ``/relations/``."""

    claim = by_id("The id of a claim on either side.", method=_either_side)
    kind = AnyOf(word_of(words.RelationKind.values), "How the one stands to the other.")
    reason = AnyOf(word_of(words.RelationReason.values), "Why they differ.")


class RelationViewSet(Writes):
    """Relations: claim to claim."""

    acts = writing.RELATION
    serializer_class = RelationSerializer
    filterset_class = RelationFilters


class UsageSerializer(Shown[Usage]):
    """Where a revision of a claim went out, and what that is owed."""

    class Meta:
        model = Usage
        fields = (
            *("id", "claim", "revision", "document", "url", "consumer", "went_out_at", "printed", "owed"),
            *("correction", "went_out_open", "open_because", "open_decided_by", *KEPT),
        )


class UsageFilters(PartFilters):
    """Filters of ``/usages/``."""

    document = by_id("The id of our own copy in which it ran.")
    owed = AnyOf(word_of(words.Owed.values), "What it is owed.")
    consumer = AnyOf(TEXT, "The consumer through which it went out, spelt so.")


class UsageViewSet(Writes):
    """Usages: where claims ran."""

    acts = writing_copy.USAGE
    serializer_class = UsageSerializer
    filterset_class = UsageFilters
