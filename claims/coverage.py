"""Lines left (DOMAIN.md §3, Coverage): which sentences of a document have claims, which were ruled out, what is open.

A sentence has a claim where marked words of a hop that counts overlap it, or overlap, in another saved copy, a sentence
of the same thread: a line keeps its claims from copy to copy, also when its words change. It is ruled out where the
newest ruling on its line (the same words in any copy) is not ``checkable``. A claim goes before a ruling.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import NullIf

from claims.models import Attribution, Ruling
from claims.vocabularies import CHECKABLE, RulingAbout, SentenceRuling
from sources.models import Document, Sentence, Snapshot


@dataclass(frozen=True)
class Coverage:
    """How many sentences the newest snapshot with sentences has, and how many of them are dealt with in which way."""

    document: Document
    sentences: int
    claimed: int
    ruled_out: int
    claims: int

    @property
    def left(self) -> int:
        """Sentences that are neither."""
        return self.sentences - self.claimed - self.ruled_out


@dataclass(frozen=True)
class Line:
    """A sentence; ``claims``: their ids, ascending; ``ruled``: why it needs none, ``because``: in words."""

    sentence: Sentence
    claims: list[int]
    ruled: str
    because: str

    @property
    def ruled_label(self) -> str:
        """Why it needs none, in the desk's words."""
        return str(SentenceRuling(self.ruled).label) if self.ruled else ""


def marked(documents: Any, claims: Collection[int] | None = None) -> QuerySet[Sentence]:
    """The sentences of these documents, in every saved copy, that marked words of a hop that counts (of these claims)
    overlap: a row for each such hop, which is at ``snapshot__passages__attributions``.
    """
    hop = "snapshot__passages__attributions"
    of = {} if claims is None else {f"{hop}__claim__in": claims}  # in the same call: another would mean another hop
    return Sentence.objects.filter(
        **{"snapshot__document__in": documents, f"{hop}__isnull": False, f"{hop}__withdrawn_at__isnull": True, **of},
        start__lt=F("snapshot__passages__end"),
        end__gt=F("snapshot__passages__start"),
    )


def claims_of_threads(document_id: int) -> dict[int, list[int]]:
    """The claims (ids, ascending) that stand on each thread of a document (``Sentence.thread_of``)."""
    claims = ArrayAgg("snapshot__passages__attributions__claim", distinct=True)
    found = marked([document_id]).order_by().values_list("thread_of").annotate(claims=claims)
    return {thread: sorted(claims) for thread, claims in found}


def lines(snapshot: Snapshot) -> list[Line]:
    """The snapshot's sentences, in order."""
    claims = claims_of_threads(snapshot.document_id)
    sentences: QuerySet[Any] = _ruled(Sentence.objects.filter(snapshot=snapshot)).order_by("start")
    return [Line(one, claims.get(one.thread_of, []), one.ruled or "", one.because or "") for one in sentences]


def coverage(documents: QuerySet[Document]) -> list[Coverage]:
    """One row for each document that has a snapshot with sentences, in the order of its key."""
    copies = Snapshot.objects.filter(document__in=documents, sentences__isnull=False)
    newest = copies.order_by("document", "-captured_at", "-pk").distinct("document")
    of = {snapshot.pk: snapshot.document for snapshot in newest.defer("text", "original").select_related("document")}
    claimed = Q(thread_of__in=marked(of.values()).order_by().values("thread_of"))
    counted = (
        _ruled(Sentence.objects.filter(snapshot__in=of))
        .values("snapshot")
        .annotate(
            all=Count("pk"),
            with_claims=Count("pk", filter=claimed),
            out=Count("pk", filter=~claimed & Q(ruled__isnull=False)),
        )
    )
    claims = dict(_standing(of).values_list("document").annotate(Count("claim", distinct=True)))
    found = [
        Coverage(document, row["all"], row["with_claims"], row["out"], claims.get(document.pk, 0))
        for row in counted
        for document in [of[row["snapshot"]]]
    ]
    return sorted(found, key=lambda row: (row.document.key or "", row.document.pk))


def _standing(newest: Collection[int]) -> QuerySet[Attribution]:
    """Hops that count and mark words in one of these copies, or of a thread that goes on in it."""
    goes_on = Sentence.objects.filter(
        snapshot=OuterRef("passage__snapshot"),
        start__lt=OuterRef("passage__end"),
        end__gt=OuterRef("passage__start"),
        thread_of__in=Sentence.objects.filter(snapshot__in=newest).values("thread_of"),
    )
    hops = Attribution.objects.filter(withdrawn_at__isnull=True, passage__snapshot__document__snapshots__in=newest)
    return hops.filter(Q(passage__snapshot__in=newest) | Exists(goes_on))


def _ruled(sentences: QuerySet[Sentence]) -> QuerySet[Any]:
    on_the_line = Ruling.objects.filter(about=RulingAbout.SENTENCE, sentence__line_of=OuterRef("line_of"))
    newest = on_the_line.order_by("-pk")[:1]
    ruled = NullIf(Subquery(newest.values("decision")), Value(CHECKABLE))
    return sentences.annotate(ruled=ruled, because=Subquery(newest.values("reason")))
