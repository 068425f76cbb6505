"""A claim's history as its page tells it: the API's entries, in words."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from claims.api import history
from claims.models import Claim
from claims.vocabularies import State
from factdesk.differences import Changed
from factdesk.people.roles import Asker

#: So many entries stand on a claim's page; the API has the rest.
MOST_TOLD = 60
#: So many states of the claim are looked back on; each of those entries is in one of them.
MOST_STATES = 200
LONGEST_VALUE = 160

#: resource -> what the desk calls one of its records
SORTS = {
    "claims": _("Claim"),
    "quantities": _("Figure"),
    "attributions": _("Via"),
    "evidence": _("Backing"),
    "annotations": _("Remark"),
    "accusations": _("Accusation"),
    "relations": _("Tie to another claim"),
    "usages": _("Where it ran"),
    "copy_changes": _("Change of our copy"),
    "assessments": _("Finding"),
    "sign_offs": _("Initials"),
    "clearances": _("OK to print"),
    "transitions": _("Where the work stands"),
    "rulings": _("Ruling"),
    "reply_requests": _("Request for comment"),
}


def told(claim: Claim, asker: Asker) -> list[dict[str, Any]]:
    """What happened, newest first: ``at``, ``by``, ``what``, ``why``, and ``changes`` as phrases."""
    return [
        {
            "resource": entry["resource"],
            "at": datetime.fromisoformat(entry["at"]),
            "by": entry["by"]["name"] if entry["by"] else gettext("the desk"),
            "what": _what(entry),
            "why": " · ".join(part for part in (entry["why"], entry["way"]) if part),
            "changes": [_change(field, change) for field, change in entry["changes"].items() if field != "claim"],
        }
        for entry in history.newest(claim, asker, MOST_TOLD)
    ]


#: what a claim's substance is made of (DOMAIN.md §1)
SUBSTANCE = frozenset({"claims", "quantities", "attributions", "accusations", "evidence"})
#: what of a claim's own columns follows from other things, and is told there
_FOLLOWS = re.compile(r"(state|verdict|last verdict|clearance|revision|flags|look again|source changed|assignee): ")


def since(entries: list[dict[str, Any]], moments: Collection[datetime]) -> list[Changed]:
    """The changes of substance out of the transactions that began at ``moments``, newest first: when, by whom, what."""
    found = []
    for entry in entries:
        if entry["at"] not in moments or entry["resource"] not in SUBSTANCE:
            continue
        if entry["resource"] == "claims":
            told = [line for line in entry["changes"] if not _FOLLOWS.match(line)]
        else:
            told = [f"{entry['what']}: {'; '.join(entry['changes'])}"]
        if told:
            found.append(Changed(entry["at"], entry["by"], told))
    return found


def fell(claim: Claim) -> set[datetime]:
    """When the transactions began that changed a claim between its last sign-off and now, in check again. One query.

    An event's moment is its transaction's beginning: whoever waited for the sign-off began before it. Which came after
    is told by the numbers of the claim's own events, of which every change of its parts writes one.
    """
    events: Any = claim.events  # type: ignore[attr-defined]  # pghistory's
    newest = events.order_by("-pgh_id").values_list("state", "pgh_created_at")[:MOST_STATES]
    after: list[datetime] = []
    signed: list[datetime] = []
    for state, at in newest:
        if signed and state != State.SIGNED_OFF:
            return {*after, *signed[:-1]}  # the last of these is the sign-off
        (signed if state == State.SIGNED_OFF else after).append(at)
    return set()


def moved(claim: Claim, seen: dict[str, int | None]) -> list[datetime]:
    """When the transactions began that brought the claim beyond what somebody saw of it; none where none did."""
    events: Any = claim.events  # type: ignore[attr-defined]  # pghistory's
    for name in ("revision", "version"):
        number = seen.get(name)
        if number is not None and number < getattr(claim, name):
            later = events.filter(**{f"{name}__gt": number}).order_by("-pgh_id")
            return list(later.values_list("pgh_created_at", flat=True)[:MOST_STATES])
    return []


def _what(entry: dict[str, Any]) -> str:
    sort = SORTS[entry["resource"]]
    if entry["action"] == "added":
        return gettext("{sort} {number} added").format(sort=sort, number=entry["record"])
    return gettext("{sort} {number} changed").format(sort=sort, number=entry["record"])


def _change(field: str, change: dict[str, Any]) -> str:
    """ "statement: the old words → the new ones"; what is new has no before."""
    name, after = field.replace("_", " "), _shown(change["after"])
    if change["before"] is None:
        return f"{name}: {after}"
    return f"{name}: {_shown(change['before'])} → {after}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name") or value.get("id") or value
    text = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
    text = gettext("nothing") if text in ("", "None") else text
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
