"""What leaving a field out means. Filled in, two files that say the same are equal."""

from collections.abc import Iterable
from typing import Any

from claims.dossiers.checking import Row
from claims.vocabularies import Kind, Priority, Stance
from sources.models import Part


def fill(root: Row) -> None:
    """Write into a checked dossier what its fields mean by being left out, and each reference in its short form."""
    own = root["document"].key
    snapshot = root["snapshot"]
    if snapshot and snapshot["text"] is not None:
        text = snapshot["text"].replace("\r\n", "\n")
        snapshot.said.update(text=text, sha256=None, length=None)
    for claim in root["claims"]:
        hops = every_hop(claim)
        for hop in hops:
            hop.said["stance"] = hop["stance"] or preset_stance(hop["relays"])
        for row in [*hops, *claim["evidence"]]:
            row.said["document"] = own if row["passage"] else row["document"]
        for row in claim["quantities"]:
            row.said["base"] = row["base"] and row["base"].removeprefix(f"{claim.key}/")
        for row in claim["relations"]:
            row.said["other"] = row["other"].removeprefix(f"{own}/")
        parts = {hop["passage"].part for hop in hops if hop["passage"]}
        grave = claim["accusations"] or claim["quantities"]
        claim.said["priority"] = claim["priority"] or preset_priority(claim["kind"], grave, parts)


def every_hop(claim: Row) -> list[Row]:
    """The claim's hops, each once, those that relay before those that they relay."""
    found: list[Row] = []
    waiting: list[Row] = list(reversed(claim["attributions"]))
    while waiting:
        row = waiting.pop()
        found.append(row)
        if isinstance(row["relays"], Row):
            waiting.append(row["relays"])
    return found


def preset_stance(relays: Any) -> str:
    """A hop that relays passes on; an origin asserts."""
    return (Stance.REPORTS if relays else Stance.ASSERTS).value


def preset_priority(kind: str, grave: Any, parts: Iterable[str]) -> str:
    """``must`` for what DOMAIN.md §1 presets so, as far as a dossier can tell. ``grave``: it has figures, accuses."""
    must = grave or kind in (Kind.ALLEGATION, Kind.STATISTIC) or {Part.HEADLINE, Part.CAPTION} & set(parts)
    return (Priority.MUST if must else Priority.SHOULD).value
