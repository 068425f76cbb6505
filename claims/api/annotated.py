"""A document as the desk reads it: its text with its marked words and claims, and how many of its lines are left."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from claims import coverage
from claims.api.claim import origins_pending
from claims.models import Accusation, Annotation, Attribution, Claim, Evidence
from factdesk.rest import building
from factdesk.rest.access import asker
from factdesk.rest.fields import Address, Id, Worked
from factdesk.rest.filters import IDENTIFIER
from factdesk.rest.problems import BadQuery, wrong_parameter
from factdesk.rest.shown import Rights, Shown, preset
from sources.api.document import DocumentBrief, SnapshotSerializer
from sources.models import Document, Passage, Sentence, Snapshot

#: what marks words: kind, model, and the column that names the passage
_MARKING: tuple[tuple[str, Any, str], ...] = (
    ("accusation", Accusation, "known_position_passage"),
    ("annotation", Annotation, "passage"),
    ("attribution", Attribution, "passage"),
    ("evidence", Evidence, "passage"),
)


def _marks(passage: Passage) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "id": str(row.pk), "claim": row.claim_id and str(row.claim_id)}
        for kind, model, column in _MARKING
        for row in model.objects.filter(**{column: passage}, withdrawn_at__isnull=True).order_by("pk")
    ]


_EACH = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, m.id, m.claim_id FROM {model._meta.db_table} m "
    f"WHERE m.{column}_id = {{row}}.id AND m.withdrawn_at IS NULL"
    for kind, model, column in _MARKING
)
_MARKED = (
    "SELECT coalesce(json_agg(json_build_object('kind', kind, 'id', id::text, 'claim', claim_id::text) "
    f"ORDER BY kind, id), '[]'::json) FROM ({_EACH}) each"
)


class MarkSerializer(serializers.Serializer[Any]):
    """What marks the words: a hop, backing, a remark, or the known position of somebody accused."""

    kind = serializers.ChoiceField(choices=[kind for kind, _, _ in _MARKING], read_only=True)
    id = Id()
    claim = Id(allow_null=True)


class MarkedSerializer(Shown[Passage]):
    """Marked words of the text, and what marks them."""

    marks = Worked(_MARKED, _marks, MarkSerializer(many=True))

    class Meta:
        model = Passage
        form = None
        fields = ("id", "start", "end", "part", "locator", "marks")


class ClaimInText(Shown[Claim]):
    """A claim with its three axes."""

    url = Address("claim-list")
    origins_pending = origins_pending

    class Meta:
        model = Claim
        form = None
        fields = (
            *("id", "key", "url", "statement", "kind", "priority", "state", "verdict", "flags", "clearance"),
            *("revision", "independent_origins", "warnings", "origins_pending"),
        )


class AnnotatedSerializer(serializers.Serializer[Any]):
    """A document's text with its marked words, and the claims that stand in the document."""

    document = DocumentBrief(read_only=True)
    snapshot = SnapshotSerializer(read_only=True, allow_null=True, help_text="Null where there is none.")
    text = serializers.CharField(read_only=True, allow_null=True, help_text="Null while it is not held.")
    passages = MarkedSerializer(many=True, read_only=True)
    claims = ClaimInText(many=True, read_only=True)


_STANDS_HERE = f"""{{row}}.id IN (
    SELECT claim_id FROM claims_attribution WHERE document_id = asked.document AND withdrawn_at IS NULL
    UNION SELECT claim_id FROM claims_evidence WHERE document_id = asked.document AND withdrawn_at IS NULL
    {
    " ".join(
        f"UNION SELECT m.claim_id FROM {model._meta.db_table} m JOIN sources_passage p ON p.id = m.{column}_id "
        "WHERE p.snapshot_id = asked.snapshot AND m.withdrawn_at IS NULL"
        for _, model, column in _MARKING
    )
})"""


def of(document: Document, request: Request) -> HttpResponse:
    """The text as the newest saved copy has it, or the one that ``?snapshot=`` names."""
    rights = Rights.of(asker(request))
    pieces = [
        building.record_sql(preset(DocumentBrief), rights, "asked.document"),
        building.record_sql(preset(SnapshotSerializer), rights, "asked.snapshot"),
        building.Sql("(SELECT to_json(s.text) FROM sources_snapshot s WHERE s.id = asked.snapshot)", ()),
        building.records_sql(preset(MarkedSerializer), rights, "{row}.snapshot_id = asked.snapshot", _IN_TEXT),
        building.records_sql(preset(ClaimInText), rights, _STANDS_HERE, "{row}.id"),
    ]
    statement = (
        f"SELECT {', '.join(f'{piece.text}::text' for piece in pieces)} "
        "FROM (SELECT %s::bigint AS document, %s::bigint AS snapshot) asked"
    )
    given = [param for piece in pieces for param in piece.params]
    [found] = building.fetch(statement, [*given, document.pk, snapshot_asked_for(document, request)], request)
    body = ", ".join(f'"{name}": {json or "null"}' for name, json in zip(_NAMES, found, strict=True))
    return HttpResponse(f"{{{body}}}", content_type="application/json")


_NAMES = ("document", "snapshot", "text", "passages", "claims")
_IN_TEXT = '{row}.start, {row}."end", {row}.id'


def snapshot_asked_for(document: Document, request: Request, by: str = "snapshot") -> int | None:
    """The id of the saved copy that the parameter ``by`` names; the newest where it does not. Http404 where it is not
    this document's.
    """
    copies = Snapshot.objects.filter(document=document).order_by("-captured_at", "-pk").values_list("pk", flat=True)
    asked = request.query_params.get(by)
    if asked is None:
        return copies.first()
    try:
        found = copies.filter(pk=IDENTIFIER.read(asked)).first()
    except ValidationError as wrong:
        raise BadQuery(wrong_parameter(by, str(wrong.code), wrong.messages[0])) from wrong
    if found is None:
        raise Http404
    return found


class LineSerializer(serializers.ModelSerializer[Sentence]):
    """A sentence: the claims whose marked words overlap it, or why it needs none."""

    id = Id()
    exact = serializers.CharField(read_only=True, allow_null=True, help_text="Null while the text is not held.")
    claims = serializers.ListField(child=Id(), read_only=True)
    ruled = serializers.CharField(read_only=True, help_text="Why it needs no claim, in a word; empty: not ruled out.")
    because = serializers.CharField(read_only=True, help_text="And in words.")

    class Meta:
        model = Sentence
        fields = ("id", "start", "end", "part", "exact", "claims", "ruled", "because")
        read_only_fields = fields


class CoverageSerializer(serializers.Serializer[Any]):
    """How many sentences there are, how many of them are dealt with in which way, and each of them."""

    document = Id()
    snapshot = Id(allow_null=True)
    sentences, claimed, ruled_out, left, claims = (serializers.IntegerField(read_only=True) for _ in range(5))
    lines = LineSerializer(many=True, read_only=True)


def coverage_of(document: Document) -> dict[str, Any]:
    """What a :class:`CoverageSerializer` shows: of the newest saved copy with sentences, if there is one."""
    counted = coverage.coverage(Document.objects.filter(pk=document.pk))
    copies = Snapshot.objects.filter(document=document, sentences__isnull=False)
    newest = copies.order_by("-captured_at", "-pk").first()
    if newest is None:
        return {"document": document.pk, "snapshot": None, "lines": [], **dict.fromkeys(_COUNTED, 0)}
    text = newest.text
    lines = [
        {
            **{name: getattr(line.sentence, name) for name in ("id", "start", "end", "part")},
            "exact": None if text is None else text[line.sentence.start : line.sentence.end],
            **{name: getattr(line, name) for name in ("claims", "ruled", "because")},
        }
        for line in coverage.lines(newest)
    ]
    counts = {name: getattr(counted[0], name) for name in _COUNTED}
    return {"document": document.pk, "snapshot": newest.pk, "lines": lines, **counts}


_COUNTED = ("sentences", "claimed", "ruled_out", "left", "claims")
