"""What is done line by line at a copy: each one act for whoever works there, and one change of the record.

The bargain: nothing here is a rule of its own. Each function puts together functions of the desk that exist, in one
transaction, and says what it made, so that the last act can be taken back (``claims.undoing``). A line is named by its
sentence, which never changes; whoever works on an older saved copy than the newest is told so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims import copydesk, editing, lines, reply, rulings, workflow
from claims.locking import StaleDecision
from claims.models import Attribution, Claim, Evidence
from claims.vocabularies import Bearing, How, Manner, SentenceRuling, Stance
from factdesk.change import change
from factdesk.context import acting
from factdesk.errors import BadInput, DomainError, NoSuchRecord
from factdesk.people.models import User
from sources import editing as material
from sources import marking
from sources.models import Document, Sentence, Source

LONGEST_STATEMENT = 2000

#: what is taken over when backing is used again
BACKING = (
    "stance", "document_id", "passage_id", "directness", "how", "spoken_to_id", "spoken_at", "read_back", "outcome",
    "note",
)  # fmt: skip
#: what is taken over of a hop that another claim's chain has as well
HOP = (
    "speaker_id", "document_id", "stance", "manner", "certainty", "hedge", "basis", "link", "speaks_for_id", "said_on",
    "terms",
)  # fmt: skip


class StaleCopy(DomainError):
    """A newer version of the copy has been saved. ``newest``: its number; ``line``: the sentence's place in it."""

    code = "stale_copy"

    def __init__(self, sentence: Sentence, newest: int, line: int | None) -> None:
        told = _("A new version has come, and this line is in it as it was: look there.")
        if line is None:
            told = _("A new version has come, in which this line is another or gone: look there.")
        super().__init__(told, sentence=sentence.pk, newest=newest, line=line)


class LineTaken(DomainError):
    """Somebody has made a claim of the line meanwhile."""

    code = "line_taken"


@dataclass
class Done:
    """What an act made. ``undo``: (sort, number) of each row, in the order in which they were made. ``told``: what is
    to be said of it, where that is more than what every such act says.
    """

    claim: Claim | None = None
    undo: list[tuple[str, int]] = field(default_factory=list)
    told: str = ""


@dataclass(frozen=True)
class Words:
    """Marked words of a line: ``[start, end)`` in its saved copy."""

    sentence: Sentence
    start: int
    end: int


def words_of(sentence_id: int, by: User, start: int | None = None, end: int | None = None) -> Words:
    """A line of the newest copy, or words in its copy. Raises :class:`StaleCopy`, NoSuchRecord, BadInput."""
    sentence = Sentence.objects.visible_to(by).select_related("snapshot").filter(pk=sentence_id).first()
    if sentence is None:
        raise NoSuchRecord("line", sentence_id)
    newest = lines.newest_copy(sentence.snapshot.document_id)
    if newest.pk != sentence.snapshot_id:
        on = Sentence.objects.filter(snapshot=newest, line_of=sentence.line_of).first()
        raise StaleCopy(sentence, newest.pk, on.pk if on else None)
    first, last = start if start is not None else sentence.start, end if end is not None else sentence.end
    if not 0 <= first < last <= sentence.snapshot.length:
        told = _("These words are not in the saved copy.")
        raise BadInput(told, [{"path": "words", "code": "not_there", "message": told}])
    return Words(sentence, first, last)


# --- a line becomes a claim ---


@change
def make_claim(*, at: Words, by: User, kind: str, priority: str) -> Done:
    """The words as a claim, as they stand, said by whoever publishes the document. Two are not made of one line."""
    snapshot = at.sentence.snapshot
    if snapshot.text is None:
        raise DomainError(_("The text is not held: what the line says cannot be taken over."), snapshot=snapshot.pk)
    with acting(by=by, why="line marked as a claim"):
        document = Document.objects.select_for_update(of=("self",), no_key=True).get(pk=snapshot.document_id)
        words = " ".join(snapshot.text[at.start : at.end].split())[:LONGEST_STATEMENT]
        passage = material.mark(snapshot_id=snapshot.pk, start=at.start, end=at.end, by=by, part=at.sentence.part)
        if Attribution.objects.filter(passage=passage, document=document, withdrawn_at__isnull=True).exists():
            raise LineTaken(_("Somebody has just made a claim of these words: look at it first."), line=at.sentence.pk)
        columns = {"statement": words, "kind": kind, "priority": priority}
        claim = editing.propose(by=by, columns=columns)
        hop = {
            "speaker_id": _voice(document, by).pk, "document_id": document.pk, "passage_id": passage.pk,
            "manner": Manner.OWN_VOICE, "stance": Stance.ASSERTS,
        }  # fmt: skip
        editing.add(part="attribution", claim_id=claim.pk, by=by, columns=hop)
        claim.refresh_from_db()
        return Done(claim, [("claim", claim.pk)])


def _voice(document: Document, by: User) -> Source:
    """Who says what stands in the document: its publisher; if that is not known, whoever was taken to say so before."""
    if document.publisher is not None:
        return document.publisher
    hops = Attribution.objects.filter(document=document, withdrawn_at__isnull=True, relayed_by__isnull=True)
    before = hops.exclude(passage=None).select_related("speaker").order_by("pk").first()
    if before is not None:
        return before.speaker
    name = _("whoever published “{document}”").format(document=document)[:500]
    return material.add_source(by=by, columns={"kind": "outlet", "identity": "unnamed", "name": name})


def _claimed(claim_id: int | None, at: Words, by: User, preset: Mapping[str, str]) -> Done:
    """The claim that is meant, or one made of the line."""
    if claim_id is None:
        return make_claim(at=at, by=by, **preset)
    claim = Claim.objects.visible_to(by).filter(pk=claim_id).first()
    if claim is None:
        raise NoSuchRecord("claim", claim_id)
    return Done(claim)


# --- backing, and the tick on it ---


@change
def back(*, claim_id: int, by: User, like: int | None = None, columns: Mapping[str, Any] | None = None) -> Evidence:
    """Backing for a claim: the same as other backing (``like``, its number), or with these columns."""
    given = dict(columns or {})
    if like is not None:
        other = Evidence.objects.filter(pk=like, claim__in=Claim.objects.visible_to(by)).first()
        if other is None:
            raise NoSuchRecord("backing", like)
        given = {name: getattr(other, name) for name in BACKING}
    made: Evidence = editing.add(part="evidence", claim_id=claim_id, by=by, columns=given)
    return made


def in_document(*, document_id: int, words: str, by: User) -> dict[str, Any]:
    """Columns of backing from a document: the words in its newest saved copy, if any are given. BadInput: not there."""
    if not Document.objects.visible_to(by).filter(pk=document_id).exists():
        raise NoSuchRecord("document", document_id)
    columns = {"stance": Bearing.SUPPORTS, "how": How.DOCUMENT, "document_id": document_id}
    if words.strip():
        held = Document.objects.get(pk=document_id).snapshots.filter(text__isnull=False)
        newest = held.order_by("-captured_at", "-pk").values_list("pk", flat=True).first()
        passage = marking.mark_words(snapshot_id=newest or 0, words=words, by=by)
        columns |= {"passage_id": passage.pk}
    return columns


@change
def tick(
    *,
    at: Words,
    claim_id: int | None,
    revision: int | None,
    by: User,
    preset: Mapping[str, str],
    like: int | None = None,
    columns: Mapping[str, Any] | None = None,
) -> Done:
    """Tick a line on the backing that it has, or on other (``like``, ``columns``), which is added first."""
    done = _claimed(claim_id, at, by, preset)
    assert done.claim is not None  # noqa: S101 - either found or made
    if like is not None or columns:
        done.undo.append(("evidence", back(claim_id=done.claim.pk, by=by, like=like, columns=columns).pk))
    seen = done.claim.revision if claim_id is None or revision is None else revision
    found = workflow.tick(claim_id=done.claim.pk, revision=seen, by=by)
    done.undo.append(("assessment", found.pk))
    return done


@change
def judge(
    *,
    at: Words,
    claim_id: int | None,
    revision: int | None,
    by: User,
    preset: Mapping[str, str],
    rationale: str,
    verdict: str,
    figure: Mapping[str, Any] | None,
    like: int | None = None,
    columns: Mapping[str, Any] | None = None,
) -> Done:
    """A finding with reasons, handed on; with its figure and its backing where they are not there yet.

    The figure is substance: where one is added, the finding is on the revision that it makes.
    """
    done = _claimed(claim_id, at, by, preset)
    assert done.claim is not None  # noqa: S101 - either found or made
    number = done.claim.pk
    seen = done.claim.revision if claim_id is None or revision is None else revision
    if done.claim.revision != seen:
        raise StaleDecision(done.claim, seen)
    if figure:
        done.undo.append(("quantity", editing.add(part="quantity", claim_id=number, by=by, columns=figure).pk))
        seen = Claim.objects.values_list("revision", flat=True).get(pk=number)
    if like is not None or columns:
        done.undo.append(("evidence", back(claim_id=number, by=by, like=like, columns=columns).pk))
    found = workflow.assess(
        claim_id=number, revision=seen, by=by, verdict=verdict, rationale=rationale, submit=True
    )  # fmt: skip
    done.undo.append(("assessment", found.pk))
    return done


@change
def judge_again(*, claim_id: int, revision: int, by: User) -> Done:
    """What was found before the claim changed is proposed once more, by whoever looked at it now."""
    found = workflow.propose_again(claim_id=claim_id, revision=revision, by=by)
    return Done(found.claim, [("assessment", found.pk)])


@change
def call(
    *, at: Words, claim_id: int | None, by: User, preset: Mapping[str, str], spoken_to_id: int, outcome: str,
    read_back: str,
) -> Done:  # fmt: skip
    """A call about the line: whom, what was read back, what they said to it. What refutes is substance."""
    done = _claimed(claim_id, at, by, preset)
    assert done.claim is not None  # noqa: S101
    stance = {"confirmed": Bearing.SUPPORTS, "corrected": Bearing.REFUTES}.get(outcome, Bearing.CONTEXT)
    columns = {
        "how": How.CALL, "stance": stance, "spoken_to_id": spoken_to_id, "spoken_at": timezone.now(),
        "outcome": outcome, "read_back": read_back,
    }  # fmt: skip
    done.undo.append(("evidence", back(claim_id=done.claim.pk, by=by, columns=columns).pk))
    return done


# --- parked, changed, dropped ---


@change
def park(
    *, at: Words, claim_id: int | None, by: User, preset: Mapping[str, str], whom: str, until: datetime | None,
    asked_of: str | None, body: str,
) -> Done:  # fmt: skip
    """The line waits for somebody, until a moment if one is said."""
    done = _claimed(claim_id, at, by, preset)
    assert done.claim is not None  # noqa: S101
    said = body.strip() or _("Waiting for {whom}.").format(whom=whom)
    columns = {"kind": "question", "asked_of": asked_of, "whom": whom, "until": until, "body": said}
    made = editing.add(part="annotation", claim_id=done.claim.pk, by=by, columns=columns)
    done.undo.append(("annotation", made.pk))
    return done


@change
def answered(*, annotation_id: int, version: int, by: User) -> Done:
    """What a line waited for has come."""
    row = editing.resolve(annotation_id=annotation_id, version=version, by=by)
    return Done(row.claim, [("resolved", row.pk)])


@change
def propose_change(
    *, at: Words, piece_id: int, claim_id: int | None, by: User, replacement: str, reason: str, force: str
) -> Done:
    """Other words in our own copy in place of these."""
    snapshot = at.sentence.snapshot_id
    passage = material.mark(snapshot_id=snapshot, start=at.start, end=at.end, by=by, part=at.sentence.part)
    made = copydesk.propose_change(
        piece_id=piece_id, passage_id=passage.pk, replacement=replacement, reason=reason, force=force, by=by,
        claim_id=claim_id,
    )  # fmt: skip
    return Done(undo=[("change", made.pk)])


@change
def drop(*, sentences: Iterable[int], by: User, decision: str = SentenceRuling.NO_FACTUAL_CONTENT) -> Done:
    """These lines need no check."""
    done = Done()
    for number in sentences:
        words_of(number, by)
        done.undo.append(("ruling", rulings.rule_out(sentence_id=number, decision=decision, by=by).pk))
    lines_dropped = len(done.undo)
    done.told = ngettext("{n} line dropped.", "{n} lines dropped.", lines_dropped).format(n=lines_dropped)
    return done


# --- who says so ---


@change
def via(*, at: Words, claim_id: int | None, by: User, preset: Mapping[str, str], columns: Mapping[str, Any]) -> Done:
    """Whoever the line has it from: a hop that the innermost one on the line's own way relays from now on."""
    done = _claimed(claim_id, at, by, preset)
    assert done.claim is not None  # noqa: S101
    made = editing.add(part="attribution", claim_id=done.claim.pk, by=by, columns=columns)
    done.undo.append(("attribution", made.pk))
    outer = innermost(done.claim.pk, at.sentence.snapshot.document_id, but=made.pk)
    if outer is not None:
        relay(outer, made.pk, by)
        done.undo.append(("relayed", outer.pk))
    return done


@change
def same_chain(*, claim_id: int, like: int, at: Words, by: User) -> Done:
    """The claim's way to the page is that of another in this copy: the hops behind the copy's own are repeated."""
    document = at.sentence.snapshot.document_id
    theirs = list(Attribution.objects.filter(claim=like, withdrawn_at__isnull=True).order_by("depth", "pk"))
    first = next((one for one in reversed(theirs) if one.document_id == document and one.relays_id), None)
    mine = innermost(claim_id, document)
    if first is None or mine is None:
        raise DomainError(_("The line above has no chain to take over."), claim=like)
    way, by_id = [], {one.pk: one for one in theirs}
    inner = by_id.get(first.relays_id or 0)
    while inner is not None:
        way.append(inner)
        inner = by_id.get(inner.relays_id or 0)
    done, behind = Done(Claim.objects.get(pk=claim_id)), None
    for hop in reversed(way):
        columns = {name: getattr(hop, name) for name in HOP} | {"relays_id": behind}
        behind = editing.add(part="attribution", claim_id=claim_id, by=by, columns=columns).pk
        done.undo.append(("attribution", behind))
    relay(mine, behind, by)
    done.undo.append(("relayed", mine.pk))
    return done


def innermost(claim_id: int, document_id: int, but: int = 0) -> Attribution | None:
    """The hop of the claim in this document behind which its chain would go on."""
    hops = Attribution.objects.filter(claim=claim_id, withdrawn_at__isnull=True, relays__isnull=True).exclude(pk=but)
    return hops.filter(document=document_id).order_by("pk").first()


def relay(hop: Attribution, behind: int | None, by: User) -> None:
    stance = Stance.REPORTS if behind else Stance.ASSERTS
    manner = Manner.PARAPHRASE if behind and hop.manner == Manner.OWN_VOICE else hop.manner
    columns = {"relays_id": behind, "stance": stance, "manner": manner}
    hop.refresh_from_db()
    editing.edit_part(part="attribution", part_id=hop.pk, version=hop.version, by=by, columns=columns)


@change
def accuse_and_ask(
    *, claim_id: int, by: User, accused_id: int, put: str, channel: str, deadline: datetime, version: int | None = None
) -> Done:
    """Whom the line accuses, and the request for comment that was sent to them."""
    made = editing.add(part="accusation", claim_id=claim_id, by=by, columns={"accused_id": accused_id}, version=version)
    reply.request_reply(accusation_id=made.pk, by=by, put=put, channel=channel, deadline=deadline)
    return Done(Claim.objects.get(pk=claim_id))
