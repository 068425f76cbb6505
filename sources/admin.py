"""Sources and documents in the admin: to look at."""

from django.contrib import admin

from factdesk.reading import ReadOnlyAdmin
from sources.models import Document, Source


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "identity", "owner", "merged_into", "reliability")
    list_select_related = ("owner", "merged_into")
    list_filter = ("kind", "identity")
    ordering = ("name", "id")


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "kind", "publisher", "published_on", "language")
    list_select_related = ("publisher",)
    list_filter = ("kind",)
    ordering = ("-published_on", "-id")
