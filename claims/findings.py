"""What does not agree with what (DOMAIN.md §3, Numbers and Other differences): questions to the editor, never verdicts.

The bargain: nothing is kept. Each finding is worked out when it is asked for, from the claims themselves, from those
that share a document with them or are tied to them, and from figures of the same measure, or with one telling number
under one topic, anywhere on the desk: a bounded number of each, looked up by an index. Rulings are found by key.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

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
    """What is to be asked about each of these claims, the surest and the unsettled first; ten queries at the most.

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


def _quantities(asked: frozenset[int], beside: list[int]) -> list[Any]:
    most = {f"most_{name}": many for name, many in MOST.items()}
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"claims": list(asked), "beside": beside, **most})
        numbers = [row[0] for row in cursor.fetchall()]
    rows = Quantity.objects.filter(pk__in=numbers, withdrawn_at__isnull=True).order_by("pk")
    return list(
        rows.values_list("id", "claim_id", "period_from", "period_until", "base_id", "base_is", *_SAME, named=True)
    )


def _told(numbers: set[int], asked: frozenset[int], by: Asker) -> tuple[list[Hop], dict[int, Told]]:
    """These claims (closed ones only where they are asked for) with who says so first, and their hops."""
    open_or_asked = Q(closed_because__isnull=True) | Q(pk__in=asked)
    rows = Claim.objects.visible_to(by).filter(open_or_asked, pk__in=numbers)
    found = Attribution.objects.visible_to(by).filter(claim__in=rows, withdrawn_at__isnull=True)
    may = by.may("read_restricted")
    hops = [_Hop._make((*row, may)) for row in found.order_by("pk").values_list(*_OF_HOP)]
    of: dict[int, list[_Hop]] = defaultdict(list)
    for hop in hops:
        of[hop.claim].append(hop)
    claims = {row.id: _claim(row, of[row.id]) for row in rows.values_list(*_OF_CLAIM, named=True)}
    words = _words([hop for hop in hops if hop.claim in asked and hop.may])
    return [_hop(hop, *words.get(hop.id, (None, None))) for hop in hops], claims


#: Rows are read by their columns: a document has hundreds of claims, whose whole records take several times as long.
_OF_CLAIM = ("id", "statement", "kind", "topics", "place", "about_from", "about_until")
_SAME = (
    "measure", "value", "comparator", "upper", "margin", "unit", "population", "place", "period", "vintage",
    "as_worded",
)  # fmt: skip
_OF_HOP = (
    "id", "claim", "relays", "document", "stance", "manner", "certainty", "hedge", "said_on", "speaker__name",
    "speaker__merged_into__name", "document__restricted", "document__kind", "document__published_on", "passage__part",
    "passage__snapshot", "passage__start", "passage__end",
)  # fmt: skip


class _Hop(NamedTuple):
    """A hop as ``_OF_HOP`` reads it; ``reads_all``: whoever asks may read restricted material."""

    id: int
    claim: int
    relays: int | None
    document: int | None
    stance: str
    manner: str
    certainty: str
    hedge: str
    said_on: date | None
    speaker: str
    root: str | None
    restricted: bool | None
    document_kind: str | None
    published_on: date | None
    part: str | None
    snapshot: int | None
    start: int | None
    end: int | None
    reads_all: bool

    @property
    def name(self) -> str:
        """The speaker's, as they go by since a merge."""
        return self.root or self.speaker

    @property
    def may(self) -> bool:
        """Whether whoever asks may read what stands there."""
        return self.reads_all or not self.restricted


def _claim(row: Any, hops: list[_Hop]) -> Told:
    placed = [(hop.document or 0, hop.part if hop.may else "body") for hop in hops if hop.part]
    origins = [hop for hop in hops if hop.relays is None and hop.stance in ("asserts", "reports")]
    return Told(
        id=row.id,
        statement=row.statement,
        kind=row.kind,
        topics=frozenset(row.topics),
        place=row.place,
        since=row.about_from,
        until=row.about_until,
        headed=frozenset(document for document, part in placed if part in HEADINGS),
        told=frozenset(document for document, part in placed if part not in HEADINGS),
        by=tuple(dict.fromkeys(hop.name for hop in origins)),
    )


def _figure(row: Any, claim: Told) -> Figure:
    return Figure(
        id=row.id, claim=claim, since=row.period_from, until=row.period_until, base=row.base_id,
        base_is=row.base_is or "", **{name: getattr(row, name) for name in _SAME},
    )  # fmt: skip


def _hop(hop: _Hop, words: str | None, text: str | None) -> Hop:
    return Hop(
        id=hop.id, claim=hop.claim, name=hop.name, relays=hop.relays, document=hop.document,
        published_on=hop.published_on if hop.may else None, part=(hop.part if hop.may else None) or "body",
        is_ours=hop.document_kind == DocumentKind.DESK_COPY, stance=hop.stance, manner=hop.manner,
        certainty=hop.certainty, hedge=hop.hedge, said_on=hop.said_on, words=words, text=text,
    )  # fmt: skip


def _words(seen: list[_Hop]) -> dict[int, tuple[str | None, str | None]]:
    """The marked words of each hop, and where none are marked the newest text of its document; as far as they are held.
    Two queries, each text read once.
    """
    marked = Snapshot.objects.filter(pk__in={hop.snapshot for hop in seen if hop.snapshot}, text__isnull=False)
    texts = dict(marked.values_list("pk", "text"))
    relayed = {hop.relays for hop in seen}
    unmarked = {hop.document for hop in seen if hop.document and not hop.snapshot and hop.id in relayed}
    whole = Snapshot.objects.filter(document__in=unmarked, text__isnull=False)
    newest = whole.order_by("document", "-captured_at", "-pk").distinct("document")
    of_document = dict(newest.values_list("document", "text"))
    found: dict[int, tuple[str | None, str | None]] = {}
    for hop in seen:
        text = texts.get(hop.snapshot) if hop.snapshot else None
        words = text[hop.start : hop.end] if text is not None else None
        found[hop.id] = (words, None if hop.snapshot else of_document.get(hop.document or 0))
    return found
