"""Where a claim went out, and what that is owed."""

from django.db import models
from django.db.models import PROTECT, Q

from claims.models.parts import part_of_version
from claims.models.printing import usage_of_what_is_open, usage_stays_decided
from claims.vocabularies import Owed, WentOutOpen
from factdesk.constraints import bounded, one_of, together
from factdesk.records import Record, Withdrawable, remembered, withdrawn_with_reason
from factdesk.visibility import Visible


@remembered(exclude=["updated_at"])
class Usage(Record, Withdrawable):
    """Where a revision of a claim went out: in a desk_copy, at a url, through a consumer of the API."""

    claim = models.ForeignKey("claims.Claim", PROTECT, related_name="usages")
    revision = models.PositiveIntegerField()
    document = models.ForeignKey("sources.Document", PROTECT, null=True, blank=True, related_name="usages")
    url = models.CharField(max_length=2000, blank=True, default="", db_default="")
    consumer = models.CharField(max_length=200, blank=True, default="", db_default="")
    went_out_at = models.DateTimeField(null=True, blank=True)
    printed = models.TextField(max_length=10_000, blank=True, default="", db_default="", help_text="The words.")
    owed = models.CharField(max_length=9, choices=Owed.choices, default=Owed.NONE, db_default=Owed.NONE.value)
    correction = models.TextField(max_length=10_000, blank=True, default="", db_default="")
    went_out_open = models.CharField(max_length=17, choices=WentOutOpen.choices, null=True, blank=True)
    open_because = models.CharField(max_length=2000, blank=True, default="", db_default="")
    open_decided_by = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="went_out_open")

    objects = Visible.as_manager()

    kept_columns = (*Record.kept_columns, "claim_id")

    class Meta(Record.Meta):
        constraints = [
            one_of("usage_owed_is_known", "owed", Owed),
            one_of("usage_went_out_open_is_known", "went_out_open", WentOutOpen, null=True),
            together("usage_open_decided_by_somebody", "went_out_open", "open_decided_by"),
            models.CheckConstraint(
                name="usage_unchecked_with_a_reason",
                condition=Q(went_out_open__isnull=True)
                | ~Q(went_out_open=WentOutOpen.PRINTED_UNCHECKED)
                | Q(open_because__regex=r"\S"),
                violation_error_message="Say why it is printed unchecked.",
            ),
            models.CheckConstraint(
                name="usage_is_somewhere",
                condition=Q(document__isnull=False) | ~Q(url="") | ~Q(consumer=""),
                violation_error_message="Say where it ran: our copy, an address or a consumer.",
            ),
            models.CheckConstraint(
                name="usage_settled_with_words",
                condition=~Q(owed__in=[Owed.CORRECTED, Owed.CLARIFIED, Owed.RETRACTED]) | Q(correction__regex=r"\S"),
                violation_error_message="Give the words that were printed.",
            ),
            bounded("usage_is_bounded", printed=10_000, correction=10_000),
            withdrawn_with_reason("usage"),
        ]
        triggers = [*Record.Meta.triggers, *part_of_version("usage"), usage_of_what_is_open, usage_stays_decided]

    def __str__(self) -> str:
        return self.url or self.consumer or str(self.document)
