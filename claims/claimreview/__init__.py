"""ClaimReview (https://schema.org/ClaimReview), in and out: what others have checked, and what the desk has.

In: a file's reviews (``incoming``), each read as plain data (``reading``, ``tables``), matched and recorded
(``parties``, ``recording``, ``importing``). Out: a claim that is signed off and cleared (``outgoing``).
"""

from claims.claimreview.importing import take
from claims.claimreview.incoming import Found, Table, of_json, of_page, sort_of
from claims.claimreview.results import OUTCOMES, Outcome, Unread, counted

__all__ = ["OUTCOMES", "Found", "Outcome", "Table", "Unread", "counted", "of_json", "of_page", "sort_of", "take"]
