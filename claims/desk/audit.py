"""The audit sheet to print: all that is on the record of a claim, as it was at a moment, in the desk's words.

The bargain: what it says is the sheet of :mod:`claims.api.audit`, put into words by :mod:`claims.desk.auditwords`,
under the same SHA-256. Nothing is cut short: who reads it in court has nothing else.
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from claims.api import audit
from claims.desk.auditwords import Writer, said_at
from claims.linkeddata import moment as written
from claims.models import Claim
from factdesk.people.who import signed_in


def _claim(request: HttpRequest, number: int) -> Claim:
    by = signed_in(request)
    claim = Claim.objects.visible_to(by).filter(pk=number).first()
    if claim is None:
        raise Http404
    if not by.may(audit.RIGHT):
        raise PermissionDenied
    return claim


@require_safe
def margins_view(request: HttpRequest, claim_id: int) -> HttpResponse:
    """What stands at the foot of every printed page: which claim, as of when, the digest. A style sheet, since only
    such may write there, and the pages' policy takes none that stands in the page.
    """
    claim = _claim(request, claim_id)
    digest = request.GET.get("sha256", "")
    at, wrong = _moment(request.GET.get("at", ""))
    if wrong or not re.fullmatch("([0-9a-f]{64})?", digest):
        raise Http404
    which = f"{claim.key or claim.pk}" + (f" · {_('as of')} {said_at(at)}" if at else "")
    rules = f"@bottom-left {{ content: {_string(which)} }} @bottom-center {{ content: {_string(digest)} }}"
    return HttpResponse(f"@page {{ {rules} }}\n", content_type="text/css; charset=utf-8")


def _string(text: str) -> str:
    """A CSS string (CSS Syntax §4.3.7): whatever is no plain letter or figure by its number."""
    return '"' + "".join(one if one.isascii() and one.isalnum() else f"\\{ord(one):x} " for one in text) + '"'


@require_safe
def audit_view(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The sheet, to look at and to print; ``?at=`` a moment of the desk's time zone, or one with its own offset."""
    claim = _claim(request, claim_id)
    asked = request.GET.get("at", "")
    at, wrong = _moment(asked)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Audit sheet: claim {number}").format(number=claim.key or claim.pk),
        "claim": claim,
        "asked": asked,
        "wrong": wrong,
    }
    moment = at or timezone.now()
    try:
        made = None if wrong else audit.sheet(claim, signed_in(request), moment)
    except audit.NotThereYet:
        made, context["wrong"] = None, _("At that moment the claim was not on the desk.")
    if made is not None:
        context |= _told(made, claim, moment)
    return TemplateResponse(request, "desk/audit.html", context, status=200 if made else 400)


def _told(made: audit.Sheet, claim: Claim, at: datetime) -> dict[str, Any]:
    """What the page shows. Whoever printed it can ask for the same moment again, and gets the same digest."""
    writer = Writer(made.told)
    query = urlencode({"at": written(at)})
    return {
        "sheet": made.told,
        "sha256": made.sha256,
        "moment": at,
        "as_of": said_at(at),
        "through": said_at(made.told["through"]),
        "printed": said_at(timezone.now()),
        "stood": writer.record("claims", made.told["stands"]["claim"]),
        "sections": list(writer.sections()),
        "versions": list(writer.versions()),
        "material": list(writer.material()),
        "margins": f"{reverse('desk:audit_margins', args=[claim.pk])}?{urlencode({'sha256': made.sha256})}&{query}",
        "as_json": f"{reverse('claim-audit', args=[claim.pk])}?{query}",
    }


def _moment(text: str) -> tuple[datetime | None, str]:
    """The moment asked for (None: now), and what is wrong with it."""
    if not text:
        return None, ""
    try:
        found = parse_datetime(text)
        at = found and (found if timezone.is_aware(found) else timezone.make_aware(found))
    except (ValueError, OverflowError):
        at = None
    if at is None:
        return None, _("Give a moment as 2026-03-01T23:30, in the desk's time zone, or with an offset.")
    if at > timezone.now():
        return None, _("This moment is still to come.")
    return at, ""
