"""A claim, locked, for somebody who may change it and saw it as it is.

The bargain: of two who act at once, the second is judged against what the first one left. Nothing is changed by a
function of the desk outside :func:`held` (or, where no claim is concerned, ``factdesk.context.acting``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from claims.models import Claim
from factdesk.context import acting
from factdesk.errors import DomainError, NotAllowed
from factdesk.people.models import User


class NoSuchRecord(DomainError):
    """There is no record of this sort and number that this person may see."""

    code = "no_such_record"
    status = 404

    def __init__(self, sort: str, number: int) -> None:
        super().__init__(f"There is no {sort} {number}.", sort=sort, number=number)


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


class StaleVersion(DomainError):
    """The record has changed since the person looked at it. ``record`` has ``pk`` and ``version``."""

    code = "stale_version"
    status = 412

    def __init__(self, record: Any, seen: int, sort: str = "claim") -> None:
        told = f"This {sort} has changed since you looked: it is at version {record.version}, you saw {seen}."
        super().__init__(told, sort=sort, number=record.pk, seen=seen, now=record.version)


class ReasonNeeded(DomainError):
    """Going backwards and closing ask for a reason."""

    code = "reason_needed"
    status = 400


def may(by: User, right: str) -> None:
    """Raise :class:`NotAllowed` unless this person has the right."""
    if not by.may(right):
        raise NotAllowed(f"This needs the right '{right}'.", needed=[right])


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
