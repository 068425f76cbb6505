"""A new copy of our own text, and what it means for the claims that stand in it.

The bargain: what was checked stays with a line as long as its words are the same, and nothing of the claim is touched,
not even its version. Where a line's words changed, the claim stands on the new words, and what was initialled falls by
itself (rule 7). Where a line has gone, nothing is touched; the page of versions lists it. All of it is in the
transaction that saves the copy. Outside material changes nothing of a claim: what it said, it said.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from claims import coverage
from claims.models import Attribution, Claim
from factdesk.change import change
from factdesk.context import acting
from factdesk.people.models import User
from sources import editing
from sources.capture import Captured
from sources.models import Passage, Sentence, Snapshot
from sources.models.document import DocumentKind

#: A claim's statement has room for so many characters; a line that is longer leaves it as it is.
LONGEST_STATEMENT = 2_000


@change
def save_copy(
    *,
    document_id: int,
    by: User,
    text: str,
    captured_from: str,
    captured_at: datetime | None = None,
    captured: Captured | None = None,
) -> Snapshot:
    """Save what a document's text was at a moment (now), and let the claims in our own copy follow their lines.

    ``captured``: the file that the text was read from. Raises what ``sources.editing.add_snapshot`` raises.
    """
    snapshot = editing.add_snapshot(
        document_id=document_id, by=by, text=text, captured_from=captured_from, captured_at=captured_at,
        captured=captured,
    )  # fmt: skip
    follow(snapshot, by=by)
    return snapshot


def follow(snapshot: Snapshot, *, by: User) -> list[int]:
    """Let each claim whose line changed in this copy stand on its new words; the ids of those claims, ascending.

    For our own copy alone, and only for the newest one. To be called in the transaction in which its lines were laid
    down. Claims are locked in the order of their ids.
    """
    if snapshot.document.kind != DocumentKind.DESK_COPY or not _is_newest(snapshot):
        return []
    lines = _Lines(snapshot)
    found = sorted({one.hop.claim_id for one in lines.changed()})
    if not found:
        return []
    at = timezone.localtime(snapshot.captured_at)
    when = f"{at:%H:%M}" if at.date() == timezone.localdate() else f"{at:%-d %B %Y, %H:%M}"
    with acting(by=by, why=f"its line changed in the copy of {when}"):
        held = Claim.objects.filter(pk__in=found).order_by("pk").select_for_update(no_key=True)
        claims = {claim.pk: claim for claim in held}
        changed = lines.changed(claims)  # as the hops are now that nobody else can change them
        _restate(claims, changed)
        _place(snapshot, changed)
    return sorted({one.hop.claim_id for one in changed})


def _is_newest(snapshot: Snapshot) -> bool:
    copies = Snapshot.objects.filter(document=snapshot.document_id).order_by("-captured_at", "-pk")
    return copies.values_list("pk", flat=True).first() == snapshot.pk


@dataclass(frozen=True)
class Changed:
    """A hop whose line has other words now: where it is to stand, and the words of its sentences before and after (None
    where a text is not held).
    """

    hop: Attribution
    start: int
    end: int
    part: str
    words_before: str | None
    words_after: str | None


class _Stood(NamedTuple):
    """A sentence of an earlier copy on which a hop stands."""

    snapshot: int
    start: int
    end: int
    line: int
    thread: int


class _Lines:
    """The lines of a new copy, by what they go on from."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.lines = list(Sentence.objects.filter(snapshot=snapshot).order_by("start"))
        self.by_line = {one.line_of: at for at, one in enumerate(self.lines)}
        self.by_thread = {one.thread_of: at for at, one in enumerate(self.lines)}

    def changed(self, of: Collection[int] | None = None) -> list[Changed]:
        """The hops that count (of these claims) and stand in an earlier copy on a line whose words changed."""
        hop = "snapshot__passages__attributions"
        marked = coverage.marked([self.snapshot.document_id], of).exclude(snapshot=self.snapshot)
        standing: dict[int, list[_Stood]] = defaultdict(list)
        columns = ("snapshot", "start", "end", "line_of", "thread_of")
        for hop_id, *stood in marked.order_by("start").values_list(f"{hop}__pk", *columns):
            standing[hop_id].append(_Stood(*stood))
        moved = {pk: on for pk, on in standing.items() if any(map(self._is_changed, on))}
        hops = Attribution.objects.in_bulk(moved)
        copies = {stood.snapshot for on in moved.values() for stood in on}
        texts = dict(Snapshot.objects.filter(pk__in=copies).values_list("pk", "text"))
        return [self._changed(hops[pk], on, texts[on[0].snapshot]) for pk, on in sorted(moved.items())]

    def _changed(self, hop: Attribution, on: Sequence[_Stood], text: str | None) -> Changed:
        came = [at for one in on if (at := self.by_line.get(one.line, self.by_thread.get(one.thread))) is not None]
        if came != list(range(came[0], came[0] + len(came))):  # they do not stand together any more
            came = [next(self.by_thread[one.thread] for one in on if self._is_changed(one))]
        first, last = self.lines[came[0]], self.lines[came[-1]]
        after = self.snapshot.text
        return Changed(
            hop, first.start, last.end, first.part,
            None if text is None else text[on[0].start : on[-1].end],
            None if after is None else after[first.start : last.end],
        )  # fmt: skip

    def _is_changed(self, one: _Stood) -> bool:
        return one.line not in self.by_line and one.thread in self.by_thread


def _restate(claims: dict[int, Claim], changed: Sequence[Changed]) -> None:
    """In our own copy the sentence is the claim: one that said just the old words says the new ones."""
    restated = {}
    for one in changed:
        claim = claims[one.hop.claim_id]
        words = _restated(claim.statement, one)
        if claim.pk not in restated and words and words != claim.statement and len(words) <= LONGEST_STATEMENT:
            claim.statement = words
            restated[claim.pk] = claim
    Claim.objects.bulk_update(restated.values(), ["statement"])


def _restated(statement: str, one: Changed) -> str | None:
    if one.words_before is None or one.words_after is None:
        return None
    if statement == one.words_before:
        return one.words_after
    return _on_one_line(one.words_after) if statement == _on_one_line(one.words_before) else None


def _on_one_line(words: str) -> str:
    return " ".join(words.split())


def _place(snapshot: Snapshot, changed: Sequence[Changed]) -> None:
    """Each hop on a passage of the new copy; the same words are marked once."""
    held: dict[tuple[Any, ...], Passage] = {}
    for passage in Passage.objects.filter(snapshot=snapshot, locator="").order_by("-pk"):
        held[passage.start, passage.end, passage.part] = passage
    places = dict.fromkeys((one.start, one.end, one.part) for one in changed)
    missing = [
        Passage(snapshot=snapshot, start=start, end=end, part=part)
        for start, end, part in places
        if (start, end, part) not in held
    ]
    for passage in Passage.objects.bulk_create(missing):
        held[passage.start, passage.end, passage.part] = passage
    for one in changed:
        one.hop.passage = held[one.start, one.end, one.part]
    Attribution.objects.bulk_update([one.hop for one in changed], ["passage"])
