"""Record files for Hypothesis, made from the table of fields: whole and right, and then spoilt in every way."""

import copy
import functools
import hashlib
import json
import random
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import yaml
from hypothesis import strategies as st

from claims.dossiers.fields import PARTS, TABLE, Field

DOCUMENT = "the-paper"
#: few keys, so that two dossiers drawn one after the other speak of the same rows
KEYS = ["a", "b.", "C", "c"]
DOCUMENTS = [DOCUMENT, "memo", "Memo", "law-1.2"]

_CHARACTER = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_TEXT = st.text(_CHARACTER, max_size=12) | st.sampled_from(
    ["no", "12:30", "1_000", "~", "'", "- a: b", "\r\n", " x ", "#"]
)
_SAYS_SOMETHING = _TEXT.map(lambda text: text if re.search(r"\S", text) else f"{text}x")
_DIGITS = st.from_regex(r"-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?", fullmatch=True)
_DAY = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat)
_MOMENT = st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.isoformat()
) | st.sampled_from(["2024-03-06T09:30:00Z", "2024-03-06 09:30:00.5-23:59", "1900-01-01T00:00:00+14:00"])


def scalar(field: Field) -> st.SearchStrategy[str]:
    """What one field may hold, as text; for types that refer to nothing."""
    if field.type == "text":
        exact = st.just("ü" * field.longest) if field.longest < 500 else st.nothing()
        return (_SAYS_SOMETHING if field.required else _TEXT).filter(lambda text: len(text) <= field.longest) | exact
    if field.type == "integer":
        return st.integers(field.least, field.most).map(str)
    if field.type == "texts":
        return st.lists(_SAYS_SOMETHING, max_size=3, unique=True)
    return {
        "word": st.sampled_from(field.words or ("",)),
        "decimal": _DIGITS,
        "day": _DAY,
        "moment": _MOMENT,
        "yes_no": st.sampled_from(["yes", "no", "true", "false"]),
    }[field.type]


class _Maker:
    """One dossier in the making: what its rows may refer to."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.text = draw(st.sampled_from(["", "Four words stand here.", "Vier\r\nWörter 😀 stehen.\n", "x" * 40]))
        self.length = len(self.text.replace("\r\n", "\n"))
        self.snapshot: dict[str, Any] | None = None

    def maybe(self) -> bool:
        return bool(self.draw(st.booleans()))

    def some(self, keys: list[str], least: int = 0) -> list[str]:
        return list(self.draw(st.lists(st.sampled_from(keys), unique=True, min_size=least, max_size=3)))

    def one(self, keys: list[str]) -> str:
        return str(self.draw(st.sampled_from(keys)))

    def row(self, of: str, key: str | None = None, **said: Any) -> dict[str, Any]:
        """A row with the plain fields that are required, some of the others, and what is given; None leaves out."""
        made: dict[str, Any] = {"key": key} if key else {}
        some = self.draw(st.integers(0, 2**32 - 1)) & self.draw(st.integers(0, 2**32 - 1))
        for number, (name, field) in enumerate(TABLE[of].items()):
            if name in said or field.type in ("key", "ref", "row", "rows", "hop", "span", "spans", "digest"):
                continue
            if field.required or some >> number & 1:
                made[name] = self.draw(scalar(field))
        made |= {name: value for name, value in said.items() if value is not None}
        return in_order(made)

    def span(self) -> list[Any] | None:
        if self.snapshot is None or self.length < 2 or not self.maybe():
            return None
        start = self.draw(st.integers(0, self.length - 2))
        more = [self.one(list(PARTS))] if self.maybe() else []
        more += [self.draw(_TEXT)] if more and self.maybe() else []
        return [start, self.draw(st.integers(start + 1, self.length)), *more]

    # --- the rows ---

    def dossier(self) -> dict[str, Any]:
        self.keys = self.some(KEYS, least=1)
        self.documents = [DOCUMENT, *self.some(DOCUMENTS[1:])]
        self.claim_keys = self.some(KEYS)
        sources = [self.source(number, key) for number, key in enumerate(self.keys)]
        self.snapshot = self.saved_copy() if self.maybe() else None
        self.bases: list[str] = []
        claims = [self.claim(key) for key in self.claim_keys]
        listed = [self.document(key) for key in self.documents]
        said = {"dossier": "1", "sources": sources, "document": listed[0], "documents": listed[1:], "claims": claims}
        if self.snapshot:
            said |= {"snapshot": self.snapshot, "ruled_out": self.ruled_out()}
        if listed[0]["kind"] == "desk_copy":
            said["piece"] = self.row("piece")
        return said

    def source(self, number: int, key: str) -> dict[str, Any]:
        owner = self.one(self.keys[:number]) if number and self.maybe() else None
        others = [other for other in self.keys if other != key]
        ties = [self.row("affiliation", one, organization=self.one(others)) for one in self.some(KEYS) if others]
        made = self.row("source", key, owner=owner, affiliations=ties)
        if made["kind"] != "group":
            made.pop("headcount", None)
        return made

    def document(self, key: str) -> dict[str, Any]:
        return self.row("document", key, publisher=self.one(self.keys) if self.maybe() else None)

    def saved_copy(self) -> dict[str, Any]:
        text = self.text.replace("\r\n", "\n")
        seal = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "length": str(len(text))}
        sealed = self.maybe()
        ends = sorted(random.Random(self.text).sample(range(self.length + 1), min(4, self.length + 1)))
        sentences = [[start, end] for start, end in zip(ends[::2], ends[1::2], strict=False)]
        said = {"captured_at": "2024-03-06T09:30:00Z", "sentences": sentences}
        return said | (seal if sealed or self.maybe() else {}) | ({} if sealed else {"text": self.text})

    def claim(self, key: str) -> dict[str, Any]:
        made = self.row("claim", key)
        made["quantities"] = [self.quantity(key, one) for one in self.some(KEYS)]
        made["attributions"] = self.chains()
        made["evidence"] = [self.evidence(one) for one in self.some(KEYS)]
        accused = self.some(self.keys, least=int(made["kind"] == "allegation"))
        made["accusations"] = [
            self.accusation(one, who) for one, who in zip(self.shuffled(KEYS), accused, strict=False)
        ]
        made["relations"] = self.relations(key)
        return made

    def shuffled(self, keys: list[str]) -> list[str]:
        return list(self.draw(st.permutations(keys)))

    def quantity(self, claim: str, key: str) -> dict[str, Any]:
        base = self.one(self.bases) if self.bases and self.maybe() else None
        made = self.row("quantity", key, base=base)
        if base is not None:
            made.setdefault("base_is", "share_of")
            if base.startswith(f"{claim}/") and self.maybe():
                made["base"] = base.partition("/")[2]
        if "margin" in made:
            made["margin"] = made["margin"].removeprefix("-")
        self.bases.append(f"{claim}/{key}")
        return made

    def chains(self) -> list[dict[str, Any]]:
        """Hops in any tree or diamond: each may relay one that was made before, nested or by its key."""
        loose: list[dict[str, Any]] = []
        done: list[str] = []
        for key in self.shuffled(KEYS)[: self.draw(st.integers(0, len(KEYS)))]:
            hop = self.row("attribution", key, speaker=self.one(self.keys), **self.place())
            if self.maybe():
                hop["speaks_for"] = self.one(self.keys)
            how = self.draw(st.sampled_from(["origin", "nested", "key"]))
            if how == "nested" and loose:
                hop["relays"] = loose.pop(self.draw(st.integers(0, len(loose) - 1)))
            elif how == "key" and done:
                hop["relays"] = self.one(done)
            done.append(key)
            loose.append(hop)
        return loose

    def place(self) -> dict[str, Any]:
        """A passage and a document that go together."""
        span = self.span()
        documents = [DOCUMENT] if span else self.documents
        return {"passage": span, "document": self.one(documents) if self.maybe() else None}

    def evidence(self, key: str) -> dict[str, Any]:
        made = self.row("evidence", key, spoken_to=self.one(self.keys) if self.maybe() else None, **self.place())
        if made.get("how", "document") == "document" and "passage" not in made:
            made.setdefault("document", DOCUMENT)
        return made

    def accusation(self, key: str, accused: str) -> dict[str, Any]:
        made = self.row("accusation", key, accused=accused, known_position_passage=self.span())
        if made.get("outcome") == "replied":
            made |= {"reply": self.draw(_SAYS_SOMETHING), "replied_at": self.draw(_MOMENT)}
        return made

    def relations(self, claim: str) -> list[dict[str, Any]]:
        others = [key for key in self.claim_keys if key != claim]
        others = [*others, "elsewhere/a"]
        kinds = list(TABLE["relation"]["kind"].words)[:2]
        pairs = [(kind, other) for kind in kinds for other in others]
        drawn = self.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3))
        rows = zip(self.shuffled(KEYS), drawn, strict=False)
        return [self.row("relation", key, kind=kind, other=self.called(other)) for key, (kind, other) in rows]

    def called(self, claim: str) -> str:
        return f"{DOCUMENT}/{claim}" if "/" not in claim and self.maybe() else claim

    def ruled_out(self) -> list[dict[str, Any]]:
        assert self.snapshot is not None
        return [self.row("ruled_out", sentence=list(span)) for span in self.snapshot["sentences"] if self.maybe()]


def in_order(row: dict[str, Any]) -> dict[str, Any]:
    """The row with days and ranges the right way round."""
    for first, last in [
        ("about_from", "about_until"),
        ("period_from", "period_until"),
        ("since", "until"),
        ("text_closes_at", "page_closes_at"),
    ]:
        if first in row and last in row:
            row[first], row[last] = sorted([row[first], row[last]], key=moment_of)
    if "value" in row and "upper" in row:
        row["value"], row["upper"] = sorted([row["value"], row["upper"]], key=Decimal)
    return row


def moment_of(text: str) -> Any:
    """What days and moments are sorted by."""
    return datetime.fromisoformat(text) if "T" in text or " " in text else text


@st.composite
def dossiers(draw: Any) -> dict[str, Any]:
    """A dossier that is right, as a tree of texts."""
    return _Maker(draw).dossier()


def written(tree: Any, manner: str) -> bytes:
    """The tree as a file: ``json``, ``ascii`` (JSON with escapes), ``yaml``, ``quoted`` (YAML, all in quotes)."""
    if manner in ("json", "ascii"):
        return json.dumps(tree, indent=1, ensure_ascii=manner == "ascii").encode("utf-8", "surrogatepass")
    style = '"' if manner == "quoted" else None
    try:
        return yaml.dump(in_texts(tree), default_style=style, sort_keys=False, Dumper=_Dumper).encode()
    except UnicodeEncodeError:  # YAML's writer takes no half of a surrogate pair
        return written(tree, "ascii")


def in_texts(tree: Any) -> Any:
    """The same with every number as text: YAML would write it with a tag where all is in quotes."""
    if isinstance(tree, dict):
        return {name: in_texts(value) for name, value in tree.items()}
    return [in_texts(value) for value in tree] if isinstance(tree, list) else str(tree)


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


MANNERS = st.sampled_from(["json", "ascii", "yaml", "quoted"])


# --- spoilt ---

WRONG: list[Any] = [
    "", "x", " ", "nobody", "a.", "a" * 100, "x" * 2001, "../../etc/passwd", "a/b/c", "/", "a/", "\0", "\ud800",
    "\udfff\ud800", "\ufeff", "\u2028", "\x85", "\r", "\r\r\n", "<<", "*a", "&a x", "!!str a", "- a", "a: b", "{", "[",
    "|", "%", "'", '"', "#", -1, 0, 1.5, 10**50, -(10**18), 2**31, 2**63, "9" * 10_000, "-0", "+1", "1_000", "0x10",
    "1e5", ".inf", "NaN", "\u0661", "\u00b2", "1.", "2024-02-30", "0000-01-01", "10000-01-01", "2024-1-1",
    "2024-01-01T25:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-01-01T00:00:00",
    "2024-01-01", "now", "yes", "Yes", True, False, None, [], {}, [[]], [{}], ["a"], {"key": "a"}, {"": ""}, [None],
    ["\ud800"], [0, 1], [1, 0], [-1, 3], [0, 10**9], [0.5, 2], [0], ["0", "1", "footer"], [0, 1, "body", "", ""],
    [0, 1, "body", "\0"], [0, 1, "body", "x" * 201], [2**31, 2**32], [[0, 1]], ["0 ", "1"],
]  # fmt: skip
NAMES = [
    "",
    "KEY",
    "keys",
    "a.b",
    "\n",
    "<<",
    "\ud800",
    "\0",
    "x" * 5000,
    "verdict",
    "state",
    "id",
    "claim_id",
    "0",
    "ключ",
]
TOKENS = [
    b"&a ", b"*a ", b"<<: *a\n", b"<<: {}\n", b"!!python/object:x ", b"! ", b"!<tag> ", b"\t", b"\n---\n", b"\n...\n",
    b"%YAML 1.2\n", b"%TAG ! x\n", b"\r", b"\r\n", b"\0", b"\x07", b"\x7f", b"\xc2\x85", b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
       b"\xff", b"\xc3", b"\xed\xa0\x80", b"{", b"}", b"[", b"]", b'"', b"'", b"\\", b"\\ud800", b"\\x00", b"- ", b"? ",
    b": ", b"| ", b"> ", b"#", b", ", b"null", b"NaN", b"[" * 500, b"9" * 50_000, b"a" * 50_000, b"  ", b"\n", b"@",
    b"`",
]  # fmt: skip


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Everything that can be replaced: its list or mapping, and where it stands in there."""
    found: list[tuple[Any, Any]] = []
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in inner:
        found += [(tree, name), *places(value)]
    return found


def spoil(draw: Any, tree: Any) -> None:
    """One thing in the tree is not any more what it was."""
    everywhere = places(tree)
    home, name = draw(st.sampled_from(everywhere))
    other_home, other = draw(st.sampled_from(everywhere))
    how = draw(st.sampled_from(["wrong", "gone", "other", "twice", "renamed", "deep"]))
    if how == "wrong":
        home[name] = copy.deepcopy(draw(st.sampled_from(WRONG)))
    elif how == "gone":
        del home[name]
    elif how == "other":
        home[name] = copy.deepcopy(other_home[other])
    elif how == "deep":
        home[name] = functools.reduce(lambda inner, _: {"relays": inner}, range(draw(st.integers(1, 130))), home[name])
    elif isinstance(home, list):
        home.insert(name, copy.deepcopy(home[name]))
    else:
        home[draw(st.sampled_from([*NAMES, str(other)]))] = home.pop(name) if how == "renamed" else home[name]


def damage(draw: Any, data: bytes) -> bytes:
    """The bytes are not any more what they were."""
    at, end = sorted([draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))])
    lines = data.split(b"\n")
    line = draw(st.integers(0, len(lines) - 1))
    ways = {
        "cut off": lambda: data[:end],
        "cut out": lambda: data[:at] + data[end:],
        "inserted": lambda: data[:at] + draw(st.sampled_from(TOKENS)) + data[at:],
        "overwritten": lambda: data[:at] + draw(st.binary(min_size=1, max_size=3)) + data[at + 1 :],
        "line twice": lambda: b"\n".join([*lines[: line + 1], *lines[line:]]),
        "line gone": lambda: b"\n".join(lines[:line] + lines[line + 1 :]),
        "line ends": lambda: data.replace(
            b"\n", draw(st.sampled_from([b"\r", b"\r\n", "\u2028".encode(), b"\n\n", b" "]))
        ),
        "encoded": lambda: data.decode("utf-8", "replace").encode(draw(st.sampled_from(ENCODINGS)), "replace"),
    }
    return ways[draw(st.sampled_from(sorted(ways)))]()


ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7", "cp037"]


@st.composite
def spoilt(draw: Any) -> bytes:
    """A file that was right, spoilt in one to three ways, as a tree or as bytes."""
    tree = _Maker(draw).dossier()
    in_the_tree = draw(st.integers(0, 3))
    for _ in range(in_the_tree):
        spoil(draw, tree)
    data = written(tree, draw(MANNERS))
    for _ in range(draw(st.integers(0 if in_the_tree else 1, 2))):
        data = damage(draw, data)
    return data
