"""What a word in a record's column is called: as Django's ``get_…_display``, for pages with a thousand of them.

Django's own makes a table of all the column's labels, each translated, for every single one that is asked for.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db.models import Model


@cache
def _labels(model: type[Model], column: str) -> Mapping[Any, Any]:
    return dict(model._meta.get_field(column).flatchoices)  # type: ignore[union-attr]


def label(row: Model, column: str) -> str:
    """The label of the row's word in this column, in the reader's language; the word itself where it has none."""
    word = getattr(row, column)
    return str(_labels(type(row), column).get(word, "" if word is None else word))
