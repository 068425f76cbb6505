"""Anyone or anything that says things, and what ties one to another."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import PROTECT, Case, ExpressionWrapper, F, GeneratedField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from factdesk.constraints import after_each, not_blank, one_of, together
from factdesk.records import CurrentTransaction, Entry, Record, Withdrawable, remembered, withdrawn_with_reason
from factdesk.search import Searched, SearchedManager, words_of
from factdesk.visibility import Visible
from sources.models import secrecy


class SourceKind(models.TextChoices):
    PERSON = "person", _("Person")
    ORGANIZATION = "organization", _("Organization")
    OUTLET = "outlet", _("Outlet")
    GROUP = "group", _("Group")


class Identity(models.TextChoices):
    NAMED = "named", _("Named")
    UNNAMED = "unnamed", _("Unnamed")
    UNSTATED = "unstated", _("Unstated")
    PROTECTED = "protected", _("Protected")


class Reliability(models.TextChoices):
    """How reliable a source has been: the Admiralty code's letter (NATO AJP-2.1)."""

    A = "A", _("A: completely reliable")
    B = "B", _("B: usually reliable")
    C = "C", _("C: fairly reliable")
    D = "D", _("D: not usually reliable")
    E = "E", _("E: unreliable")
    F = "F", _("F: cannot be judged")


@remembered()
class Source(Record):
    """A person, organization, outlet or group.

    Duplicates are merged by pointing them at one root (``merged_into``). A root is not merged itself: the database
    holds that with a foreign key to ``(id, is_root)``, so there are no chains of merges to follow and no circles.
    What the desk does not know of (``unstated``) is neither merged nor merged into. A protected source is merged with
    protected ones only, or the other would tell who it is: a foreign key to ``(id, is_protected)`` holds that.
    """

    key = models.CharField(max_length=200, unique=True, null=True, blank=True)
    kind = models.CharField(max_length=12, choices=SourceKind.choices)
    name = models.CharField(max_length=500, help_text="For a protected source: a code name or public description.")
    description = models.CharField(max_length=2000, blank=True, default="", db_default="")
    aliases = ArrayField(models.CharField(max_length=500), default=list, blank=True, db_default=[])
    identity = models.CharField(
        max_length=9, choices=Identity.choices, default=Identity.NAMED, db_default=Identity.NAMED.value
    )
    headcount = models.PositiveIntegerField(null=True, blank=True, help_text="How many a group is, if stated.")
    owner = models.ForeignKey("self", PROTECT, null=True, blank=True, related_name="owned")
    reliability = models.CharField(max_length=1, choices=Reliability.choices, null=True, blank=True)
    reliability_on = models.DateField(null=True, blank=True, help_text="The day that the grade is from.")
    merged_into = models.ForeignKey("self", PROTECT, null=True, blank=True, related_name="merged")
    is_root = GeneratedField(
        expression=ExpressionWrapper(
            Q(merged_into__isnull=True) & ~Q(identity=Identity.UNSTATED.value), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    merged_into_root = GeneratedField(
        expression=Case(When(merged_into__isnull=False, then=Value(True))),
        output_field=models.BooleanField(null=True),
        db_persist=True,
    )
    is_protected = GeneratedField(
        expression=ExpressionWrapper(Q(identity=Identity.PROTECTED.value), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    merged_into_protected = GeneratedField(
        expression=Case(
            When(
                merged_into__isnull=False,
                then=ExpressionWrapper(Q(identity=Identity.PROTECTED.value), output_field=models.BooleanField()),
            )
        ),
        output_field=models.BooleanField(null=True),
        db_persist=True,
    )
    search = words_of("simple", name="A", aliases="A", description="B")

    objects = SearchedManager.from_queryset(Searched)()

    class Meta(Record.Meta):
        constraints = [
            not_blank("source_has_a_name", "name"),
            one_of("source_kind_is_known", "kind", SourceKind),
            one_of("source_identity_is_known", "identity", Identity),
            one_of("source_reliability_is_known", "reliability", Reliability, null=True),
            together("source_grade_is_dated", "reliability", "reliability_on"),
            models.CheckConstraint(
                name="source_headcount_is_a_groups",
                condition=Q(headcount__isnull=True) | Q(kind=SourceKind.GROUP),
                violation_error_message="Only a group has a headcount.",
            ),
            models.CheckConstraint(
                name="source_does_not_own_itself", condition=Q(owner__isnull=True) | ~Q(owner=F("id"))
            ),
            models.CheckConstraint(
                name="source_unstated_is_never_merged",
                condition=Q(merged_into__isnull=True) | ~Q(identity=Identity.UNSTATED),
                violation_error_message="A source that nobody stated cannot be merged: it is not known to be anyone.",
            ),
            models.UniqueConstraint(name="source_root", fields=["id", "is_root"]),
            models.UniqueConstraint(name="source_protection", fields=["id", "is_protected"]),
        ]
        triggers = [
            *Record.Meta.triggers,
            after_each(
                "forgets_its_name",
                pgtrigger.Update,
                secrecy.FORGET,
                declare=secrecy.FORGET_DECLARES,
                condition=pgtrigger.Q(new__identity="protected") & ~pgtrigger.Q(old__identity="protected"),
            ),
        ]
        indexes = [
            GinIndex(name="source_by_words", fields=["search"]),
            models.Index(name="source_by_update", fields=["-updated_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.name


@remembered()
class Affiliation(Record, Withdrawable):
    """A source belongs to another: in what role, since and until when (days, inclusive; unknown: NULL)."""

    source = models.ForeignKey("sources.Source", PROTECT, related_name="affiliations")
    organization = models.ForeignKey("sources.Source", PROTECT, related_name="members")
    role = models.CharField(max_length=500, blank=True, default="", db_default="")
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    objects = Visible.as_manager()

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(name="affiliation_is_to_another", condition=~Q(source=F("organization"))),
            models.CheckConstraint(
                name="affiliation_ends_after_it_begins",
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(since__lte=F("until")),
                violation_error_message="An affiliation cannot end before it begins.",
            ),
            withdrawn_with_reason("affiliation"),
        ]

    def __str__(self) -> str:
        return f"{self.source} at {self.organization}"


@remembered()
class ProtectedIdentity(Record, Withdrawable):
    """The terms under which a source is kept secret, who of the desk knows, who approved. Not the name.

    Terms in force are of a protected source, by a foreign key to ``(id, is_protected)``. Withdrawn, they take the
    ProtectedName with them; a source that is protected again gets the same row.
    """

    source = models.OneToOneField("sources.Source", PROTECT, related_name="protection")
    terms = models.CharField(max_length=2000, blank=True, default="", db_default="")
    approved_by = models.ForeignKey("people.User", PROTECT, related_name="protections_approved")
    in_force = GeneratedField(
        expression=Case(When(withdrawn_at__isnull=True, then=Value(True))),
        output_field=models.BooleanField(null=True),
        db_persist=True,
    )

    class Meta(Record.Meta):
        constraints = [withdrawn_with_reason("protectedidentity")]
        triggers = [
            *Record.Meta.triggers,
            after_each(
                "lets_its_name_go",
                pgtrigger.Update,
                """
                DELETE FROM sources_protectedname WHERE protection_id = NEW.id;
                RETURN NULL;
                """,
                condition=pgtrigger.Q(new__withdrawn_at__isnull=False, old__withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Protection of {self.source}"


@remembered()
class KnownTo(Record, Withdrawable):
    """Who of the desk knows who a protected source is."""

    protection = models.ForeignKey("sources.ProtectedIdentity", PROTECT, related_name="known_to")
    person = models.ForeignKey("people.User", PROTECT, related_name="protected_sources_known")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                name="knownto_once", fields=["protection", "person"], condition=Q(withdrawn_at__isnull=True)
            ),
            withdrawn_with_reason("knownto"),
        ]

    def __str__(self) -> str:
        return f"{self.person} knows"


class ProtectedName(models.Model):
    """The real name and contact of a protected source, where the operator has switched that on.

    The application's role may write a row and read none: the one way to read is the database function
    ``sources_reveal_identity``, for an IdentityDisclosure that was committed before. There is no history of it.

    What makes a row impossible is told by a trigger: what a CHECK says quotes the row. The trigger also works out
    ``sought`` and ``hint``, the patterns by which texts that hold one of the names are found. No column has a preset of
    the database's: Django would read it back.
    """

    write_only = True

    protection = models.OneToOneField("sources.ProtectedIdentity", PROTECT, primary_key=True, related_name="+")
    real_name = models.CharField(max_length=500)
    other_names = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    contact = models.CharField(max_length=2000, blank=True, default="")
    sought = ArrayField(models.TextField(), default=list, editable=False)
    hint = ArrayField(models.TextField(), default=list, editable=False)

    class Meta:
        triggers = [
            pgtrigger.Trigger(name="is_sought", when=pgtrigger.Before, operation=pgtrigger.Insert, func=secrecy.SEEK)
        ]

    def __str__(self) -> str:
        return "a protected name"


class IdentityDisclosure(Entry):
    """Somebody asked for a protected name: who, when, why. Written by ``sources_ask_identity``.

    The name is shown in a later transaction than ``asked_in``, so nobody reads it and rolls the log back.
    """

    written_by_database = True

    protection = models.ForeignKey("sources.ProtectedIdentity", PROTECT, related_name="disclosures")
    by = models.ForeignKey("people.User", PROTECT, related_name="disclosures_read")
    reason = models.CharField(max_length=1000)
    asked_in = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        constraints = [not_blank("identitydisclosure_has_a_reason", "reason")]

    def __str__(self) -> str:
        return f"{self.by} read {self.protection}"
