"""The rows of a checked dossier into the record: all or nothing, and nothing twice.

The bargain: one dossier is one transaction, declared with who imports it; one import runs at a time. Rows are made in
the order of their references, many at once. Claims arrive as new, without a verdict (DOMAIN.md §2, rule 10).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from psycopg.errors import AdminShutdown, CannotConnectNow, CrashShutdown, DeadlockDetected, DiskFull, LockNotAvailable

from claims import versions
from claims.dossiers.checking import Row, check
from claims.dossiers.merging import Merger, Wanted
from claims.dossiers.names import keyed
from claims.dossiers.parts import Claims
from claims.dossiers.reading import Problems, parse
from claims.dossiers.references import Dossier, resolve
from claims.dossiers.results import Loaded
from claims.dossiers.rows import Rows, column_names, given
from claims.dossiers.sentences import Sentences
from claims.models import Piece
from claims.vocabularies import ReplyOutcome
from factdesk.context import acting
from factdesk.errors import BadInput, DomainError, NotAllowed
from factdesk.people.models import User
from sources.models import Affiliation, Document, Source
from sources.models.source import Identity

#: As long as this an import waits for another, and for whoever holds a row that it needs.
WAIT = "2min"


class Busy(DomainError):
    """Another import is running, or somebody holds what this one needs."""

    code = "busy"
    status = 503


class NoRoom(DomainError):
    """There is no room for what is imported."""

    code = "no_room"
    status = 507


class DatabaseGone(DomainError):
    """The database was ended, or broke down, meanwhile."""

    code = "database_gone"
    status = 503


def told(trouble: OperationalError | psycopg.OperationalError) -> DomainError | None:
    """What an importer is told of trouble that is not ours: :class:`Busy`, :class:`NoRoom`, :class:`DatabaseGone`."""
    cause = trouble.__cause__ if isinstance(trouble, OperationalError) else trouble
    if isinstance(cause, LockNotAvailable | DeadlockDetected):
        return Busy("Another import, or a change by hand, is in the way; try again when it is done.")
    if isinstance(cause, DiskFull):
        return NoRoom("The disk of the database is full. Nothing was imported: make room, and import again.")
    if getattr(cause, "sqlstate", None) is None or isinstance(cause, AdminShutdown | CrashShutdown | CannotConnectNow):
        return DatabaseGone("The database has gone away meanwhile; its log says why. Nothing was imported.")
    return None


def read(data: bytes) -> Dossier:
    """The dossier in these bytes, or :class:`BadInput` with every problem: ``{line, path, code, message}``."""
    problems = Problems()
    root = check(parse(data), problems)
    if root["document"] is None or root["document"]["key"] is None:
        problems.stop_if_any()
    return resolve(root, problems)


@dataclass(frozen=True)
class Held:
    """What a dossier put together in memory points at: its document, and by the dossier's keys sources and documents.

    These are on the desk and stay as they are. Such a dossier says a part of what its document holds: claims that it
    does not name are not gone.
    """

    document: Document
    sources: Mapping[str, int]
    documents: Mapping[str, int]


def load(dossier: Dossier, *, by: User, dry_run: bool = False, held: Held | None = None) -> Loaded:
    """Load it in one transaction, and say what changed. ``dry_run`` undoes it at the end; for ``held`` see there.

    Raises :class:`NotAllowed` where ``by`` may not do what the file does (:func:`_needed`; to change what is on the
    desk takes the right to edit), :class:`BadInput` where the database refuses a row, and what :func:`told` gives; then
    nothing has changed.
    """
    _may(by, _needed(dossier))
    try:
        with acting(by=by, why=f"dossier {dossier.key}", way="import"):
            loaded = _load(dossier, by, held)
            if loaded.total("updated") or loaded.total("withdrawn"):
                _may(by, {"edit"})
            if dry_run:
                transaction.set_rollback(True)
            return loaded
    except (IntegrityError, DataError) as refused:
        raise _translated(refused) from refused
    except (OperationalError, psycopg.OperationalError) as trouble:
        raise told(trouble) or trouble from trouble


def _needed(dossier: Dossier) -> set[str]:
    """The rights that it takes to say what the file says: as by hand, each part has its own."""
    root = dossier.root
    outcomes = {row["outcome"] for claim in root["claims"] for row in claim["accusations"]}
    takes = {
        "propose": True,
        "rule": bool(root["ruled_out"]),
        "assign": bool(root["piece"]),
        "ask_reply": bool(outcomes - {ReplyOutcome.WAITING.value}),
    }
    return {right for right, taken in takes.items() if taken}


def _may(by: User, needed: set[str]) -> None:
    if missing := sorted(needed - by.rights):
        raise NotAllowed(f"{by.username} may not {' or '.join(missing)}.", needed=missing)


def _load(dossier: Dossier, by: User, held: Held | None) -> Loaded:
    take_turn()
    loaded = Loaded(dossier.key)
    rows = Rows(dossier)
    if held:
        rows.ids = {"source": dict(held.sources), "document": dict(held.documents)}
        merger = Merger(held.document, loaded, whole=False)
    else:
        merger = Merger(keyed(Document, [dossier.key]).get(dossier.key), loaded)
        _sources(rows, merger)
        _documents(rows, merger)
        _affiliations(rows, merger)
        _piece(rows, merger)
    sentences = Sentences(dossier, by, merger)
    rows.mark_passages(sentences.snapshot, loaded)
    Claims(rows, merger, by).merge()
    sentences.rule_out()
    merger.keep_marks()
    if sentences.snapshot is not None and sentences.has_new_lines:
        versions.follow(sentences.snapshot, by=by)  # last: what the file itself says of a claim goes before
    return loaded


def take_turn() -> None:
    """One import at a time. A big one may take longer than a request; these limits end with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL statement_timeout = '1h'; SET LOCAL idle_in_transaction_session_timeout = '1h';"
            f" SET LOCAL lock_timeout = '{WAIT}'"
        )
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('claims.dossiers'))")


def _sources(rows: Rows, merger: Merger) -> None:
    for level in rows.dossier.sources:
        found = keyed(Source, [row.key for row in level])
        wanted = [_shared(row, rows, found.get(row.key)) for row in level]
        merged = merger.merge("source", Source, wanted, shared=True)
        rows.ids["source"] |= {key: source.pk for key, source in merged.items()}
    if merger.loaded.of("source", "created") or merger.loaded.of("source", "updated"):
        _owners_end(rows)


def _owners_end(rows: Rows) -> None:
    """Another dossier may have said who owns an owner: :class:`BadInput` where that leads in a circle."""
    listed = [row for row in rows.dossier.root["sources"] if row["owner"]]
    owners: dict[int, int | None] = {}
    wanted = {rows.ids["source"][row.key] for row in listed}
    while wanted := wanted - owners.keys():
        owners |= dict(Source.objects.filter(pk__in=wanted).values_list("pk", "owner_id"))
        wanted = {owner for pk in wanted if (owner := owners[pk])}
    problems = Problems()
    for row in listed:
        way = [rows.ids["source"][row.key]]
        while (owner := owners[way[-1]]) and owner not in way:
            way.append(owner)
        if owner == way[0]:
            line, path = row.place("owner")
            problems.add(line, path, "circle", f"On the desk, {row.key} owns {row['owner']}, or what owns that.")
    problems.stop_if_any()


def _documents(rows: Rows, merger: Merger) -> None:
    listed = rows.dossier.documents()
    found = keyed(Document, [row.key for row in listed])
    merged = merger.merge("document", Document, [_shared(row, rows, found.get(row.key)) for row in listed], shared=True)
    rows.ids["document"] |= {key: document.pk for key, document in merged.items()}
    merger.document = merged[rows.dossier.key]


def _shared(row: Row, rows: Rows, found: Source | Document | None) -> Wanted:
    """A protected source is the desk's alone: a file, which can only have its public name, says nothing of it."""
    protected = isinstance(found, Source) and found.identity == Identity.PROTECTED
    columns = rows.columns(row, key=found.key if found else row.key)
    return Wanted(row.key, row, columns, found=found, given=frozenset() if protected else given(row))


def _affiliations(rows: Rows, merger: Merger) -> None:
    """An affiliation has no key on the desk: one without a mark is known by source, organization and role."""
    sources = rows.dossier.root["sources"]
    wanted = [
        Wanted(
            f"{source.key}/{row.key}",
            row,
            rows.columns(row, source_id=rows.ids["source"][source.key]),
            given=given(row),
        )
        for source in sources
        for row in source["affiliations"]
    ]
    merger.expected |= {("affiliation", want.key) for want in wanted}
    wanted = _known_by_place(wanted, merger)
    columns = ["source_id", *column_names("affiliation")]
    merger.withdraw_gone("affiliation", Affiliation, columns, dict.fromkeys(rows.ids["source"], True))
    merger.merge("affiliation", Affiliation, wanted, shared=True)


def _known_by_place(wanted: list[Wanted], merger: Merger) -> list[Wanted]:
    """Those that have no mark, with the row on the desk that each means: of several the one of the same days."""
    before = merger.keys_of("affiliation")
    taken = {mark.object_id for want in wanted if (mark := merger.marked("affiliation", want.key))}
    free: dict[tuple[Any, ...], list[Affiliation]] = defaultdict(list)
    members = {want.columns["source_id"] for want in wanted}
    for row in Affiliation.objects.filter(source__in=members, withdrawn_at__isnull=True).order_by("pk"):
        if row.pk not in taken:
            free[row.source_id, row.organization_id, row.role].append(row)
    found = []
    for want in wanted:
        columns = want.columns
        alike = free[columns["source_id"], columns["organization_id"], columns["role"]]
        if alike and not merger.marked("affiliation", want.key):
            days = (columns["since"], columns["until"])
            row = next((row for row in alike if (row.since, row.until) == days), alike[0])
            alike.remove(row)
            if row.pk in before:
                merger.rename("affiliation", before[row.pk], want.key)
            found.append(replace(want, found=row))
        else:
            found.append(want)
    return found


def _piece(rows: Rows, merger: Merger) -> None:
    """Our own copy's way to print. Who writes, edits and checks it is the desk's to say."""
    row = rows.dossier.root["piece"]
    if row:
        found = Piece.objects.filter(document=merger.document).first()
        columns = rows.columns(row, document_id=merger.document.pk)
        merger.merge("piece", Piece, [Wanted("piece", row, columns, found=found)])


def refusal(refused: Exception) -> tuple[str, str]:
    """Code and message of what the database refuses, in its words, which quote no row."""
    diagnosis = getattr(refused.__cause__, "diag", None)
    code = getattr(diagnosis, "constraint_name", None) or "refused_by_database"
    message = getattr(diagnosis, "message_primary", None) or str(refused)
    return code, f"The database refuses a row: {message}"


def _translated(refused: Exception) -> BadInput:
    code, message = refusal(refused)
    problem = {"line": 1, "path": "", "code": code, "message": message}
    return BadInput("The record file breaks a rule of the desk.", [problem])
