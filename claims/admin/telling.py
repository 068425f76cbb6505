"""What one is told of: the list of one's notices, and the switches by which one says what one wants to be told."""

import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from claims import notices
from claims.models import Notice
from claims.vocabularies import NoticeAbout
from factdesk.doing import number
from factdesk.people import drafts
from factdesk.people.models import User
from factdesk.people.who import signed_in

#: So many notices stand on the page.
MOST = 100


@require_http_methods(["GET", "HEAD", "POST"])
def notices_view(request: HttpRequest) -> HttpResponse:
    """The page; by POST, notices are marked as seen (``up_to``) or what one is told is switched."""
    by = signed_in(request)
    if request.method == "POST":
        up_to = number(request.POST.get("up_to"))
        if up_to is not None:
            notices.see(by=by, up_to=up_to)
        else:
            _switch(by, request)
            messages.success(request, _("Changed."))
        return redirect("admin:claims_notices")
    told = list(notices.of(by)[:MOST])
    context = {
        **admin.site.each_context(request),
        "title": _("For you"),
        "notices": [(one, notices.place(one), _what(one, by)) for one in told],
        "up_to": told[0].pk if any(one.seen_at is None for one in told) else None,
        "drafts": [(_form(draft.form), draft) for draft in drafts.all_of(by)],
        "switches": [(NoticeAbout(word), *both) for word, both in notices.switches(by).items()],
    }
    return TemplateResponse(request, "claims/notices.html", context)


def _form(key: str) -> str:
    """A form's key in words: "claim:123:assess" is "Finding, claim 123"."""
    for page in admin.site._registry.values():
        sort, *numbers, name = re.sub(r":([0-9]+)$", "", key).split(":")
        acts = getattr(page, "acts", {})
        if sort == page.opts.model_name and name in acts and numbers:
            return f"{acts[name].label}, {page.opts.verbose_name} {numbers[0]}"
    return key.partition(":")[0]


def _switch(by: User, request: HttpRequest) -> None:
    """One call for each sort that was changed."""
    for word, before in notices.switches(by).items():
        now = (f"{word}-desk" in request.POST, f"{word}-mail" in request.POST)
        if now != before:
            notices.switch(by=by, about=word, in_desk=now[0], by_mail=now[1])


def _what(notice: Notice, by: User) -> str:
    """What it is about, in the record's words where this person may read them."""
    if notice.claim is not None:
        return str(notice.claim)
    document: Any = notice.piece.document if notice.piece else None
    if document is None or (document.restricted and not by.may("read_restricted")):
        return _("Restricted material")
    return str(document)


def addresses(site: AdminSite) -> list[URLPattern]:
    """Where it is."""
    return [path("notices/", site.admin_view(notices_view), name="claims_notices")]
