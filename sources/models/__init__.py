from sources.models.blanking import Blanking
from sources.models.document import Document, Part, Passage, Sentence, Snapshot
from sources.models.source import (
    Affiliation,
    IdentityDisclosure,
    KnownTo,
    ProtectedIdentity,
    ProtectedName,
    Source,
)

__all__ = [
    "Affiliation",
    "Blanking",
    "Document",
    "IdentityDisclosure",
    "KnownTo",
    "Part",
    "Passage",
    "ProtectedIdentity",
    "ProtectedName",
    "Sentence",
    "Snapshot",
    "Source",
]
