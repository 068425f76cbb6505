"""Claims in bulk: CSV and JSON Lines, streamed, judged as a set, written under all rules of the desk."""

from claims.importing.bringing import MOST_TOLD, Brought, bring
from claims.importing.sorts import sort_of

__all__ = ["MOST_TOLD", "Brought", "bring", "sort_of"]
