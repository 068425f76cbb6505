"""Where the sentences of a text begin and end, and in which part of the page each stands.

The bargain: spans are code points, ``[start, end)``, in the order of the text; none is empty, none begins or ends with
white space, no two overlap. Each block (a paragraph, a caption, a line) is divided by itself, so that a change in one
cannot move the sentences of another. Where sentences end is sentencex's to say, by the rules of the language.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import sentencex

from sources.models import Part


class Span(NamedTuple):
    """A sentence: code points from ``start`` up to, but not including, ``end``, in a part of the page."""

    start: int
    end: int
    part: str


class Block(NamedTuple):
    """Code points that belong together: no sentence reaches from one block into another. ``whole``: it is one."""

    start: int
    end: int
    part: str
    whole: bool = False


#: A line that begins with one of these and a colon stands in that part. The word itself is in no sentence.
LABELS = {
    "headline": Part.HEADLINE,
    "deck": Part.DECK,
    "standfirst": Part.DECK,
    "teaser": Part.TEASER,
    "pull quote": Part.PULL_QUOTE,
    "caption": Part.CAPTION,
    "cutline": Part.CAPTION,
    "photo caption": Part.CAPTION,
    "photo": Part.CREDIT,
    "photograph": Part.CREDIT,
    "credit": Part.CREDIT,
    "photo credit": Part.CREDIT,
}
_LABEL = re.compile(rf"\s*(?P<label>{'|'.join(LABELS)})\s*:\s*", re.IGNORECASE)
_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_LINE_END = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]")
_BLANK = re.compile(r"[\n\x85\u2028\u2029][^\S\n]*(?=[\n\x85\u2028\u2029])|\u2029")
#: A line with one of these at its end is a sentence and no headline, whatever closes after it.
_STOPS = ".\u3002\uff0e\uff61\u0964\u06d4\u0589\u1362\u2026"
_CLOSING = "\"'\u201d\u2019\u00bb\u203a)]\u300d\u300f"
#: A text is wrapped where lines of this many code points are filled, all but so many of a hundred.
_WRAPPED, _FILLED = range(50, 101), 80
_LANGUAGE = re.compile(r"[a-z]{2,3}(?![a-z])")
FALLBACK = "en"


def of_text(text: str, *, language: str = "", own: bool = False) -> list[Span]:
    """The sentences of a plain text. ``own``: our own copy, which begins with its headline and deck.

    A blank line always ends a sentence; so does the end of any line, unless the text's lines are wrapped.
    """
    return of_blocks(text, _blocks(text, own=own), language=language)


def of_blocks(text: str, blocks: Iterable[Block], *, language: str = "") -> list[Span]:
    """The sentences of a text whose blocks are known. ``language`` is a BCP 47 tag; what is not known is English."""
    found = _LANGUAGE.match(language.strip().lower())
    spoken = found.group() if found else FALLBACK
    return [Span(start, end, block.part) for block in blocks for start, end in _sentences(text, block, spoken)]


def _sentences(text: str, block: Block, language: str) -> list[tuple[int, int]]:
    words = text[block.start : block.end]
    if block.whole:
        bounds = [(0, len(words))]
    else:
        flat = _LINE_END.sub(" ", words)  # one for one, so that every position stays what it is
        bounds = [(one["start_index"], one["end_index"]) for one in sentencex.get_sentence_boundaries(language, flat)]
    found: list[tuple[int, int]] = []
    for first, last in bounds:
        start = first + len(words[first:last]) - len(words[first:last].lstrip())
        end = start + len(words[start:last].rstrip())
        if start >= end:
            continue
        if _says(words[start:end]) and (not found or _says(words[slice(*found[-1])])):
            found.append((start, end))
        elif found:  # a quotation mark or a bracket stays with its sentence
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [(block.start + start, block.start + end) for start, end in found if _says(words[start:end])]


def _says(words: str) -> bool:
    """Whether there is a letter, a digit or a symbol in it: a row of stars or a lone dash is no sentence."""
    return any(one.isalnum() or unicodedata.category(one) in ("So", "Sc", "Sm") for one in words)


# --- the blocks of a plain text ---


def _blocks(text: str, *, own: bool) -> Iterator[Block]:
    paragraphs = _paragraphs(text)
    wrapped = _is_wrapped(text, paragraphs)
    parts = [Part.HEADLINE, Part.DECK] if own else []
    for lines in paragraphs:
        if parts and lines is not paragraphs[-1] and _is_heading(text, lines):
            yield Block(*lines[0], parts.pop(0).value, whole=True)
            continue
        parts = []
        yield from _of_paragraph(text, lines, wrapped=wrapped)


def _paragraphs(text: str) -> list[list[tuple[int, int]]]:
    """The text's lines that are not blank, as (start, end), each paragraph for itself."""
    found: list[list[tuple[int, int]]] = []
    last = 0
    for line in _LINE.finditer(text):
        if line.group().isspace():
            continue
        if not found or _BLANK.search(text, last, line.start() + 1):
            found.append([])
        found[-1].append(line.span())
        last = line.end()
    return found


def _is_heading(text: str, lines: list[tuple[int, int]]) -> bool:
    words = text[slice(*lines[0])].strip()
    return len(lines) == 1 and words.rstrip(_CLOSING)[-1:] not in tuple(_STOPS) and not _LABEL.match(words)


def _is_wrapped(text: str, paragraphs: list[list[tuple[int, int]]]) -> bool:
    """Whether lines end where the next word had no room, and not where somebody ended them."""
    inner = [(one, after) for lines in paragraphs for one, after in pairwise(lines)]
    widest = max((end - start for lines in paragraphs for start, end in lines), default=0)
    if len(inner) < 3 or widest not in _WRAPPED:
        return False
    filled = 0
    for (start, end), after in inner:
        word = text[slice(*after)].split(maxsplit=1)[0]
        filled += end - start + 1 + len(word) > widest
    return filled * 100 >= _FILLED * len(inner)


def _of_paragraph(text: str, lines: list[tuple[int, int]], *, wrapped: bool) -> Iterator[Block]:
    """Its lines, each a block; of a wrapped text the whole, or from one label to the next.

    A label names what stands in its line, and where that is nothing, the next line.
    """
    begun: Block | None = None
    part: str = Part.BODY.value
    for start, end in lines:
        label = _LABEL.match(text, start, end)
        if label:
            part = LABELS[label.group("label").lower()].value
        first = label.end() if label else start
        if begun and (label or not wrapped):
            yield begun
            begun = None
        if first < end:
            begun = Block(begun.start if begun else first, end, part)
            part = part if wrapped else Part.BODY.value
    if begun:
        yield begun
