"""What a chief writes in the admin: whom to invite, for whom a token is, what becomes of a person."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from factdesk.people.forms import Quiet
from factdesk.people.models import User
from factdesk.people.roles import SCOPES, Role

_SCOPES = {
    "read": _("read: see what the person sees"),
    "write": _("write: record claims and their parts, as far as the person may"),
    "review": _("review: sign off, clear and decide, as far as the person may"),
}


class Invite(Quiet):
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.READER)


class MakeToken(Quiet):
    person = forms.ModelChoiceField(
        label=_("Acts for"),
        queryset=User.objects.filter(is_active=True).order_by("username"),
        help_text=_("The program may at most what this person may; what it does is theirs."),
    )
    name = forms.CharField(
        label=_("Program"), max_length=100, help_text=_("By which name you will know it when you revoke it.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=[(scope, _SCOPES[scope]) for scope in SCOPES],
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
    )
    until = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("A year from today at the latest."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = timezone.localdate() + timedelta(days=90)

    def expires_at(self) -> datetime:
        """The end of the last day, in the desk's time zone."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], time(23, 59, 59)))


class ChangePerson(Quiet):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    is_active = forms.BooleanField(
        label=_("Is at the desk"),
        required=False,
        help_text=_("Without this, nobody signs in as this person, and their tokens are revoked."),
    )
    why = forms.CharField(
        label=_("Why"), max_length=1000, help_text=_("Stands in the history."), widget=forms.Textarea(attrs={"rows": 2})
    )
