"""Where a claim comes from: its origin hops, grouped where they are not independent. The view decides, we read it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Origin:
    """One origin hop, and the origin that it belongs to.

    ``origin`` is the smallest attribution id of its group; ``reasons`` say why it is grouped:
    ``{"reason", "through": a source's id or None, "with": the other hop's id}``. ``stance``: ``reports`` counts as
    ``asserts``.
    """

    attribution_id: int
    stance: str
    origin: int
    reasons: list[dict[str, Any]]


def of(claim_ids: Iterable[int]) -> dict[int, list[Origin]]:
    """The origins of these claims, by claim id; in one query. A claim without hops has an empty list."""
    found: dict[int, list[Origin]] = {claim_id: [] for claim_id in claim_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT claim_id, attribution_id, stance, origin, reasons FROM claims_origin WHERE claim_id = ANY (%s)"
            " ORDER BY claim_id, stance, origin, attribution_id",
            [list(found)],
        )
        for claim_id, attribution_id, stance, origin, reasons in cursor.fetchall():
            read = json.loads(reasons) if isinstance(reasons, str) else reasons
            found[claim_id].append(Origin(attribution_id, stance, origin, read))
    return found
