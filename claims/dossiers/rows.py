"""A dossier's rows as columns of their tables: plain fields by name, references by id."""

from collections.abc import Iterable
from typing import Any

from claims.dossiers.checking import Row, Span
from claims.dossiers.fields import TABLE
from claims.dossiers.references import Dossier, every_row
from claims.dossiers.results import Loaded
from sources.models import Passage, Snapshot

#: Types of field that stand in a column of the same name, as they are.
PLAIN = frozenset({"text", "word", "integer", "decimal", "day", "moment", "yes_no", "texts"})
REFERRED = frozenset({"source", "document"})


def column_names(of: str) -> list[str]:
    """The columns that a row of this kind fills by itself."""
    plain = [name for name, field in TABLE[of].items() if field.type in PLAIN]
    by_id = [
        f"{name}_id"
        for name, field in TABLE[of].items()
        if field.type == "span" or (field.type == "ref" and field.of in REFERRED)
    ]
    return plain + by_id


class Rows:
    """What the rows of one dossier refer to, by key, as ids; filled as the rows are made."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self.ids: dict[str, dict[str, int]] = {"source": {}, "document": {}}
        self._passages: dict[tuple[int, int, str, str], int] = {}

    def columns(self, row: Row, **more: Any) -> dict[str, Any]:
        """The row's columns; what takes more than its own fields is given in ``more``."""
        found: dict[str, Any] = {}
        for name, field in TABLE[row.of].items():
            if field.type in PLAIN:
                found[name] = row[name]
            elif field.type == "ref" and field.of in REFERRED:
                found[f"{name}_id"] = self.ids[field.of][row[name]] if row[name] else None
            elif field.type == "span":
                found[f"{name}_id"] = self._passages[_place(row[name])] if row[name] else None
        if found.get("passage_id") and "document_id" in found:
            found["document_id"] = self.ids["document"][self.dossier.key]
        return found | more

    def mark_passages(self, snapshot: Snapshot | None, loaded: Loaded) -> None:
        """Every span that a row marks, as a passage; one for all rows that mark the same."""
        spans = {
            _place(value)
            for row in every_row(self.dossier.root)
            for value in row.said.values()
            if isinstance(value, Span) and row.of != "ruled_out"
        }
        marked: Iterable[Passage] = Passage.objects.filter(snapshot=snapshot).order_by("-pk") if snapshot else ()
        for passage in marked:
            self._passages[passage.start, passage.end, passage.part, passage.locator] = passage.pk
        new = [
            Passage(snapshot=snapshot, start=start, end=end, part=part, locator=locator)
            for start, end, part, locator in sorted(spans - self._passages.keys())
        ]
        for passage in Passage.objects.bulk_create(new):
            self._passages[passage.start, passage.end, passage.part, passage.locator] = passage.pk
        loaded.count("passage", "created", len(new))
        loaded.count("passage", "unchanged", len(spans) - len(new))


def given(row: Row) -> frozenset[str]:
    """The columns that the file states of this row."""
    return row.given | {f"{name}_id" for name in row.given}


def _place(span: Span) -> tuple[int, int, str, str]:
    return span.start, span.end, span.part, span.locator
