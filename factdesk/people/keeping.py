"""Whatever stops a form on its way, its words are kept: the middleware that sees to it, and the answer it gives.

The bargain: a view that takes a sealed form says so (:func:`taken`); where none did (signed out meanwhile, a token of
an earlier session, a right lost since, a fault of ours), what was typed becomes a draft of whoever opened the form.
It is never sent in the name of somebody else who has signed in at the same browser, and they are shown none of it.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from factdesk.errors import DomainError
from factdesk.people import drafts
from factdesk.people.drafts import Sheet

_TAKEN = "_factdesk_form_taken"
API = "/api/"


def taken(request: HttpRequest) -> None:
    """Say that the view keeps what was typed by itself from here on."""
    setattr(request, _TAKEN, True)


def sheet_of(request: HttpRequest) -> Sheet | None:
    """The seal of the form that was posted; None where there is none that is good."""
    sealed = request.POST.get(drafts.SEAL)
    return drafts.opened(sealed) if sealed else None


def number_of(request: HttpRequest) -> int:
    """The draft's number that the posted form knew; 0 for none."""
    number = request.POST.get(drafts.NUMBER, "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


def keep(request: HttpRequest, sheet: Sheet) -> bool:
    """Keep what was typed for whoever opened the form; False where it is not to be kept, or they are gone."""
    try:
        return drafts.keep(sheet=sheet, typed=drafts.typed_in(request.POST), seen=number_of(request)) is not None
    except DomainError:
        return False


class KeepsWhatWasTyped:
    """Stands inside of the messages and outside of the views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "POST" or request.path.startswith(API) or getattr(request, _TAKEN, False):
            return response
        sheet = sheet_of(request)
        if sheet is None:
            return response
        return _onwards(request, sheet, response, kept=keep(request, sheet))

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """A form that somebody else opened is not sent in one's own name."""
        if request.method != "POST" or request.path.startswith(API) or not request.user.is_authenticated:
            return None
        sheet = sheet_of(request)
        if sheet is None or sheet.person == request.user.pk or hasattr(view, "keeps_drafts"):
            return None
        return redirect(sheet.address)


def _onwards(request: HttpRequest, sheet: Sheet, response: HttpResponse, *, kept: bool) -> HttpResponse:
    """Back to the form, by the sign-in page where nobody is signed in; the view's own answer where that says more."""
    mine = request.user.is_authenticated and request.user.pk == sheet.person
    if request.user.is_authenticated and not mine:
        messages.warning(request, _("Somebody else had opened this form. Nothing was sent; what they typed is theirs."))
        return redirect(sheet.address)
    if not kept or response.status_code >= 500:
        return response
    if not mine:
        messages.info(request, _("You had been signed out. What you typed is kept: sign in, and it is there."))
        return redirect_to_login(sheet.address, resolve_url(settings.LOGIN_URL))
    if response.status_code == 403:
        messages.warning(request, _("Nothing was sent. What you typed is kept: look at it, and send it again."))
        return redirect(sheet.address)
    return response
