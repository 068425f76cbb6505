"""The text out of what somebody uploads: plain text, or a saved web page. Nothing is fetched, nothing runs.

The bargain: a text is what the file says, to the character. A file that does not say how it is written is refused, with
the byte that is wrong and what to do; nothing is guessed. Of a page, what a reader would see is text: each block of it
a paragraph, with a blank line between; scripts, styles and hidden elements stay out.
"""

import codecs
import hashlib
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from selectolax.lexbor import LexborHTMLParser, LexborNode

from factdesk.errors import BadInput
from sources.models import Part
from sources.models.document import LARGEST_ORIGINAL, LONGEST_TEXT
from sources.sentences import Block

#: A page may have this many bytes.
LARGEST_PAGE = 10_000_000
#: Elements may stand in each other so deep (browsers go no further either), and a page may have so many tags.
DEEPEST, MOST_TAGS = 512, 200_000

TEXTS = (".txt", ".text")
PAGES = (".html", ".htm", ".xhtml")


@dataclass(frozen=True)
class Captured:
    """A text, with its blocks where the file says what they are; ``original``: the bytes that it was read from."""

    text: str
    original: bytes
    blocks: tuple[Block, ...] | None = None

    @property
    def original_sha256(self) -> str:
        """The digest of the bytes."""
        return hashlib.sha256(self.original).hexdigest()


def _refused(code: str, message: str) -> BadInput:
    return BadInput(message, [{"path": "file", "code": code, "message": message}])


def upload(name: str, data: bytes) -> Captured:
    """What a file of this name holds. Raises :class:`BadInput` where it is no text or page, or not to be read."""
    kind = name.lower()
    if kind.endswith(PAGES):
        if len(data) > LARGEST_PAGE:
            raise _refused("too_large", _("A page may have {most:,} bytes at most.").format(most=LARGEST_PAGE))
        return _of_page(data)
    if not kind.endswith(TEXTS):
        raise _refused("wrong_kind", _("Send a text (.txt) or a saved page (.html); of anything else paste the text."))
    if len(data) > LARGEST_ORIGINAL:
        raise _refused("too_large", _("A file may have {most:,} bytes at most.").format(most=LARGEST_ORIGINAL))
    return _checked(Captured(decoded(data), data))


def decoded(data: bytes) -> str:
    """The text of these bytes: UTF-8, or UTF-16 that says so by its mark. CRLF becomes LF, NUL is refused."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _refused("not_utf8", _("This is UTF-32. Save the file as UTF-8 and send it again."))
    is_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding, called = ("utf-16", "UTF-16") if is_16 else ("utf-8-sig", "UTF-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as wrong:
        at = wrong.start + (len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0)
        told = _("Byte {at} (0x{byte:02X}) is not {called}. Save the file as UTF-8 and send it again.")
        raise _refused("not_utf8", told.format(at=at, byte=data[at], called=called)) from wrong
    if "\0" in text:
        told = _("There is a NUL at character {at}: this is no plain text. Save it as UTF-8 text and send it again.")
        raise _refused("nul", told.format(at=text.index("\0")))
    return text.replace("\r\n", "\n")


def _checked(captured: Captured) -> Captured:
    if not captured.text.strip():
        raise _refused("empty", _("There is no text in this file."))
    if len(captured.text) > LONGEST_TEXT:
        raise _refused("too_large", _("A text may have {most:,} characters at most.").format(most=LONGEST_TEXT))
    return captured


# --- pages ---

_NOT_SHOWN = frozenset(
    "script style noscript template head title iframe object embed applet audio video canvas svg math select datalist "
    "input textarea button noframes noembed rp link meta base".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd label mark nobr output q rb ruby rt "
    "s samp small span strike strong sub sup time tt u var wbr".split()
)
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\s*(?:!important\s*)?(?:;|$)", re.I)
_CLASSES = {
    Part.DECK: re.compile(r"(?:.*[-_])?(?:standfirst|deck|dek|subtitle|subheadline)", re.I),
    Part.PULL_QUOTE: re.compile(r"(?:.*[-_])?pull[-_]?quote", re.I),
}
_CREDIT = re.compile(r"(?:.*[-_])?credit", re.I)
_BLANKS = re.compile(r"[ \t\n\f\r]+")
_OPENS, _CLOSES = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
# Tags that pages leave open, and that close each other: they do not nest.
_LEFT_OPEN = frozenset(
    b"p li dt dd tr td th thead tbody tfoot option optgroup colgroup caption rt rp rb area base br col embed hr img "
    b"input link meta param source track wbr b i u s a em strong font small big code tt strike nobr".split()
)
_TAG = re.compile(rb"<(/?)([a-z][a-z0-9-]*)", re.I)


def _of_page(data: bytes) -> Captured:
    try:
        html = decoded(data)
    except BadInput as wrong:
        said = re.search(rb"charset\s*=\s*[\"']?\s*([\w-]{1,40})", data[:4096], re.I)
        if said is None or said.group(1).lower() == b"utf-8":
            raise
        told = _("{problem} The page says that it is {charset}.")
        raise _refused(
            "not_utf8", told.format(problem=wrong, charset=said.group(1).decode("ascii", "replace"))
        ) from wrong
    _not_too_much(html.encode())
    reading = _Reading()
    root = LexborHTMLParser(html).root
    if root is not None:
        reading.read(root)
    text, blocks = reading.text()
    return _checked(Captured(text, data, blocks))


def _not_too_much(html: bytes) -> None:
    """A parser's time grows with depth times length: what no browser would show as it is meant is not read."""
    depth = 0
    for number, tag in enumerate(_TAG.finditer(html)):
        if number == MOST_TAGS:
            raise _refused("too_large", _("A page may have {most:,} tags at most.").format(most=MOST_TAGS))
        if tag.group(2).lower() not in _LEFT_OPEN:
            depth = max(0, depth - 1) if tag.group(1) else depth + 1
            if depth > DEEPEST:
                raise _refused(
                    "too_deep", _("Elements stand in each other more than {most} deep.").format(most=DEEPEST)
                )


class _Reading:
    """Walks a page's elements in the order of reading and gathers its blocks, each with the part that it stands in."""

    def __init__(self) -> None:
        self.gathered: list[tuple[str, str, bool]] = []
        self.words: list[str] = []
        self.part: str = Part.BODY.value
        self.is_kept = False  # white space, in <pre>
        self.in_heading = False

    def read(self, root: LexborNode) -> None:
        """Everything in it, without recursion."""
        todo: list[tuple[LexborNode | None, str, bool, bool, str]] = [(root, self.part, False, False, "")]
        in_figure = 0
        while todo:
            node, part, is_kept, in_heading, closes = todo.pop()
            if node is None:
                in_figure -= closes == "figure"
                self._leave(part, is_kept, in_heading, closes)
                continue
            tag = node.tag
            if tag == "-text":
                self._say(node.text_content or "")
            elif tag is not None and tag[0] not in "-!_" and not _is_hidden(node, tag):
                before = (self.part, self.is_kept, self.in_heading)
                inner = self._part_of(node, tag, in_figure > 0)
                is_block = tag not in _INLINE or inner != self.part
                todo.append((None, *before, tag if not is_block or tag in ("figure", "td", "th") else "block"))
                self._enter(tag, inner, is_block=is_block)
                in_figure += tag == "figure"
                todo.extend((child, "", False, False, "") for child in reversed(list(node.iter(include_text=True))))

    def _enter(self, tag: str, part: str, *, is_block: bool) -> None:
        if is_block and tag not in ("td", "th"):
            self._flush()
        if tag == "br":
            self.words.append("\n")
        elif tag == "q":
            self.words.append(_OPENS)
        self.part = part
        self.is_kept = self.is_kept or tag == "pre"
        self.in_heading = self.in_heading or tag in ("h1", "h2")

    def _leave(self, part: str, is_kept: bool, in_heading: bool, closes: str) -> None:
        if closes in ("block", "figure"):
            self._flush()
        elif closes in ("td", "th"):
            self.words.append("\t")
        elif closes == "q":
            self.words.append(_CLOSES)
        self.part, self.is_kept, self.in_heading = part, is_kept, in_heading

    def _part_of(self, node: LexborNode, tag: str, in_figure: bool) -> str:
        classes = (node.attributes.get("class") or "").split()
        if tag == "h1":
            return Part.HEADLINE.value
        if in_figure and (tag == "cite" or any(_CREDIT.fullmatch(one) for one in classes)):
            return Part.CREDIT.value
        if tag == "figcaption":
            return Part.CAPTION.value
        for part, pattern in _CLASSES.items():
            if tag not in ("html", "body") and any(pattern.fullmatch(one) for one in classes):
                return part.value
        if tag == "h2" and self._follows_headline():
            return Part.DECK.value
        return self.part

    def _follows_headline(self) -> bool:
        self._flush()
        return bool(self.gathered) and self.gathered[-1][1] == Part.HEADLINE

    def _say(self, words: str) -> None:
        self.words.append(words if self.is_kept else _BLANKS.sub(" ", words))

    def _flush(self) -> None:
        words, self.words = "".join(self.words), []
        tidy = (
            words.strip("\n") if self.is_kept else re.sub(r" *([\n\t]) *", r"\1", re.sub(" {2,}", " ", words)).strip()
        )
        paragraphs = re.split(r"\n(?:[ \t]*\n)+", tidy)
        self.gathered += [(one, self.part, self.in_heading) for one in paragraphs if one.strip()]

    def text(self) -> tuple[str, tuple[Block, ...]]:
        """The blocks with a blank line between, and where each stands."""
        self._flush()
        blocks, at = [], 0
        for words, part, is_heading in self.gathered:
            blocks.append(Block(at, at + len(words), part, whole=is_heading))
            at += len(words) + 2
        return "\n\n".join(words for words, part, is_heading in self.gathered), tuple(blocks)


def _is_hidden(node: LexborNode, tag: str) -> bool:
    said = node.attributes
    return (
        tag in _NOT_SHOWN
        or "hidden" in said
        or (tag == "dialog" and "open" not in said)
        or bool(_HIDDEN.search(said.get("style") or ""))
    )
