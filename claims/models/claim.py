"""A checkable proposition, and the three axes that are never one field: state, verdict, clearance."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import PROTECT, Case, F, Q, When
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from claims.models.guards import (
    claim_arrives_as_new,
    claim_moves,
    claim_origins_follow_kind,
    claim_repeats_the_first,
    claim_revises,
)
from claims.models.telling import assignee_is_told
from claims.vocabularies import ClearanceValue, ClosedBecause, Flag, Kind, Priority, State, Verdict, Warning
from factdesk.constraints import all_of, not_blank, one_of
from factdesk.records import CurrentTransaction, Record, remembered
from factdesk.search import Searched, SearchedManager, words_of

OPEN = (State.NEW, State.IN_CHECK, State.IN_REVIEW)
#: must before should before could
RANK = Case(When(priority=Priority.MUST, then=0), When(priority=Priority.SHOULD, then=1), default=2)
#: what it rests on, where that is one original source, which is not named
ONE_UNNAMED = [Warning.SINGLE_ORIGIN.value, Warning.ONLY_UNNAMED_ORIGINS.value]
PRINTABLE = (ClearanceValue.INFORM_ONLY, ClearanceValue.CLEAR_WITH_ATTRIBUTION, ClearanceValue.CLEAR)


class ClaimQuerySet(Searched["Claim"]):
    config: ClassVar[str] = "english"

    def awaiting_review(self) -> "ClaimQuerySet":
        """What lies with a second person, longest waiting first."""
        return self.filter(state=State.IN_REVIEW).order_by("updated_at", "id")


@remembered(exclude=["revised_in", "changed_in", "updated_at"])
class Claim(Record):
    """One checkable proposition, in the desk's own neutral words.

    ``version`` rises with any change of the claim or its parts, ``revision`` only with a change of substance
    (DOMAIN.md §1), once a transaction. ``verdict``, ``flags``, ``clearance``, ``independent_origins`` and
    ``warnings`` are worked out by the database from assessments, clearances and attributions and are written by
    nothing else; ``state`` moves along ``claims.transitions``.
    """

    key = models.CharField(max_length=401, unique=True, null=True, blank=True)
    statement = models.CharField(max_length=2000)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    topics = ArrayField(models.CharField(max_length=100), default=list, blank=True, db_default=[])
    place = models.CharField(max_length=500, blank=True, default="", db_default="")
    about_from = models.DateField(null=True, blank=True, help_text="The first day that the claim is about.")
    about_until = models.DateField(null=True, blank=True, help_text="The last day, inclusive.")
    priority = models.CharField(
        max_length=6, choices=Priority.choices, default=Priority.SHOULD, db_default=Priority.SHOULD.value
    )
    assignee = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="assigned")
    created_by = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="claims_made")

    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW, db_default=State.NEW.value)
    closed_because = models.CharField(max_length=13, choices=ClosedBecause.choices, null=True, blank=True)
    duplicate_of = models.ForeignKey("self", PROTECT, null=True, blank=True, related_name="duplicates")
    look_again = models.BooleanField(default=False, db_default=False)

    revision = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    verdict = models.CharField(max_length=17, choices=Verdict.choices, null=True, editable=False)
    last_verdict = models.CharField(max_length=17, choices=Verdict.choices, null=True, editable=False)
    flags = ArrayField(models.CharField(max_length=19), default=list, db_default=[], editable=False)
    clearance = models.CharField(
        max_length=22,
        choices=ClearanceValue.choices,
        default=ClearanceValue.NOT_CLEARED,
        db_default=ClearanceValue.NOT_CLEARED.value,
        editable=False,
    )
    independent_origins = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    warnings = ArrayField(models.CharField(max_length=20), default=list, db_default=[], editable=False)
    source_changed = models.BooleanField(default=False, db_default=False)
    revised_in = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)
    changed_in = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    search = words_of("english", statement="A", topics="B", place="B")

    objects = SearchedManager.from_queryset(ClaimQuerySet)()

    kept_columns = (
        *Record.kept_columns,
        "revision",
        "verdict",
        "last_verdict",
        "flags",
        "clearance",
        "independent_origins",
        "warnings",
        "revised_in",
        "changed_in",
    )

    class Meta:
        constraints = [
            not_blank("claim_says_something", "statement"),
            one_of("claim_kind_is_known", "kind", Kind),
            one_of("claim_priority_is_known", "priority", Priority),
            one_of("claim_state_is_known", "state", State),
            one_of("claim_closed_because_is_known", "closed_because", ClosedBecause, null=True),
            one_of("claim_verdict_is_known", "verdict", Verdict, null=True),
            one_of("claim_last_verdict_is_known", "last_verdict", Verdict, null=True),
            one_of("claim_clearance_is_known", "clearance", ClearanceValue),
            all_of("claim_flags_are_known", "flags", Flag),
            all_of("claim_warnings_are_known", "warnings", Warning),
            models.CheckConstraint(
                name="claim_days_are_in_order",
                condition=Q(about_from__isnull=True)
                | Q(about_until__isnull=True)
                | Q(about_from__lte=F("about_until")),
                violation_error_message=_("The last day that the claim is about lies before the first."),
            ),
            models.CheckConstraint(
                name="claim_closed_for_a_reason",
                condition=Q(state=State.CLOSED, closed_because__isnull=False)
                | (~Q(state=State.CLOSED) & Q(closed_because__isnull=True)),
                violation_error_message=_(
                    "A closed claim says why it was closed; an open one is not closed for a reason."
                ),
            ),
            models.CheckConstraint(
                name="claim_duplicates_another",
                condition=Q(duplicate_of__isnull=True)
                | (Q(closed_because__isnull=False, closed_because=ClosedBecause.DUPLICATE) & ~Q(duplicate_of=F("id"))),
                violation_error_message=_("Only a claim closed as a duplicate points at another."),
            ),
            models.CheckConstraint(
                name="claim_verdict_needs_sign_off",
                condition=Q(verdict__isnull=True) | Q(state__in=[State.SIGNED_OFF, State.CLOSED]),
            ),
            models.CheckConstraint(
                name="claim_clearance_needs_sign_off",
                condition=~Q(clearance__in=PRINTABLE) | Q(state=State.SIGNED_OFF),
                violation_error_message=_("Only an initialled claim can be cleared."),
            ),
        ]
        indexes = [
            models.Index(name="claim_by_update", fields=["-updated_at", "-id"]),
            models.Index("assignee", RANK, "id", name="claim_with_by_rank", condition=Q(state__in=OPEN)),
            GinIndex(name="claim_by_topic", fields=["topics"]),
            GinIndex(name="claim_by_words", fields=["search"]),
            models.Index(Upper("place"), name="claim_by_place"),
            models.Index(name="claim_by_state", fields=["state", "-updated_at", "-id"]),
            models.Index(
                name="claim_by_verdict", fields=["verdict", "-updated_at", "-id"], condition=Q(verdict__isnull=False)
            ),
            models.Index(RANK, "id", name="claim_by_rank", condition=Q(state__in=OPEN)),
            models.Index(RANK, "id", name="claim_to_sign", condition=Q(state=State.IN_REVIEW)),
            models.Index(name="claim_on_legal_hold", fields=["-id"], condition=Q(clearance=ClearanceValue.LEGAL_HOLD)),
            GinIndex(name="claim_by_warning", fields=["warnings"]),
            models.Index(
                name="claim_on_one_unnamed", fields=["state", "assignee"], condition=Q(warnings__contains=ONE_UNNAMED)
            ),
        ]
        triggers = [
            claim_arrives_as_new,
            claim_revises,
            claim_moves,
            claim_repeats_the_first,
            claim_origins_follow_kind,
            assignee_is_told,
        ]

    def __str__(self) -> str:
        return self.statement
