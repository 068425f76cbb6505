"""Who had it from whom: a claim's way to the page, hop by hop."""

import pgtrigger
from django.db import models
from django.db.models import PROTECT, F, GeneratedField, Q
from django.db.models.functions import Coalesce, Now

from claims.models.parts import part_of_substance, stands_in_its_document
from claims.vocabularies import Basis, Certainty, Link, Manner, Said, Stance, Terms
from factdesk.constraints import one_of
from factdesk.records import Record, Withdrawable, remembered, withdrawn_with_reason
from factdesk.visibility import Visible

#: A chain has this many hops at the most; a circle would have more, and so is refused by the same check.
MOST_HOPS = 100

fills_relays_depth = pgtrigger.Trigger(
    name="fills_relays_depth",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("relays_id", "withdrawn_at"),
    func="""
    IF NEW.relays_id IS NULL THEN
        NEW.relays_depth := NULL;
    ELSIF TG_OP = 'INSERT' AND NEW.relays_depth IS NOT NULL THEN
        NULL;
    ELSIF TG_OP = 'INSERT' OR NEW.relays_id IS DISTINCT FROM OLD.relays_id
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL) THEN
        NEW.relays_depth := (SELECT depth FROM claims_attribution
                             WHERE id = NEW.relays_id AND claim_id = NEW.claim_id);
        NEW.relays_depth := coalesce(NEW.relays_depth, -1);
    END IF;
    RETURN NEW;
    """,
)


@remembered(exclude=["updated_at"])
class Attribution(Record, Withdrawable):
    """One hop: one speaker in one document. The hop that relays nothing is an origin.

    ``relays`` is the hop that this one was taken from; ``depth`` counts from the origin (0). A chain stays within one
    claim, has no circle and at most 100 hops: the database holds that with a foreign key to
    ``(claim_id, id, depth)`` that cascades, and a CHECK of the depth, without a recursive trigger. A withdrawn hop
    has no depth, so a hop that others still relay cannot be withdrawn.
    """

    claim = models.ForeignKey("claims.Claim", PROTECT, related_name="attributions", db_index=False)
    speaker = models.ForeignKey("sources.Source", PROTECT, related_name="attributions")
    document = models.ForeignKey("sources.Document", PROTECT, null=True, blank=True, related_name="attributions")
    passage = models.ForeignKey("sources.Passage", PROTECT, null=True, blank=True, related_name="attributions")
    relays = models.ForeignKey(
        "self", PROTECT, null=True, blank=True, related_name="relayed_by", db_constraint=False, db_index=False
    )
    relays_depth = models.SmallIntegerField(null=True, blank=True, editable=False)
    depth = GeneratedField(
        expression=models.Case(models.When(withdrawn_at__isnull=True, then=Coalesce(F("relays_depth"), -1) + 1)),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
    )
    stance = models.CharField(
        max_length=9, choices=Stance.choices, default=Stance.ASSERTS, db_default=Stance.ASSERTS.value
    )
    manner = models.CharField(
        max_length=10, choices=Manner.choices, default=Manner.PARAPHRASE, db_default=Manner.PARAPHRASE.value
    )
    certainty = models.CharField(
        max_length=9, choices=Certainty.choices, default=Certainty.FLAT, db_default=Certainty.FLAT.value
    )
    hedge = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="The words that hedge.")
    basis = models.CharField(
        max_length=16, choices=Basis.choices, default=Basis.NOT_STATED, db_default=Basis.NOT_STATED.value
    )
    link = models.CharField(max_length=16, choices=Link.choices, default=Link.IN_TEXT, db_default=Link.IN_TEXT.value)
    speaks_for = models.ForeignKey("sources.Source", PROTECT, null=True, blank=True, related_name="spoken_for")
    said_on = models.DateField(null=True, blank=True)
    terms = models.CharField(
        max_length=15, choices=Terms.choices, default=Terms.NOT_KNOWN, db_default=Terms.NOT_KNOWN.value
    )
    said = models.CharField(
        max_length=20, choices=Said.choices, default=Said.NOT_CHECKED, db_default=Said.NOT_CHECKED.value
    )
    note = models.CharField(max_length=2000, blank=True, default="", db_default="")

    objects = Visible.as_manager()

    kept_columns = (*Record.kept_columns, "claim_id", "relays_depth", "depth")

    class Meta(Record.Meta):
        constraints = [
            one_of("attribution_stance_is_known", "stance", Stance),
            one_of("attribution_manner_is_known", "manner", Manner),
            one_of("attribution_certainty_is_known", "certainty", Certainty),
            one_of("attribution_basis_is_known", "basis", Basis),
            one_of("attribution_link_is_known", "link", Link),
            one_of("attribution_terms_are_known", "terms", Terms),
            one_of("attribution_said_is_known", "said", Said),
            models.CheckConstraint(
                name="attribution_chain_ends",
                condition=Q(depth__isnull=True) | Q(depth__lt=MOST_HOPS),
                violation_error_message=f"A chain has no circle and at most {MOST_HOPS} hops.",
            ),
            models.CheckConstraint(
                name="attribution_relays_a_hop_that_counts",
                condition=Q(relays__isnull=True, relays_depth__isnull=True)
                | Q(relays__isnull=False, relays_depth__isnull=False)
                | Q(withdrawn_at__isnull=False),
                violation_error_message="A hop that others relay cannot be withdrawn before they are.",
            ),
            models.CheckConstraint(
                name="attribution_passage_has_a_document",
                condition=Q(passage__isnull=True) | Q(document__isnull=False),
            ),
            models.UniqueConstraint(name="attribution_place", fields=["claim", "id", "depth"]),
            withdrawn_with_reason("attribution"),
        ]
        indexes = [
            # Without the origins, which relay nothing: an index with them among thousands of others is what a planner
            # that knows nothing yet of the table asks for a claim's origins, and then an import takes ever longer.
            models.Index(name="attribution_relayed", fields=["relays"], condition=Q(relays__isnull=False)),
        ]
        triggers = [
            *Record.Meta.triggers,
            fills_relays_depth,
            *stands_in_its_document("attribution"),
            *part_of_substance("attribution", also="PERFORM claims_refresh_origins(touched);"),
        ]

    def __str__(self) -> str:
        return f"{self.speaker} {self.stance}"


class OriginsPending(models.Model):
    """A claim whose kept origins wait for the job: a change of a source touched more than a thousand at once, or
    somebody else held the claim at that moment.
    """

    written_by_database = True

    claim = models.OneToOneField("claims.Claim", PROTECT, primary_key=True, related_name="origins_pending")
    since = models.DateTimeField(db_default=Now())
    warns = models.BooleanField(db_default=False, help_text="Whether the claim is then marked source_changed.")

    class Meta:
        verbose_name_plural = "origins pending"

    def __str__(self) -> str:
        return f"claim {self.claim_id} since {self.since}"
