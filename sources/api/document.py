"""Documents in brief, their saved copies, and ``/passages/``: marked words, cut from the text while it is held."""

from django.db.models import Case, Value, When
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from factdesk.rest.acts import Writes
from factdesk.rest.fields import Worked
from factdesk.rest.filters import AnyOf, word_of
from factdesk.rest.schema import example
from factdesk.rest.shown import Shown
from sources.anchoring import AROUND, Quote, quote
from sources.api import writing
from sources.api.filters import by_id, created_after
from sources.models import Document, Part, Passage, Snapshot


class DocumentBrief(Shown[Document]):
    """A document in brief. Whoever may not see it learns no more than `id` and `restricted`."""

    class Meta:
        model = Document
        form = "brief"
        fields = ("id", "restricted", "key", "title", "kind")


class SnapshotBrief(Shown[Snapshot]):
    """A saved copy in brief; `sealed`: its text is not held."""

    sealed = serializers.BooleanField(read_only=True)

    class Meta:
        model = Snapshot
        form = None
        fields = ("id", "sha256", "length", "sealed")


class SnapshotSerializer(Shown[Snapshot]):
    """What a document's text was at a moment. The text itself is in `/documents/{id}/annotated/`."""

    sealed = serializers.BooleanField(read_only=True)

    class Meta:
        model = Snapshot
        version = Case(When(attached_at__isnull=True, then=Value(1)), default=Value(2))
        fields = (
            "id document sha256 length sealed original_sha256 captured_at captured_by captured_from attached_at"
        ).split()


#: The words of a passage with what stands around them, cut once; ``OFFSET 0`` keeps PostgreSQL from cutting thrice.
_WORDS = f"""LEFT JOIN LATERAL (
    SELECT substr(s.text, greatest({{row}}.start - {AROUND}, 0) + 1,
        least({{row}}.start, {AROUND}) + {{row}}."end" - {{row}}.start + {AROUND}) AS words
    FROM sources_snapshot s WHERE s.id = {{row}}.snapshot_id OFFSET 0
) {{row}}_cut ON true"""
_BEFORE = f"least({{row}}.start, {AROUND})"


def _quoted(passage: Passage) -> Quote | None:
    text = passage.snapshot.text
    return None if text is None else quote(text, passage.start, passage.end)


def _cut(sql: str, which: str, told: str) -> Worked:
    described = {"type": ["string", "null"], "description": f"{told} Null while the text is not held."}
    return Worked(sql, lambda passage: getattr(_quoted(passage), which, None), described)


class PassageWords(Shown[Passage]):
    """Marked words: which they are."""

    exact = _cut(f'substr({{row}}_cut.words, {_BEFORE} + 1, {{row}}."end" - {{row}}.start)', "exact", "The words.")
    prefix = _cut(f"left({{row}}_cut.words, {_BEFORE})", "prefix", "What stands before them.")
    suffix = _cut(
        f'substr({{row}}_cut.words, {_BEFORE} + {{row}}."end" - {{row}}.start + 1)', "suffix", "What stands after them."
    )

    class Meta:
        model = Passage
        form = None


class PassageInBrief(PassageWords):
    """Marked words: where they stand, and which they are (a W3C text-quote selector)."""

    class Meta:
        model = Passage
        form = None
        beside = _WORDS
        fields = ("id", "start", "end", "part", "locator", "exact", "prefix", "suffix")


@extend_schema_serializer(
    examples=[
        example(
            "Marked words",
            id="31",
            snapshot="12",
            document="12",
            start=40,
            end=59,
            part="body",
            locator="",
            exact="twelve fire engines",
            prefix="the blaze was fought by as many as",
            suffix=" from three districts",
            created_at="2026-03-02T09:30:00.000000Z",
        )
    ]
)
class PassageSerializer(PassageWords):
    """Marked words: where they stand, and which they are (a W3C text-quote selector)."""

    document = Worked(
        "SELECT s.document_id::text FROM sources_snapshot s WHERE s.id = {row}.snapshot_id",
        lambda passage: str(passage.snapshot.document_id),
        {"type": "string"},
    )

    class Meta:
        model = Passage
        beside = _WORDS
        fields = "id snapshot document start end part locator exact prefix suffix created_at".split()


class PassageFilters(FilterSet):  # type: ignore[misc]
    """Filters of ``/passages/``; all that are given must hold."""

    document = by_id("The id of the document that they stand in.", field_name="snapshot__document")
    snapshot = by_id("The id of the saved copy that they stand in.")
    part = AnyOf(word_of(Part.values), "Where in the text they stand.")
    created_after = created_after()


class PassageViewSet(Writes):
    """Passages: marked words."""

    acts = writing.PASSAGE
    serializer_class = PassageSerializer
    filterset_class = PassageFilters
