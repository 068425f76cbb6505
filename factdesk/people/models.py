"""The people of the desk, what they may do, and the tokens that act for them."""

from datetime import timedelta

import pgtrigger
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from factdesk.constraints import after_each, bounded, not_blank, refuse
from factdesk.people.roles import RIGHTS, SCOPES, Role
from factdesk.records import remembered


@remembered(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who works with the desk. One person, one account; a decision is a person's, never a program's."""

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.READER)

    #: a person's number is what decisions are signed with
    kept_columns = ("id",)

    class Meta(AbstractUser.Meta):
        verbose_name = _("person")  # type: ignore[assignment]
        verbose_name_plural = _("people")  # type: ignore[assignment]
        constraints = [
            models.CheckConstraint(name="user_role_is_known", condition=Q(role__in=Role.values)),
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_is_theirs_alone",
                violation_error_message=_("Somebody else has this user name."),
            ),
            models.UniqueConstraint(
                fields=["email"],
                condition=~Q(email=""),
                name="user_email_is_theirs_alone",
                violation_error_message=_("Somebody else has this e-mail address."),
            ),
            models.CheckConstraint(
                name="user_email_is_in_lower_case",  # it is looked up so
                condition=Q(email=Lower("email")),
                violation_error_message=_("Write the e-mail address in lower case."),
            ),
        ]
        triggers = [
            after_each(
                "keeps_a_chief",
                pgtrigger.Update,
                # Two chiefs who take each other's role at once wait for each other here: the second is refused.
                f"""
                PERFORM pg_advisory_xact_lock(hashtext('people_user_keeps_a_chief'));
                IF NOT EXISTS (SELECT FROM people_user WHERE role = 'chief' AND is_active) THEN
                    {refuse("user_keeps_a_chief", "The desk needs a chief: make somebody else one first.")}
                END IF;
                RETURN NULL;
                """,
                condition=pgtrigger.Q(old__role="chief", old__is_active=True)
                & (~pgtrigger.Q(new__role="chief") | pgtrigger.Q(new__is_active=False)),
            )
        ]

    #: where a token speaks for this person, the rights that its scopes let through; None: nobody but themselves does
    let_through: frozenset[str] | None = None

    @property
    def rights(self) -> frozenset[str]:
        """What this person's role includes; through a token, what its scopes let through of it."""
        held = RIGHTS[self.role]
        return held if self.let_through is None else held & self.let_through

    def may(self, right: str) -> bool:
        """Whether ``right`` (a word of ``roles.RIGHTS``) is among this person's, who is with the desk."""
        return self.is_active and right in self.rights

    @property
    def needs_second_factor(self) -> bool:
        """Whether this person's role may not be without a second factor (FACTDESK_MFA_REQUIRED)."""
        return self.role in settings.SECOND_FACTOR_ROLES


@remembered(exclude=["last_used_at"])
class Token(AbstractAuthToken):
    """A program's key to the API: shown once, kept as a digest, bound to one person.

    What it may do is its scopes' rights that its person has too.
    """

    name = models.CharField(max_length=100, help_text="The program that uses it.")
    scopes = ArrayField(models.CharField(max_length=10), default=list)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    #: a token does not go over to another person, and no other key becomes it
    kept_columns = ("digest", "token_key", "user_id", "created")

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = [
            models.CheckConstraint(name="token_scopes_are_known", condition=Q(scopes__contained_by=sorted(SCOPES))),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"

    def may(self, right: str) -> bool:
        """Whether a scope of this token lets ``right`` through and its person has it."""
        return self.user.may(right) and right in self.lets_through

    @property
    def lets_through(self) -> frozenset[str]:
        """The rights of its scopes."""
        return frozenset(right for scope in self.scopes for right in SCOPES[scope])


@remembered(exclude=["digest"])
class Invitation(models.Model):
    """A chief asks somebody in: there is no other way to an account."""

    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.READER)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret in the link.")
    invited_by = models.ForeignKey("people.User", models.PROTECT, related_name="invitations_sent")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.OneToOneField("people.User", models.PROTECT, null=True, blank=True, related_name="invitation")
    revoked_at = models.DateTimeField(null=True, blank=True)

    #: whom it is for, who asked, and with which secret
    kept_columns = ("id", "email", "digest", "invited_by_id", "created_at")

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(name="invitation_role_is_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(name="invitation_ends_after_it_begins", condition=Q(expires_at__gt=F("created_at"))),
            models.CheckConstraint(
                name="invitation_is_accepted_by_somebody",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_is_accepted_or_revoked",
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


@remembered(exclude=["data", "last_used_at"])
class SecondFactor(Authenticator):
    """Allauth's record of a person's second factor, so that history knows when it came and went; never its secret."""

    class Meta:
        proxy = True


class CacheEntry(models.Model):
    """The table of Django's database cache (settings.CACHES), which all web processes share. Its shape is Django's."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key


class RequestCount(models.Model):
    """How often a token has asked in the minute at hand (``factdesk.rest.limits``). The table is not logged."""

    digest = models.CharField(max_length=128, primary_key=True, help_text="The token's.")
    minute = models.BigIntegerField(help_text="Whole minutes since 1970.")
    requests = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.requests} in minute {self.minute}"


#: An answer to a request with an Idempotency-Key is kept as long as this, and no longer.
KEPT = timedelta(hours=24)


class KeptAnswer(models.Model):
    """What was answered to a request with an Idempotency-Key (``factdesk.rest.idempotency``), for a day.

    ``digest`` is of the key and of whose it is, ``asked`` of the request: method, address, body.
    """

    digest = models.CharField(max_length=64, unique=True)
    asked = models.CharField(max_length=64)
    answered = models.PositiveSmallIntegerField(help_text="The HTTP status.")
    headers = models.JSONField()
    body = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now(), editable=False, db_index=True)

    def __str__(self) -> str:
        return f"{self.answered} at {self.made_at}"


#: Characters of JSON that a draft may have, and as many again for what other windows left.
LONGEST_DRAFT = 1_000_000
LONGEST_ADDRESS = 8_000


class Draft(models.Model):
    """What a person has typed into a form and not sent, or what was refused. Theirs alone, and in no history.

    ``typed`` is JSON, field -> list of texts, as text: ``jsonb`` takes no NUL, and a draft keeps what was typed to the
    character. ``number`` rises with every save; ``earlier`` has what other windows on the same form had written when
    this one wrote over it, newest first: JSON, a list of ``{"at", "typed"}``.
    """

    person = models.ForeignKey("people.User", models.CASCADE, related_name="drafts")
    form = models.CharField(max_length=200, help_text='Which form, as in "claim:123:assess".')
    address = models.TextField(default="", db_default="", help_text="Where the form stands.")
    typed = models.TextField()
    earlier = models.TextField(default="[]", db_default="[]")
    number = models.PositiveIntegerField(default=1, db_default=1)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "form"], name="draft_once_a_form"),
            not_blank("draft_is_of_a_form", "form"),
            bounded("draft_is_bounded", typed=LONGEST_DRAFT, earlier=LONGEST_DRAFT, address=LONGEST_ADDRESS),
        ]
        indexes = [models.Index(fields=["updated_at"], name="draft_by_age")]

    def __str__(self) -> str:
        return f"a draft of {self.form}"
