"""The picture's measures, in pixels at its natural size. No letter is smaller than 12."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Face:
    """How a line of text looks: its size, its line's height, weight and slope."""

    size: int
    leading: int
    bold: bool = False
    italic: bool = False
    serif: bool = False


TAG = Face(size=12, leading=20, bold=True)
LINK = Face(size=12, leading=16, italic=True)
NAME = Face(size=13, leading=17, bold=True)
REMARKS = Face(size=12, leading=16)
TITLE = Face(size=12, leading=16, italic=True, serif=True)
LABEL = Face(size=12, leading=16)
NUMBER = Face(size=18, leading=22, bold=True, serif=True)
COUNT = Face(size=38, leading=40, bold=True, serif=True)
COUNTED = Face(size=16, leading=21, bold=True, serif=True)
STATEMENT = Face(size=15, leading=20, serif=True)


@dataclass(frozen=True)
class Measures:
    """``page`` is how wide the picture gets if its boxes let it, ``least`` how wide it is at least.

    ``pair`` is the width of a box where two must stand beside each other: for origins that count as one, and what was
    taken from them. Arrows meet a box ``port`` below its top, and leave downwards ``trunk`` from its left. ``tall`` is
    when the blocks of a picture are set in several columns, if they are narrow enough; ``crowd`` is how many hops that
    go straight to the page are stacked before they are set in a grid.
    """

    box: int
    pair: int
    gutter: int
    page: int
    least: int
    margin: int = 6
    pad: int = 7
    row: int = 14
    down: int = 24
    indent: int = 28
    frame: int = 6
    lane: int = 12
    port: int = 18
    trunk: int = 12
    between: int = 22
    tall: int = 800
    crowd: int = 8


#: For the main column of a claim's page; four boxes beside each other.
WIDE = Measures(box=174, pair=174, gutter=28, page=840, least=480)
#: For a telephone 360 pixels wide: boxes below each other.
NARROW = Measures(box=262, pair=136, gutter=26, page=328, least=328, margin=1, frame=5, row=30)
