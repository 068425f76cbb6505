"""How the desk's records are named in what it gives away as JSON-LD: Web Annotations and PROV-O.

The bargain: a name is the record's address in this desk's API, so it says who says so and can be looked up. What has no
address of its own (a person of the desk, one revision of a claim) is named by a fragment of one that has. The desk's
own words (``state``, ``verdict`` …) are terms under ``urn:factdesk:word:``; nothing is fetched to understand them.
"""

import re
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.encoding import iri_to_uri

from claims.models import Claim
from sources.models import Document

MEDIA_TYPE = "application/ld+json"
#: what ``desk:`` stands for in both contexts
WORDS = "urn:factdesk:word:"
#: RFC 3986 §3, an absolute URI; brackets only where a host is an address
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]+:(//(\[[0-9A-Fa-f:.]+\])?)?"
    r"([A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+(#([A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
)


class Names:
    """The names of records, for somebody who reaches the desk at ``site`` (``http://127.0.0.1:8000``)."""

    def __init__(self, site: str) -> None:
        self.site = site.rstrip("/")

    def of(self, model: type[Model], number: int | str, fragment: str = "") -> str:
        """The address of a record in the API, or a fragment of it."""
        resource = reverse(f"{model._meta.model_name}-list")
        return f"{self.site}{resource}{number}/{fragment and f'#{fragment}'}"

    def at(self, view: str, number: int, fragment: str = "") -> str:
        """The address of a view of the API about one record, or a fragment of it."""
        return f"{self.site}{reverse(view, args=[number])}{fragment and f'#{fragment}'}"

    def person(self, number: int) -> str:
        """Somebody of the desk; there is nothing to be looked up."""
        return f"{self.site}/api/v1/#person-{number}"

    @property
    def desk(self) -> str:
        """The desk's own software."""
        return f"{self.site}/api/v1/#desk"


def published_at(document: Document, names: Names) -> str:
    """Where a document was published, as a URI; its address in the API where that is not known, or is none."""
    told = iri_to_uri(document.url.strip()) or ""
    return told if _URI.fullmatch(told) else names.of(Document, document.pk)


def moment(at: datetime) -> str:
    """As everywhere in the API."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def axes(claim: Claim) -> dict[str, Any]:
    """What a claim says and how it stands on its three axes, as the desk's own terms; what is not known is left out."""
    told = {
        "desk:statement": claim.statement,
        "desk:kind": claim.kind,
        "desk:state": claim.state,
        "desk:verdict": claim.verdict,
        "desk:flags": claim.flags,
        "desk:clearance": claim.clearance,
        "desk:revision": claim.revision,
    }
    return {name: value for name, value in told.items() if value not in (None, [])}
