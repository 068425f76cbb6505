"""Words that are drawn: made fit for XML, measured without a font, broken into lines.

Nobody knows here which fonts the reader has. The widths are those of DejaVu, the widest of the common ones; where
another font is used lines end a little early, and none is too long.
"""

import re
import unicodedata
from functools import lru_cache

ELLIPSIS = "…"
ZERO_WIDTH_JOINER = "\u200d"
#: Marks that a letter keeps when it is drawn; more would climb over the lines above (the whole name is in the title).
MOST_MARKS = 3
#: A bold letter against a plain one.
BOLD = 1.13

# What XML 1.0 §2.2 (Char) leaves out, and noncharacters. ElementTree escapes, but lets these through.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Controls that turn the order of letters: a name may not turn what stands beside it.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")

_EMS = {
    letter: ems
    for letters, ems in [
        (" ", 0.33),
        ("ijl'|", 0.31),
        ("I.,:;/\\-![]()fJ", 0.42),
        ('rt"', 0.48),
        ("scz?*`_", 0.57),
        ("mMW%@", 1.04),
        ("w#+<=>^~OQGDHNU&", 0.86),
        ("—…", 1.0),
    ]
    for letter in letters
}


def clean(text: str) -> str:
    """One line that XML can hold, in the order in which it is read."""
    return _NO_XML.sub("\ufffd", _TURNING.sub("", " ".join(text.split())))


def clusters(text: str) -> list[str]:
    """What a reader takes for one letter: a base with its marks, an emoji with what is joined to it.

    A short form of Unicode's UAX #29: enough never to cut an accent or a flag in two.
    """
    found: list[str] = []
    marks = 0
    for letter in text:
        if found and _continues(found[-1], letter):
            marks += _ems(letter) == 0
            if marks <= MOST_MARKS or letter == ZERO_WIDTH_JOINER:
                found[-1] += letter
        else:
            found.append(letter)
            marks = 0
    return found


def width(text: str, size: int, *, bold: bool = False) -> float:
    """How wide the text is in pixels, at the most, at a font size in pixels."""
    return sum(_ems(letter) for letter in text) * size * (BOLD if bold else 1)


def wrap(text: str, room: float, size: int, most: int, *, bold: bool = False) -> list[str]:
    """Up to ``most`` lines, none wider than ``room`` pixels; what does not fit ends in an ellipsis.

    Lines end at spaces where they can, else between letters. Empty for a text without a visible letter.
    """
    rest = clusters(clean(text))
    if not any(_ems(letter) for cluster in rest for letter in cluster):
        return []
    lines: list[str] = []
    while rest and len(lines) < most:
        fits = _fitting(rest, room, size, bold)
        if fits < len(rest) and len(lines) == most - 1:
            fits = _fitting(rest, room - width(ELLIPSIS, size, bold=bold), size, bold)
            lines.append("".join(rest[:fits]).rstrip() + ELLIPSIS)
            break
        if fits < len(rest):
            fits = _break(rest, fits)
        lines.append("".join(rest[:fits]).rstrip())
        rest = rest[fits:]
        while rest and rest[0] == " ":
            rest = rest[1:]
    return lines


def right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left (Unicode's UAX #9, rule P2)."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def _fitting(rest: list[str], room: float, size: int, bold: bool) -> int:
    """How many clusters fit; at least one, so that a line is never empty."""
    used = 0.0
    for at, cluster in enumerate(rest):
        used += width(cluster, size, bold=bold)
        if used > room:
            return max(at, 1)
    return len(rest)


def _break(rest: list[str], fits: int) -> int:
    """Where to end a line of which no more than ``fits`` clusters have room: at the last space, unless the word after
    it is so long that it has to be broken anyway; then in the word, after a mark if there is one.
    """
    space = next((at for at in range(fits, 0, -1) if rest[at] == " "), 0)
    word = next((at for at in range(space + 1, len(rest)) if rest[at] == " "), len(rest)) - space
    if space and word <= fits:
        return space
    return next((at for at in range(fits, max(fits // 2, space), -1) if rest[at - 1] in "-_/.,;:"), fits)


def _continues(before: str, letter: str) -> bool:
    if before.endswith(ZERO_WIDTH_JOINER) or _ems(letter) == 0:
        return True
    if "\U0001f3fb" <= letter <= "\U0001f3ff":  # a colour of skin
        return True
    return _is_flag_half(letter) and _is_flag_half(before)


def _is_flag_half(text: str) -> bool:
    return len(text) == 1 and "\U0001f1e6" <= text <= "\U0001f1ff"


@lru_cache(maxsize=4096)
def _ems(letter: str) -> float:
    """The letter's width as a share of the font's size."""
    if letter in _EMS:
        return _EMS[letter]
    category = unicodedata.category(letter)
    if category in ("Mn", "Me", "Cf"):
        return 0.0
    if category == "So":
        return 1.4
    if letter.isascii():
        return 0.66 if not letter.isupper() else 0.78
    if unicodedata.east_asian_width(letter) in ("W", "F"):
        return 1.05
    return 0.72 if category.startswith("L") and not letter.isupper() else 1.0
