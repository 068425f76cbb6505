"""Admin pages on which the desk works: each thing done is one call of one function of the desk.

The bargain: a POST reads the form, makes the call, and answers with a redirect; what is refused comes back on the
record's own page, with all that was typed still in the form, and with what has changed meanwhile. Whatever way it goes,
nothing typed is lost (``factdesk.people.drafts``). A page that nobody works on costs no more for being able to.
"""

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from factdesk import differences
from factdesk.acts import Act, Asked, Offer, WorkForm, drafted
from factdesk.errors import DomainError
from factdesk.people import drafts, keeping
from factdesk.people.drafts import Kept, Sheet
from factdesk.people.models import User
from factdesk.people.who import signed_in
from factdesk.reading import ReadOnlyAdmin

#: the fields in which a page says what was on it
SEEN = frozenset({"revision", "version", "part_version", "finding"})


def seen_in(request: HttpRequest) -> dict[str, int | None]:
    """The numbers of what was on the person's screen, out of the form or the button's address."""
    names = [*(name for name in request.POST if name in SEEN), *(name for name in request.GET if name in SEEN)]
    return {name: _number(request.POST.get(name) or request.GET.get(name)) for name in names}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


class WorkingAdmin(ReadOnlyAdmin):
    """A record's page with its acts. ``adds`` is the act by which a new record is made."""

    acts: ClassVar[dict[str, Act]] = {}
    adds: ClassVar[Act | None] = None
    adding_template = "factdesk/adding.html"

    # --- what a kind of record says of itself ---

    def hindrances(self, by: User, record: Any, shown: dict[str, Any]) -> dict[str, str]:
        """The acts of the bar that this state of the record allows, each with what stands in its way ("": nothing)."""
        return dict.fromkeys(self.acts, "")

    def part(self, by: User, record: Any, act: Act, number: int | None) -> Any:
        """The part of the record that an act is about, if this person may see it; None where there is none."""
        return None

    def seen(self, record: Any, shown: dict[str, Any]) -> dict[str, int]:
        """What of the record has to have been seen by whoever decides on it; ``shown`` is what its page shows."""
        return {"version": record.version}

    def difference(self, by: User, record: Any, seen: dict[str, int | None]) -> list[Any]:
        """What has changed since the person looked: entries with ``by``, ``at`` and ``changes``."""
        return differences.since(record, seen.get("version"))

    # --- pages ---

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.adds is not None and self.has_view_permission(request) and self.adds.open_to(signed_in(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The record's page, with the form that ``?do=`` asks for; by POST, the act itself."""
        record = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        act = self.acts.get(request.GET.get("do", ""))
        if request.method == "POST":
            return self._done(request, record, act)
        doing = self._opened(request, record, act) if act and act.form else None
        return self._page(request, record, doing)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form for a new record; by POST, it is made."""
        if not self.has_add_permission(request) or self.adds is None:
            raise PermissionDenied
        if request.method == "POST":
            return self._done(request, None, self.adds)
        return self._page(request, None, self._opened(request, None, self.adds))

    # --- doing it ---

    def _done(self, request: HttpRequest, record: Any, act: Act | None) -> HttpResponse:
        by = signed_in(request)
        if act is None or not act.open_to(by):
            raise PermissionDenied
        keeping.taken(request)
        part = self._part(request, by, record, act)
        if "discard" in request.POST:
            drafts.discard(person=by, form=self._key(record, act, part))
            return redirect(self._sheet(by, record, act, part).address)
        asked = Asked(by, record, part, {}, seen_in(request))
        form = act.form(request.POST, asked=asked) if act.form else None
        if form is not None:
            if "find" in request.POST:
                form.look_for(request.POST["find"])
                return self._refused(request, asked, act, form, None)
            if not form.is_valid():
                return self._refused(request, asked, act, form, None, status=400)
            asked.given = form.cleaned_data
        try:
            made = act.call(asked)
        except DomainError as refused:
            return self._refused(request, asked, act, form, refused, status=refused.status)
        drafts.done(person=by, form=self._key(record, act, part), seen=keeping.number_of(request))
        messages.success(request, act.told or act.label)
        return redirect(act.onward(made) if act.onward else self._address(record))

    def _refused(
        self,
        request: HttpRequest,
        asked: Asked,
        act: Act,
        form: WorkForm | None,
        refused: DomainError | None,
        status: int = 200,
    ) -> HttpResponse:
        """The page again with the form as it was sent, which is kept besides."""
        record = asked.record
        if record is not None:
            record = self.get_object(request, str(record.pk)) or record
            asked.part = self._part(request, asked.by, record, act)
        sheet, kept = self._sheet(asked.by, record, act, asked.part), None
        if form is not None:
            if refused is not None:
                form.refuse(getattr(refused, "problems", []))
            if keeping.keep(request, sheet):
                kept = drafts.of(asked.by, sheet.form)
        doing = self._doing(asked.by, record, act, asked.part, form, kept)
        doing |= {"refused": refused, "again": True}
        if record is not None and refused is not None:
            doing["difference"] = self.difference(asked.by, record, asked.seen)
        return self._page(request, record, doing, status)

    def _opened(self, request: HttpRequest, record: Any, act: Act) -> dict[str, Any] | None:
        """What is shown of an act's form: empty, or with the person's draft in it."""
        by = signed_in(request)
        if not act.open_to(by):
            return None
        part = self._part(request, by, record, act)
        if act.part and part is None:
            return None
        asked, kept = Asked(by, record, part), drafts.of(by, self._key(record, act, part))
        form: Any = act.form
        made = (
            form(asked=asked)
            if kept is None
            else form(drafted(self._typed(request, kept)), asked=asked, unchecked=True)
        )
        doing = self._doing(by, record, act, part, made, kept)
        if kept and record is not None:
            typed = {name: _number((kept.typed[name] or [""])[0]) for name in SEEN & kept.typed.keys()}
            doing["difference"] = self.difference(by, record, typed)
        return doing

    @staticmethod
    def _typed(request: HttpRequest, kept: Kept) -> dict[str, list[str]]:
        """The draft's text, or that of another window, where ``?draft=`` asks for it."""
        asked = _number(request.GET.get("draft"))
        if asked and asked <= len(kept.earlier):
            typed: dict[str, list[str]] = kept.earlier[asked - 1]["typed"]
            return typed
        return kept.typed

    def _doing(
        self, by: User, record: Any, act: Act, part: Any, form: WorkForm | None, kept: Kept | None
    ) -> dict[str, Any]:
        sheet = self._sheet(by, record, act, part)
        return {
            "act": act,
            "form": form,
            "part": part,
            "draft": kept,
            "seal": drafts.seal(sheet),
            "number": kept.number if kept else 0,
            "address": sheet.address,
            "leave": self._address(record),
            "drafts": reverse("account_drafts"),
        }

    def _page(self, request: HttpRequest, record: Any, doing: dict[str, Any] | None, status: int = 200) -> HttpResponse:
        by = signed_in(request)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "record": record, "doing": doing}
        if record is None and doing is not None:
            context |= {"title": doing["act"].label}
            return TemplateResponse(request, self.adding_template, context, status=status)
        shown = self.page(request, record)
        bar = self._bar(by, record, shown)  # may add to what is shown
        context |= {"title": str(record), **shown, **bar}
        return TemplateResponse(request, self.page_template, context, status=status)

    def _bar(self, by: User, record: Any, shown: dict[str, Any]) -> dict[str, Any]:
        allowed = {name for name, act in self.acts.items() if act.open_to(by)}
        if not allowed:
            return {"offers": {}, "beside": {}}
        hindrances = self.hindrances(by, record, shown)
        rows: dict[str, list[Offer]] = {}
        for name, act in self.acts.items():
            if act.group and name in allowed and name in hindrances:
                rows.setdefault(act.group, []).append(Offer(act, hindrances[name]))
        parts: dict[str, list[Act]] = {}
        for act in self.acts.values():
            if act.part and act.name in allowed:
                parts.setdefault(act.part, []).append(act)
        return {"offers": rows, "beside": parts, "seen": self.seen(record, shown)}

    # --- addresses ---

    def _part(self, request: HttpRequest, by: User, record: Any, act: Act) -> Any:
        return self.part(by, record, act, _number(request.GET.get("of"))) if act.part and record is not None else None

    def _address(self, record: Any) -> str:
        place = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{place}_change", args=[record.pk]) if record is not None else reverse(f"{place}_changelist")

    def _key(self, record: Any, act: Act, part: Any) -> str:
        ends = ([str(record.pk)] if record is not None else []) + [act.name] + ([str(part.pk)] if part else [])
        return ":".join([str(self.opts.model_name), *ends])

    def _sheet(self, by: User, record: Any, act: Act, part: Any) -> Sheet:
        if record is None:
            address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
        else:
            address = self._address(record) + Offer(act, of=part.pk if part else None).address
        return Sheet(by.pk, self._key(record, act, part), address)
