"""The account pages that are the desk's own: about oneself, the code to photograph, and accepting an invitation."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from factdesk.context import acting
from factdesk.people import invitations, secondfactor
from factdesk.people.forms import AcceptInvitation
from factdesk.people.who import signed_in


def by_themselves(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view of allauth's in which a person changes their own second factor: history then knows who it was."""

    @wraps(view)
    def recorded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        with acting(by=request.user, way="account"):
            return view(request, *args, **kwargs)

    return recorded


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Who one is here, and what one can do about it."""
    return render(request, "account/home.html", {"second_factor": secondfactor.has(signed_in(request))})


@require_safe
@login_required
def qr(request: HttpRequest) -> HttpResponse:
    """The secret that is being set up, as a picture for an authenticator app. An image of its own, since the page's
    policy allows no data: addresses."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = get_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(signed_in(request), secret))
    return HttpResponse(picture, content_type="image/svg+xml")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password1", "password2")
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept an invitation. Its secret is in the query, which our logs leave out, and not in the path."""
    if not ratelimit.consume(request, app="allauth.account", action="signup"):
        return ratelimit.respond_429(request)
    secret = request.GET.get("key", "")
    try:
        asked = invitations.opened_by(secret)
        form = AcceptInvitation(request.POST or None, email=asked.email)
        if request.method == "POST" and form.is_valid() and _accept(secret, form):
            messages.success(request, _("Your account is ready. Sign in."))
            return redirect("account_login")
    except invitations.InvitationGone as gone:
        return render(request, "account/invitation_gone.html", {"gone": gone}, status=gone.status)
    return render(request, "account/invitation.html", {"form": form, "invitation": asked})


def _accept(secret: str, form: AcceptInvitation) -> bool:
    given = form.cleaned_data
    try:
        invitations.accept(
            secret=secret,
            username=given["username"],
            first_name=given["first_name"],
            last_name=given["last_name"],
            password=given["password1"],
        )
    except invitations.AlreadyHere as refused:
        form.add_error("username" if refused.facts.get("field") == "username" else None, str(refused))
        form.point_at_what_is_wrong()
        return False
    return True
