"""The admin as the desk has it: who may come in, by which door, and whose pages are in it."""

from typing import Any

from allauth.account import views as account
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url

from factdesk.reading import ReadOnlyAdmin


class DeskSite(AdminSite):
    """Lets in whoever may read. Staff, superusers, groups and Django's permissions say nothing here.

    It has no sign-in, sign-out or password form of its own: each would be a way round the account pages, which count
    failures and ask for the second factor.
    """

    site_header = site_title = "factdesk"
    site_url = None
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Takes only pages that ask our table of rights: packages bring pages of their own, which would not."""
        if admin_class is not None and issubclass(admin_class, ReadOnlyAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether whoever asks may be here at all."""
        return request.user.is_authenticated and request.user.may("read")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """As Django has it; what is listed goes by the name that stands over its page."""
        listed = super().get_app_list(request, app_label)
        for entry in (model for app in listed for model in app["models"]):
            entry["name"] = getattr(self._registry[entry["model"]], "heading", entry["name"])
        return listed

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """To the sign-in page, and back to where they wanted to go."""
        wanted = get_next_redirect_url(request)
        if self.has_permission(request):
            return redirect(wanted or settings.LOGIN_REDIRECT_URL)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(wanted or resolve_url(settings.LOGIN_REDIRECT_URL), resolve_url(settings.LOGIN_URL))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:  # type: ignore[override]
        """As the account pages do it: by POST; a GET asks."""
        return account.logout(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """To the account page for it."""
        return redirect("account_change_password")
