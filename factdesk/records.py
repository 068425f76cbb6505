"""What every record of the desk has: a version, two moments, and, for most, a way to be withdrawn."""

from collections.abc import Callable
from typing import TypeVar

import pghistory
import pgtrigger
from django.db import models
from django.db.models.expressions import Func
from django.db.models.functions import Now

from factdesk import lookups  # noqa: F401 - what every field can be asked

M = TypeVar("M", bound=type[models.Model])


def remembered(*, exclude: list[str] | None = None) -> Callable[[M], M]:
    """Write every state of the model's rows into its history, by trigger: inserted, updated, deleted.

    ``exclude`` names columns that are not kept in history; generated columns never are.
    """

    def track(model: M) -> M:
        generated = [field.name for field in model._meta.local_fields if field.generated]
        tracked: M = pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=[*(exclude or []), *generated],
        )(model)
        return tracked

    return track


class CurrentTransaction(Func):
    """The id of the running top-level transaction, as a 64-bit number that never comes back."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


class Record(models.Model):
    """A row that people change. ``version`` rises with every change of it; the database counts."""

    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    #: columns that only triggers write; the application's role may not update them (``factdesk.history.harden``)
    kept_columns: tuple[str, ...] = ("id", "version", "created_at", "updated_at")

    class Meta:
        abstract = True
        triggers = [
            pgtrigger.Trigger(
                name="counts_versions",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    NEW.version := OLD.version + 1;
                    NEW.updated_at := clock_timestamp();
                    RETURN NEW;
                """,
            )
        ]


class Entry(models.Model):
    """A row that is written once: a decision, an approach, a span. Nobody changes or deletes it (by grant)."""

    append_only = True

    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class Decision(Entry):
    """An entry that somebody answers for. The database says when it was made; nobody dates it back."""

    class Meta:
        abstract = True
        triggers = [
            pgtrigger.Trigger(
                name="is_dated_by_the_database",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    NEW.created_at := clock_timestamp();
                    RETURN NEW;
                """,
            )
        ]


class Withdrawable(models.Model):
    """Nothing is deleted: what should not count any more is withdrawn, with a reason. History has who."""

    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=1000, blank=True, default="", db_default="")

    class Meta:
        abstract = True


def withdrawn_with_reason(model: str) -> models.CheckConstraint:
    """A CHECK that whatever is withdrawn says why."""
    return models.CheckConstraint(
        name=f"{model}_withdrawn_with_reason",
        condition=models.Q(withdrawn_at__isnull=True) | models.Q(withdrawn_because__regex=r"\S"),
        violation_error_message="Say why it is withdrawn.",
    )
