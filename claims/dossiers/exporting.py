"""The record of one document as a dossier again: what the format can say, and nothing that the desk has decided.

The bargain: the file leads back to the rows that it came from. Each row has the key that a dossier gave it, else a name
of its own (names.py), so importing it where it was exported changes nothing, and importing it elsewhere makes a copy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Any

from claims.dossiers.belonging import Belongings
from claims.dossiers.fields import FORMAT, PARTS, TABLE, Field
from claims.dossiers.names import key_of, name_of
from claims.dossiers.presets import preset_priority, preset_stance
from claims.models import Claim, Piece, Ruling
from claims.vocabularies import CHECKABLE, RulingAbout
from sources.models import Document, Sentence, Snapshot, Source
from sources.models.source import Identity

Tree = dict[str, Any]


@dataclass(frozen=True)
class Exported:
    """A dossier as a tree of mappings, lists, texts and whole numbers; and, in sentences, what it could not hold."""

    tree: Tree
    omitted: list[str]


def export(document: Document) -> Exported:
    """The dossier of ``document`` with the newest of its snapshots in which words are marked.

    Raises :class:`~claims.dossiers.writing.TooLarge` where it has more claims than a dossier may have.
    """
    belongings = Belongings(document)
    return Exported(_Export(belongings).tree(), belongings.omitted)


class _Export:
    def __init__(self, held: Belongings) -> None:
        self.held = held
        self.spans = {passage.pk: _span(passage) for passage in held.passages.values()}
        claims = {claim.pk: self._claim_key(claim) for claim in held.claims}
        others = Claim.objects.in_bulk({row.other_id for row in held.every("relation")} - claims.keys())
        figures = held.every("quantity")
        self.names: dict[str, dict[int, str]] = {
            "source": {source.pk: key_of(source) for source in held.sources},
            "document": {one.pk: key_of(one) for one in [held.document, *held.documents]},
            "claim": claims | {pk: other.key or name_of(other) for pk, other in others.items()},
            "quantity": {row.pk: f"{claims[row.claim_id]}/{self._key('quantity', row)}" for row in figures},
        }

    def tree(self) -> Tree:
        held = self.held
        piece = Piece.objects.filter(document=held.document).first()
        found: Tree = {
            "dossier": int(FORMAT),
            "sources": [self._source(source) for source in held.sources],
            "document": self._row("document", held.document, key=held.own),
            "piece": self._row("piece", piece) if piece else None,
            "documents": [self._row("document", one, key=key_of(one)) for one in held.documents],
            "snapshot": self._snapshot(held.snapshot) if held.snapshot else None,
            "claims": [self._claim(claim) for claim in held.claims],
            "ruled_out": self._ruled_out(),
        }
        return {name: value for name, value in found.items() if value is not None and value != []}

    def _row(self, of: str, row: Any, **given: Any) -> Tree:
        """The row's fields, without those that say what leaving them out says."""
        found: Tree = {}
        for name, field in TABLE[of].items():
            value = given[name] if name in given else self._value(row, name, field)
            if value is not None and value != [] and (field.required or value != field.default):
                found[name] = value
        return found

    def _value(self, row: Any, name: str, field: Field) -> Any:
        if field.type == "ref":
            return self.names[field.of].get(getattr(row, f"{name}_id"))
        if field.type == "span":
            return self.spans.get(getattr(row, f"{name}_id"))
        value = getattr(row, name)
        if field.type == "decimal" and value is not None:
            return format(Decimal(value), "f")
        if field.type in ("day", "moment") and value is not None:
            return value.isoformat()
        return ("yes" if value else "no") if field.type == "yes_no" else value

    def _key(self, table: str, row: Any) -> str:
        return self.held.marks.get((table, row.pk)) or name_of(row)

    def _keyed(self, of: str, rows: Iterable[Any]) -> list[Tree]:
        return [self._row(of, row, key=self._key(of, row)) for row in rows]

    def _source(self, source: Source) -> Tree:
        belongs: dict[str, Tree] = {}
        for one in self.held.affiliations[source.pk]:
            key = self._key("affiliation", one)
            key = name_of(one) if key in belongs else key
            belongs[key] = self._row("affiliation", one, key=key)
        identity = Identity.UNNAMED if source.identity == Identity.PROTECTED else source.identity
        return self._row("source", source, key=key_of(source), identity=str(identity), affiliations=[*belongs.values()])

    def _snapshot(self, snapshot: Snapshot) -> Tree:
        sentences = [_span(sentence) for sentence in Sentence.objects.filter(snapshot=snapshot).order_by("start")]
        digest = {} if snapshot.sealed else {"sha256": None, "length": None}
        return self._row("snapshot", snapshot, sentences=sentences, **digest)

    def _ruled_out(self) -> list[Tree]:
        about = Ruling.objects.filter(about=RulingAbout.SENTENCE, sentence__snapshot=self.held.snapshot)
        newest = {one.sentence: one for one in about.select_related("sentence").order_by("pk") if one.sentence}
        out = [(one, ruling) for one, ruling in newest.items() if ruling.decision != CHECKABLE]
        out.sort(key=lambda pair: pair[0].start)
        return [self._row("ruled_out", ruling, sentence=[one.start, one.end]) for one, ruling in out]

    # --- claims ---

    def _claim_key(self, claim: Claim) -> str:
        key = (claim.key or "").removeprefix(f"{self.held.own}/")
        return key if key and "/" not in key else name_of(claim)

    def _claim(self, claim: Claim) -> Tree:
        rows = {table: of.get(claim.pk, []) for table, of in self.held.parts.items()}
        hops, figures, accusations = rows["attribution"], rows["quantity"], rows["accusation"]
        places = {self.held.passages[hop.passage_id].part for hop in hops if hop.passage_id in self.spans}
        preset = preset_priority(claim.kind, figures or accusations, places)
        return self._row(
            "claim",
            claim,
            key=self.names["claim"][claim.pk],
            priority=None if claim.priority == preset else claim.priority,
            quantities=[self._quantity(row) for row in figures],
            attributions=self._chains(hops),
            evidence=[self._placed("evidence", row) for row in rows["evidence"]],
            accusations=self._keyed("accusation", accusations),
            relations=self._keyed("relation", rows["relation"]),
        )

    def _quantity(self, row: Any) -> Tree:
        """A base in another dossier cannot be named, and is left out."""
        base = self.names["quantity"].get(row.base_id)
        base = base and base.removeprefix(f"{self.names['claim'][row.claim_id]}/")
        return self._row("quantity", row, key=self._key("quantity", row), base=base)

    def _placed(self, of: str, row: Any, **given: Any) -> Tree:
        """A row that stands in a document. One with marked words here need not say that it stands here."""
        document = None if row.passage_id in self.spans else self.names["document"].get(row.document_id)
        return self._row(of, row, key=self._key(of, row), document=document, **given)

    def _chains(self, hops: list[Any]) -> list[Tree]:
        """Nested, outermost hop first; a hop that several relay is written out once, and then named by its key."""
        by_id = {hop.pk: hop for hop in hops}
        written: set[int] = set()

        def written_out(hop: Any) -> Tree:
            written.add(hop.pk)
            inner = by_id.get(hop.relays_id)
            relays = inner and (self._key("attribution", inner) if inner.pk in written else written_out(inner))
            stance = None if hop.stance == preset_stance(inner) else hop.stance
            return self._placed("attribution", hop, stance=stance, relays=relays)

        relayed = {hop.relays_id for hop in hops}
        outermost = [hop for hop in hops if hop.pk not in relayed]
        return [written_out(hop) for hop in sorted(outermost, key=self._begins)]

    def _begins(self, row: Any) -> float:
        """Where its marked words begin; past every text where it has none here."""
        passage = self.held.passages.get(row.passage_id)
        return passage.start if passage else inf


def _span(row: Any) -> list[Any]:
    """A passage or sentence as the format has it: the part where it is not the body, the locator where there is one."""
    locator = getattr(row, "locator", "")
    part = [row.part] if locator or row.part != PARTS[2] else []
    return [row.start, row.end, *part, *([locator] if locator else [])]
