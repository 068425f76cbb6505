"""Our own copy on its way to print, and what a checker wants changed in it."""

from django.db import models
from django.db.models import PROTECT, Q

from claims.models.printing import copy_change_is_decided, piece_closes
from claims.vocabularies import CopyDecision, Priority
from factdesk.constraints import bounded, not_blank, one_of, together
from factdesk.records import Record, Withdrawable, remembered, withdrawn_with_reason
from factdesk.visibility import Visible, in_restricted


class PieceQuerySet(Visible["Piece"]):
    restricted = in_restricted("document")


class FolderQuerySet(Visible["FolderDocument"]):
    restricted = in_restricted("document")


class CopyChangeQuerySet(Visible["CopyChange"]):
    restricted = in_restricted("piece__document")


@remembered(exclude=["updated_at"])
class Piece(Record):
    """A desk_copy on its way to print: who writes, edits, checks, reads second, advises; and its two closing times."""

    document = models.OneToOneField("sources.Document", PROTECT, related_name="piece")
    author = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="pieces_written")
    editor = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="pieces_edited")
    checker = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="pieces_checked")
    second_reader = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="pieces_read")
    lawyer = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="pieces_advised")
    text_closes_at = models.DateTimeField(null=True, blank=True)
    page_closes_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When its page did close.")

    objects = PieceQuerySet.as_manager()

    class Meta(Record.Meta):
        triggers = [*Record.Meta.triggers, piece_closes]

    def __str__(self) -> str:
        return str(self.document)


@remembered(exclude=["updated_at"])
class FolderDocument(Record, Withdrawable):
    """A document in the folder that the author hands in with the piece: notes, recordings, letters, links."""

    piece = models.ForeignKey("claims.Piece", PROTECT, related_name="folder")
    document = models.ForeignKey("sources.Document", PROTECT, related_name="in_folders")
    by = models.ForeignKey("people.User", PROTECT, related_name="+")

    objects = FolderQuerySet.as_manager()

    kept_columns = (*Record.kept_columns, "piece_id", "document_id", "by_id")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                name="folderdocument_once",
                fields=["piece", "document"],
                condition=Q(withdrawn_at__isnull=True),
                violation_error_message="It is in the folder already.",
            ),
            withdrawn_with_reason("folderdocument"),
        ]

    def __str__(self) -> str:
        return str(self.document)


class Presence(models.Model):
    """Who is at which line of which document now. Nobody is kept out by it, and nothing of it is remembered."""

    #: the application deletes what is past
    expires = True

    person = models.OneToOneField("people.User", PROTECT, primary_key=True, related_name="+")
    document = models.ForeignKey("sources.Document", PROTECT, related_name="+")
    sentence = models.ForeignKey("sources.Sentence", PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="presence_by_document", fields=["document", "-at"])]

    def __str__(self) -> str:
        return f"{self.person} at {self.at}"


@remembered(exclude=["updated_at"])
class CopyChange(Record):
    """What a checker wants changed in our own copy, and what became of it. An empty replacement is a cut.

    Rejecting a ``must`` takes an editor and a reason.
    """

    piece = models.ForeignKey("claims.Piece", PROTECT, related_name="changes")
    passage = models.ForeignKey("sources.Passage", PROTECT, related_name="copy_changes")
    claim = models.ForeignKey("claims.Claim", PROTECT, null=True, blank=True, related_name="copy_changes")
    replacement = models.TextField(max_length=10_000, blank=True, default="", db_default="")
    reason = models.CharField(max_length=2000)
    force = models.CharField(max_length=6, choices=Priority.choices, default=Priority.SHOULD)
    proposed_by = models.ForeignKey("people.User", PROTECT, related_name="copy_changes")
    decision = models.CharField(max_length=8, choices=CopyDecision.choices, null=True, blank=True)
    decision_reason = models.CharField(max_length=2000, blank=True, default="", db_default="")
    decided_by = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="copy_changes_decided")

    objects = CopyChangeQuerySet.as_manager()

    class Meta(Record.Meta):
        constraints = [
            one_of("copychange_force_is_known", "force", Priority),
            one_of("copychange_decision_is_known", "decision", CopyDecision, null=True),
            not_blank("copychange_has_a_reason", "reason"),
            together("copychange_decided_by_somebody", "decision", "decided_by"),
            bounded("copychange_is_bounded", replacement=10_000),
            models.CheckConstraint(
                name="copychange_must_is_rejected_with_a_reason",
                condition=~Q(force=Priority.MUST, decision=CopyDecision.REJECTED) | Q(decision_reason__regex=r"\S"),
                violation_error_message="A must is not rejected without a reason.",
            ),
        ]
        triggers = [*Record.Meta.triggers, copy_change_is_decided]

    def __str__(self) -> str:
        return self.replacement or "cut"

    @property
    def instead(self) -> str:
        """The words that are to stand there: those that whoever decided gave in place of what was asked for, if any."""
        return self.decision_reason if self.decision == CopyDecision.REWORDED else self.replacement
