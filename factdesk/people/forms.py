"""The forms of the account pages: allauth's, in the desk's words, and the one by which an invitation is accepted.

Each says what a browser may fill in, puts the cursor where the work is, and has no placeholder in the place of a label.
"""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from factdesk.people.models import User


class Quiet(forms.Form):
    """No placeholders; the cursor stands in the first field, or in the first that is wrong."""

    labels: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
        self._point_at(next(iter(self.fields), None))

    def full_clean(self) -> None:
        """As always; afterwards the cursor goes where something is wrong."""
        super().full_clean()
        self.point_at_what_is_wrong()

    def point_at_what_is_wrong(self) -> None:
        """Put the cursor in the first field with an error, if there is one."""
        wrong = next((name for name in self.fields if name in self.errors), None)
        if wrong:
            self._point_at(wrong)

    def _point_at(self, name: str | None) -> None:
        for other, field in self.fields.items():
            field.widget.attrs.pop("autofocus", None)
            if other == name:
                field.widget.attrs["autofocus"] = True


class SignIn(Quiet, account.LoginForm):
    labels = {"login": _("User name or e-mail address"), "password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        self.fields["login"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
        }


class ChangePassword(Quiet, account.ChangePasswordForm):
    labels = {
        "oldpassword": _("Present password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""


class ForgottenPassword(Quiet, account.ResetPasswordForm):
    labels = {"email": _("E-mail address")}


class NewPassword(Quiet, account.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("New password again")}


class PasswordAgain(Quiet, account.ReauthenticateForm):
    labels = {"password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


_DIGITS = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}


class Code(Quiet, mfa.AuthenticateForm):
    labels = {"code": _("Code")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= _DIGITS


class CodeAgain(Quiet, mfa.ReauthenticateForm):
    labels = {"code": _("Code")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= _DIGITS


class FirstCode(Quiet, ActivateTOTPForm):
    labels = {"code": _("Code that the app shows")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= _DIGITS


class AcceptInvitation(Quiet):
    """What somebody who was invited says of themselves."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("Letters, digits and @ . + - _"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    first_name = forms.CharField(
        label=_("First name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name (optional)"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=password_validation.password_validators_help_text_html(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        self.email = email
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Both passwords are the same, and not easily guessed by whoever knows the person."""
        given = super().clean() or {}
        password = given.get("password1", "")
        if password and password != given.get("password2"):
            self.add_error("password2", _("This is not the same password."))
        somebody = User(
            username=given.get("username", ""),
            first_name=given.get("first_name", ""),
            last_name=given.get("last_name", ""),
            email=self.email,
        )
        try:
            password_validation.validate_password(password, somebody)
        except forms.ValidationError as refused:
            self.add_error("password1", refused)
        return given
