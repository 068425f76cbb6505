"""What on the desk belongs to the dossier of one document: which saved copy, claims and parts, and whom they name."""

from collections import defaultdict
from typing import Any

from django.db.models import Min, Q

from claims.dossiers.fields import MOST_CLAIMS
from claims.dossiers.merging import WITHDRAWN
from claims.dossiers.names import key_of
from claims.dossiers.parts import PARTS
from claims.dossiers.writing import TooLarge
from claims.models import Attribution, Claim, DossierRow
from sources.models import Affiliation, Document, Passage, Snapshot, Source

_MARKED = ("passage_id", "known_position_passage_id")


class Belongings:
    """``snapshot``: the newest in which words are marked, else the newest. ``claims``: those that a dossier of this
    document brought, and those whose first marked words stand in it; in the order of the text. ``omitted`` says, in
    sentences, what a dossier with this one snapshot cannot hold.

    Raises :class:`TooLarge` where there are more claims than a dossier may have.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.own = key_of(document)
        self.omitted: list[str] = []
        copies = Snapshot.objects.filter(document=document).order_by("-captured_at", "-pk")
        self.snapshot = copies.filter(passages__isnull=False).first() or copies.first()
        self.passages = Passage.objects.filter(snapshot=self.snapshot).in_bulk() if self.snapshot else {}
        marks = DossierRow.objects.filter(document=document).exclude(digest=WITHDRAWN).order_by("pk")
        self.marks = {(mark.table, mark.object_id): mark.key.rpartition("/")[2] for mark in marks}
        self.claims = self._claims()
        self.parts: dict[str, dict[int, list[Any]]] = {
            table: self._parts(model) for table, (model, _, _) in PARTS.items()
        }
        self.documents = self._documents()
        self.affiliations: dict[int, list[Affiliation]] = defaultdict(list)
        self.sources = self._sources()
        if loose := sum(1 for table in self.parts for row in self.every(table) if self._is_marked_elsewhere(row)):
            self.omitted.append(f"{loose} marked words in other saved copies are left out.")

    def every(self, table: str) -> list[Any]:
        """All parts of this kind, whichever claim they are of."""
        return [row for rows in self.parts[table].values() for row in rows]

    def _claims(self) -> list[Claim]:
        marked = {pk for table, pk in self.marks if table == "claim"}
        ours = Q(key__isnull=True) | Q(key__startswith=f"{self.own}/")
        told = Attribution.objects.filter(passage__isnull=False, withdrawn_at__isnull=True)
        placed = told.filter(passage__snapshot__document=self.document)
        here = placed.filter(passage__snapshot=self.snapshot)
        begins = dict(here.values("claim").annotate(first=Min("passage__start")).values_list("claim", "first"))
        first = dict(told.filter(claim__in=placed.values("claim")).order_by("-pk").values_list("claim", "passage"))
        found = {pk for pk in first if first[pk] in self.passages} | marked
        elsewhere = set(placed.values_list("claim", flat=True)) - begins.keys()
        if left := Claim.objects.filter(Q(pk__in=marked) | ours, pk__in=elsewhere).count():
            self.omitted.append(f"{left} claims whose words are marked in other saved copies are left out.")
        claims = Claim.objects.filter(Q(pk__in=marked) | ours, pk__in=found - elsewhere)
        if len(claims) > MOST_CLAIMS:
            raise TooLarge(f"{len(claims):,} claims; a record file has at most {MOST_CLAIMS:,}.")
        return sorted(claims, key=lambda claim: (begins.get(claim.pk, float("inf")), claim.pk))

    def _parts(self, model: Any) -> dict[int, list[Any]]:
        found = defaultdict(list)
        for row in model.objects.filter(claim__in=self.claims, withdrawn_at__isnull=True).order_by("pk"):
            found[row.claim_id].append(row)
        return found

    def _is_marked_elsewhere(self, row: Any) -> bool:
        return any((marked := getattr(row, name, None)) and marked not in self.passages for name in _MARKED)

    def _documents(self) -> list[Document]:
        """Those that a dossier mentioned or a part stands in, without the dossier's own."""
        ids = {pk for table, pk in self.marks if table == "document"}
        ids |= {row.document_id for row in [*self.every("attribution"), *self.every("evidence")] if row.document_id}
        return list(Document.objects.filter(pk__in=ids - {self.document.pk}).order_by("pk"))

    def _sources(self) -> list[Source]:
        """Those that a dossier named or a row names, whoever owns them, and whatever they belong to."""
        ids: set[int | None] = {pk for table, pk in self.marks if table == "source"}
        ids |= {one.publisher_id for one in [self.document, *self.documents]}
        for row in [*self.every("attribution"), *self.every("evidence"), *self.every("accusation")]:
            ids |= {getattr(row, name, None) for name in ("speaker_id", "speaks_for_id", "spoken_to_id", "accused_id")}
        found: dict[int, Source] = {}
        while wanted := {pk for pk in ids if pk} - found.keys():
            more = Source.objects.in_bulk(wanted)
            found |= more
            ids = {source.owner_id for source in more.values()}
            for one in Affiliation.objects.filter(source__in=more, withdrawn_at__isnull=True).order_by("pk"):
                self.affiliations[one.source_id].append(one)
                ids.add(one.organization_id)
        listed = [one.pk for of in self.affiliations.values() for one in of]
        brought = DossierRow.objects.filter(table="affiliation", object_id__in=listed).exclude(digest=WITHDRAWN)
        for mark in brought.order_by("pk"):
            self.marks.setdefault(("affiliation", mark.object_id), mark.key.rpartition("/")[2])
        return sorted(found.values(), key=lambda source: source.pk)
