"""What somebody of the desk is told without looking, and which of it they do not want.

The bargain: the database writes every notice, so that whoever changed something, and by whichever way in, the person
concerned is told; nobody is told what they did themselves. A notice holds no words of the record, only where to look.
"""

from django.db import models
from django.db.models import PROTECT, Q

from claims.vocabularies import NoticeAbout
from factdesk.constraints import one_of
from factdesk.records import remembered


class Notice(models.Model):
    """One person is told of one thing. ``key`` says what happened; of that they are told once."""

    written_by_database = True
    #: what the application may write all the same
    marked_columns = ("seen_at", "mailed_at")

    person = models.ForeignKey("people.User", PROTECT, related_name="notices")
    about = models.CharField(max_length=13, choices=NoticeAbout.choices)
    claim = models.ForeignKey("claims.Claim", PROTECT, null=True, blank=True, related_name="notices")
    piece = models.ForeignKey("claims.Piece", PROTECT, null=True, blank=True, related_name="notices")
    by = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            one_of("notice_about_is_known", "about", NoticeAbout),
            models.UniqueConstraint(name="notice_once", fields=["person", "key"]),
            models.CheckConstraint(
                name="notice_leads_somewhere", condition=Q(claim__isnull=False) | Q(piece__isnull=False)
            ),
        ]
        indexes = [
            models.Index(name="notice_unseen", fields=["person", "-id"], condition=Q(seen_at__isnull=True)),
            models.Index(name="notice_unmailed", fields=["created_at"], condition=Q(mailed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_about_display()}"


@remembered()
class NoticeSwitch(models.Model):
    """How a person wants to be told of one sort of thing; where there is no row, both ways."""

    person = models.ForeignKey("people.User", PROTECT, related_name="notice_switches")
    about = models.CharField(max_length=13, choices=NoticeAbout.choices)
    in_desk = models.BooleanField(default=True, db_default=True)
    by_mail = models.BooleanField(default=True, db_default=True)

    kept_columns = ("id", "person_id", "about")

    class Meta:
        constraints = [
            one_of("noticeswitch_about_is_known", "about", NoticeAbout),
            models.UniqueConstraint(name="noticeswitch_once", fields=["person", "about"]),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_about_display()}"


class ReviewDue(models.Model):
    """The day by which a finding was to be looked at again has come, and the desk has been told. Once per finding."""

    written_by_database = True

    assessment = models.OneToOneField("claims.Assessment", PROTECT, primary_key=True, related_name="+")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"due since {self.since}"
