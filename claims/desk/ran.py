"""A reader complains: the words that ran, the line in which they stood, who checked it, and on what.

The bargain: the words are looked for in what usages say was printed, and in the newest saved copies of our own copy;
every word must be there, in any order, in one printed text or one line. A fixed number of queries; the newest first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from claims import pages
from claims.desk import checked
from claims.desk.checked import Checked
from claims.models import Attribution, Claim, Usage
from factdesk.people.models import User
from factdesk.people.who import signed_in
from sources.models import Document, Passage, Sentence, Snapshot
from sources.models.document import DocumentKind

#: So many printed texts, and so many copies and lines of them, are shown.
MOST = 20
#: So many words of the question count.
MOST_WORDS = 12


@dataclass
class Found:
    """A line of our own copy with these words, or a printed text; ``usage`` says where that ran."""

    words: str
    document: Document | None = None
    saved_at: datetime | None = None
    number: int = 0
    usage: Usage | None = None
    checked: list[Checked] = field(default_factory=list)


def asked_words(question: str) -> list[str]:
    """The words of a question, without quotation marks around it; each at least two characters."""
    plain = question.strip().strip("\"'“”„«»")
    return [word for word in plain.split() if len(word) > 1][:MOST_WORDS]


def _having(column: str, words: Iterable[str]) -> Q:
    found = Q()
    for word in words:
        found &= Q(**{f"{column}__icontains": word})
    return found


def search(words: list[str], by: User) -> list[Found]:
    """Printed texts and lines with all of these words, newest first."""
    if not words:
        return []
    printed = list(_printed(words, by))
    lines = _lines(words, by)
    claims = _claims_on([sentence for sentence, found in lines])
    rows = Claim.objects.visible_to(by).in_bulk(
        {one.claim_id for one in printed} | {claim for listed in claims.values() for claim in listed}
    )
    facts = checked.of(rows.values(), by)
    for sentence, found in lines:
        found.checked = [facts[claim] for claim in sorted(claims.get(sentence.pk, ())) if claim in facts]
    ran = [Found(one.printed, one.document, usage=one, checked=[facts[one.claim_id]]) for one in printed]
    return ran + [found for sentence, found in lines]


def _printed(words: list[str], by: User) -> QuerySet[Usage]:
    rows = Usage.objects.visible_to(by).filter(_having("printed", words), withdrawn_at__isnull=True)
    if not by.may("read_restricted"):
        rows = rows.exclude(document__restricted=True)
    return rows.select_related("document__piece", "claim").order_by("-pk")[:MOST]


def _copies(words: list[str], among: QuerySet[Any]) -> QuerySet[Snapshot]:
    rows = Snapshot.objects.filter(_having("text", words), pk__in=among).defer("original")
    return rows.select_related("document__publisher", "document__piece")


def _lines(words: list[str], by: User) -> list[tuple[Sentence, Found]]:
    """The lines of the newest copies of our own copy that hold all the words."""
    newest = Snapshot.objects.filter(document=OuterRef("pk")).order_by("-captured_at", "-pk").values("pk")[:1]
    ours = Document.objects.visible_to(by).filter(kind=DocumentKind.DESK_COPY).annotate(newest=Subquery(newest))
    copies = {copy.pk: copy for copy in _copies(words, ours.values("newest")).order_by("-captured_at", "-pk")[:MOST]}
    small = [word.casefold() for word in words]
    found: list[tuple[Sentence, Found]] = []
    numbers: dict[int, int] = {}
    for sentence in Sentence.objects.filter(snapshot__in=copies).order_by(
        "-snapshot__captured_at", "snapshot", "start"
    ):
        number = numbers[sentence.snapshot_id] = numbers.get(sentence.snapshot_id, 0) + 1
        copy = copies[sentence.snapshot_id]
        line = (copy.text or "")[sentence.start : sentence.end]
        if len(found) < MOST and all(word in line.casefold() for word in small):
            found.append((sentence, Found(line, copy.document, copy.captured_at, number)))
    return found


def _claims_on(sentences: list[Sentence]) -> dict[int, set[int]]:
    """The claims on each line: marked in whichever copy of the document, where the line has the same thread."""
    threads = {one.thread_of for one in sentences}
    marked = Passage.objects.filter(
        attributions__withdrawn_at__isnull=True, attributions__isnull=False,
        snapshot__sentences__thread_of__in=threads,
        snapshot__sentences__start__lt=F("end"), snapshot__sentences__end__gt=F("start"),
    )  # fmt: skip
    pairs: dict[int, set[int]] = {}
    for passage, thread in marked.values_list("pk", "snapshot__sentences__thread_of"):
        pairs.setdefault(passage, set()).add(thread)
    by_thread: dict[int, set[int]] = {}
    hops = Attribution.objects.filter(passage__in=pairs, withdrawn_at__isnull=True)
    for passage, claim in hops.values_list("passage", "claim"):
        for thread in pairs[passage or 0]:
            by_thread.setdefault(thread, set()).add(claim)
    return {one.pk: by_thread.get(one.thread_of, set()) for one in sentences}


@require_safe
def ran_view(request: HttpRequest) -> HttpResponse:
    """The page: ``?q=`` are the words that ran."""
    by = signed_in(request)
    question = request.GET.get("q", "")[:500].replace("\0", "")
    found = search(asked_words(question), by)
    pages.veil([one.usage for one in found if one.usage], by)
    context = {**admin.site.each_context(request), "title": _("What ran"), "question": question, "found": found}
    return TemplateResponse(request, "desk/ran.html", context)
