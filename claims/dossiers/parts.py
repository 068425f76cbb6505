"""The claims of a dossier and their parts: figures, hops, evidence, accusations, relations.

A claim that somebody has taken is theirs: neither it nor its parts are changed by a file any more; what differs is a
conflict.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from claims.dossiers.checking import Row
from claims.dossiers.merging import GONE, Merger, Wanted
from claims.dossiers.names import named
from claims.dossiers.references import Hop, base_of
from claims.dossiers.results import Pending
from claims.dossiers.rows import Rows, column_names
from claims.models import Accusation, Attribution, Claim, Evidence, Quantity, Relation
from claims.vocabularies import State
from factdesk.people.models import User

TAKEN = "Somebody works on this claim (it is no longer new), so a file changes nothing in it."

#: table -> its model, the claim's field that lists its rows, and the columns that no field fills by itself
PARTS: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "quantity": (Quantity, "quantities", ("base_id",)),
    "attribution": (Attribution, "attributions", ("relays_id",)),
    "evidence": (Evidence, "evidence", ()),
    "accusation": (Accusation, "accusations", ()),
    "relation": (Relation, "relations", ("other_id",)),
}


class Claims:
    """Merges a dossier's claims and their parts, in the order of their references."""

    def __init__(self, rows: Rows, merger: Merger, by: User) -> None:
        self.rows = rows
        self.dossier = rows.dossier
        self.merger = merger
        self.loaded = merger.loaded
        self.by = by
        self.listed: list[Row] = rows.dossier.root["claims"]
        self.claims: dict[str, Claim] = {}
        #: the file's claims by key, and whether a file may still change them
        self.free: dict[str, bool] = {}

    def merge(self) -> None:
        self._expect()
        self._claims()
        self._quantities()
        self._attributions()
        self._withdraw("evidence")
        self.merger.merge("evidence", Evidence, [self._want(claim, row) for claim, row in self._pairs("evidence")])
        accusations = [self._want(claim, row) for claim, row in self._pairs("accusation")]
        self._placed("accusation", accusations, ("claim_id", "accused_id"))
        self._placed("relation", self._relations(), ("claim_id", "kind", "other_id"))

    def _expect(self) -> None:
        """Tell the merger what will come, so that what does not come is known before anything is made."""
        for table, (_, field, _) in PARTS.items():
            for claim in self.listed:
                rows = claim[field] if table != "attribution" else []
                self.merger.expected |= {(table, f"{claim.key}/{row.key}") for row in rows}
        for level in self.dossier.hops:
            self.merger.expected |= {("attribution", f"{claim.key}/{hop.row.key}") for claim, hop in level}

    def _claims(self) -> None:
        found = self._found([row.key for row in self.listed], Claim.objects.select_for_update().order_by("pk"))
        wanted = []
        for row in self.listed:
            held = found.get(row.key)
            self.free[row.key] = held is None or held.state == State.NEW
            columns = self.rows.columns(row, key=held.key if held else self._full(row.key))
            refusal = "" if self.free[row.key] else TAKEN
            wanted.append(Wanted(row.key, row, columns, {"created_by": self.by}, held, refusal=refusal))
        self.claims = self.merger.merge("claim", Claim, wanted)
        for mark in self.merger.gone("claim") if self.merger.whole else ():
            self.loaded.conflict(1, "", "claim", mark.key, f"{GONE} Close it, if that is right.")

    def _want(self, claim: Row, row: Row, *, refusal: str = "", **more: Any) -> Wanted:
        columns = self.rows.columns(row, claim_id=self.claims[claim.key].pk, **more)
        return Wanted(f"{claim.key}/{row.key}", row, columns, refusal=refusal if self.free[claim.key] else TAKEN)

    def _withdraw(self, table: str) -> None:
        model, _, more = PARTS[table]
        self.merger.withdraw_gone(table, model, ["claim_id", *column_names(table), *more], self.free)

    def _pairs(self, table: str) -> Iterator[tuple[Row, Row]]:
        for claim in self.listed:
            for row in claim[PARTS[table][1]]:
                yield claim, row

    def _quantities(self) -> None:
        made: dict[str, Any] = {}
        for level in self.dossier.figures:
            wanted = []
            for claim, row in level:
                base = base_of(claim, row)
                held = made.get(base) if base else None
                refusal = f"Its base ({base}) does not count on the desk." if base and not _counts(held) else ""
                wanted.append(self._want(claim, row, base_id=held and held.pk, refusal=refusal))
            made |= self.merger.merge("quantity", Quantity, wanted)
        self._withdraw("quantity")

    def _attributions(self) -> None:
        made: dict[str, Any] = {}
        for level in self.dossier.hops:
            made |= self.merger.merge("attribution", Attribution, [self._hop(claim, hop, made) for claim, hop in level])
        self._withdraw("attribution")

    def _hop(self, claim: Row, hop: Hop, made: dict[str, Any]) -> Wanted:
        held = made.get(f"{claim.key}/{hop.relays}") if hop.relays else None
        refusal = ""
        if hop.relays and not _counts(held):
            refusal = f"The hop that it relays ({hop.relays}) does not count on the desk."
        return self._want(claim, hop.row, relays_id=held and held.pk, refusal=refusal)

    def _placed(self, table: str, wanted: list[Wanted], place: tuple[str, ...]) -> None:
        """Parts of which a claim has one for each ``place``: two swapped in the file have changed their keys."""
        model = PARTS[table][0]
        held = model.objects.filter(claim__in=self.claims.values(), withdrawn_at__isnull=True)
        wanted = self.merger.placed(table, wanted, held, place)
        self._withdraw(table)
        self.merger.merge(table, model, wanted)

    def _relations(self) -> list[Wanted]:
        others = self._found([row["other"] for _, row in self._pairs("relation")], Claim.objects.all())
        wanted = []
        for claim, row in self._pairs("relation"):
            other = others.get(row["other"])
            if other is not None:
                wanted.append(self._want(claim, row, other_id=other.pk))
                continue
            self.merger.expected.discard(("relation", f"{claim.key}/{row.key}"))
            full = self._full(claim.key)
            self.loaded.pending.append(Pending(row.line, row.path, full, row["kind"], self._full(row["other"])))
        return wanted

    def _found(self, keys: list[str], claims: QuerySet[Claim]) -> dict[str, Claim]:
        """The desk's claims by the keys that this file gives them: ``<key>`` of its own, ``<document key>/<key>``."""
        full = {self._full(key): key for key in keys}
        made_here = {key.rpartition("/")[2]: key for key in keys}
        by_name = {made_here[name]: claim for name, claim in named(Claim, made_here).items()}
        return by_name | {full[claim.key or ""]: claim for claim in claims.filter(key__in=full)}

    def _full(self, key: str) -> str:
        return key if "/" in key else f"{self.dossier.key}/{key}"


def _counts(held: Any) -> bool:
    """Whether a row that another rests on is on the desk and not withdrawn."""
    return held is not None and held.withdrawn_at is None
