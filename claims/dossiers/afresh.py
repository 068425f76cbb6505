"""Many small dossiers at once, of which the desk has nothing yet: one statement a table, not one a row.

The bargain: what is left behind (rows, and the marks by which the next import tells what the desk has touched) is what
:func:`claims.dossiers.loading.load` would have left, one dossier after the other; a test holds both equal. Only claims
whose parts are hops that relay nothing, and evidence: whoever has more goes the long way.
"""

from collections.abc import Sequence
from typing import Any

from claims.dossiers.checking import Row
from claims.dossiers.loading import Held
from claims.dossiers.merging import digest
from claims.dossiers.references import Dossier
from claims.dossiers.rows import Rows
from claims.models import Attribution, Claim, DossierRow, Evidence
from factdesk.people.models import User


def load_new(parts: Sequence[tuple[Dossier, Held]], *, by: User) -> list[list[Claim]]:
    """The claims of each dossier, made. Runs in the caller's transaction, after its turn was taken and its right asked.

    Raises what the database raises (IntegrityError, DataError) where one row of them is refused: then all are.
    """
    listed = [_New(dossier, held) for dossier, held in parts]
    for new in listed:
        new.claims = [(row, Claim(created_by=by, **new.columns(row, new.full(row)))) for row in new.rows]
    made = iter(Claim.objects.bulk_create([claim for new in listed for _, claim in new.claims]))
    for new in listed:
        new.claims = [(row, next(made)) for row, _ in new.claims]
    marks = [mark for new in listed for mark in new.marks("claim", new.claims)]
    for table, model, field in (("attribution", Attribution, "attributions"), ("evidence", Evidence, "evidence")):
        marks += _parts(listed, table, model, field)
    DossierRow.objects.bulk_create(marks)
    return [[claim for _, claim in new.claims] for new in listed]


class _New:
    """One dossier on its way."""

    def __init__(self, dossier: Dossier, held: Held) -> None:
        self.dossier, self.held = dossier, held
        self.by_key = Rows(dossier)
        self.by_key.ids = {"source": dict(held.sources), "document": dict(held.documents)}
        self.rows: list[Row] = dossier.root["claims"]
        self.claims: list[tuple[Row, Claim]] = []

    def full(self, row: Row) -> dict[str, Any]:
        return {"key": f"{self.dossier.key}/{row.key}"}

    def columns(self, row: Row, more: dict[str, Any]) -> dict[str, Any]:
        return self.by_key.columns(row, **more)

    def marks(self, table: str, made: Sequence[tuple[Row, Any]]) -> list[DossierRow]:
        return [self.mark(table, row.key, one.pk, self.columns(row, self.full(row))) for row, one in made]

    def mark(self, table: str, key: str, number: int, columns: dict[str, Any]) -> DossierRow:
        left = digest(columns)
        return DossierRow(document=self.held.document, table=table, key=key, object_id=number, digest=left)


def _parts(listed: Sequence[_New], table: str, model: Any, field: str) -> list[DossierRow]:
    """The parts of this table of all claims, made; and their marks."""
    more = {"relays_id": None} if table == "attribution" else {}
    wanted = [
        (new, f"{row.key}/{part.key}", new.columns(part, {"claim_id": claim.pk, **more}))
        for new in listed
        for row, claim in new.claims
        for part in row[field]
    ]
    made = model.objects.bulk_create([model(**columns) for _, _, columns in wanted])
    return [new.mark(table, key, one.pk, columns) for (new, key, columns), one in zip(wanted, made, strict=True)]
