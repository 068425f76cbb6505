"""Rectangles and arrows, in whole pixels from the picture's top left."""

from dataclasses import dataclass, replace

Point = tuple[int, int]


@dataclass(frozen=True)
class Rect:
    """``right`` and ``bottom`` lie on the border, as ``x`` and ``y`` do."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def moved(self, by: Point) -> "Rect":
        return replace(self, x=self.x + by[0], y=self.y + by[1])


@dataclass(frozen=True)
class Arrow:
    """From the box of ``hop`` to that of ``to``, which relays it; None: outwards, to the page. Its corners in order."""

    hop: int
    to: int | None
    points: tuple[Point, ...]

    def moved(self, by: Point) -> "Arrow":
        return replace(self, points=tuple((x + by[0], y + by[1]) for x, y in self.points))
