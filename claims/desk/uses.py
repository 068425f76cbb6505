"""What else uses it: what rests on a record and where it ran, before a correction and after; and what each is owed."""

from typing import Any, NamedTuple

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from claims import impact, pages
from claims.admin import running
from claims.desk.bench import Bench
from claims.models import Claim, Usage
from claims.vocabularies import RelationKind, State
from claims.wording import called
from factdesk.acts import Act
from factdesk.people.models import User
from factdesk.people.who import signed_in
from sources.anchoring import quote
from sources.models import Document, Passage, Source

#: the way in which a claim rests on a record, in the desk's words
WAYS: dict[str, Any] = {
    "itself": gettext_lazy("the claim itself"),
    "origin": gettext_lazy("original source"),
    "passes_on": gettext_lazy("passes it on"),
    "spoken_for": gettext_lazy("somebody speaks for it"),
    "accused": gettext_lazy("accused"),
    "spoken_to": gettext_lazy("spoken to"),
    "published": gettext_lazy("published it"),
    "backing_published": gettext_lazy("published the backing"),
    "stands_in": gettext_lazy("says so there"),
    "backing": gettext_lazy("backing"),
    "known_position": gettext_lazy("known position of somebody accused"),
    "says_the_same": gettext_lazy("says the same as one of these"),
    **{word: gettext_lazy("tied to one of these: %(kind)s") % {"kind": label.lower()}
       for word, label in RelationKind.choices},
}  # fmt: skip
SETTLE: dict[str, Act] = {act.name: act for act in running.ACTS if act.name == "settle"}


class Subject(NamedTuple):
    """The record that is asked about: what it is called, where its own page is."""

    title: str
    place: str


def _source(by: User, number: int) -> Subject | None:
    found = Source.objects.visible_to(by).filter(pk=number).first()
    return Subject(found.name, reverse("admin:sources_source_change", args=[number])) if found else None


def _document(by: User, number: int) -> Subject | None:
    found = Document.objects.visible_to(by).select_related("publisher").filter(pk=number).first()
    return Subject(called(found), reverse("admin:sources_document_change", args=[number])) if found else None


def _passage(by: User, number: int) -> Subject | None:
    rows = Passage.objects.visible_to(by).select_related("snapshot")
    found = rows.defer("snapshot__original").filter(pk=number).first()
    if found is None:
        return None
    text = found.snapshot.text
    words = quote(text, found.start, found.end).exact if text is not None else f"{found.start}-{found.end}"
    return Subject(f"“{words}”", reverse("admin:sources_document_change", args=[found.snapshot.document_id]))


def _claim(by: User, number: int) -> Subject | None:
    found = Claim.objects.visible_to(by).filter(pk=number).first()
    return Subject(found.statement, reverse("admin:claims_claim_change", args=[number])) if found else None


SUBJECTS = {"source": _source, "document": _document, "passage": _passage, "claim": _claim}


@require_http_methods(["GET", "HEAD", "POST"])
def uses_view(request: HttpRequest, sort: str, **numbers: int) -> HttpResponse:
    """What rests on it; by POST, what a usage is owed is settled."""
    by, number = signed_in(request), numbers[f"{sort}_id"]
    subject = SUBJECTS[sort](by, number)
    if subject is None:
        raise Http404
    address = reverse(f"desk:uses_{sort}", args=[number])
    worked = Bench(request, address, SETTLE, lambda act, of: _usage(by, of)).work()
    if isinstance(worked, HttpResponse):
        return worked
    found = impact.of(sort, number, by)
    pages.veil(found.usages, by)
    context = {
        **admin.site.each_context(request),
        "title": _("What else uses it: {what}").format(what=subject.title),
        "subject": subject,
        "sort": sort,
        "found": found,
        "copies": [(one, _may_open(one.document, by)) for one in found.copies],
        "claims": [(one, [WAYS[way] for way in one.ways], _reopens(one.claim, by)) for one in found.claims],
        "settles": SETTLE["settle"].open_to(by),
        **worked,
    }
    return TemplateResponse(request, "desk/uses.html", context, status=worked.get("answered", 200))


def _may_open(document: Document, by: User) -> bool:
    return not document.restricted or by.may("read_restricted")


def _reopens(claim: Claim, by: User) -> bool:
    """Whether this person may say that it is to be looked at again."""
    return claim.state == State.SIGNED_OFF and by.may("reopen")


def _usage(by: User, number: int) -> tuple[Any, Any] | None:
    rows = Usage.objects.visible_to(by).select_related("claim", "document")
    found = rows.filter(pk=number, withdrawn_at__isnull=True).first()
    if found is None:
        return None
    pages.veil([found], by)
    return found.claim, found
