"""What sort of file it is: by its ending, else by how it begins."""

import json
from pathlib import Path

from claims.importing.records import LARGEST_RECORD

SORTS = ("csv", "jsonl", "dossier", "claimreview")
_ENDINGS = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".yaml": "dossier",
    ".yml": "dossier",
    ".html": "claimreview",
    ".jsonld": "claimreview",
}
BEGINNING = 10_000
#: fields of ClaimReview (schema.org) that nothing of ours has
_CLAIMREVIEW = {"@context", "@type", "@graph", "dataFeedElement", "claimReviewed"}


def sort_of(file: Path) -> str | None:
    """One of :data:`SORTS`, or None where nothing tells. Raises OSError."""
    with file.open("rb") as opened:
        first = opened.readline(LARGEST_RECORD).removeprefix(b"\xef\xbb\xbf").strip()
        opened.seek(0)
        beginning = opened.read(BEGINNING)
    if known := _ENDINGS.get(file.suffix.lower()):
        return known
    if first.startswith((b"{", b"[")):
        return _sort_of_json(first, beginning)
    return "dossier" if first.startswith((b"dossier:", b"#", b"---")) else "csv" if b"statement" in first else None


def _sort_of_json(first: bytes, beginning: bytes) -> str | None:
    """A line that is a whole claim begins JSON Lines; what goes on over lines is one dossier."""
    try:
        tree = json.loads(first)
    except (ValueError, RecursionError):
        return "claimreview" if any(f'"{name}"'.encode() in beginning for name in _CLAIMREVIEW) else "dossier"
    if not isinstance(tree, dict):
        return "claimreview"
    if _CLAIMREVIEW & tree.keys():
        return "claimreview"
    return "dossier" if "dossier" in tree else "jsonl" if "statement" in tree else None
