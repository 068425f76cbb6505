"""The lines of a copy as the desk reads them: which claims stand in each, and how each is marked.

The bargain: everything is worked out from what is recorded, in a fixed number of queries, however long the copy is. A
mark that was made in an earlier saved copy stands where its line goes on (``sources.models.Sentence``): to the letter
where the words are the same, on the whole line where they have changed since.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.models import Accusation, Annotation, Assessment, Attribution, Claim, CopyChange, Ruling
from claims.models.claim import OPEN
from claims.vocabularies import (
    CHECKABLE,
    AnnotationKind,
    ClearanceValue,
    ClosedBecause,
    CopyDecision,
    Priority,
    ReplyOutcome,
    RulingAbout,
    SentenceRuling,
    State,
    Verdict,
)
from factdesk.people.roles import Asker
from sources.models import Sentence, Snapshot
from sources.placing import Spot, lines_before, spots

#: verdicts with which a line stands as it is
STANDS = (Verdict.ACCURATE, Verdict.MOSTLY_ACCURATE)
#: clearances with which a line stands whatever was found (that the other side disputes it, say)
PRINTED = (ClearanceValue.CLEAR, ClearanceValue.CLEAR_WITH_ATTRIBUTION)


class Mark(TextChoices):
    """How a line stands: four marks that read in black and white, and those lines that need none."""

    TICK = "tick", _("stands")
    QUERY = "query", _("waits for an answer")
    CHANGE = "change", _("to be changed")
    BLANK = "blank", _("blank")
    DROPPED = "dropped", _("needs no check")


#: what is not done: blank, asked about, or to be changed
LEFT = (Mark.BLANK, Mark.QUERY, Mark.CHANGE)
#: what of a row a line's mark is worked out from; where there is no more to it, it need not be a whole record
COUNTED: dict[Any, tuple[str, ...]] = {
    Claim: ("pk", "state", "closed_because", "clearance", "look_again", "priority", "revision"),
    Assessment: ("claim_id", "revision", "verdict"),
    CopyChange: ("passage_id", "decision"),
    Annotation: ("claim_id", "passage_id"),
}
SIGNS = {Mark.TICK: "✓", Mark.QUERY: "?", Mark.CHANGE: "≠", Mark.BLANK: "□", Mark.DROPPED: "·"}


@dataclass(frozen=True)
class Span:
    """Marked words of a claim in one line, ``[start, end)`` in the shown copy; ``has_moved_on``: its words changed."""

    start: int
    end: int
    claim: int
    has_moved_on: bool


@dataclass
class Standing:
    """A claim on a line: its newest finding, and what is open about it."""

    claim: Claim
    finding: Assessment | None = None
    questions: list[Annotation] = field(default_factory=list)
    accusations: list[Accusation] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    @property
    def is_found(self) -> bool:
        """Whether there is a finding on the claim as it is, and it was handed on."""
        claim = self.claim
        on_it = self.finding is not None and self.finding.revision == claim.revision
        return on_it and claim.state in (State.IN_REVIEW, State.SIGNED_OFF)

    @property
    def is_to_be_found(self) -> bool:
        """Whether somebody may propose a finding: nobody has, or the claim has changed since."""
        return self.claim.state in OPEN and not self.is_found

    @property
    def stands(self) -> bool:
        """Whether it may stay as it is: found so, or cleared all the same; and nobody has to look again."""
        found = self.finding if self.is_found else None
        if found is None or self.claim.look_again:
            return False
        return found.verdict in STANDS or self.claim.clearance in PRINTED

    @property
    def is_over(self) -> bool:
        """Whether nothing is checked of it any more: closed, and not as what could not be checked."""
        return self.claim.state == State.CLOSED and self.claim.closed_because != ClosedBecause.NOT_CHECKABLE

    @property
    def waits(self) -> bool:
        """Whether somebody has been asked and has not answered yet."""
        now = timezone.now()
        asked = (one for one in self.accusations if one.outcome == ReplyOutcome.WAITING and not one.exempt)
        return bool(self.questions) or any(row.deadline >= now for one in asked for row in one.requests.all())


@dataclass
class CopyLine:
    """One line of a copy. ``part`` as its sentence has it; ``ruled`` is why it needs no check ("" if it does)."""

    sentence: Sentence
    number: int
    words: str
    spans: list[Span] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    changes: list[CopyChange] = field(default_factory=list)
    questions: list[Annotation] = field(default_factory=list)
    ruled: str = ""
    because: str = ""
    is_new: bool = False  # since the copy before
    has_changed: bool = False

    @property
    def pk(self) -> int:
        return self.sentence.pk

    @property
    def claims(self) -> list[Claim]:
        return [one.claim for one in self.standings]

    @property
    def names(self) -> set[str]:
        """Who is behind it, who is asked and whom one waits for: a caller finds their line by their name."""
        waited = {one.whom for one in self.questions if one.whom}
        return waited.union(*(one.names for one in self.standings))

    @cached_property
    def mark(self) -> Mark:
        """Worked out from what is recorded: a change goes before a question, that before a finding."""
        counted = [one for one in self.standings if not one.is_over]
        if self._is_to_change or any(one.is_found and not one.stands for one in counted):
            return Mark.CHANGE
        if self.questions or any(one.waits for one in counted):
            return Mark.QUERY
        if counted and all(one.stands for one in counted):
            return Mark.TICK
        return Mark.DROPPED if not counted and (self.ruled or self.standings) else Mark.BLANK

    @property
    def _is_to_change(self) -> bool:
        return any(is_open(one) for one in self.changes)

    @property
    def waits_or_changes(self) -> bool:
        """Whether somebody has to answer or to write first."""
        return self._is_to_change or bool(self.questions) or any(one.waits for one in self.standings)

    @property
    def sign(self) -> str:
        return SIGNS[self.mark]

    @property
    def is_initialled(self) -> bool:
        """Whether a second person has signed all of it."""
        counted = [one for one in self.standings if not one.is_over]
        return bool(counted) and all(one.claim.state == State.SIGNED_OFF for one in counted)

    @property
    def ruled_label(self) -> str:
        """Why it needs none, in the desk's words."""
        return str(SentenceRuling(self.ruled).label) if self.ruled else ""


@dataclass(frozen=True)
class Place:
    """Where marked words stand now. ``changed``: the line goes on, but its words are others than those marked."""

    lines: tuple[CopyLine, ...] = ()
    changed: bool = False

    @property
    def first(self) -> CopyLine | None:
        """The line in which they begin."""
        return self.lines[0] if self.lines else None


GONE = Place()


@dataclass
class Copy:
    """A saved copy, line by line (none: ``snapshot`` is None, where nothing has been saved), and where the words
    stand in it that were marked in whichever copy of the document.
    """

    snapshot: Snapshot | None
    lines: list[CopyLine]
    spots: dict[int, list[Spot]] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str | None:
        """The copy's text; None where it is not held."""
        return self.snapshot.text if self.snapshot else None

    @cached_property
    def _by_number(self) -> dict[int, CopyLine]:
        return {one.pk: one for one in self.lines}

    def place(self, passage_id: int | None) -> Place:
        """Where these marked words stand now."""
        found = self.spots.get(passage_id or 0, [])
        lines = {self._by_number[one.sentence.pk].number: self._by_number[one.sentence.pk] for one in found}
        return Place(tuple(lines[number] for number in sorted(lines)), any(one.has_moved_on for one in found))

    def line(self, number: int | None) -> CopyLine | None:
        """The line of the sentence with this number."""
        return self._by_number.get(number or 0)

    def count(self, *marks: Mark) -> int:
        """How many lines are marked so."""
        return sum(one.mark in marks for one in self.lines)

    @property
    def left(self) -> int:
        """Lines that are not done: blank, asked about, or to be changed."""
        return self.count(*LEFT)

    @property
    def open_musts(self) -> list[Claim]:
        """The claims in it that must be checked and are open."""
        found = {one.pk: one for line in self.lines for one in line.claims}
        return [one for one in found.values() if one.priority == Priority.MUST and one.state in OPEN]

    @property
    def replies_due(self) -> int:
        """How many accused have still to have their say: not asked yet, or asked and still within their time."""
        now, open_ones = timezone.now(), (one for line in self.lines for one in line.standings if not one.is_over)
        accused = {each.pk: each for one in open_ones for each in one.accusations}
        return sum(one.is_owed_a_say(now) for one in accused.values())


def is_open(change: CopyChange) -> bool:
    """Whether a change is undecided, or was taken and the copy does not have it yet (its line would be another)."""
    return change.decision is None or change.decision in (CopyDecision.ACCEPTED, CopyDecision.REWORDED)


def read(snapshot: Snapshot, by: Asker, only: Collection[int] | None = None) -> Copy:
    """The lines of a saved copy, in order, each with what stands in it. ``snapshot.text`` is read.

    ``only``: the numbers of the sentences that are wanted, of which the lines then are.
    """
    text = snapshot.text
    numbers = {pk: number for number, pk in enumerate(_in_order(snapshot), 1)}
    wanted = Sentence.objects.filter(snapshot=snapshot).order_by("start")
    sentences = list(wanted if only is None else wanted.filter(pk__in=only))
    before = lines_before(snapshot)
    threads = set(before.values())
    lines = [
        CopyLine(
            one,
            numbers[one.pk],
            text[one.start : one.end] if text is not None else "",
            is_new=bool(before) and one.thread_of not in threads,
            has_changed=one.thread_of in threads and one.line_of not in before,
        )
        for one in sentences
    ]
    reader = _Reader([snapshot], lines, by)
    reader.fill()
    return Copy(snapshot, lines, reader.spots)


def placed(document_id: int) -> Copy:
    """The newest copy of a document with its lines and where marked words stand in it, and nothing else of them."""
    copies = Snapshot.objects.filter(document=document_id).defer("original").order_by("-captured_at", "-pk")
    snapshot = newest_copy(document_id) or copies.first()
    sentences = list(Sentence.objects.filter(snapshot=snapshot).order_by("start")) if snapshot else []
    text = (snapshot.text if snapshot else None) or ""
    lines = [CopyLine(one, number, text[one.start : one.end]) for number, one in enumerate(sentences, 1)]
    return Copy(snapshot, lines, spots(sentences, [document_id]))


def read_all(snapshots: Collection[Snapshot], by: Asker) -> dict[int, Copy]:
    """Saved copies of several documents at once, by their number, for counting: without words, without what is new."""
    lines: dict[int, list[CopyLine]] = {one.pk: [] for one in snapshots}
    sentences: Any = Sentence.objects.filter(snapshot__in=lines).order_by("start")
    for sentence in sentences.values_list("pk", "snapshot_id", "start", "end", "line_of", "thread_of", named=True):
        listed = lines[sentence.snapshot_id]
        listed.append(CopyLine(sentence, len(listed) + 1, ""))
    _Reader(snapshots, [line for listed in lines.values() for line in listed], by, for_counting=True).fill()
    return {one.pk: Copy(one, lines[one.pk]) for one in snapshots}


def _in_order(snapshot: Snapshot) -> list[int]:
    return list(Sentence.objects.filter(snapshot=snapshot).order_by("start").values_list("pk", flat=True))


class _Reader:
    """Puts onto the lines what was recorded of these copies and of earlier ones of the same documents."""

    def __init__(
        self, snapshots: Collection[Snapshot], lines: list[CopyLine], by: Asker, *, for_counting: bool = False
    ) -> None:
        self.for_counting = for_counting
        self.lines, self.by = lines, by
        self.documents = {one.document_id for one in snapshots}
        self.by_line = {one.sentence.line_of: one for one in lines}
        self.by_number = {one.pk: one for one in lines}
        self.spots = spots([one.sentence for one in lines], self.documents)

    def fill(self) -> None:
        """Each kind of thing in one query, and one for where all of them stand."""
        documents = self.documents
        live = Attribution.objects.filter(document__in=documents, withdrawn_at__isnull=True, passage__isnull=False)
        hops = list(live.values_list("claim", "passage"))
        asked = CopyChange.objects.visible_to(self.by).filter(piece__document__in=documents)
        changes = list(self._with(asked.exclude(decision=CopyDecision.REJECTED), "proposed_by").order_by("pk"))
        claims = {claim for claim, passage in hops}
        questions = list(self._with(self._asked(claims), "by").order_by("pk"))
        self._put_claims(hops, questions)
        for one in changes:
            for spot in (spot for spot in self.spots[one.passage_id] if not spot.has_moved_on):
                self.by_number[spot.sentence.pk].changes.append(one)
        for question in questions:
            if question.claim_id not in claims:
                for spot in self.spots[question.passage_id or 0]:
                    self.by_number[spot.sentence.pk].questions.append(question)
        self._put_rulings()

    def _asked(self, claims: Collection[int]) -> Any:
        """What waits for an answer, of these claims or at words of these documents; either by its own index."""
        about, at = Q(claim__among=claims), Q(passage__snapshot__document__in=self.documents)
        either = Annotation.objects.filter(about).values("pk").union(Annotation.objects.filter(at).values("pk"))
        waits = {"kind": AnnotationKind.QUESTION, "resolved_at": None, "withdrawn_at": None, "answers": None}
        return Annotation.objects.visible_to(self.by).filter(pk__in=either, **waits)

    def _put_claims(self, hops: list[tuple[int, int]], questions: list[Annotation]) -> None:
        here = {claim for claim, passage in hops if self.spots[passage]}
        standings = {
            one.pk: Standing(one)
            for one in self._with(Claim.objects.visible_to(self.by).filter(pk__among=here), "assignee").order_by("pk")
        }
        newest = Assessment.objects.filter(claim__among=standings).order_by("claim", "-pk").distinct("claim")
        for finding in self._with(newest, "author"):
            standings[finding.claim_id].finding = finding
        accused = Accusation.objects.filter(claim__among=standings, withdrawn_at__isnull=True)
        for accusation in self._with(accused, "accused").prefetch_related("requests").order_by("pk"):
            standings[accusation.claim_id].accusations.append(accusation)
        for question in questions:
            if question.claim_id in standings:
                standings[question.claim_id].questions.append(question)
        if not self.for_counting:
            _put_names(standings)
        for claim, passage in hops:
            for spot in self.spots[passage] if claim in standings else ():
                span = Span(spot.start, spot.end, claim, spot.has_moved_on)
                self.by_number[spot.sentence.pk].spans.append(span)
        for line in self.lines:
            line.spans.sort(key=lambda one: (one.start, -one.end, one.claim))
            line.standings = [standings[claim] for claim in dict.fromkeys(one.claim for one in line.spans)]

    def _with(self, rows: Any, *beside: str) -> Any:
        """The rows with what is shown beside each; where they are only counted, no more of each than that takes."""
        if not self.for_counting:
            return rows.select_related(*beside)
        return rows.values_list(*COUNTED[rows.model], named=True) if rows.model in COUNTED else rows

    def _put_rulings(self) -> None:
        rulings = Ruling.objects.filter(about=RulingAbout.SENTENCE, sentence__line_of__among=self.by_line)
        for line_of, decision, reason in rulings.order_by("pk").values_list("sentence__line_of", "decision", "reason"):
            line = self.by_line[line_of]
            line.ruled, line.because = ("", "") if decision == CHECKABLE else (decision, reason)


def _put_names(standings: dict[int, Standing]) -> None:
    """Who is named in what is recorded of each claim: the accused, whom one waits for, who speaks."""
    for one in standings.values():
        one.names |= {accusation.accused.name for accusation in one.accusations}
        one.names |= {question.whom for question in one.questions} - {""}
    behind = Attribution.objects.filter(claim__among=standings, withdrawn_at__isnull=True)
    for number, name in behind.values_list("claim", "speaker__name").distinct():
        standings[number].names.add(name)


def newest_copy(document_id: int) -> Any:
    """The saved copy that is worked on: the newest that has lines; None where there is none."""
    copies = Snapshot.objects.filter(document=document_id, sentences__isnull=False).defer("original")
    return copies.order_by("-captured_at", "-pk").first()
