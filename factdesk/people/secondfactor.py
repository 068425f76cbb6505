"""The second factor: whose role must have one, and that they do nothing else until they do.

``FACTDESK_MFA_REQUIRED`` names the roles. It is asked at every request, so that whoever becomes a chief at noon sets
one up at noon. A token is not concerned: it was made by a chief, for a program, which has no telephone.
"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from factdesk.people.models import User
from factdesk.rest import problems

#: the views that somebody needs to set up a second factor, or to leave
OPEN = frozenset({"mfa_activate_totp", "account_qr", "account_reauthenticate", "account_logout"})


def has(person: User) -> bool:
    """Whether the person has set one up. One query."""
    return bool(is_mfa_enabled(person, [Authenticator.Type.TOTP]))


class RequireSecondFactor:
    """Sends whoever must have a second factor and has none to where it is set up; to the API it says 403."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Before the view: an answer in its place, or None."""
        if not settings.SECOND_FACTOR_ROLES:  # and so the session is not asked for
            return None
        if not request.user.is_authenticated or not request.user.needs_second_factor:
            return None
        match = request.resolver_match
        if (match and match.view_name in OPEN) or has(request.user):
            return None
        if request.path.startswith("/api/"):
            return problems.problem(request, 403, "second_factor_required", "Sign in and set up a second factor first.")
        return redirect("mfa_activate_totp")
