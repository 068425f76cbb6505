"""A number in a claim, as data that can be held against other numbers."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import PROTECT, F, Q
from django.db.models.functions import Lower

from claims.models.parts import part_of_substance
from claims.vocabularies import BaseIs, Comparator
from factdesk.constraints import not_blank, one_of
from factdesk.records import Record, Withdrawable, remembered, withdrawn_with_reason
from factdesk.visibility import Visible


class ExactDecimalField(models.DecimalField):  # type: ignore[type-arg]
    """A number as it was written: PostgreSQL's ``numeric`` without a fixed scale, so that 90 and 90.0 stay apart.

    How many digits were given is part of what was said: it bounds the rounding (DOMAIN.md §3, numbers).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 60, "decimal_places": 30} | kwargs)

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def cast_db_type(self, connection: Any) -> str:
        return "numeric"


FINITE = Decimal("1e30")


def _finite(name: str, *fields: str) -> models.CheckConstraint:
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gt": -FINITE, f"{field}__lt": FINITE})
    return models.CheckConstraint(
        name=name, condition=condition, violation_error_message="A figure lies between -1e30 and 1e30."
    )


@remembered(exclude=["updated_at"])
class Quantity(Record, Withdrawable):
    """A number with what it counts, of whom, where, when, and against what base.

    ``value`` is in ``unit`` ("people", "percent", "USD"); ``upper`` is the end of a range, ``margin`` a ± in the same
    unit. ``base`` is the Quantity that it is a share of or a change from, in this claim or another; a share or change
    whose base nobody gives has ``base_is`` alone.
    ``as_worded`` keeps how few or many digits were meant ("a dozen").
    """

    claim = models.ForeignKey("claims.Claim", PROTECT, related_name="quantities")
    measure = models.CharField(max_length=500, help_text="What is counted or measured.")
    comparator = models.CharField(
        max_length=2, choices=Comparator.choices, default=Comparator.EQUAL, db_default=Comparator.EQUAL.value
    )
    value = ExactDecimalField()
    upper = ExactDecimalField(null=True, blank=True)
    margin = ExactDecimalField(null=True, blank=True)
    unit = models.CharField(max_length=100, blank=True, default="", db_default="")
    population = models.CharField(max_length=500, blank=True, default="", db_default="")
    place = models.CharField(max_length=500, blank=True, default="", db_default="")
    period = models.CharField(max_length=500, blank=True, default="", db_default="", help_text="As worded.")
    period_from = models.DateField(null=True, blank=True)
    period_until = models.DateField(null=True, blank=True)
    base = models.ForeignKey("self", PROTECT, null=True, blank=True, related_name="rests_on_it")
    base_is = models.CharField(max_length=11, choices=BaseIs.choices, null=True, blank=True)
    vintage = models.CharField(max_length=500, blank=True, default="", db_default="", help_text="Release or vintage.")
    as_worded = models.CharField(max_length=500, blank=True, default="", db_default="")
    note = models.CharField(max_length=2000, blank=True, default="", db_default="")

    objects = Visible.as_manager()

    kept_columns = (*Record.kept_columns, "claim_id")

    class Meta(Record.Meta):
        verbose_name_plural = "quantities"
        constraints = [
            not_blank("quantity_measures_something", "measure"),
            one_of("quantity_comparator_is_known", "comparator", Comparator),
            one_of("quantity_base_is_known", "base_is", BaseIs, null=True),
            models.CheckConstraint(
                name="quantity_base_is_said",
                condition=Q(base__isnull=True) | Q(base_is__isnull=False),
                violation_error_message="Say whether it is a share of its base, a change from it or a part of it.",
            ),
            _finite("quantity_is_finite", "value", "upper", "margin"),
            models.CheckConstraint(
                name="quantity_range_is_in_order",
                condition=Q(upper__isnull=True) | Q(upper__gte=F("value")),
                violation_error_message="The end of a range lies below its beginning.",
            ),
            models.CheckConstraint(
                name="quantity_margin_is_positive", condition=Q(margin__isnull=True) | Q(margin__gte=0)
            ),
            models.CheckConstraint(
                name="quantity_period_is_in_order",
                condition=Q(period_from__isnull=True)
                | Q(period_until__isnull=True)
                | Q(period_from__lte=F("period_until")),
            ),
            models.CheckConstraint(
                name="quantity_is_not_its_own_base", condition=Q(base__isnull=True) | ~Q(base=F("id"))
            ),
            withdrawn_with_reason("quantity"),
        ]
        indexes = [
            models.Index(Lower("measure"), F("id").desc(), name="quantity_by_measure"),
            models.Index(name="quantity_by_value", fields=["value", "-id"]),
        ]
        triggers = [*Record.Meta.triggers, *part_of_substance("quantity")]

    def __str__(self) -> str:
        return f"{self.comparator} {self.value} {self.unit}".strip()
