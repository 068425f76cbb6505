"""Our own copy on its way to print, and what checkers want changed in it."""

from django_filters.rest_framework import FilterSet

from claims import vocabularies as words
from claims.api import writing_copy
from claims.models import CopyChange, Piece
from factdesk.rest.acts import Writes
from factdesk.rest.fields import Parts
from factdesk.rest.filters import AnyOf, word_of
from factdesk.rest.shown import Shown
from sources.api.filters import by_id, created_after, updated_after


class PieceSerializer(Shown[Piece]):
    """A desk copy on its way to print: whose work it is, and when text and page close."""

    changes = Parts("claims.CopyChange", "piece")

    class Meta:
        model = Piece
        fields = (
            *("id", "document", "author", "editor", "checker", "second_reader", "lawyer", "text_closes_at"),
            *("page_closes_at", "closed_at", "version", "created_at", "updated_at", "changes"),
        )


class PieceFilters(FilterSet):  # type: ignore[misc]
    """Filters of ``/pieces/``; all that are given must hold."""

    document = by_id("The id of the desk copy.")
    author, editor, checker = (by_id(f"The id of its {who}.") for who in ("author", "editor", "checker"))
    second_reader, lawyer = by_id("The id of its second reader."), by_id("The id of its lawyer.")
    updated_after, created_after = updated_after(), created_after()


class PieceViewSet(Writes):
    """Pieces: our own copy on its way to print."""

    acts = writing_copy.PIECE
    serializer_class = PieceSerializer
    filterset_class = PieceFilters


class CopyChangeSerializer(Shown[CopyChange]):
    """What a checker wants changed in our own copy, and what became of it. An empty replacement is a cut."""

    class Meta:
        model = CopyChange
        fields = (
            *("id", "piece", "passage", "claim", "replacement", "reason", "force", "proposed_by", "decision"),
            *("decision_reason", "decided_by", "version", "created_at", "updated_at"),
        )


class CopyChangeFilters(FilterSet):  # type: ignore[misc]
    """Filters of ``/copy_changes/``; all that are given must hold."""

    piece = by_id("The id of the piece.")
    document = by_id("The id of the piece's document.", field_name="piece__document")
    claim = by_id("The id of the claim that it is about.")
    force = AnyOf(word_of(words.Priority.values), "How much it is wanted.")
    decision = AnyOf(word_of(words.CopyDecision.values), "What was decided.")
    updated_after, created_after = updated_after(), created_after()


class CopyChangeViewSet(Writes):
    """Copy changes: what checkers want changed in our own copy."""

    acts = writing_copy.COPY_CHANGE
    serializer_class = CopyChangeSerializer
    filterset_class = CopyChangeFilters
