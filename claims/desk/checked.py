"""Who checked a claim, on what, and via whom it came: for many claims at once, each fact in one line.

The bargain: eleven queries, however many claims; restricted material keeps its title and words to itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from claims import chains, origins, pages, wording
from claims.chains import Chains, Step
from claims.models import Accusation, Assessment, Attribution, Claim, Clearance, Evidence, Quantity, Transition
from claims.models.claim import PRINTABLE
from claims.vocabularies import Action, SignOffDecision, Stance, Verdict, Warning
from factdesk.labelled import label
from factdesk.people.roles import Asker

#: the verdicts on which a sentence stands as it is
HOLDS = (Verdict.ACCURATE, Verdict.MOSTLY_ACCURATE)


@dataclass
class Checked:
    """What is known of one claim. ``present``: the newest finding, where it is one on what the claim says now."""

    claim: Claim
    chain: Chains
    finding: Assessment | None = None
    present: Assessment | None = None
    backing: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    clearance: Clearance | None = None
    accusations: list[Accusation] = field(default_factory=list)

    @cached_property
    def signed(self) -> list[str]:
        """Who initialled the present finding, by name."""
        if self.present is None:
            return []
        return [
            wording.person(one.by) for one in self.present.sign_offs.all() if one.decision == SignOffDecision.APPROVE
        ]

    @property
    def holds(self) -> bool:
        """Whether the present finding lets the sentence stand."""
        return self.present is not None and self.present.verdict in HOLDS

    def via(self, ours: int | None = None) -> str:
        """Each way to the page in a line, the outermost speaker first: "The Lantern ← a clerk (denies)". Our own voice
        in the document ``ours`` goes without saying where somebody stands behind it.
        """
        ways = []
        for steps in chains.lists(self.chain):
            told = steps[1:] if len(steps) > 1 and ours and steps[0].hop.document == ours else steps
            ways.append(" ← ".join(step.hop.name for step in told) + _objection(steps))
        return "; ".join(dict.fromkeys(ways))

    @property
    def summary(self) -> str:
        """ "3 hops, 1 original source"."""
        return chains.summary(self.chain)

    @property
    def warnings(self) -> list[str]:
        return [str(Warning(word).label) for word in self.claim.warnings]

    @property
    def unanswered(self) -> list[Accusation]:
        """The accusations whose accused have still to have their say, and have been asked."""
        now = timezone.now()
        return [one for one in self.accusations if one.requests.all() and one.is_owed_a_say(now)]

    @property
    def needed_wording(self) -> str:
        """The words under which alone it may be printed; nothing where there are none, or it may not."""
        if self.clearance is None or self.claim.clearance not in PRINTABLE:
            return ""
        return self.clearance.wording


def _objection(steps: list[Step]) -> str:
    """ " (denies)", where what reaches the page this way does not assert it."""
    passes = steps[0].hop.passes_on
    return f" ({Stance(passes).label.lower()})" if passes in chains.OBJECTIONS else ""


def of(claims: Iterable[Claim], asker: Asker) -> dict[int, Checked]:
    """Each of these claims, by its number."""
    rows = {claim.pk: claim for claim in claims}
    live: dict[str, Any] = {"claim__in": rows, "withdrawn_at__isnull": True}
    beside = ("speaker__merged_into", "document__publisher", "passage", "speaks_for__merged_into")
    hops = pages.veil(Attribution.objects.filter(**live).select_related(*beside).order_by("claim", "id"), asker)
    by_claim = {claim: list(found) for claim, found in groupby(hops, key=lambda hop: hop.claim_id)}
    counted = origins.of(rows)
    found = {pk: Checked(claim, chains.read(claim, by_claim.get(pk, []), counted[pk])) for pk, claim in rows.items()}
    _with_findings(found)
    backing = Evidence.objects.filter(**live).select_related("document__publisher", "spoken_to").order_by("id")
    for one in pages.veil(backing, asker):
        found[one.claim_id].backing.append(wording.backing(one))
    for quantity in Quantity.objects.filter(**live).select_related("base").order_by("id"):
        found[quantity.claim_id].figures.append(wording.figure(quantity))
    newest = pages.clearances(claim__in=rows).order_by("claim", "-pk").distinct("claim")
    for clearance in newest:
        found[clearance.claim_id].clearance = clearance
    accused = Accusation.objects.filter(**live).select_related("accused", "exempted_by", "exempt_seconded_by")
    for accusation in accused.prefetch_related("requests__by").order_by("id"):
        found[accusation.claim_id].accusations.append(accusation)
    return found


def _with_findings(found: dict[int, Checked]) -> None:
    """The newest finding of each, and whether it is one to go by: as ``claims_present_assessment`` has it."""
    newest = Assessment.objects.filter(claim__in=found).order_by("claim", "-pk").distinct("claim")
    back = Transition.objects.filter(claim__in=found, action__in=(Action.SEND_BACK, Action.REOPEN))
    fell: dict[int, datetime] = dict(back.order_by().values_list("claim").annotate(Max("created_at")))
    for one in newest.select_related("author").prefetch_related("sign_offs__by"):
        mine = found[one.claim_id]
        mine.finding = one
        is_old = one.revision != mine.claim.revision or fell.get(one.claim_id, one.created_at) > one.created_at
        mine.present = None if is_old else one


def finding_in_words(checked: Checked) -> str:
    """ "Accurate (tick): Ida Brandt, 21 Nov, 14:02; initialled: Tom Achebe"."""
    one = checked.finding
    if one is None:
        return _("not checked yet")
    told = f"{label(one, 'verdict')}{_(' (tick)') if one.is_tick else ''}: {wording.person(one.author)}, "
    told += f"{timezone.localtime(one.created_at):%-d %b, %H:%M}"
    if checked.present is None:
        return _("{finding}; changed since, and not checked again").format(finding=told)
    names = ", ".join(checked.signed)
    return f"{told}; {_('initialled: {names}').format(names=names)}" if names else told
