"""What does not agree with what (DOMAIN.md §3, Numbers and Other differences): questions to the editor, never verdicts.

The bargain: nothing is kept. Each finding is worked out when it is asked for, from the claims themselves, from those
that share a document with them or are tied to them, and from figures of the same measure, or with one telling number
under one topic, anywhere on the desk: a bounded number of each, looked up by an index. Rulings are found by key.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db import connection
from django.db.models import Q

from claims.differences import actors, dates, measures, wordings
from claims.locking import held
from claims.models import Attribution, Claim, Quantity, Relation, Ruling
from claims.numbers import figures, shares
from claims.numbers.facts import HEADINGS, Figure, Finding, Hop, Settled, Told
from claims.vocabularies import FindingRuling, RulingAbout
from factdesk.change import change, say_why
from factdesk.errors import NoSuchRecord
from factdesk.people.models import User
from factdesk.people.roles import Asker
from sources.models import Snapshot
from sources.models.document import DocumentKind

#: in which order they are told: what is surest first
ORDER = (
    "headline_differs", "differs", "share_mismatch", "sum_mismatch", "weekday_mismatch", "quote_cut", "wording_drift",
    "actor_differs", "measure_differs", "no_base", "date_unresolved", "other_scope",
)  # fmt: skip
#: so many are looked at beside the claims that are asked for: figures and claims of the same documents, figures of one
#: measure, of one number, of one base
MOST = {"beside": 500, "measure": 40, "number": 10, "numbered": 200, "parts": 200}

_FIGURES = """
    WITH mine AS (
        SELECT id, lower(measure) AS measure, value, base_id, claim_id FROM claims_quantity
        WHERE claim_id = ANY (%(claims)s) AND withdrawn_at IS NULL
    ), near AS (
        SELECT id FROM mine
        UNION (SELECT id FROM claims_quantity WHERE claim_id = ANY (%(beside)s) AND withdrawn_at IS NULL
               ORDER BY id DESC LIMIT %(most_beside)s)
        UNION SELECT same.id FROM (SELECT DISTINCT measure FROM mine) AS asked CROSS JOIN LATERAL (
            SELECT q.id FROM claims_quantity q WHERE lower(q.measure) = asked.measure AND q.withdrawn_at IS NULL
            ORDER BY q.id DESC LIMIT %(most_measure)s) AS same
        UNION SELECT same.id FROM (
            SELECT DISTINCT mine.value, c.topics FROM mine JOIN claims_claim c ON c.id = mine.claim_id
            WHERE mine.value >= 20 AND mine.value %% 10 <> 0 AND mine.value = trunc(mine.value)
        ) AS asked CROSS JOIN LATERAL (
            SELECT q.id FROM (
                SELECT id, claim_id FROM claims_quantity WHERE value = asked.value AND withdrawn_at IS NULL
                ORDER BY id DESC LIMIT %(most_numbered)s
            ) AS q JOIN claims_claim c ON c.id = q.claim_id
            WHERE c.topics && asked.topics ORDER BY q.id DESC LIMIT %(most_number)s) AS same
    ), with_base AS (
        SELECT id FROM near
        UNION SELECT q.base_id FROM claims_quantity q JOIN near USING (id) WHERE q.base_id IS NOT NULL
    )
    SELECT id FROM with_base
    UNION (SELECT q.id FROM claims_quantity q WHERE q.withdrawn_at IS NULL
           AND q.base_id IN (SELECT id FROM mine UNION SELECT base_id FROM mine)
           ORDER BY q.id DESC LIMIT %(most_parts)s)
"""
_BESIDE = """
    SELECT DISTINCT claim_id FROM claims_attribution WHERE passage_id IS NOT NULL AND withdrawn_at IS NULL
    AND document_id IN (SELECT document_id FROM claims_attribution
                        WHERE claim_id = ANY (%s) AND passage_id IS NOT NULL AND withdrawn_at IS NULL)
    ORDER BY claim_id DESC LIMIT %s
"""


def of(claim_ids: Iterable[int], by: Asker) -> dict[int, list[Finding]]:
    """What is to be asked about each of these claims, the surest and the unsettled first; ten queries in all.

    Of claims that ``by`` may not see, and of words in restricted material that they may not read, nothing is told.
    """
    asked = frozenset(Claim.objects.visible_to(by).filter(pk__in=list(claim_ids)).values_list("pk", flat=True))
    found: dict[int, list[Finding]] = {number: [] for number in asked}
    if not asked:
        return found
    beside, pairs = _beside(asked), _tied(asked)
    rows = _quantities(asked, beside)
    hops, claims = _told(
        {*asked, *beside, *(n for pair in pairs for n in pair), *(r.claim_id for r in rows)}, asked, by
    )
    looked_at = [_figure(row, claims[row.claim_id]) for row in rows if row.claim_id in claims]
    all_pairs = [*pairs, *((a, b) for a in asked for b in beside if a != b)]
    for one in _settled(
        [
            *figures.held(looked_at, asked),
            *shares.held(looked_at, asked),
            *measures.held(looked_at, asked),
            *actors.held(claims, all_pairs),
            *wordings.held(hops, asked),
            *dates.held([claims[number] for number in sorted(asked)], [hop for hop in hops if hop.claim in asked]),
        ]
    ):
        for number in one.claims:
            if number in found:
                found[number].append(one)
    return found


@change
def settle(*, claim_id: int, key: str, decision: str, reason: str, by: User, version: int | None = None) -> Ruling:
    """What is asked about this claim under ``key`` is settled (``both_stand``, ``mistake``), or ``open`` after all.

    A reason is asked for in any case. NoSuchRecord where nothing (any more) is asked under this key: what was looked at
    has changed. The ruling lapses when it does.
    """
    with held(claim_id, by=by, right="rule", version=version, why=reason):
        say_why(reason)
        if key not in {one.key for one in of([claim_id], by)[claim_id]}:
            raise NoSuchRecord("difference with this key", claim_id)
        return Ruling.objects.create(
            about=RulingAbout.FINDING, claim_id=claim_id, key=key, decision=decision, reason=reason, by=by
        )


def _settled(findings: list[Finding]) -> list[Finding]:
    """With what editors ruled on them, each once, in the order in which they are told."""
    claims = {number for one in findings for number in one.claims}
    rulings = (
        Ruling.objects.filter(about=RulingAbout.FINDING, claim__in=claims, key__in=[one.key for one in findings])
        .select_related("by")
        .order_by("pk")
    )
    newest = {one.key: one for one in rulings}
    told = []
    for one in {one.key: one for one in findings}.values():
        ruled = newest.get(one.key)
        if ruled is not None and ruled.decision != FindingRuling.OPEN:
            settled = Settled(ruled.decision, ruled.reason, ruled.by.get_full_name() or ruled.by.username)
            told.append(replace(one, settled=settled, loud=False))
        else:
            told.append(one)
    return sorted(told, key=lambda one: (one.settled is not None, not one.loud, ORDER.index(one.kind), one.claims))


# --- what is looked at ---


def _beside(asked: frozenset[int]) -> list[int]:
    """The claims of which words are marked in a document in which words of these are."""
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, [list(asked), MOST["beside"]])
        return [row[0] for row in cursor.fetchall()]


def _tied(asked: frozenset[int]) -> list[tuple[int, int]]:
    ties = Relation.objects.filter(Q(claim__in=asked) | Q(other__in=asked), withdrawn_at__isnull=True)
    return list(ties.order_by("pk").values_list("claim_id", "other_id")[: MOST["beside"]])


def _quantities(asked: frozenset[int], beside: list[int]) -> list[Quantity]:
    most = {f"most_{name}": many for name, many in MOST.items()}
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"claims": list(asked), "beside": beside, **most})
        numbers = [row[0] for row in cursor.fetchall()]
    return list(Quantity.objects.filter(pk__in=numbers, withdrawn_at__isnull=True).order_by("pk"))


def _told(numbers: set[int], asked: frozenset[int], by: Asker) -> tuple[list[Hop], dict[int, Told]]:
    """These claims (closed ones only where they are asked for) with who says so first, and their hops."""
    open_or_checked = Q(closed_because__isnull=True) | Q(pk__in=asked)
    rows = Claim.objects.visible_to(by).filter(open_or_checked, pk__in=numbers)
    hops = list(
        Attribution.objects.visible_to(by)
        .filter(claim__in=rows, withdrawn_at__isnull=True)
        .select_related("speaker__merged_into", "document", "passage")
        .order_by("pk")
    )
    of: dict[int, list[Attribution]] = defaultdict(list)
    for hop in hops:
        of[hop.claim_id].append(hop)
    claims = {row.pk: _claim(row, of[row.pk], by) for row in rows}
    words = _words([hop for hop in hops if hop.claim_id in asked], by)
    return [_hop(hop, words.get(hop.pk, (None, None)), by) for hop in hops], claims


def _claim(row: Claim, hops: list[Attribution], by: Asker) -> Told:
    placed = [(hop.document_id or 0, hop.passage.part if _may(hop, by) else "body") for hop in hops if hop.passage]
    origins = [hop for hop in hops if hop.relays_id is None and hop.stance in ("asserts", "reports")]
    return Told(
        id=row.pk,
        statement=row.statement,
        kind=row.kind,
        topics=frozenset(row.topics),
        place=row.place,
        since=row.about_from,
        until=row.about_until,
        headed=frozenset(document for document, part in placed if part in HEADINGS),
        told=frozenset(document for document, part in placed if part not in HEADINGS),
        by=tuple(dict.fromkeys((hop.speaker.merged_into or hop.speaker).name for hop in origins)),
    )


def _figure(row: Quantity, claim: Told) -> Figure:
    same = (
        "measure",
        "value",
        "comparator",
        "upper",
        "margin",
        "unit",
        "population",
        "place",
        "period",
        "vintage",
        "as_worded",
    )
    return Figure(
        id=row.pk, claim=claim, since=row.period_from, until=row.period_until, base=row.base_id,
        base_is=row.base_is or "", **{name: getattr(row, name) for name in same},
    )  # fmt: skip


def _may(hop: Attribution, by: Asker) -> bool:
    return hop.document is None or not hop.document.restricted or by.may("read_restricted")


def _hop(hop: Attribution, words: tuple[str | None, str | None], by: Asker) -> Hop:
    may = _may(hop, by)
    dated = hop.document.published_on if hop.document and may else None
    return Hop(
        id=hop.pk, claim=hop.claim_id, name=(hop.speaker.merged_into or hop.speaker).name, relays=hop.relays_id,
        document=hop.document_id, published_on=dated, part=hop.passage.part if hop.passage and may else "body",
        is_ours=bool(hop.document and hop.document.kind == DocumentKind.DESK_COPY), stance=hop.stance,
        manner=hop.manner, certainty=hop.certainty, hedge=hop.hedge, said_on=hop.said_on, words=words[0], text=words[1],
    )  # fmt: skip


def _words(hops: list[Attribution], by: Asker) -> dict[int, tuple[str | None, str | None]]:
    """The marked words of each hop, and where none are marked the newest text of its document; as far as they are held
    and ``by`` may read them. Two queries, each text read once.
    """
    seen = [hop for hop in hops if _may(hop, by)]
    marked = Snapshot.objects.filter(
        pk__in={hop.passage.snapshot_id for hop in seen if hop.passage}, text__isnull=False
    )
    texts = dict(marked.values_list("pk", "text"))
    relayed = {hop.relays_id for hop in seen}
    unmarked = {hop.document_id for hop in seen if hop.document_id and not hop.passage and hop.pk in relayed}
    whole = Snapshot.objects.filter(document__in=unmarked, text__isnull=False)
    newest = whole.order_by("document", "-captured_at", "-pk").distinct("document")
    of_document = dict(newest.values_list("document", "text"))
    found: dict[int, tuple[str | None, str | None]] = {}
    for hop in seen:
        text: Any = texts.get(hop.passage.snapshot_id) if hop.passage else None
        words = text[hop.passage.start : hop.passage.end] if hop.passage and text is not None else None
        found[hop.pk] = (words, None if hop.passage else of_document.get(hop.document_id or 0))
    return found
