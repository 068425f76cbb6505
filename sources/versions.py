"""How the lines of a text go on from one saved copy to the next, and what is different between two copies.

The bargain: what a checker did stays with a sentence for as long as its words are the same, and nothing is guessed. The
same words are the same line, wherever they stand. Words that changed are the same thread only where one sentence alone
comes near enough; where two come about equally near, the old one is gone and the new one is new.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from sources.models import Sentence, Snapshot

#: How near (0 to 100; the normalized indel similarity of ``rapidfuzz.fuzz.ratio``) a sentence's words must come to be
#: its changed words: between the same neighbours, and anywhere else in the text (measured: see CONTRIBUTING.md).
FLOOR_BETWEEN_NEIGHBOURS = 60.0
FLOOR_ELSEWHERE = 80.0
#: By so much must the nearest be nearer than the next.
MARGIN = 10.0
#: No more than so many characters of the one copy times characters of the other are held against each other: some two
#: 30,000-word texts, one or two seconds. Past it, what is not the same is gone and new.
MOST_COMPARED = 40_000_000_000
#: Copies of more sentences than this are not aligned: the same words then go on in the order of the text.
LONGEST_ALIGNED = 20_000

# What a typesetter changes and nobody reads as other words. Nothing else is in it.
_TYPE = {
    **dict.fromkeys([0x2018, 0x2019, 0x201A, 0x201B, 0x2039, 0x203A], "'"),
    **dict.fromkeys([0x201C, 0x201D, 0x201E, 0x201F, 0x00AB, 0x00BB], '"'),
    **dict.fromkeys(range(0x2010, 0x2016), "-"),  # hyphens and dashes; a minus (U+2212) is a number's
    0x00AD: None,  # soft hyphen
}


def folded(words: str) -> str:
    """What is compared: NFC, one blank for white space, plain quotation marks and dashes, no soft hyphens. No more."""
    return " ".join(unicodedata.normalize("NFC", words.translate(_TYPE)).split())


class Held(NamedTuple):
    """A line as an earlier copy holds it: its numbers (``Sentence.line_of``, ``thread_of``), its words, its part."""

    line: int
    thread: int
    words: str
    part: str


class GoesOn(NamedTuple):
    """What a sentence of the new copy goes on from; ``line`` None: its words changed; both None: it is new."""

    line: int | None = None
    thread: int | None = None


def carry(new: Sequence[tuple[str, str]], copies: Iterable[Sequence[Held]], *, nearly: bool = True) -> list[GoesOn]:
    """What each sentence of a new copy, ``(words, part)`` in the order of the text, goes on from.

    ``copies`` are the earlier ones, nearest first. The nearest is held against the new one in full; from the others
    only lines with the same words come back. A line, and a thread, goes on at most once. ``nearly`` False: the same
    words alone count.
    """
    carrying = _Carrying(new)
    nearest: Sequence[Held] = ()
    for number, copy in enumerate(copies):
        if number == 0:
            nearest = copy
            carrying.align(copy)
        if not carrying.left():
            break
        carrying.same_words(copy)
    if nearly:
        carrying.nearly(nearest)
    return carrying.found


class _Carrying:
    """One run of :func:`carry`. What is settled stays settled: the same words first, then the nearly same."""

    def __init__(self, new: Sequence[tuple[str, str]]) -> None:
        self.words = [folded(words) for words, part in new]
        self.parts = [part for words, part in new]
        self.found = [GoesOn()] * len(new)
        self.threads: set[int] = set()
        #: how many sentences that are the same in both stand before each of the nearest copy, and of the new one
        self.old_gaps: list[int] = []
        self.new_gaps = [0] * len(new)

    def left(self) -> list[int]:
        """The sentences that go on from none yet."""
        return [at for at, one in enumerate(self.found) if one.thread is None]

    def _settle(self, at: int, held: Held, *, same: bool) -> None:
        self.found[at] = GoesOn(held.line if same else None, held.thread)
        self.threads.add(held.thread)

    def align(self, copy: Sequence[Held]) -> None:
        """The same words in the same order: each goes on where its neighbours do."""
        numbers: dict[str, int] = {}
        old = [numbers.setdefault(folded(held.words), len(numbers)) for held in copy]
        new = [numbers.setdefault(words, len(numbers)) for words in self.words]
        pairs: list[tuple[int, int]] = []
        if max(len(old), len(new)) <= LONGEST_ALIGNED:
            same = (one for one in LCSseq.opcodes(old, new) if one.tag == "equal")
            pairs = [(one.src_start + step, one.dest_start + step) for one in same
                     for step in range(one.src_end - one.src_start)]  # fmt: skip
        for i, j in pairs:
            self._settle(j, copy[i], same=True)
        self.old_gaps = [bisect_left(pairs, (i, -1)) for i in range(len(old))]
        anchors = [j for _, j in pairs]
        self.new_gaps = [bisect_left(anchors, j) for j in range(len(new))]

    def same_words(self, copy: Sequence[Held]) -> None:
        """The same words anywhere: those in the same part first, each sort in the order of the text."""
        free: dict[str, list[Held]] = defaultdict(list)
        for held in copy:
            if held.thread not in self.threads:
                free[folded(held.words)].append(held)
        for is_choosy in (True, False):
            for at in self.left():
                there = free.get(self.words[at], [])
                fitting = (held for held in there if not is_choosy or held.part == self.parts[at])
                chosen = next(fitting, None)
                if chosen is not None:
                    there.remove(chosen)
                    self._settle(at, chosen, same=True)

    def nearly(self, copy: Sequence[Held]) -> None:
        """Nearly the same words, between the same neighbours first, then anywhere."""
        gone = [i for i, held in enumerate(copy) if held.thread not in self.threads]
        gaps: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for i in gone:
            gaps[self.old_gaps[i]][0].append(i)
        for j in self.left():
            gaps[self.new_gaps[j]][1].append(j)
        for olds, news in gaps.values():
            self._pair(copy, olds, news, FLOOR_BETWEEN_NEIGHBOURS)
        gone = [i for i in gone if copy[i].thread not in self.threads]
        self._pair(copy, gone, self.left(), FLOOR_ELSEWHERE)

    def _pair(self, copy: Sequence[Held], olds: list[int], news: list[int], floor: float) -> None:
        """Settle those of which each is by far the nearest to the other; again, as long as that leaves fewer."""
        before = {i: folded(copy[i].words) for i in olds}
        after = {j: self.words[j] for j in news}
        while before and after and _length(before) * _length(after) <= MOST_COMPARED:
            chosen = {i: j for i, words in before.items() if (j := _nearest(words, after, floor)) is not None}
            both = [(i, j) for i, j in chosen.items() if _nearest(after[j], before, floor) == i]
            if not both:
                return
            for i, j in both:
                self._settle(j, copy[i], same=False)
                del before[i], after[j]


def _length(texts: dict[int, str]) -> int:
    return sum(map(len, texts.values()))


def _nearest(words: str, among: dict[int, str], floor: float) -> int | None:
    """The key of the one that comes nearest, if it reaches the floor and no other comes about as near."""
    listed = process.extract(words, among, scorer=fuzz.ratio, score_cutoff=floor - MARGIN, limit=2)
    if not listed or listed[0][1] < floor or (len(listed) > 1 and listed[0][1] - listed[1][1] < MARGIN):
        return None
    return int(listed[0][2])


# --- what is different between two copies ---


@dataclass(frozen=True)
class Difference:
    """A line that is not where or what it was: ``moved``, ``changed``, ``new`` or ``gone``.

    ``before`` and ``after`` are its sentences, the words beside them (None while a text is not held). ``is_moved``
    also says of a changed line that it stands elsewhere.
    """

    what: str
    before: Sentence | None = None
    after: Sentence | None = None
    words_before: str | None = None
    words_after: str | None = None
    is_moved: bool = False


def one_before(snapshot: Snapshot) -> Snapshot | None:
    """The document's saved copy before this one, without its text."""
    copies = Snapshot.objects.filter(document=snapshot.document_id).defer("text", "original")
    earlier = Q(captured_at__lt=snapshot.captured_at) | Q(captured_at=snapshot.captured_at, pk__lt=snapshot.pk)
    return copies.filter(earlier).order_by("-captured_at", "-pk").first()


def difference(snapshot: Snapshot, since: Snapshot) -> list[Difference]:
    """What of ``snapshot`` is not as in ``since``, in the order of the text; a line that has gone, where it stood."""
    old, new = _lines(since), _lines(snapshot)
    by_line = {one.line_of: i for i, one in enumerate(old)}
    by_thread = {one.thread_of: i for i, one in enumerate(old)}
    came = [by_line.get(one.line_of, by_thread.get(one.thread_of)) for one in new]
    stayed = _rising([i for i in came if i is not None])
    entries: list[tuple[int, int, Difference]] = []
    for j, (after, i) in enumerate(zip(new, came, strict=True)):
        words = _words(snapshot, after)
        if i is None:
            entries.append((j, -1, Difference("new", None, after, None, words)))
            continue
        before, is_moved = old[i], i not in stayed
        is_same = before.line_of == after.line_of
        if is_moved or not is_same:
            what = "moved" if is_same else "changed"
            entries.append((j, -1, Difference(what, before, after, _words(since, before), words, is_moved)))
    at = {i: j for j, i in enumerate(came) if i in stayed}
    last, listed = -1, {i for i in came if i is not None}
    for i, before in enumerate(old):
        last = at.get(i, last)
        if i not in listed:
            entries.append((last, i, Difference("gone", before, None, _words(since, before), None)))
    return [entry for _, _, entry in sorted(entries, key=lambda one: one[:2])]


def _lines(snapshot: Snapshot) -> list[Sentence]:
    return list(Sentence.objects.filter(snapshot=snapshot).order_by("start"))


def _words(snapshot: Snapshot, sentence: Sentence) -> str | None:
    return None if snapshot.text is None else snapshot.text[sentence.start : sentence.end]


def _rising(numbers: list[int]) -> set[int]:
    """The longest run that rises, of numbers that are all different (patience sorting)."""
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(tops, number)
        before[number] = tops[at - 1] if at else None
        tops[at : at + 1] = [number]
    run: set[int] = set()
    last = tops[-1] if tops else None
    while last is not None:
        run.add(last)
        last = before[last]
    return run


# --- what is different between two wordings ---


def wordwise(before: str, after: str) -> list[tuple[str, str]]:
    """``(how, words)`` in the order of reading; ``how`` is ``same``, ``gone`` or ``new``. Cut between words only."""
    old, new = tokens(before), tokens(after)
    found: list[tuple[str, str]] = []
    gone, came = "", ""
    for one in [*LCSseq.opcodes(old, new), None]:
        if one is not None and one.tag != "equal":
            gone += "".join(old[one.src_start : one.src_end])
            came += "".join(new[one.dest_start : one.dest_end])
            continue
        found += [(how, words) for how, words in (("gone", gone), ("new", came)) if words]
        gone, came = "", ""
        if one is not None:
            found.append(("same", "".join(new[one.dest_start : one.dest_end])))
    return found


def tokens(words: str) -> list[str]:
    """Words, blanks and what stands between them. Marks stay with their letter, digits with their number; scripts that
    put no blanks between words are cut between characters.
    """
    return _TOKEN.findall(words)


_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f"
_MARKS += "\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff"
_DENSE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKEN = re.compile(
    rf"\s+|[{_DENSE}][{_MARKS}]*|\d+(?:[.,:]\d+)*|(?:(?![{_DENSE}\d])\w[{_MARKS}]*)+|(?:[^\s\w][{_MARKS}]*\u200d?)|."
)
