"""The check sheet: the copy line by line, each with its mark, and who checked it on what. What is printed at closing.

The bargain: ``read`` takes a fixed number of queries and decides nothing. How a line is marked, ``claims.lines`` says,
for the annotated copy and for this sheet alike; here a line is told apart besides that a second person has initialled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from claims.desk import changes, checked, sheethtml
from claims.desk.checked import Checked
from claims.desk.sheetlines import MARKS, SheetLine, mark_of
from claims.lines import Copy, newest_copy
from claims.lines import read as read_copy
from claims.models import Annotation, Attribution, Piece, Relation, Usage
from claims.vocabularies import AnnotationKind, State
from claims.wording import person
from factdesk.people.models import User
from factdesk.people.who import signed_in
from sources.models import Snapshot
from sources.models.document import Part


@dataclass
class Held:
    """A headline, deck, caption or credit against the body: where the same, or what is tied to it, stands there."""

    line: SheetLine
    body: list[int]


@dataclass
class Sheet:
    """``versions``: how many copies have been saved, ``signed`` and ``checkers``: people, by name, without numbers."""

    piece: Piece
    copy: Copy
    lines: list[SheetLine]
    held: list[Held]
    versions: int
    checkers: list[str]
    signed: list[str]

    @property
    def tally(self) -> list[tuple[str, Any, int]]:
        """Each mark with how many lines have it."""
        marks = [line.mark for line in self.lines]
        return [(sign, label, marks.count(mark)) for mark, (sign, label) in MARKS.items()]


# --- reading ---


def read(piece: Piece, by: User) -> Sheet:
    """The piece's sheet as it stands now."""
    newest = newest_copy(piece.document_id)
    copy, changed = changes.listed(piece, read_copy(newest, by) if newest else None)
    hops = list(
        Attribution.objects.filter(document=piece.document_id, withdrawn_at__isnull=True).select_related("claim")
    )
    facts = checked.of({hop.claim_id: hop.claim for hop in hops if hop.claim.state != State.CLOSED}.values(), by)
    lines = [
        SheetLine(one.number, one.sentence.part, one.words, mark=mark_of(one), ruled=one.ruled) for one in copy.lines
    ]
    _begin(lines, copy)
    _put(lines, copy, hops, facts)
    _tell_once(lines)
    for change in changed:
        for place in change.place.lines[:1]:
            lines[place.number - 1].changes.append(change)
    for remark in _open_questions(piece, facts):
        for number in _lines_of(remark, copy, lines):
            lines[number - 1].remarks.append(remark)
    _decide(lines, piece)
    present = [one for one in facts.values() if one.present]
    return Sheet(
        piece, copy, lines, _held(lines, facts), Snapshot.objects.filter(document=piece.document_id).count(),
        sorted({person(one.present.author) for one in present if one.present}),
        sorted({name for one in present for name in one.signed}),
    )  # fmt: skip


def _begin(lines: list[SheetLine], copy: Copy) -> None:
    """Where a paragraph begins, as far as the text is held."""
    end = 0
    for line, at in zip(lines, copy.lines, strict=True):
        line.begins = copy.text is not None and "\n" in copy.text[end : at.sentence.start]
        end = at.sentence.end


def _put(lines: list[SheetLine], copy: Copy, hops: Iterable[Attribution], facts: dict[int, Checked]) -> None:
    """Each claim on the lines where its marked words stand."""
    for hop in hops:
        place = copy.place(hop.passage_id)
        for at in place.lines if hop.claim_id in facts else ():
            line, one = lines[at.number - 1], facts[hop.claim_id]
            if one not in line.checked:
                line.checked.append(one)
            if place.changed:
                line.changed.add(hop.claim_id)


def _tell_once(lines: list[SheetLine]) -> None:
    first: dict[int, int] = {}
    for line in lines:
        for one in line.checked:
            if first.setdefault(one.claim.pk, line.number) != line.number:
                line.before[one.claim.pk] = first[one.claim.pk]


def _open_questions(piece: Piece, facts: dict[int, Checked]) -> list[Annotation]:
    here = Q(claim__in=facts) | Q(passage__snapshot__document=piece.document_id)
    rows = Annotation.objects.filter(here, kind=AnnotationKind.QUESTION, withdrawn_at__isnull=True)
    return list(rows.filter(resolved_at__isnull=True, answers__isnull=True).select_related("by").order_by("pk"))


def _lines_of(remark: Annotation, copy: Copy, lines: list[SheetLine]) -> list[int]:
    """Where a remark stands: at its own marked words; without any, at its claim's first line."""
    if remark.passage_id and copy.place(remark.passage_id).lines:
        return [line.number for line in copy.place(remark.passage_id).lines[:1]]
    return [line.number for line in lines if any(one.claim.pk == remark.claim_id for one in line.checked)][:1]


def _decide(lines: list[SheetLine], piece: Piece) -> None:
    """How a must that is open goes out, said aloud at closing."""
    rows = Usage.objects.filter(document=piece.document_id, withdrawn_at__isnull=True, went_out_open__isnull=False)
    decided = {one.claim_id: one for one in rows.select_related("open_decided_by")}
    for line in lines:
        line.decisions = {one.claim.pk: decided[one.claim.pk] for one in line.checked if one.claim.pk in decided}


def _held(lines: list[SheetLine], facts: dict[int, Checked]) -> list[Held]:
    """What stands outside the body, each with the lines of the body that have its claims or what is tied to them."""
    ties: dict[int, set[int]] = {pk: {pk} for pk in facts}
    rows = Relation.objects.filter(claim__in=facts, other__in=facts, withdrawn_at__isnull=True)
    for one, other in rows.values_list("claim", "other"):
        ties[one].add(other)
        ties[other].add(one)
    found = []
    for line in lines:
        if line.part == Part.BODY or line.mark == "dropped":
            continue
        tied = {pk for one in line.checked for pk in ties[one.claim.pk]}
        body = [
            other.number for other in lines
            if other.part == Part.BODY and any(one.claim.pk in tied for one in other.checked)
        ]  # fmt: skip
        found.append(Held(line, body))
    return found


# --- the page ---


@require_safe
def sheet_view(request: HttpRequest, document_id: int) -> HttpResponse:
    """The sheet, to look at and to print."""
    piece = changes.piece_seen(request, document_id)
    sheet = read(piece, signed_in(request))
    context = {
        **admin.site.each_context(request),
        "title": _("Check sheet: {piece}").format(piece=piece.document),
        "piece": piece,
        "copy": sheet.copy,
        "sheet": sheet,
        "rows": [sheethtml.row(line, piece.document_id) for line in sheet.lines],
        "marks": MARKS.values(),
        "parts": dict(Part.choices),
    }
    return TemplateResponse(request, "desk/sheet.html", context)
