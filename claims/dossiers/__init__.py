"""The one way in for records: a dossier is read (bytes to checked rows) and loaded (rows to the record)."""

from claims.dossiers.loading import load, read
from claims.dossiers.references import Dossier
from claims.dossiers.results import Conflict, Loaded, Pending

__all__ = ["Conflict", "Dossier", "Loaded", "Pending", "load", "read"]
