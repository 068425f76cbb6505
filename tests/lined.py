"""A piece with lines, and copies of it that go on from one another: builders for the pages around the copy."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from claims.models import Attribution, Claim, CopyChange, Piece
from sources.models import Passage, Sentence, Snapshot
from tests import make

LINES = ("The mill burned.", "Ada Quill lit it.", "Nobody was hurt.")


def copy(*lines: str, of: Any = None, before: Snapshot | None = None, part: str = "body") -> Snapshot:
    """A saved copy with these lines, one after the other. ``before``: line by line, that copy's lines go on in it."""
    made = make.snapshot(" ".join(lines), of=of or make.document("Fire at the mill", "desk_copy"))
    earlier = list(Sentence.objects.filter(snapshot=before).order_by("start")) if before else []
    at = 0
    for number, words in enumerate(lines):
        first = earlier[number] if number < len(earlier) else None
        same = first is not None and before is not None and (before.text or "")[first.start : first.end] == words
        Sentence.objects.create(
            snapshot=made, start=at, end=at + len(words), part=part if number == 0 else "body",
            thread_id=first.thread_of if first else None, line_id=first.line_of if first and same else None,
        )  # fmt: skip
        at += len(words) + 1
    return made


def saved_later(before: Snapshot, *lines: str) -> Snapshot:
    """The next copy of the same document, saved a moment later."""
    made = copy(*lines, of=before.document, before=before)
    assert made.captured_at >= before.captured_at
    return made


def piece(*lines: str, **facts: Any) -> tuple[Piece, Snapshot]:
    """A piece with one saved copy."""
    first = copy(*(lines or LINES))
    closes = facts.pop("page_closes_at", timezone.now() + timedelta(hours=2))
    return Piece.objects.create(document=first.document, page_closes_at=closes, **facts), first


def words(of: Snapshot, said: str) -> Passage:
    """These words of a saved copy, marked."""
    at = (of.text or "").index(said)
    return make.passage(of, at, at + len(said))


def stands(claim: Claim, of: Snapshot, said: str, **facts: Any) -> Attribution:
    """The claim stands in the copy, in these words."""
    return make.attribution(claim, passage=words(of, said), document=of.document, **facts)


def change(of: Piece, on: Snapshot, said: str, instead: str = "", **facts: Any) -> CopyChange:
    """Other words are asked for in place of these."""
    by = facts.pop("proposed_by", None) or make.user("checker")
    return CopyChange.objects.create(
        piece=of, passage=words(on, said), replacement=instead, reason="It is not so.", proposed_by=by, **facts
    )
