"""What a source said and how it held up: counts of findings that are initialled, and nothing made of them.

The bargain: no score, no share, no order of merit; each number stands with what it counts. Whether it was said
(``Attribution.said``) is counted apart from whether it is so. Who may see it is the right ``weigh_sources``. Three
queries.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from claims.models import Attribution
from claims.vocabularies import Said, Verdict
from sources.merging import merged_with
from sources.models import Source

#: in which way it had to do with a claim -> what that is called
WAYS = {
    "origin": _("Said, as original source"),
    "passed_on": _("Passed on"),
    "denied": _("Denied"),
}

_SAID = """
SELECT way, verdict, year, count(*) FROM (
    SELECT a.claim_id, c.verdict, CASE WHEN a.stance = 'denies' THEN 'denied'
            WHEN bool_or(a.relays_id IS NULL) OVER (PARTITION BY a.claim_id, a.stance = 'denies') THEN 'origin'
            ELSE 'passed_on' END AS way,
        extract(year FROM min(coalesce(a.said_on, d.published_on))
            OVER (PARTITION BY a.claim_id, a.stance = 'denies'))::integer AS year,
        row_number() OVER (PARTITION BY a.claim_id, a.stance = 'denies' ORDER BY a.id) AS nth
    FROM claims_attribution a JOIN claims_claim c ON c.id = a.claim_id
    LEFT JOIN sources_document d ON d.id = a.document_id
    WHERE a.speaker_id = ANY (%s) AND a.withdrawn_at IS NULL AND a.stance IN ('asserts', 'reports', 'denies')) said
WHERE nth = 1 GROUP BY way, verdict, year
"""


@dataclass(frozen=True)
class Counted:
    """Claims of one sort: ``all`` of them, ``found`` with a finding that is initialled, and ``verdicts`` of these, in
    the vocabulary's order, each with its label and how many.
    """

    label: str
    all: int
    found: int
    verdicts: list[tuple[str, int]]


@dataclass(frozen=True)
class HeldUp:
    """``ways``: by what it had to do with the claims; ``years``: of what it said or passed on, newest first (None: the
    day is not known); ``said``: was it said, hop by hop; ``hops`` in all, ``unchecked`` of them not looked into.
    """

    ways: list[Counted]
    years: list[Counted]
    said: list[tuple[str, int]]
    hops: int
    unchecked: int


def of(source: Source) -> HeldUp:
    """The counts of a source, with all that is merged with it."""
    ids = merged_with([source.pk])
    with connection.cursor() as cursor:
        cursor.execute(_SAID, [ids])
        rows = cursor.fetchall()
    ways: dict[str, dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
    years: dict[int | None, dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
    for way, verdict, year, count in rows:
        ways[way][verdict] += count
        if way != "denied":
            years[year][verdict] += count
    hops = Attribution.objects.filter(speaker__in=ids, withdrawn_at__isnull=True).order_by()
    said = dict(hops.values_list("said").annotate(Count("pk")))
    return HeldUp(
        [_counted(str(label), ways[way]) for way, label in WAYS.items() if way in ways],
        [_counted(str(year or _("day not known")), years[year]) for year in sorted(years, key=lambda one: -(one or 0))],
        [(str(word.label), said[word]) for word in Said if word in said and word != Said.NOT_CHECKED],
        sum(said.values()),
        said.get(Said.NOT_CHECKED, 0),
    )


def _counted(label: str, verdicts: dict[str | None, int]) -> Counted:
    told = [(str(word.label), verdicts[word]) for word in Verdict if verdicts.get(word)]
    return Counted(label, sum(verdicts.values()), sum(count for label, count in told), told)
