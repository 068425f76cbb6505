"""The rows of a checked dossier into the record: all or nothing, and nothing twice.

The bargain: one dossier is one transaction, declared with who imports it; one import runs at a time. Rows are made in
the order of their references, many at once. Claims arrive as new, without a verdict (DOMAIN.md §2, rule 10).
"""

from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from claims.dossiers.checking import Row, check
from claims.dossiers.merging import Merger, Wanted
from claims.dossiers.names import keyed
from claims.dossiers.parts import Claims
from claims.dossiers.reading import Problems, parse
from claims.dossiers.references import Dossier, resolve
from claims.dossiers.results import Loaded
from claims.dossiers.rows import Rows, given
from claims.dossiers.sentences import Sentences
from claims.models import Piece
from factdesk.context import acting
from factdesk.errors import BadInput, DomainError, NotAllowed
from factdesk.people.models import User
from factdesk.people.roles import RIGHTS
from sources.models import Affiliation, Document, Source
from sources.models.source import Identity


class Busy(DomainError):
    """Another import is running."""

    code = "busy"
    status = 503


def read(data: bytes) -> Dossier:
    """The dossier in these bytes, or :class:`BadInput` with every problem: ``{line, path, code, message}``."""
    problems = Problems()
    root = check(parse(data), problems)
    if root["document"] is None or root["document"]["key"] is None:
        problems.stop_if_any()
    return resolve(root, problems)


def load(dossier: Dossier, *, by: User, dry_run: bool = False) -> Loaded:
    """Load it in one transaction, and say what changed. ``dry_run`` undoes it at the end.

    Raises :class:`NotAllowed` where ``by``'s role may not propose claims (or rule on sentences, where the dossier
    does), :class:`BadInput` where the database refuses a row, :class:`Busy`; then nothing has changed.
    """
    needed = {"propose", "rule"} if dossier.root["ruled_out"] else {"propose"}
    if missing := sorted(needed - RIGHTS[by.role]):
        raise NotAllowed(f"{by.username} may not {' or '.join(missing)}.", needed=missing)
    try:
        with acting(by=by, why=f"dossier {dossier.key}", way="import"):
            loaded = _load(dossier, by)
            if dry_run:
                transaction.set_rollback(True)
            return loaded
    except (IntegrityError, DataError) as refused:
        raise _translated(refused) from refused


def _load(dossier: Dossier, by: User) -> Loaded:
    _take_turn()
    loaded = Loaded(dossier.key)
    rows = Rows(dossier)
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
    return loaded


def _take_turn() -> None:
    """One import at a time. A big one may take longer than a request; these limits end with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL statement_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = '10min';"
            " SET LOCAL lock_timeout = '2min'"
        )
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('claims.dossiers'))")
        except OperationalError as busy:
            raise Busy("Another import has been running for two minutes; try again when it is done.") from busy


def _sources(rows: Rows, merger: Merger) -> None:
    for level in rows.dossier.sources:
        found = keyed(Source, [row.key for row in level])
        wanted = [_shared(row, rows, found.get(row.key)) for row in level]
        merged = merger.merge("source", Source, wanted, shared=True)
        rows.ids["source"] |= {key: source.pk for key, source in merged.items()}


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
    """An affiliation has no key on the desk: another dossier means the same one by source, organization and role."""
    listed = [(source, row) for source in rows.dossier.root["sources"] for row in source["affiliations"]]
    members = [rows.ids["source"][source.key] for source, _ in listed]
    held = Affiliation.objects.filter(source__in=members, withdrawn_at__isnull=True).order_by("pk")
    found = {(one.source_id, one.organization_id, one.role): one for one in held}
    wanted = []
    for source, row in listed:
        columns = rows.columns(row, source_id=rows.ids["source"][source.key])
        place = (columns["source_id"], columns["organization_id"], columns["role"])
        wanted.append(Wanted(f"{source.key}/{row.key}", row, columns, found=found.get(place), given=given(row)))
    merger.merge("affiliation", Affiliation, wanted, shared=True)


def _piece(rows: Rows, merger: Merger) -> None:
    """Our own copy's way to print. Who writes, edits and checks it is the desk's to say."""
    row = rows.dossier.root["piece"]
    if row:
        found = Piece.objects.filter(document=merger.document).first()
        columns = rows.columns(row, document_id=merger.document.pk)
        merger.merge("piece", Piece, [Wanted("piece", row, columns, found=found)])


def _translated(refused: Exception) -> BadInput:
    diagnosis = getattr(refused.__cause__, "diag", None)
    code = getattr(diagnosis, "constraint_name", None) or "refused_by_database"
    message = getattr(diagnosis, "message_primary", None) or str(refused)
    problem = {"line": 1, "path": "", "code": code, "message": f"The database refuses a row: {message}"}
    return BadInput("The record file breaks a rule of the desk.", [problem])
