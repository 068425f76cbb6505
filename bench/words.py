"""A vocabulary as unevenly used as a language's: the n-th word is met 1/n times as often as the first (Zipf).

No list was copied: the words are short stems of ours and compounds of two of them, shuffled by a seed.
"""

import itertools
import random

STEMS = (
    "mill river bridge fire council school harbour road market train farm winter summer budget water tower garden paper "
    "letter doctor driver teacher worker village county valley forest island engine station museum library hospital "
    "factory kitchen window corner border season morning evening number figure report record survey census court judge "
    "jury lawyer police captain sailor soldier farmer baker butcher printer editor reader singer painter grain barley "
    "apple cherry copper silver iron steel timber stone brick glass cotton linen leather salt sugar butter cheese bread "
    "coffee horse cattle sheep chicken salmon eagle falcon spider storm flood drought thunder snow frost cloud wind "
    "hill lake shore coast meadow field barn fence gate wall roof cellar ladder hammer needle candle lantern mirror "
    "basket barrel bottle kettle saddle wagon carriage tram ferry canal tunnel signal switch wire cable motor pump "
    "valve boiler furnace chimney quarry mine shaft tax rent wage loan debt bank coin trade guild union strike vote "
    "party mayor clerk warden bishop chapel abbey castle palace statue fountain plaza alley avenue"
).split()
FUNCTION = (
    "the of in and to a was at by for on with from that had were its after over about under before against".split()
)
COMMON = "people year city percent state said time day town group study company law plan cost new old high low".split()
SIZE = 20_000


def vocabulary(size: int = SIZE) -> list[str]:
    """So many words, the commonest first: function words, everyday ones, stems, compounds."""
    compounds = [f"{one}{other}" for one, other in itertools.product(STEMS, STEMS) if one != other]
    random.Random(1).shuffle(compounds)  # noqa: S311 - nothing to keep secret
    return [*FUNCTION, *COMMON, *STEMS, *compounds][:size]


class Zipf:
    """Draws from ``items``, the n-th 1/n times as often as the first."""

    def __init__(self, items: list[str] | range) -> None:
        self.items = items
        self.weights = list(itertools.accumulate(1 / place for place in range(1, len(items) + 1)))

    def draw(self, dice: random.Random, many: int) -> list[str]:
        """So many of them."""
        return dice.choices(self.items, cum_weights=self.weights, k=many)
