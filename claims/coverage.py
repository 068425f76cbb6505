"""Lines left (DOMAIN.md §3, Coverage): which sentences of a document have claims, which were ruled out, what is open.

A sentence has a claim where marked words of a hop that counts overlap it. It is ruled out where the newest ruling about
it is not ``checkable``. A claim goes before a ruling.
"""

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


def marked(within: str = "") -> QuerySet[Attribution]:
    """Hops that count and mark words; of the sentence in the outer query where ``within`` is the way to it."""
    hops = Attribution.objects.filter(withdrawn_at__isnull=True, passage__isnull=False)
    if not within:
        return hops
    place = {"snapshot": "snapshot_id", "start__lt": "end", "end__gt": "start"}
    return hops.filter(**{f"{within}__{name}": OuterRef(outer) for name, outer in place.items()})


def lines(snapshot: Snapshot) -> list[Line]:
    """The snapshot's sentences, in order."""
    claims = marked("passage").order_by().values(at=F("passage__snapshot"))
    listed = claims.annotate(found=ArrayAgg("claim", distinct=True, default=[])).values("found")
    sentences = _ruled(Sentence.objects.filter(snapshot=snapshot)).annotate(claims=Subquery(listed)).order_by("start")
    return [Line(one, one.claims or [], one.ruled or "", one.because or "") for one in sentences]


def coverage(documents: QuerySet[Document]) -> list[Coverage]:
    """One row for each document that has a snapshot with sentences, in the order of its key."""
    copies = Snapshot.objects.filter(document__in=documents, sentences__isnull=False)
    newest = copies.order_by("document", "-captured_at", "-pk").distinct("document")
    of = {snapshot.pk: snapshot.document for snapshot in newest.select_related("document")}
    sentences = _ruled(Sentence.objects.filter(snapshot__in=of)).annotate(claimed=Exists(marked("passage")))
    counted = sentences.values("snapshot").annotate(
        all=Count("pk"),
        with_claims=Count("pk", filter=Q(claimed=True)),
        out=Count("pk", filter=Q(claimed=False, ruled__isnull=False)),
    )
    claims = dict(
        marked()
        .filter(passage__snapshot__in=of)
        .values_list("passage__snapshot")
        .annotate(Count("claim", distinct=True))
    )
    found = [
        Coverage(of[row["snapshot"]], row["all"], row["with_claims"], row["out"], claims.get(row["snapshot"], 0))
        for row in counted
    ]
    return sorted(found, key=lambda row: (row.document.key or "", row.document.pk))


def _ruled(sentences: QuerySet[Sentence]) -> QuerySet[Any]:
    newest = Ruling.objects.filter(about=RulingAbout.SENTENCE, sentence=OuterRef("pk")).order_by("-pk")[:1]
    ruled = NullIf(Subquery(newest.values("decision")), Value(CHECKABLE))
    return sentences.annotate(ruled=ruled, because=Subquery(newest.values("reason")))
