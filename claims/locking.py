"""A claim, locked, for somebody who may change it and saw it as it is.

The bargain: of two who act at once, the second is judged against what the first one left. Nothing is changed by a
function of the desk outside :func:`held` (or, where no claim is concerned, ``factdesk.context.acting``).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from claims.models import Claim
from factdesk.change import may
from factdesk.context import acting
from factdesk.errors import DomainError, NoSuchRecord, StaleVersion
from factdesk.people.models import User


class NoSuchClaim(NoSuchRecord):
    """There is no such claim, or not for this person."""

    def __init__(self, claim_id: int) -> None:
        super().__init__("claim", claim_id)


class StaleDecision(DomainError):
    """The claim has moved on since the person looked at it."""

    code = "stale_decision"

    def __init__(self, claim: Claim, seen: int) -> None:
        told = f"Claim {claim.pk} is at revision {claim.revision}; you decided on revision {seen}."
        super().__init__(told, claim=claim.pk, seen=seen, now=claim.revision)


@contextmanager
def held(
    claim_id: int, *, by: User, right: str, revision: int | None = None, version: int | None = None, why: str = ""
) -> Iterator[Claim]:
    """The claim, locked, for somebody who has ``right`` and saw this revision or version of it (None: not asked)."""
    may(by, right)
    with acting(by=by, why=why):
        claim = Claim.objects.select_for_update(no_key=True).visible_to(by).filter(pk=claim_id).first()
        if claim is None:
            raise NoSuchClaim(claim_id)
        if revision is not None and claim.revision != revision:
            raise StaleDecision(claim, revision)
        if version is not None and claim.version != version:
            raise StaleVersion(claim, version)
        yield claim
