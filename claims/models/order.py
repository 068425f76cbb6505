"""A file of claims that somebody sent to be imported, and how far that is."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import PROTECT, Q
from django.db.models.functions import Now

from claims.vocabularies import ImportState
from factdesk.constraints import one_of
from factdesk.people.models import User
from factdesk.people.roles import Asker

ENDED = (ImportState.DONE, ImportState.REFUSED, ImportState.CANCELLED, ImportState.FAILED)


class ImportOrders(models.QuerySet["ImportOrder"]):
    """Orders: each person's own, and for chiefs everybody's."""

    def visible_to(self, asker: Asker) -> Self:
        """Those that this person, or this token, may see."""
        if not asker.may("read"):
            return self.none()
        if asker.may("tokens"):
            return self
        if hasattr(asker, "held"):  # rights without a person: how records are shown that were chosen by one who has
            return self
        person = getattr(asker, "user", asker)
        return self.filter(person=person) if isinstance(person, User) else self.none()


class ImportOrder(models.Model):
    """One file, to be imported by the worker in one person's name, with no more rights than they sent it with.

    The file lies in the desk's home while it waits (``claims.importing.orders``), the rejects file for
    :data:`claims.importing.orders.KEPT`; here is what came of it. ``stage``, ``stage_done`` of ``stage_of`` and
    ``claims_done`` say how far it is, every few seconds.
    """

    #: forgotten when it is old: what was imported is in the record's own history
    expires = True

    person = models.ForeignKey("people.User", PROTECT, related_name="import_orders")
    lets_through = ArrayField(models.CharField(max_length=30), null=True)
    file_name = models.CharField(max_length=200)
    format = models.CharField(max_length=5, choices=[("csv", "CSV"), ("jsonl", "JSON Lines")])
    file_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    keep_good = models.BooleanField(default=False, db_default=False)
    dry_run = models.BooleanField(default=False, db_default=False)

    state = models.CharField(
        max_length=9, choices=ImportState.choices, default=ImportState.WAITING, db_default=ImportState.WAITING.value
    )
    stage = models.CharField(max_length=10, blank=True, default="", db_default="")
    stage_done = models.BigIntegerField(default=0, db_default=0)
    stage_of = models.BigIntegerField(default=0, db_default=0)
    claims_done = models.BigIntegerField(default=0, db_default=0)

    made = models.JSONField(default=dict, db_default={})
    there = models.BigIntegerField(default=0, db_default=0)
    differing = models.JSONField(default=list, db_default=[])
    rejected = models.BigIntegerField(default=0, db_default=0)
    problems = models.JSONField(default=list, db_default=[])
    sources_matched = models.BigIntegerField(default=0, db_default=0)
    refused_because = models.TextField(blank=True, default="", db_default="")

    created_at = models.DateTimeField(db_default=Now())
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)

    objects = ImportOrders.as_manager()

    #: whose it is, and what it is of, does not change
    kept_columns = ("id", "person_id", "lets_through", "file_name", "format", "file_bytes", "sha256", "created_at")

    class Meta:
        constraints = [
            one_of("importorder_state_is_known", "state", ImportState),
            models.CheckConstraint(
                name="importorder_has_ended",
                condition=Q(ended_at__isnull=False, state__in=ENDED) | Q(ended_at__isnull=True) & ~Q(state__in=ENDED),
            ),
            models.CheckConstraint(name="importorder_is_of_a_file", condition=Q(sha256__regex="^[0-9a-f]{64}$")),
        ]
        indexes = [models.Index(name="importorder_by_person", fields=["person", "-id"])]

    def __str__(self) -> str:
        return f"{self.file_name}: {self.get_state_display()}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is done of it."""
        return self.state in ENDED
