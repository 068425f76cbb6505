"""What is held against each other, as plain data: claims, their figures and hops; and what came of it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from json import dumps

#: Parts of a text that stand over or beside its body and sum it up.
HEADINGS = frozenset({"headline", "deck", "caption", "teaser"})


@dataclass(frozen=True)
class Told:
    """A claim: what it says, of which days and where; ``headed`` and ``told``: the documents in which it stands in a
    heading (``HEADINGS``) and in the body; ``by``: who says so first.
    """

    id: int
    statement: str = ""
    kind: str = "event"
    topics: frozenset[str] = frozenset()
    place: str = ""
    since: date | None = None
    until: date | None = None
    headed: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()
    by: tuple[str, ...] = ()

    @property
    def documents(self) -> frozenset[int]:
        """All documents in which marked words of it stand."""
        return self.headed | self.told


@dataclass(frozen=True)
class Figure:
    """A quantity. ``since``/``until`` are the period's days, ``base`` the id of the figure that it is a share of."""

    id: int
    claim: Told
    measure: str
    value: Decimal
    comparator: str = "="
    upper: Decimal | None = None
    margin: Decimal | None = None
    unit: str = ""
    population: str = ""
    place: str = ""
    period: str = ""
    since: date | None = None
    until: date | None = None
    base: int | None = None
    base_is: str = ""
    vintage: str = ""
    as_worded: str = ""

    @property
    def looked_at(self) -> list[str]:
        """What a ruling on it looked at: every value that matters, none that does not."""
        values = (
            self.id, self.measure, self.comparator, self.value, self.upper, self.margin, self.unit, self.population,
            self.place, self.period, self.since, self.until, self.base, self.base_is, self.vintage, self.as_worded,
        )  # fmt: skip
        return ["" if value is None else str(value) for value in values]


@dataclass(frozen=True)
class Hop:
    """A hop of a claim. ``words``: the marked words (None: none are marked, or the text is not held, or not for whoever
    asks); ``text``: the whole newest text of its document, where it is held and no words are marked in it. ``is_ours``:
    in our own copy, whose day is known to come.
    """

    id: int
    claim: int
    name: str = ""
    relays: int | None = None
    document: int | None = None
    published_on: date | None = None
    part: str = "body"
    is_ours: bool = False
    stance: str = "asserts"
    manner: str = "paraphrase"
    certainty: str = "flat"
    hedge: str = ""
    said_on: date | None = None
    words: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Settled:
    """What an editor ruled on it."""

    decision: str
    reason: str
    by: str


@dataclass(frozen=True)
class Finding:
    """A question to the editor, never a verdict: ``kind`` (a key of ``claims.labels.FINDINGS``), ``says`` (the
    arithmetic or the difference in words), the claims, figures and hops that it is about, ``loud`` where it is worth a
    warning.

    ``key`` is the digest of all that was looked at: a ruling about it lapses when one of these values changes.
    """

    kind: str
    key: str
    says: str
    claims: tuple[int, ...]
    quantities: tuple[int, ...] = ()
    hops: tuple[int, ...] = ()
    loud: bool = True
    settled: Settled | None = field(default=None, compare=False)


def digest(rule: str, *sides: list[str]) -> str:
    """The key of what a rule found on these sides, in whichever order they come."""
    return sha256(dumps([rule, sorted(sides)], ensure_ascii=False).encode()).hexdigest()
