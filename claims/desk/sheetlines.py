"""A line of the check sheet: its marks, and what is told beside it."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy

from claims.desk.changes import Change
from claims.desk.checked import Checked
from claims.lines import SIGNS, CopyLine, Mark
from claims.models import Annotation, Usage
from claims.vocabularies import SentenceRuling

INITIALLED = "initialled"
#: mark -> its sign, and what it says
MARKS = {
    INITIALLED: (SIGNS[Mark.TICK] * 2, gettext_lazy("initialled")),
    **{mark.value: (SIGNS[mark], mark.label) for mark in Mark},
}


@dataclass
class SheetLine:
    """A line of the newest copy. ``changed`` are the claims whose mark was made on other words of this line, ``before``
    those told in full on an earlier line, with its number.
    """

    number: int
    part: str
    words: str
    begins: bool = False
    checked: list[Checked] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    before: dict[int, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    remarks: list[Annotation] = field(default_factory=list)
    decisions: dict[int, Usage] = field(default_factory=dict)
    ruled: str = ""
    mark: str = Mark.BLANK

    @property
    def sign(self) -> str:
        return MARKS[self.mark][0]

    @property
    def mark_label(self) -> Any:
        return MARKS[self.mark][1]

    @property
    def ruled_label(self) -> str:
        return str(SentenceRuling(self.ruled).label) if self.ruled else ""


def mark_of(line: CopyLine) -> str:
    """A word of :data:`MARKS`."""
    return INITIALLED if line.mark == Mark.TICK and line.is_initialled else line.mark.value
