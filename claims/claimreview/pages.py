"""The blocks of JSON-LD in a web page. Nothing is run or fetched; a page may be as deep and broken as it likes."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_JSON_LD = re.compile(r"\s*application/(?:ld\+)?json\b", re.I)
_MICRODATA = re.compile(r"https?://(?:www\.)?schema\.org/ClaimReview", re.I)


@dataclass
class Page:
    """``blocks``: (line, text) of each block. ``microdata``: lines with a ClaimReview in attributes: it is not read."""

    blocks: list[tuple[int, str]] = field(default_factory=list)
    microdata: list[int] = field(default_factory=list)


def blocks_of(html: str) -> Page:
    """The page's blocks, in order; comments are no blocks."""
    reading = _Reading()
    reading.feed(html)
    reading.close()
    return reading.page


class _Reading(HTMLParser):
    """The standard library's tokens: linear in the length of the page, whatever stands in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.text: list[str] | None = None
        self.line = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "script" and _JSON_LD.match(said.get("type") or ""):
            self.text, self.line = [], self.getpos()[0]
        if _MICRODATA.match((said.get("itemtype") or "").strip()):
            self.page.microdata.append(self.getpos()[0])

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._end()

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self) -> None:
        if self.text is not None:
            text = re.sub(
                r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|(?://\s*)?\]\]>)\s*$", "", "".join(self.text)
            )
            self.page.blocks.append((self.line, text))
        self.text = None
