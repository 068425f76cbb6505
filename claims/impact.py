"""What else uses it (DOMAIN.md §3, Impact): what rests on a source, a document, a passage or a claim, and where it ran.

A claim rests on a record directly where one of its hops, however deep in its chain, its backing or an accusation of it
names the record; a source stands for all that are merged with its root. From there it goes on: whatever says the same
(``repeats``, or closed as a duplicate) rests on it, however many ties lie between; and what is tied to any of these by
another relation does, by that one tie.

The bargain: four queries whatever rests on it, everything bounded, the rest counted. The first is one statement that
reads ids; the rows are then read by them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db import connection

from claims.models import Claim, Usage
from factdesk.people.roles import Asker
from sources.models import Document

#: So many claims, pieces of our own copy and places where it ran are listed; of the rest it is said how many.
MOST = 50

#: sort of record -> how a claim rests on it directly: the way, and the claims as SQL over the number ``of``
DIRECT: dict[str, dict[str, str]] = {
    "source": {
        "origin": "SELECT claim_id FROM claims_attribution WHERE speaker_id = ANY (ones.ids) AND relays_id IS NULL",
        "passes_on": "SELECT claim_id FROM claims_attribution WHERE speaker_id = ANY (ones.ids)"
        " AND relays_id IS NOT NULL",
        "spoken_for": "SELECT claim_id FROM claims_attribution WHERE speaks_for_id = ANY (ones.ids)",
        "accused": "SELECT claim_id FROM claims_accusation WHERE accused_id = ANY (ones.ids)",
        "spoken_to": "SELECT claim_id FROM claims_evidence WHERE spoken_to_id = ANY (ones.ids)",
        "published": "SELECT claim_id FROM claims_attribution WHERE document_id IN"
        " (SELECT id FROM sources_document WHERE publisher_id = ANY (ones.ids))",
        "backing_published": "SELECT claim_id FROM claims_evidence WHERE document_id IN"
        " (SELECT id FROM sources_document WHERE publisher_id = ANY (ones.ids))",
    },
    "document": {
        "stands_in": "SELECT claim_id FROM claims_attribution WHERE document_id = ANY (ones.ids)",
        "backing": "SELECT claim_id FROM claims_evidence WHERE document_id = ANY (ones.ids)",
        "known_position": "SELECT claim_id FROM claims_accusation WHERE known_position_passage_id IN"
        " (SELECT p.id FROM sources_passage p JOIN sources_snapshot s ON s.id = p.snapshot_id"
        " WHERE s.document_id = ANY (ones.ids))",
    },
    "passage": {
        "stands_in": "SELECT claim_id FROM claims_attribution WHERE passage_id = ANY (ones.ids)",
        "backing": "SELECT claim_id FROM claims_evidence WHERE passage_id = ANY (ones.ids)",
        "known_position": "SELECT claim_id FROM claims_accusation WHERE known_position_passage_id = ANY (ones.ids)",
    },
    "claim": {},
}
#: What a record stands for: a source for all of its merge, marked words for all that overlap them in the same copy.
_ONES = {
    "source": "SELECT s.id FROM sources_source me JOIN sources_source s"
    " ON s.id = coalesce(me.merged_into_id, me.id) OR s.merged_into_id = coalesce(me.merged_into_id, me.id)"
    " WHERE me.id = %(of)s",
    "passage": "SELECT p.id FROM sources_passage me JOIN sources_passage p ON p.snapshot_id = me.snapshot_id"
    ' AND p.start < me."end" AND p."end" > me.start WHERE me.id = %(of)s',
}
_ITSELF = "SELECT %(of)s::bigint AS id"


@dataclass(frozen=True)
class Resting:
    """A claim that rests on the record. ``ways`` are words of :data:`DIRECT` (``itself`` for the claim that is asked
    about), ``says_the_same``, or kinds of relation.
    """

    claim: Claim
    ways: tuple[str, ...]
    ran: bool
    due: bool


@dataclass(frozen=True)
class InCopy:
    """Our own copy in which claims that rest on it stand or ran; ``claims``: how many."""

    document: Document
    claims: int


@dataclass(frozen=True)
class Impact:
    """What rests on a record: claims (what is due first, then what ran), our own copy, and where it ran elsewhere.

    The lists hold at most :data:`MOST`; ``all_claims``, ``all_copies``, ``all_usages`` say how many there are, ``ran``
    and ``due`` how many usages went out and are owed something.
    """

    most: ClassVar[int] = MOST

    claims: list[Resting]
    copies: list[InCopy]
    usages: list[Usage]
    all_claims: int
    all_copies: int
    all_usages: int
    due: int

    @property
    def more_claims(self) -> int:
        """How many claims are not listed."""
        return self.all_claims - len(self.claims)

    @property
    def more_copies(self) -> int:
        return self.all_copies - len(self.copies)

    @property
    def more_usages(self) -> int:
        return self.all_usages - len(self.usages)


def of(sort: str, number: int, asker: Asker, most: int = MOST) -> Impact:
    """What rests on the record of this sort (a key of :data:`DIRECT`), for who asks. Nothing of one that is not there.

    Whether the record itself may be seen is the caller's to ask; titles of restricted documents are not veiled here.
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(sort), {"of": number, "most": most})
        claims, copies, usages, (all_claims, all_copies, all_usages, due) = cursor.fetchone()
    rows = Claim.objects.visible_to(asker).select_related("assignee").in_bulk([one[0] for one in claims or ()])
    documents = Document.objects.select_related("piece", "publisher").in_bulk([one[0] for one in copies or ()])
    by_id = Usage.objects.visible_to(asker).select_related("claim", "document").in_bulk(usages or ())
    resting = [(rows[pk], tuple(sorted(ways)), went, is_due) for pk, ways, went, is_due in claims or () if pk in rows]
    return Impact(
        [Resting(*one) for one in resting],
        [InCopy(documents[pk], count) for pk, count in copies or ()],
        [by_id[pk] for pk in usages or () if pk in by_id],
        all_claims, all_copies, all_usages, due,
    )  # fmt: skip


def _statement(sort: str) -> str:
    direct: Iterable[str] = [
        f"SELECT found.claim_id, '{way}' AS way FROM ones, LATERAL ({claims} AND withdrawn_at IS NULL) found"  # noqa: S608 - ours, from the table
        for way, claims in DIRECT[sort].items()
    ] or ["SELECT c.id, 'itself' FROM claims_claim c, ones WHERE c.id = ANY (ones.ids)"]
    return _FOUND.format(ones=_ONES.get(sort, _ITSELF), direct=" UNION ".join(direct))


#: One row: claims as [[id, ways, ran, due]], copies as [[id, claims]], usages as ids, and the four totals.
_FOUND: str = """
WITH RECURSIVE ones AS MATERIALIZED (SELECT array_agg(id) AS ids FROM ({ones}) one),
direct (claim_id, way) AS MATERIALIZED ({direct}),
ties (claim_id, other) AS MATERIALIZED (
    SELECT claim_id, other_id FROM claims_relation WHERE kind = 'repeats' AND withdrawn_at IS NULL
    UNION ALL SELECT other_id, claim_id FROM claims_relation WHERE kind = 'repeats' AND withdrawn_at IS NULL
    UNION ALL SELECT id, duplicate_of_id FROM claims_claim WHERE duplicate_of_id IS NOT NULL
    UNION ALL SELECT duplicate_of_id, id FROM claims_claim WHERE duplicate_of_id IS NOT NULL),
same (claim_id) AS (
    SELECT claim_id FROM direct
    UNION SELECT ties.other FROM same JOIN ties ON ties.claim_id = same.claim_id),
every (claim_id, way) AS (
    SELECT claim_id, way FROM direct
    UNION SELECT claim_id, 'says_the_same' FROM (SELECT claim_id FROM same EXCEPT SELECT claim_id FROM direct) alike
    UNION SELECT r.claim_id, r.kind FROM claims_relation r JOIN same ON same.claim_id = r.other_id
        WHERE r.withdrawn_at IS NULL AND r.kind <> 'repeats'
    UNION SELECT r.other_id, r.kind FROM claims_relation r JOIN same ON same.claim_id = r.claim_id
        WHERE r.withdrawn_at IS NULL AND r.kind <> 'repeats'),
rests AS MATERIALIZED (SELECT claim_id, array_agg(way) AS ways FROM every GROUP BY claim_id),
went AS MATERIALIZED (
    SELECT u.id, u.claim_id, u.document_id, u.owed = 'due' AS due FROM claims_usage u
    WHERE u.withdrawn_at IS NULL AND u.claim_id IN (SELECT claim_id FROM rests)),
ran AS (SELECT claim_id, bool_or(due) AS due FROM went GROUP BY claim_id),
copies AS MATERIALIZED (
    SELECT document_id, count(DISTINCT claim_id) AS claims FROM (
        SELECT a.document_id, a.claim_id FROM claims_attribution a
        JOIN sources_document d ON d.id = a.document_id AND d.kind = 'desk_copy'
        WHERE a.withdrawn_at IS NULL AND a.claim_id IN (SELECT claim_id FROM rests)
        UNION SELECT w.document_id, w.claim_id FROM went w WHERE w.document_id IS NOT NULL) stands
    GROUP BY document_id)
SELECT
    (SELECT json_agg(json_build_array(claim_id, ways, ran, due)) FROM (
        SELECT r.claim_id, r.ways, n.claim_id IS NOT NULL AS ran, coalesce(n.due, false) AS due
        FROM rests r JOIN claims_claim c ON c.id = r.claim_id LEFT JOIN ran n ON n.claim_id = r.claim_id
        ORDER BY coalesce(n.due, false) DESC, n.claim_id IS NOT NULL DESC, 'itself' = ANY (r.ways) DESC,
            c.priority = 'must' DESC, c.id DESC LIMIT %(most)s) listed),
    (SELECT json_agg(json_build_array(document_id, claims)) FROM (
        SELECT document_id, claims FROM copies ORDER BY document_id DESC LIMIT %(most)s) listed),
    (SELECT json_agg(id) FROM (SELECT id FROM went ORDER BY due DESC, id DESC LIMIT %(most)s) listed),
    (SELECT json_build_array((SELECT count(*) FROM rests), (SELECT count(*) FROM copies), count(*),
        count(*) FILTER (WHERE due)) FROM went)
"""
