"""The one way in for records: a dossier is read (bytes to checked rows) and loaded (rows to the record).

And the way out again: the record of a document is exported (rows to a tree) and written (a tree to bytes).
"""

from claims.dossiers.exporting import Exported, export
from claims.dossiers.loading import load, read
from claims.dossiers.references import Dossier
from claims.dossiers.results import Conflict, Loaded, Pending
from claims.dossiers.writing import to_json, to_yaml

__all__ = ["Conflict", "Dossier", "Exported", "Loaded", "Pending", "export", "load", "read", "to_json", "to_yaml"]
