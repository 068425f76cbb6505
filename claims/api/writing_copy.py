"""What can be done to our own copy, and where claims ran: one line each, read by ``factdesk.rest.acts``."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from claims import copydesk, pieces, usages
from claims import vocabularies as words
from claims.api.writing import Nothing, on_claim, seen
from claims.models import Assessment, Claim, CopyChange, Piece, Usage
from factdesk.change import locked
from factdesk.rest.acts import ON_LIST, ON_OBJECT, Act, Asked
from factdesk.rest.filters import IDENTIFIER, LARGEST_WHOLE
from factdesk.rest.inputs import Named, Text, Whole, Word, as_in, changed, new, of_column, reason, written
from sources.models import Document, Passage

#: A whole piece that is signed off in one act has so many claims at the most.
MOST_CLAIMS = 1000


@extend_schema_field(
    {
        "type": "object",
        "description": "The id of each finding that you sign, and the revision of its claim that you saw.",
        "additionalProperties": {"type": "integer", "minimum": 1, "maximum": LARGEST_WHOLE},
        "propertyNames": IDENTIFIER.schema,
        "minProperties": 1,
        "maxProperties": MOST_CLAIMS,
    }
)
class Revisions(serializers.Field[dict[int, int], Any, Any, Any]):
    """Findings by id, with the revision of each one's claim that was seen."""

    def to_internal_value(self, data: Any) -> dict[int, int]:
        if not isinstance(data, dict) or not 0 < len(data) <= MOST_CLAIMS:
            raise ValidationError(f"Name 1 to {MOST_CLAIMS:,} findings: id and revision.", "invalid")
        number, version = Named(Assessment), Whole(min_value=1, max_value=LARGEST_WHOLE)
        found: dict[int, int] = {}
        wrong: dict[str, list[ErrorDetail]] = {}
        for key, revision in data.items():
            try:
                found[number.run_validation(key)] = version.run_validation(revision)
            except ValidationError as refused:
                wrong[key[:100]] = list(refused.detail)  # type: ignore[arg-type]
        if wrong:
            raise ValidationError(wrong)
        return found


def _piece(a: Asked) -> Piece:
    """The piece, locked, at the version that was seen."""
    found: Piece = locked(Piece.objects.visible_to(a.by), a.id, a.version, "piece")
    return found


def _sign_off(a: Asked) -> Piece:
    piece = _piece(a)
    pieces.sign_off_piece(piece_id=a.id, by=a.by, **a.given)
    return piece


def _decide_open(a: Asked) -> Usage:
    _piece(a)
    made: Usage = usages.decide_open(piece_id=a.id, by=a.by, **a.given)
    return made


PIECE = {
    ON_LIST: Act(
        "Follow our own copy to print.", "assign",
        new(Piece, ("document_id", *pieces.PIECE), document=Named(Document, source="document_id")),
        lambda a: pieces.open_piece(document_id=a["document_id"], by=a.by, columns=a.but("document_id")), made=True,
    ),
    ON_OBJECT: Act(
        "Change who works on it, and when it closes.", "assign", changed(Piece, pieces.PIECE),
        lambda a: pieces.edit_piece(
            piece_id=a.id, version=a.version, by=a.by, columns=a.but("why"), why=a.given.get("why", "")),
    ),
    "sign_off": Act(
        "Approve these findings in the piece in one act: all or none. Allegations and what is on legal "
        "hold are signed alone.", "sign_off",
        as_in(written(
            "PieceSignOff", "Which findings, at which revisions of their claims.", seen=Revisions(),
            note=reason(2000, required=False, allow_blank=True),
        ), seen={"101": 1, "102": 3}),
        _sign_off,
    ),
    "close": Act(
        "Its page closes. Every `must` in it that is still open has been decided on by then.", "assign", Nothing,
        lambda a: pieces.close_page(piece_id=a.id, version=a.version, by=a.by),
    ),
    "decide_open": Act(
        "How a `must` claim of the piece goes out that is still open; `printed_unchecked` is a chief's.",
        ("clear", "print_unchecked"),
        written(
            "OpenDecision", "What was decided on the revision that you saw.", claim=on_claim(), revision=seen(),
            decision=Word(choices=words.WentOutOpen.choices), because=reason(2000),
        ),
        _decide_open, shows=Usage,
    ),
}  # fmt: skip

COPY_CHANGE = {
    ON_LIST: Act(
        "Ask for other words in our own copy; an empty replacement is a cut.", "change_copy",
        as_in(written(
            "CopyChangeNew", "Copy change: what is to be changed, and why.",
            piece=Named(Piece, source="piece_id"), passage=Named(Passage, source="passage_id"),
            claim=Named(Claim, source="claim_id", required=False, allow_null=True),
            replacement=Text(max_length=10_000, allow_blank=True, help_text="The new words; empty: a cut."),
            reason=reason(2000), force=of_column(CopyChange._meta.get_field("force"), required=True),
        ), piece="5", passage="31", replacement="ten fire engines", reason="By the log.", force="must"),
        lambda a: copydesk.propose_change(by=a.by, **a.given), made=True, many=True,
    ),
    "decision": Act(
        "Accept, reword or reject it: the piece's author or an editor. To reword gives the new words as the reason.",
        "propose",
        written(
            "CopyDecisionNew", "What becomes of it.",
            decision=Word(choices=words.CopyDecision.choices), reason=reason(2000, required=False, allow_blank=True),
        ),
        lambda a: copydesk.decide_change(change_id=a.id, version=a.version, by=a.by, **a.given),
    ),
}  # fmt: skip

USAGE = {
    ON_LIST: Act(
        "This revision of a claim went out: in our copy, at an address, through a consumer.", "edit",
        as_in(
            new(Usage, ("claim_id", "revision", *usages.USAGE), claim=on_claim(), revision=seen()),
            claim="101", revision=1, url="https://ours.example/mill", printed="Twelve engines fought the fire.",
        ),
        lambda a: usages.record_usage(
            claim_id=a["claim_id"], revision=a["revision"], by=a.by, columns=a.but("claim_id", "revision")),
        made=True, many=True,
    ),
    "settle": Act(
        "What was owed has been printed, or nothing is owed after all; `correction` has the words.", "retract",
        written(
            "Settlement", "What it is owed now.",
            correction=of_column(Usage._meta.get_field("correction"), required=True),
            owed=Word(choices=[(word, label) for word, label in words.Owed.choices if word != "due"]),
        ),
        lambda a: usages.settle(usage_id=a.id, version=a.version, by=a.by, **a.given),
    ),
}  # fmt: skip
