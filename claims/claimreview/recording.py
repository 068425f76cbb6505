"""A review as a dossier in memory: what goes into the record, and under which keys.

The bargain: a review has the same keys at every import: its document's is a digest of its address, its claim's of the
claim's words. Without an address, of the outlet and the number that it gave, or else of the claim's words. No key is a
digest of who said it.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from claims import dossiers
from claims.claimreview.rating import TURNED, bearing
from claims.claimreview.review import Appearance, Review
from claims.dossiers.fields import TABLE
from claims.premarking import premark
from claims.vocabularies import Directness, Kind
from sources.models.document import DocumentKind, Part

LONGEST_NOTE = TABLE["evidence"]["note"].longest
LONGEST_HOP_NOTE = TABLE["attribution"]["note"].longest
OUTLET, CLAIMANT, APPEARANCE = "outlet", "claimant", "appearance"
READ_FROM = "ClaimReview"


@dataclass(frozen=True)
class Record:
    """``tree``: the dossier; ``said``: the digest of what the review says of its claim.

    Who its parties are and what its page is called do not count: the first review of a page says that, for good.
    """

    review: Review
    tree: dict[str, Any]
    dossier: dossiers.Dossier
    said: str

    @property
    def key(self) -> str:
        """The claim's key on the desk."""
        return f"{self.dossier.key}/{self.tree['claims'][0]['key']}"


def record(review: Review) -> Record:
    """The review as a dossier. Raises BadInput with what cannot be recorded, by the dossier's own paths."""
    tree = _tree(review)
    read = dossiers.read(json.dumps(tree).encode())
    said = [tree["document"]["key"], tree["documents"], tree["claims"]]
    return Record(review, tree, read, _digest(json.dumps(said, sort_keys=True)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _key(*said: str) -> str:
    return f"cr-{_digest(json.dumps(said))[:32]}"


def document_key(review: Review) -> str:
    """Of the page where the review stands."""
    if review.url:
        return _key("url", review.url)
    outlet = review.outlet.name if review.outlet else ""
    return _key("id", outlet, review.identifier) if review.identifier else _key("claim", outlet, review.claim)


def address_key(url: str) -> str:
    """Of a page of which nothing but the address is known."""
    return _key("url", url)


def placed(review: Review) -> Appearance | None:
    """The one document in which it was said, where that is known: what it is, and which of several."""
    one = review.first or (review.appearances[0] if len(review.appearances) == 1 else None)
    return one if one and one.kind and one.url != review.url else None


def kind_of(claim: str) -> Kind:
    """A ClaimReview does not say what kind of claim it is: with a figure ``statistic``, else ``detail``."""
    [found] = premark([(claim, Part.BODY)])
    return Kind.STATISTIC if found.kind == Kind.STATISTIC else Kind.DETAIL


def _tree(review: Review) -> dict[str, Any]:
    own = document_key(review)
    said_in = placed(review)
    parties = [(OUTLET, review.outlet)] if review.outlet else []
    parties += [(f"{CLAIMANT}-{number}", each) for number, each in enumerate(review.claimants, 1)]
    return {
        "dossier": "1",
        "sources": [{"key": key, "kind": each.kind or "person", "name": each.name} for key, each in parties],
        "document": {"key": own, **_document(review)},
        "documents": [_appearance(said_in)] if said_in else [],
        "claims": [
            {
                "key": f"c-{_digest(review.claim)[:32]}",
                "kind": kind_of(review.claim).value,
                "statement": review.claim,
                "topics": list(review.topics),
                "attributions": [_hop(review, key, said_in) for key, _ in parties if key != OUTLET],
                "evidence": [
                    {
                        "key": "rating",
                        "stance": bearing(review.rating).value,
                        "document": own,
                        "directness": Directness.SECONDARY.value,
                        "note": note_of(review),
                    }
                ],
            }
        ],
    }  # fmt: skip


def _document(review: Review) -> dict[str, Any]:
    """The page of the review. What it does not say stays unknown."""
    told: dict[str, Any] = {"kind": DocumentKind.FACT_CHECK.value}
    told |= {name: text for name in ("title", "url", "language") if (text := getattr(review, name))}
    if review.outlet:
        told |= {"publisher": OUTLET, "publisher_read_from": READ_FROM}
    if review.bylines:
        told |= {"bylines": list(review.bylines), "bylines_read_from": READ_FROM}
    if review.published_on:
        told |= {"published_on": review.published_on.isoformat(), "published_on_read_from": READ_FROM}
    return told


def _appearance(said_in: Appearance) -> dict[str, Any]:
    return {"key": APPEARANCE, "kind": said_in.kind, "title": said_in.title, "url": said_in.url}


def _hop(review: Review, key: str, said_in: Appearance | None) -> dict[str, Any]:
    """Who said it, as the outlet tells it: an original source, whose words the desk has not seen."""
    told: dict[str, Any] = {"key": key, "speaker": key}
    if said_in:
        told["document"] = APPEARANCE
    if review.said_on:
        told["said_on"] = review.said_on.isoformat()
    listed = [each.url for each in (review.first, *review.appearances) if each and each != said_in]
    lines = ["As the fact-check tells it.", *([f"Where: {review.where}"] if review.where else [])]
    lines += [f"Appeared at: {url}" for url in dict.fromkeys(listed)]
    return told | {"note": _cut("\n".join(lines), LONGEST_HOP_NOTE, review, "where it appeared")}


def note_of(review: Review) -> str:
    """The rating in the outlet's own words."""
    rating = review.rating
    if rating.is_turned and TURNED not in review.told:
        review.told.append(TURNED)
    parts = [f"Rating: {rating.words}"] if rating.words else []
    parts += [rating.explanation] if rating.explanation else []
    parts += [review.body] if review.body else []
    if not review.claimants:
        listed = [each.url for each in (review.first, *review.appearances) if each]
        parts += [f"Appeared at: {url}" for url in dict.fromkeys(listed)]
    return _cut("\n\n".join(parts), LONGEST_NOTE, review, "the rating's text")


def _cut(text: str, longest: int, review: Review, called: str) -> str:
    if len(text) <= longest:
        return text
    told = f"Of {called} the first {longest - 2:,} of {len(text):,} characters were kept."
    if told not in review.told:
        review.told.append(told)
    return f"{text[: longest - 2]} …"
