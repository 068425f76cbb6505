"""What the made desk says: the rows of each table, drawn by seed, as COPY takes them.

The bargain: plain data, no database. Ids are ours, so that a row can name another before either is there; the
distributions are literal tables.
"""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.words import Zipf, vocabulary

SEED = 20260101
#: a batch is one transaction; what is drawn depends on the batch's number alone
BATCH = 10_000
#: claims for one source, one document
PER_SOURCE, PER_DOCUMENT = 50, 5
#: how many hops a chain has -> its share
DEPTHS = {1: 0.45, 2: 0.28, 3: 0.14, 4: 0.07, 5: 0.04, 6: 0.02}
#: every so many claims one has a chain of LONG hops, the second claim of a desk among them
LONG, LONG_EVERY = 50, 5_000
SECOND_ORIGIN = 0.15
KINDS = {
    "event": 0.26, "statistic": 0.22, "detail": 0.18, "quotation": 0.1, "allegation": 0.1, "rule": 0.06, "causal": 0.05,
    "prediction": 0.03,
}  # fmt: skip
#: how far the work on a claim is brought
STATES = {"new": 0.27, "in_check": 0.1, "in_review": 0.05, "signed_off": 0.55, "closed": 0.03}
SENTENCES, LETTERS = 6, 9
TODAY = datetime(2026, 1, 1, tzinfo=UTC)

Row = tuple[Any, ...]
Tables = dict[str, list[Row]]

COLUMNS = {
    "sources_source": "id key kind name identity headcount owner_id reliability reliability_on",
    "sources_affiliation": "source_id organization_id role since",
    "sources_document": "id key kind title publisher_id bylines published_on language url",
    "sources_snapshot": "id document_id text length sha256 captured_at captured_from",
    "sources_sentence": "snapshot_id start end part",
    "sources_passage": "id snapshot_id start end part",
    "claims_claim": "id key statement kind topics place about_from priority assignee_id",
    "claims_attribution": "id claim_id speaker_id document_id passage_id relays_id relays_depth stance manner basis said_on",
    "claims_quantity": "claim_id measure comparator value unit place",
    "claims_evidence": "claim_id document_id stance directness note",
    "claims_accusation": "id claim_id accused_id",
    "claims_replyrequest": "accusation_id put channel sent_at deadline by_id",
}


class Teller:
    """Draws a desk of ``scale`` claims; ``people`` are the ids of those who check and of those who sign."""

    def __init__(self, scale: int, checkers: list[int]) -> None:
        self.scale, self.checkers = scale, checkers
        self.sources = max(scale // PER_SOURCE, 40)
        self.documents = max(scale // PER_DOCUMENT, 40)
        self.words = Zipf(vocabulary())
        self.topics = Zipf(vocabulary()[80:200])
        self.places = Zipf([f"{word.title()}ton" for word in vocabulary()[100:700]])
        self.outlets = Zipf([str(n) for n in range(1, self.sources + 1) if n % 8 == 0])
        self.speakers = Zipf([str(n) for n in range(1, self.sources + 1) if n % 8])

    def phrase(self, dice: random.Random, many: int) -> str:
        """So many words, the first with a capital."""
        return " ".join(self.words.draw(dice, many)).capitalize()

    def tables_of_sources(self) -> Tables:
        """Everyone who says things: by number, every eighth an outlet, every eighth an organization, others people."""
        dice = random.Random(SEED)  # noqa: S311
        made: Tables = {"sources_source": [], "sources_affiliation": []}
        for n in range(1, self.sources + 1):
            kind = {0: "outlet", 1: "organization", 2: "group"}.get(n % 8, "person")
            identity = "named" if n % 8 < 2 else dice.choices(("named", "unnamed", "unstated"), (0.85, 0.13, 0.02))[0]
            head = dice.choice((None, 3, 12)) if kind == "group" else None
            owner = dice.randrange(1, n // 8) * 8 - 7 if kind == "outlet" and n > 16 and dice.random() < 0.2 else None
            grade = dice.choice("ABCDEF") if dice.random() < 0.1 else None
            name = f"{self.phrase(dice, 2).title()} {n}"
            day = date(2025, 1, 1) if grade else None
            made["sources_source"].append((n, f"bench-s{n}", kind, name, identity, head, owner, grade, day))
            if kind == "person" and n > 8 and dice.random() < 0.3:
                made["sources_affiliation"].append((n, dice.randrange(0, n // 8) * 8 + 1, "spokesperson", None))
        return made

    def tables_of_documents(self, first: int, last: int) -> Tables:
        """The documents from ``first`` up to ``last``, each with one snapshot of six sentences; a third is sealed."""
        dice = random.Random(f"{SEED}-documents-{first}")  # noqa: S311
        made: Tables = {name: [] for name in COLUMNS if name.startswith("sources_")}
        for n in range(first, last):
            kind = dice.choices(("article", "release", "court_record", "dataset", "social_post"), (70, 12, 6, 5, 7))[0]
            publisher = self.outlets.draw(dice, 1)[0] if kind != "court_record" else None
            day = (TODAY - timedelta(days=dice.randrange(1, 1500))).date()
            title, byline = self.phrase(dice, 7), self.phrase(dice, 2).title()
            url = f"https://example.org/{n}"
            made["sources_document"].append((n, f"bench-d{n}", kind, title, publisher, [byline], day, "en", url))
            said = [f"{self.phrase(dice, LETTERS)}." for _ in range(SENTENCES)]
            text = " ".join(said)
            digest = hashlib.sha256(text.encode()).hexdigest()
            held = None if n % 3 == 0 else text
            made["sources_snapshot"].append((n, n, held, len(text), digest, TODAY, "dossier"))
            start = 0
            for place, sentence in enumerate(said):
                end, part = start + len(sentence), "headline" if place == 0 else "body"
                made["sources_sentence"].append((n, start, end, part))
                made["sources_passage"].append((n * SENTENCES + place, n, start, end, part))
                start = end + 1
        return made

    def tables_of_claims(self, first: int, last: int) -> tuple[Tables, dict[int, str]]:
        """The claims from ``first`` up to ``last`` with their parts, and how far the work on each is to be brought."""
        dice = random.Random(f"{SEED}-claims-{first}")  # noqa: S311
        made: Tables = {name: [] for name in COLUMNS if name.startswith("claims_")}
        aims = dict(zip(range(first, last), dice.choices([*STATES], [*STATES.values()], k=last - first), strict=True))
        kinds = dice.choices([*KINDS], [*KINDS.values()], k=last - first)
        for n, kind in zip(range(first, last), kinds, strict=True):
            made["claims_claim"].append(self._claim(dice, n, kind))
            made["claims_attribution"] += self._hops(dice, n)
            if kind == "statistic" or dice.random() < 0.15:
                made["claims_quantity"].append(self._quantity(dice, n))
            if dice.random() < 0.5:
                stance = dice.choices(("supports", "context", "refutes"), (6, 3, 1))[0]
                document = dice.randrange(1, self.documents + 1)
                made["claims_evidence"].append((n, document, stance, dice.choice(("primary", "secondary")), ""))
            if kind == "allegation" or dice.random() < 0.02:
                made["claims_accusation"].append((n, n, self.speakers.draw(dice, 1)[0]))
                if dice.random() < 0.5:
                    sent = TODAY - timedelta(hours=dice.randrange(30, 2000))
                    put, by = self.phrase(dice, 9), dice.choice(self.checkers)
                    deadline = sent + timedelta(hours=24)
                    made["claims_replyrequest"].append((n, put, "e-mail", sent, deadline, by))
        return made, aims

    def _claim(self, dice: random.Random, n: int, kind: str) -> Row:
        said = self.phrase(dice, dice.randrange(8, 20))
        number = f", {dice.randrange(2, 5000)} in all" if kind == "statistic" else ""
        topics = sorted(set(self.topics.draw(dice, dice.randrange(1, 4))))
        day = (TODAY - timedelta(days=dice.randrange(1, 1500))).date()
        priority = "must" if kind in ("allegation", "statistic") else dice.choices(("should", "could"), (4, 1))[0]
        whose = dice.choice(self.checkers) if dice.random() < 0.4 else None
        place = self.places.draw(dice, 1)[0]
        return (n, f"bench/{n}", f"{said}{number}.", kind, topics, place, day, priority, whose)

    def _hops(self, dice: random.Random, n: int) -> Iterator[Row]:
        """The chain, the origin first: who said it, then the outlets that passed it on."""
        depth = LONG if n % LONG_EVERY == 2 else dice.choices([*DEPTHS], [*DEPTHS.values()])[0]
        first = n * 100
        for place in range(depth):
            document = dice.randrange(1, self.documents + 1)
            passage = document * SENTENCES + dice.randrange(SENTENCES) if dice.random() < 0.8 else None
            who = (self.speakers if place == 0 else self.outlets).draw(dice, 1)[0]
            stance, basis = ("reports", "told_by_others") if place else ("asserts", _basis(dice))
            manner = dice.choices(("paraphrase", "verbatim", "fragment", "own_voice"), (60, 20, 15, 5))[0]
            relays, before = (first + place - 1, place - 1) if place else (None, None)
            day = TODAY.date() - timedelta(days=dice.randrange(1, 1500))
            yield (first + place, n, who, document, passage, relays, before, stance, manner, basis, day)
        if dice.random() < SECOND_ORIGIN:
            document, who = dice.randrange(1, self.documents + 1), self.speakers.draw(dice, 1)[0]
            stance = dice.choices(("asserts", "denies"), (3, 1))[0]
            yield (first + 99, n, who, document, None, None, None, stance, "paraphrase", _basis(dice), None)

    def _quantity(self, dice: random.Random, n: int) -> Row:
        measure = f"{self.words.draw(dice, 1)[0]} counted"
        value, comparator = dice.randrange(1, 100_000), dice.choice(("=", "=", "=", ">", "~"))
        return (n, measure, comparator, value, dice.choice(("people", "percent", "USD", "engines")), "")


def _basis(dice: random.Random) -> str:
    bases = ("not_stated", "witnessed", "official_records", "document_seen", "told_by_others")
    return dice.choices(bases, (40, 20, 15, 10, 15))[0]
