"""The trees that grow out of one original source, placed so that no box and no arrow is in another's way.

A hop relays one hop at most, so each origin is the root of a tree. It grows to the right, a column a hop. Where the
columns do not suffice, a chain without branches is set like words, line below line, and a tree with branches goes down:
its largest branch straight on, the others indented beside it, so that it is never indented more often than its size can
be halved. A crowd of hops of which each goes straight to the page becomes a grid.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from claims.chains import Hop
from claims.picture.measures import Measures
from claims.picture.shapes import Arrow, Point, Rect

#: In a gutter arrows go out this far to the right of the boxes, and come in this far to the left of them.
OUT, IN = 6, 11
#: Room above and below a grid for the arrows that come in and go out.
ALLEY = 12


class Forest:
    """Who relays whom. ``levels`` is how many hops deep the tree of a hop is, ``sizes`` how many it has."""

    def __init__(self, hops: Sequence[Hop], heights: Mapping[int, int]) -> None:
        """``hops`` in an order in which nobody comes before the hop that they relay."""
        self.heights = heights
        self.passes_on = {hop.id: hop.passes_on for hop in hops}
        self.children: dict[int, list[int]] = {hop.id: [] for hop in hops}
        for hop in hops:
            if hop.relays is not None:
                self.children[hop.relays].append(hop.id)
        self.levels: dict[int, int] = {}
        self.sizes: dict[int, int] = {}
        for hop in reversed(hops):
            below = self.children[hop.id]
            self.levels[hop.id] = 1 + max((self.levels[child] for child in below), default=0)
            self.sizes[hop.id] = 1 + sum(self.sizes[child] for child in below)

    def path(self, hop: int) -> list[int] | None:
        """The hops from this one outwards, if there is no branch among them."""
        found = [hop]
        while self.children[found[-1]]:
            if len(self.children[found[-1]]) > 1:
                return None
            found += self.children[found[-1]]
        return found

    def crowds(self, hops: Iterable[int], least: int) -> tuple[list[int], list[list[int]]]:
        """The hops to be stacked, and those that make a grid: more than ``least`` outermost ones of one stance."""
        outermost: dict[str, list[int]] = {}
        for hop in hops:
            if not self.children[hop]:
                outermost.setdefault(self.passes_on[hop], []).append(hop)
        grids = [crowd for crowd in outermost.values() if len(crowd) > least]
        in_grids = {hop for crowd in grids for hop in crowd}
        return [hop for hop in hops if hop not in in_grids], grids


class Block:
    """One original source and all that was taken from it, from (0, 0)."""

    def __init__(self, forest: Forest, m: Measures, right: int) -> None:
        """``right`` is where the page ends; what cannot be narrower goes beyond it."""
        self.forest, self.m, self.page_right = forest, m, right
        self.boxes: dict[int, Rect] = {}
        self.arrows: list[Arrow] = []
        self.exits: list[Arrow] = []
        self.right = 0

    def moved(self, by: Point) -> tuple[dict[int, Rect], list[Arrow], list[Arrow]]:
        """Boxes, arrows and exits, where they stand in the picture."""
        return (
            {hop: rect.moved(by) for hop, rect in self.boxes.items()},
            [arrow.moved(by) for arrow in self.arrows],
            [arrow.moved(by) for arrow in self.exits],
        )

    def plant(self, roots: Sequence[int], x: int, y: int) -> tuple[Rect, int]:
        """Place the trees of these origins, which count as one; what their boxes span, and where the block ends."""
        if len(roots) == 1:
            bottom = self._place(roots[0], x, y)
        else:
            stacked, grids = self.forest.crowds(roots, self.m.crowd)
            if grids and (stacked or len(grids) > 1 or self._columns(x) < 2):
                stacked, grids = list(roots), []  # a frame holds nothing but its own
            bottom = self._stack(stacked, x, y) if stacked else self._grid(grids[0], x, y, None)
            if not stacked:
                return Rect(x, y, self.right - x, bottom - y), bottom
        spanned = [self.boxes[root] for root in roots]
        right, lowest = max(rect.right for rect in spanned), max(rect.bottom for rect in spanned)
        return Rect(x, y, right - x, lowest - y), bottom

    def _stack(self, roots: Sequence[int], x: int, y: int) -> int:
        for root in roots:
            bottom = self._beside(root, x, y)
            y = bottom + self.m.row
        return y - self.m.row

    def _columns(self, x: int) -> int:
        """How many boxes there is room for from here to the right; always one."""
        return max(1, (self.page_right - x + self.m.gutter) // (self.m.box + self.m.gutter))

    def _place(self, hop: int, x: int, y: int) -> int:
        """Place the hop's tree with its top left at (x, y). Says where it ends below."""
        columns = self._columns(x)
        if self.forest.levels[hop] <= columns:
            return self._beside(hop, x, y)
        path = self.forest.path(hop)
        return self._wrap(path, x, y, columns) if path else self._below(hop, x, y)

    def _beside(self, hop: int, x: int, y: int) -> int:
        """The hop, and to its right whoever relays it, below each other."""
        own = self._box(hop, x, y)
        bottom, next_x, next_y = own.bottom, own.right + self.m.gutter, y
        stacked, grids = self.forest.crowds(self.forest.children[hop], self.m.crowd)
        if self._columns(next_x) < 2:
            stacked, grids = self.forest.children[hop], []
        for child in stacked:
            bottom = max(bottom, end := self._place(child, next_x, next_y))
            self._arrow_right(hop, child)
            next_y = end + self.m.row
        for grid in grids:
            bottom = max(bottom, end := self._grid(grid, next_x, next_y, hop))
            next_y = end + self.m.row
        return bottom

    def _wrap(self, path: list[int], x: int, y: int, columns: int) -> int:
        """A chain without branches, set like words: to the right, and on at the left of the next line."""
        bottom = y
        for place, hop in enumerate(path):
            column = place % columns
            if place and not column:
                y = bottom + self.m.down
            own = self._box(hop, x + column * (self.m.box + self.m.gutter), y)
            if column:
                self._arrow_right(path[place - 1], hop)
            elif place and columns > 1:
                self._arrow_back(path[place - 1], hop, bottom + self.m.down // 2)
            elif place:
                self._arrow_down(path[place - 1], hop)
            bottom = max(bottom, own.bottom)
        return bottom

    def _below(self, hop: int, x: int, y: int) -> int:
        """The hop, and below it whoever relays it: the largest tree last and straight on, the others indented."""
        bottom = self._box(hop, x, y).bottom
        *others, largest = sorted(self.forest.children[hop], key=lambda child: (self.forest.sizes[child], child))
        for child in others:
            bottom = self._place(child, x + self.m.indent, bottom + self.m.down)
            self._arrow_down(hop, child)
        bottom = self._place(largest, x, bottom + self.m.down)
        self._arrow_down(hop, largest)
        return bottom

    def _grid(self, crowd: list[int], x: int, y: int, relayed: int | None) -> int:
        """Outermost hops in columns. Arrows come in along an alley above them and go out along one below."""
        columns = min(self._columns(x), ceil(len(crowd) / self.m.crowd))
        rows = ceil(len(crowd) / columns)
        top = y + ALLEY if relayed else y
        at = bottom = top
        for place, hop in enumerate(crowd):
            if place % rows == 0:
                x, at = x + (self.m.box + self.m.gutter if place else 0), top
            own = self._box(hop, x, at, goes_out=False)
            at, bottom = own.bottom + self.m.row, max(bottom, own.bottom)
            if relayed:
                self._arrow_over(relayed, hop, y, first=place < rows)
        for hop in crowd:
            own = self.boxes[hop]
            port, rail = own.y + self.m.port, own.right + OUT
            self._exit(hop, [(own.right, port), (rail, port), (rail, bottom + ALLEY)])
        return bottom + ALLEY

    # --- boxes and arrows ---

    def _box(self, hop: int, x: int, y: int, *, goes_out: bool = True) -> Rect:
        own = self.boxes[hop] = Rect(x, y, self.m.box, self.forest.heights[hop])
        self.right = max(self.right, own.right)
        if goes_out and not self.forest.children[hop]:
            self._exit(hop, [(own.right, y + self.m.port)])
        return own

    def _exit(self, hop: int, points: list[Point]) -> None:
        self.right = max(self.right, *(x for x, _ in points))
        self.exits.append(Arrow(hop, None, tuple(points)))

    def _arrow_right(self, hop: int, to: int) -> None:
        one, other = self.boxes[hop], self.boxes[to]
        rail, leaves, arrives = (one.right + other.x) // 2, one.y + self.m.port, other.y + self.m.port
        corners = [] if leaves == arrives else [(rail, leaves), (rail, arrives)]
        self.arrows.append(Arrow(hop, to, ((one.right, leaves), *corners, (other.x, arrives))))

    def _arrow_down(self, hop: int, to: int) -> None:
        one, other = self.boxes[hop], self.boxes[to]
        trunk, arrives = one.x + self.m.trunk, other.y + self.m.port
        end = [(trunk, other.y)] if other.x == one.x else [(trunk, arrives), (other.x, arrives)]
        self.arrows.append(Arrow(hop, to, ((trunk, one.bottom), *end)))

    def _arrow_back(self, hop: int, to: int, alley: int) -> None:
        one, other = self.boxes[hop], self.boxes[to]
        rail, trunk, leaves = one.right + OUT, other.x + self.m.trunk, one.y + self.m.port
        self.right = max(self.right, rail)
        over = ((rail, leaves), (rail, alley), (trunk, alley))
        self.arrows.append(Arrow(hop, to, ((one.right, leaves), *over, (trunk, other.y))))

    def _arrow_over(self, hop: int, to: int, alley: int, *, first: bool) -> None:
        one, other = self.boxes[hop], self.boxes[to]
        rail, leaves, arrives = one.right + self.m.gutter // 2, one.y + self.m.port, other.y + self.m.port
        near = other.x - IN
        over = [(rail, arrives)] if first else [(rail, alley), (near, alley), (near, arrives)]
        self.arrows.append(Arrow(hop, to, ((one.right, leaves), (rail, leaves), *over, (other.x, arrives))))
