"""Lines that run along each other are drawn once: arrows of one origin share their way, and would darken it else."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from claims.picture.shapes import Point

Span = tuple[int, int]


@dataclass(frozen=True)
class Style:
    """What goes along a line (``asserts``, ``denies``, ``questions``, ``withdraws``), and whether the desk inferred it.

    An inferred line gives way where it runs along one that is not.
    """

    stance: str
    inferred: bool = False


def strokes(ways: Iterable[tuple[Sequence[Point], Style]]) -> Iterator[tuple[Point, Point, Style]]:
    """All straight lines of these ways, which go across or down, each stretch once for each style."""
    spans: dict[tuple[Style, bool, int], list[Span]] = {}
    for points, style in ways:
        for (x, y), (to_x, to_y) in pairwise(points):
            down = x == to_x
            at, span = (x, (y, to_y)) if down else (y, (x, to_x))
            spans.setdefault((style, down, at), []).append((min(span), max(span)))
    for (style, down, at), found in spans.items():
        stated = spans.get((Style(style.stance), down, at), []) if style.inferred else []
        for start, end in without(joined(found), joined(stated)):
            yield ((at, start), (at, end), style) if down else ((start, at), (end, at), style)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same stretches, from left to right, none touching another."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What is left of the stretches where the others are not."""
    left = list(spans)
    for start, end in others:
        left = [
            part
            for have, until in left
            for part in ((have, min(until, start)), (max(have, end), until))
            if part[0] < part[1]
        ]
    return left
