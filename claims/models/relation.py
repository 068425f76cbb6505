"""Claim to claim; what an editor rules on what the record worked out; and what a dossier brought."""

import pgtrigger
from django.db import models
from django.db.models import PROTECT, F, Q

from claims.vocabularies import (
    CHECKABLE,
    FindingRuling,
    OriginRuling,
    RelationKind,
    RelationReason,
    RulingAbout,
    SentenceRuling,
)
from factdesk.constraints import after_all, one_of
from factdesk.records import Decision, Record, Withdrawable, remembered, withdrawn_with_reason
from factdesk.visibility import Visible, in_restricted

touches_both_claims = """
    PERFORM claims_touch((SELECT array_agg(DISTINCT id) FROM (
        SELECT claim_id AS id FROM new_rows UNION SELECT other_id FROM new_rows) AS either), false, 'relation');
    RETURN NULL;
"""


@remembered(exclude=["updated_at"])
class Relation(Record, Withdrawable):
    """How ``claim`` stands to ``other``: "claim repeats other"."""

    claim = models.ForeignKey("claims.Claim", PROTECT, related_name="relations")
    kind = models.CharField(max_length=12, choices=RelationKind.choices)
    other = models.ForeignKey("claims.Claim", PROTECT, related_name="related_from")
    reason = models.CharField(max_length=16, choices=RelationReason.choices, null=True, blank=True)
    note = models.CharField(max_length=2000, blank=True, default="", db_default="")
    resolution = models.CharField(max_length=2000, blank=True, default="", db_default="")

    objects = Visible.as_manager()

    kept_columns = (*Record.kept_columns, "claim_id", "other_id")

    class Meta(Record.Meta):
        constraints = [
            one_of("relation_kind_is_known", "kind", RelationKind),
            one_of("relation_reason_is_known", "reason", RelationReason, null=True),
            models.CheckConstraint(name="relation_is_to_another", condition=~Q(claim=F("other"))),
            models.UniqueConstraint(
                name="relation_once",
                fields=["claim", "kind", "other"],
                condition=Q(withdrawn_at__isnull=True),
            ),
            withdrawn_with_reason("relation"),
        ]
        triggers = [
            *Record.Meta.triggers,
            after_all("relation_is_added", pgtrigger.Insert, touches_both_claims),
            after_all("relation_is_changed", pgtrigger.Update, touches_both_claims),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.kind} {self.other_id}"


class RulingQuerySet(Visible["Ruling"]):
    restricted = in_restricted("sentence__snapshot__document")


class Ruling(Decision):
    """An editor's decision on something that the record worked out. It lapses when ``key`` changes.

    ``key`` is the digest of what was looked at. About ``origins``: two hops (``first``, ``second``), and whether they
    are ``independent`` or ``one_origin``. About a ``sentence``: why it needs no claim. About a ``finding``: whether
    both sides can stand, or one is a mistake; ``claim`` is one of those concerned.
    """

    about = models.CharField(max_length=8, choices=RulingAbout.choices)
    claim = models.ForeignKey("claims.Claim", PROTECT, null=True, blank=True, related_name="rulings")
    first = models.ForeignKey("claims.Attribution", PROTECT, null=True, blank=True, related_name="+")
    second = models.ForeignKey("claims.Attribution", PROTECT, null=True, blank=True, related_name="+")
    sentence = models.ForeignKey("sources.Sentence", PROTECT, null=True, blank=True, related_name="rulings")
    key = models.CharField(max_length=64)
    decision = models.CharField(max_length=30)
    reason = models.CharField(max_length=2000, blank=True, default="", db_default="")
    by = models.ForeignKey("people.User", PROTECT, related_name="rulings")

    objects = RulingQuerySet.as_manager()

    class Meta:
        constraints = [
            one_of("ruling_about_is_known", "about", RulingAbout),
            models.CheckConstraint(
                name="ruling_about_origins_names_two_hops",
                condition=~Q(about=RulingAbout.ORIGINS)
                | Q(
                    claim__isnull=False,
                    first__isnull=False,
                    second__isnull=False,
                    first__lt=F("second"),
                    decision__in=OriginRuling.values,
                ),
            ),
            models.CheckConstraint(
                name="ruling_about_a_sentence_names_it",
                condition=~Q(about=RulingAbout.SENTENCE)
                | Q(sentence__isnull=False, decision__in=[*SentenceRuling.values, CHECKABLE]),
            ),
            models.CheckConstraint(
                name="ruling_about_a_finding_names_a_claim",
                condition=~Q(about=RulingAbout.FINDING)
                | Q(claim__isnull=False, decision__in=FindingRuling.values, key__regex=r"^[0-9a-f]{64}$"),
                violation_error_message="A ruling about a finding names a claim, the finding's key and a decision.",
            ),
        ]
        indexes = [models.Index(name="ruling_newest", fields=["claim", "about", "-id"])]
        triggers = [
            *Decision.Meta.triggers,
            after_all(
                "ruling_is_made",
                pgtrigger.Insert,
                """
                PERFORM claims_touch((SELECT array_agg(DISTINCT claim_id) FROM new_rows WHERE claim_id IS NOT NULL),
                                     false, 'ruling');
                PERFORM claims_refresh_origins((SELECT array_agg(DISTINCT claim_id) FROM new_rows
                                                WHERE about = 'origins'));
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about}: {self.decision}"


class DossierRow(models.Model):
    """What a keyed row of a dossier looked like when it was imported.

    By ``digest`` (of the row as it then came out again) the next import tells what the desk has touched since, and
    leaves it alone. A source that becomes protected loses its marks (migration 0012): by the digest of a name one could
    ask whether it was she, and the key is often the name.
    """

    document = models.ForeignKey("sources.Document", PROTECT, related_name="dossier_rows")
    table = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    object_id = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    kept_columns = ("id",)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="dossierrow_once", fields=["document", "table", "key"]),
        ]
        indexes = [
            models.Index(
                name="dossierrow_of_shared",
                fields=["object_id"],
                condition=Q(table__in=["source", "affiliation", "document"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"
