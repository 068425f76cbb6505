"""The blocks of JSON-LD in a web page. Nothing is run or fetched; a page may be as deep and broken as it likes.

The bargain: no tree is built. A script's text ends at the next ``</script``, whatever stands in it, and comments hold no
scripts (HTML, 13.2.5): two patterns that never look at a character more than twice find all of them.
"""

import re
from dataclasses import dataclass, field

#: signs of a script's attributes
_LONGEST_TAG = 2_000
_SCRIPT = re.compile(
    rf"<!--.*?(?:-->|\Z)|<script\b(?P<said>[^>]{{0,{_LONGEST_TAG}}})>(?P<text>.*?)(?:</script|\Z)", re.I | re.S
)
_JSON_LD = re.compile(r"\btype\s*=\s*[\"']?\s*application/(?:ld\+)?json\b", re.I)
_MICRODATA = re.compile(r"\bitemtype\s*=\s*[\"']?\s*https?://(?:www\.)?schema\.org/ClaimReview\b", re.I)
_WRAPPED = re.compile(r"\A\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*\Z")


@dataclass
class Page:
    """``blocks``: (line, text) of each block. ``microdata``: lines with a ClaimReview in attributes: it is not read."""

    blocks: list[tuple[int, str]] = field(default_factory=list)
    microdata: list[int] = field(default_factory=list)


def blocks_of(html: str) -> Page:
    """The page's blocks, in order; comments are no blocks."""
    page = Page()
    end, line = 0, 1
    for script in _SCRIPT.finditer(html):
        line += _look_around(page, html[end : script.start()], line)
        if script["text"] is not None and _JSON_LD.search(script["said"]):
            page.blocks.append((line, _WRAPPED.sub("", script["text"])))
        line += html.count("\n", script.start(), script.end())
        end = script.end()
    _look_around(page, html[end:], line)
    return page


def _look_around(page: Page, markup: str, line: int) -> int:
    """What stands between scripts: its lines are counted."""
    page.microdata += [line + markup.count("\n", 0, found.start()) for found in _MICRODATA.finditer(markup)]
    return markup.count("\n")
