"""Who is asking, and what they may: a program by its token, a person by their session; anonymous is nothing.

Rights are the words of ``factdesk.people.roles``. A view names the right that each of its actions needs; an action
that names none is closed to everybody.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from factdesk.errors import NotAllowed
from factdesk.people.models import Token, User
from factdesk.rest import limits

if TYPE_CHECKING:  # DRF's views import this module, by its settings
    from rest_framework.views import APIView

#: ``last_used_at`` is written again after this long, so that reading stays reading.
NOTED_EVERY = timedelta(minutes=1)


class BearerToken(TokenAuthentication):
    """Knox's tokens, looked up by their digest. Unlike knox's own class it deletes nothing on the way."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, Token]:
        """The person and the token behind ``Authorization: Bearer <token>``, or AuthenticationFailed with why.

        TooManyRequests where the token has had what it may have this minute.
        """
        digest = hash_token(token.decode("latin-1"))
        found = next(iter(Token.objects.select_related("user").filter(digest=digest)), None)  # unique: no order needed
        now = timezone.now()
        if found is None:
            raise AuthenticationFailed("The token is not known here.", "token_unknown")
        if found.revoked_at is not None:
            raise AuthenticationFailed("The token has been revoked.", "token_revoked")
        if found.expiry is not None and found.expiry <= now:
            raise AuthenticationFailed("The token has expired.", "token_expired")
        if not found.user.is_active:
            raise AuthenticationFailed("The token's person has left the desk.", "user_inactive")
        limits.spend(found.digest)
        if found.last_used_at is None or found.last_used_at <= now - NOTED_EVERY:
            _note(found, now)
        found.user.let_through = found.lets_through  # whatever is done in their name, by any function of the desk
        return found.user, found


def _note(token: Token, now: datetime) -> None:
    """Write down its use; where another request does so this moment, that is enough: nobody waits for it."""
    with transaction.atomic():
        free = Token.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=token.pk)
        Token.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(last_used_at=now)


def asker(request: Request) -> Token | User:
    """Whoever asks: by token what its scopes and its person's role both hold counts, by session the role."""
    who: object = request.auth or request.user
    if not isinstance(who, Token | User):
        raise NotAuthenticated
    return who


class HasRight(BasePermission):
    """Lets through whoever has the right that ``view.rights`` names for the action (or method) at hand.

    Where it names several, any of them opens the door; the function of the desk behind it asks for the one it takes.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True, False for nobody in particular (401), or NotAllowed naming the right (403)."""
        if not (request.user and request.user.is_authenticated):
            return False
        action = asked(request, view)
        if action is None:
            return True  # nothing here answers the method: 405 follows
        named: str | tuple[str, ...] = getattr(view, "rights", {}).get(action, ())
        rights = (named,) if isinstance(named, str) else named
        who = asker(request)
        if not any(who.may(right) for right in rights):
            told = " or ".join(f"'{right}'" for right in rights)
            raise NotAllowed(f"This needs the right {told}." if told else "Nobody may do this here.")
        return True


def asked(request: Request, view: "APIView") -> str | None:
    """The view's name for what is asked: a viewset's action, another view's method; None where it has none."""
    method = (request.method or "").lower()
    if method == "options":
        return None
    if hasattr(view, "action_map"):
        return getattr(view, "action", None)
    method = "get" if method == "head" else method
    return method if hasattr(view, method) else None
