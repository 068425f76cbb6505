"""The columns of a CSV file of claims: one literal grammar over the dossier's fields (``claims.dossiers.fields``).

A row is one claim, at most one figure, one accused, and one chain: the speaker, and up to three by whom it came
(``via_``, ``via2_``, ``via3_``; the last is the one nearest to the page). An empty cell says nothing.
"""

from claims.dossiers.fields import TABLE
from claims.dossiers.reading import Node
from claims.dossiers.rows import PLAIN
from factdesk.safecsv import unlisted

#: What a rejects file adds, and what is passed over when it is fed again.
PROBLEMS = "problems"
VIAS = ("", "via_", "via2_", "via3_")

_CLAIM = ("key", "kind", "statement", "topics", "place", "about_from", "about_until", "priority")
_HOP = tuple(name for name, field in TABLE["attribution"].items() if field.type in PLAIN)
_FIGURE = tuple(name for name, field in TABLE["quantity"].items() if field.type in PLAIN)
_ACCUSATION = ("legal_status", "legal_status_on", "privilege", "known_position")
_DOCUMENT = ("kind", "url", "published_on", "language")


def _who(column: str, owner: str) -> dict[str, tuple[str, str]]:
    return {
        column: (owner, "name"),
        f"{column}_key": (owner, "key"),
        f"{column}_kind": (owner, "kind"),
        f"{column}_identity": (owner, "identity"),
    }


def _columns() -> dict[str, tuple[str, str]]:
    found = {name: ("claim", name) for name in _CLAIM}
    for at, via in enumerate(VIAS):
        found |= _who(f"{via}speaker", f"speaker{at}")
        found |= {f"{via}document": (f"document{at}", "title"), f"{via}document_key": (f"document{at}", "key")}
        found |= {f"{via}document_{name}": (f"document{at}", name) for name in _DOCUMENT}
        found |= {f"{via}{name}": (f"hop{at}", name) for name in _HOP}
    found |= {f"quantity_{name}": ("quantity", name) for name in _FIGURE}
    found |= _who("accused", "accused") | {f"accused_{name}": ("accusation", name) for name in _ACCUSATION}
    return found


#: column -> (whose field it is, the field)
COLUMNS = _columns()
NEEDED = ("key", "kind", "statement")


def tree(cells: dict[str, str], line: int) -> tuple[Node, dict[str, str]]:
    """The claim of one row as a tree, and for each path in it the column that it comes from."""
    owners: dict[str, dict[str, Node]] = {}
    places: dict[str, str] = {}
    paths = _paths({COLUMNS[column][0] for column, text in cells.items() if text})
    for column, text in cells.items():
        owner, name = COLUMNS[column]
        if text:
            owners.setdefault(owner, {})[name] = _value(name, text, line)
            if paths[owner]:
                places.setdefault(paths[owner], column)
            places[f"{paths[owner]}.{name}".lstrip(".")] = column
    claim = owners.get("claim", {})
    if hops := _chain(owners, line):
        claim["attributions"] = Node([hops], line)
    if "quantity" in owners:
        claim["quantities"] = Node([Node(owners["quantity"], line)], line)
    if "accused" in owners or "accusation" in owners:
        accused = {"accused": _named(owners["accused"], line)} if "accused" in owners else {}
        claim["accusations"] = Node([Node(owners.get("accusation", {}) | accused, line)], line)
    return Node(claim, line), places


def _paths(owners: set[str]) -> dict[str, str]:
    paths = {"claim": "", "quantity": "quantities[0]", "accusation": "accusations[0]"}
    paths["accused"] = "accusations[0].accused"
    at = "attributions[0]"
    for step in reversed(range(len(VIAS))):
        mine = {"speaker": f"{at}.speaker", "document": f"{at}.document", "hop": at}
        paths |= {f"{name}{step}": path for name, path in mine.items()}
        if any(f"{name}{step}" in owners for name in mine):
            at += ".relays"
    return paths


def _chain(owners: dict[str, dict[str, Node]], line: int) -> Node | None:
    """The hops that are filled in, the one nearest to the page outermost."""
    chain: Node | None = None
    for step in range(len(VIAS)):
        hop = dict(owners.get(f"hop{step}", {}))
        for name in ("speaker", "document"):
            if named := owners.get(f"{name}{step}"):
                hop[name] = _named(named, line)
        if hop:
            chain = Node(hop | ({"relays": chain} if chain else {}), line)
    return chain


def _named(fields: dict[str, Node], line: int) -> Node:
    """A key alone, or a mapping."""
    return fields["key"] if fields.keys() == {"key"} else Node(fields, line)


def _value(name: str, text: str, line: int) -> Node:
    if name != "topics":
        return Node(text, line)
    return Node([Node(topic.strip(), line) for topic in unlisted(text) if topic.strip()], line)
