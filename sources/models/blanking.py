"""What the law ordered to be removed: the tombstone that stays."""

from django.db import models
from django.db.models import PROTECT, F, Q

from factdesk.constraints import not_blank
from factdesk.history import SessionUser


class Blanking(models.Model):
    """A text of a record was blanked, in the record and in its history, by the owner's role (rule 13). Written by
    ``sources_blank`` and by nothing else; what stood there is nowhere any more but in older backups.
    """

    written_by_database = True

    table = models.CharField(max_length=63)
    column = models.CharField(max_length=63)
    record = models.BigIntegerField()
    ground = models.CharField(max_length=2000)
    first = models.ForeignKey("people.User", PROTECT, related_name="+")
    second = models.ForeignKey("people.User", PROTECT, related_name="+")
    session_user = models.TextField(db_default=SessionUser(), editable=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            not_blank("blanking_has_a_ground", "ground"),
            models.CheckConstraint(
                name="blanking_by_two",
                condition=~Q(first=F("second")),
                violation_error_message="Two persons answer for it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of {self.record}"
