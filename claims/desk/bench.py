"""Acts of claims and of their parts, done on a page that is not the claim's own; afterwards one is back on that page.

The bargain: the same acts, forms, drafts and refusals as on the claim's page (``factdesk.doing``). What was typed and
refused is in the form again, on the page where it was typed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from factdesk import differences, doing
from factdesk.acts import Act, Asked
from factdesk.people import drafts
from factdesk.people.drafts import Sheet
from factdesk.people.who import signed_in

#: (act, number) -> the record and its part that are meant; None where there is none for this person
Find = Callable[[Act, int], tuple[Any, Any] | None]


@dataclass
class Bench:
    """The acts of a page at ``address``. ``find`` looks up what an act is about."""

    request: HttpRequest
    address: str
    acts: Mapping[str, Act]
    find: Find

    def work(self) -> HttpResponse | dict[str, Any]:
        """By POST, do what is asked: a redirect, or what the page shows of a refusal. By GET, the form asked for.

        What is shown: ``doing``, ``doing_of`` (the number of what it is about), ``seen``, ``answered`` (HTTP status).
        """
        act = self.acts.get(self.request.GET.get("do", ""))
        number = doing.number(self.request.GET.get("of"))
        posts = self.request.method == "POST"
        if act is None or number is None:
            if posts:
                raise PermissionDenied
            return {}
        by = signed_in(self.request)
        found = self.find(act, number)
        if posts and not act.open_to(by):
            raise PermissionDenied
        if found is None:
            if posts:
                raise Http404
            return {}
        record, part = found
        asked = Asked(by, record, part, {}, doing.seen_in(self.request))
        sheet = self._sheet(act, asked, number)
        return self._send(act, asked, sheet, number) if posts else self._open(act, asked, sheet, number)

    def _open(self, act: Act, asked: Asked, sheet: Sheet, number: int) -> dict[str, Any]:
        may_not = not act.open_to(asked.by) or act.form is None
        if act.form is None or (may_not and drafts.of(asked.by, sheet.form) is None):
            return {}
        return self._shown(doing.opened(self.request, act, asked, sheet), asked, number, 200)

    def _send(self, act: Act, asked: Asked, sheet: Sheet, number: int) -> HttpResponse | dict[str, Any]:
        outcome = doing.sent(self.request, act, asked, sheet)
        if outcome.discarded:
            return redirect(sheet.address)
        if outcome.done:
            messages.success(self.request, act.told or act.label)
            return redirect(self.address)
        found = self.find(act, number)
        if found is not None:
            outcome.doing["difference"] = differences.since(found[1] or found[0], asked.seen.get("part_version"))
            asked.record, asked.part = found
            outcome.doing |= {"part": found[1], "part_seen": doing.part_seen(found[1])}
        return self._shown(outcome.doing, asked, number, outcome.status)

    def _shown(self, doing: dict[str, Any], asked: Asked, number: int, status: int) -> dict[str, Any]:
        record = asked.record
        names = [name for name in ("revision", "version") if hasattr(record, name)]
        doing["leave"] = self.address
        seen = {name: getattr(record, name) for name in names}
        return {"doing": doing, "doing_of": number, "seen": seen, "answered": status}

    def _sheet(self, act: Act, asked: Asked, number: int) -> Sheet:
        """The same form as on the record's own page: a draft begun here is there, too."""
        key = f"{asked.record._meta.model_name}:{asked.record.pk}:{act.name}" + (f":{number}" if act.part else "")
        return Sheet(asked.by.pk, key, f"{self.address}?do={act.name}&of={number}")
