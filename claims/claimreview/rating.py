"""A rating as the outlet gave it, and whether its scale says plainly that the claim holds or does not.

Somebody else's rating is evidence and never our verdict. It bears on a claim (``supports``, ``refutes``) only where
numbers say so: best and worst value are in order, the value lies between them and within a fifth of one end. Words
alone (``Falso``, ``Pants on Fire``) are kept as they are and read by people, and so is every scale that is not whole.
"""

from dataclasses import dataclass
from decimal import Decimal

from claims.claimreview.words import folded, number
from claims.vocabularies import Bearing

#: schema.org, Rating: "If worstRating is omitted, 1 is assumed." The best is not assumed: it has to be said.
WORST = Decimal(1)
NEAR = Decimal("0.2")

# Words that say the same in every scale: where one stands at the wrong end, somebody has turned the scale round.
_HOLDS = frozenset({"true", "correct", "accurate", "verdadeiro", "verdadero", "vrai", "wahr", "richtig", "vero"})
_DOES_NOT = frozenset({"false", "incorrect", "inaccurate", "fake", "pants on fire", "falso", "faux", "falsch"})

TURNED = "Its number and its word say opposite things, so neither is taken for a bearing."


@dataclass(frozen=True)
class Rating:
    """All as given; nothing where nothing was given."""

    name: str = ""
    value: str = ""
    best: str = ""
    worst: str = ""
    explanation: str = ""

    @property
    def words(self) -> str:
        """The rating in one line, in the outlet's own words; nothing where there is none."""
        scale = f"{self.worst or 'not stated'} to {self.best or 'not stated'}"
        told = f"{self.value} on a scale of {scale}" if self.best or self.worst else self.value
        return f"{self.name} ({told})" if self.name and told else self.name or told

    @property
    def is_turned(self) -> bool:
        """Whether its word stands at the other end of its scale."""
        word, said = folded(self.name).rstrip("!."), _bearing(self)
        return (said == Bearing.SUPPORTS and word in _DOES_NOT) or (said == Bearing.REFUTES and word in _HOLDS)


def bearing(rating: Rating) -> Bearing:
    """How the rating bears on the claim: ``context`` wherever the numbers do not say it plainly."""
    return Bearing.CONTEXT if rating.is_turned else _bearing(rating)


def _bearing(rating: Rating) -> Bearing:
    value, best = number(rating.value), number(rating.best)
    worst = number(rating.worst) if rating.worst else WORST
    if value is None or best is None or worst is None or not worst < best or not worst <= value <= best:
        return Bearing.CONTEXT
    place = (value - worst) / (best - worst)
    return Bearing.SUPPORTS if place >= 1 - NEAR else Bearing.REFUTES if place <= NEAR else Bearing.CONTEXT
