"""Sources, material, marked words and claims as forms choose them: what matches some words, for who may see it."""

from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from claims.models import Claim
from claims.wording import called
from factdesk.choosing import MOST_MATCHES, Choice, Chosen, Finder, as_typed, number_in
from factdesk.people.models import User
from factdesk.people.who import signed_in
from sources.anchoring import quote
from sources.models import Document, Passage, Source
from sources.models.source import Identity

#: Among so many marked words of a document are those looked for that hold what was typed.
MOST_PASSAGES = 2000
LONGEST_NAME = 120


def _found(rows: QuerySet[Any], words: str, config: str) -> QuerySet[Any]:
    """The rows that hold the words, of which the last may not be finished; or the one with that number."""
    query, number = as_typed(words, config), number_in(words)
    asked = Q(search=query) if query else Q(pk__in=[])
    return rows.filter(asked | Q(pk=number)) if number else rows.filter(asked)


# --- sources ---


def _source(source: Source) -> Choice:
    facts = [source.get_kind_display().lower()]
    facts += [source.get_identity_display().lower()] if source.identity != Identity.NAMED else []
    facts += [f"= {source.merged_into}"] if source.merged_into else []
    return Choice(source.pk, source.name, f"{', '.join(facts)}, {source.pk}")


def _sources(by: User) -> QuerySet[Source]:
    return Source.objects.visible_to(by).select_related("merged_into")


def _matching_sources(by: User, words: str) -> list[Choice]:
    return [_source(one) for one in _found(_sources(by), words, "simple").order_by("name", "pk")[:MOST_MATCHES]]


def _one_source(by: User, number: int) -> Choice | None:
    found = _sources(by).filter(pk=number).first()
    return _source(found) if found else None


# --- material ---


def _document(document: Document) -> Choice:
    day = f"{document.published_on:%-d %b %Y}" if document.published_on else ""
    publisher = document.publisher.name if document.publisher else ""
    facts = [fact for fact in (document.get_kind_display().lower(), publisher, day, str(document.pk)) if fact]
    if not document.title and publisher:  # its name says so already
        facts = facts[-1:]
    return Choice(document.pk, called(document), ", ".join(facts))


def _documents(by: User) -> QuerySet[Document]:
    return Document.objects.visible_to(by).select_related("publisher")


def _matching_documents(by: User, words: str) -> list[Choice]:
    return [_document(one) for one in _found(_documents(by), words, "simple").order_by("-pk")[:MOST_MATCHES]]


def _one_document(by: User, number: int) -> Choice | None:
    found = _documents(by).filter(pk=number).first()
    return _document(found) if found else None


# --- claims ---


def _claim(claim: Claim) -> Choice:
    return Choice(claim.pk, claim.statement, f"{claim.get_kind_display().lower()}, {claim.pk}")


def _matching_claims(by: User, words: str) -> list[Choice]:
    rows = _found(Claim.objects.visible_to(by), words, "english").order_by("-pk")[:MOST_MATCHES]
    return [_claim(one) for one in rows]


def _one_claim(by: User, number: int) -> Choice | None:
    found = Claim.objects.visible_to(by).filter(pk=number).first()
    return _claim(found) if found else None


# --- marked words: their name is what they say ---


def _passages(by: User) -> QuerySet[Passage]:
    return Passage.objects.visible_to(by).select_related("snapshot__document")


def _passage(passage: Passage) -> Choice:
    text = passage.snapshot.text
    words = quote(text, passage.start, passage.end).exact if text is not None else f"{passage.start}-{passage.end}"
    words = " ".join(words.split())
    words = words if len(words) <= LONGEST_NAME else f"{words[: LONGEST_NAME - 1]}…"
    return Choice(passage.pk, words, f"{called(passage.snapshot.document)}, {passage.pk}")


def _matching_passages(by: User, words: str) -> list[Choice]:
    number, asked = number_in(words), " ".join(words.split()).casefold()
    rows = _passages(by)
    if number:
        return [_passage(one) for one in rows.filter(pk=number)]
    newest = rows.filter(snapshot__text__icontains=asked).order_by("-pk")[:MOST_PASSAGES] if asked else rows.none()
    named = (_passage(one) for one in newest.iterator(chunk_size=200))
    return [one for one in named if asked in one.name.casefold()][:MOST_MATCHES]


def _one_passage(by: User, number: int) -> Choice | None:
    found = _passages(by).filter(pk=number).first()
    return _passage(found) if found else None


FINDERS = {
    finder.sort: finder
    for finder in (
        Finder("source", _matching_sources, _one_source),
        Finder("document", _matching_documents, _one_document),
        Finder("claim", _matching_claims, _one_claim),
        Finder("passage", _matching_passages, _one_passage),
    )
}


def chosen(sort: str, **facts: Any) -> Chosen:
    """A form field in which a record of this sort is named."""
    facts.setdefault("required", False)
    return Chosen(FINDERS[sort], **facts)


@require_safe
def suggestions(request: HttpRequest, sort: str) -> JsonResponse:
    """``{"matches": [{"id", "name", "facts"}]}`` for ``?q=``, for the script that fills a list as one types."""
    finder = FINDERS.get(sort)
    words = request.GET.get("q", "")[:200]
    found = finder.matches(signed_in(request), words) if finder and words.strip() else []
    return JsonResponse({"matches": [{"id": one.pk, "name": one.name, "facts": one.facts} for one in found]})


def addresses(site: AdminSite) -> list[URLPattern]:
    """Where the suggestions are asked for."""
    return [path("find/<str:sort>/", site.admin_view(suggestions), name="claims_find")]
