"""A document's marked words as W3C Web Annotations (Web Annotation Data Model, 23 February 2017).

The bargain: each mark (a hop, backing, a remark, a known position, a change of our copy) is one annotation. Its target
is the document as it was in one saved copy: positions in Unicode code points (§4.2.5), the words themselves only while
the desk holds the text, the copy's digest and moment as its state (§4.3). Its bodies are the claim and what was
remarked. Every annotation has its context, so that it may be taken out of its page and still be one.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from claims.linkeddata import WORDS, Names, axes, moment, published_at
from claims.models import Accusation, Annotation, Attribution, Claim, CopyChange, Evidence
from claims.vocabularies import AnnotationKind
from claims.wording import called, person
from factdesk.people.models import User
from factdesk.people.roles import Asker
from sources.anchoring import quote
from sources.models import Document, Snapshot

PROFILE = "http://www.w3.org/ns/anno.jsonld"
CONTEXT = [PROFILE, {"desk": WORDS, "schema": "http://schema.org/"}]
#: so many annotations stand on a page
MOST = 200


class Sort(NamedTuple):
    """One sort of mark: its rows, the column of the marked words, and why words are marked so (§3.3.5)."""

    model: Any
    passage: str
    motivation: str
    beside: tuple[str, ...] = ("claim",)


SORTS: dict[str, Sort] = {
    "accusation": Sort(Accusation, "known_position_passage", "describing"),
    "annotation": Sort(Annotation, "passage", "commenting", ("claim", "by", "answers")),
    "attribution": Sort(Attribution, "passage", "identifying"),
    "copy_change": Sort(CopyChange, "passage", "editing", ("claim", "proposed_by")),
    "evidence": Sort(Evidence, "passage", "linking"),
}
REMARKS = {
    AnnotationKind.COMMENT: "commenting",
    AnnotationKind.QUESTION: "questioning",
    AnnotationKind.CORRECTION: "editing",
    AnnotationKind.TO_DO: "commenting",
}


class Mark(NamedTuple):
    """Where a mark stands: in which saved copy, from where to where in code points; which it is."""

    snapshot: int
    start: int
    end: int
    sort: str
    id: int


def marks(document: Document, asker: Asker, snapshot: int | None = None) -> QuerySet[Any, Any]:
    """All marks of a document (or of one saved copy of it) that ``asker`` may see, in the order of the text."""
    each = [_marks(name, document, asker, snapshot) for name in SORTS]
    every: QuerySet[Any, Any] = each[0].union(*each[1:], all=True)
    found: QuerySet[Any, Any] = every.order_by("in_copy", "begins", "ends", "sort", "number")
    return found


def _marks(name: str, document: Document, asker: Asker, snapshot: int | None) -> QuerySet[Any, Any]:
    sort = SORTS[name]
    rows: QuerySet[Any] = sort.model.objects.visible_to(asker)
    if sort.model is not CopyChange:
        rows = rows.filter(withdrawn_at__isnull=True)
    where = {"snapshot__document": document.pk} if snapshot is None else {"snapshot": snapshot}
    here = Q(**{f"{sort.passage}__{column}": value for column, value in where.items()})
    place: dict[str, Any] = {column: F(f"{sort.passage}__{column}") for column in ("snapshot", "start", "end")}
    if sort.model is Annotation:  # an answer stands where that stands which it answers
        here |= Q(passage__isnull=True, **{f"answers__passage__{column}": value for column, value in where.items()})
        place = {
            column: Coalesce(f"passage__{column}", f"answers__passage__{column}", output_field=IntegerField())
            for column in place
        }
    found = rows.filter(here).annotate(
        in_copy=place["snapshot"], begins=place["start"], ends=place["end"], sort=Value(name), number=F("pk")
    )
    listed: QuerySet[Any, Any] = found.order_by().values_list("in_copy", "begins", "ends", "sort", "number")
    return listed


def page(document: Document, found: Iterable[Any], address: str, site: str) -> list[dict[str, Any]]:
    """These marks as annotations. ``address`` is where the document's annotations are, ``site`` the desk itself."""
    listed = [Mark(*one) for one in found]
    rows = {name: _rows(sort, [mark.id for mark in listed if mark.sort == name]) for name, sort in SORTS.items()}
    copies = Snapshot.objects.filter(pk__in={mark.snapshot for mark in listed}).defer("original").in_bulk()
    writer = _Writer(document, copies, address, Names(site))
    return [writer.annotation(mark, rows[mark.sort][mark.id]) for mark in listed if mark.id in rows[mark.sort]]


def _rows(sort: Sort, numbers: list[int]) -> dict[int, Any]:
    found: dict[int, Any] = sort.model.objects.select_related(*sort.beside).in_bulk(numbers)
    return found


class _Writer:
    def __init__(self, document: Document, copies: dict[int, Any], address: str, names: Names) -> None:
        self.copies, self.address, self.names = copies, address, names
        self.document = document
        self.source = published_at(document, names)

    def annotation(self, mark: Mark, row: Any) -> dict[str, Any]:
        sort = SORTS[mark.sort]
        by: User | None = getattr(row, "by", None) or getattr(row, "proposed_by", None)
        answers = getattr(row, "answers_id", None)
        told = {
            "@context": CONTEXT,
            "id": self._name(mark.sort, mark.id),
            "type": "Annotation",
            "motivation": "replying" if answers else REMARKS[row.kind] if sort.model is Annotation else sort.motivation,
            "creator": by and self._person(by),
            "created": moment(row.created_at),
            "modified": moment(row.updated_at),
            "generator": {"id": self.names.desk, "type": "Software", "name": "factdesk", "nickname": "factdesk"},
            "via": self.names.of(sort.model, mark.id),
            "body": [*self._bodies(mark.sort, row)],
            "target": self._target(mark, row, answers),
        }
        return {name: value for name, value in told.items() if value is not None}

    def _name(self, sort: str, number: int) -> str:
        return f"{self.address}#{sort}-{number}"

    def _person(self, by: User) -> dict[str, str]:
        return {"id": self.names.person(by.pk), "type": "Person", "name": person(by)}

    def _bodies(self, sort: str, row: Any) -> Iterable[dict[str, Any]]:
        if row.claim:
            yield _claim(self.names, row.claim)
        match sort:
            case "attribution" | "evidence":
                yield _text(row.claim.statement, "describing")
                yield _text(row.stance, "tagging")
            case "accusation":
                yield _text(row.claim.statement, "describing")
                yield _text("known_position", "tagging")
            case "annotation":
                yield _text(row.body, "replying" if row.answers_id else REMARKS[row.kind])
                yield _text(row.kind, "tagging")
            case "copy_change":
                yield _text(row.replacement, "editing")
                yield _text(row.reason, "commenting")

    def _target(self, mark: Mark, row: Any, answers: int | None) -> Any:
        words = None if answers and row.passage_id is None else self._words(mark)
        answered = self._name("annotation", answers) if answers else None
        both = [each for each in (answered, words) if each]
        return both if len(both) > 1 else both[0]

    def _words(self, mark: Mark) -> dict[str, Any]:
        """A Specific Resource (§4): the words of this saved copy."""
        copy = self.copies[mark.snapshot]
        selectors: list[dict[str, Any]] = [{"type": "TextPositionSelector", "start": mark.start, "end": mark.end}]
        if copy.text is not None:
            cut = quote(copy.text, mark.start, mark.end)
            around = {"exact": cut.exact, "prefix": cut.prefix, "suffix": cut.suffix}
            selectors.append({"type": "TextQuoteSelector", **around})
        text = self.names.at("document-annotated", self.document.pk)
        state = {
            "type": "TimeState",
            "sourceDate": moment(copy.captured_at),
            "cached": f"{text}?snapshot={copy.pk}",
            "schema:sha256": copy.sha256,
        }
        return {"type": "SpecificResource", "source": self.source, "selector": selectors, "state": state}


def _claim(names: Names, claim: Claim) -> dict[str, Any]:
    """The claim as a resource on the web: its address, and how it stands."""
    return {"id": names.of(Claim, claim.pk), "type": "Text", "format": "application/json", **axes(claim)}


def _text(value: str, purpose: str) -> dict[str, str]:
    return {"type": "TextualBody", "value": value, "format": "text/plain", "purpose": purpose}


def collection(document: Document, address: str, total: int, pages: int) -> dict[str, Any]:
    """All the annotations together (§5.1), as each of their pages names them."""
    return {
        "id": f"{address}#all",
        "type": "AnnotationCollection",
        "label": called(document),
        "total": total,
        "first": page_at(address, 1),
        "last": page_at(address, pages),
    }


def page_at(address: str, number: int) -> str:
    """The address of a page; the first is at the address itself."""
    if number == 1:
        return address
    return f"{address}{'&' if '?' in address else '?'}page={number}"


def pages_of(total: int) -> int:
    """How many pages that makes; the first is always there."""
    return max(1, -(-total // MOST))
