"""The blocks of JSON-LD in a web page. Nothing is run or fetched; a page may be as deep and broken as it likes.

The bargain: no tree is built. A script's text ends at the next ``</script``, whatever stands in it, and comments hold
no scripts (HTML, 13.2.5): two patterns that never look at a character more than twice find all of them.
"""

import re
from dataclasses import dataclass, field

# No pattern here may read the same blanks in two ways: a page of nothing but blanks would take hours.
#: signs of a script's attributes
_LONGEST_TAG = 2_000
_SCRIPT = re.compile(
    rf"<!--.*?(?:-->|\Z)|<script\b(?P<said>[^<>]{{0,{_LONGEST_TAG}}})>(?P<text>.*?)(?:</script|\Z)", re.I | re.S
)
_JSON_LD = re.compile(r"\btype\s*=\s*(?:[\"']\s*)?application/(?:ld\+)?json\b", re.I)
_MICRODATA = re.compile(r"\bitemtype\s*=\s*(?:[\"']\s*)?https?://(?:www\.)?schema\.org/ClaimReview\b", re.I)
#: what old pages put around a script, from the outside in
_WRAPPERS = (("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("/*<![CDATA[*/", "/*]]>*/"), ("<![CDATA[", "]]>"))


@dataclass
class Page:
    """``blocks``: (line, text) of each block. ``microdata``: the first line with a ClaimReview in attributes."""

    blocks: list[tuple[int, str]] = field(default_factory=list)
    microdata: int | None = None


def blocks_of(html: str) -> Page:
    """The page's blocks, in order; comments are no blocks."""
    page = Page()
    end, line = 0, 1
    for script in _SCRIPT.finditer(html):
        line += _look_around(page, html[end : script.start()], line)
        if script["text"] is not None and _JSON_LD.search(script["said"]):
            page.blocks.append((line, _unwrapped(script["text"])))
        line += html.count("\n", script.start(), script.end())
        end = script.end()
    _look_around(page, html[end:], line)
    return page


def _unwrapped(text: str) -> str:
    """The text of a script without them."""
    for before, after in _WRAPPERS:
        bare = text.strip()
        if bare.startswith(before):
            text = text[text.index(before) + len(before) :].rstrip().removesuffix(after)
    return text


def _look_around(page: Page, markup: str, line: int) -> int:
    """What stands between scripts: its lines are counted."""
    if page.microdata is None and (found := _MICRODATA.search(markup)):
        page.microdata = line + markup.count("\n", 0, found.start())
    return markup.count("\n")
