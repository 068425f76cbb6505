"""A line of the check sheet as HTML: put together here and not by a template, since a long copy has a thousand of them.

What people wrote is escaped: ``_p`` and ``_tag`` escape whatever is not safe already.
"""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape as esc
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from claims.desk import checked
from claims.desk.changes import Change
from claims.desk.checked import Checked
from claims.desk.sheetlines import SheetLine
from claims.labels import LABELS
from claims.models import Annotation
from claims.vocabularies import ClearanceValue, Priority, State
from claims.wording import owed, person
from factdesk.labelled import label

DOT = mark_safe(" · ")


def row(line: SheetLine, ours: int) -> SafeString:
    """The line's row; ``ours`` is the number of the piece's document."""
    begins = " begins" if line.begins else ""
    words = esc(line.words) if line.words else _tag("span", _("text not held"), "facts")
    return _safe(
        f'<tr id="line-{line.number}" class="mark-{line.mark} part-{line.part}{begins}">'
        f'<td class="sign"><span aria-hidden="true">{line.sign}</span>'
        f'<span class="visually-hidden">{esc(line.mark_label)}</span></td><td class="number">{line.number}</td>'
        f'<td class="words" dir="auto">{words}</td><td class="notes">{"".join(_notes(line, ours))}</td></tr>'
    )


def _notes(line: SheetLine, ours: int) -> Iterator[SafeString]:
    for one in line.checked:
        above = line.before.get(one.claim.pk)
        if above:
            yield _p(_("as line {above}:").format(above=above), " ", _tag("span", _short(one), "statement"))
        else:
            yield _p(*_told(line, one, ours))
    for change in line.changes:
        yield _p(*_change(change), cls="change-note")
    for remark in line.remarks:
        yield _p(*_remark(remark))
    if line.ruled and not line.checked:
        yield _p(line.ruled_label, cls="facts")


def _told(line: SheetLine, one: Checked, ours: int) -> Iterator[Any]:
    """One claim: its finding, on what, via whom, what is warned of, and what may be printed of it."""
    claim = one.claim
    if len(line.checked) > 1:
        yield from (_tag("span", _short(one), "which"), " ")
    if claim.pk in line.changed:
        yield from (_tag("b", _("the line's words have changed since this was marked"), "warning"), " ")
    place = reverse("admin:claims_claim_change", args=[claim.pk])
    yield _safe(f'<a href="{place}">{esc(checked.finding_in_words(one))}</a>')
    if one.backing:
        yield from (DOT, _tag("i", _("on")), " ", "; ".join(one.backing))
    elif one.finding:
        yield from (DOT, _tag("b", _("no backing"), "warning"))
    for figure in one.figures:
        yield from (DOT, _tag("i", LABELS["quantity"]), " ", figure)
    via = one.via(ours)
    if via:
        yield from (DOT, _tag("i", _("via")), " ", via)
    for warning in one.warnings:
        yield from (" ", _tag("span", warning, "warning"))
    for accusation in one.accusations:
        yield from (DOT, str(accusation.accused), ": ", owed(accusation))
    if claim.state == State.SIGNED_OFF or claim.clearance == ClearanceValue.LEGAL_HOLD:
        yield from _clearance(one)
    yield from _how_it_goes_out(line, one)


def _clearance(one: Checked) -> Iterator[Any]:
    yield from (DOT, _tag("b", label(one.claim, "clearance"), f"clearance-{one.claim.clearance}"))
    if one.needed_wording:
        yield f": “{one.needed_wording}”"
    if one.clearance is not None and one.clearance.override_reason:
        yield f" ({_('right of reply overridden:')} {one.clearance.override_reason})"


def _how_it_goes_out(line: SheetLine, one: Checked) -> Iterator[Any]:
    decided = line.decisions.get(one.claim.pk)
    if decided is not None:
        said = label(decided, "went_out_open").lower()
        yield from (DOT, _tag("b", f"{_('goes out open:')} {said}", "warning"))
        by = person(decided.open_decided_by) if decided.open_decided_by else ""
        yield f" ({by}: {decided.open_because})"
    elif one.claim.priority == Priority.MUST and one.claim.state != State.SIGNED_OFF:
        yield from (DOT, _tag("b", _("must, open")))


def _change(change: Change) -> Iterator[Any]:
    row = change.row
    yield from (_tag("b", label(row, "force")), " ", _tag("del", change.words))
    yield from (_tag("ins", row.instead),) if row.instead else (" ", _tag("b", _("cut")))
    yield ": "
    if not row.decision:
        yield _tag("b", _("not decided"))
        return
    yield label(row, "decision").lower() + (f", {person(row.decided_by)}" if row.decided_by else "")
    if row.decision_reason and row.instead == row.replacement:  # other words than asked for stand there already
        yield f": {row.decision_reason}"
    if change.stays:
        yield from (DOT, _tag("b", change.told, "warning"))


def _remark(remark: Annotation) -> Iterator[Any]:
    yield from (_tag("b", "?"), " ", label(remark, "asked_of") if remark.asked_of else "")
    if remark.whom:
        yield f" {remark.whom}"
    if remark.until:
        yield f" {_('until')} {timezone.localtime(remark.until):%-d %b, %H:%M}"
    yield f": {Truncator(remark.body).chars(200)} ({person(remark.by)})"


def _short(one: Checked) -> str:
    return Truncator(one.claim.statement).chars(90)


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 - whatever people wrote was escaped by the caller


def _tag(name: str, words: Any, cls: str = "") -> SafeString:
    named = f' class="{cls}"' if cls else ""
    return _safe(f"<{name}{named}>{esc(words)}</{name}>")


def _p(*found: Any, cls: str = "") -> SafeString:
    return _tag("p", _safe("".join(esc(one) for one in found)), cls)
