"""What people look for in the queue of claims again and again, under a name."""

from typing import Self

from django.db import models
from django.db.models import PROTECT, Q

from factdesk.constraints import not_blank
from factdesk.people.models import User
from factdesk.records import Record, remembered
from factdesk.visibility import Visible


class SavedFilterQuerySet(Visible["SavedFilter"]):
    def seen_by(self, person: User) -> Self:
        """Their own, and those shared with the desk, that are still kept."""
        return self.visible_to(person).filter(Q(person=person) | Q(shared=True), dropped_at__isnull=True)


@remembered(exclude=["updated_at"])
class SavedFilter(Record):
    """A query of the queue under a name: somebody's own, or shared with the desk.

    ``query`` is the part of the queue's address after the question mark. At most one of a person's own stands
    ``on_today``: what it finds is on top of what waits for them.
    """

    person = models.ForeignKey("people.User", PROTECT, related_name="saved_filters")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True, default="", db_default="")
    shared = models.BooleanField(default=False, db_default=False)
    on_today = models.BooleanField(default=False, db_default=False)
    dropped_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is not kept any more.")

    objects = SavedFilterQuerySet.as_manager()

    kept_columns = (*Record.kept_columns, "person_id")

    class Meta(Record.Meta):
        constraints = [
            not_blank("savedfilter_has_a_name", "name"),
            models.UniqueConstraint(
                name="savedfilter_once",
                fields=["person", "name"],
                condition=Q(dropped_at__isnull=True),
                violation_error_message="You have a filter of this name.",
            ),
            models.UniqueConstraint(
                name="savedfilter_one_on_today", fields=["person"], condition=Q(dropped_at__isnull=True, on_today=True)
            ),
        ]
        indexes = [models.Index(name="savedfilter_shared", fields=["name"], condition=Q(shared=True))]

    def __str__(self) -> str:
        return self.name
