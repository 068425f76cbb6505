"""Seen before (DOMAIN.md §3): the claims that already say what a text says, the likeliest first, with the reasons.

The bargain: the claims that share the text's rarest words are found through the full-text index, and only these are
ranked. Which words are common PostgreSQL's own statistics of the column say; the others are counted in the index, up to
a limit, so that nothing is scanned and no table of frequencies has to be kept. What cannot be found so: a text all of
whose rare words were replaced by others.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import log
from typing import Any

from django.db import connection

from claims.models import Claim, Transition
from claims.numbers import days, numerals
from claims.vocabularies import State
from factdesk.people.roles import Asker

#: so much of a text is looked at, and so many of its words
LONGEST = 2000
MOST_WORDS = 40
#: claims are looked for by so many of the rarest words, as long as not many claims have one of them; a word in more
#: claims than ``COMMON`` is no rare one
RAREST = 14
FOUND = 5000
COMMON = 1500
#: so many claims are read, and ranked by all that is known
READ = 60
#: what is less alike is not told
LEAST = 0.12
#: from here on it may be the same fact
SAME_FACT = 0.6

#: how much of a score is the share of rare words, the likeness of the whole, that of the best part
SHARE, WHOLE, PART = 0.5, 0.25, 0.25

#: words that turn a statement round, as a literal table
NEGATIONS = frozenset(
    re.findall(
        r"\S+",
        "no not never none nobody nothing neither nor without cannot denies denied deny refuses refused "
        "false untrue n't didn't doesn't don't isn't wasn't weren't won't wouldn't hasn't haven't hadn't "
        "couldn't can't",
    )
)

#: What differs makes a claim less likely to say the same; so much is left of its score.
LEFT = {"other_number": 0.75, "other_day": 0.85, "negation_differs": 0.9}

# The common words come from the statistics that the planner uses; they are kept by (auto)analyze. Before its first run
# there are none: all words are counted then, and a desk is taken to be of a middling size.
_WORDS = """
    WITH said AS (
        SELECT DISTINCT word FROM unnest(tsvector_to_array(to_tsvector('english', %(text)s))) AS word
    ), stats AS (
        SELECT most_common_elems::text::text[] AS words, most_common_elem_freqs AS shares FROM pg_stats
        WHERE schemaname = 'public' AND tablename = 'claims_claim' AND attname = 'search'
    ), rows AS (
        SELECT greatest(reltuples, 0) AS known, greatest(reltuples, 10 * %(common)s) AS all FROM pg_class
        WHERE oid = 'claims_claim'::regclass
    ), common AS (
        SELECT word, (shares[at] * rows.known)::int AS many
        FROM stats, rows, unnest(words) WITH ORDINALITY AS w (word, at)
    ), ranked AS (
        SELECT word, many FROM said LEFT JOIN common USING (word)
        ORDER BY coalesce(many, 0), length(word) DESC, word LIMIT %(most)s
    )
    SELECT word, CASE WHEN many > %(common)s THEN many ELSE (
        SELECT count(*) FROM (
            SELECT FROM claims_claim WHERE search @@ quote_literal(ranked.word)::tsquery LIMIT %(common)s
        ) AS found) END, (SELECT rows.all FROM rows)
    FROM ranked
"""
_FOUND = """
    WITH asked AS (SELECT word, weight FROM unnest(%(words)s::text[], %(weights)s::float8[]) AS a (word, weight)),
    found AS MATERIALIZED (
        SELECT id, search, statement FROM claims_claim
        WHERE search @@ %(any)s::tsquery AND id <> %(but)s {only} ORDER BY id DESC LIMIT %(most)s
    )
    SELECT id, weight, similarity(statement, %(text)s), word_similarity(statement, %(text)s) FROM (
        SELECT id, statement, (
            SELECT coalesce(sum(weight), 0) FROM asked WHERE found.search @@ quote_literal(word)::tsquery) AS weight
        FROM found ORDER BY weight DESC, id LIMIT %(read)s
    ) AS best
"""


@dataclass(frozen=True)
class Reason:
    """Why a claim may say the same, or why not: a key of ``claims.labels.MATCHES``, and the words or numbers meant."""

    code: str
    words: str = ""


@dataclass(frozen=True)
class Match:
    """``score`` from 0 to 1: how likely it is the same; ``weight``: how much of the text's rare words it shares."""

    claim: Claim
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Checked:
    """An earlier check of the same fact: what came of it, and when it was signed off."""

    claim: Claim
    score: float
    on: datetime


def seen_before(text: str, by: Asker, *, limit: int = 10, but: int | None = None) -> list[Match]:
    """The claims that already say this, the likeliest first; ``but`` is left out (the claim that the text is of).

    Any text is a valid question; what has no words in it finds nothing. Three queries.
    """
    rows = _rows(text, but)
    claims = Claim.objects.visible_to(by).in_bulk([row[0] for row in rows])
    matches = _ranked(text, [(claims[number], *rest) for number, *rest in rows if number in claims])
    return matches[:limit]


def checked_before(claim: Claim, by: Asker) -> Checked | None:
    """The newest other claim that says the same and has been checked: initialled, or closed with a finding.

    Where a number, a day or a no differs it is not the same. Four small queries.
    """
    return words_checked_before(claim.statement, by, claim)


def words_checked_before(words: str, by: Asker, claim: Claim | None = None) -> Checked | None:
    """The same of some words, which may be those of a claim."""
    rows = _rows(words, claim.pk if claim else None, only="AND verdict IS NOT NULL")
    claims = Claim.objects.visible_to(by).filter(verdict__isnull=False).in_bulk([row[0] for row in rows])
    matches = _ranked(words, [(claims[number], *rest) for number, *rest in rows if number in claims], claim)
    same = [one for one in matches if one.score >= SAME_FACT and not LEFT.keys() & {why.code for why in one.reasons}]
    signed = Transition.objects.filter(claim__in=[one.claim.pk for one in same], after=State.SIGNED_OFF)
    on: dict[int, datetime] = dict(signed.order_by("pk").values_list("claim", "created_at"))
    found = [Checked(one.claim, one.score, on[one.claim.pk]) for one in same if one.claim.pk in on]
    return max(found, key=lambda one: (one.on, one.score), default=None)


def _rows(text: str, but: int | None, *, only: str = "") -> list[tuple[int, float, float, float]]:
    """The claims to rank: id, the share of the text's words by rarity, similarity of the whole, of the best part."""
    asked = text.replace("\0", " ")[:LONGEST]
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, {"text": asked, "most": MOST_WORDS, "common": COMMON})
        words = [(word, many, everything) for word, many, everything in cursor.fetchall() if many]
        if not words:
            return []
        words.sort(key=lambda row: (row[1], row[0]))
        weights = {word: log(1 + everything / many) for word, many, everything in words}
        cursor.execute(
            _FOUND.format(only=only),
            {"text": asked, "words": list(weights), "weights": list(weights.values()),
             "any": _any(words), "but": but or 0,
             "most": FOUND, "read": READ},
        )  # fmt: skip
        total = sum(weights.values())
        return [(number, weight / total, whole, part) for number, weight, whole, part in cursor.fetchall()]


def _any(words: list[tuple[str, int, float]]) -> str:
    """The rarest words, any of them; where all are common, the two rarest together."""
    quoted = ["'{}'".format(word.replace("\\", "\\\\").replace("'", "''")) for word, many, everything in words]
    rare: list[str] = []
    so_far = 0
    for name, (_word, many, _everything) in zip(quoted[:RAREST], words, strict=False):
        if many >= COMMON or (rare and so_far + many > FOUND):
            break
        rare.append(name)
        so_far += many
    return " | ".join(rare) if rare else " & ".join(quoted[:2])


# --- ranking ---


def _ranked(text: str, rows: Iterable[Any], claim: Claim | None = None) -> list[Match]:
    numbers, negated = _numbers(text), _negated(text)
    named = days.named(text) | _about(claim)
    found = []
    for other, share, whole, part in rows:
        score = SHARE * share + WHOLE * whole + PART * part
        reasons = [*_words_alike(whole, share), *_facts(other, numbers, negated, named)]
        for why in reasons:
            score *= LEFT.get(why.code, 1)
        if {"same_number", "same_day"} & {why.code for why in reasons}:
            score = min(1, score * 1.1)
        if score >= LEAST:
            found.append(Match(other, round(score, 3), tuple(reasons)))
    return sorted(found, key=lambda one: (-one.score, one.claim.pk))


def _words_alike(whole: float, share: float) -> list[Reason]:
    if whole >= 0.999:
        return [Reason("same_words")]
    return [Reason("near_words" if whole >= 0.6 else "shared_words", f"{round(100 * share)} %")]


def _facts(other: Claim, numbers: frozenset[Decimal], negated: bool, named: frozenset[date]) -> list[Reason]:
    """Numbers, negation and days, where both sides have something to say of them."""
    found = []
    theirs = _numbers(other.statement)
    if numbers and theirs:
        both = numbers & theirs
        code, told = ("same_number", both) if both else ("other_number", theirs)
        found.append(Reason(code, ", ".join(f"{value:,f}" for value in sorted(told))))
    if negated != _negated(other.statement):
        found.append(Reason("negation_differs"))
    days_of_it = days.named(other.statement) | _about(other)
    if named and days_of_it:
        same = named & days_of_it
        code = "same_day" if same else "other_day"
        found.append(Reason(code, ", ".join(f"{day:%-d %b %Y}" for day in sorted(same or days_of_it)[:3])))
    return found


def _numbers(text: str) -> frozenset[Decimal]:
    """The numbers that say how many: without days and years, and without "one"."""
    told = numerals.read(days.without(text))
    return frozenset(one.value for one in told if not (one.in_words and one.value == 1))


def _negated(text: str) -> bool:
    words = text.casefold().replace("’", "'").split()
    return any(word.strip('.,;:!?“”"()') in NEGATIONS or word.strip(".,;:!?").endswith("n't") for word in words)


def _about(claim: Claim | None) -> frozenset[date]:
    """The claim's day, where it is about one."""
    if claim is None or claim.about_from is None or claim.about_from != claim.about_until:
        return frozenset()
    return frozenset({claim.about_from})
