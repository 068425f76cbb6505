"""A claim's history as its page tells it: the API's entries, in words."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from claims.api import history
from claims.models import Claim
from factdesk.people.roles import Asker

#: So many entries stand on a claim's page; the API has the rest.
MOST_TOLD = 60
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
            "at": datetime.fromisoformat(entry["at"]),
            "by": entry["by"]["name"] if entry["by"] else gettext("the desk"),
            "what": _what(entry),
            "why": " · ".join(part for part in (entry["why"], entry["way"]) if part),
            "changes": [_change(field, change) for field, change in entry["changes"].items() if field != "claim"],
        }
        for entry in history.newest(claim, asker, MOST_TOLD)
    ]


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
