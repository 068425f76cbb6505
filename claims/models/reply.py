"""Whom a claim accuses, and whether they have had their say."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import PROTECT, F, Q

from claims.models.guards import exemption_is_given
from claims.models.parts import part_of_substance
from claims.models.telling import late_reply_is_told
from claims.vocabularies import Exemption, LegalStatus, Privilege, ReplyOutcome
from factdesk.constraints import after_all, bounded, not_blank, one_of, together
from factdesk.records import Decision, Record, Withdrawable, remembered, withdrawn_with_reason
from factdesk.visibility import Visible


@remembered(exclude=["updated_at"])
class Accusation(Record, Withdrawable):
    """A claim accuses a source. An earlier denial or apology is its ``known_position``: recorded, and not a reply."""

    claim = models.ForeignKey("claims.Claim", PROTECT, related_name="accusations")
    accused = models.ForeignKey("sources.Source", PROTECT, related_name="accusations")
    outcome = models.CharField(
        max_length=9, choices=ReplyOutcome.choices, default=ReplyOutcome.WAITING, db_default=ReplyOutcome.WAITING.value
    )
    reply = models.TextField(max_length=20_000, blank=True, default="", db_default="")
    replied_at = models.DateTimeField(null=True, blank=True)
    known_position = models.TextField(max_length=20_000, blank=True, default="", db_default="")
    known_position_passage = models.ForeignKey("sources.Passage", PROTECT, null=True, blank=True, related_name="+")
    legal_status = models.CharField(max_length=9, choices=LegalStatus.choices, null=True, blank=True)
    legal_status_on = models.DateField(null=True, blank=True)
    privilege = models.CharField(
        max_length=10, choices=Privilege.choices, default=Privilege.NONE, db_default=Privilege.NONE.value
    )
    exempt = models.CharField(max_length=17, choices=Exemption.choices, null=True, blank=True)
    exempt_because = models.CharField(max_length=2000, blank=True, default="", db_default="")
    exempted_by = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="exemptions")
    exempt_seconded_by = models.ForeignKey(
        "people.User", PROTECT, null=True, blank=True, related_name="exemptions_seconded"
    )
    note = models.CharField(max_length=2000, blank=True, default="", db_default="")

    objects = Visible.as_manager()

    kept_columns = (*Record.kept_columns, "claim_id")

    class Meta(Record.Meta):
        constraints = [
            one_of("accusation_outcome_is_known", "outcome", ReplyOutcome),
            one_of("accusation_legal_status_is_known", "legal_status", LegalStatus, null=True),
            one_of("accusation_privilege_is_known", "privilege", Privilege),
            one_of("accusation_exempt_is_known", "exempt", Exemption, null=True),
            together("accusation_exempted_by_somebody", "exempt", "exempted_by"),
            models.CheckConstraint(
                name="accusation_exempt_with_a_reason",
                condition=Q(exempt__isnull=True) | Q(exempt_because__regex=r"\S"),
                violation_error_message="Say why they need not be asked.",
            ),
            models.CheckConstraint(
                name="accusation_endangers_needs_two",
                condition=Q(exempt_seconded_by__isnull=True) | ~Q(exempt_seconded_by=F("exempted_by")),
            ),
            models.CheckConstraint(
                name="accusation_replied_says_what",
                condition=~Q(outcome=ReplyOutcome.REPLIED) | Q(reply__regex=r"\S", replied_at__isnull=False),
                violation_error_message="Record what they replied, and when.",
            ),
            bounded("accusation_is_bounded", reply=20_000, known_position=20_000),
            models.UniqueConstraint(
                name="accusation_once_per_accused",
                fields=["claim", "accused"],
                condition=Q(withdrawn_at__isnull=True),
            ),
            withdrawn_with_reason("accusation"),
        ]
        triggers = [*Record.Meta.triggers, exemption_is_given, late_reply_is_told, *part_of_substance("accusation")]

    def __str__(self) -> str:
        return f"{self.accused}: {self.outcome}"

    def is_owed_a_say(self, now: datetime) -> bool:
        """Whether the accused has still to have their say (rule 8, as ``claims_owes_reply`` has it): they were not
        asked, or have time left. Reads ``requests``.
        """
        if self.exempt or self.outcome in (ReplyOutcome.REPLIED, ReplyOutcome.DECLINED):
            return False
        return not any(request.deadline < now for request in self.requests.all())


class ReplyRequest(Decision):
    """One approach to somebody accused: what was put to them, by what channel, until when."""

    accusation = models.ForeignKey("claims.Accusation", PROTECT, related_name="requests")
    put = models.TextField(max_length=20_000, help_text="What was put to them.")
    channel = models.CharField(max_length=200)
    sent_at = models.DateTimeField()
    deadline = models.DateTimeField()
    by = models.ForeignKey("people.User", PROTECT, related_name="reply_requests")

    objects = Visible.as_manager()

    class Meta:
        constraints = [
            not_blank("replyrequest_puts_something", "put"),
            not_blank("replyrequest_has_a_channel", "channel"),
            bounded("replyrequest_is_bounded", put=20_000),
            models.CheckConstraint(
                name="replyrequest_gives_time",
                condition=Q(deadline__gt=F("sent_at")),
                violation_error_message="The deadline lies before the request.",
            ),
        ]
        indexes = [models.Index(name="replyrequest_by_deadline", fields=["deadline"])]
        triggers = [
            *Decision.Meta.triggers,
            after_all(
                "replyrequest_is_sent",
                pgtrigger.Insert,
                """
                PERFORM claims_touch((SELECT array_agg(DISTINCT a.claim_id) FROM new_rows n
                                      JOIN claims_accusation a ON a.id = n.accusation_id), false, 'reply request');
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}, until {self.deadline}"
