"""What can be done at a line of a copy, as a table: key, right, form, and the one function of the desk behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from claims import lines, linework, reply, workflow
from claims.admin.asking import SENT_STAYS, Ask
from claims.admin.deciding import NEEDS_REASONS
from claims.admin.piecework import INITIALS_STAY, SignPiece, sign
from claims.desk.copyforms import (
    CHAIN,
    EARLIER,
    FOLDER,
    LAST,
    PLAIN,
    AccuseAndAsk,
    Back,
    Call,
    ChangeCopy,
    Judge,
    MarkAs,
    Park,
    TickOn,
    Via,
)
from claims.desk.here import Here
from claims.labels import LABELS
from claims.linework import Done, Words
from claims.models import Attribution
from claims.vocabularies import Bearing, ReplyOutcome
from factdesk.acts import Act, Asked
from factdesk.errors import NoSuchRecord
from factdesk.people.models import User


def _at(asked: Asked) -> Words:
    """The words that the act is about, in the newest copy."""
    here: Here = asked.record
    number = here.stale or (here.line.pk if here.line else 0)
    start, end = here.words or (None, None)
    return linework.words_of(number, asked.by, start, end)


def _base(asked: Asked) -> dict[str, Any]:
    """What every act at a line takes: where, on which claim (None: one is made of it), by whom."""
    here: Here = asked.record
    claim = here.claim.pk if here.claim and not here.words else None
    return {"at": _at(asked), "claim_id": claim, "by": asked.by, "preset": here.preset()}


def _backing(asked: Asked) -> dict[str, Any]:
    """The backing that a form with ``on`` names: as linework's ``like`` or ``columns``."""
    given, here = asked.given, asked.record
    on, words = given.get("on") or "", given.get("words") or ""
    if on == LAST and here.last is not None:
        return {"like": here.last.pk}
    if on.startswith(EARLIER):
        return {"like": int(on.removeprefix(EARLIER))}
    columns: dict[str, Any] = {}
    if on.startswith((FOLDER, CHAIN)) or given.get("document_id"):
        number = given.get("document_id") or int(on.rpartition("-")[2])
        columns = linework.in_document(document_id=number, words=words, by=asked.by)
    elif on in PLAIN:
        columns = {"stance": Bearing.SUPPORTS, "how": PLAIN[on]}
    if columns and given.get("note"):
        columns["note"] = given["note"]
    return {"columns": columns} if columns else {}


def _claim_id(asked: Asked) -> int:
    here: Here = asked.record
    if here.claim is None:
        raise NoSuchRecord("claim on this line", 0)
    return here.claim.pk


# --- the calls ---


def _tick(asked: Asked) -> Done:
    base = _base(asked)
    seen = asked.revision if base["claim_id"] else None
    return linework.tick(**base, revision=seen, **_backing(asked))


def _back(asked: Asked) -> Done:
    base = _base(asked)
    if base["claim_id"] is None:
        done = linework.make_claim(at=base["at"], by=asked.by, **base["preset"])
        base["claim_id"] = done.claim.pk if done.claim else 0
    else:
        done = Done(asked.record.claim)
    done.undo.append(("evidence", linework.back(claim_id=base["claim_id"], by=asked.by, **_backing(asked)).pk))
    return done


def _judge(asked: Asked) -> Done:
    figure = {name: asked.given[name] for name in Judge.figure if asked.given.get(name) not in (None, "")}
    base = _base(asked)
    seen = asked.revision if base["claim_id"] else None
    return linework.judge(
        **base, revision=seen, rationale=asked.given["rationale"], verdict=asked.given["verdict"],
        figure=figure or None, **_backing(asked),
    )  # fmt: skip


def _with_form(function: Callable[..., Done]) -> Callable[[Asked], Done]:
    def call(asked: Asked) -> Done:
        return function(**_base(asked), **asked.given)

    return call


def _change(asked: Asked) -> Done:
    base = _base(asked)
    del base["preset"]
    return linework.propose_change(**base, piece_id=asked.record.piece.pk, **asked.given)


def _mark(asked: Asked) -> Done:
    preset = {**asked.record.preset(), **asked.given}
    return linework.make_claim(at=_at(asked), by=asked.by, **preset)


def _via(asked: Asked) -> Done:
    return linework.via(**_base(asked), columns=asked.given)


def _drop(asked: Asked) -> Done:
    return linework.drop(sentences=[_at(asked).sentence.pk], by=asked.by)


def _drop_paragraph(asked: Asked) -> Done:
    """All lines of the paragraph about which nothing is recorded."""
    here: Here = asked.record
    copy = lines.read(here.snapshot, asked.by)
    around = next((one for one in paragraphs(copy) if any(line.pk == _at(asked).sentence.pk for line in one)), [])
    blank = [line.pk for line in around if not line.standings and line.mark == lines.Mark.BLANK]
    return linework.drop(sentences=blank, by=asked.by)


def _same_chain(asked: Asked) -> Done:
    above = claim_above(asked.record)
    if above is None:
        raise NoSuchRecord("claim above this line", 0)
    base = _base(asked)
    if base["claim_id"] is None:
        done = linework.make_claim(at=base["at"], by=asked.by, **base["preset"])
        chained = linework.same_chain(claim_id=done.claim.pk, like=above, at=base["at"], by=asked.by)  # type: ignore[union-attr]
        return Done(done.claim, [*done.undo, *chained.undo])
    return linework.same_chain(claim_id=base["claim_id"], like=above, at=base["at"], by=asked.by)


def _accuse(asked: Asked) -> Done:
    return linework.accuse_and_ask(claim_id=_claim_id(asked), by=asked.by, **asked.given)


def _ask(asked: Asked) -> Done:
    reply.request_reply(accusation_id=asked.part.pk, by=asked.by, version=asked.version, **asked.given)
    return Done(asked.record.claim)


def _answered(asked: Asked) -> Done:
    return linework.answered(annotation_id=asked.part.pk, version=asked.part_version, by=asked.by)


def _still_stands(asked: Asked) -> Done:
    return Done(workflow.still_stands(claim_id=_claim_id(asked), revision=asked.revision, by=asked.by))


def _same_again(asked: Asked) -> Done:
    return linework.judge_again(claim_id=_claim_id(asked), revision=asked.revision, by=asked.by)


def _sign_piece(asked: Asked) -> Done:
    sign(asked)
    return Done()


# --- where one is ---


def paragraphs(copy: lines.Copy) -> list[list[lines.CopyLine]]:
    """The lines between two ends of a paragraph. Where the text is not held, each line is one."""
    text, found = copy.text, []
    last: lines.CopyLine | None = None
    for line in copy.lines:
        gap = text[last.sentence.end : line.sentence.start] if text is not None and last else "\n"
        if last is None or "\n" in gap or last.sentence.part != line.sentence.part:
            found.append([line])
        else:
            found[-1].append(line)
        last = line
    return found


def claim_above(here: Here) -> int | None:
    """The claim nearest above the line in this copy whose chain goes on behind the copy."""
    if here.line is None:
        return None
    hops = Attribution.objects.filter(
        document=here.document, passage__snapshot=here.snapshot, passage__start__lt=here.line.sentence.start,
        relays__isnull=False, withdrawn_at__isnull=True,
    )  # fmt: skip
    return hops.order_by("-passage__start", "-pk").values_list("claim", flat=True).first()


# --- the table ---


@dataclass(frozen=True)
class LineAct(Act):
    """An act at a line. ``moves_on``: afterwards one is at the next line that is left."""

    moves_on: bool = False


EDIT, TICK = ("edit",), ("tick",)
_TOLD = _("Done.")
TABLE = [
    LineAct("tick", _("stands"), TICK, _tick, None, "t", _("Ticked."), moves_on=True),
    LineAct("tick-on", _("stands, on …"), TICK, _tick, TickOn, "t", _("Ticked."), button=_("Tick"), moves_on=True),
    LineAct("judge", _("finding"), ("assess",), _judge, Judge, "f", _("Finding proposed."), button=_("Propose it"),
            moves_on=True),
    LineAct("back", LABELS["evidence"], EDIT, _back, Back, "b", _("Backing added."), button=_("Add")),
    LineAct("call", _("call"), EDIT, _with_form(linework.call), Call, "c", _("Call recorded."), button=_("Record it")),
    LineAct("wait", _("waits for"), EDIT, _with_form(linework.park), Park, "w", _("Parked."), button=_("Park it"),
            moves_on=True),
    LineAct("answered", _("it has come"), ("annotate",), _answered, None, "i", _("It has come."), part="question"),
    LineAct("change", _("change"), ("change_copy",), _change, ChangeCopy, "e", _("Change proposed."),
            button=_("Propose it"), moves_on=True),
    LineAct("mark", _("is a claim"), EDIT, _mark, None, "m", _("Made a claim.")),
    LineAct("mark-as", _("is a claim of kind …"), EDIT, _mark, MarkAs, "M", _("Made a claim."), button=_("Mark it")),
    LineAct("drop", _("needs no check"), EDIT, _drop, None, "x", _("Dropped."), moves_on=True),
    LineAct("drop-paragraph", _("nor does the paragraph"), EDIT, _drop_paragraph, None, "X", _("Dropped."),
            moves_on=True),
    LineAct("via", _("who says so"), EDIT, _via, Via, "v", _("Said who says so."), button=_("Add")),
    LineAct("same-chain", _("same chain as above"), EDIT, _same_chain, None, '"', _("Chain taken over.")),
    LineAct("accuse", LABELS["reply_request"], ("ask_reply",), _accuse, AccuseAndAsk, "r", _("Recorded as sent."),
            button=_("Record it as sent"), caution=SENT_STAYS),
    LineAct("ask", LABELS["reply_request"], ("ask_reply",), _ask, Ask, "r", _("Recorded as sent."), part="accusation",
            button=_("Record it as sent"), caution=SENT_STAYS),
    LineAct("still-stands", _("still stands"), ("assess",), _still_stands, None, "g", _("It still stands."),
            moves_on=True),
    LineAct("same-again", _("the same again"), ("assess",), _same_again, None, "g", _("Proposed again."),
            moves_on=True),
    LineAct("sign-piece", _("initial all of it"), ("sign_off",), _sign_piece, SignPiece, "S", _("Initialled."),
            button=_("Initial them"), caution=INITIALS_STAY),
]  # fmt: skip
ACTS = {act.name: act for act in TABLE}


def offered(here: Here, by: User, shown: dict[str, Any]) -> list[LineAct]:
    """What can be done here by this person, in the order in which it is needed."""
    possible = _possible(here, shown)
    return [act for act in TABLE if act.name in possible and act.open_to(by)]


def _possible(here: Here, shown: dict[str, Any]) -> set[str]:
    found = {"sign-piece"} if here.piece is not None and here.piece.closed_at is None else set()
    line, claim = here.line, here.claim
    if line is None or here.snapshot.text is None:
        return found
    if here.piece is not None:
        found.add("change")
    found |= {"mark", "mark-as"}
    if claim is None:
        finds = _first_finding(here)
        chain = {"same-chain"} if claim_above(here) else set()
        return found | chain | {finds, "drop", "drop-paragraph", "wait", "call", "back", "via"}
    found |= {"back", "call", "wait", "via"}
    if linework.innermost(claim.pk, here.pk) is not None and claim_above(here):
        found.add("same-chain")
    if claim.look_again or claim.source_changed:
        found.add("still-stands")
    standing = here.standing
    if standing is not None and standing.is_to_be_found:
        ticks = claim.kind not in NEEDS_REASONS
        found |= {"judge"} | ({"tick" if _has_backing(shown) else "tick-on"} if ticks else set())
        found |= {"same-again"} if shown.get("again") and "still-stands" not in found else set()
    if standing is not None:
        found |= {"answered"} if standing.questions else set()
        asked = [one for one in standing.accusations if one.outcome == ReplyOutcome.WAITING and not one.exempt]
        found |= {"ask"} if asked else ({"accuse"} if not standing.accusations else set())
    return found


def is_for_words(act: Act, here: Here) -> bool:
    """Whether it can be done to marked words only: where the line is a claim, another is made of words in it."""
    return act.name in ("mark", "mark-as") and here.claim is not None and not here.words


def instead(here: Here, act: LineAct) -> LineAct | None:
    """What has to be filled in first: words of their own have none of the backing that the line's claim has."""
    return ACTS[_first_finding(here)] if act.name == "tick" and (here.words or here.claim is None) else None


def _first_finding(here: Here) -> str:
    return "judge" if here.preset()["kind"] in NEEDS_REASONS else "tick-on"


def _has_backing(shown: dict[str, Any]) -> bool:
    return any(one.stance != Bearing.REFUTES for one, words in shown.get("evidence", ()))


def part_of(here: Here, act: Act, by: User) -> Any:
    """What of the claim an act is about, where it is about one thing: the question open first, who is to be asked."""
    standing = here.standing
    if act.name == "sign-piece":
        return here.piece
    if act.part == "question" and standing:
        return next(iter(standing.questions), None)
    if act.part == "accusation" and standing:
        waiting = [one for one in standing.accusations if one.outcome == ReplyOutcome.WAITING and not one.exempt]
        return min(waiting, key=lambda one: bool(one.requests.all()), default=None)  # who has not been asked, first
    return None
