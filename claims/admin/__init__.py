"""The desk in the admin, to look at: claims, and the material and sources behind them."""

from claims.admin.claim import ClaimAdmin
from claims.admin.material import DocumentAdmin, SourceAdmin

__all__ = ["ClaimAdmin", "DocumentAdmin", "SourceAdmin"]
