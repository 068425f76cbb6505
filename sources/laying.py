"""Laying down a saved copy's lines, with what each goes on from in the document's other copies.

The bargain: it is done in the transaction that saves the copy, by one at a time for each document, so that of two who
save at once the second goes on from what the first one laid.
"""

from collections.abc import Iterator, Sequence

from django.db import connection
from django.db.models import Q

from sources.models import Sentence, Snapshot
from sources.models.document import DocumentKind
from sources.sentences import Block, Span, of_blocks, of_text
from sources.versions import GoesOn, Held, carry

#: So many copies back a line that had gone is looked for.
LOOKED_BACK = 200
#: The first of the two numbers of PostgreSQL's advisory locks; the second is the document's.
_COPIES = "hashtext('sources.copies')"
_BATCH = 2_000


def take_turn(document_id: int) -> None:
    """Wait until nobody else saves a copy of this document, and let nobody else until this transaction ends.

    The document's row is not locked: whoever clears a claim holds the claim and then asks for the document, and would
    wait for somebody who waits for the claim.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_COPIES}, (%s %% 2147483647)::int)", [document_id])


def lay_down(snapshot: Snapshot, blocks: Sequence[Block] | None = None) -> list[Sentence]:
    """The sentences of a copy that has just been saved, its text at hand. ``blocks``: where its file says them.

    Copies from before there were lines get theirs first, so that what is marked in them goes on.
    """
    lay_older(snapshot)
    return lay_spans(snapshot, divided(snapshot, blocks), guessed=blocks is None)


def lay_older(snapshot: Snapshot) -> None:
    """The sentences of the document's other copies whose text is held and that have none."""
    older = Snapshot.objects.filter(document=snapshot.document_id, text__isnull=False, sentences__isnull=True)
    for one in older.exclude(pk=snapshot.pk).select_related("document").defer("original").order_by("captured_at", "pk"):
        lay_spans(one, divided(one))


def divided(snapshot: Snapshot, blocks: Sequence[Block] | None = None) -> list[Span]:
    """Where the sentences of its text are."""
    text, document = snapshot.text or "", snapshot.document
    if blocks is not None:
        return of_blocks(text, blocks, language=document.language)
    return of_text(text, language=document.language, own=document.kind == DocumentKind.DESK_COPY)


def lay_spans(snapshot: Snapshot, spans: Sequence[Span], *, guessed: bool = False) -> list[Sentence]:
    """These spans as sentences of the copy, each going on from what its document has.

    ``guessed``: their parts are worked out from the text's shape; a line that goes on then keeps the part that it had.
    """
    goes_on = _carried(snapshot, spans)
    parts = _parts([came.thread for came in goes_on if came.thread]) if guessed else {}
    return Sentence.objects.bulk_create(
        [
            Sentence(
                snapshot=snapshot, start=span.start, end=span.end, part=parts.get(came.thread or 0, span.part),
                line_id=came.line, thread_id=came.thread,
            )
            for span, came in zip(spans, goes_on, strict=True)
        ],
        batch_size=_BATCH,
    )  # fmt: skip


def _parts(threads: Sequence[int]) -> dict[int, str]:
    """The part of the text in which each thread stood last."""
    rows = Sentence.objects.filter(thread_of__in=threads).order_by("snapshot__captured_at", "pk")
    return dict(rows.values_list("thread_of", "part"))


def _carried(snapshot: Snapshot, spans: Sequence[Span]) -> list[GoesOn]:
    here = set(Sentence.objects.filter(snapshot=snapshot).values_list("thread_of", flat=True))
    copies = ([held for held in one if held.thread not in here] for one in _copies(snapshot))
    words = [
        (_words(snapshot.text, snapshot.sha256, snapshot, span.start, span.end) or "", span.part) for span in spans
    ]
    return carry(words, copies, nearly=snapshot.text is not None)


def _copies(snapshot: Snapshot) -> Iterator[list[Held]]:
    """The document's other copies that have lines whose words are known, nearest first: those before it, newest first,
    then those after it. Of all but the nearest only the lines that began there: each line is read once.
    """
    lined = Sentence.objects.filter(snapshot__document=snapshot.document_id).values("snapshot")
    others = Snapshot.objects.filter(pk__in=lined).exclude(pk=snapshot.pk).order_by("captured_at", "pk")
    listed = list(others.values_list("captured_at", "pk"))
    here = (snapshot.captured_at, snapshot.pk)
    nearest = [pk for at, pk in reversed(listed) if (at, pk) < here] + [pk for at, pk in listed if (at, pk) > here]
    further = Q()
    for pk in nearest[:LOOKED_BACK]:
        text, sha256 = Snapshot.objects.filter(pk=pk).values_list("text", "sha256").get()
        rows = Sentence.objects.filter(further, snapshot=pk).order_by("start")
        found = [
            Held(line, thread, words, part)
            for line, thread, start, end, part in rows.values_list("line_of", "thread_of", "start", "end", "part")
            if (words := _words(text, sha256, snapshot, start, end)) is not None
        ]
        if found:
            yield found
            further = Q(line__isnull=True)


def _words(text: str | None, sha256: str, new: Snapshot, start: int, end: int) -> str | None:
    """What stands there. Of a text that is not held only what the new copy tells: the same digest is the same text, and
    the same place in it the same words.
    """
    if text is None and sha256 == new.sha256:
        text = new.text
        if text is None:
            return f"{start}-{end}"
    if new.text is None:  # told apart by their places alone
        return f"{start}-{end}" if sha256 == new.sha256 else None
    return None if text is None else text[start:end]
