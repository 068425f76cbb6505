"""The one way in for records: a dossier is read (bytes to checked rows) and loaded (rows to the record).

And the way out again: the record of a document is exported (rows to a tree) and written (a tree to bytes).
"""

from claims.dossiers.afresh import load_new
from claims.dossiers.exporting import Exported, export
from claims.dossiers.loading import Busy, Held, load, read, take_turn
from claims.dossiers.references import Dossier
from claims.dossiers.results import Conflict, Loaded, Pending
from claims.dossiers.writing import to_json, to_yaml

__all__ = [
    "Busy",
    "Conflict",
    "Dossier",
    "Exported",
    "Held",
    "Loaded",
    "Pending",
    "export",
    "load",
    "load_new",
    "read",
    "take_turn",
    "to_json",
    "to_yaml",
]
