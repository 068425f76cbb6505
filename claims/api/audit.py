"""``/claims/{id}/audit/``: all that the desk has on a claim, as it was at a moment, under one digest. For the lawyer.

The bargain: there is one reader of history (:mod:`claims.api.history`); how things stood is what its entries come to,
and what they name is told as it was then (:mod:`claims.api.pointed`). Nothing in the sheet depends on who asks, when,
or under which address, so the same moment has the same SHA-256 whenever it is asked for. It goes therefore only to
those who may see everything that it names.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from claims.api import history
from claims.api.pointed import pointed_at
from claims.linkeddata import moment as written
from claims.models import Claim
from factdesk.people.roles import Asker
from factdesk.rest.access import asker
from factdesk.rest.fields import Id
from factdesk.rest.filters import MOMENT
from factdesk.rest.problems import BadQuery, wrong_parameter
from factdesk.rest.shown import Rights

#: what the sheet is, for whoever finds one; rises when its shape changes
FORMAT = "factdesk audit sheet 1"
#: who may see everything that a sheet names
RIGHT = "read_restricted"

Facts = dict[str, Any]


class NotThereYet(NotFound):
    """The claim is younger than the moment that is asked about."""

    default_detail = "At that moment the claim was not on the desk."


@dataclass(frozen=True)
class Sheet:
    """The sheet as plain data, and the SHA-256 of its canonical JSON."""

    told: Facts

    @property
    def canonical(self) -> bytes:
        """RFC 8785 (there are no fractions in it): keys in order, no spaces, UTF-8."""
        return json.dumps(self.told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def sha256(self) -> str:
        """Hexadecimal."""
        return hashlib.sha256(self.canonical).hexdigest()


def sheet(claim: Claim, who: Asker, moment: datetime) -> Sheet:
    """All that was on the record of a claim at a moment. Raises :class:`NotThereYet`."""
    entries = history.until(claim, who, moment)
    stands = _stands(entries)
    if "claims" not in stands:
        raise NotThereYet
    versions = _versions(claim, moment)
    for entry in entries:
        entry["by"] = entry["by"] and entry["by"]["id"]
    _number(entries, versions)
    told = {
        "format": FORMAT,
        "claim": str(claim.pk),
        "through": entries[-1]["at"],
        "stands": {"claim": stands.pop("claims")[0], **{name: stands.get(name, []) for name in history.TOLD}},
        "versions": versions,
        "history": entries,
        "named": pointed_at(entries, {one["by"] for one in versions}, Rights.of(who), moment),
    }
    return Sheet(told)


def _stands(entries: list[Facts]) -> dict[str, list[Facts]]:
    """Resource -> its records as the entries leave them. What a record does not have is not there."""
    found: dict[str, dict[str, Facts]] = {}
    for entry in entries:
        record = found.setdefault(entry["resource"], {}).setdefault(entry["record"], {"id": entry["record"]})
        record |= {field: change["after"] for field, change in entry["changes"].items()}
    return {
        resource: [{name: value for name, value in each.items() if value is not None} for each in records.values()]
        for resource, records in found.items()
    }


def _versions(claim: Claim, at: datetime) -> list[Facts]:
    """Every version that the claim has had: number and revision, when, by whom, which way, why, for which request."""
    events: Any = claim.events  # type: ignore[attr-defined]  # pghistory's
    made = events.filter(pgh_created_at__lte=at).order_by("pgh_id")
    columns = ("version", "revision", "pgh_created_at", "pgh_context")
    return [
        {"version": version, "revision": revision, "at": written(moment), **_said(context or {})}
        for version, revision, moment, context in made.values_list(*columns)
    ]


def _said(context: Facts) -> Facts:
    by = context.get("user")
    return {"by": None if by is None else str(by)} | {name: context.get(name, "") for name in ("way", "why", "request")}


def _number(entries: list[Facts], versions: list[Facts]) -> None:
    """Put to each entry the version that its transaction made of the claim.

    An event has the moment at which its transaction began. A decision is no event; it has a moment of its own, and
    always makes a version: the last begun by then, of the person who decided (of whomever, where the desk did).
    """
    made = {one["at"]: one["version"] for one in versions}
    for entry in entries:
        if not history.is_decision(entry["resource"]):
            entry["version"] = made.get(entry["at"])
            continue
        by = entry["by"]
        begun = [one["version"] for one in versions if one["at"] <= entry["at"] and by in (None, one["by"])]
        entry["version"] = begun[-1] if begun else None


class AuditSerializer(serializers.Serializer[Any]):
    """A claim's audit sheet. `sha256` is of the canonical JSON (RFC 8785) of `sheet`."""

    claim = Id()
    at = serializers.CharField(
        read_only=True, help_text="The moment that it is of: asked for again, it has the same digest."
    )
    sha256 = serializers.CharField(read_only=True)
    sheet = serializers.DictField(
        read_only=True,
        help_text="`stands`: the claim, its parts and decisions as they were; `versions`: each that the claim has had,"
        " with who, why and the request; `history`: every change, oldest first, with its version; `named`: documents,"
        " saved copies (with their SHA-256), marked words, sources, claims and people.",
    )


def of(claim: Claim, request: Request) -> Facts:
    """What an :class:`AuditSerializer` shows, as of ``?at=``; without it, of this moment, which is told."""
    asked = request.query_params.get("at")
    at = timezone.now() if asked is None else moment_of(asked)
    made = sheet(claim, asker(request), at)
    told = written(at) if asked is None else asked
    return {"claim": str(claim.pk), "at": told, "sha256": made.sha256, "sheet": made.told}


def moment_of(text: str) -> datetime:
    """The moment that the parameter ``at`` names, which has passed; or BadQuery."""
    try:
        moment: datetime = MOMENT.read(text)
    except ValidationError as wrong:
        raise BadQuery(wrong_parameter("at", str(wrong.code), wrong.messages[0])) from wrong
    if moment > timezone.now():
        raise BadQuery(wrong_parameter("at", "not_yet", "This moment is still to come."))
    return moment
