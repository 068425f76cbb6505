"""What bears on a claim, and what reviewers remark on it."""

import pgtrigger
from django.db import models
from django.db.models import PROTECT, F, Q

from claims.models.parts import part_of_substance, part_of_version, stands_in_its_document
from claims.models.telling import mention_is_told
from claims.vocabularies import AnnotationKind, AskedOf, Bearing, CallOutcome, Directness, How
from factdesk.constraints import after_all, bounded, not_blank, one_of, together
from factdesk.records import Record, Withdrawable, remembered, withdrawn_with_reason
from factdesk.visibility import Visible, in_restricted

#: New backing that does not refute leaves a finding standing, but somebody should look (rule 7).
asks_to_look_again = after_all(
    "asks_to_look_again",
    pgtrigger.Insert,
    """
    UPDATE claims_claim SET look_again = true
    WHERE id IN (SELECT claim_id FROM new_rows WHERE stance <> 'refutes')
    AND state IN ('in_review', 'signed_off') AND NOT look_again;
    RETURN NULL;
    """,
)


@remembered(exclude=["updated_at"])
class Evidence(Record, Withdrawable):
    """A document or passage that bears on a claim, or a call, a mail, a calculation, a look for oneself.

    Somebody else's fact-check is evidence and never our verdict. ``credibility`` is the Admiralty code's number
    (1 confirmed ... 6 cannot be judged), optional.
    """

    claim = models.ForeignKey("claims.Claim", PROTECT, related_name="evidence")
    document = models.ForeignKey("sources.Document", PROTECT, null=True, blank=True, related_name="evidence")
    passage = models.ForeignKey("sources.Passage", PROTECT, null=True, blank=True, related_name="evidence")
    stance = models.CharField(max_length=8, choices=Bearing.choices)
    directness = models.CharField(max_length=9, choices=Directness.choices, null=True, blank=True)
    how = models.CharField(max_length=12, choices=How.choices, default=How.DOCUMENT, db_default=How.DOCUMENT.value)
    spoken_to = models.ForeignKey("sources.Source", PROTECT, null=True, blank=True, related_name="calls")
    spoken_at = models.DateTimeField(null=True, blank=True)
    read_back = models.TextField(max_length=10_000, blank=True, default="", db_default="")
    outcome = models.CharField(max_length=13, choices=CallOutcome.choices, null=True, blank=True)
    credibility = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(max_length=10_000, blank=True, default="", db_default="")

    objects = Visible.as_manager()

    kept_columns = (*Record.kept_columns, "claim_id")

    class Meta(Record.Meta):
        verbose_name_plural = "evidence"
        constraints = [
            one_of("evidence_stance_is_known", "stance", Bearing),
            one_of("evidence_directness_is_known", "directness", Directness, null=True),
            one_of("evidence_how_is_known", "how", How),
            one_of("evidence_outcome_is_known", "outcome", CallOutcome, null=True),
            models.CheckConstraint(
                name="evidence_credibility_is_1_to_6",
                condition=Q(credibility__isnull=True) | Q(credibility__range=(1, 6)),
            ),
            models.CheckConstraint(
                name="evidence_document_is_given",
                condition=~Q(how=How.DOCUMENT) | Q(document__isnull=False),
                violation_error_message="Backing from a document names the document.",
            ),
            models.CheckConstraint(
                name="evidence_passage_has_a_document", condition=Q(passage__isnull=True) | Q(document__isnull=False)
            ),
            bounded("evidence_is_bounded", read_back=10_000, note=10_000),
            withdrawn_with_reason("evidence"),
        ]
        triggers = [
            *Record.Meta.triggers,
            asks_to_look_again,
            *stands_in_its_document("evidence"),
            *part_of_substance("evidence", only="r.stance = 'refutes'", also="PERFORM claims_hold_embargoed(touched);"),
        ]

    def __str__(self) -> str:
        return f"{self.stance} by {self.how}"


class AnnotationQuerySet(Visible["Annotation"]):
    restricted = in_restricted("passage__snapshot__document", claim__isnull=True)


@remembered(exclude=["updated_at"])
class Annotation(Record, Withdrawable):
    """A reviewer's remark on a claim, a passage, or both (W3C Web Annotation: body and target).

    A question may say whom one waits for, and until when: so is a line parked.
    """

    claim = models.ForeignKey("claims.Claim", PROTECT, null=True, blank=True, related_name="annotations")
    passage = models.ForeignKey("sources.Passage", PROTECT, null=True, blank=True, related_name="annotations")
    kind = models.CharField(max_length=10, choices=AnnotationKind.choices)
    asked_of = models.CharField(max_length=6, choices=AskedOf.choices, null=True, blank=True)
    whom = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="Whom one waits for.")
    until = models.DateTimeField(null=True, blank=True, help_text="Until when one waits.")
    body = models.TextField(max_length=10_000)
    answers = models.ForeignKey("self", PROTECT, null=True, blank=True, related_name="answered_by")
    by = models.ForeignKey("people.User", PROTECT, related_name="annotations")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="annotations_resolved")

    objects = AnnotationQuerySet.as_manager()

    kept_columns = (*Record.kept_columns, "claim_id")

    class Meta(Record.Meta):
        constraints = [
            one_of("annotation_kind_is_known", "kind", AnnotationKind),
            one_of("annotation_asked_of_is_known", "asked_of", AskedOf, null=True),
            not_blank("annotation_says_something", "body"),
            bounded("annotation_is_bounded", body=10_000),
            models.CheckConstraint(
                name="annotation_is_on_something",
                condition=Q(claim__isnull=False) | Q(passage__isnull=False),
                violation_error_message="A remark is on a claim, on marked words, or on both.",
            ),
            models.CheckConstraint(
                name="annotation_only_questions_are_asked",
                condition=Q(asked_of__isnull=True) | Q(kind=AnnotationKind.QUESTION),
            ),
            models.CheckConstraint(
                name="annotation_only_questions_wait",
                condition=Q(whom="", until__isnull=True) | Q(kind=AnnotationKind.QUESTION),
                violation_error_message="Only a question waits for somebody.",
            ),
            models.CheckConstraint(
                name="annotation_does_not_answer_itself", condition=Q(answers__isnull=True) | ~Q(answers=F("id"))
            ),
            together("annotation_resolved_by_somebody", "resolved_at", "resolved_by"),
            withdrawn_with_reason("annotation"),
        ]
        indexes = [
            models.Index(
                name="annotation_waits",
                fields=["until"],
                condition=Q(kind=AnnotationKind.QUESTION, resolved_at__isnull=True, withdrawn_at__isnull=True),
            )
        ]
        triggers = [*Record.Meta.triggers, *part_of_version("annotation"), mention_is_told]

    def __str__(self) -> str:
        return self.body
