"""A report that somebody has mailed to them, and when."""

from typing import Self

from django.db import models
from django.db.models import PROTECT, Q

from claims.vocabularies import MailStopped
from factdesk.constraints import one_of
from factdesk.people.models import User
from factdesk.records import Record, remembered
from factdesk.visibility import Visible

#: forms in which a report is mailed
FORMS = ("csv", "xlsx")


class ReportMailQuerySet(Visible["ReportMail"]):
    def seen_by(self, person: User) -> Self:
        """Their own, those that have stopped among them."""
        return self.visible_to(person).filter(person=person)

    def due(self, now: object) -> Self:
        """Those whose time has come."""
        return self.filter(stopped_at__isnull=True, next_at__lte=now)


@remembered(exclude=["updated_at", "next_at", "sent_at"])
class ReportMail(Record):
    """One person's report: which, of what (``query``: the part of its address after the question mark), in what form,
    at which hour of the desk's clock, every day or on one weekday (0: Monday). It is mailed to nobody else.
    """

    person = models.ForeignKey("people.User", PROTECT, related_name="report_mails")
    report = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True, default="", db_default="")
    form = models.CharField(max_length=4)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    hour = models.PositiveSmallIntegerField()
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_because = models.CharField(max_length=10, choices=MailStopped.choices, null=True, blank=True)

    objects = ReportMailQuerySet.as_manager()

    kept_columns = (*Record.kept_columns, "person_id", "report")

    class Meta(Record.Meta):
        constraints = [
            one_of("reportmail_stopped_because_is_known", "stopped_because", MailStopped, null=True),
            models.CheckConstraint(name="reportmail_form_is_known", condition=Q(form__in=FORMS)),
            models.CheckConstraint(name="reportmail_has_an_hour", condition=Q(hour__lte=23)),
            models.CheckConstraint(
                name="reportmail_has_a_weekday", condition=Q(weekday__isnull=True) | Q(weekday__lte=6)
            ),
            models.CheckConstraint(
                name="reportmail_stopped_for_a_reason",
                condition=Q(stopped_at__isnull=True, stopped_because__isnull=True)
                | Q(stopped_at__isnull=False, stopped_because__isnull=False),
            ),
            models.UniqueConstraint(
                name="reportmail_once",
                fields=["person", "report", "query", "form", "hour", "weekday"],
                condition=Q(stopped_at__isnull=True),
                nulls_distinct=False,
                violation_error_message="You have it mailed so already.",
            ),
        ]
        indexes = [models.Index(name="reportmail_due", fields=["next_at"], condition=Q(stopped_at__isnull=True))]

    def __str__(self) -> str:
        return self.report
