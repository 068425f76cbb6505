"""Invitations: the only way to an account. A chief asks, one person accepts, once.

The link's secret is told when the invitation is made, and then nowhere: the database has its digest alone. Whoever
accepts locks the invitation first, so of two browsers with the same link the second finds it used.
"""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from factdesk.context import acting, declare
from factdesk.errors import DomainError, NotAllowed
from factdesk.people.models import Invitation, User
from factdesk.people.roles import GIVES
from factdesk.rest.refusals import explain

LASTS = timedelta(days=7)


class InvitationGone(DomainError):
    """The link leads to no invitation that is still open: unknown, used, revoked or too old."""

    code = "invitation_gone"
    status = 410


class AlreadyHere(DomainError):
    """Somebody has this e-mail address, or this user name, already."""

    code = "already_here"
    status = 409


def digest_of(secret: str) -> str:
    """What the database keeps of a link's secret: the SHA-256 of its UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_open(invitation: Invitation) -> bool:
    """Whether it can still be accepted."""
    used = invitation.accepted_at is not None or invitation.revoked_at is not None
    return not used and invitation.expires_at > timezone.now()


def opened_by(secret: str) -> Invitation:
    """The open invitation that a link's secret leads to, or InvitationGone."""
    found = Invitation.objects.select_related("invited_by").filter(digest=digest_of(secret)).first()
    if found is None or not is_open(found):
        raise InvitationGone(_("This invitation was used, taken back, or is too old. Ask for a new one."))
    return found


def invite(*, email: str, role: str, by: User) -> tuple[Invitation, str]:
    """Ask somebody in: the invitation, and the secret for its link, which is told this one time.

    NotAllowed where ``by`` may not invite or may not give ``role``; AlreadyHere where somebody has the address.
    Earlier open invitations to the same address are taken back.
    """
    if not by.may("invite") or role not in GIVES[by.role]:
        raise NotAllowed(_("Only a chief invites."), right="invite", role=role)
    email, secret, now = email.strip().lower(), secrets.token_urlsafe(32), timezone.now()
    with acting(by=by, way="admin", why=f"invites {email} as {role}"):
        if User.objects.filter(email=email).exists():
            raise AlreadyHere(_("Somebody at the desk has this e-mail address."), email=email)
        Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(revoked_at=now)
        made = Invitation.objects.create(
            email=email, role=role, invited_by=by, digest=digest_of(secret), expires_at=now + LASTS
        )
    return made, secret


def revoke(*, invitation_id: int, by: User) -> Invitation:
    """Take an invitation back; its link leads nowhere from now on. InvitationGone where it was used already."""
    if not by.may("invite"):
        raise NotAllowed(_("Only a chief takes invitations back."), right="invite")
    with acting(by=by, way="admin", why="takes the invitation back"):
        invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
        if invitation.accepted_at is not None:
            raise InvitationGone(_("It was accepted already."), invitation=invitation_id)
        if invitation.revoked_at is None:
            invitation.revoked_at = timezone.now()
            invitation.save(update_fields=["revoked_at"])
    return invitation


def accept(*, secret: str, username: str, first_name: str, last_name: str, password: str) -> User:
    """Make the account that an invitation is for.

    InvitationGone where it is no longer open; AlreadyHere where the user name or address is somebody's. ``password``
    is taken as it is: whether it is a good one is asked before.
    """
    keep = make_password(password)  # slow on purpose, and so before anything is locked
    with acting(way="invitation", why="accepts an invitation"):
        invitation = opened_by(secret)
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if not is_open(invitation):
            raise InvitationGone(_("This invitation was used, taken back, or is too old. Ask for a new one."))
        person = User(
            username=username,
            first_name=first_name,
            last_name=last_name,
            email=invitation.email,
            role=invitation.role,
            password=keep,
        )
        _add(person)
        declare(by=person, way="invitation", why="accepts an invitation")
        invitation.accepted_at, invitation.accepted_by = timezone.now(), person
        invitation.save(update_fields=["accepted_at", "accepted_by"])
    return person


def _add(person: User) -> None:
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        refused = explain(error)
        if refused is None or refused.status != AlreadyHere.status:
            raise
        if "email" in refused.code:
            raise AlreadyHere(_("Somebody at the desk has this e-mail address."), field="email") from error
        raise AlreadyHere(_("Somebody else has this user name."), field="username") from error
