"""Where somebody is at a copy: the document, its newest copy, the line, the claim on it; and what its card shows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from claims import findings, lines, matching, pages, premarking
from claims.labels import FINDINGS, PREMARKS
from claims.lines import Copy, CopyLine, Standing
from claims.models import Assessment, Claim, CopyChange, Evidence, FolderDocument, Piece, Quantity
from claims.vocabularies import Bearing, Kind, SignOffDecision, State, Warning
from claims.wording import amount, figure_facts
from factdesk.people.models import User
from sources.anchoring import quote
from sources.models import Document, Passage, Sentence, Snapshot
from sources.models.document import Part

#: So many documents of the author's folder have a digit as their key.
MOST_IN_FOLDER = 9
#: So many backings of an earlier check of the same fact are offered.
MOST_EARLIER = 3
#: So many warnings stand on a card.
MOST_WARNINGS = 2


@dataclass
class Here:
    """A place in a copy. ``words``: marked by the person, ``(start, end)``; ``last``: the backing they used
    last; ``stale``: the line of an earlier copy that they asked for, where it is not this one's.
    """

    document: Document
    snapshot: Snapshot
    piece: Piece | None
    line: CopyLine | None
    claim: Claim | None
    words: tuple[int, int] | None = None
    last: Evidence | None = None
    part: Any = None
    stale: int | None = None
    _folder: list[Document] | None = field(default=None, repr=False)

    @property
    def pk(self) -> int:
        return self.document.pk

    @property
    def standing(self) -> Standing | None:
        """The chosen claim with what is open about it."""
        found = self.line.standings if self.line else []
        return next((one for one in found if one.claim == self.claim), None)

    @property
    def is_open(self) -> bool:
        """Whether the chosen claim has still to be checked."""
        return self.claim is not None and self.claim.state in (State.NEW, State.IN_CHECK)

    @property
    def said(self) -> str:
        """The words that an act is about: those that were marked, else the whole line."""
        if self.words and self.snapshot.text is not None:
            return self.snapshot.text[self.words[0] : self.words[1]]
        return self.line.words if self.line else ""

    @property
    def query(self) -> str:
        """The place, as an address names it."""
        parts = [f"line={self.line.pk}"] if self.line else []
        parts += [f"claim={self.claim.pk}"] if self.claim else []
        parts += [f"words={self.words[0]}-{self.words[1]}"] if self.words else []
        return "&".join(parts)

    def folder(self, by: User) -> list[Document]:
        """The documents that came with the piece, oldest first; those with a digit as their key."""
        if self._folder is None:
            held = FolderDocument.objects.visible_to(by).filter(piece=self.piece, withdrawn_at__isnull=True)
            rows = held.select_related("document__publisher").order_by("pk")[:MOST_IN_FOLDER]
            self._folder = [one.document for one in rows] if self.piece else []
        return self._folder

    def behind(self, by: User) -> list[Document]:
        """The documents in which those stand whom the claim has it from, but those of the folder."""
        if self.claim is None:
            return []
        hops = self.claim.attributions.filter(withdrawn_at__isnull=True).exclude(document=self.document)
        rows = Document.objects.visible_to(by).filter(pk__in=hops.values("document")).select_related("publisher")
        return [one for one in rows.order_by("pk") if one not in self.folder(by)][:MOST_IN_FOLDER]

    def earlier(self, by: User) -> tuple[date | None, list[Evidence]]:
        """On what the same fact was checked earlier, and when, as far as this person may read it."""
        words = self.claim.statement if self.claim and not self.words else " ".join(self.said.split())
        before = matching.words_checked_before(words, by, self.claim)
        if before is None:
            return None, []
        rows = _backing(before.claim).exclude(stance=Bearing.REFUTES)
        shut = Q(document__restricted=True) if not by.may("read_restricted") else Q(pk__in=[])
        return timezone.localdate(before.on), list(rows.exclude(shut)[:MOST_EARLIER])

    def preset(self) -> dict[str, str]:
        """Kind and priority of a claim that is made of the words."""
        part = self.line.sentence.part if self.line else Part.BODY
        found = premarking.premark([(self.said, part)])[0]
        kind = found.kind or Kind.DETAIL.value
        return {"kind": kind, "priority": found.priority or premarking.preset(kind, part).value}


def find(document_id: int, by: User, line: int | None, claim: int | None) -> tuple[Document | None, Here | None]:
    """The document, if this person may see it, and the place in its newest copy (None: it has no copy with lines)."""
    rows = Document.objects.visible_to(by).select_related("publisher")
    document = rows.filter(pk=document_id).first()
    snapshot = lines.newest_copy(document_id) if document else None
    if document is None or snapshot is None:
        return document, None
    piece = Piece.objects.visible_to(by).filter(document=document).first()
    if piece is not None:
        piece.document = document
    here = Here(document, snapshot, piece, None, None)
    if line is not None:
        found = lines.read(snapshot, by, only=[line]).lines
        if not found and (old := Sentence.objects.filter(pk=line, snapshot__document=document_id).first()):
            here.stale = line
            on = Sentence.objects.filter(snapshot=snapshot, thread_of=old.thread_of).values_list("pk", flat=True)
            found = lines.read(snapshot, by, only=list(on[:1])).lines
        choose(here, found[0] if found else None, claim)
    return document, here


def choose(here: Here, line: CopyLine | None, claim: int | None = None) -> None:
    """Go to a line; to the claim on it that is asked for, or the first that is not over."""
    here.line = line
    on_it = line.standings if line else []
    wanted = [one.claim for one in on_it if one.claim.pk == claim]
    open_ones = [one.claim for one in on_it if not one.is_over]
    here.claim = next(iter([*wanted, *open_ones, *(one.claim for one in on_it)]), None)


def next_open(copy: Copy, after: int | None) -> CopyLine | None:
    """The next blank line, going on from one, from the top if there is none below; if none is, one that waits."""
    at = next((index for index, one in enumerate(copy.lines) if one.pk == after), -1)
    round_ = [*copy.lines[at + 1 :], *copy.lines[: at + 1]]
    for mark in (lines.Mark.BLANK, lines.Mark.QUERY, lines.Mark.CHANGE):  # the last two wait for others
        found = next((one for one in round_ if one.mark == mark), None)
        if found is not None:
            return found
    return None


def go_on(here: Here, copy: Copy, after: int | None) -> None:
    """To the next claim on the same line that nobody has found anything on; else to the next line that is left."""
    line = copy.line(after)
    left = [one.claim.pk for one in line.standings if one.is_to_be_found] if line else []
    if left and line is not None and len(line.standings) > 1 and not line.waits_or_changes:
        choose(here, line, left[0])
    else:
        choose(here, next_open(copy, after) or line)


def line_with(copy: Copy, words: str, after: int | None) -> CopyLine | None:
    """The next line, going round, in which these words stand, or behind which somebody of that name does."""
    wanted = words.strip().casefold()
    at = next((index for index, one in enumerate(copy.lines) if one.pk == after), -1)
    round_ = [*copy.lines[at + 1 :], *copy.lines[: at + 1]]
    told = ((one, " ".join((one.words, *one.names)).casefold()) for one in round_)
    return next((one for one, said in told if wanted in said), None) if wanted else None


def line_of(copy: Copy, claim: int) -> CopyLine | None:
    """The first line on which the claim stands."""
    return next((one for one in copy.lines if any(each.pk == claim for each in one.claims)), None)


# --- what the card shows of the chosen claim ---


def card(here: Here, by: User) -> dict[str, Any]:
    """All that is known of the line's claim, in a fixed number of queries; only the line's own where it has none."""
    shown: dict[str, Any] = {"here": here, "line": here.line, "standing": here.standing, "claim": here.claim}
    if here.line is not None:
        shown["changes"] = [_worded(one, here) for one in here.line.changes]
        if not here.line.standings:
            found = premarking.premark([(here.said, here.line.sentence.part)])[0]
            shown["worth"] = [PREMARKS[one] for one in found.reasons]
    claim = here.claim
    if claim is None:
        return shown
    hops = pages.hops_of(claim, by)
    figures = claim.quantities.filter(withdrawn_at__isnull=True).select_related("base").order_by("id")
    evidence = pages.veil(_backing(claim), by)
    asked = [one for one in findings.of([claim.pk], by).get(claim.pk, []) if one.settled is None and one.loud]
    return shown | {
        "ways": list({tuple(hop.speaker_id for hop in way): way for way in map(_way, pages.ways(hops))}.values()),
        "figures": [(one, amount(one, of=one.measure), figure_facts(one)) for one in figures],
        "elsewise": _said_elsewise(figures, here, by),
        "evidence": [(one, _words(one.passage)) for one in evidence],
        "findings": [(FINDINGS[one.kind], one.says) for one in asked[:MOST_WARNINGS]],
        "warnings": [Warning(word) for word in claim.warnings][: MOST_WARNINGS - min(len(asked), MOST_WARNINGS)],
        **_again(here),
        "before": matching.checked_before(claim, by) if here.is_open else None,
        "decision": pages.clearances(claim=claim).order_by("-id").first() if claim.clearance != "not_cleared" else None,
    }


def _again(here: Here) -> dict[str, bool]:
    """Whether a finding that does not count any more may be proposed again with one key (``again``): where it had been
    initialled (rule 7), or the line says once more what it said when the finding was made (``same_words``). What was
    sent back is not.
    """
    finding = here.standing.finding if here.standing else None
    if finding is None or here.claim is None or finding.revision >= here.claim.revision:
        return {}
    decided = [one.decision for one in finding.sign_offs.all()]
    if SignOffDecision.SEND_BACK in decided:
        return {}
    same_words = _says_what_was_found(here, finding)
    return {"same_words": same_words, "again": same_words or len(decided) >= finding.approvals_needed}


def _says_what_was_found(here: Here, finding: Assessment) -> bool:
    hops = apps.get_model("claims", "AttributionEvent").objects.filter(
        claim=here.claim, document=here.document, pgh_created_at__lte=finding.created_at
    )
    then = hops.order_by("pgh_obj", "-pgh_id").distinct("pgh_obj").values_list("passage", flat=True)
    passages = [number for number in then if number]
    stood = Sentence.objects.filter(
        snapshot__passages__in=passages, snapshot__passages__start__lt=F("end"), snapshot__passages__end__gt=F("start")
    )
    return here.line is not None and stood.filter(line_of=here.line.sentence.line_of).exists()


def _said_elsewise(figures: Iterable[Quantity], here: Here, by: User) -> list[str]:
    """The words of figures of our own copy that stand in no line of the claim any more: the number was changed in a
    new version, and whoever ticks the line would tick the old figure with it.
    """
    if here.piece is None or here.line is None or here.claim is None:
        return []
    missed = [one.as_worded for one in figures if _folded(one.as_worded) not in _folded(here.line.words)]
    if not missed:
        return []
    said = [_folded(one.words) for one in lines.read(here.snapshot, by).lines if here.claim in one.claims]
    return [words for words in missed if not any(_folded(words) in one for one in said)]


def _folded(words: str) -> str:
    return " ".join(words.replace("\u2019", "'").casefold().split())


def _backing(claim: Claim) -> QuerySet[Evidence]:
    rows = Evidence.objects.filter(claim=claim, withdrawn_at__isnull=True)
    return rows.select_related("document__publisher", "spoken_to", "passage__snapshot").order_by("id")


def _way(way: list[Any]) -> list[Any]:
    """A chain from the copy to its origin, without the copy itself where somebody stands behind it."""
    return way[1:] if len(way) > 1 else way


def _words(passage: Passage | None) -> Any:
    if passage is None or passage.snapshot.text is None:
        return None
    return quote(passage.snapshot.text, passage.start, passage.end)


def _worded(change: CopyChange, here: Here) -> CopyChange:
    passage, text = change.passage, here.snapshot.text
    is_here = passage.snapshot_id == here.snapshot.pk and text is not None
    change.words = text[passage.start : passage.end] if is_here and text else None  # type: ignore[attr-defined]
    return change
