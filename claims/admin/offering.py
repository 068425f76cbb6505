"""Which acts a claim's page offers from where the claim stands, and what stands in the way of each, in words.

From the same tables that decide: ``TRANSITIONS`` for the state; for the rest, what is known of the claim on its page.
Nothing here decides: a function that is called all the same judges for itself.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims.admin.deciding import NEEDS_REASONS
from claims.models import Accusation, Assessment, Claim
from claims.transitions import TRANSITIONS
from claims.vocabularies import Action, ClearanceValue, Kind, SignOffDecision, State
from claims.workflow import FOUND
from factdesk.people.models import User

OPEN = (State.NEW, State.IN_CHECK)


@dataclass
class Standing:
    """What is known of a claim when its page is shown. ``findings``: newest first, with their sign-offs."""

    claim: Claim
    by: User
    findings: list[Assessment]
    accusations: list[Accusation]
    documents: list[Any]
    origins: int
    differences: int = 0

    @property
    def newest(self) -> Assessment | None:
        return self.findings[0] if self.findings else None

    @property
    def was_signed(self) -> bool:
        """Whether the newest finding had all its approvals."""
        if self.newest is None:
            return False
        decided = [one.decision for one in self.newest.sign_offs.all()]
        return SignOffDecision.SEND_BACK not in decided and len(decided) >= self.newest.approvals_needed

    @cached_property
    def is_present(self) -> bool:
        """Whether the newest finding is one to decide on: as ``claims_present_assessment`` has it."""
        newest = self.newest
        if newest is None or newest.revision != self.claim.revision:
            return False
        back = (Action.SEND_BACK, Action.REOPEN)
        return not self.claim.transitions.filter(action__in=back, created_at__gt=newest.created_at).exists()


def hindrances(standing: Standing) -> dict[str, str]:
    """The acts that this state allows, by name, each with what stands in its way ("": nothing)."""
    claim = standing.claim
    found: dict[str, str] = {}
    if claim.state in OPEN:
        found |= _in_check(standing)
    if claim.state == State.IN_REVIEW:
        found |= {"assess": ""} | _in_review(standing)
    if claim.look_again or claim.source_changed:
        found["still-stands"] = ""
    elif claim.state in FOUND:
        found["look-again"] = ""
    found |= _printing(standing)
    if claim.state != State.CLOSED:
        found["assign"] = ""
    for action, name in ((Action.REOPEN, "reopen"), (Action.CLOSE, "close")):
        if (claim.state, action) in TRANSITIONS:
            found[name] = ""
    if standing.origins > 1:
        found["rule"] = ""
    if standing.differences:
        found["settle-difference"] = ""
    return found | dict.fromkeys(("edit", "add-quantity", "add-attribution", "add-evidence", "add-accusation",
                                  "add-relation", "add-annotation", "add-usage"), "")  # fmt: skip


def _in_check(standing: Standing) -> dict[str, str]:
    claim, by = standing.claim, standing.by
    found = {"assess": "", "tick": ""}
    if claim.kind in NEEDS_REASONS:
        found["tick"] = _("not enough for this kind: give reasons")
    if (claim.state, Action.TAKE) in TRANSITIONS or claim.assignee_id != by.pk:
        other = claim.assignee if claim.state == State.IN_CHECK else None
        found["take"] = _("with {name}").format(name=other) if other else ""
    present = standing.is_present
    if (claim.state, Action.SUBMIT) in TRANSITIONS:
        found["submit"] = "" if present else _no_finding(claim)
    if standing.was_signed and not present:
        found["same-again"] = ""
    return found


def _no_finding(claim: Claim) -> str:
    return _("no new finding on revision {number}").format(number=claim.revision)


def _in_review(standing: Standing) -> dict[str, str]:
    newest, by = standing.newest, standing.by
    why = ""
    if newest is None or not standing.is_present:
        why = _no_finding(standing.claim)
    elif newest.author_id == by.pk:
        why = _("your own finding")
    elif any(one.by_id == by.pk for one in newest.sign_offs.all()):
        why = _("you have decided on it; one more person does")
    return dict.fromkeys(("sign-off", "initial", "send-back"), why)


# --- may we print it ---


def _printing(standing: Standing) -> dict[str, str]:
    claim = standing.claim
    if claim.clearance == ClearanceValue.LEGAL_HOLD:
        return {"lift-hold": "", "clear": _("on legal hold"), "hold": _("on legal hold")}
    found = {"legal-hold": ""}
    if claim.clearance != ClearanceValue.HOLD:
        found["hold"] = ""
    if claim.state == State.SIGNED_OFF:
        found["clear"] = why_not_printed(standing)
    return found


def why_not_printed(standing: Standing) -> str:
    """What keeps this person from clearing an initialled claim (rule 8), in words; nothing where they may override."""
    return stands_against(standing, overrides=standing.by.may("override"))


def stands_against(standing: Standing, *, overrides: bool = False) -> str:
    """What stands in the way of printing besides the work: an embargo, replies that are owed, nobody named."""
    now = timezone.now()
    ends = [one.embargo_until for one in standing.documents if one.embargo_until and one.embargo_until > now]
    if ends:
        return _("embargo until {moment}").format(moment=f"{timezone.localtime(max(ends)):%-d %b %Y, %H:%M}")
    owed = [one for one in standing.accusations if one.is_owed_a_say(now)] if not overrides else []
    if owed:
        return _owed(owed, len(standing.accusations))
    if standing.claim.kind == Kind.ALLEGATION and not standing.accusations:
        return _("it names nobody whom it accuses")
    return ""


def _owed(owed: list[Accusation], accused: int) -> str:
    unasked = sum(not one.requests.all() for one in owed)
    if unasked:
        return ngettext("{owed} of {all} accused not asked", "{owed} of {all} accused not asked", unasked).format(
            owed=unasked, all=accused
        )
    last = max(request.deadline for one in owed for request in one.requests.all())
    names = ", ".join(str(one.accused) for one in owed)
    moment = f"{timezone.localtime(last):%-d %b, %H:%M}"
    return _("{names} may reply until {moment}").format(names=names, moment=moment)
