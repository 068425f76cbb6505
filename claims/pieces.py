"""Our own copy on its way to print: who works on it, its sign-off in one act, and the closing of its page (rule 14)."""

from collections.abc import Mapping
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from claims.models import Assessment, Attribution, Claim, FolderDocument, Piece, SignOff, Usage
from claims.vocabularies import ClearanceValue, Kind, SignOffDecision, State
from factdesk.change import change, known, locked, may, say_why, write
from factdesk.context import acting
from factdesk.errors import DomainError, NoSuchRecord
from factdesk.people.models import User
from factdesk.rest.refusals import explain
from sources.models import Document

PIECE = (
    "author_id", "editor_id", "checker_id", "second_reader_id", "lawyer_id", "text_closes_at", "page_closes_at",
)  # fmt: skip


class NotSigned(DomainError):
    """The piece is not signed off in one act; ``claims`` lists what stands against it, claim by claim."""

    code = "piece_not_signed"


@change
def open_piece(*, document_id: int, by: User, columns: Mapping[str, Any]) -> Piece:
    """Follow a desk_copy to print. ``columns`` of :data:`PIECE`."""
    may(by, "assign")
    known("piece", columns, PIECE)
    with acting(by=by, why="piece opened"):
        document = Document.objects.visible_to(by).filter(pk=document_id).first()
        if document is None:
            raise NoSuchRecord("document", document_id)
        if document.kind != "desk_copy":
            raise DomainError("Only our own copy goes to print.", document=document_id, kind=document.kind)
        return Piece.objects.create(document=document, **columns)


@change
def edit_piece(*, piece_id: int, version: int, by: User, columns: Mapping[str, Any], why: str = "") -> Piece:
    """Change who works on it and when it closes."""
    may(by, "assign")
    known("piece", columns, PIECE)
    with acting(by=by, why=why):
        piece: Piece = locked(Piece.objects.visible_to(by), piece_id, version, "piece")
        write(piece, columns)
        return piece


def claims_of(piece: Piece) -> QuerySet[Claim]:
    """The claims that stand in the piece: a hop that counts is in its document."""
    hops = Attribution.objects.filter(document=piece.document_id, withdrawn_at__isnull=True)
    return Claim.objects.filter(pk__in=hops.values("claim")).order_by("pk")


def undecided(piece: Piece) -> QuerySet[Claim]:
    """The ``must`` claims in it that are open and of which nobody has decided how they go out (rule 14)."""
    decided = Usage.objects.filter(
        claim=OuterRef("pk"), document=piece.document_id, withdrawn_at__isnull=True, went_out_open__isnull=False
    )
    still_open = [State.NEW, State.IN_CHECK, State.IN_REVIEW]
    return claims_of(piece).filter(~Exists(decided), priority="must", state__in=still_open)


# --- the author's folder ---


@change
def put_in_folder(*, piece_id: int, document_id: int, by: User) -> FolderDocument:
    """Material that the author hands in with the piece: notes, letters, recordings, links."""
    may(by, "propose")
    with acting(by=by, why="put in the folder"):
        piece: Piece = locked(Piece.objects.visible_to(by), piece_id, None, "piece")
        if not Document.objects.visible_to(by).filter(pk=document_id).exists():
            raise NoSuchRecord("document", document_id)
        if document_id == piece.document_id:
            raise DomainError("The piece itself is not in its folder.", document=document_id)
        return FolderDocument.objects.create(piece=piece, document_id=document_id, by=by)


@change
def take_from_folder(*, entry_id: int, version: int, by: User, because: str) -> FolderDocument:
    """It does not belong there: by whoever put it in, or who edits the record. The material itself stays."""
    may(by, "propose")
    say_why(because)
    with acting(by=by, why=because):
        there = FolderDocument.objects.visible_to(by).filter(withdrawn_at__isnull=True)
        entry: FolderDocument = locked(there, entry_id, version, "folder document")
        if entry.by_id != by.pk:
            may(by, "edit")
        write(entry, {"withdrawn_at": timezone.now(), "withdrawn_because": because})
        return entry


# --- a second reader signs it off in one act ---


def signable(piece: Piece, by: User) -> list[tuple[Claim, Assessment]]:
    """What this person may sign in one act: in review, by another's finding, and not to be signed alone."""
    together = claims_of(piece).filter(state=State.IN_REVIEW).exclude(kind=Kind.ALLEGATION)
    rows = {claim.pk: claim for claim in together.exclude(clearance=ClearanceValue.LEGAL_HOLD)}
    newest = Assessment.objects.filter(claim__in=rows).order_by("claim", "-pk").distinct("claim")
    decided = SignOff.objects.filter(by=by, assessment__claim__in=rows).values_list("assessment", flat=True)
    mine = set(decided)
    return [
        (rows[finding.claim_id], finding)
        for finding in newest.select_related("author")
        if finding.revision == rows[finding.claim_id].revision and finding.author_id != by.pk and finding.pk not in mine
    ]


@change
def sign_off_piece(*, piece_id: int, seen: Mapping[int, int], by: User, note: str = "") -> list[SignOff]:
    """Approve these findings in the piece in one act, all or none. ``seen``: finding's id -> its claim's revision.

    A finding that is not the newest any more is refused, like one on an earlier revision; allegations and whatever is
    on legal hold are signed alone. Raises :class:`NotSigned` that names every claim that stands against it.
    """
    may(by, "sign_off")
    with acting(by=by, why=note):
        piece: Piece = locked(Piece.objects.visible_to(by), piece_id, None, "piece")
        findings = {finding.pk: finding for finding in Assessment.objects.filter(pk__in=seen)}
        chosen = claims_of(piece).filter(pk__in={finding.claim_id for finding in findings.values()})
        rows = {claim.pk: claim for claim in chosen.select_for_update(no_key=True)}
        made, against = [], []
        for number, revision in sorted(seen.items()):
            found = findings.get(number)
            claim = rows.get(found.claim_id) if found else None
            signed = _signed(claim, found, revision, by, note) if claim and found else _NOT_HERE
            if isinstance(signed, SignOff):
                made.append(signed)
            else:
                against.append({"claim": found.claim_id if found else None, "finding": number, **signed})
        if against or not made:
            raise NotSigned(f"{len(against)} of {len(seen)} claims stand against it.", piece=piece_id, claims=against)
        return made


_NOT_HERE = {"code": "no_such_record", "detail": "It does not stand in this piece."}


def _signed(claim: Claim, finding: Assessment, revision: int, by: User, note: str) -> SignOff | dict[str, Any]:
    """The approval, or why this claim is not signed with the others; the database says whether the finding holds."""
    if claim.kind == Kind.ALLEGATION or claim.clearance == ClearanceValue.LEGAL_HOLD:
        return {"code": "signed_alone", "detail": "Allegations and what is on legal hold are signed alone."}
    if claim.revision != revision:
        told = f"It is at revision {claim.revision}; you saw {revision}."
        return {"code": "stale_decision", "detail": told, "now": claim.revision}
    try:
        with transaction.atomic():
            return SignOff.objects.create(
                assessment=finding, author_id=finding.author_id, revision=revision, by=by, note=note,
                decision=SignOffDecision.APPROVE,
            )  # fmt: skip
    except (IntegrityError, DataError) as error:
        refusal = explain(error)
        if refusal is None:
            raise
        return {"code": refusal.code, "detail": refusal.detail}


# --- the page closes ---


@change
def close_page(*, piece_id: int, version: int | None, by: User | None) -> Piece:
    """The page has gone: final. Every claim in it that has no usage yet gets one, at its present revision.

    Refused while a ``must`` claim in it is open and nobody has decided how it goes out (rule 14). ``by`` None: the
    desk itself, when the page's time has come.
    """
    if by is not None:
        may(by, "assign")
    with acting(by=by, why="page closed"):
        rows = Piece.objects.visible_to(by) if by is not None else Piece.objects.all()
        piece: Piece = locked(rows, piece_id, version, "piece")
        now = timezone.now()
        write(piece, {"closed_at": now})
        used = Usage.objects.filter(claim=OuterRef("pk"), document=piece.document_id, withdrawn_at__isnull=True)
        ran = claims_of(piece).exclude(state=State.CLOSED).filter(~Exists(used))
        Usage.objects.bulk_create(
            Usage(claim=claim, revision=claim.revision, document_id=piece.document_id, went_out_at=now) for claim in ran
        )
        return piece
