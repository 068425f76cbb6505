"""What allauth asks the desk: nobody signs up, mail goes out by the worker, and who must keep a second factor."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from factdesk.people import tasks

_MISMATCH = _("This user name or e-mail address does not go with this password.")
_LOCKED = _("Too many failed attempts. Signing in is locked for five minutes; after that, try again.")


class Accounts(DefaultAccountAdapter):
    """Accounts come from invitations (``people.invitations``) and are people's own rows, never allauth's."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _MISMATCH,
        "email_password_mismatch": _MISMATCH,
        "too_many_login_attempts": _LOCKED,
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def is_reauthentication_required(self, *, app: str, **facts: Any) -> bool:
        """Whether to ask for the password again: not of somebody who gave it a moment ago, in this session."""
        given = [record["at"] for record in get_authentication_records(self.request, self.request.user)]
        if given and time.time() - max(given) < REAUTHENTICATION_TIMEOUT:
            return False
        required: bool = super().is_reauthentication_required(app=app, **facts)
        return required

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """After a change of password: the page about oneself."""
        return "/account/"

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Write the password and nothing else: what a chief changes meanwhile stays changed."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The one mail that allauth sends here: for a new password. To nobody, where there is nobody: see ``tasks``."""
        person = context["user"].pk if template_prefix.endswith("/password_reset_key") else None
        tasks.send_reset.defer(person=person, base=self.request.build_absolute_uri("/").rstrip("/"))

    def send_notification_mail(self, template_prefix: str, user: AbstractBaseUser, *args: Any, **kwargs: Any) -> None:
        """Tells the person by mail what was done to their account. ``template_prefix`` ends in a word of ``mail``."""
        tasks.tell.defer(person=user.pk, what=template_prefix.rpartition("/")[2])


class SecondFactors(DefaultMFAAdapter):
    """Second factors, for people whose user name stands in their telephone."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("Your role needs a second factor."),
        "incorrect_code": _("This code is not right. A code lasts half a minute: take the newest."),
    }

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """How the telephone lists it: issuer and user name."""
        return f"factdesk:{user.get_username()}"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not where the role must have one: nobody turns it off for themselves."""
        return not authenticator.user.needs_second_factor
