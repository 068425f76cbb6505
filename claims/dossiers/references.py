"""What no field can tell by itself: keys that lead somewhere, spans that lie in the text, chains that end.

The bargain: what passes here breaks no rule of the database that one dossier alone can break.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from claims.dossiers.checking import Row, Span, near
from claims.dossiers.fields import TABLE
from claims.dossiers.presets import every_hop, fill
from claims.dossiers.reading import Problems
from claims.models.attribution import MOST_HOPS
from claims.vocabularies import How, Kind, ReplyOutcome
from sources.models.document import DocumentKind
from sources.models.source import SourceKind

T = TypeVar("T")

#: So many keys are held against wrong ones, to say which was meant.
MOST_LOOKED_AT = 100_000

_ORDERED = {
    "claim": [("about_from", "about_until")],
    "quantity": [("period_from", "period_until"), ("value", "upper")],
    "affiliation": [("since", "until")],
    "piece": [("text_closes_at", "page_closes_at")],
}
#: the fields in which a claim's parts mark words
_MARKED = {of: [name for name, field in fields.items() if field.type == "span"] for of, fields in TABLE.items()}


@dataclass(frozen=True)
class Hop:
    """One hop of a claim: its row, the key of the hop that it relays, and how many lie between it and its origin."""

    row: Row
    relays: str | None
    depth: int


@dataclass(frozen=True)
class Dossier:
    """A dossier that can be loaded: its rows, and each kind that refers to itself in levels, what is referred to first.

    ``sources``: owners before what they own; ``figures``: (claim, quantity), bases before what rests on them; ``hops``:
    (claim, hop), origins first. ``text`` is the snapshot's, with CRLF as LF; None where it is sealed.
    """

    root: Row
    sources: list[list[Row]]
    figures: list[list[tuple[Row, Row]]]
    hops: list[list[tuple[Row, Hop]]]
    text: str | None

    @property
    def key(self) -> str:
        return str(self.root["document"].key)

    def documents(self) -> list[Row]:
        """This dossier's own document first, then those that it mentions."""
        return [self.root["document"], *self.root["documents"]]


def resolve(root: Row, problems: Problems) -> Dossier:
    """The dossier with its references followed, or :class:`BadInput`."""
    checks = _References(root, problems)
    dossier = checks.run()
    problems.stop_if_any()
    fill(root)
    return dossier


def resolve_claim(claim: Row, problems: Problems) -> tuple[list[Hop], list[list[tuple[Row, Row]]]]:
    """A claim that stands by itself, outside of any dossier: its hops and its figures in levels, and its fields filled.

    What it names of sources and documents is not looked at; where there are problems, the rest is not to be used.
    """
    around: dict[str, Any] = {
        name: [] if field.type in ("rows", "spans") else None for name, field in TABLE["dossier"].items()
    }
    alone = Row("document", {"key": "", "publisher": None}, frozenset(), claim.line, "", {})
    root = Row("dossier", around | {"document": alone, "claims": [claim]}, frozenset(), claim.line, "", {})
    checks = _References(root, problems)
    hops, figures = checks.claim(claim), checks.figures()
    for row in [claim, *claim["quantities"], *claim["evidence"], *claim["accusations"], *(hop.row for hop in hops)]:
        checks.order(row)
        for name in _MARKED.get(row.of, ()):
            if row[name]:
                checks.add(row, name, "no_snapshot", "There is no snapshot to mark words in.")
    if not problems.found:
        fill(root)
    return hops, figures


def every_row(row: Row) -> Iterator[Row]:
    """This row and all that lie in it, at any depth."""
    yield row
    for value in row.said.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Row):
                yield from every_row(inner)


class _References:
    def __init__(self, root: Row, problems: Problems) -> None:
        self.root = root
        self.problems = problems
        self.documents = [root["document"], *root["documents"]]
        self.known: dict[str, set[str]] = {
            "source": {row.key for row in root["sources"]},
            "document": {row.key for row in self.documents},
        }
        self.claims = {row.key: row for row in root["claims"]}
        self.looked_at = 0

    def run(self) -> Dossier:
        self.unique(self.root["sources"])
        self.unique(self.documents)
        self.unique(self.root["claims"])
        text = self.snapshot()
        for row in every_row(self.root):
            self.references(row)
            self.order(row)
        if self.root["piece"] and self.root["document"]["kind"] != DocumentKind.DESK_COPY:
            self.add(self.root, "piece", "not_our_own_copy", "Only a desk_copy is on its way to print.")
        for row in self.root["sources"]:
            self.unique(row["affiliations"])
            self.source(row)
        steps = self.circles({row.key: (row, row["owner"]) for row in self.root["sources"]}, "owner")
        sources = _levels((steps.get(row.key, 0), row) for row in self.root["sources"])
        hops = [(hop.depth, (row, hop)) for row in self.root["claims"] for hop in self.claim(row)]
        return Dossier(self.root, sources, self.figures(), _levels(hops), text)

    def add(self, row: Row, name: str, code: str, message: str) -> None:
        self.problems.add(*row.place(name), code, message)

    def hint(self, key: str, known: Collection[str]) -> str:
        """What was meant, as long as looking for it has not cost too much: one look at 20,000 keys takes 0.2 s."""
        self.looked_at += len(known)
        return near(key, known) if self.looked_at <= MOST_LOOKED_AT else ""

    def unique(self, rows: Iterable[Row]) -> None:
        seen: dict[str, int] = {}
        for row in rows:
            if row["key"] is None:
                continue
            if row.key in seen:
                self.add(row, "key", "key_twice", f"The key {row.key} is taken already, on line {seen[row.key]}.")
            seen.setdefault(row.key, row.line)

    # --- the text and its spans ---

    def snapshot(self) -> str | None:
        row = self.root["snapshot"]
        text: str | None = None
        if row is not None and row["text"] is not None:
            text = row["text"].replace("\r\n", "\n")
            digest = hashlib.sha256(text.encode()).hexdigest()
            if row["sha256"] not in (None, digest):
                self.add(row, "sha256", "wrong_digest", f"The text's digest is {digest}: it is another text.")
            if row["length"] not in (None, len(text)):
                self.add(row, "length", "wrong_length", f"The text has {len(text):,} characters.")
        elif row is not None and "text" not in row.given:
            for name in ("sha256", "length"):
                if row[name] is None:
                    self.add(row, name, "missing", f"{name} is missing: a sealed snapshot has digest and length.")
        self.spans(row, text)
        return text

    def spans(self, snapshot: Row | None, text: str | None) -> None:
        length = None if snapshot is None else snapshot["length"] if text is None else len(text)
        for row in every_row(self.root):
            for value in row.said.values():
                for span in value if isinstance(value, list) else [value]:
                    if isinstance(span, Span) and snapshot is None:
                        self.problems.add(span.line, span.path, "no_snapshot", "There is no snapshot to mark words in.")
                    elif isinstance(span, Span) and length is not None and span.end > length:
                        told = f"The span ends at {span.end}; the text ends at {length}."
                        self.problems.add(span.line, span.path, "past_the_end", told)
        sentences = [] if snapshot is None else [span for span in snapshot["sentences"] if span]
        for before, after in pairwise(sentences):
            if after.start < before.end:
                told = f"It begins at {after.start}, before the one above has ended ({before.end})."
                self.problems.add(after.line, after.path, "overlaps", told)
        self.ruled_out({(span.start, span.end) for span in sentences})

    def ruled_out(self, sentences: set[tuple[int, int]]) -> None:
        seen: set[tuple[int, int]] = set()
        for row in self.root["ruled_out"]:
            span = row["sentence"]
            if span is None:
                continue
            if (span.start, span.end) not in sentences:
                self.add(row, "sentence", "unknown_sentence", "No sentence of the snapshot has this span.")
            if (span.start, span.end) in seen:
                self.add(row, "sentence", "key_twice", "This sentence is ruled out already.")
            seen.add((span.start, span.end))

    # --- rows ---

    def references(self, row: Row) -> None:
        for name, field in TABLE[row.of].items():
            key = row[name]
            if field.type == "ref" and field.of in self.known and key is not None and key not in self.known[field.of]:
                hint = self.hint(key, self.known[field.of])
                self.add(row, name, "unknown_key", f"This dossier names no {field.of} {key}.{hint}")
        if "passage" in row.said and row["passage"] and row["document"] not in (None, self.root["document"].key):
            self.add(row, "passage", "other_document", "Marked words stand in this dossier's own document only.")

    def order(self, row: Row) -> None:
        for first, last in _ORDERED.get(row.of, []):
            if row[first] is not None and row[last] is not None and row[first] > row[last]:
                self.add(row, last, "out_of_order", f"{last} lies before {first}.")

    def source(self, row: Row) -> None:
        if row["headcount"] is not None and row["kind"] != SourceKind.GROUP:
            self.add(row, "headcount", "not_a_group", "Only a group has a headcount.")
        for inner in row["affiliations"]:
            if inner["organization"] == row.key:
                self.add(inner, "organization", "itself", "A source does not belong to itself.")

    def circles(self, arrows: dict[str, tuple[Row, str | None]], name: str) -> dict[str, int]:
        """Steps from each key to the end of its arrows; a problem for each key whose arrows never end."""
        steps: dict[str, int] = {}
        for key in arrows:
            way: dict[str, None] = {}
            at: str | None = key
            while at is not None and at in arrows and at not in steps and at not in way:
                way[at] = None
                at = arrows[at][1]
            if at is not None and at in way:
                closing = arrows[list(way)[-1]][0]
                self.add(closing, name, "circle", f"This leads back to itself: {' → '.join([*way, at])[:300]}.")
            for passed in reversed(way):
                steps[passed] = steps.get(arrows[passed][1] or "", -1) + 1
        return steps

    # --- claims ---

    def claim(self, row: Row) -> list[Hop]:
        for name in ("quantities", "evidence", "accusations", "relations"):
            self.unique(row[name])
        for inner in row["quantities"]:
            if inner["margin"] is not None and inner["margin"] < 0:
                self.add(inner, "margin", "out_of_range", "A margin is not negative.")
        for inner in row["evidence"]:
            if inner["how"] == How.DOCUMENT and not inner["document"] and not inner["passage"]:
                self.add(inner, "document", "missing", "Backing from a document names the document.")
        self.accusations(row)
        self.relations(row)
        return self.chain(row)

    def accusations(self, row: Row) -> None:
        if row["kind"] == Kind.ALLEGATION and not row["accusations"]:
            self.add(row, "accusations", "missing", "An allegation says whom it accuses.")
        seen: set[str] = set()
        for inner in row["accusations"]:
            if inner["accused"] is not None and inner["accused"] in seen:
                self.add(inner, "accused", "twice", f"{inner['accused']} is accused here already.")
            seen.add(inner["accused"])
            if inner["outcome"] == ReplyOutcome.REPLIED and not (
                (inner["reply"] or "").strip() and inner["replied_at"]
            ):
                self.add(inner, "reply", "missing", "Record what they replied, and when.")

    def relations(self, row: Row) -> None:
        seen: set[Any] = set()
        for inner in row["relations"]:
            if inner["other"] is None:
                continue
            document, _, key = inner["other"].removeprefix(f"{self.root['document'].key}/").rpartition("/")
            if not document and key not in self.claims:
                told = f"There is no claim {key} in this dossier.{self.hint(key, self.claims)}"
                self.add(inner, "other", "unknown_key", told)
            if not document and key == row.key:
                self.add(inner, "other", "itself", "A claim does not relate to itself.")
            if (inner["kind"], document, key) in seen:
                self.add(inner, "other", "twice", "This relation stands here already.")
            seen.add((inner["kind"], document, key))

    def chain(self, claim: Row) -> list[Hop]:
        """The claim's hops. ``relays`` may be a hop or the key of one written out elsewhere."""
        rows = every_hop(claim)
        self.unique(rows)
        arrows = {row.key: (row, _relayed(row)) for row in rows}
        for row in rows:
            if isinstance(row["relays"], str) and row["relays"] not in arrows:
                hint = self.hint(row["relays"], arrows)
                self.add(row, "relays", "unknown_key", f"This claim has no hop {row['relays']}.{hint}")
        steps = self.circles(arrows, "relays")
        for row in rows:
            if steps.get(row.key) == MOST_HOPS:
                self.add(row, "relays", "too_many_hops", f"This chain has more than {MOST_HOPS} hops.")
        return [Hop(row, _relayed(row), steps.get(row.key, 0)) for row in rows]

    def figures(self) -> list[list[tuple[Row, Row]]]:
        """All quantities with their claims, in levels: bases before what rests on them."""
        all_of = {
            f"{claim.key}/{row.key}": (claim, row) for claim in self.root["claims"] for row in claim["quantities"]
        }
        arrows: dict[str, tuple[Row, str | None]] = {}
        for name, (claim, row) in all_of.items():
            base = base_of(claim, row)
            if base is not None and base not in all_of:
                self.add(row, "base", "unknown_key", f"There is no figure {base}.{self.hint(base, all_of)}")
            if base is not None and row["base_is"] is None:
                self.add(row, "base_is", "required", "Say how it stands to its base.")
            arrows[name] = (row, base)
        steps = self.circles(arrows, "base")
        return _levels((steps.get(name, 0), pair) for name, pair in all_of.items())


def base_of(claim: Row, quantity: Row) -> str | None:
    """``<claim key>/<quantity key>`` of a quantity's base, if it has one."""
    base = quantity["base"]
    return base if base is None or "/" in base else f"{claim.key}/{base}"


def _levels(placed: Iterable[tuple[int, T]]) -> list[list[T]]:
    levels: dict[int, list[T]] = {}
    for level, item in placed:
        levels.setdefault(level, []).append(item)
    return [levels[level] for level in sorted(levels)]


def _relayed(row: Row) -> str | None:
    relays = row["relays"]
    return relays.key if isinstance(relays, Row) else relays
