"""The words of a passage. They are the snapshot's and are cut from it when shown, never stored."""

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
