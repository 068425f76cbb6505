"""Where a follower is: a cursor, as it goes out and as it comes back.

The bargain: a cursor names the feed's epoch, a transaction by its number, and the last change of it that was read. It
ends in a checksum, so that one that was mistyped, cut off or made up is told from one of ours; it keeps no secret, and
whoever makes one with the right sum skips changes of their own free will.
"""

import re
from typing import NamedTuple
from zlib import crc32

from factdesk.rest.filters import LARGEST_ID

#: the place of no change: behind all changes of its transaction
END = 32767
_LABEL = crc32(b"factdesk changes")
_PATTERN = re.compile(r"([0-9a-f]{12})-([0-9]{1,19})-([0-9]{1,5})-([0-9]{1,19})-[0-9a-f]{8}")


class Position(NamedTuple):
    """After one change of the feed: of a transaction by its number, in its place there."""

    epoch: str
    seq: int
    place: int = END
    object_id: int = 0

    def as_cursor(self) -> str:
        told = f"{self.epoch}-{self.seq}-{self.place}-{self.object_id}"
        return f"{told}-{crc32(told.encode(), _LABEL):08x}"


def read(cursor: str) -> Position | None:
    """What the cursor says, or None where we cannot have written it: it comes back as it went, or not at all."""
    found = _PATTERN.fullmatch(cursor)
    if found is None:
        return None
    seq, place, object_id = (int(each) for each in found.groups()[1:])
    if max(seq, object_id) > LARGEST_ID or place > END:
        return None
    position = Position(found[1], seq, place, object_id)
    return position if position.as_cursor() == cursor else None
