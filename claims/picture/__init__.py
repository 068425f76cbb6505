"""A claim's chains as a picture: who says it, through whom, from how many independent original sources.

    svg = picture.draw(chains.read(…), Links(…), picture.WIDE)

Pure functions from ``claims.chains`` to SVG text; ``text`` measures words, ``boxes`` says what stands in a box,
``layout`` and ``trees`` where it stands, ``drawing`` writes it.
"""

from claims.picture.drawing import Links, draw
from claims.picture.measures import NARROW, WIDE, Measures

__all__ = ["NARROW", "WIDE", "Links", "Measures", "draw"]
