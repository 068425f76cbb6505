"""What a person of the desk has to know when they sit down: their pieces and clocks, what waits, what is due.

The bargain: the same for everybody, in an order by their role; each list in one query, cut where it would not be read
any more. The pieces themselves are in :mod:`claims.inprint`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from claims import notices, queue, savedfilters
from claims.labels import FIELDS
from claims.models import (
    Annotation,
    Assessment,
    Attribution,
    Claim,
    CopyChange,
    Notice,
    Piece,
    ReplyRequest,
    SignOff,
    Transition,
)
from claims.models.claim import OPEN, RANK
from claims.vocabularies import (
    Action,
    AnnotationKind,
    AskedOf,
    ClearanceValue,
    NoticeAbout,
    ReplyOutcome,
    State,
)
from claims.wording import clock, span
from factdesk.people.models import User

#: So many rows has a list; the queue has the rest.
MOST = 8
#: What fell, or was to be answered, longer ago is not today's any more.
RECENT = timedelta(days=7)
UNANSWERED = (ReplyOutcome.WAITING, ReplyOutcome.NO_ANSWER)
IN_WORK = (State.NEW, State.IN_CHECK)
#: So many of those that nobody works on are counted.
MOST_COUNTED = 100
#: what of a claim a row shows, and of whom it is with
SHOWN = ("statement", "state", "priority")
WHOSE = tuple(f"assignee__{name}" for name in ("username", "first_name", "last_name"))
WHO = tuple(f"by__{name}" for name in ("username", "first_name", "last_name"))
#: the same of the claim that a row is about
ITS = tuple(f"claim__{name}" for name in SHOWN)


@dataclass(frozen=True)
class Row:
    """One line: what it is about, where it leads, what is to be known of it, and whether it is late or theirs.

    ``at_line``: the claim, where the work is done at its line in the copy.
    """

    words: str
    address: str
    facts: list[str]
    is_late: bool = False
    is_mine: bool = False
    at_line: Claim | None = None


@dataclass(frozen=True)
class Section:
    """A list. ``empty`` says what to do where there is nothing; ``more`` is where the rest of it is ("": nowhere), of
    which ``rest`` says, where it is of another sort, how much there is, and where that stands.
    """

    name: str
    title: str
    rows: list[Row]
    empty: str
    more: str = ""
    is_more: bool = False
    rest: tuple[str, str] | None = None


# --- the lists ---


def waiting(by: User) -> Section:
    """Claims that are with the person and not handed on: those sent back say why."""
    newest = Transition.objects.filter(claim=OuterRef("pk")).order_by("-id")
    with_me = Claim.objects.visible_to(by).filter(assignee=by, state__in=IN_WORK)
    claims = (
        with_me.annotate(went=Subquery(newest.values("action")[:1]), because=Subquery(newest.values("reason")[:1]))
        .only(*SHOWN)
        .order_by(RANK, "pk")
    )
    empty = _("Nothing is with you. Take something from the queue.")
    if not by.may("take"):
        empty = _("Claims are not given to your role; what you are asked stands below.")
    return _section("waiting", _("Waits for me"), claims, _with_me, empty=empty, more=_queue("who=me"))


def _with_me(claim: Any) -> Row:
    said = _("sent back: {why}").format(why=claim.because) if claim.went == Action.SEND_BACK else ""
    return _row(claim, [said or claim.get_state_display().lower(), claim.get_priority_display().lower()], at_line=True)


def kept(by: User) -> Section | None:
    """What the filter finds that the person keeps on top of this page; None where there is none."""
    chosen = next((one for one in savedfilters.of(by) if one.on_today and one.person_id == by.pk), None)
    if chosen is None:
        return None
    wanted = queue.read(QueryDict(chosen.query))
    found = queue.cut(queue.narrowed(wanted, by).select_related("assignee"), wanted, most=MOST + 1).claims
    empty = _("Nothing of that now.")
    return _section("kept", chosen.name, found, _as_it_stands, empty=empty, more=_queue(chosen.query))


def mentions(by: User) -> Section:
    """Where somebody names the person, and they have not looked yet."""
    said = notices.of(by).filter(about=NoticeAbout.MENTION, seen_at__isnull=True, claim__isnull=False)
    said = said.select_related(None).select_related("claim", "by").only("created_at", *WHO, *ITS)
    empty = _("Nobody names you. Whoever writes @{name} in a remark does.").format(name=by.username)
    return _section("mentions", _("Mentions me"), said, _mention, empty=empty)


def _mention(notice: Notice) -> Row:
    who = [notice.by.get_full_name() or notice.by.username] if notice.by else []
    return _row(notice.claim, [*who, _at(notice.created_at)])


def parked(by: User) -> Section:
    """Questions that wait: the person's own, or on what is theirs; what is overdue first."""
    mine: Any = Q(by=by) | Q(claim__in=_with(by)) | Q(claim__in=_of_my_pieces(by).values("claim"))
    if by.may("legal_hold"):
        mine |= Q(asked_of=AskedOf.LAWYER)
    asked = Annotation.objects.visible_to(by).filter(
        kind=AnnotationKind.QUESTION, resolved_at__isnull=True, withdrawn_at__isnull=True, claim__isnull=False,
        answers__isnull=True,
    )  # fmt: skip
    shown = asked.select_related("claim").only("by", "whom", "asked_of", "body", "until", *ITS)
    ordered = shown.filter(mine).order_by(F("until").asc(nulls_last=True), "pk")
    empty = _("No question is open. Park one with “waiting for”, and the line comes back by itself.")
    return _section(
        "parked", _("Waiting for"), ordered, lambda one: _question(one, by), empty=empty, more=_queue("waits=waiting")
    )


def _question(one: Annotation, by: User) -> Row:
    whom = one.whom or one.get_asked_of_display() or _("somebody")
    until = [clock(one.until)] if one.until else []
    late = one.until is not None and one.until < timezone.now()
    facts = [f"{whom}: {_short(one.body)}", *until]
    return _row(one.claim, facts, at_line=True, is_late=late, is_mine=one.by_id == by.pk)


def fell(by: User) -> Section:
    """What was initialled and opened again by itself, because it was changed; with what was changed."""
    later = Transition.objects.filter(claim=OuterRef("claim"), id__gt=OuterRef("id"))
    rows = Transition.objects.visible_to(by).filter(
        ~Exists(later), automatic=True, action=Action.REOPEN, claim__state=State.IN_CHECK,
        created_at__gt=timezone.now() - RECENT,
    )  # fmt: skip
    empty = _("Nothing lost its initials. Whoever changes what is initialled opens it again.")
    shown = rows.select_related("claim", "by").only("created_at", "reason", "claim__assignee", *WHO, *ITS)
    return _section("fell", _("Lost its initials"), shown.order_by("-id"), lambda one: _fallen(one, by), empty=empty)


def _fallen(one: Transition, by: User) -> Row:
    who = [one.by.get_full_name() or one.by.username] if one.by else []
    what = one.reason.rpartition(": ")[2].removesuffix(".")  # the database says: Changed since …: what.
    told = _("{what} changed").format(what=str(FIELDS.get(what, what)).lower())
    return _row(one.claim, [told, *who, _at(one.created_at)], is_mine=one.claim.assignee_id == by.pk)


def replies(by: User) -> Section:
    """What those who are accused were asked and have not answered: one's own requests first, then by deadline."""
    later = ReplyRequest.objects.filter(accusation=OuterRef("accusation"), deadline__gt=OuterRef("deadline"))
    due = ReplyRequest.objects.visible_to(by).filter(
        ~Exists(later), accusation__outcome__in=UNANSWERED, accusation__exempt__isnull=True,
        accusation__withdrawn_at__isnull=True, deadline__gt=timezone.now() - RECENT,
    )  # fmt: skip
    open_ones = due.exclude(accusation__claim__state=State.CLOSED).order_by("deadline", "pk")
    its = [f"accusation__{name}" for name in (*ITS, "accused__name")]
    rows = open_ones.select_related("accusation__claim", "accusation__accused").only("deadline", "by", *its)
    mine = list(rows.filter(by=by)[: MOST + 1])
    found = [*mine, *(rows.exclude(by=by)[: MOST + 1 - len(mine)] if len(mine) <= MOST else ())]
    empty = _("No reply is due. Ask the accused from the claim's page before it goes to print.")
    return _section(
        "replies",
        _("Asked, and not answered"),
        found,
        lambda one: _reply(one, by),
        empty=empty,
        more=reverse("desk:law"),
    )


def _reply(one: ReplyRequest, by: User) -> Row:
    late = one.deadline < timezone.now()
    past = span((timezone.now() - one.deadline).total_seconds())
    when = _("no answer, overdue {time}").format(time=past) if late else clock(one.deadline)
    facts = [str(one.accusation.accused), when]
    return _row(one.accusation.claim, facts, is_late=late, is_mine=one.by_id == by.pk)


def accusations(by: User) -> Section:
    """Claims that accuse somebody on the word of one original source that is not named: those that are to be printed,
    and those that somebody works on. The others, which nobody has taken, are counted.
    """
    wanted = queue.read({"state": queue.ANY, "accuses": queue.ON_ONE_UNNAMED})
    found = queue.narrowed(wanted, by).exclude(state=State.CLOSED)
    pieces = Piece.objects.filter(closed_at__isnull=True).values("document")
    standing = Attribution.objects.filter(withdrawn_at__isnull=True, document__in=pieces).values("claim")
    nobodys = Q(state=State.NEW, assignee__isnull=True)
    worked_on = Q(state__in=(State.IN_CHECK, State.IN_REVIEW)) | Q(state=State.NEW, assignee__isnull=False)
    ordered = found.select_related("assignee").only(*SHOWN, *WHOSE).order_by("-pk")
    printed = list(ordered.filter(pk__in=standing)[:MOST_COUNTED])
    to_print = [one.pk for one in printed]
    # not by the primary key: to find nine, that would go through all claims
    in_work = ordered.filter(worked_on).order_by(F("pk") * -1).exclude(pk__in=to_print)
    rows = [*printed, *(in_work[: MOST + 1 - len(printed)] if len(printed) <= MOST else ())]
    others = found.filter(nobodys).exclude(pk__in=to_print)[: MOST_COUNTED + 1].count()
    rest = None
    if others:
        counted = str(others) if others <= MOST_COUNTED else _("more than {n}").format(n=MOST_COUNTED)
        asked = {"accuses": queue.ON_ONE_UNNAMED, "state": State.NEW, "who": queue.NOBODY}
        rest = _("{n} that nobody has taken, in other material").format(n=counted), _queue(queue.read(asked).query)
    more = _queue(f"accuses={queue.ON_ONE_UNNAMED}")
    empty = _("No accusation rests on one unnamed source alone.")
    title = _("Accuses, on one unnamed source")
    return _section("accusations", title, rows, _as_it_stands, empty=empty, more=more, rest=rest)


def held(by: User) -> Section:
    """What is on legal hold."""
    claims = Claim.objects.visible_to(by).filter(clearance=ClearanceValue.LEGAL_HOLD)
    claims = claims.select_related("assignee").only(*SHOWN, *WHOSE)
    empty = _("Nothing is on legal hold.")
    query = f"state=any&clearance={ClearanceValue.LEGAL_HOLD.value}"
    title, rows = _("On legal hold"), claims.order_by("-pk")
    return _section("held", title, rows, lambda one: _row(one, _whose(one)), empty=empty, more=_queue(query))


def to_sign(by: User) -> Section:
    """What waits for a second person, and is not the person's own finding nor decided on by them."""
    newest = Assessment.objects.filter(claim=OuterRef("pk")).order_by("-pk")
    later = Assessment.objects.filter(claim=OuterRef("claim"), pk__gt=OuterRef("pk"))
    signed = SignOff.objects.filter(by=by, assessment=OuterRef("pk"))
    mine = Assessment.objects.filter(~Exists(later), Q(author=by) | Exists(signed), claim=OuterRef("pk"))
    claims = Claim.objects.visible_to(by).filter(~Exists(mine), state=State.IN_REVIEW)
    found = claims.annotate(
        proposed=Subquery(newest.values("verdict")[:1]), author=Subquery(newest.values("author__username")[:1])
    )
    rows = found.only(*SHOWN).order_by(RANK, "pk")
    empty = _("Nothing waits for your initials.")
    return _section("to-sign", _("To initial"), rows, _to_sign, empty=empty, more=_queue("state=in_review"))


def _to_sign(claim: Any) -> Row:
    verdict = dict(Assessment._meta.get_field("verdict").flatchoices).get(claim.proposed, "")
    return _row(claim, [f"{str(verdict).lower()}, {claim.author}", claim.get_priority_display().lower()])


def changes(by: User) -> Section:
    """Changes of copy that the person may decide: of what they wrote, or edit."""
    asked = CopyChange.objects.visible_to(by).filter(decision__isnull=True, piece__closed_at__isnull=True)
    rows = asked.filter(Q(piece__author=by) | Q(piece__editor=by)).select_related("piece__document", "proposed_by")
    empty = _("No change of your copy waits for a decision.")
    return _section(
        "changes", _("Changes to decide"), rows.order_by("piece__page_closes_at", "pk"), _change, empty=empty
    )


def _change(one: CopyChange) -> Row:
    words = _short(one.replacement) if one.replacement else _("cut")
    facts = [one.get_force_display().lower(), _short(one.reason), one.proposed_by.username]
    return Row(words, reverse("desk:changes", args=[one.piece.document_id]), facts)


# --- who sees which first ---

List = Callable[[User], Section | None]
_MINE: tuple[List, ...] = (kept, waiting, changes, parked, mentions)
#: role -> its lists, in the order of the page
ORDER: dict[str, tuple[List, ...]] = {
    "reader": (mentions, replies, fell),
    "reporter": (kept, changes, parked, mentions, replies, fell),
    "checker": (*_MINE, fell, replies, accusations),
    "editor": (kept, waiting, to_sign, changes, parked, mentions, fell, replies, accusations),
    "chief": (kept, to_sign, accusations, replies, waiting, changes, parked, mentions, fell),
    "legal": (accusations, replies, held, parked, mentions, fell),
}


def sections(by: User) -> list[Section]:
    """The lists of the person's role, in its order; one query more says which rows have a line to go to."""
    found = [one for one in (made(by) for made in ORDER[by.role]) if one is not None]
    at_lines = {row.at_line for one in found for row in one.rows if row.at_line is not None}
    places = queue.standing_in(at_lines, by)
    return [replace(one, rows=[_led(row, places) for row in one.rows]) for one in found]


def _led(row: Row, places: dict[int, Any]) -> Row:
    """The row, leading to its line in the copy where there is one."""
    line = queue.line_of(row.at_line.pk, places.get(row.at_line.pk)) if row.at_line is not None else ""
    return replace(row, address=line) if line else row


# --- parts of a row ---


def _section(
    name: str,
    title: str,
    found: Any,
    row: Callable[[Any], Row],
    *,
    empty: str,
    more: str = "",
    rest: tuple[str, str] | None = None,
) -> Section:
    listed = list(found[: MOST + 1])
    return Section(name, title, [row(one) for one in listed[:MOST]], empty, more, len(listed) > MOST, rest)


def _row(claim: Any, facts: Iterable[str], *, at_line: bool = False, **how: bool) -> Row:
    """``at_line``: it leads to the line in the copy, while the claim is being checked."""
    wanted = claim if at_line and claim.state in queue.AT_LINE else None
    return Row(claim.statement, _claim(claim.pk), [one for one in facts if one], at_line=wanted, **how)


def _as_it_stands(claim: Any) -> Row:
    return _row(claim, _whose(claim), at_line=True)


def _whose(claim: Claim) -> list[str]:
    whose = claim.assignee.get_full_name() or claim.assignee.username if claim.assignee else _("with nobody")
    return [claim.get_state_display().lower(), whose]


def _with(by: User) -> QuerySet[Any]:
    return Claim.objects.filter(assignee=by, state__in=OPEN).values("pk")


def _of_my_pieces(by: User) -> QuerySet[Attribution]:
    """Where claims stand in pieces that are on their way to print, and that the person wrote or checks."""
    mine = Piece.objects.filter(Q(author=by) | Q(checker=by), closed_at__isnull=True)
    return Attribution.objects.filter(withdrawn_at__isnull=True, document__in=mine.values("document"))


def _queue(query: str) -> str:
    return f"{reverse('desk:queue')}?{query}"


def _claim(number: int) -> str:
    return reverse("admin:claims_claim_change", args=[number])


def _at(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%-d %b, %H:%M}"


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 90 else f"{line[:89]}…"
