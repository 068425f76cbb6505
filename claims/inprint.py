"""The pieces on their way to print: who has what to do with them, what closes when, how their lines stand.

The bargain: the figures are the annotated copy's own (:mod:`claims.lines`), read for all pieces at once in a fixed
number of queries. What is counted is counted of pieces, never of people.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from claims import lines
from claims.labels import FIELDS
from claims.lines import LEFT, Copy, Mark
from claims.models import Piece
from claims.wording import called, clock, span
from factdesk.people.models import User
from sources.models import Snapshot

#: So many pieces are shown.
MOST_PIECES = 6
PEOPLE = ("author", "editor", "checker", "second_reader", "lawyer")


@dataclass
class PieceRow:
    """A piece on its way to print. ``copy`` is its newest saved copy, counted as on its own page; None: it has none."""

    piece: Piece
    copy: Copy | None
    roles: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return called(self.piece.document)

    @property
    def address(self) -> str:
        """The annotated copy; the document's page while there is none."""
        number = self.piece.document_id
        return reverse("desk:copy", args=[number]) if self.copy else _document(number)

    @property
    def settings(self) -> str:
        """The page with its people, times and folder."""
        return _document(self.piece.document_id)

    @property
    def clock(self) -> str:
        """What closes next, and when: "text closes in 2 h 10", "page overdue, 5 min"."""
        now, text, page = timezone.now(), self.piece.text_closes_at, self.piece.page_closes_at
        if text and text > now:
            return _("text closes {when}").format(when=clock(text))
        if page and page > now:
            return _("page closes {when}").format(when=clock(page))
        if page:
            return _("page overdue, {time}").format(time=span((now - page).total_seconds()))
        return _("text closed {time} ago").format(time=span((now - text).total_seconds())) if text else _("no time set")

    @property
    def is_late(self) -> bool:
        """Whether the page should have closed."""
        return bool(self.piece.page_closes_at and self.piece.page_closes_at <= timezone.now())

    @cached_property
    def marks(self) -> list[tuple[Mark, int, float]]:
        """How many of its lines stand how, and which share of them all that is, in per cent."""
        if self.copy is None:
            return []
        counted = Counter(line.mark for line in self.copy.lines)
        return [(mark, counted[mark], 100 * counted[mark] / (counted.total() or 1)) for mark in Mark]

    @property
    def left(self) -> int:
        """Lines that are not done, as its annotated copy counts them."""
        return sum(number for mark, number, share in self.marks if mark in LEFT)

    @property
    def bars(self) -> list[tuple[str, str, str, str]]:
        """The same as bars of a drawing 100 wide: mark, where it begins, how wide it is, in words."""
        found, at = [], 0.0
        for mark, number, share in self.marks:
            if number:
                found.append((mark.value, f"{at:.2f}", f"{share:.2f}", f"{number} {mark.label}"))
            at += share
        return found


def pieces(by: User) -> list[PieceRow]:
    """Those on their way to print that the person works on, what closes first on top; all of them for a chief.

    Their figures are the annotated copy's own, in a fixed number of queries for all of them.
    """
    mine = Q()
    for role in PEOPLE:
        mine |= Q(**{role: by})
    rows = Piece.objects.visible_to(by).filter(closed_at__isnull=True)
    rows = rows if by.may("print_unchecked") else rows.filter(mine)
    closes = Coalesce("page_closes_at", "text_closes_at")
    ordered = rows.annotate(mine=ExpressionWrapper(mine, output_field=BooleanField())).order_by(
        "-mine", closes.asc(nulls_last=True), "pk"
    )
    shown: list[Any] = list(ordered.select_related("document__publisher")[:MOST_PIECES])
    copies = Snapshot.objects.filter(document__in=[one.document_id for one in shown], sentences__isnull=False)
    newest = list(copies.order_by("document", "-captured_at", "-pk").distinct("document").defer("original", "text"))
    counted = lines.read_all(newest, by) if newest else {}
    by_document = {one.document_id: counted[one.pk] for one in newest}
    return [
        PieceRow(one, by_document.get(one.document_id),
                 [str(FIELDS[f"{name}_id"]).lower() for name in PEOPLE if getattr(one, f"{name}_id") == by.pk])
        for one in shown
    ]  # fmt: skip


def _document(number: int) -> str:
    return reverse("admin:sources_document_change", args=[number])
