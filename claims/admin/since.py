"""What changed in a claim since it was initialled: what was signed beside what it says now, text by text.

The bargain: out of the same history as everything that is told of the past (``claims.api.history``), so nothing is
told that this person may not see. Only substance (DOMAIN.md §1); a value that went and came back is no difference.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from claims.admin import past
from claims.admin.past import SORTS
from claims.api import history
from claims.labels import FIELDS
from claims.models import Accusation, Attribution, Claim, Evidence, Quantity
from factdesk import differences
from factdesk.differences import Run
from factdesk.people.roles import Asker
from sources.models import Document, Source

#: So many entries of the claim's history are gone through.
MOST = 300
#: resource -> its model
MODELS: dict[str, Any] = {
    "claims": Claim,
    "quantities": Quantity,
    "attributions": Attribution,
    "accusations": Accusation,
    "evidence": Evidence,
}
#: what of the claim itself is substance; of its parts all is, but what follows
CLAIM = ("statement", "kind", "place", "about_from", "about_until")
NEVER = frozenset({"claim", "note", "depth", "withdrawn_at", "withdrawn_because"})
SOURCES = frozenset({"speaker", "speaks_for", "accused", "spoken_to"})

Place = tuple[str, str]


@dataclass(frozen=True)
class Difference:
    """``what`` became other, with its ``runs`` of words; by whom last, and when."""

    what: str
    runs: list[Run]
    by: str
    at: datetime


@dataclass
class _Net:
    """What became of one record: field -> before and after; when it was added, ``is_new``."""

    fields: dict[str, list[Any]]
    is_new: bool
    by: str
    at: datetime


def signed(claim: Claim, asker: Asker) -> list[Difference]:
    """The differences between the last sign-off of a claim and now, the claim's own first. Four queries at the most."""
    moments = past.fell(claim)
    net = _net(history.newest(claim, asker, MOST), moments) if moments else {}
    names = _names(net.values(), asker)
    order = list(MODELS)
    found: list[Difference] = []
    for (resource, record), one in sorted(net.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        found += _told(resource, record, one, names)
    return found


def _net(entries: Iterable[dict[str, Any]], moments: Collection[datetime]) -> dict[Place, _Net]:
    """Record -> what it was before these transactions and what it is now; the entries come newest first."""
    found: dict[Place, _Net] = {}
    for entry in entries:
        at = datetime.fromisoformat(entry["at"])
        if at not in moments or entry["resource"] not in MODELS:
            continue
        by = entry["by"]["name"] if entry["by"] else _("the desk")
        net = found.setdefault((entry["resource"], entry["record"]), _Net({}, False, by, at))
        net.is_new = entry["action"] == "added"
        for name, change in entry["changes"].items():
            net.fields.setdefault(name, [None, change["after"]])[0] = change["before"]
    return found


def _told(resource: str, record: str, net: _Net, names: dict[tuple[str, str], str]) -> list[Difference]:
    sort = str(SORTS[resource])
    allowed = CLAIM if resource == "claims" else [name for name in net.fields if name not in NEVER]
    shown = {
        name: [_shown(resource, name, value, names) for value in pair]
        for name, pair in net.fields.items()
        if name in allowed and pair[0] != pair[1]
    }
    if net.is_new or net.fields.get("withdrawn_at", [None, None])[1]:
        how, title = ("in", _("{sort} added")) if net.is_new else ("out", _("{sort} {number} withdrawn"))
        because = net.fields.get("withdrawn_because", ["", ""])[1]
        preset = {name for name, pair in net.fields.items() if pair[1] == _preset(resource, name)}
        told = "; ".join(
            f"{_label(name)}: {after}" for name, (_before, after) in shown.items() if after and name not in preset
        )
        runs = [Run(how, told or str(because or ""))]
        return [Difference(title.format(sort=sort, number=record), runs, net.by, net.at)]
    of = "" if resource == "claims" else f"{sort} {record}: "
    return [
        Difference(f"{of}{_label(name)}", differences.words(before, after), net.by, net.at)
        for name, (before, after) in shown.items()
        if before != after
    ]


def _label(name: str) -> str:
    return str(FIELDS.get(name) or FIELDS.get(f"{name}_id") or capfirst(name.replace("_", " ")))


def _shown(resource: str, name: str, value: Any, names: dict[tuple[str, str], str]) -> str:
    """A value as people read it: its label, or the name of what it points to."""
    if value in (None, "", []):
        return ""
    number = str(value.get("id") if isinstance(value, dict) else value)
    sort = "source" if name in SOURCES else name
    if (sort, number) in names:
        return names[sort, number]
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(dict(getattr(_column(resource, name), "flatchoices", ())).get(value, number))


def _column(resource: str, name: str) -> Any:
    """The model's field; None where the name is worked out."""
    return next((field for field in MODELS[resource]._meta.fields if field.name == name), None)


def _preset(resource: str, name: str) -> Any:
    """What the field holds where nobody says anything."""
    return getattr(_column(resource, name), "default", None)


def _names(found: Iterable[_Net], asker: Asker) -> dict[tuple[str, str], str]:
    """(source or document, number) -> what it is called, as far as this person may know."""
    asked: dict[str, set[str]] = {"source": set(), "document": set()}
    for net in found:
        for name, pair in net.fields.items():
            sort = "source" if name in SOURCES else name
            if sort in asked:
                asked[sort] |= {str(one.get("id") if isinstance(one, dict) else one) for one in pair if one}
    sources = Source.objects.visible_to(asker).filter(pk__in=asked["source"])
    documents = Document.objects.visible_to(asker).filter(pk__in=asked["document"])
    return {
        **{("source", str(one.pk)): one.name for one in sources},
        **{("document", str(one.pk)): str(one) for one in documents},
    }
