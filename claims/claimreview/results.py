"""What came of each review: one :class:`Outcome` a row, whatever happened."""

from collections import Counter
from dataclasses import dataclass, field

from claims.claimreview.parties import Matched

MADE, UPDATED, ALREADY_THERE, CONFLICT, REFUSED = OUTCOMES = (
    "made",
    "updated",
    "already_there",
    "conflict",
    "refused",
)


@dataclass(frozen=True)
class Unread:
    """What stands at a place and is no review that can be read; ``message`` says what to do."""

    place: str
    code: str
    message: str


@dataclass
class Outcome:
    """``sources``: (outlet or claimant, who that is for the desk). ``told`` never repeats what was refused."""

    place: str
    outcome: str
    code: str = ""
    told: list[str] = field(default_factory=list)
    claim: int | None = None
    document: int | None = None
    sources: list[tuple[str, Matched]] = field(default_factory=list)


def counted(outcomes: list[Outcome]) -> dict[str, int]:
    """How many of each outcome."""
    many = Counter(each.outcome for each in outcomes)
    return {word: many[word] for word in OUTCOMES}
