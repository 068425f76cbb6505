"""The people of the desk, what they may do, and the tokens that act for them."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from knox.models import AbstractAuthToken

from factdesk.people.roles import RIGHTS, SCOPES, Role
from factdesk.records import remembered


@remembered(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who works with the desk. One person, one account; a decision is a person's, never a program's."""

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.READER)

    #: a person's number is what decisions are signed with
    kept_columns = ("id",)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(name="user_role_is_known", condition=Q(role__in=Role.values)),
        ]

    def may(self, right: str) -> bool:
        """Whether this person's role includes ``right`` (a word of ``roles.RIGHTS``)."""
        return self.is_active and right in RIGHTS[self.role]


@remembered(exclude=["last_used_at"])
class Token(AbstractAuthToken):
    """A program's key to the API: shown once, kept as a digest, bound to one person.

    What it may do is its scopes' rights that its person has too.
    """

    name = models.CharField(max_length=100, help_text="The program that uses it.")
    scopes = ArrayField(models.CharField(max_length=10), default=list)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="token_scopes_are_known", condition=Q(scopes__contained_by=sorted(SCOPES))),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"

    def may(self, right: str) -> bool:
        """Whether a scope of this token lets ``right`` through and its person has it."""
        return self.user.may(right) and any(right in SCOPES[scope] for scope in self.scopes)


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

    class Meta:
        constraints = [
            models.CheckConstraint(name="invitation_role_is_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(name="invitation_ends_after_it_begins", condition=Q(expires_at__gt=F("created_at"))),
            models.CheckConstraint(
                name="invitation_is_accepted_by_somebody",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"
