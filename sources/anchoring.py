"""The words of a passage. They are the snapshot's and are cut from it when shown, never stored."""

import hashlib
from dataclasses import dataclass

#: How many code points stand before and after the words, for whoever has to find them again in another copy.
AROUND = 32


@dataclass(frozen=True)
class Quote:
    """A W3C TextQuoteSelector (Web Annotation Data Model §4.2.4): the words, and what stands around them."""

    exact: str
    prefix: str
    suffix: str


def quote(text: str, start: int, end: int) -> Quote:
    """Cut the span ``[start, end)``, in code points, out of a snapshot's text."""
    return Quote(exact=text[start:end], prefix=text[max(0, start - AROUND) : start], suffix=text[end : end + AROUND])


def sentence_key(sha256: str, start: int, end: int) -> str:
    """What a ruling about a sentence looked at: the text (by its digest) and the span. SHA-256, hexadecimal."""
    return hashlib.sha256(f"{sha256}:{start}-{end}".encode()).hexdigest()
