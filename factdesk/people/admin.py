"""The desk's people, invitations and tokens in the admin: for chiefs. Each page makes one call of the domain's."""

from collections.abc import Callable, Iterable
from datetime import datetime
from smtplib import SMTPException
from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from factdesk.errors import DomainError
from factdesk.people import invitations, mail, staff, tokens
from factdesk.people.adminforms import ChangePerson, Invite, MakeToken
from factdesk.people.models import Invitation, Token, User
from factdesk.people.who import signed_in
from factdesk.reading import ReadOnlyAdmin


def day(when: datetime | None) -> str:
    """The day of a moment in the desk's time zone; empty for none."""
    return date_format(timezone.localtime(when), "j M Y") if when else ""


def moment(when: datetime) -> str:
    """A day and a time of day in the desk's time zone."""
    return date_format(timezone.localtime(when), "j M Y, H:i")


class ChiefsAdmin(ReadOnlyAdmin):
    """Pages for whoever has ``right``; for everybody else they are not there.

    The forms are plain ones, not made from the model: they are shown and checked here, and handed to the domain.
    """

    right: ClassVar[str]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_authenticated and request.user.may(self.right)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whether the list offers to take things back."""
        return self.has_view_permission(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """All that there is to see stands in the list."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """History is the database's, not the admin's."""
        return self.change_view(request, object_id)

    def sheet(self, request: HttpRequest, template: str, **facts: Any) -> HttpResponse:
        """One page of ours inside the admin."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, **facts}
        return TemplateResponse(request, template, context)

    def revoke_each(self, request: HttpRequest, ids: Iterable[Any], revoke: Callable[[Any], Any]) -> None:
        """Take each back, and say of how many that was done, and of which not."""
        done = 0
        for each in ids:
            try:
                revoke(each)
                done += 1
            except DomainError as refused:
                self.message_user(request, str(refused), messages.ERROR)
        if done:
            self.message_user(request, ngettext("%d was revoked.", "%d were revoked.", done) % done)


@admin.register(User)
class PersonAdmin(ChiefsAdmin):
    right = "invite"
    heading = _("People")
    list_display = ("username", "full_name", "email", "role", "here", "signs_in_with", "signed_in")
    list_filter = ("is_active", "role")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("-is_active", "username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """People, with whether they have a second factor."""
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
        people: QuerySet[User] = super().get_queryset(request)
        return people.annotate(has_second_factor=Exists(factors))

    @admin.display(description=_("name"))
    def full_name(self, person: User) -> str:
        return person.get_full_name()

    @admin.display(description=_("at the desk"))
    def here(self, person: User) -> Any:
        """Whether they are one of us, in words."""
        return _("at the desk") if person.is_active else _("has left")

    @admin.display(description=_("signs in with"))
    def signs_in_with(self, person: Any) -> Any:
        """Whether a stolen password would be enough."""
        return _("password and second factor") if person.has_second_factor else _("password only")

    @admin.display(description=_("signed in"))
    def signed_in(self, person: User) -> Any:
        return day(person.last_login) or _("never")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A person: their role, whether they are here, and how that came about."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        person = self.get_object(request, unquote(object_id))
        if person is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        form = ChangePerson(request.POST or None, initial={"role": person.role, "is_active": person.is_active})
        if request.method == "POST" and form.is_valid():
            try:
                self._change(request, person, form.cleaned_data)
                self.message_user(request, _("%s was changed.") % person)
                return redirect("admin:people_user_changelist")
            except DomainError as refused:
                form.add_error(None, str(refused))
        events = person.events.order_by("-pgh_id")[:50]
        return self.sheet(request, "people/person.html", title=str(person), person=person, form=form, events=events)

    def _change(self, request: HttpRequest, person: User, given: dict[str, Any]) -> None:
        if "reset_second_factor" in request.POST:
            staff.reset_second_factor(person_id=person.pk, why=given["why"], by=signed_in(request))
        else:
            staff.change(person_id=person.pk, by=signed_in(request), **given)


@admin.register(Invitation)
class InvitationAdmin(ChiefsAdmin):
    right = "invite"
    heading = _("Invitations")
    search_fields = ("email",)
    list_display = ("email", "role", "stands", "invited_by", "invited_on")
    list_display_links = None
    list_filter = ("role",)
    list_select_related = ("invited_by", "accepted_by")
    ordering = ("-created_at", "-id")
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=_("stands"))
    def stands(self, invitation: Invitation) -> str:
        """In words, what has become of it."""
        if invitation.accepted_by:
            return str(_("accepted by %s") % invitation.accepted_by)
        if invitation.revoked_at:
            return str(_("revoked on %s") % day(invitation.revoked_at))
        told = _("open until %s") if invitations.is_open(invitation) else _("too old since %s")
        return str(told % day(invitation.expires_at))

    @admin.display(description=_("invited on"))
    def invited_on(self, invitation: Invitation) -> str:
        return day(invitation.created_at)

    @admin.action(description=_("Revoke the selected invitations"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> None:
        """Their links lead nowhere from now on."""
        ids = chosen.values_list("pk", flat=True)
        self.revoke_each(request, ids, lambda pk: invitations.revoke(invitation_id=pk, by=signed_in(request)))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Invite somebody, and show the link this one time."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = Invite(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made, secret = invitations.invite(**form.cleaned_data, by=signed_in(request))
            except DomainError as refused:
                form.add_error(None, str(refused))
            else:
                link = request.build_absolute_uri(f"{reverse('account_invitation')}?key={secret}")
                facts = {"invitation": made, "link": link, "mailed": _mail(made, link)}
                return self.sheet(request, "people/invited.html", title=_("Invited"), **facts)
        return self.sheet(request, "people/form.html", title=_("Invite somebody"), form=form, button=_("Invite"))


def _mail(invitation: Invitation, link: str) -> bool:
    """Whether the link went out by mail. Where there is no mail server, or it refuses, the chief hands it over."""
    if not settings.EMAIL_HOST:
        return False
    try:
        mail.send_invitation(invitation=invitation, link=link)
    except (OSError, SMTPException):
        return False
    return True


@admin.register(Token)
class TokenAdmin(ChiefsAdmin):
    right = "tokens"
    heading = _("Tokens")
    list_display = ("name", "user", "listed_scopes", "begins", "made_on", "stands", "used")
    list_display_links = None
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    ordering = ("-created",)
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=_("scopes"))
    def listed_scopes(self, token: Token) -> str:
        return ", ".join(token.scopes)

    @admin.display(description=_("begins with"))
    def begins(self, token: Token) -> str:
        """Enough to know a token by that was found where it should not be."""
        return f"{token.token_key[:7]}…"

    @admin.display(description=_("made on"))
    def made_on(self, token: Token) -> str:
        return day(token.created)

    @admin.display(description=_("stands"))
    def stands(self, token: Token) -> str:
        """In words, whether it still opens anything."""
        if token.revoked_at:
            return str(_("revoked on %s") % day(token.revoked_at))
        if not token.user.is_active:
            return str(_("its person has left"))
        if token.expiry is None:
            return str(_("good without end"))
        return str((_("good until %s") if token.expiry > timezone.now() else _("ended on %s")) % day(token.expiry))

    @admin.display(description=_("used"))
    def used(self, token: Token) -> str:
        """When it last opened anything; noted at most once a minute."""
        return str(_("used on %s") % moment(token.last_used_at) if token.last_used_at else _("never used"))

    @admin.action(description=_("Revoke the selected tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Token]) -> None:
        """They open nothing from now on."""
        ids = chosen.values_list("pk", flat=True)
        self.revoke_each(request, ids, lambda pk: tokens.revoke(token_id=pk, by=signed_in(request)))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Make a token, and show it this one time."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = MakeToken(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made, secret = self._make(request, form)
            except DomainError as refused:
                form.add_error(None, str(refused))
            else:
                return self.sheet(request, "people/token.html", title=_("A new token"), token=made, secret=secret)
        return self.sheet(request, "people/form.html", title=_("Make a token"), form=form, button=_("Make it"))

    def _make(self, request: HttpRequest, form: MakeToken) -> tuple[Token, str]:
        given = form.cleaned_data
        return tokens.make(
            person_id=given["person"].pk,
            name=given["name"],
            scopes=given["scopes"],
            expires_at=form.expires_at(),
            by=signed_in(request),
        )
