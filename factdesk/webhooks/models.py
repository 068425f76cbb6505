"""Where the desk tells other programs that something changed, and what became of each telling."""

from typing import Any, Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from factdesk.constraints import all_of, bounded, not_blank, one_of, together
from factdesk.people.models import User
from factdesk.people.roles import Asker
from factdesk.places import LONGEST_URL, Trouble
from factdesk.records import Record, remembered
from factdesk.visibility import Visible
from factdesk.webhooks.resources import Resource


class SwitchedOff(models.TextChoices):
    """Why an endpoint is told nothing."""

    BY_HAND = "by_hand", _("switched off by hand")
    GONE = "gone", _("the receiver said that it is gone (410)")
    FAILING = "failing", _("nothing was taken for days")
    SECRET_LOST = "secret_lost", _("its secret cannot be read any more; make a new one")


class Endpoints(models.QuerySet["Endpoint"]):
    """Endpoints: each person's own, and for chiefs everybody's."""

    def visible_to(self, asker: Asker) -> Self:
        """Those that this person, or this token, may see."""
        if not asker.may("read"):
            return self.none()
        if asker.may("tokens"):
            return self
        if hasattr(asker, "held"):  # rights without a person: how records are shown that were chosen by one who has
            return self
        person = getattr(asker, "user", asker)
        return self.filter(person=person) if isinstance(person, User) else self.none()


@remembered(exclude=["secret", "old_secret"])
class Endpoint(Record):
    """An address of another program that is told when something changes, in one person's name.

    It hears of what that person may see at that moment, and of restricted material only where
    ``hears_restricted`` says so, too. ``resources``: of these, or, where it is empty, of all. The secrets are encrypted
    (``signing``) and in no history; for a day after a new one was made, ``old_secret`` signs as well.
    """

    person = models.ForeignKey("people.User", models.PROTECT, related_name="endpoints")
    address = models.CharField(
        max_length=LONGEST_URL, help_text="https, or http to a host that the operator has named."
    )
    description = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="What it is for.")
    resources = ArrayField(
        models.CharField(max_length=20, choices=Resource.choices),
        blank=True,
        default=list,
        db_default=[],
        help_text="Tell of these resources alone; empty: of all.",
    )
    hears_restricted = models.BooleanField(
        default=False, db_default=False, help_text="Tell of restricted material, too, as far as its person may see it."
    )
    secret = models.CharField(max_length=500)
    old_secret = models.CharField(max_length=500, blank=True, default="", db_default="")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=20, choices=SwitchedOff.choices, null=True, blank=True)

    objects = Endpoints.as_manager()

    #: whose it is does not change: it would hear what the other may see
    kept_columns = (*Record.kept_columns, "person_id")

    class Meta(Record.Meta):
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            not_blank("endpoint_has_an_address", "address"),
            not_blank("endpoint_has_a_secret", "secret"),
            all_of("endpoint_resources_are_known", "resources", Resource),
            one_of("endpoint_disabled_because_is_known", "disabled_because", SwitchedOff, null=True),
            together("endpoint_is_disabled_for_a_reason", "disabled_at", "disabled_because"),
            bounded("endpoint_is_bounded", address=LONGEST_URL, description=200),
        ]

    def __str__(self) -> str:
        return self.description or f"Webhook {self.pk}"

    @property
    def host(self) -> str:
        """Whom it tells. The rest of its address may hold a secret."""
        return str(urlsplit(self.address).hostname)


class State(models.TextChoices):
    """What has become of a delivery."""

    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")


class Fault(models.TextChoices):
    """Why an attempt brought nothing: what the door out says (``factdesk.outbound``), or one of these."""

    ANSWERED_OTHERWISE = "answered_otherwise", _("another answer than 2xx")
    INTERRUPTED = "interrupted", _("interrupted: the worker ended in the middle of it")
    NOT_SEEN = "not_seen", _("its person may not see it any more")
    SWITCHED_OFF = "switched_off", _("the webhook was switched off")


#: every word that says why something was not taken
FAULTS: list[tuple[str, Any]] = [*Fault.choices, *Trouble.choices]


def _is_a_fault(name: str, field: str) -> models.CheckConstraint:
    words = [word for word, _label in FAULTS]
    return models.CheckConstraint(name=name, condition=Q(**{f"{field}__in": words}) | Q(**{f"{field}__isnull": True}))


class Deliveries(Visible["Delivery"]):
    """Deliveries: of the endpoints that one sees."""

    def visible_to(self, asker: Asker) -> Self:
        """Those of the endpoints that this person, or this token, may see."""
        if asker.may("read") and (asker.may("tokens") or hasattr(asker, "held")):
            return self
        return self.filter(endpoint__in=Endpoint.objects.visible_to(asker))


class Delivery(models.Model):
    """One message to one endpoint: an object as it was after one transaction. Nothing of the record is in it.

    ``message`` is the message's id, the same at every attempt; ``happened_at`` its time. Without a ``resource`` it is a
    test. ``claim_id`` is the claim that the object belongs to, whose messages go out in their order. ``attempted``
    counts the attempts since it was last put in the queue, by the desk or by hand. ``fault`` is the last attempt's. It
    is forgotten after 30 days.
    """

    expires = True

    endpoint = models.ForeignKey("webhooks.Endpoint", models.CASCADE, related_name="deliveries")
    message = models.UUIDField(unique=True, editable=False)
    resource = models.CharField(max_length=20, choices=Resource.choices, null=True, blank=True)
    object_id = models.BigIntegerField(null=True, blank=True)
    claim_id = models.BigIntegerField(null=True, blank=True)
    number = models.IntegerField(null=True, blank=True, help_text="The object's version.")
    ticket_id = models.BigIntegerField(null=True, blank=True, help_text="The transaction that it tells of.")
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING, db_default=State.WAITING)
    fault = models.CharField(max_length=20, choices=FAULTS, null=True, blank=True)
    attempted = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = Deliveries.as_manager()

    #: what it says stays as it was
    kept_columns = (
        *("id", "endpoint_id", "message", "resource", "object_id", "claim_id", "number", "ticket_id", "happened_at"),
        "created_at",
    )

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            one_of("delivery_state_is_known", "state", State),
            one_of("delivery_resource_is_known", "resource", Resource, null=True),
            _is_a_fault("delivery_fault_is_known", "fault"),
            together("delivery_names_its_object", "resource", "object_id"),
            models.CheckConstraint(
                name="delivery_waits_for_a_time",
                condition=Q(state=State.WAITING, next_attempt_at__isnull=False)
                | (~Q(state=State.WAITING) & Q(next_attempt_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_that_failed_says_why", condition=~Q(state=State.FAILED) | Q(fault__isnull=False)
            ),
            models.CheckConstraint(
                name="delivery_is_delivered_at_a_time",
                condition=~Q(state=State.DELIVERED) | Q(delivered_at__isnull=False),
            ),
            # a fan-out that is done again after a kill adds nothing
            models.UniqueConstraint(
                name="delivery_once_for_a_change",
                fields=["endpoint", "ticket_id", "resource", "object_id"],
                condition=Q(ticket_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="delivery_waiting", fields=["endpoint", "id"], condition=Q(state="waiting")),
            models.Index(name="delivery_due", fields=["endpoint", "next_attempt_at"], condition=Q(state="waiting")),
            models.Index(
                name="delivery_waiting_of_a_claim",
                fields=["endpoint", "claim_id", "id"],
                condition=Q(state="waiting", claim_id__isnull=False),
            ),
            models.Index(
                name="delivery_waiting_of_an_object",
                fields=["endpoint", "resource", "object_id", "id"],
                condition=Q(state="waiting"),
            ),
            models.Index(name="delivery_failed", fields=["endpoint", "created_at"], condition=Q(state="failed")),
            models.Index(name="delivery_by_age", fields=["created_at"]),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """The id as it is sent."""
        return f"msg_{self.message.hex}"


class Attempt(models.Model):
    """One time that a delivery was sent, or was about to be: without ``seconds`` it is under way, or was broken off.

    Of what was answered, only the HTTP status is kept: what else a receiver says is nothing that the desk wants.
    """

    expires = True

    delivery = models.ForeignKey("webhooks.Delivery", models.CASCADE, related_name="attempts")
    begun_at = models.DateTimeField()
    seconds = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    answered = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The HTTP status.")
    fault = models.CharField(max_length=20, choices=FAULTS, null=True, blank=True)

    objects = Visible["Attempt"].as_manager()

    class Meta:
        constraints = [
            _is_a_fault("attempt_fault_is_known", "fault"),
            models.CheckConstraint(
                name="attempt_takes_its_time", condition=Q(seconds__isnull=True) | Q(seconds__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.begun_at}: {self.answered or self.fault}"


class Spell(models.Model):
    """A time in which an endpoint takes nothing: since when, how many attempts in a row came to nothing, and until when
    nothing is sent. There is a row as long as it lasts.
    """

    expires = True

    endpoint = models.OneToOneField("webhooks.Endpoint", models.CASCADE, primary_key=True, related_name="spell")
    since = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0, db_default=0)
    paused_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="spell_pauses_after_it_begins",
                condition=Q(paused_until__isnull=True) | Q(paused_until__gte=F("since")),
            )
        ]

    def __str__(self) -> str:
        return f"since {self.since}"
