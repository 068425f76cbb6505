"""What people decided: findings, sign-offs, clearances, changes of state, requests, rulings. Never changed."""

from typing import Any

from django.db import connection
from django_filters.rest_framework import FilterSet

from claims import vocabularies as words
from claims.api import writing
from claims.models import Assessment, Clearance, ReplyRequest, Ruling, SignOff, Transition
from factdesk.rest.acts import Writes
from factdesk.rest.fields import Parts, Worked
from factdesk.rest.filters import TEXT, AnyOf, word_of
from factdesk.rest.shown import Shown
from sources.api.filters import by_id, created_after


def _is_effective(assessment: Assessment) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT claims_effective_assessment(%s)", [assessment.claim_id])
        found: tuple[Any, ...] = cursor.fetchone() or (None,)
    return bool(found[0] == assessment.pk)


class AssessmentSerializer(Shown[Assessment]):
    """A proposed verdict on one revision of a claim."""

    effective = Worked(
        "coalesce(claims_effective_assessment({row}.claim_id) = {row}.id, false)",
        _is_effective,
        {"type": "boolean", "description": "Whether it counts: the newest on the present revision, and approved."},
    )
    sign_offs = Parts("claims.SignOff", "assessment")

    class Meta:
        model = Assessment
        fields = (
            *("id", "claim", "revision", "verdict", "flags", "rationale", "is_tick", "as_of", "review_by", "author"),
            *("approvals_needed", "effective", "created_at", "sign_offs"),
        )


class DecisionFilters(FilterSet):  # type: ignore[misc]
    """Filters that the lists of all decisions take; all that are given must hold."""

    created_after = created_after()


class AssessmentFilters(DecisionFilters):
    """Filters of ``/assessments/``."""

    claim = by_id("The id of its claim.")
    verdict = AnyOf(word_of(words.Verdict.values), "The verdict that is proposed.")
    author = by_id("The id of the person who proposes it.")


class AssessmentViewSet(Writes):
    """Assessments: proposed verdicts."""

    acts = writing.ASSESSMENT
    serializer_class = AssessmentSerializer
    filterset_class = AssessmentFilters


class SignOffSerializer(Shown[SignOff]):
    """Another editor's decision on an assessment."""

    class Meta:
        model = SignOff
        fields = ("id", "assessment", "author", "revision", "decision", "note", "by", "created_at")


class SignOffFilters(DecisionFilters):
    """Filters of ``/sign_offs/``."""

    claim = by_id("The id of the claim that was assessed.", field_name="assessment__claim")
    assessment = by_id("The id of the assessment.")
    decision = AnyOf(word_of(words.SignOffDecision.values), "Approved, or sent back.")
    by = by_id("The id of the person who decided.")


class SignOffViewSet(Writes):
    """Sign-offs: what second persons decided on assessments."""

    acts = writing.SIGN_OFF
    serializer_class = SignOffSerializer
    filterset_class = SignOffFilters


class ClearanceSerializer(Shown[Clearance]):
    """One decision on whether a claim may be printed; the newest counts."""

    class Meta:
        model = Clearance
        fields = "id claim revision value wording override_reason note automatic by created_at".split()


class ClearanceFilters(DecisionFilters):
    """Filters of ``/clearances/``."""

    claim = by_id("The id of its claim.")
    value = AnyOf(word_of(words.ClearanceValue.values), "What was decided.")
    by = by_id("The id of the person who decided.")


class ClearanceViewSet(Writes):
    """Clearances: may it be printed."""

    acts = writing.CLEARANCE
    serializer_class = ClearanceSerializer
    filterset_class = ClearanceFilters


class TransitionSerializer(Shown[Transition]):
    """One change of a claim's state. Written by the database."""

    class Meta:
        model = Transition
        fields = "id claim revision before after action reason by automatic created_at".split()


class ReplyRequestSerializer(Shown[ReplyRequest]):
    """One approach to somebody accused: what was put to them, how, until when."""

    class Meta:
        model = ReplyRequest
        fields = "id accusation put channel sent_at deadline by created_at".split()


class ReplyRequestFilters(DecisionFilters):
    """Filters of ``/reply_requests/``."""

    claim = by_id("The id of the claim that accuses.", field_name="accusation__claim")
    accusation = by_id("The id of the accusation.")


class ReplyRequestViewSet(Writes):
    """Reply requests: what was put to whom, and until when."""

    acts = writing.REPLY_REQUEST
    serializer_class = ReplyRequestSerializer
    filterset_class = ReplyRequestFilters


class RulingSerializer(Shown[Ruling]):
    """An editor's decision on something that the record worked out. It lapses when `key` changes."""

    class Meta:
        model = Ruling
        fields = "id about claim first second sentence key decision reason by created_at".split()


class RulingFilters(DecisionFilters):
    """Filters of ``/rulings/``."""

    claim = by_id("The id of its claim.")
    document = by_id("The id of the document of its sentence.", field_name="sentence__snapshot__document")
    about = AnyOf(word_of(words.RulingAbout.values), "What it is about.")
    decision = AnyOf(TEXT, "What was decided, spelt so.")


class RulingViewSet(Writes):
    """Rulings: what editors decided on what the record worked out."""

    acts = writing.RULING
    serializer_class = RulingSerializer
    filterset_class = RulingFilters
