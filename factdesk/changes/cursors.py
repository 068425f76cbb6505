"""Where a follower is: a cursor, as it goes out and as it comes back.

The bargain: a cursor names the feed's epoch, a transaction by its number, and the last change of it that was read. It
ends in a checksum, so that one that was mistyped, cut off or made up is told from one of ours; it keeps no secret, and
whoever makes one with the right sum skips changes of their own free will.
"""

import hashlib
import re
from typing import NamedTuple

from factdesk.rest.filters import LARGEST_ID

#: the place of no change: behind all changes of its transaction
END = 32767
_LABEL = "factdesk changes "
_PATTERN = re.compile(r"([0-9a-f]{12})-([0-9]{1,19})-([0-9]{1,5})-([0-9]{1,19})-[0-9a-f]{8}")

#: a cursor, in SQL over the expressions that it is made of; the twin of :meth:`Position.as_cursor`
SQL = (
    "(SELECT told || '-' || left(encode(sha256(convert_to('{label}' || told, 'UTF8')), 'hex'), 8) "
    "FROM (SELECT {epoch} || '-' || {seq} || '-' || {place} || '-' || {object} AS told) it)"
).replace("{label}", _LABEL)


class Position(NamedTuple):
    """After one change of the feed: of a transaction by its number, in its place there."""

    epoch: str
    seq: int
    place: int = END
    object_id: int = 0

    def as_cursor(self) -> str:
        told = "-".join(map(str, self))
        return f"{told}-{hashlib.sha256((_LABEL + told).encode()).hexdigest()[:8]}"


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
