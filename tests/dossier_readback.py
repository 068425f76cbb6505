"""Whether the desk holds what a dossier says: every row, to the character, and nothing beside it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from claims.dossiers.fields import TABLE, Field
from claims.models import (
    Accusation,
    Attribution,
    Claim,
    DossierRow,
    Evidence,
    Piece,
    Quantity,
    Relation,
    Ruling,
)
from sources.models import Affiliation, Document, Sentence, Snapshot, Source

Tree = dict[str, Any]
#: table -> its model, and the claim's field that lists its rows
PARTS: dict[str, tuple[Any, str]] = {
    "quantity": (Quantity, "quantities"),
    "attribution": (Attribution, "attributions"),
    "evidence": (Evidence, "evidence"),
    "accusation": (Accusation, "accusations"),
    "relation": (Relation, "relations"),
}
#: what says something else by being left out than that nothing is known
PRESETS = {"priority", "stance", "document"}


def assert_desk_holds(dossier: Tree) -> None:
    """Every row of the file stands on the desk as the file says, and nothing else stands in its claims and sources."""
    _Desk(dossier).check()


class _Desk:
    """All that the desk has, which is little: one query a table."""

    def __init__(self, dossier: Tree) -> None:
        self.dossier = dossier
        self.own = dossier["document"]["key"]
        self.marks = {
            (mark.table, mark.key): mark.object_id for mark in DossierRow.objects.filter(document__key=self.own)
        }
        self.rows: dict[str, dict[int, Any]] = {}
        models = {table: model for table, (model, _) in PARTS.items()} | {"affiliation": Affiliation}
        for table, model in models.items():
            related = [field.name for field in model._meta.fields if field.is_relation]
            rows = model.objects.filter(withdrawn_at__isnull=True).select_related(*related)
            self.rows[table] = {row.pk: row for row in rows}

    def check(self) -> None:
        sources = {source.key: source for source in Source.objects.select_related("owner")}
        documents = {document.key: document for document in Document.objects.select_related("publisher")}
        claims = {claim.key: claim for claim in Claim.objects.all()}
        for row in self.dossier.get("sources", []):
            _same("source", row, sources[row["key"]])
            self.all_of("affiliation", row.get("affiliations", []), row["key"], "source_id", sources[row["key"]].pk)
        for row in [self.dossier["document"], *self.dossier.get("documents", [])]:
            _same("document", row, documents[row["key"]])
        if "piece" in self.dossier:
            _same("piece", self.dossier["piece"], Piece.objects.get(document__key=self.own))
        if "snapshot" in self.dossier:
            self.saved_copy(self.dossier["snapshot"])
        for row in self.dossier.get("claims", []):
            claim = claims[f"{self.own}/{row['key']}"]
            _same("claim", row, claim)
            for table, (_, field) in PARTS.items():
                listed = list(_hops(row.get(field, []))) if table == "attribution" else row.get(field, [])
                self.all_of(table, listed, row["key"], "claim_id", claim.pk)

    def all_of(self, table: str, listed: list[Tree], home: str, column: str, home_id: int) -> None:
        """The rows of one claim or source: these, and no others."""
        here = [row for row in listed if not row.get("other", "").startswith("elsewhere/")]
        for row in here:
            held = self.brought(table, f"{home}/{row['key']}")
            _same(table, row, held)
            for name in {"base", "relays"} & TABLE[table].keys():
                self.rests(table, name, row.get(name), home, held)
        assert sum(1 for row in self.rows[table].values() if getattr(row, column) == home_id) == len(here)

    def rests(self, table: str, name: str, said: Any, home: str, held: Any) -> None:
        """The figure or hop that a row rests on is the one that the file names."""
        key = said["key"] if isinstance(said, dict) else said
        full = key if key is None or "/" in key else f"{home}/{key}"
        assert getattr(held, name) == (full and self.brought(table, full))

    def brought(self, table: str, key: str) -> Any:
        return self.rows[table][self.marks[table, key]]

    def saved_copy(self, said: Tree) -> None:
        text = said["text"].replace("\r\n", "\n") if "text" in said else None
        held = Snapshot.objects.filter(document__key=self.own)
        held = held.get(text=text) if text is not None else held.get(sha256=said["sha256"])
        sentences = {(one.start, one.end): one.pk for one in Sentence.objects.filter(snapshot=held)}
        assert sentences.keys() == {tuple(span[:2]) for span in said["sentences"]}
        rulings = Ruling.objects.filter(sentence__snapshot=held).order_by("pk")
        newest = {ruling.sentence_id: ruling for ruling in rulings}
        for row in self.dossier.get("ruled_out", []):
            _same("ruled_out", row, newest.pop(sentences[tuple(row["sentence"][:2])]))
        assert {ruling.decision for ruling in newest.values()} <= {"checkable"}


def _hops(rows: list[Tree]) -> Iterator[Tree]:
    for row in rows:
        yield row
        if isinstance(row.get("relays"), dict):
            yield from _hops([row["relays"]])


def _same(of: str, said: Tree, held: Any) -> None:
    for name, field in TABLE[of].items():
        if name in ("key", "relays", "base", "sentence") or field.type in ("rows", "row", "spans"):
            continue
        if name in said:
            assert _told(field, getattr(held, name)) == _meant(field, said[name]), f"{of}.{name}"
        elif field.default is not None:
            assert getattr(held, name) == {"no": False}.get(field.default, field.default), f"{of}.{name}"
        elif field.type == "texts":
            assert getattr(held, name) == [], f"{of}.{name}"
        elif name not in PRESETS:
            assert getattr(held, name) is None, f"{of}.{name}"


def _told(field: Field, value: Any) -> Any:
    """What the desk holds, as it compares."""
    if field.type == "ref":
        return value.key.rpartition("/")[2]
    if field.type == "span":
        return value.start, value.end, value.part, value.locator
    return value.as_tuple() if isinstance(value, Decimal) else value


def _meant(field: Field, said: Any) -> Any:
    """What the file says, as it compares."""
    if field.type == "span":
        start, end, part, locator = [*said, "", ""][:4]
        return int(start), int(end), part or "body", locator
    if field.type == "decimal":
        number = Decimal(said)
        return (number if number else number.copy_abs()).as_tuple()
    simple = {
        "ref": lambda: said.rpartition("/")[2],
        "moment": lambda: datetime.fromisoformat(said),
        "day": lambda: datetime.fromisoformat(said).date(),
        "integer": lambda: int(said),
        "yes_no": lambda: said in ("yes", "true"),
    }
    return simple.get(field.type, lambda: said)()
