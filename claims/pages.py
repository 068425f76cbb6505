"""What the pages of a claim, a document and a source show: each in a fixed number of queries, however much there is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims import chains, coverage, findings, matching, origins
from claims.labels import FINDINGS, LABELS, REASONS
from claims.models import Accusation, Annotation, Assessment, Attribution, Claim, Clearance, Evidence, Relation, Usage
from claims.origins import Origin
from claims.vocabularies import FindingRuling, Flag, Stance, Warning
from claims.wording import amount, figure_facts, owed
from factdesk.people.roles import Asker
from sources.anchoring import quote
from sources.merging import merged_with
from sources.models import Document, Passage, Sentence, Snapshot, Source

#: So many claims stand on a source's page; a list has the rest.
MOST_SAID = 30
#: So many claims and documents stand on the front page.
MOST_SHOWN = 12
#: So many differences are told at once; the rest on demand.
MOST_WARNINGS = 2
#: What restricted material is called for those who may not read it.
RESTRICTED = gettext_lazy("Restricted material")


def front_page(asker: Asker) -> dict[str, Any]:
    """The claims that changed last, and the lines left of the newest material."""
    seen = Document.objects.visible_to(asker)
    newest = seen.filter(snapshots__sentences__isnull=False).distinct().order_by("-pk")[:MOST_SHOWN]
    return {
        "newest": Claim.objects.visible_to(asker).order_by("-updated_at", "-id")[:MOST_SHOWN],
        "coverage": coverage.coverage(Document.objects.filter(pk__in=[one.pk for one in newest])),
    }


def veil(rows: Iterable[Any], asker: Asker) -> list[Any]:
    """Rows that stand in documents, restricted ones without their title and words for who may not read such."""
    listed = list(rows)
    for row in listed:
        if row.document and row.document.restricted and not asker.may("read_restricted"):
            row.document = Document(pk=row.document.pk, kind=row.document.kind, title=str(RESTRICTED))
            row.passage = None
    return listed


def clearances(**of: Any) -> QuerySet[Clearance]:
    """Decisions on printing, each with who made it and, as ``value_before``, what had been decided before."""
    before = Clearance.objects.filter(claim=OuterRef("claim"), pk__lt=OuterRef("pk")).order_by("-pk").values("value")
    return Clearance.objects.filter(**of).select_related("by").annotate(value_before=Subquery(before[:1]))


def claim_page(claim: Claim, asker: Asker) -> dict[str, Any]:
    """The claim's chain, original sources, figures, backing, remarks, decisions and ties."""
    hops, found = hops_of(claim, asker), origins.of([claim.pk])[claim.pk]
    chain = chains.read(claim, hops, found, _quotes(hops))
    live = {"claim": claim, "withdrawn_at__isnull": True}
    accusations = Accusation.objects.filter(**live).select_related("accused").prefetch_related("requests")
    relations = Relation.objects.filter(Q(claim=claim) | Q(other=claim), withdrawn_at__isnull=True)
    evidence = Evidence.objects.filter(**live).select_related("document__publisher", "spoken_to")
    figures = claim.quantities.filter(withdrawn_at__isnull=True).select_related("base").order_by("id")
    return {
        "claim": claim,
        "labels": LABELS,
        "ways": [list(reversed(way)) for way in ways(hops)],
        "hops": hops,
        "chain": chain,
        "chain_lists": chains.lists(chain),
        "origins": _origins(found, hops),
        "warnings": [Warning(word) for word in claim.warnings],
        "flags": [Flag(word) for word in claim.flags],
        "decision": clearances(claim=claim).order_by("-id").first(),
        **differing(claim, asker),
        "checked": matching.checked_before(claim, asker),
        "figures": [(one, amount(one), figure_facts(one)) for one in figures],
        "accusations": [(one, owed(one)) for one in accusations.order_by("id")],
        "evidence": veil(evidence.order_by("id"), asker),
        "annotations": _threads(Annotation.objects.filter(**live).select_related("by", "resolved_by").order_by("id")),
        "assessments": list(
            Assessment.objects.filter(claim=claim)
            .select_related("author")
            .prefetch_related("sign_offs__by")
            .order_by("-id")
        ),
        "relations": relations.select_related("claim", "other").order_by("id"),
        "documents": list({hop.document: None for hop in hops if hop.document}),
        "usages": veil(
            Usage.objects.filter(**live).select_related("document", "open_decided_by").order_by("id"), asker
        ),
    }


def differing(claim: Claim, asker: Asker) -> dict[str, Any]:
    """What does not agree with what: ``differences`` that are worth a warning, and ``quiet`` ones, settled or none."""
    found = findings.of([claim.pk], asker).get(claim.pk, [])
    others = {number for one in found for number in one.claims} - {claim.pk}
    named = Claim.objects.visible_to(asker).in_bulk(others)
    loud: list[dict[str, Any]] = []
    quiet: list[dict[str, Any]] = []
    for one in found:
        row = {
            "finding": one,
            "label": FINDINGS[one.kind],
            "others": [named[number] for number in one.claims if number in named],
            "question": one.loud and not FINDINGS[one.kind].endswith("?"),
            "ruled": FindingRuling(one.settled.decision).label if one.settled else "",
        }
        (loud if one.loud else quiet).append(row)
    return {
        "differences": loud,
        "quiet_differences": quiet,
        "to_settle": sum(one.kind != "other_scope" for one in found),
        "more_differences": max(0, len(loud) - MOST_WARNINGS) + len(quiet),
    }


def _threads(remarks: Iterable[Any]) -> list[Any]:
    """The remarks that answer none, each with all answers to it and to its answers as ``thread``."""
    tops: dict[int, Any] = {}
    found = []
    for one in remarks:
        top = tops.get(one.answers_id or 0)
        tops[one.pk] = top or one
        if top is None:
            one.thread = []
            found.append(one)
        else:
            top.thread.append(one)
    return found


def hops_of(claim: Claim, asker: Asker) -> list[Attribution]:
    """The claim's hops that count, with all that is shown of them."""
    hops = Attribution.objects.filter(claim=claim, withdrawn_at__isnull=True)
    beside = ("speaker__merged_into", "document__publisher", "passage", "speaks_for__merged_into")
    return veil(hops.select_related(*beside).order_by("id"), asker)


def ways(hops: list[Attribution]) -> list[list[Attribution]]:
    """Each chain from its outermost hop to its origin."""
    by_id = {hop.pk: hop for hop in hops}
    relayed = {hop.relays_id for hop in hops}
    found = []
    for hop in hops:
        if hop.pk not in relayed:
            way: list[Attribution] = []
            inner: Attribution | None = hop
            while inner is not None:
                way.append(inner)
                inner = by_id.get(inner.relays_id or 0)
            found.append(way)
    return found


def _quotes(hops: list[Attribution]) -> dict[int, str]:
    """The marked words of each hop whose text is held, by the hop's id. Each text is read once."""
    placed = [(hop.pk, hop.passage) for hop in hops if hop.passage]
    copies = Snapshot.objects.filter(pk__in={passage.snapshot_id for hop, passage in placed}, text__isnull=False)
    texts = dict(copies.values_list("pk", "text"))
    return {
        hop: quote(texts[passage.snapshot_id] or "", passage.start, passage.end).exact
        for hop, passage in placed
        if passage.snapshot_id in texts
    }


def _origins(found: list[Origin], hops: list[Attribution]) -> list[dict[str, Any]]:
    """What counts as one original source, with the hops and the reasons in words."""
    by_id = {hop.pk: hop for hop in hops}
    return [
        {
            "stance_label": Stance(origin.stance).label,
            "counted": origin.stance == "asserts",
            "hops": [by_id[hop] for hop in origin.hops],
            "reasons": [
                (
                    by_id[why.hop].speaker,
                    by_id[why.other].speaker,
                    REASONS[why.reason].format(through=why.through.name if why.through else ""),
                )
                for why in origin.reasons
            ],
        }
        for origin in found
    ]


# --- documents ---


def document_page(document: Document) -> dict[str, Any]:
    """The newest saved copy with lines or marks: its lines with their claims and, where it is held, the words."""
    copies = list(
        Snapshot.objects.filter(document=document).defer("text", "original").order_by("-captured_at", "-pk")[:50]
    )
    here = Exists(Passage.objects.filter(snapshot=OuterRef("pk"))) | Exists(
        Sentence.objects.filter(snapshot=OuterRef("pk"))
    )
    marked = Snapshot.objects.filter(here, document=document).order_by("-captured_at", "-pk")
    shown = marked.first() or (Snapshot.objects.get(pk=copies[0].pk) if copies else None)
    marks = _marks(shown) if shown else []
    found = Claim.objects.in_bulk({mark.claim for mark in marks})
    claims = [found[pk] for pk in dict.fromkeys(mark.claim for mark in marks)]
    numbers = {claim.pk: number for number, claim in enumerate(claims, 1)}
    counted = coverage.coverage(Document.objects.filter(pk=document.pk))
    return {
        "document": document,
        "labels": LABELS,
        "copies": copies,
        "shown": shown,
        "pieces": _pieces(shown.text, marks, numbers) if shown and shown.text is not None else [],
        "lines": [(line, sorted(numbers[pk] for pk in line.claims)) for line in _lines(shown)] if shown else [],
        "coverage": counted[0] if counted else None,
        "claims": claims,
        "elsewhere": _rests_on(document, found),
    }


def _lines(shown: Snapshot) -> list[Any]:
    """The copy's lines, each with its ``words`` where the text is held."""
    found: list[Any] = coverage.lines(shown)
    return [
        Line(one, shown.text[one.sentence.start : one.sentence.end] if shown.text is not None else "") for one in found
    ]


class Line:
    """A line of a saved copy as a page shows it: what coverage says of it, and its words."""

    def __init__(self, line: coverage.Line, words: str) -> None:
        self.sentence, self.claims, self.words = line.sentence, line.claims, words
        self.pk, self.ruled, self.ruled_label, self.because = (
            line.sentence.pk, line.ruled, line.ruled_label, line.because,
        )  # fmt: skip


def with_newest_copy(documents: QuerySet[Document]) -> QuerySet[Document]:
    """With ``newest_length`` (code points, None: no saved copy) and ``newest_is_sealed``, for lists."""
    newest = Snapshot.objects.filter(document=OuterRef("pk")).order_by("-captured_at", "-pk")[:1]
    return documents.annotate(
        newest_length=Subquery(newest.values("length")), newest_is_sealed=Subquery(newest.values("sealed"))
    )


@dataclass(frozen=True, order=True)
class Mark:
    """Where a claim stands in a copy, in code points."""

    start: int
    end: int
    claim: int


def _marks(snapshot: Snapshot) -> list[Mark]:
    """Where claims stand in this copy, in the order of the text: by words marked in it, and by words marked in another
    copy on a line that goes on here; to the letter where the line is as long as it was, else on the whole of it.
    """
    hops = Attribution.objects.filter(passage__snapshot=snapshot, withdrawn_at__isnull=True)
    found = {Mark(*one) for one in hops.values_list("passage__start", "passage__end", "claim")}
    here = {one.thread_of: one for one in Sentence.objects.filter(snapshot=snapshot)}
    passage = "snapshot__passages"
    columns = ("thread_of", "line_of", "start", "end", f"{passage}__start", f"{passage}__end")
    elsewhere = coverage.marked([snapshot.document_id]).exclude(snapshot=snapshot)
    for thread, line, start, end, first, last, claim in elsewhere.values_list(
        *columns, f"{passage}__attributions__claim"
    ):
        if (one := here.get(thread)) is not None:
            is_same = one.line_of == line and one.end - one.start == end - start
            begins = one.start + max(first - start, 0) if is_same else one.start
            found.add(Mark(begins, one.start + min(last, end) - start if is_same else one.end, claim))
    return sorted(found)


@dataclass(frozen=True)
class Piece:
    """Words of a copy between two edges of marks. ``depth``: how many claims mark them; ``ends``: those whose mark
    ends here, by their number in the order of the text.
    """

    words: str
    depth: int
    ends: list[int]


def _pieces(text: str, marks: list[Mark], numbers: dict[int, int]) -> list[Piece]:
    """The text cut wherever marked words begin or end."""
    edges = sorted({0, len(text), *(edge for mark in marks for edge in (mark.start, mark.end))})
    found = []
    for start, end in pairwise(edges):
        over = [mark for mark in marks if mark.start <= start and end <= mark.end]
        ends = sorted({numbers[mark.claim] for mark in over if mark.end == end})
        found.append(Piece(text[start:end], len({mark.claim for mark in over}), ends))
    return found


def _rests_on(document: Document, standing: Collection[int]) -> QuerySet[Claim]:
    """Claims that name the document without marking words of it."""
    named = Attribution.objects.filter(document=document, withdrawn_at__isnull=True).values("claim")
    return Claim.objects.filter(pk__in=named).exclude(pk__in=standing).order_by("id")[:MOST_SAID]


# --- sources ---


def source_page(source: Source, asker: Asker) -> dict[str, Any]:
    """What it is, what it belongs to, and what it said, carried, published and is accused of."""
    ids = merged_with([source.pk])
    hops = Attribution.objects.filter(speaker__in=ids, withdrawn_at__isnull=True)
    said = hops.filter(relays__isnull=True)
    accused = Accusation.objects.filter(accused__in=ids, withdrawn_at__isnull=True).values("claim")
    groups = [
        ("said", _("Said, as original source"), said.values("claim")),
        ("passed-on", _("Passed on"), hops.filter(relays__isnull=False).values("claim")),
        ("accused", _("Accused of"), accused),
    ]
    unfound = ExpressionWrapper(Q(verdict__isnull=True), output_field=BooleanField())
    claims = Claim.objects.order_by(unfound, "-updated_at", "-id")  # how it held up is what one comes for
    return {
        "source": source,
        "labels": LABELS,
        "root": source.merged_into or source,
        "merged": Source.objects.filter(pk__in=ids).exclude(pk=source.pk).order_by("name", "pk"),
        "affiliations": _affiliations(source, ids),
        "members": source.members.filter(withdrawn_at__isnull=True).select_related("source").order_by("pk")[:MOST_SAID],
        "owned": source.owned.order_by("name", "pk")[:MOST_SAID],
        "published": Document.objects.visible_to(asker)
        .filter(publisher__in=ids)
        .order_by("-published_on", "-pk")[:MOST_SAID],
        "groups": [(name, label, list(claims.filter(pk__in=ids)[: MOST_SAID + 1])) for name, label, ids in groups],
        "most": MOST_SAID,
        "most_slice": f":{MOST_SAID}",
    }


def _affiliations(source: Source, ids: list[int]) -> QuerySet[Any]:
    held = source.affiliations.model._default_manager.filter(source__in=ids, withdrawn_at__isnull=True)
    return held.select_related("organization").order_by("since", "pk")


def resting_on(source_id: int) -> QuerySet[Any]:
    """The claims (ids) in which the source, or one merged with it, speaks, publishes or is accused."""
    ids = merged_with([source_id])
    hops = Attribution.objects.filter(withdrawn_at__isnull=True)
    spoken, published = hops.filter(speaker__in=ids), hops.filter(document__publisher__in=ids)
    accused = Accusation.objects.filter(accused__in=ids, withdrawn_at__isnull=True)
    return spoken.values("claim").union(published.values("claim"), accused.values("claim"))
