"""A claim of ours as a ClaimReview: what the desk found, for whoever shows fact-checks.

The bargain: only what is signed off and cleared goes out, and of it only what may be public. Who said it is named where
they said it for publication: not on background, not in restricted material. A protected source has its code name, and
no page on which it speaks is told beside it. Nothing of the desk's own notes, rationale or material goes along.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate

from claims.models import Attribution, Claim, Clearance, Transition, Usage
from claims.vocabularies import TRUTH_SCALE, ClearanceValue, Flag, Stance, State, Terms, Verdict
from factdesk.errors import DomainError
from sources.models import Document, Source
from sources.models.document import HELD, DocumentKind
from sources.models.source import Identity, SourceKind

#: the ends of our scale; a verdict that is off it has no number
WORST, BEST = 1, len(TRUTH_SCALE)
GOES_OUT = (ClearanceValue.CLEAR, ClearanceValue.CLEAR_WITH_ATTRIBUTION)
SECRET = (Terms.BACKGROUND, Terms.DEEP_BACKGROUND, Terms.OFF_RECORD)
SAYS_SO = (Stance.ASSERTS, Stance.REPORTS)

#: kind of document -> type of schema.org; any other is a CreativeWork
TYPES = {
    DocumentKind.ARTICLE: "Article",
    DocumentKind.SOCIAL_POST: "SocialMediaPosting",
    DocumentKind.IMAGE: "ImageObject",
    DocumentKind.DATASET: "Dataset",
    DocumentKind.BOOK: "Book",
    DocumentKind.LAW: "Legislation",
}


@dataclass(frozen=True)
class Publisher:
    """The desk, as it signs what it publishes; no address where there is none."""

    name: str
    url: str


class NotSignedOff(DomainError):
    """Nobody has signed off what the desk found."""

    code = "not_signed_off"


class NotCleared(DomainError):
    """It may not be printed, or not yet."""

    code = "not_cleared"


def review_of(claim: Claim, publisher: Publisher) -> dict[str, Any]:
    """The claim as JSON-LD. Raises :class:`NotSignedOff`, or :class:`NotCleared` with what stands against it."""
    if claim.state != State.SIGNED_OFF or claim.verdict is None:
        raise NotSignedOff(f"Claim {claim.pk} is not signed off.", state=claim.state)
    if claim.clearance not in GOES_OUT:
        label = ClearanceValue(claim.clearance).label
        raise NotCleared(f"Claim {claim.pk} is not cleared for print: {label}.", clearance=claim.clearance)
    signed = Transition.objects.filter(claim=claim, after=State.SIGNED_OFF).latest()
    told = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "datePublished": localdate(signed.created_at).isoformat(),
        "url": _where_it_ran(claim),
        "author": _told({"@type": "Organization", "name": publisher.name, "url": publisher.url}),
        "claimReviewed": claim.statement,
        "reviewRating": _rating(claim),
        "itemReviewed": _item(claim),
    }
    return _told(told)


def _told(given: dict[str, Any]) -> dict[str, Any]:
    """Without what is not known."""
    return {name: value for name, value in given.items() if value not in ("", None, [])}


def _where_it_ran(claim: Claim) -> str:
    """The newest address under which it went out; or of our copy in which it did."""
    ran = Usage.objects.filter(claim=claim, withdrawn_at__isnull=True).select_related("document").order_by("-pk")
    open_copies = [each.document for each in ran if each.document and not each.document.restricted]
    listed = [*(each.url for each in ran), *(each.url for each in open_copies)]
    return next((url for url in listed if url.startswith(("https://", "http://"))), "")


def _rating(claim: Claim) -> dict[str, Any]:
    """Worst ≤ value ≤ best, as texts; the words that must be printed with it, and its flags, explain it."""
    verdict = Verdict(claim.verdict or "")
    told: dict[str, Any] = {"@type": "Rating"}
    if verdict in TRUTH_SCALE:
        value = BEST - TRUTH_SCALE.index(verdict)
        told |= {"ratingValue": str(value), "bestRating": str(BEST), "worstRating": str(WORST)}
    newest = Clearance.objects.filter(claim=claim).latest("pk")
    wording = newest.wording if claim.clearance == ClearanceValue.CLEAR_WITH_ATTRIBUTION else ""
    flags = ", ".join(str(Flag(each).label) for each in claim.flags)
    explanation = "\n".join(each for each in (wording.strip(), flags) if each)
    return _told(told | {"alternateName": str(verdict.label), "ratingExplanation": explanation})


# --- the claim, and who made it ---


def _item(claim: Claim) -> dict[str, Any]:
    """The claim: by whom, when and where it was made, as far as that is known and public."""
    hops = _public(Attribution.objects.filter(claim=claim, withdrawn_at__isnull=True))
    origins = [
        each for each in hops if each.depth == 0 and each.stance in SAYS_SO and _is_somebody(_root(each.speaker))
    ]
    first = min(origins, key=lambda each: (each.said_on is None, each.said_on, each.pk), default=None)
    hidden = {each.document_id for each in hops if _root(each.speaker).identity == Identity.PROTECTED}
    pages = {
        each.document_id: each.document
        for each in hops
        if each.document and each.document_id not in hidden and _is_public(each.document)
    }
    began = pages.get(first.document_id) if first and first.document_id else None
    return _told(
        {
            "@type": "Claim",
            "author": _author(_root(first.speaker)) if first else None,
            "datePublished": first.said_on.isoformat() if first and first.said_on else "",
            "firstAppearance": _appearance(began) if began else None,
            "appearance": [_appearance(each) for each in pages.values()],
        }
    )


def _public(hops: QuerySet[Attribution]) -> list[Attribution]:
    """The hops that may be told: none in restricted material, none of whom speaks on terms that keep the name out.

    A page on which somebody speaks on such terms is not told beside the claim either.
    """
    listed = list(hops.select_related("speaker__merged_into", "document").order_by("pk"))
    secret = {each.document_id for each in listed if each.terms in SECRET and each.document_id}
    return [
        each
        for each in listed
        if each.terms not in SECRET
        and each.document_id not in secret
        and not (each.document and each.document.restricted)
    ]


def _root(source: Source) -> Source:
    return source.merged_into or source


def _is_somebody(source: Source) -> bool:
    """Known by a name, if only by a code name."""
    return source.identity in (Identity.NAMED, Identity.PROTECTED)


def _is_public(document: Document) -> bool:
    return document.kind not in HELD and document.url.startswith(("https://", "http://"))


def _author(source: Source) -> dict[str, Any]:
    """The claimant: never the desk. Without a ``url``, which would make it an organization by the schemas in use."""
    types = {SourceKind.PERSON: "Person", SourceKind.OUTLET: "NewsMediaOrganization"}
    known = source.aliases if source.identity == Identity.NAMED else []
    addresses = [each for each in known if each.startswith(("https://", "http://"))]
    kind = types.get(SourceKind(source.kind), "Organization")
    return _told({"@type": kind, "name": source.name, "sameAs": addresses})


def _appearance(document: Document) -> dict[str, Any]:
    published = document.published_on.isoformat() if document.published_on else ""
    kind = TYPES.get(DocumentKind(document.kind), "CreativeWork")
    return _told({"@type": kind, "url": document.url, "headline": document.title, "datePublished": published})
