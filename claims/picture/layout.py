"""Where everything stands: boxes, frames, arrows. Numbers only, in whole pixels; nothing is drawn here.

The claim is the headline. Below it each original source begins a block of its own at the left, and what was taken from
it follows to the right (``trees``). Whatever nobody relays further goes out at the right of its block and, by a lane,
up to the claim. Many narrow blocks are set in columns, each with lanes of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from claims.chains import Chains, Group
from claims.picture.measures import Measures
from claims.picture.shapes import Arrow, Rect
from claims.picture.trees import Block, Forest
from claims.vocabularies import Stance

#: What reaches the claim, from the lane nearest to the boxes outwards.
LANES = (Stance.ASSERTS.value, Stance.DENIES.value, Stance.QUESTIONS.value, Stance.WITHDRAWS.value)


@dataclass(frozen=True)
class Frame:
    """The border around the boxes that count as one original source, with room for words at its top."""

    group: Group
    rect: Rect


@dataclass(frozen=True)
class Lane:
    """The line by which ``stance`` reaches the claim: from ``bottom`` up to ``top``, the lower edge of the headline."""

    stance: str
    x: int
    top: int
    bottom: int


@dataclass(frozen=True)
class Layout:
    """The whole picture. ``boxes`` are in the order of the chains, each from its origin outwards; ``exits`` are arrows
    without ``to``: from an outermost hop to a lane.
    """

    width: int
    height: int
    head: Rect
    boxes: Mapping[int, Rect]
    frames: Sequence[Frame]
    arrows: Sequence[Arrow]
    exits: Sequence[Arrow]
    lanes: Sequence[Lane]


@dataclass(frozen=True)
class _Placed:
    """A group's block, its frame, and how much room both take from (0, 0)."""

    block: Block
    frame: Frame
    width: int
    height: int


def lay_out(
    chains: Chains,
    m: Measures,
    *,
    heights: Mapping[int, int],
    labels: Sequence[int],
    head: Callable[[int], int],
) -> Layout:
    """Place everything. ``heights`` is each box's, ``labels`` that of the words over each group's boxes, in the order
    of the groups; ``head`` says how high the headline is at a width.
    """
    forest = Forest(chains.hops, heights)
    stances = {forest.passes_on[hop] for hop, relayed_by in forest.children.items() if not relayed_by}
    lanes_room = m.lane * len(stances) + m.lane // 2
    usable = m.page - 2 * m.margin
    blocks = [
        _placed(group, label, forest, measures_of(group, chains, m), usable - lanes_room)
        for group, label in zip(chains.groups, labels, strict=True)
    ]
    columns = _in_columns(blocks, usable, lanes_room, m)
    widths = [max(placed.width for placed in column) + lanes_room for column in columns]
    width = max(m.least, sum(widths) + m.between * (len(widths) - 1) + 2 * m.margin)
    top = Rect(m.margin, m.margin, width - 2 * m.margin, head(width - 2 * m.margin))
    parts = []
    x, lowest = m.margin, top.bottom
    for column, room in zip(columns, widths, strict=True):
        part = _set_column(column, Rect(x, top.bottom, room - lanes_room, m.between), forest, m)
        parts.append(part)
        x, lowest = x + room + m.between, max(lowest, part.height)
    return Layout(
        width,
        lowest + m.margin,
        top,
        boxes={hop: box for part in parts for hop, box in part.boxes.items()},
        frames=[frame for part in parts for frame in part.frames],
        arrows=[arrow for part in parts for arrow in part.arrows],
        exits=[out for part in parts for out in part.exits],
        lanes=[lane for part in parts for lane in part.lanes],
    )


def measures_of(group: Group, chains: Chains, m: Measures) -> Measures:
    """The measures of this group's boxes, and of all that was taken from them."""
    merged = len(group.hops) > 1 and any(hop.relays in group.hops for hop in chains.hops)
    return replace(m, box=m.pair) if merged else m


def _placed(group: Group, label: int, forest: Forest, m: Measures, right: int) -> _Placed:
    block = Block(forest, m, right)
    spans, bottom = block.plant(group.hops, m.frame, label)
    frame = Rect(0, 0, spans.width + 2 * m.frame, spans.bottom + m.frame)
    return _Placed(block, Frame(group, frame), max(block.right, frame.right), max(bottom, frame.bottom))


def _in_columns(blocks: list[_Placed], usable: int, lanes_room: int, m: Measures) -> list[list[_Placed]]:
    """The blocks in one column, or in several if there are many and they are narrow, all about as long."""
    if not blocks:
        return []
    widest = max(placed.width for placed in blocks) + lanes_room
    total = sum(placed.height + m.between for placed in blocks)
    most = max(1, min((usable + m.between) // (widest + m.between), ceil(total / m.tall)))
    longest = max(ceil(total / most), *(placed.height + m.between for placed in blocks))
    while len(columns := _filled(blocks, longest, m)) > most:
        longest += m.between
    return columns


def _filled(blocks: list[_Placed], longest: int, m: Measures) -> list[list[_Placed]]:
    columns: list[list[_Placed]] = [[]]
    used = 0
    for placed in blocks:
        if columns[-1] and used + placed.height + m.between > longest:
            columns.append([])
            used = 0
        columns[-1].append(placed)
        used += placed.height + m.between
    return columns


def _set_column(column: list[_Placed], above: Rect, forest: Forest, m: Measures) -> Layout:
    """The blocks below each other under ``above``, and to their right the lanes that take them up to its top."""
    boxes: dict[int, Rect] = {}
    frames, arrows, exits = [], [], []
    y = above.bottom
    for placed in column:
        moved, within, out = placed.block.moved((above.x, y))
        boxes |= moved
        arrows += within
        exits += out
        frames.append(replace(placed.frame, rect=placed.frame.rect.moved((above.x, y))))
        y += placed.height + m.between
    present = {forest.passes_on[out.hop] for out in exits}
    at = {stance: above.right + m.lane * place for place, stance in enumerate((s for s in LANES if s in present), 1)}
    exits = [_to_lane(out, at[forest.passes_on[out.hop]]) for out in exits]
    lanes = [
        Lane(stance, x, above.y, max(out.points[-1][1] for out in exits if out.points[-1][0] == x))
        for stance, x in at.items()
    ]
    return Layout(above.width, y - m.between, above, boxes, frames, arrows, exits, lanes)


def _to_lane(out: Arrow, lane: int) -> Arrow:
    return replace(out, points=(*out.points, (lane, out.points[-1][1])))
