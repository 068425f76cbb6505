"""One review, read: who said what where, who rated it, and how. What was given and could not be taken is told."""

from dataclasses import dataclass, field
from datetime import date

from claims.claimreview import words
from claims.claimreview.rating import Rating

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_TITLE = 500, 2000, 1000
MOST_TOPICS, LONGEST_TOPIC = 50, 100


@dataclass(frozen=True)
class Party:
    """Who rated, or who said it: an outlet, a claimant. ``kind`` is a word of SourceKind, or nothing: not stated."""

    name: str
    kind: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Appearance:
    """Where the claim stood; ``kind`` is a word of DocumentKind, or nothing: its type does not say."""

    url: str
    kind: str = ""
    title: str = ""


@dataclass
class Review:
    """A ClaimReview as plain data. ``place``: pointer, block or line; ``told``: sentences about what was not taken."""

    place: str
    claim: str = ""
    language: str = ""
    url: str = ""
    identifier: str = ""
    title: str = ""
    published_on: date | None = None
    outlet: Party | None = None
    bylines: tuple[str, ...] = ()
    claimants: tuple[Party, ...] = ()
    said_on: date | None = None
    first: Appearance | None = None
    appearances: tuple[Appearance, ...] = ()
    where: str = ""
    topics: tuple[str, ...] = ()
    rating: Rating = field(default_factory=Rating)
    body: str = ""
    told: list[str] = field(default_factory=list)

    def day(self, text: str, called: str) -> date | None:
        """The day of this text; what is no certain day is told."""
        if words.is_nothing(text):
            return None
        found = words.day(text)
        if found is None:
            self.told.append(f"{called} names no certain day and was left out.")
        return found

    def address(self, text: str, called: str) -> str:
        """The address of this text, or nothing; what is none is told."""
        text = text.strip()
        if words.is_nothing(text):
            return ""
        if not words.is_address(text) or len(text) > LONGEST_ADDRESS:
            self.told.append(f"{called} is no web address and was left out.")
            return ""
        return text

    def titled(self, text: str) -> str:
        text = "" if words.is_nothing(text) else words.plain(text)
        if len(text) > LONGEST_TITLE:
            self.told.append(f"The title was cut at {LONGEST_TITLE:,} characters.")
        return text[:LONGEST_TITLE]

    def topics_of(self, texts: list[str]) -> tuple[str, ...]:
        """Keywords: each its own text, or several in one with commas."""
        found = [words.plain(one) for text in texts for one in text.split(",")]
        kept = [one for one in dict.fromkeys(found) if not words.is_nothing(one) and len(one) <= LONGEST_TOPIC]
        return tuple(kept[:MOST_TOPICS])

    def bylines_of(self, texts: list[str]) -> tuple[str, ...]:
        found = [words.plain(one) for one in texts if not words.is_nothing(one)]
        return tuple(one for one in dict.fromkeys(found) if len(one) <= LONGEST_NAME)

    def party(self, name: str, kind: str, addresses: list[str], called: str) -> Party | None:
        """A party of this name; one that gives nothing but its address is called by that. None: not stated."""
        kept = [each.strip() for each in addresses if words.is_address(each.strip()) and len(each) <= LONGEST_NAME]
        name = words.plain(name)
        if name.lower().startswith(("http:", "https:")):
            kept += [name] if words.is_address(name) else []
            name = name.partition(":")[2].strip("/")
        if words.is_nobody(name):
            name = words.same_address(kept[0]) if kept else ""
        if len(name) > LONGEST_NAME:
            self.told.append(f"The name of the {called} has {len(name):,} characters and was left out.")
            name = ""
        return Party(name, kind, tuple(dict.fromkeys(kept))) if name else None
