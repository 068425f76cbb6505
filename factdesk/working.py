"""Admin pages on which the desk works: each thing done is one call of one function of the desk.

The bargain: a POST reads the form, makes the call, and answers with a redirect; what is refused comes back on the
record's own page, with all that was typed still in the form (``factdesk.doing``), and with what has changed meanwhile.
A page that nobody works on costs no more for being able to.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from factdesk import differences, doing
from factdesk.acts import Act, Asked, Offer
from factdesk.errors import NoSuchRecord
from factdesk.people import drafts
from factdesk.people.drafts import Sheet
from factdesk.people.models import User
from factdesk.people.who import signed_in
from factdesk.reading import ReadOnlyAdmin


def _of(request: HttpRequest) -> int | None:
    """The number of the part that is asked for."""
    return doing.number(request.GET.get("of"))


def _gone(act: Act, number: int | None) -> Callable[[Asked], Any]:
    """In an act's place, where its part is not there any more: so it is told, and what was typed comes back."""

    def call(asked: Asked) -> Any:
        raise NoSuchRecord(act.part, number or 0)

    return call


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
            return self._send(request, record, act)
        return self._page(request, record, self._open(request, record, act) if act and act.form else None)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form for a new record; by POST, it is made."""
        if not self.has_add_permission(request) or self.adds is None:
            raise PermissionDenied
        if request.method == "POST":
            return self._send(request, None, self.adds)
        return self._page(request, None, self._open(request, None, self.adds))

    # --- doing it ---

    def _open(self, request: HttpRequest, record: Any, act: Act) -> dict[str, Any] | None:
        """The form, where it may be filled in; or where it was, and what was typed is still there."""
        asked = self._asked(request, record, act)
        sheet = self._sheet(request, asked, act)
        is_possible = act.open_to(asked.by) and not (act.part and asked.part is None)
        if not is_possible and drafts.of(asked.by, sheet.form) is None:
            return None
        shown = doing.opened(request, act, asked, sheet)
        if record is not None and "seen_then" in shown:
            shown["difference"] = self.difference(asked.by, record, shown["seen_then"])
        return shown

    def _send(self, request: HttpRequest, record: Any, act: Act | None) -> HttpResponse:
        if act is None or not act.open_to(signed_in(request)):
            raise PermissionDenied
        asked = self._asked(request, record, act)
        sheet = self._sheet(request, asked, act)
        is_there = asked.part is not None or not act.part
        outcome = doing.sent(request, act, asked, sheet, None if is_there else _gone(act, _of(request)))
        if outcome.discarded:
            return redirect(sheet.address)
        if outcome.done:
            messages.success(request, act.told or act.label)
            return redirect(act.onward(outcome.made) if act.onward else self._address(record))
        if record is not None:
            record = self.get_object(request, str(record.pk)) or record
            asked.part = self._asked(request, record, act).part or asked.part
            outcome.doing |= {"part": asked.part, "part_seen": doing.part_seen(asked.part)}
            if "refused" in outcome.doing:
                told = self.difference(asked.by, record, asked.seen)
                outcome.doing["difference"] = told or differences.since(asked.part, asked.seen["part_version"])
        return self._page(request, record, outcome.doing, outcome.status)

    def _page(self, request: HttpRequest, record: Any, doing: dict[str, Any] | None, status: int = 200) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "record": record, "doing": doing}
        if doing is not None:
            doing["leave"] = self._address(record)
        if record is None and doing is not None:
            context["title"] = doing["act"].label
            return TemplateResponse(request, self.adding_template, context, status=status)
        shown = self.page(request, record)
        bar = self._bar(signed_in(request), record, shown)  # may add to what is shown
        context |= {"title": str(record), **shown, **bar}
        return TemplateResponse(request, self.page_template, context, status=status)

    def _bar(self, by: User, record: Any, shown: dict[str, Any]) -> dict[str, Any]:
        allowed = [act for act in self.acts.values() if act.open_to(by)]
        if not allowed:
            return {"offers": {}, "beside": {}}
        hindrances = self.hindrances(by, record, shown)
        rows: dict[str, list[Offer]] = {}
        parts: dict[str, list[Act]] = {}
        for act in allowed:
            if act.group and act.name in hindrances:
                rows.setdefault(act.group, []).append(Offer(act, hindrances[act.name]))
            if act.part:
                parts.setdefault(act.part, []).append(act)
        return {"offers": rows, "beside": parts, "seen": self.seen(record, shown)}

    # --- addresses ---

    def _asked(self, request: HttpRequest, record: Any, act: Act) -> Asked:
        by, part = signed_in(request), None
        if act.part and record is not None:
            part = self.part(by, record, act, _of(request))
        return Asked(by, record, part, {}, doing.seen_in(request))

    def _address(self, record: Any) -> str:
        place = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{place}_change", args=[record.pk]) if record is not None else reverse(f"{place}_changelist")

    def _sheet(self, request: HttpRequest, asked: Asked, act: Act) -> Sheet:
        """Which form this is, and where it stands: "claim:123:assess" is at that claim's page, ``?do=assess``."""
        name, record = str(self.opts.model_name), asked.record
        if record is None:
            address = reverse(f"admin:{self.opts.app_label}_{name}_add")
            return Sheet(asked.by.pk, f"{name}:{act.name}", address)
        number = _of(request) if act.part else None
        key = f"{name}:{record.pk}:{act.name}" + (f":{number}" if number else "")
        return Sheet(asked.by.pk, key, self._address(record) + Offer(act, of=number).address)
