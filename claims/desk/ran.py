"""A reader complains: the words that ran, the line in which they stood, who checked it, and on what.

The bargain: the words are looked for in what usages say was printed, and in our own copy; every word must be there, in
any order, in one printed text or one line. A complaint is mostly about what is new: the newest pieces are read through,
older ones where a claim has the words (which an index knows). A fixed number of queries; the newest first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from unicodedata import category

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

#: So many printed texts, and so many lines, are shown.
MOST = 20
#: So many saved copies with the words are gone through.
MOST_COPIES = 60
#: Of so many of our newest pieces the newest copy is read through, and of so many of these every copy.
MOST_READ, MOST_READ_WHOLLY = 2000, 200
#: So many older pieces are found by their claims.
MOST_BY_CLAIMS = 200
#: what stands between words: quotation marks of whatever sort, brackets (Unicode categories), and what typewriters have
MARKS, APART, ENDS = ("Pi", "Pf", "Ps", "Pe"), "'\"`\u00b4", ".,;:!?\u2026\u2013\u2014-"
#: So many words of the question count.
MOST_WORDS = 12


@dataclass
class Found:
    """A line of our own copy with these words, or a printed text; ``usage`` says where that ran. ``is_old``: the
    newest copy does not say so any more.
    """

    words: str
    document: Document | None = None
    saved_at: datetime | None = None
    number: int = 0
    line: int = 0
    is_old: bool = False
    usage: Usage | None = None
    checked: list[Checked] = field(default_factory=list)


def asked_words(question: str) -> list[str]:
    """The words of a question, each at least two characters, without what stands around them. Apostrophes and
    quotation marks part words: mail has others than print.
    """
    plain = "".join(" " if one in APART or category(one) in MARKS else one for one in question)
    parts = (part.strip(ENDS) for part in plain.split())
    return [word for word in parts if len(word) > 1][:MOST_WORDS]


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


def _to_read(words: list[str], by: User) -> dict[int, int]:
    """The saved copies that are read through, each with its document, newest first."""
    newest = Snapshot.objects.filter(document=OuterRef("pk")).order_by("-captured_at", "-pk").values("pk")[:1]
    ours = Document.objects.visible_to(by).filter(kind=DocumentKind.DESK_COPY).order_by("-pk")
    saying = Claim.objects.visible_to(by).matching(" ".join(words)).values("pk")
    hops = Attribution.objects.filter(withdrawn_at__isnull=True, claim__in=saying).values("document")
    wholly = [*ours.values_list("pk", flat=True)[:MOST_READ_WHOLLY]]
    wholly += ours.filter(pk__in=hops).exclude(pk__in=wholly).values_list("pk", flat=True)[:MOST_BY_CLAIMS]
    last = list(ours.annotate(newest=Subquery(newest)).values_list("newest", flat=True)[:MOST_READ])
    copies = Snapshot.objects.filter(Q(pk__in=last) | Q(document__in=wholly)).order_by("-captured_at", "-pk")
    return dict(copies.values_list("pk", "document"))


def _lines(words: list[str], by: User) -> list[tuple[Sentence, Found]]:
    """The lines of our own copy that hold all the words, each as the newest copy has it that does."""
    to_read = _to_read(words, by)
    newest = {document: copy for copy, document in reversed(to_read.items())}
    rows = Snapshot.objects.filter(_having("text", words), pk__in=to_read).defer("original")
    beside = rows.select_related("document__publisher", "document__piece").order_by("-captured_at", "-pk")
    copies = {copy.pk: copy for copy in beside[:MOST_COPIES]}
    small = [word.casefold() for word in words]
    found: dict[int, tuple[Sentence, Found]] = {}
    numbers: dict[int, int] = {}
    for sentence in Sentence.objects.filter(snapshot__in=copies).order_by(
        "-snapshot__captured_at", "-snapshot", "start"
    ):
        number = numbers[sentence.snapshot_id] = numbers.get(sentence.snapshot_id, 0) + 1
        copy = copies[sentence.snapshot_id]
        line = (copy.text or "")[sentence.start : sentence.end]
        if len(found) < MOST and sentence.thread_of not in found and all(word in line.casefold() for word in small):
            is_old = newest[copy.document_id] != copy.pk
            told = Found(line, copy.document, copy.captured_at, number, sentence.pk, is_old)
            found[sentence.thread_of] = (sentence, told)
    return list(found.values())


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
