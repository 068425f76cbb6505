"""Reviews out of tables: one row each, by what the columns are called.

The bargain: ``COLUMNS`` is all that is known of column names; a name is compared without case and without signs. Where
a table has several columns for one thing, the first in the line that says something counts. Whoever brings the table
may say otherwise (``columns``), and may say what is the same in all rows and stands in none (``always``).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claims.claimreview import words
from claims.claimreview.rating import Rating
from claims.claimreview.reading import OUTLET
from claims.claimreview.review import Appearance, Review
from factdesk.errors import BadInput
from sources.models.source import SourceKind

#: what is read -> the names that its column may have, the best first
COLUMNS: dict[str, tuple[str, ...]] = {
    "claim": ("claimreviewed", "claimreviewclaimreviewed", "statement", "text", "claimtext", "claim"),
    "url": ("reviewurl", "claimreviewurl", "url", "link"),
    "identifier": ("identifier", "id"),
    "title": ("title", "extratitle", "headline", "name"),
    "published_on": ("claimreviewdatepublished", "datepublished", "reviewdate", "published"),
    "language": ("inlanguage", "language", "lang"),
    "outlet": ("claimreviewauthorname", "claimreviewsource", "publisher", "outlet", "organization", "author"),
    "outlet_url": ("outleturl", "publisherurl"),
    "bylines": ("bylines", "byline", "claimreviewauthor"),
    "claimant": ("claimant", "claimer", "speaker", "creativeworkauthorname", "claimauthor"),
    "claimant_kind": ("claimantkind", "speakerkind"),
    "claimant_url": ("claimanturl", "creativeworkauthorsameas"),
    "said_on": ("saidon", "claimdate", "creativeworkdatepublished", "statementdate"),
    "appearance": ("appearance", "firstappearance", "claimurl"),
    "where": ("where", "context", "venue"),
    "topics": ("topics", "keywords", "subjects", "subject", "extratags", "tags"),
    "rating": ("alternatename", "alternativename", "ratingalternatename", "rating", "label", "verdict", "ratingname"),
    "value": ("ratingvalue", "ratingratingvalue"),
    "best": ("bestrating", "ratingbestrating"),
    "worst": ("worstrating", "ratingworstrating"),
    "explanation": ("ratingexplanation", "explanation", "justification"),
    "body": ("reviewbody", "extrabody", "summary"),
}
KINDS = (SourceKind.PERSON.value, SourceKind.ORGANIZATION.value, SourceKind.OUTLET.value, SourceKind.GROUP.value)


@dataclass(frozen=True)
class Layout:
    """Which columns are read as what, in order of preference; ``unread``: the columns that are not."""

    by_field: Mapping[str, Sequence[str]]
    always: Mapping[str, str]
    unread: tuple[str, ...]

    def told(self) -> str:
        """What is read as what, in one line."""
        return ", ".join(f"{field}={'|'.join(names)}" for field, names in self.by_field.items())


def layout(names: Iterable[str], columns: Mapping[str, str], always: Mapping[str, str]) -> Layout:
    """The layout of a table with these column names. Raises :class:`BadInput` where it has no claims, or where
    ``columns`` (field to column name) or ``always`` (field to text) name what there is not.
    """
    listed = list(names)
    problems = [f"There is no field {one[:60]}: {', '.join(COLUMNS)}." for one in {*columns, *always} - COLUMNS.keys()]
    problems += [f"The table has no column {one[:60]}." for one in columns.values() if one not in listed]
    by_sign: dict[str, str] = {}
    for name in listed:
        by_sign.setdefault(re.sub(r"[^a-z0-9]", "", name.lower()), name)
    found = {
        field: [columns[field]] if field in columns else [by_sign[each] for each in known if each in by_sign]
        for field, known in COLUMNS.items()
    }
    if not found["claim"] and not problems:
        problems.append("No column holds the claim: say which (claim=COLUMN).")
    if problems:
        raise BadInput(problems[0], [{"path": "", "code": "bad_columns", "message": each} for each in problems])
    read = {name for each in found.values() for name in each}
    return Layout(
        {field: each for field, each in found.items() if each}, always, tuple(n for n in listed if n not in read)
    )


def review_of(row: Mapping[str, str], of: Layout, place: str) -> Review:
    """The row as a review. Values are texts."""
    review = Review(place)
    get = _Cells(row, of).get
    review.claim = words.plain(get("claim"))
    review.url = review.address(get("url"), "The address of the review")
    review.identifier = get("identifier")
    review.title = review.titled(get("title"))
    review.language = words.language(get("language"))
    review.published_on = review.day(get("published_on"), "The day of the review")
    review.outlet = review.party(get("outlet"), OUTLET, [get("outlet_url")], "outlet")
    review.bylines = review.bylines_of([get("bylines")])
    kind = get("claimant_kind").lower()
    claimant = review.party(get("claimant"), kind if kind in KINDS else "", [get("claimant_url")], "claimant")
    review.claimants = (claimant,) if claimant else ()
    review.said_on = review.day(get("said_on"), "The day on which it was said")
    url = get("appearance")
    review.first = Appearance(url) if words.is_address(url) and len(url) <= 2000 else None
    review.where = words.plain(get("where"))
    review.topics = review.topics_of([re.sub(r"[\"'\[\]]", "", get("topics"))])
    value, best, worst = (words.plain(get(each)) for each in ("value", "best", "worst"))
    review.rating = Rating(words.plain(get("rating")), value, best, worst, words.lines(get("explanation")))
    review.body = words.lines(get("body"))
    return review


class _Cells:
    """A row's cells by field: the first column that says something."""

    def __init__(self, row: Mapping[str, str], of: Layout) -> None:
        self.row, self.layout = row, of

    def get(self, field: str) -> str:
        for name in self.layout.by_field.get(field, ()):
            if not words.is_nothing(text := self.row.get(name) or ""):
                return text.strip()
        return self.layout.always.get(field, "")
