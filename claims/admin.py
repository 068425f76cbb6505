"""The claims in the admin: to look at. The review workflow comes with its own functions."""

from django.contrib import admin

from claims.models import Claim
from factdesk.reading import ReadOnlyAdmin


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ("statement", "kind", "state", "verdict", "clearance", "independent_origins", "warnings")
    list_filter = ("kind", "state", "clearance")
    ordering = ("-updated_at", "-id")
