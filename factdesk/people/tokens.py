"""Tokens: a program's key to the API. A chief makes one for a person; it is told once, and can be revoked at once."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from factdesk.context import acting
from factdesk.errors import DomainError, NotAllowed
from factdesk.people import tasks
from factdesk.people.models import Token, User
from factdesk.people.roles import RIGHTS, SCOPES

LONGEST = timedelta(days=366)


class BadToken(DomainError):
    """A token cannot be made like this."""

    code = "bad_token"
    status = 400


def make(*, person_id: int, name: str, scopes: list[str], expires_at: datetime, by: User) -> tuple[Token, str]:
    """A token for a program that acts for a person: the row, and the token itself, which is told this one time.

    ``scopes`` are words of ``roles.SCOPES``, ``expires_at`` lies within a year. NotAllowed where ``by`` may not make
    tokens, or the token could do what ``by`` may not; BadToken for the rest.
    """
    if not by.may("tokens"):
        raise NotAllowed(_("Only a chief makes tokens."), right="tokens")
    now = timezone.now()
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise BadToken(_("Choose at least one scope."), scopes=scopes)
    if not now < expires_at <= now + LONGEST:
        raise BadToken(_("A token ends within a year from today."), expires_at=expires_at)
    with acting(by=by, way="admin", why=f"makes a token for {name}"):
        person = User.objects.select_for_update().get(pk=person_id)
        if not person.is_active:
            raise BadToken(_("This person has left the desk."), person=person_id)
        beyond = (frozenset().union(*(SCOPES[scope] for scope in scopes)) & RIGHTS[person.role]) - RIGHTS[by.role]
        if beyond:
            raise NotAllowed(
                _("This token could do what you may not: %s.") % ", ".join(sorted(beyond)), rights=sorted(beyond)
            )
        token, secret = Token.objects.create(  # type: ignore[no-untyped-call]
            user=person, name=name, scopes=sorted(set(scopes)), expiry=expires_at - now
        )
        if person != by:
            tasks.tell.defer(person=person.pk, what="token_made")
    return token, secret


def revoke(*, token_id: str, by: User) -> Token:
    """End a token now. One that is revoked stays so. NotAllowed where ``by`` may not."""
    if not by.may("tokens"):
        raise NotAllowed(_("Only a chief revokes tokens."), right="tokens")
    with acting(by=by, way="admin", why="revokes the token"):
        token: Token = Token.objects.select_for_update().get(pk=token_id)
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
    return token
