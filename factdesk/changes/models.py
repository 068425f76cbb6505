"""The tables of the feed. The database alone writes them; the application reads."""

import uuid

from django.db import models
from django.db.models import DO_NOTHING, Q
from django.db.models.functions import Now


class Ticket(models.Model):
    """One transaction that changed something: its number in the order of commits, and when that was.

    ``seq`` is null until the transaction commits, so nobody else ever sees it null. Numbers have gaps (a transaction
    that failed on its way out), and never come back. ``xid`` is the transaction's own number; after a restore another
    one may have the same, which finds no ticket of its own, since that is one without ``seq``.
    """

    written_by_database = True

    xid = models.BigIntegerField()
    seq = models.BigIntegerField(null=True, unique=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="ticket_once_on_its_way", fields=["xid"], condition=Q(seq__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.seq} at {self.at}"


class Change(models.Model):
    """An object that a transaction added or changed, once however often it did.

    ``resource`` is its list's address in the API, ``claim_id`` the claim that it belongs to or is, ``version`` what
    its ETag was when the transaction ended. ``place`` orders the changes of one transaction, which are all made at
    once: what others name comes before those who name it. There is no foreign key: it would be asked for every row,
    and only the database writes.
    """

    written_by_database = True

    pk = models.CompositePrimaryKey("ticket_id", "place", "object_id")
    ticket = models.ForeignKey(
        "changes.Ticket", DO_NOTHING, db_constraint=False, db_index=False, related_name="changes"
    )
    object_id = models.BigIntegerField()
    claim_id = models.BigIntegerField(null=True)
    version = models.IntegerField(null=True)
    place = models.SmallIntegerField()
    resource = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.resource} {self.object_id} at {self.version}"


class Epoch(models.Model):
    """The one row that says which life of the feed this is, and how far back it reaches.

    What callers are told is :func:`changes_epoch`: of this token and of the database that it is in, so that a copy, a
    restored backup or a promoted standby is another epoch without anybody saying so. Changes up to the number
    ``forgotten_through`` are no longer kept.
    """

    written_by_database = True

    token = models.UUIDField(default=uuid.uuid4)
    began_at = models.DateTimeField(db_default=Now())
    forgotten_through = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"since {self.began_at}"
