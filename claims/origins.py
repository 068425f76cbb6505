"""Who said it first: a claim's origins, read from the one definition that there is (the view ``claims_origin``)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection


class Through(NamedTuple):
    """The source by which two hops are one: the speaker of both, their owner, their body."""

    id: int
    name: str


class Reason(NamedTuple):
    """Why two origin hops are not independent of each other.

    ``hop`` is the smaller id of the two, ``other`` the larger. ``reason`` is ``same_source``, ``same_owner``,
    ``same_body``, ``speaks_for``, ``same_words`` or ``ruling``; the last two go through nobody.
    """

    hop: int
    other: int
    reason: str
    through: Through | None


class Origin(NamedTuple):
    """One independent origin: the origin hops that count as one, and why. ``id`` is the smallest of ``hops``.

    ``stance`` is what the hops do: a denial never adds to the origins of an assertion. Only those that assert count
    for ``Claim.independent_origins`` (``reports`` without a hop behind it asserts).
    """

    id: int
    stance: str
    hops: tuple[int, ...]
    reasons: tuple[Reason, ...]


def of(claim_ids: Iterable[int]) -> dict[int, list[Origin]]:
    """The origins of each of these claims as the record stands now, in order of their ids; two queries in all.

    A claim without hops has an empty list.
    """
    asked = list(claim_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT claim_id, attribution_id, stance, origin, nullif(reasons, '[]')::json FROM claims_origins_of(%s)",
            [asked],
        )
        rows = cursor.fetchall()
        through = {why["through"] for *_, told in rows for why in told or () if why["through"]}
        if through:
            cursor.execute("SELECT id, name FROM sources_source WHERE id = ANY (%s)", [list(through)])
        names = dict(cursor.fetchall()) if through else {}
    hops: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    reasons: dict[tuple[int, int, str], list[Reason]] = defaultdict(list)
    for claim, hop, stance, origin, told in rows:
        hops[claim, origin, stance].append(hop)
        # The view tells each tie to both of its hops; it is one reason.
        reasons[claim, origin, stance] += [_reason(hop, why, names) for why in told or () if hop < why["with"]]
    found: dict[int, list[Origin]] = {claim: [] for claim in asked}
    for (claim, origin, stance), members in hops.items():
        found[claim].append(Origin(origin, stance, tuple(members), tuple(reasons[claim, origin, stance])))
    return found


def _reason(hop: int, why: dict[str, Any], names: dict[int, str]) -> Reason:
    through = Through(why["through"], names[why["through"]]) if why["through"] else None
    return Reason(hop=hop, other=why["with"], reason=why["reason"], through=through)
