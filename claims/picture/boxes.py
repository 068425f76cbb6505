"""What stands in a box, over a frame, in the headline: lines of text, and how much room they take."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.utils.translation import gettext as _

from claims.chains import Chains, Group, Hop, counted, hops_and_objections
from claims.labels import LABELS
from claims.picture.measures import (
    COUNT,
    COUNTED,
    LABEL,
    LINK,
    NAME,
    NUMBER,
    REMARKS,
    STATEMENT,
    TAG,
    TITLE,
    Face,
    Measures,
)
from claims.picture.text import right_to_left, width, wrap
from claims.vocabularies import Stance

#: Nothing smaller is a comfortable thing to hit (WCAG 2.2, target size).
SMALLEST_LINK = 24
#: More reasons are in the frame's title and in the list.
MOST_REASONS = 4


@dataclass(frozen=True)
class Line:
    """One line of text. ``top`` and ``left`` count from the corner of what it stands in; it is ``face.leading`` high.

    Where ``right_to_left`` is set it begins at the right instead.
    """

    text: str
    face: Face
    top: int
    left: int = 0
    right_to_left: bool = False


@dataclass(frozen=True)
class Content:
    """The lines of a box, ``pad`` from its sides: about the speaker, then, from ``material`` on, about the material."""

    lines: tuple[Line, ...]
    material_lines: tuple[Line, ...]
    material: int
    height: int
    pad: int


def content(hop: Hop, m: Measures) -> Content:
    """What is written in a hop's box: what it does if that is more than to say or pass on, who, what is remarkable."""
    room = m.box - 2 * m.pad
    parts = []
    if hop.stance not in (Stance.ASSERTS, Stance.REPORTS):
        parts.append((TAG, str(Stance(hop.stance).label).upper(), 1))
    if hop.inferred:
        parts.append((LINK, _("link inferred by the desk"), 2))
    parts.append((NAME, hop.name, 4))
    parts.append((REMARKS, " · ".join(hop.remarks), 4))
    lines, bottom = _set(parts, m.pad, room)
    material = bottom + 1
    titles, end = _set([(TITLE, hop.title, 2)], material, room) if hop.document else ((), bottom)
    if titles:
        end = max(end, material + SMALLEST_LINK - m.pad)
    return Content(lines, titles, material, max(end + m.pad, 2 * m.port), m.pad)


def label(group: Group, m: Measures) -> tuple[tuple[Line, ...], int]:
    """What is written over a group's boxes, and how high it is: which original source, and why these are one."""
    if group.number is None:
        words, left = _("not counted"), 0
    else:
        words, left = str(LABELS["origin"]), ceil(width(str(group.number), NUMBER.size, bold=True)) + 4
    reasons = group.reasons[:MOST_REASONS]
    if reasons:
        words = _("%(n)d counted as one:") % {"n": len(group.hops)}
    lines, bottom = _set([(LABEL, words, 2)], 5, m.box - left, left)
    more, bottom = _set([(LABEL, reason, 3) for reason in reasons], bottom, m.box)
    numbered = (Line(str(group.number), NUMBER, 2),) if group.number is not None else ()
    return (*numbered, *lines, *more), bottom + 4


def headline(chains: Chains, room: int) -> tuple[tuple[Line, ...], int]:
    """How many original sources, large; through how many hops; and what is claimed. And how high that is."""
    number = str(chains.counted)
    left = ceil(width(number, COUNT.size, bold=True)) + 6
    beside, end = _set([(COUNTED, counted(chains), 1), (LABEL, hops_and_objections(chains), 3)], 2, room - left, left)
    statement, bottom = _set([(STATEMENT, chains.statement, 3)], max(COUNT.leading, end) + 6, room)
    return (Line(number, COUNT, 0), *beside, *statement), bottom + 8


def _set(parts: Iterable[tuple[Face, str, int]], top: int, room: int, left: int = 0) -> tuple[tuple[Line, ...], int]:
    """Set the texts below each other, each in up to so many lines; and where the last one ends."""
    lines = []
    for face, text, most in parts:
        wrapped = wrap(text, room, face.size, most, bold=face.bold)
        if face is NAME:
            wrapped = wrapped or ["—"]  # a name of nothing that is seen
        for each in wrapped:
            lines.append(Line(each, face, top, left, right_to_left(text)))
            top += face.leading
    return tuple(lines), top
