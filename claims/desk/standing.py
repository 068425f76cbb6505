"""Where the marks of a piece stand in its newest saved copy: a line goes on from one copy to the next.

The bargain: whatever was marked in whichever copy is told of the line that has the same words now; where only the
wording's thread goes on, it is told there with ``changed``; where not even that, it stands nowhere. Five queries at the
most, however long the copy and its past are. Nothing here decides; ``claims.desk.sheet`` and the lists read it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import F

from claims.models import Piece
from sources.models import Document, Passage, Sentence, Snapshot


@dataclass
class Line:
    """A line of the newest copy; ``number`` counts from 1, ``words`` is None where the text is not held."""

    number: int
    sentence: Sentence
    words: str | None


@dataclass(frozen=True)
class Place:
    """Where marked words stand now. ``changed``: the line goes on, but its words are others than those marked."""

    lines: tuple[Line, ...] = ()
    changed: bool = False

    @property
    def first(self) -> Line | None:
        """The line in which they begin."""
        return self.lines[0] if self.lines else None


GONE = Place()


@dataclass
class Copy:
    """The newest saved copy of a document that has lines, and where the passages of all its copies stand in it."""

    document: Document
    snapshot: Snapshot | None
    lines: list[Line]
    places: dict[int, Place] = field(default_factory=dict)

    def place(self, passage_id: int | None) -> Place:
        """Where these marked words stand now."""
        return self.places.get(passage_id or 0, GONE)

    @cached_property
    def text(self) -> str | None:
        """The copy's text; None where it is not held."""
        return self.snapshot.text if self.snapshot else None


def copy_of(piece: Piece) -> Copy:
    """The piece's copy as it stands. ``piece.document`` is read if it is not at hand."""
    document = piece.document
    copies = Snapshot.objects.filter(document=document).defer("original").order_by("-captured_at", "-pk")
    newest = copies.filter(sentences__isnull=False).first() or copies.first()
    if newest is None:
        return Copy(document, None, [])
    text = newest.text
    lines = [
        Line(number, one, text[one.start : one.end] if text is not None else None)
        for number, one in enumerate(Sentence.objects.filter(snapshot=newest).order_by("start"), 1)
    ]
    return Copy(document, newest, lines, _places(document, lines))


def _places(document: Document, lines: list[Line]) -> dict[int, Place]:
    """Each passage of any copy of the document, by its number."""
    marked = Passage.objects.filter(
        snapshot__document=document, snapshot__sentences__start__lt=F("end"), snapshot__sentences__end__gt=F("start")
    ).order_by("pk", "snapshot__sentences__start")
    over: dict[int, list[tuple[int, int]]] = {}
    for passage, line, thread in marked.values_list(
        "pk", "snapshot__sentences__line_of", "snapshot__sentences__thread_of"
    ):
        over.setdefault(passage, []).append((line, thread))
    same: dict[int, list[Line]] = {}
    goes_on: dict[int, list[Line]] = {}
    for one in lines:
        same.setdefault(one.sentence.line_of, []).append(one)
        goes_on.setdefault(one.sentence.thread_of, []).append(one)
    return {passage: _place(pairs, same, goes_on) for passage, pairs in over.items()}


def _place(pairs: Iterable[tuple[int, int]], same: dict[int, list[Line]], goes_on: dict[int, list[Line]]) -> Place:
    found: dict[int, Line] = {}
    changed = False
    for line, thread in pairs:
        here = same.get(line)
        if here is None:
            here, changed = goes_on.get(thread, []), True
        found |= {one.number: one for one in here}
    return Place(tuple(found[number] for number in sorted(found)), changed)
