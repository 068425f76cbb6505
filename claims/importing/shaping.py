"""The tree of one claim to checked rows, by the dossier's own fields and checks; and whom and what it names.

What a file of claims has beyond a dossier's claim: where a dossier gives the key of a source or document, a mapping
may stand (``{"name": …, "kind": …}``), since there is no list of sources beside it. Parts need no keys of their own.
What takes a saved copy or a second claim (marked words, relations) is for dossiers.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from claims.dossiers.checking import Row, check_row
from claims.dossiers.fields import TABLE
from claims.dossiers.reading import Node, Problems, below
from claims.dossiers.references import Hop, resolve_claim
from claims.importing.records import Record
from factdesk.errors import BadInput

#: What stands in a checked row where the file has a mapping; its mention is found by its path.
_HERE = "here"
#: For each kind of row, its fields that lead to a source or document, or on to a hop.
_LEADS = {
    of: [
        (name, field.of if field.type == "ref" else "hop")
        for name, field in fields.items()
        if field.type == "hop" or (field.type == "ref" and field.of in ("source", "document"))
    ]
    for of, fields in TABLE.items()
}
_PARTS = ("quantities", "attributions", "evidence", "accusations")
_NOT_HERE = {"source": ("owner", "affiliations"), "claim": ("relations",)}


@dataclass(frozen=True)
class Mention:
    """A source or document as a claim names it: by key alone (``row`` is None), or described, with a key or without."""

    of: str
    key: str | None
    row: Row | None
    path: str
    publisher: "Mention | None" = None


@dataclass
class _Found:
    """What is noted on the way through one claim; ``parts`` counts, so that each has a key of its own."""

    mentions: dict[str, Mention]
    problems: Problems
    parts: int = 0


@dataclass
class Shaped:
    """A checked claim: its row, its hops (origins first), its figures (bases first), and what is named at each path."""

    record: Record
    row: Row
    hops: list[Hop] = field(default_factory=list)
    figures: list[Row] = field(default_factory=list)
    mentions: dict[str, Mention] = field(default_factory=dict)


def shape(record: Record) -> tuple[Shaped | None, list[tuple[str, str, str]]]:
    """The claim, or what is wrong with it: (path, code, message)."""
    if record.node is None:
        return None, record.problems
    problems = Problems()
    shaped = None
    with suppress(BadInput):  # there are more problems than are listed; those that are stand in ``problems``
        shaped = _shape(record, record.node, problems)
    if problems.found:
        told = [(record.shown(each["path"]), each["code"], each["message"]) for each in problems.found]
        return None, told
    return shaped, []


def _shape(record: Record, node: Node, problems: Problems) -> Shaped:
    mentions: dict[str, Mention] = {}
    if isinstance(node.value, dict):
        _refuse_what_is_not_here("claim", node, "", problems)
        node = _prepared(node, _Found(mentions, problems))
    row = check_row(node, "claim", problems)
    shaped = Shaped(record, row, mentions=mentions)
    if not problems.found:
        hops, figures = resolve_claim(row, problems)
        shaped.hops = sorted(hops, key=lambda hop: hop.depth)
        shaped.figures = [figure for level in figures for _, figure in level]
        _keys_alone(shaped)
    return shaped


def _refuse_what_is_not_here(of: str, node: Node, path: str, problems: Problems) -> None:
    assert isinstance(node.value, dict)  # noqa: S101 - asked before
    for name in _NOT_HERE.get(of, ()):
        if name in node.value:
            problems.add(node.line, below(path, name), "not_here", f"{name} come with record files (dossiers).")


def _prepared(node: Node, found: "_Found") -> Node:
    """The claim's tree with keys for its parts, and with its mappings of sources and documents lifted out."""
    assert isinstance(node.value, dict)  # noqa: S101 - asked before
    made = dict(node.value)
    for name in _PARTS:
        listed = made.get(name)
        if listed is None or not isinstance(listed.value, list):
            continue
        of = TABLE["claim"][name].of
        inner = [_part(each, of, f"{name}[{at}]", found) for at, each in enumerate(listed.value)]
        made[name] = Node(inner, listed.line)
    return Node(made, node.line)


def _part(node: Node, of: str, path: str, found: "_Found") -> Node:
    if not isinstance(node.value, dict):
        return node
    made = dict(node.value)
    found.parts += 1
    made.setdefault("key", Node(f"{of}-{found.parts}", node.line))
    for name, leads in _LEADS[of]:
        inner = made.get(name)
        if inner is None or not isinstance(inner.value, dict):
            continue
        if leads == "hop":
            made[name] = _part(inner, of, f"{path}.{name}", found)
        else:
            found.mentions[f"{path}.{name}"] = _mention(inner, leads, f"{path}.{name}", found.problems)
            made[name] = Node(_HERE, inner.line)
    return Node(made, node.line)


def _mention(node: Node, of: str, path: str, problems: Problems) -> Mention:
    """A described source or document, checked as a dossier's."""
    assert isinstance(node.value, dict)  # noqa: S101 - asked before
    _refuse_what_is_not_here(of, node, path, problems)
    made = {name: inner for name, inner in node.value.items() if name not in _NOT_HERE.get(of, ())}
    publisher = None
    if of == "document" and (inner := made.get("publisher")):
        if isinstance(inner.value, dict):
            publisher = _mention(inner, "source", f"{path}.publisher", problems)
            made["publisher"] = Node(_HERE, inner.line)
        elif isinstance(inner.value, str):
            publisher = Mention("source", inner.value, None, f"{path}.publisher")
    has_key = "key" in made
    made.setdefault("key", Node(_HERE, node.line))
    row = check_row(Node(made, node.line), of, problems, path)
    if of == "document" and not has_key and not row["title"] and not row["url"]:
        problems.add(node.line, path, "missing", "A document is named by its key, its title or its address.")
    if of == "source" and row["headcount"] is not None and row["kind"] != "group":
        problems.add(node.line, below(path, "headcount"), "not_a_group", "Only a group has a headcount.")
    return Mention(of, row["key"] if has_key else None, row, path, publisher)


def _keys_alone(shaped: Shaped) -> None:
    """A mention for every reference that is a key."""
    rows = [hop.row for hop in shaped.hops] + shaped.row["evidence"] + shaped.row["accusations"]
    for row in rows:
        for name, field_ in TABLE[row.of].items():
            path = f"{row.path}.{name}"
            if (
                field_.type == "ref"
                and field_.of in ("source", "document")
                and row[name]
                and path not in shaped.mentions
            ):
                shaped.mentions[path] = Mention(field_.of, row[name], None, path)


def reference(shaped: Shaped, row: Row, name: str) -> Any:
    """The mention that stands in this field, or None."""
    return shaped.mentions.get(f"{row.path}.{name}")
