"""A keyed row of a dossier against the row on the desk: made, updated, left alone, or a conflict.

Three things are compared by digest: what the file says (``said``), what the desk has now (``now``), and what was left
there by the import before (the :class:`DossierRow`, here a ``mark``). What the file says as it did before changes
nothing, whatever the desk has made of it since. What the file says anew is taken over only where the desk has left the
row alone; the rest is a conflict, reported at every import until one side gives way. No human decision is overwritten.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from claims.dossiers.checking import Row
from claims.dossiers.names import named
from claims.dossiers.results import Loaded
from claims.models import Accusation, Attribution, DossierRow, Quantity
from claims.vocabularies import Said
from sources.models import Document, Source
from sources.models.source import Identity

#: The mark of a row that an import has withdrawn: if it comes again, it is made anew.
WITHDRAWN = "withdrawn"
#: What a part hangs on.
HOMES = ("claim_id", "source_id")
GONE = "It no longer stands in the record file."
#: Columns in which a row names a source.
WHO = ("speaker_id", "speaks_for_id", "spoken_to_id", "accused_id", "source_id", "organization_id", "publisher_id")
VEILED = "It names a protected source here, and another one in the file: a file does not say who that is."


@dataclass(frozen=True)
class Wanted:
    """A row as the dossier wants it. ``columns`` are compared and written, ``once`` only written when it is made.

    ``found`` is the desk's row where it is known by something else than its mark (a desk-wide key); ``given`` names
    the columns that the file states (None: all); ``refusal`` says why nothing may be changed here, if so.
    """

    key: str
    row: Row
    columns: dict[str, Any]
    once: dict[str, Any] = field(default_factory=dict)
    found: Any = None
    given: frozenset[str] | None = None
    refusal: str = ""


def digest(columns: dict[str, Any]) -> str:
    """SHA-256 of a row's columns, the same for the value given and the value read back."""
    return hashlib.sha256(json.dumps(columns, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


class Merger:
    """Merges the rows of one dossier, table by table, and keeps its marks.

    ``whole``: the dossier says all that its document holds, so a claim that it has no more is gone.
    """

    def __init__(self, document: Document | None, loaded: Loaded, *, whole: bool = True) -> None:
        self.whole = whole
        #: the dossier's own document; None until it is made
        self.document: Any = document
        self.loaded = loaded
        held = DossierRow.objects.filter(document=document) if document else []
        self.marks = {(mark.table, mark.key): mark for mark in held}
        self.expected: set[tuple[str, str]] = set()

    def merge(self, table: str, model: Any, wanted: list[Wanted], *, shared: bool = False) -> dict[str, Any]:
        """Bring ``model``'s rows in line with ``wanted``; gives the desk's row for each key that has one.

        ``shared`` rows belong to the dossier that brought them first: another may say less of them, not otherwise.
        """
        wanted = self._found_by_name(table, model, wanted)
        held = self._held(table, model, wanted)
        rows: dict[str, Any] = {}
        new: list[tuple[Wanted, Any]] = []
        for want in wanted:
            self.expected.add((table, want.key))
            mark = self.marked(table, want.key)
            row = held.get(mark.object_id if mark else getattr(want.found, "pk", 0))
            if row is None:
                if want.refusal:
                    self.conflict(table, want, want.refusal)
                else:
                    new.append((want, model(**want.columns, **want.once)))
                continue
            rows[want.key] = row
            self._compare(table, want, mark, row, shared)
        for (want, _), made in zip(new, model.objects.bulk_create([row for _, row in new]), strict=True):
            rows[want.key] = made
            self.mark(table, want.key, made.pk, digest(want.columns))
            self.loaded.count(table, "created")
        return rows

    def _found_by_name(self, table: str, model: Any, wanted: list[Wanted]) -> list[Wanted]:
        """Rows that the desk made by hand, and an export named: found again as long as they hang where they hung."""
        loose = {want.key for want in wanted if want.found is None and (table, want.key) not in self.marks}
        rows = named(model, {key.rpartition("/")[2] for key in loose})

        def found(want: Wanted) -> Any:
            row = rows.get(want.key.rpartition("/")[2]) if want.key in loose else None
            at_home = all(getattr(row, home) == want.columns[home] for home in HOMES if row and home in want.columns)
            return row if at_home else None

        return [replace(want, found=found(want)) if want.key in loose else want for want in wanted]

    def _held(self, table: str, model: Any, wanted: Iterable[Wanted]) -> dict[int, Any]:
        """The desk's rows that are wanted, locked, by id."""
        ids = {mark.object_id for want in wanted if (mark := self.marked(table, want.key))}
        ids |= {want.found.pk for want in wanted if want.found is not None}
        rows = model.objects.select_for_update().filter(pk__in=ids).order_by("pk") if ids else []
        return {row.pk: row for row in rows}

    def _compare(self, table: str, want: Wanted, mark: DossierRow | None, row: Any, shared: bool) -> None:
        before = {name: getattr(row, name) for name in want.columns}
        said, now = digest(want.columns), digest(before)
        withdrawn = getattr(row, "withdrawn_at", None) is not None
        differing = [name for name in want.columns if digest({"": before[name]}) != digest({"": want.columns[name]})]
        if said == now and not withdrawn:
            if mark or not shared:
                self.mark(table, want.key, row.pk, now)
        elif mark and mark.digest == said:
            pass  # the file says what it said before; what the desk has made of it since stands
        elif shared and not mark and not withdrawn and not set(differing) & (want.given or set()):
            pass  # it says less of the row, not otherwise
        elif want.refusal:
            return self.conflict(table, want, want.refusal)
        elif withdrawn:
            return self.conflict(table, want, "The desk has withdrawn it.")
        elif self._left_alone(table, mark, row, now):
            if _tells_who(row, differing):
                return self.conflict(table, want, VEILED)
            return self._update(table, want, row, differing)
        else:
            return self.conflict(table, want, _told(before, want.columns, differing))
        return self.loaded.count(table, "unchanged")

    def _left_alone(self, table: str, mark: DossierRow | None, row: Any, now: str) -> bool:
        """Whether the row is still as an import left it: this dossier's; of its own document, any dossier's."""
        if mark:
            return mark.digest == now and not _decided(row)
        if table == "document" and self.document is not None and row.pk == self.document.pk:
            return DossierRow.objects.filter(table=table, object_id=row.pk, digest=now).exists()
        return False

    def _update(self, table: str, want: Wanted, row: Any, differing: list[str]) -> None:
        for name in differing:
            setattr(row, name, want.columns[name])
        row.save(update_fields=differing)
        self.mark(table, want.key, row.pk, digest(want.columns))
        self.loaded.count(table, "updated")

    def conflict(self, table: str, want: Wanted, message: str) -> None:
        self.loaded.conflict(want.row.line, want.row.path, table, want.key, message)

    def mark(self, table: str, key: str, object_id: int, left: str) -> None:
        """Remember how the import leaves a row. A mark that says so already is not written again."""
        mark = self.marks.get((table, key))
        if mark is None:
            self.marks[table, key] = DossierRow(table=table, key=key, object_id=object_id, digest=left)
        elif (mark.object_id, mark.digest) != (object_id, left):
            mark.object_id, mark.digest = object_id, left
            if mark.pk is not None:
                mark.save(update_fields=["object_id", "digest"])

    def marked(self, table: str, key: str) -> DossierRow | None:
        """The mark of a row that an import has left on the desk; None for one that it has withdrawn."""
        mark = self.marks.get((table, key))
        return None if mark is None or mark.digest == WITHDRAWN else mark

    def keys_of(self, table: str) -> dict[int, str]:
        """The keys that an import gave to the rows that it has left on the desk, by id."""
        return {mark.object_id: key for (of, key), mark in self.marks.items() if of == table and self.marked(of, key)}

    def rename(self, table: str, before: str, key: str) -> None:
        """The file means by ``key`` what it meant by ``before``: the two marks, if there are two, change places."""
        mark, other = self.marks[table, before], self.marked(table, key)
        object_id, left = mark.object_id, mark.digest
        self.mark(table, before, other.object_id if other else object_id, other.digest if other else WITHDRAWN)
        self.mark(table, key, object_id, left)

    def placed(self, table: str, wanted: list[Wanted], rows: Iterable[Any], place: tuple[str, ...]) -> list[Wanted]:
        """``wanted`` with the rows that it means by ``place``, the columns that make such a row another one.

        Marks follow their rows, whatever key the file gives them now. A row that the import left, and that its key
        does not mean any more, is not expected: it is withdrawn, and the key's new row is made beside it.
        """
        by_place = {tuple(getattr(row, name) for name in place): row for row in rows}
        by_id = {row.pk: row for row in by_place.values()}
        wanted = [replace(want, found=by_place.get(tuple(want.columns[name] for name in place))) for want in wanted]
        keys = self.keys_of(table)
        for want in wanted:
            means = getattr(want.found, "pk", 0)
            if (before := keys.get(means, want.key)) != want.key:
                mark = self.marked(table, want.key)
                keys |= {means: want.key} | ({mark.object_id: before} if mark else {})
                self.rename(table, before, want.key)
        for want in wanted:
            mark = self.marked(table, want.key)
            row = by_id.get(mark.object_id) if mark else None
            if mark is None or row is None or row == want.found or want.refusal:
                continue
            differing = [name for name in want.columns if getattr(row, name) != want.columns[name]]
            if _tells_who(row, differing):
                continue
            if self._left_alone(table, mark, row, digest({name: getattr(row, name) for name in want.columns})):
                self.expected.discard((table, want.key))
        return wanted

    def keep_marks(self) -> None:
        """Write the marks that are new; they hang on the dossier's document."""
        new = [mark for mark in self.marks.values() if mark.pk is None]
        for mark in new:
            mark.document = self.document
        DossierRow.objects.bulk_create(new)

    def gone(self, table: str) -> list[DossierRow]:
        """Marks of rows that the file has no more, and that no import has withdrawn yet."""
        return [
            mark
            for (of, key), mark in self.marks.items()
            if of == table and (of, key) not in self.expected and mark.digest != WITHDRAWN
        ]

    def withdraw_gone(self, table: str, model: Any, columns: list[str], homes: dict[str, bool]) -> None:
        """Withdraw the parts that the file has no more, where the desk left them alone.

        ``homes``: the claims or sources that the file has, by key, and whether their parts may still be changed. What
        rests on another goes before it: the database withdraws no hop that is still relayed.
        """
        marks = {mark.object_id: mark for mark in self.gone(table) if mark.key.split("/")[0] in homes}
        if not marks:
            return
        rows = model.objects.select_for_update().filter(pk__in=marks, withdrawn_at__isnull=True)
        waiting = sorted(rows, key=lambda row: (-(getattr(row, "depth", 0) or 0), -row.pk))
        while kept := [row for row in waiting if not self._withdraw(table, marks[row.pk], row, columns, homes)]:
            if len(kept) == len(waiting):
                break
            waiting = kept
        for row in reversed(kept):
            told = f"{GONE} Withdraw it by hand, if that is right."
            self.loaded.conflict(1, "", table, marks[row.pk].key, told)

    def _withdraw(self, table: str, mark: DossierRow, row: Any, columns: list[str], homes: dict[str, bool]) -> bool:
        now = digest({name: getattr(row, name) for name in columns})
        if not homes[mark.key.split("/")[0]] or not self._left_alone(table, mark, row, now) or _is_needed(row):
            return False
        row.withdrawn_at, row.withdrawn_because = timezone.now(), GONE
        row.save(update_fields=["withdrawn_at", "withdrawn_because"])
        self.mark(table, mark.key, row.pk, WITHDRAWN)
        self.loaded.count(table, "withdrawn")
        return True


def _decided(row: Any) -> bool:
    """Whether the desk has acted on what the row says: checked a quotation, exempted or asked somebody."""
    if isinstance(row, Accusation):
        return row.exempt is not None or row.requests.exists()
    return isinstance(row, Attribution) and row.said != Said.NOT_CHECKED


def _tells_who(row: Any, differing: Iterable[str]) -> bool:
    """Whether another source in these columns would tell who a protected one is: beside its code name, in the row's
    history (rule 12). A file may still have the name that a source had before it was protected.
    """
    named = {getattr(row, name) for name in differing if name in WHO} - {None}
    return bool(named) and Source.objects.filter(pk__in=named, identity=Identity.PROTECTED).exists()


def _is_needed(row: Any) -> bool:
    """Whether another row that counts rests on this one."""
    resting = row.relayed_by if isinstance(row, Attribution) else row.rests_on_it if isinstance(row, Quantity) else None
    return resting is not None and resting.filter(withdrawn_at__isnull=True).exists()


def _told(before: dict[str, Any], said: dict[str, Any], differing: list[str]) -> str:
    pairs = [f"{name} is {_short(before[name])} on the desk, {_short(said[name])} here" for name in differing]
    return f"The desk and the record file differ: {'; '.join(pairs)}."


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
