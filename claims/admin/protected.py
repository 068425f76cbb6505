"""A protected source's pages: protecting it, its terms, who knows, its name.

The bargain: a name is on one page, in answer to a POST, and in nothing that this page leads to: no title, address,
message or link. What a form was given that is secret does not come back in it.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from factdesk.errors import BadInput, DomainError
from factdesk.people.forms import Quiet
from factdesk.people.models import User
from factdesk.people.who import signed_in
from sources import identity
from sources.models import KnownTo, ProtectedIdentity, Source
from sources.models.names import Place
from sources.models.source import Identity

#: what a page does with a form that is filled in
Act = Callable[[dict[str, Any]], HttpResponse]
_NEVER_FILLED_IN = {"autocomplete": "off"}


class Unseen(forms.TextInput):
    """A field that a page never shows what it was given."""

    def format_value(self, value: Any) -> None:
        """Nothing."""


class Reasoned(Quiet):
    """A change of a record that was seen at a version, with a reason."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    why = forms.CharField(
        label=_("Why"), max_length=1000, help_text=_("Stands in the history."), widget=forms.Textarea(attrs={"rows": 2})
    )

    def refuse(self, error: DomainError) -> None:
        """Say what is wrong, at its field where it has one; a field that holds a secret is emptied."""
        problems = error.problems if isinstance(error, BadInput) else [{"path": "", "message": str(error)}]
        emptied: Any = self.data.copy()  # type: ignore[attr-defined]
        for problem in problems:
            place = problem["path"] if problem["path"] in self.fields else None
            self.add_error(place, problem["message"])
            emptied[problem["path"]] = ""
        if error.code == identity.NAMES_SOMEBODY:
            emptied.update(dict.fromkeys(self.fields.keys() - {"version"}, ""))
        self.data = emptied
        self.point_at_what_is_wrong()


class Protect(Reasoned):
    code_name = forms.CharField(
        label=_("Code name or public description"), max_length=500, widget=forms.TextInput(attrs=_NEVER_FILLED_IN)
    )
    description = forms.CharField(label=_("What may be said of it"), max_length=2000, required=False)
    terms = forms.CharField(
        label=_("Terms"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was promised. Not the name."),
    )  # fmt: skip
    known_to = forms.ModelMultipleChoiceField(
        label=_("Who knows"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    real_name = forms.CharField(label=_("Real name"), max_length=500, required=False, widget=Unseen(_NEVER_FILLED_IN))
    contact = forms.CharField(
        label=_("How to reach them"), max_length=2000, required=False, widget=Unseen(_NEVER_FILLED_IN)
    )

    field_order = ("code_name", "description", "terms", "known_to", "real_name", "contact", "why", "version")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["known_to"]
        people.queryset = User.objects.filter(is_active=True).order_by("username")
        kept = settings.ENV.protected_names
        self.fields["real_name"].help_text = (
            _("Beside the source's name and aliases. All are kept for those who know; texts that hold one are refused.")
            if kept
            else _("Only to look for it in the desk's texts, once: this desk keeps no names of protected sources.")
        )  # fmt: skip
        if not kept:
            del self.fields["contact"]


class Terms(Reasoned):
    terms = forms.CharField(label=_("Terms"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    field_order = ("terms", "why", "version")


class Tell(Quiet):
    person = forms.ModelChoiceField(label=_("Who knows from now on"), queryset=User.objects.none())
    why = forms.CharField(label=_("Why"), max_length=1000, required=False, help_text=_("Stands in the history."))

    refuse = Reasoned.refuse

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["person"]
        people.queryset = User.objects.filter(is_active=True).order_by("username")


class Unprotect(Reasoned):
    name = forms.CharField(label=_("Name"), max_length=500)
    description = forms.CharField(label=_("What may be said of it"), max_length=2000, required=False)
    field_order = ("name", "description", "why", "version")


class Ask(Quiet):
    reason = forms.CharField(
        label=_("Why do you need the name?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("That you asked, and why, is on record. Write it without the name."),
    )  # fmt: skip

    refuse = Reasoned.refuse


class Shown(NamedTuple):
    """A place where a name stands, in words, and its record's page, where it has one."""

    said: str
    address: str


def shown(places: Iterable[Place]) -> list[Shown]:
    """Places as a page tells them."""
    models = {model._meta.db_table: model._meta for model in apps.get_models()}
    found = []
    for place in places:
        meta = models[place.table]
        said = f"{meta.verbose_name} {place.number or ''}".strip()
        try:
            address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[place.number])
        except NoReverseMatch:
            address = ""
        found.append(Shown(f"{said}: {place.column}", address))
    return found


class ProtectionPages:
    """The pages, for the sources in the admin. Each makes one call of the domain's."""

    admin_site: Any
    opts: Any
    get_queryset: Callable[[HttpRequest], Any]

    def protection(self, source: Source, person: User) -> dict[str, Any]:
        """What a source's own page tells this person of its protection."""
        protected = source.identity == Identity.PROTECTED
        held = identity.protection_of(source_id=source.pk, person=person) if protected else None
        return {"protection": held, "may_protect": person.may("protect")}

    def get_urls(self) -> list[Any]:
        """The pages' addresses, before the admin's own."""
        pages = {
            "protect": ("protect/", self.protect_page),
            "terms": ("terms/", self.terms_page),
            "tell": ("tell/", self.tell_page),
            "untell": ("untell/<int:known_id>/", self.untell_page),
            "unprotect": ("unprotect/", self.unprotect_page),
            "name": ("name/", self.name_page),
            "places": ("places/", self.places_page),
        }
        ours = [
            path(f"<int:source_id>/{address}", self.admin_site.admin_view(page), name=f"sources_source_{name}")
            for name, (address, page) in pages.items()
        ]
        return [*ours, *super().get_urls()]  # type: ignore[misc]

    # --- for chiefs ---

    @method_decorator(sensitive_post_parameters())
    def protect_page(self, request: HttpRequest, source_id: int) -> HttpResponse:
        """Protect a source; then where its name still stands, this one time."""
        source = self._for_chiefs(request, source_id)

        def act(given: dict[str, Any]) -> HttpResponse:
            done = identity.protect(source_id=source_id, by=signed_in(request), **given)
            return self._places(request, source, done.places, made=True, kept=done.kept)

        preset = {"version": source.version}
        return self._asking(request, Protect(request.POST or None, initial=preset), act, _("Protect a source"))

    def terms_page(self, request: HttpRequest, source_id: int) -> HttpResponse:
        """Other terms."""
        source = self._for_chiefs(request, source_id)
        terms = self._terms(source)

        def act(given: dict[str, Any]) -> HttpResponse:
            identity.change_terms(protection_id=terms.pk, by=signed_in(request), **given)
            return self._back(request, source, _("The terms were changed."))

        preset = {"version": terms.version, "terms": terms.terms}
        return self._asking(request, Terms(request.POST or None, initial=preset), act, _("Change the terms"))

    def tell_page(self, request: HttpRequest, source_id: int) -> HttpResponse:
        """Somebody else knows."""
        source = self._for_chiefs(request, source_id)
        terms = self._terms(source)

        def act(given: dict[str, Any]) -> HttpResponse:
            identity.tell(protection_id=terms.pk, person_id=given["person"].pk, by=signed_in(request), why=given["why"])
            return self._back(request, source, _("%s knows from now on.") % given["person"])

        return self._asking(request, Tell(request.POST or None), act, _("Tell somebody"))

    def untell_page(self, request: HttpRequest, source_id: int, known_id: int) -> HttpResponse:
        """Somebody may not ask any more."""
        source = self._for_chiefs(request, source_id)
        known = get_object_or_404(KnownTo, pk=known_id, protection=self._terms(source), withdrawn_at__isnull=True)

        def act(given: dict[str, Any]) -> HttpResponse:
            identity.untell(known_id=known_id, version=given["version"], by=signed_in(request), because=given["why"])
            return self._back(request, source, _("%s may not ask for the name any more.") % known.person)

        form = Reasoned(request.POST or None, initial={"version": known.version})
        return self._asking(request, form, act, _("%s no longer") % known.person)

    def unprotect_page(self, request: HttpRequest, source_id: int) -> HttpResponse:
        """The source is named again."""
        source = self._for_chiefs(request, source_id)

        def act(given: dict[str, Any]) -> HttpResponse:
            because = given.pop("why")
            identity.unprotect(source_id=source_id, by=signed_in(request), because=because, **given)
            return self._back(request, source, _("This source is named again."))

        preset = {"version": source.version, "description": source.description}
        return self._asking(request, Unprotect(request.POST or None, initial=preset), act, _("Name a source again"))

    # --- for those who know ---

    @method_decorator(sensitive_post_parameters())
    def name_page(self, request: HttpRequest, source_id: int) -> HttpResponse:
        """Ask for the name, with a reason; it stands on the answer and nowhere else."""
        source, terms = self._for_those_who_know(request, source_id)

        def act(given: dict[str, Any]) -> HttpResponse:
            told = identity.reveal(protection_id=terms.pk, by=signed_in(request), reason=given["reason"])
            return self._shown(request, "claims/real_name.html", title=_("The name"), source=source, told=told)

        return self._asking(request, Ask(request.POST or None), act, _("Show the name"))

    def places_page(self, request: HttpRequest, source_id: int) -> HttpResponse:
        """Where the name stands in the desk's texts."""
        source, terms = self._for_those_who_know(request, source_id)
        found = identity.places(protection_id=terms.pk, by=signed_in(request))
        return self._places(request, source, found)

    # --- what they have in common ---

    def _source(self, request: HttpRequest, source_id: int) -> Source:
        found: Source = get_object_or_404(self.get_queryset(request), pk=source_id)
        return found

    def _for_chiefs(self, request: HttpRequest, source_id: int) -> Source:
        if not signed_in(request).may("protect"):
            raise PermissionDenied
        return self._source(request, source_id)

    def _for_those_who_know(self, request: HttpRequest, source_id: int) -> tuple[Source, ProtectedIdentity]:
        held = identity.protection_of(source_id=source_id, person=signed_in(request))
        if held is None:
            raise PermissionDenied
        return self._source(request, source_id), held.terms

    def _terms(self, source: Source) -> ProtectedIdentity:
        return get_object_or_404(ProtectedIdentity, source=source, withdrawn_at__isnull=True)

    def _asking(self, request: HttpRequest, form: Any, act: Act, title: Any) -> HttpResponse:
        """The form; once it is filled in, what ``act`` answers, or the form again with what is wrong."""
        if request.method == "POST" and form.is_valid():
            try:
                return act(form.cleaned_data)
            except DomainError as refused:
                form.refuse(refused)
        return self._shown(request, "people/form.html", title=title, form=form, button=title)

    def _places(self, request: HttpRequest, source: Source, found: list[Place], **facts: Any) -> HttpResponse:
        now = shown(place for place in found if not place.in_history)
        past = shown(place for place in found if place.in_history)
        title = _("Where the name still stands")
        return self._shown(request, "claims/places.html", title=title, source=source, now=now, past=past, **facts)

    def _back(self, request: HttpRequest, source: Source, told: Any) -> HttpResponse:
        messages.success(request, told)
        return redirect("admin:sources_source_change", source.pk)

    def _shown(self, request: HttpRequest, template: str, **facts: Any) -> HttpResponse:
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **facts}
        )
