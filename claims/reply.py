"""The right of reply (rule 8): somebody accused is asked, and what they say is recorded; or why they are not asked is.

Each function locks the claim first, as ``claims.workflow`` does, and takes the version of it that the person saw.
"""

import hashlib
from datetime import datetime

from django.utils import timezone

from claims.locking import held
from claims.models import Accusation, ReplyRequest, Ruling
from claims.vocabularies import Exemption, ReplyOutcome, RulingAbout
from factdesk.change import change, locked, may
from factdesk.errors import BadInput, NoSuchRecord
from factdesk.people.models import User

#: exemption -> the right that giving it takes; ``would_endanger`` takes a chief and legal, one after the other
EXEMPTS: dict[str, str] = {
    Exemption.NOT_IDENTIFIABLE: "exempt",
    Exemption.DEAD: "exempt",
    Exemption.COURT_RECORD_ONLY: "exempt_court_record",
}


@change
def request_reply(
    *,
    accusation_id: int,
    by: User,
    put: str,
    channel: str,
    deadline: datetime,
    sent_at: datetime | None = None,
    version: int | None = None,
) -> ReplyRequest:
    """One approach to somebody accused: what was put to them, by which channel, until when. Recorded as sent."""
    may(by, "ask_reply")
    accusation = _accusation(accusation_id)
    with held(accusation.claim_id, by=by, right="ask_reply", version=version, why="request for comment"):
        return ReplyRequest.objects.create(
            accusation=accusation, put=put, channel=channel, sent_at=sent_at or timezone.now(), deadline=deadline, by=by
        )


@change
def record_reply(
    *,
    accusation_id: int,
    by: User,
    outcome: str,
    reply: str = "",
    replied_at: datetime | None = None,
    version: int | None = None,
    seen: int | None = None,
) -> Accusation:
    """What came of asking. It is substance: a claim that was signed off reopens, and its clearance falls to hold.

    ``seen`` is the accusation's own version, ``version`` the claim's.
    """
    may(by, "ask_reply")
    found = _accusation(accusation_id)
    with held(found.claim_id, by=by, right="ask_reply", version=version, why=f"reply: {outcome}"):
        accusation: Accusation = locked(Accusation.objects.all(), accusation_id, seen, "accusation")
        accusation.outcome = outcome
        accusation.reply = reply
        accusation.replied_at = replied_at or (timezone.now() if outcome == ReplyOutcome.REPLIED else None)
        accusation.save(update_fields=["outcome", "reply", "replied_at"])
        return accusation


@change
def exempt(
    *, accusation_id: int, by: User, exempt: str, because: str, version: int | None = None, seen: int | None = None
) -> Accusation:
    """Say why somebody accused need not be asked. That asking would endanger somebody takes two persons, chief and
    legal: the first who says so proposes, and the accusation comes back as it was; the second decides.
    """
    may(by, "read")
    found = _accusation(accusation_id)
    if exempt not in Exemption.values:
        raise BadInput("This is no exemption.", [{"path": "exempt", "code": "unknown_word", "message": exempt[:60]}])
    right = EXEMPTS.get(exempt) or ("override" if by.may("override") else "legal_hold")
    with held(found.claim_id, by=by, right=right, version=version, why=because):
        accusation: Accusation = locked(Accusation.objects.all(), accusation_id, seen, "accusation")
        first = by
        if exempt == Exemption.WOULD_ENDANGER:
            proposal = _proposal(accusation)
            if proposal is None or proposal.by_id == by.pk:
                _propose(accusation, by, because)
                return accusation
            first, accusation.exempt_seconded_by = proposal.by, by
        accusation.exempt, accusation.exempt_because, accusation.exempted_by = exempt, because, first
        accusation.save(update_fields=["exempt", "exempt_because", "exempted_by", "exempt_seconded_by"])
        return accusation


def _proposal_key(accusation: Accusation) -> str:
    """What the proposal looked at: this accusation of this person. SHA-256, hexadecimal."""
    looked_at = f"accusation:{accusation.pk}:{accusation.accused_id}:{Exemption.WOULD_ENDANGER}"
    return hashlib.sha256(looked_at.encode()).hexdigest()


def _proposal(accusation: Accusation) -> Ruling | None:
    """Who said first that asking would endanger somebody, of those who may still say so."""
    said = Ruling.objects.filter(about=RulingAbout.PROPOSAL, key=_proposal_key(accusation)).select_related("by")
    return next((one for one in said.order_by("-id") if one.by.may("override") or one.by.may("legal_hold")), None)


def _propose(accusation: Accusation, by: User, because: str) -> None:
    Ruling.objects.create(
        about=RulingAbout.PROPOSAL,
        claim_id=accusation.claim_id,
        key=_proposal_key(accusation),
        decision=Exemption.WOULD_ENDANGER,
        reason=because,
        by=by,
    )


def _accusation(accusation_id: int) -> Accusation:
    found = Accusation.objects.filter(pk=accusation_id, withdrawn_at__isnull=True).first()
    if found is None:
        raise NoSuchRecord("accusation", accusation_id)
    return found
