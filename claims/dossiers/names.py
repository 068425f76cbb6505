"""What a dossier calls a row that no file has ever named: made by hand, or by another dossier.

``desk-<id>-<moment>``: the row's number, and the microsecond in which it was made, in hexadecimal. Another desk's row
of that number was made at another moment, so such a name leads to its own row or to none.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from claims.dossiers.checking import KEY
from claims.dossiers.fields import LONGEST_KEY

_NAME = re.compile(r"desk-([0-9]{1,18})-[0-9a-f]{1,16}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def name_of(row: Any) -> str:
    """The name of a row by its number and moment; ``row`` has ``pk`` and ``created_at``."""
    return f"desk-{row.pk}-{(row.created_at - _EPOCH) // timedelta(microseconds=1):x}"


def key_of(row: Any) -> str:
    """A source's or document's own key where it can stand in a dossier, else its name."""
    return row.key if row.key and len(row.key) <= LONGEST_KEY and KEY.fullmatch(row.key) else name_of(row)


def named(model: Any, names: Iterable[str]) -> dict[str, Any]:
    """The rows of ``model`` that these names lead to, by name."""
    numbers = {name: int(found[1]) for name in names if (found := _NAME.fullmatch(name))}
    rows = model.objects.in_bulk(set(numbers.values())) if numbers else {}
    held = {name: rows[number] for name, number in numbers.items() if number in rows}
    return {name: row for name, row in held.items() if name_of(row) == name}


def keyed(model: Any, keys: Iterable[str]) -> dict[str, Any]:
    """The rows of ``model`` that these keys or names lead to; a key goes before a name."""
    listed = list(keys)
    return named(model, listed) | {row.key: row for row in model.objects.filter(key__in=listed)}
