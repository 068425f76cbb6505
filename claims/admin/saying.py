"""What a claim's page says first: whether the sentence may be printed, and what comes next for whoever looks.

Both are told from what the page knows already (``claims.admin.offering``), in a fixed number of queries: none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims import wording
from claims.admin import offering
from claims.admin.offering import Standing
from claims.models import Clearance
from claims.vocabularies import ClearanceValue, State
from factdesk.acts import Act


@dataclass(frozen=True)
class Printing:
    """``yes``: it may be printed; ``why`` says under which words, or why not."""

    yes: bool
    why: str


def may_be_printed(standing: Standing, decision: Clearance | None) -> Printing:
    """Whether the sentence may be printed as things stand, and why: from clearance, state, replies and embargoes."""
    claim = standing.claim
    value = claim.clearance
    said = decision if decision is not None and decision.value == value else None
    over = said.override_reason.rstrip(".") if said is not None else ""
    overridden = [_("the right of reply was overridden: {reason}").format(reason=over)] if over else []
    if value in (ClearanceValue.CLEAR, ClearanceValue.CLEAR_WITH_ATTRIBUTION):
        return Printing(True, "; ".join(_under_what(standing, said) + overridden))
    told = [_unchecked(standing)] if claim.state != State.SIGNED_OFF else []
    told += [_held(standing, said), *overridden]
    if value in (ClearanceValue.HOLD, ClearanceValue.NOT_CLEARED):
        told.append(offering.stands_against(standing))
    why = "; ".join(one for one in told if one)
    return Printing(False, why or _("initialled; an editor has not decided on it"))


def _held(standing: Standing, said: Clearance | None) -> str:
    """What the clearance itself says against it."""
    value = standing.claim.clearance
    reason = wording.reason_of(said).rstrip(".") if said is not None and not said.automatic else ""
    note = f": {reason}" if reason else ""
    if value == ClearanceValue.LEGAL_HOLD:
        return _("on legal hold{note}").format(note=note)
    if value == ClearanceValue.INFORM_ONLY:
        return _("for our information only{note}").format(note=note)
    if value == ClearanceValue.HOLD and said is not None and said.automatic:
        return ""
    return _("on hold{note}").format(note=note) if value == ClearanceValue.HOLD else ""


def _under_what(standing: Standing, said: Clearance | None) -> list[str]:
    claim = standing.claim
    told = []
    if said is not None and said.wording:
        told.append(_("with this wording: “{wording}”").format(wording=said.wording))
    if claim.look_again:
        told.append(_("but it is to be looked at again"))
    if claim.source_changed:
        told.append(_("but look again: a source has changed"))
    return told


def _unchecked(standing: Standing) -> str:
    """Why it is not initialled."""
    claim, newest = standing.claim, standing.newest
    if claim.state == State.CLOSED:
        return _("closed: {because}").format(because=claim.get_closed_because_display().lower())
    if claim.state == State.IN_REVIEW and newest is not None:
        left = newest.approvals_needed - len(newest.sign_offs.all())
        return _("initials are missing ({number})").format(number=max(left, 1))
    if newest is not None and standing.was_signed:
        return _("it lost its initials when it was changed")
    if claim.state == State.NEW:
        return _("nobody has checked it")
    return _("in check{person}").format(person=_(", with {name}").format(name=claim.assignee) if claim.assignee else "")


# --- what comes next ---

#: what comes next, the first that is possible: act -> how it is said
NEXT: dict[str, Any] = {
    "same-again": gettext_lazy("propose the same again, or a new finding"),
    "sign-off": gettext_lazy("read the finding, and initial it or send it back"),
    "submit": gettext_lazy("hand it on to a second person"),
    "tick": gettext_lazy("tick it on the backing, or give a finding"),
    "assess": gettext_lazy("give a finding, with reasons"),
    "still-stands": gettext_lazy("look at what is new, and say that it still stands"),
    "clear": gettext_lazy("decide whether it may be printed"),
    "take": gettext_lazy("take it"),
}


@dataclass(frozen=True)
class Next:
    """The next step in reach. ``act`` is None where it is somebody else's, or waits for something: ``why``."""

    told: Any
    act: Act | None = None
    why: str = ""


def next_step(standing: Standing, found: Mapping[str, str], acts: Mapping[str, Act]) -> Next | None:
    """The next step for this person. ``found`` is what ``offering.hindrances`` gave, ``acts`` those of the page."""
    claim = standing.claim
    wanted = [name for name in NEXT if name in found and _is_next(name, standing)]
    open_ones = [name for name in wanted if acts[name].open_to(standing.by)]
    for name in open_ones:
        if not found[name]:
            return Next(NEXT[name], acts[name])
    for name in open_ones:
        return Next(NEXT[name], None, found[name])
    if claim.state == State.IN_REVIEW:
        return Next(_("somebody else reads the finding"))
    return None


def _is_next(name: str, standing: Standing) -> bool:
    """Whether the step is one that brings the claim on from where it stands; not whatever is allowed besides."""
    claim = standing.claim
    if name in ("tick", "assess"):
        return claim.state in offering.OPEN and not standing.is_present
    if name == "take":
        return claim.state == State.NEW
    if name == "clear":
        return claim.clearance in (ClearanceValue.NOT_CLEARED, ClearanceValue.HOLD)
    return name != "submit" or standing.is_present
