"""Decisions: what one person proposes, another signs, a third clears; and every change of state."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import PROTECT, F, Q

from claims.models.guards import assessment_is_judged, clearance_is_judged, sign_off_is_judged
from claims.models.parts import part_of_version
from claims.models.telling import going_back_is_told
from claims.vocabularies import Action, ClearanceValue, Flag, SignOffDecision, State, Verdict
from factdesk.constraints import all_of, bounded, one_of
from factdesk.records import Decision, Entry
from factdesk.visibility import Visible


class Assessment(Decision):
    """A proposed verdict on one revision of a claim. A tick is the short form: accurate, without reasons."""

    claim = models.ForeignKey("claims.Claim", PROTECT, related_name="assessments", db_index=False)
    revision = models.PositiveIntegerField(help_text="The revision that its author saw.")
    verdict = models.CharField(max_length=17, choices=Verdict.choices)
    flags = ArrayField(models.CharField(max_length=19), default=list, blank=True, db_default=[])
    rationale = models.TextField(max_length=20_000, blank=True, default="", db_default="")
    is_tick = models.BooleanField(default=False, db_default=False)
    as_of = models.DateField(null=True, blank=True, help_text="The day that the verdict is about.")
    review_by = models.DateField(null=True, blank=True)
    author = models.ForeignKey("people.User", PROTECT, related_name="assessments")
    approvals_needed = models.PositiveSmallIntegerField(default=1, db_default=1)

    objects = Visible.as_manager()

    class Meta:
        constraints = [
            one_of("assessment_verdict_is_known", "verdict", Verdict),
            all_of("assessment_flags_are_known", "flags", Flag),
            models.CheckConstraint(
                name="assessment_gives_reasons",
                condition=Q(is_tick=True, verdict=Verdict.ACCURATE) | Q(is_tick=False, rationale__regex=r"\S"),
                violation_error_message="Give your reasons; only a tick (accurate) goes without.",
            ),
            bounded("assessment_is_bounded", rationale=20_000),
            models.CheckConstraint(name="assessment_needs_an_approval", condition=Q(approvals_needed__gte=1)),
            models.UniqueConstraint(name="assessment_author", fields=["id", "author"]),
        ]
        indexes = [
            models.Index(name="assessment_by_revision", fields=["claim", "revision", "-id"]),
            models.Index(name="assessment_by_review_day", fields=["review_by"], condition=Q(review_by__isnull=False)),
        ]
        triggers = [*Decision.Meta.triggers, assessment_is_judged, part_of_version("assessment")[0]]

    def __str__(self) -> str:
        return f"{self.verdict} on revision {self.revision}"


class SignOff(Decision):
    """Another editor's decision on an assessment: approve, or send back with a note. One per person.

    ``author`` repeats the assessment's author, held equal by a foreign key, so that a CHECK can hold: another person.
    """

    assessment = models.ForeignKey("claims.Assessment", PROTECT, related_name="sign_offs", db_index=False)
    author = models.ForeignKey("people.User", PROTECT, related_name="+", editable=False)
    revision = models.PositiveIntegerField(help_text="The revision that the editor saw.")
    decision = models.CharField(max_length=9, choices=SignOffDecision.choices)
    note = models.CharField(max_length=2000, blank=True, default="", db_default="")
    by = models.ForeignKey("people.User", PROTECT, related_name="sign_offs")

    objects = Visible.as_manager()

    class Meta:
        constraints = [
            one_of("signoff_decision_is_known", "decision", SignOffDecision),
            models.CheckConstraint(
                name="signoff_by_another_person",
                condition=~Q(by=F("author")),
                violation_error_message="Nobody signs off their own finding.",
            ),
            models.CheckConstraint(
                name="signoff_sent_back_with_a_note",
                condition=Q(decision=SignOffDecision.APPROVE) | Q(note__regex=r"\S"),
                violation_error_message="Say what has to be done.",
            ),
            models.UniqueConstraint(
                name="signoff_once_per_person",
                fields=["assessment", "by"],
                violation_error_message="You have decided on this finding already.",
            ),
        ]
        triggers = [*Decision.Meta.triggers, sign_off_is_judged]

    def __str__(self) -> str:
        return f"{self.decision} by {self.by}"


class Clearance(Decision):
    """One decision on whether a claim may be printed; the newest counts.

    ``automatic`` is the database's own: a clearance that fell to hold with the sign-off.
    """

    claim = models.ForeignKey("claims.Claim", PROTECT, related_name="clearances", db_index=False)
    revision = models.PositiveIntegerField(help_text="The revision that the editor saw.")
    value = models.CharField(max_length=22, choices=ClearanceValue.choices)
    wording = models.CharField(max_length=2000, blank=True, default="", db_default="", help_text="Required wording.")
    override_reason = models.CharField(max_length=2000, blank=True, default="", db_default="")
    note = models.CharField(max_length=2000, blank=True, default="", db_default="")
    automatic = models.BooleanField(default=False, db_default=False, editable=False)
    by = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="clearances")

    objects = Visible.as_manager()

    class Meta:
        constraints = [
            one_of("clearance_value_is_known", "value", ClearanceValue),
            models.CheckConstraint(
                name="clearance_is_somebodys",
                condition=Q(automatic=False, by__isnull=False)
                | Q(automatic=True, by__isnull=True, value=ClearanceValue.HOLD),
            ),
            models.CheckConstraint(
                name="clearance_override_has_a_reason",
                condition=Q(override_reason="") | Q(override_reason__regex=r"\S"),
                violation_error_message="Say why the right of reply is overridden.",
            ),
            models.CheckConstraint(
                name="clearance_with_attribution_has_wording",
                condition=~Q(value=ClearanceValue.CLEAR_WITH_ATTRIBUTION) | Q(wording__regex=r"\S"),
                violation_error_message="Give the wording that must be printed.",
            ),
        ]
        indexes = [models.Index(name="clearance_newest", fields=["claim", "-id"])]
        triggers = [*Decision.Meta.triggers, clearance_is_judged, part_of_version("clearance")[0]]

    def __str__(self) -> str:
        return self.value


class Transition(Entry):
    """One change of a claim's state. Written by the state's own trigger and by nothing else.

    ``automatic`` where the claim reopened by itself, because its substance changed after the sign-off (rule 7).
    """

    written_by_database = True

    claim = models.ForeignKey("claims.Claim", PROTECT, related_name="transitions", db_index=False)
    revision = models.PositiveIntegerField()
    before = models.CharField(max_length=10, choices=State.choices)
    after = models.CharField(max_length=10, choices=State.choices)
    action = models.CharField(max_length=9, choices=Action.choices)
    reason = models.CharField(max_length=3000, blank=True, default="", db_default="")
    by = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="transitions")
    automatic = models.BooleanField(default=False, db_default=False)

    objects = Visible.as_manager()

    class Meta:
        get_latest_by = "id"
        indexes = [
            models.Index(name="transition_by_claim", fields=["claim", "id"]),
            models.Index(name="transition_by_itself", fields=["-id"], condition=Q(automatic=True)),
        ]
        triggers = [going_back_is_told]

    def __str__(self) -> str:
        return f"{self.before} -{self.action}-> {self.after}"
