"""Where marked words of any saved copy stand in one of them: a line goes on from one copy to the next.

The bargain: one query, however long the copy and its past are. To the letter where the line's words are the same, on
the whole line where only its thread goes on; where not even that does, words stand nowhere.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import F, Q

from sources.models import Passage, Sentence, Snapshot


@dataclass(frozen=True)
class Spot:
    """Words in one line, ``[start, end)`` in the copy that is looked at; ``has_moved_on``: the line's words changed."""

    sentence: Sentence
    start: int
    end: int
    has_moved_on: bool


def spots(sentences: Collection[Sentence], documents: Iterable[int]) -> dict[int, list[Spot]]:
    """Passage of any copy of these documents -> where it stands in these sentences (of one copy of each document)."""
    snapshots = {one.snapshot_id for one in sentences}
    by_line = {one.line_of: one for one in sentences}
    by_thread = {one.thread_of: one for one in sentences}
    rows = Passage.objects.filter(
        snapshot__document__in=documents,
        snapshot__sentences__thread_of__among=by_thread,
        snapshot__sentences__start__lt=F("end"),
        snapshot__sentences__end__gt=F("start"),
    ).values_list(
        "pk", "snapshot", "start", "end", "snapshot__sentences__start", "snapshot__sentences__end",
        "snapshot__sentences__line_of", "snapshot__sentences__thread_of",
    )  # fmt: skip
    found: dict[int, list[Spot]] = defaultdict(list)
    for pk, snapshot, start, end, first, last, line_of, thread_of in rows.order_by("pk", "snapshot__sentences__start"):
        same, goes_on = by_line.get(line_of), by_thread.get(thread_of)
        if same is not None and snapshot in snapshots:
            found[pk].append(Spot(same, max(start, first), min(end, last), False))
        elif same is not None:
            found[pk].append(Spot(same, *_moved(same, first, last, start, end), False))
        elif goes_on is not None:
            found[pk].append(Spot(goes_on, goes_on.start, goes_on.end, True))
    return found


def _moved(now: Sentence, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    """Marked words of a line, where the line stands now: to the letter, unless only its type setting is another."""
    if now.end - now.start != last - first:
        return now.start, now.end
    by = now.start - first
    return max(start + by, now.start), min(end + by, now.end)


def lines_before(snapshot: Snapshot) -> dict[int, int]:
    """The lines of the copy that was worked on before this one, each with its thread; none where this is the first.

    What is new or changed in a copy is told by these, and not by where a line first stood: it may have gone, or said
    something else, and have come back.
    """
    at = snapshot.captured_at
    copies = Snapshot.objects.filter(document=snapshot.document_id, sentences__isnull=False)
    earlier = copies.filter(Q(captured_at__lt=at) | Q(captured_at=at, pk__lt=snapshot.pk))
    nearest = earlier.order_by("-captured_at", "-pk").values("pk")[:1]
    return dict(Sentence.objects.filter(snapshot__in=nearest).values_list("line_of", "thread_of"))
