"""Numbers as people write them, in figures and in words: "1,450", "£1.2 million", "forty-three", "half a dozen".

English, literal tables. A number comes with the step that its wording can tell apart ("1.2 million": a hundred
thousand) and with what stands beside it ("more than", "about").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

ONES = {
    word: Decimal(value)
    for value, word in enumerate(
        re.findall(
            r"\S+",
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen",
        )
    )
}
TENS = {
    word: Decimal(value)
    for word, value in zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True
    )
}
#: "a dozen" is a number; "dozens" is at least two of them
SCALES = {
    "dozen": Decimal(12), "score": Decimal(20), "hundred": Decimal(100), "thousand": Decimal(1000),
    "million": Decimal(10**6), "billion": Decimal(10**9), "trillion": Decimal(10**12),
}  # fmt: skip
SHORT_SCALES = {"k": Decimal(1000), "m": Decimal(10**6), "mn": Decimal(10**6), "bn": Decimal(10**9)}
SOME = {"a": Decimal(1), "half a": Decimal("0.5"), "couple": Decimal(2), "pair": Decimal(2), "both": Decimal(2)}

#: What stands before a number, or behind it, and what it makes of it (comparators; "nearly": a little less).
BEFORE = {
    "more than": ">", "over": ">", "above": ">", "exceeding": ">", "upwards of": ">", "upward of": ">",
    "at least": ">=", "no fewer than": ">=", "no less than": ">=", "not fewer than": ">=", "a minimum of": ">=",
    "fewer than": "<", "less than": "<", "under": "<", "below": "<",
    "at most": "<=", "up to": "<=", "no more than": "<=", "not more than": "<=", "as many as": "<=",
    "a maximum of": "<=",
    "about": "~", "around": "~", "approximately": "~", "roughly": "~", "some": "~", "circa": "~", "ca.": "~",
    "an estimated": "~", "estimated": "~", "in the region of": "~",
    "nearly": "nearly", "almost": "nearly", "close to": "nearly", "just under": "nearly", "just over": "~",
    "well over": ">", "exactly": "=", "precisely": "=",
}  # fmt: skip
BEHIND = {
    "or more": ">=",
    "or fewer": "<=",
    "or less": "<=",
    "or so": "~",
    "or thereabouts": "~",
    "plus": ">=",
    "+": ">=",
}

_WORD = "|".join([*ONES, *TENS])
_SCALE = "|".join(SCALES)
_BEFORE = "|".join(re.escape(words) for words in sorted(BEFORE, key=len, reverse=True))
_BEHIND = "|".join(re.escape(words) for words in sorted(BEHIND, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?:(?<!\w)(?P<before>{_BEFORE})[ \u00a0]+(?:the |an? )?)?"
    r"(?P<sign>(?<![\w.])[-\u2212](?=\d))?(?P<money>[$\u00a3\u20ac])?"
    r"(?P<number>"
    r"(?<![\w.,])(?<!\w-)(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?P<fraction>\.\d+)?"
    rf"(?:[ \u00a0-]?(?P<scale>{_SCALE}|mn|bn|[km](?![a-z]))(?!\w))?"
    rf"|(?<!\w)(?P<words>(?:half an? |an? )?(?:(?:{_WORD}|{_SCALE}|couple|pair|both)(?!\w)"
    rf"(?:[ -]?and[ -](?=(?:{_WORD})\b)|[ -](?=(?:{_WORD}|{_SCALE})\b))?)+)"
    r")"
    r"(?P<percent>\s?%|[ -]per ?cent(?![a-z])(?: points?)?|[ -]percentage points?)?"
    rf"(?:[ ]?(?P<behind>{_BEHIND})(?!\w))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Worded:
    """A number in a text: ``text[start:end]``, its ``value``, the ``step`` that its wording can tell apart, what it
    says of its exactness (``comparator``: "" says nothing), whether it is a ``percent``; ``loose`` where it is a word
    for a round number ("a dozen").
    """

    start: int
    end: int
    value: Decimal
    step: Decimal
    comparator: str = ""
    percent: bool = False
    loose: bool = False
    in_words: bool = False


def read(text: str) -> list[Worded]:
    """The numbers in a text, in order. Ordinals ("first", "2nd") and digits inside words are none."""
    return [one for match in _NUMBER.finditer(text) for one in _read(match)]


def _read(match: re.Match[str]) -> Iterator[Worded]:
    said = BEFORE.get((match["before"] or "").lower(), "") or BEHIND.get((match["behind"] or "").lower(), "")
    start, end = match.span("number")
    if match["digits"]:
        value, step = _figures(match)
        if match["sign"]:
            value = -value
        yield Worded(start, end, value, step, said, bool(match["percent"]))
        return
    words = match["words"].lower()
    found = in_words(words)
    if found is not None and words not in ("a", "an"):
        loose = words.split()[-1] in ("dozen", "score", "couple") or words in ("a hundred", "a thousand", "a million")
        yield Worded(start, end, found, Decimal(1), said, bool(match["percent"]), loose, True)


def _figures(match: re.Match[str]) -> tuple[Decimal, Decimal]:
    """The value, and the step of its last digit; whole numbers that end in three zeros or more were rounded."""
    number = Decimal(match["digits"].replace(",", "") + (match["fraction"] or ""))
    named = (match["scale"] or "").lower()
    scale = SCALES.get(named) or SHORT_SCALES.get(named)
    if scale is None:
        return number, step_of(number)
    exponent = number.as_tuple().exponent
    return number * scale, Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) * scale


def step_of(number: Decimal) -> Decimal:
    """What the last digit counts: 162 → 1, 90.0 → 0.1, 204000 → 1000 (three zeros or more were rounded)."""
    _sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return Decimal(1)
    zeros = 0
    for digit in reversed(digits):
        if digit or zeros == len(digits) - 1:
            break
        zeros += 1
    if exponent + zeros >= 3:
        return Decimal(1).scaleb(exponent + zeros)
    return Decimal(1).scaleb(min(exponent, 0))


def in_words(words: str) -> Decimal | None:
    """ "forty-three" → 43, "two hundred and six" → 206, "half a dozen" → 6; None where it is no number."""
    total = group = Decimal(0)
    some: Decimal | None = None
    for word in re.split(r"[\s-]+", words.lower().strip()):
        if word in ("and", ""):
            continue
        if word in ("a", "an"):
            some = some if some is not None else Decimal(1)
        elif word == "half":
            some = Decimal("0.5")
        elif word in ("couple", "pair", "both"):
            group += 2
        elif word in ONES or word in TENS:
            group += ONES.get(word) or TENS.get(word) or Decimal(0)
            some = some if some is not None else Decimal(0)
        elif word in SCALES:
            group = (group or some or Decimal(1)) * SCALES[word]
            if SCALES[word] >= 1000:
                total, group = total + group, Decimal(0)
        else:
            return None
    return total + group
