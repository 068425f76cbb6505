"""What has changed in a record since somebody looked at it, out of its own history."""

import re
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, NamedTuple

from django.db.models import Model
from django.utils.translation import gettext as _

LONGEST = 300


class Changed(NamedTuple):
    """One state of the record after the one that was seen: when, by whom, and "what: before → after" each."""

    at: datetime
    by: str
    changes: list[str]


def since(record: Model | None, seen: int | None) -> list[Changed]:
    """The changes after version ``seen``, oldest first; none where nothing is known of it, or nothing changed."""
    version: int = getattr(record, "version", 0)
    if record is None or seen is None or seen >= version or not hasattr(record, "events"):
        return []
    states = list(record.events.filter(version__gte=seen).order_by("pgh_id")[:50])
    told = [_between(before, after) for before, after in pairwise(states)]
    return [one for one in told if one.changes]


def _between(before: Any, after: Any) -> Changed:
    counted = {"version", "updated_at", "created_at"}
    names = [
        field.attname for field in after._meta.local_fields
        if not field.name.startswith("pgh_") and field.name not in counted
    ]  # fmt: skip
    told = [
        f"{name.removesuffix('_id').replace('_', ' ')}: {shown(getattr(before, name))} → {shown(getattr(after, name))}"
        for name in names
        if getattr(before, name) != getattr(after, name)
    ]
    context = after.pgh_context or {}
    return Changed(after.pgh_created_at, context.get("name") or _("the desk"), told)


def shown(value: Any) -> str:
    """A value in a line of text."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = _("nothing") if text in ("", "None") else text
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


#: Texts of more words than this together are set side by side whole: to compare them would take too long.
MOST_WORDS = 3000


class Run(NamedTuple):
    """Words that are in both texts (``how`` is "same"), in the first alone ("out"), or in the second alone ("in")."""

    how: str
    words: str


def words(before: str, after: str) -> list[Run]:
    """What became of a text, word by word: the runs in order. Joined without those that are "in" they are ``before``,
    without those that are "out" ``after``.
    """
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after))
    if len(old) + len(new) > MOST_WORDS:
        return [Run("out", before), Run("in", after)]
    found: list[Run] = []
    for how, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            found.append(Run("same", "".join(old[i:j])))
        if how in ("replace", "delete"):
            found.append(Run("out", "".join(old[i:j])))
        if how in ("replace", "insert"):
            found.append(Run("in", "".join(new[k:m])))
    return found
