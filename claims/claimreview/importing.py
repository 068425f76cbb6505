"""Reviews into the record: each by itself, all told, the same ones twice add nothing.

The bargain: a batch of reviews is one transaction. What is new in it goes in by one statement a table
(``dossiers.load_new``), what the desk has and the file says otherwise by the dossiers' own way (``dossiers.load``):
what somebody has touched since is a conflict, and stays. Where the database refuses something, the batch is undone and
tried again in halves, until the one row stands alone that is refused; the others are in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import DataError, IntegrityError, OperationalError, transaction

from claims import dossiers
from claims.claimreview import parties, recording
from claims.claimreview.parties import Matched
from claims.claimreview.recording import APPEARANCE, OUTLET, Record
from claims.claimreview.results import ALREADY_THERE, CONFLICT, MADE, REFUSED, UPDATED, Outcome, Unread
from claims.claimreview.review import Review
from claims.dossiers.rows import Rows
from claims.models import Claim, DossierRow
from factdesk.context import acting
from factdesk.errors import BadInput, DomainError, NotAllowed
from factdesk.people.models import User
from factdesk.rest.refusals import BUSY, explain
from sources.models import Document
from sources.models.document import HELD

BATCH = 200
#: the table of a mark that says what a review said when it was last read
MARK = "claimreview"
WHY = "ClaimReview import"
#: what to do about it, where the code alone does not say
ADVICE = {
    "too_long": "Shorten it in the file and send it again.",
    "blank": "There is no claim in it: nothing to record.",
}


def take(found: Iterable[Review | Unread], *, by: User, dry_run: bool = False) -> Iterator[Outcome]:
    """One outcome for each review, in order. ``dry_run`` undoes it all at the end.

    Raises NotAllowed where ``by`` may not propose claims, and Busy where somebody else's import is in the way.
    """
    if "propose" not in by.rights:
        raise NotAllowed(f"{by.username} may not propose claims.", needed=["propose"])
    importing = _Importing(by)
    if not dry_run:
        yield from importing.outcomes(found)
        return
    undone: set[int] = set()
    with transaction.atomic():
        for outcome in importing.outcomes(found):
            if outcome.outcome == MADE:
                outcome.claim = outcome.document = None
            undone |= {one.source for _, one in outcome.sources if not one.is_there}
            outcome.sources = [(role, one.without(undone)) for role, one in outcome.sources]
            yield outcome
        transaction.set_rollback(True)


@dataclass
class _Place:
    """A record on its way: the desk's document, and who is who."""

    record: Record
    document: Any = None
    appearance: Any = None
    sources: dict[str, Matched] = field(default_factory=dict)

    @property
    def held(self) -> dossiers.Held:
        documents = {self.record.dossier.key: self.document.pk}
        if self.appearance:
            documents[APPEARANCE] = self.appearance.pk
        return dossiers.Held(self.document, {key: each.source for key, each in self.sources.items()}, documents)

    def outcome(self, what: str, claim: int | None, *told: str, code: str = "") -> Outcome:
        review = self.record.review
        named = [(key.partition("-")[0], each) for key, each in self.sources.items()]
        return Outcome(review.place, what, code, [*review.told, *told], claim, self.document.pk, named)


class _Importing:
    """One import. ``seen``: the claim's key of each row so far, and what it said at which place; ``refused``: of those
    that the database refused, how.
    """

    def __init__(self, by: User) -> None:
        self.by = by
        self.seen: dict[str, tuple[str, str]] = {}
        self.refused: dict[str, Outcome] = {}

    def outcomes(self, found: Iterable[Review | Unread]) -> Iterator[Outcome]:
        rows = iter(found)
        while batch := list(islice(rows, BATCH)):
            yield from self._told(batch)

    def _told(self, batch: list[Review | Unread]) -> list[Outcome]:
        """The outcomes of a batch, in its order."""
        read = [self._read(row) for row in batch]
        new: dict[str, Record] = {}
        for row in read:
            if isinstance(row, Record) and row.key not in self.seen:
                self.seen[row.key] = (row.said, row.review.place)
                new[row.key] = row
        done = dict(zip(new, self._halves(list(new.values())), strict=True))
        self.refused |= {key: outcome for key, outcome in done.items() if outcome.outcome == REFUSED}
        told = []
        for row in read:
            is_first = isinstance(row, Record) and new.get(row.key) is row
            told.append(row if isinstance(row, Outcome) else done[row.key] if is_first else self._again(row))
        return told

    def _read(self, row: Review | Unread) -> Record | Outcome:
        """The row as a record; or why there is nothing to record."""
        if isinstance(row, Unread):
            return Outcome(row.place, REFUSED, row.code, [row.message])
        if not row.claim:
            return _refused(row, "no_claim", "It does not say which claim it is about (claimReviewed).")
        try:
            return recording.record(row)
        except BadInput as wrong:
            return _unfit(row, wrong)

    def _again(self, record: Record) -> Outcome:
        """A row whose claim stood in the same file before."""
        review, (said, place) = record.review, self.seen[record.key]
        if first := self.refused.get(record.key):
            return Outcome(review.place, REFUSED, first.code, first.told)
        if said != record.said:
            told = f"{place} says otherwise of the same claim at the same address: that one was taken."
            return Outcome(review.place, CONFLICT, "said_twice", [*review.told, told])
        return Outcome(review.place, ALREADY_THERE, "twice", [*review.told, f"{place} says the same."])

    def _halves(self, records: list[Record]) -> list[Outcome]:
        """All of them in one transaction; where one is refused, in two, and so on."""
        if not records:
            return []
        try:
            with acting(by=self.by, why=WHY, way="import"):
                return _Batch(records, self.by).outcomes()
        except (IntegrityError, DataError) as error:
            refusal = explain(error)
            if refusal is None:
                raise
            if len(records) == 1:
                return [_refused(records[0].review, refusal.code, refusal.detail, tells=False)]
        except OperationalError as error:
            if explain(error) is None:
                raise
            raise dossiers.Busy(BUSY.detail) from error
        half = len(records) // 2
        return [*self._halves(records[:half]), *self._halves(records[half:])]


def _refused(review: Review, code: str, message: str, *, tells: bool = True) -> Outcome:
    return Outcome(review.place, REFUSED, code, [*(review.told if tells else []), message])


def _unfit(review: Review, wrong: BadInput) -> Outcome:
    """What does not fit into the record, by its paths; none of these messages repeats a text."""
    listed = [f"{each['path'].rpartition('.')[2]}: {each['message']}" for each in wrong.problems]
    code = str(wrong.problems[0]["code"])
    return Outcome(review.place, REFUSED, code, [*listed, *([ADVICE[code]] if code in ADVICE else [])])


class _Batch:
    """Some records in one transaction."""

    def __init__(self, records: list[Record], by: User) -> None:
        self.by = by
        self.places = [_Place(record) for record in records]
        self.told: dict[str, Outcome] = {}

    def outcomes(self) -> list[Outcome]:
        dossiers.take_turn()
        self._documents_on_the_desk()
        claims = dict(Claim.objects.filter(key__in=[each.record.key for each in self.places]).values_list("key", "pk"))
        marks = self._marks()
        waiting = []
        for place in self.places:
            key = place.record.key
            mark = marks.get((place.document.pk, key)) if place.document else None
            if key in self.told:
                continue
            if key in claims and mark and mark.digest == place.record.said:
                self.told[key] = place.outcome(ALREADY_THERE, claims[key])
            else:
                waiting.append(place)
        self._sources(waiting)
        self._documents(waiting)
        self._load_new([each for each in waiting if each.record.key not in claims])
        for place in waiting:
            if place.record.key in claims:
                number = claims[place.record.key]
                self.told[place.record.key] = self._load_again(place, number, marks)
        return [self.told[place.record.key] for place in self.places]

    # --- what is there ---

    def _documents_on_the_desk(self) -> None:
        """Each record's page, by its key or else its address; and whether this person may add to it."""
        keys = {each.record.dossier.key for each in self.places} | {
            recording.address_key(said_in.url)
            for each in self.places
            if (said_in := recording.placed(each.record.review))
        }
        urls = {each.record.review.url for each in self.places} | {
            said_in.url for each in self.places if (said_in := recording.placed(each.record.review))
        }
        by_key = {each.key: each for each in Document.objects.filter(key__in=keys)}
        published = Document.objects.filter(url__in=urls - {""}).exclude(kind__in=HELD).order_by("-pk")
        by_url = {each.url: each for each in published}
        for place in self.places:
            review, said_in = place.record.review, recording.placed(place.record.review)
            place.document = by_key.get(place.record.dossier.key) or by_url.get(review.url)
            if said_in:
                place.appearance = by_key.get(recording.address_key(said_in.url)) or by_url.get(said_in.url)
            if any(each and each.restricted for each in (place.document, place.appearance)) and (
                "read_restricted" not in self.by.rights
            ):
                told = "It names a document that is restricted here."
                self.told[place.record.key] = _refused(review, "not_allowed", told)

    def _marks(self) -> dict[tuple[int, str], DossierRow]:
        pages = {each.document.pk for each in self.places if each.document}
        rows = DossierRow.objects.filter(document__in=pages, table=MARK) if pages else ()
        return {(row.document_id, row.key): row for row in rows}

    # --- what is made ---

    def _sources(self, places: list[_Place]) -> None:
        asked = [(place, key, party) for place in places for key, party in _parties(place.record.review)]
        found = parties.known(party for _, _, party in asked)
        for place, key, party in asked:
            place.sources[key] = found[party]

    def _documents(self, places: list[_Place]) -> None:
        """The pages that the desk does not have: of several reviews of one page the first says what it is."""
        new: dict[str, Document] = {}
        for place in places:
            dossier = place.record.dossier
            by_key = Rows(dossier)
            by_key.ids["source"] = {key: each.source for key, each in place.sources.items()}
            rows = {"document": (dossier.root["document"], dossier.key)}
            if said_in := recording.placed(place.record.review):
                rows["appearance"] = (dossier.root["documents"][0], recording.address_key(said_in.url))
            for name, (row, key) in rows.items():
                if getattr(place, name) is None:
                    setattr(place, name, new.setdefault(key, Document(**by_key.columns(row, key=key))))
        Document.objects.bulk_create(new.values())

    def _load_new(self, places: list[_Place]) -> None:
        made = dossiers.load_new([(each.record.dossier, each.held) for each in places], by=self.by)
        marks = []
        for place, [claim] in zip(places, made, strict=True):
            said = {"key": place.record.key, "object_id": claim.pk, "digest": place.record.said}
            marks.append(DossierRow(document=place.document, table=MARK, **said))
            self.told[place.record.key] = place.outcome(MADE, claim.pk)
        DossierRow.objects.bulk_create(marks)

    def _load_again(self, place: _Place, claim: int, marks: dict[tuple[int, str], DossierRow]) -> Outcome:
        """What the desk has and the file says otherwise: taken over where nobody has touched it."""
        try:
            loaded = dossiers.load(place.record.dossier, by=self.by, held=place.held)
        except DomainError as refused:
            return place.outcome(REFUSED, claim, str(refused), code=refused.code)
        if loaded.conflicts:
            told = [each.message for each in loaded.conflicts]
            return place.outcome(CONFLICT, claim, *told, code="desk_says_otherwise")
        mark = marks.get((place.document.pk, place.record.key)) or DossierRow(
            document=place.document, table=MARK, key=place.record.key, object_id=claim
        )
        mark.digest = place.record.said
        mark.save()
        changed = loaded.total("updated") or loaded.total("created") or loaded.total("withdrawn")
        return place.outcome(UPDATED if changed else ALREADY_THERE, claim)


def _parties(review: Review) -> Iterator[tuple[str, Any]]:
    """The keys under which the dossier names them."""
    if review.outlet:
        yield OUTLET, review.outlet
    for number, each in enumerate(review.claimants, 1):
        yield f"{recording.CLAIMANT}-{number}", each
