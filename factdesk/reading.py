"""Admin pages that only show: the desk's work goes through its own functions, never through a form's save.

The bargain: a list costs the same at a million rows as at a hundred. It counts no further than it would ever page,
sorts only by what has an index, and asks for whatever its rows show in a fixed number of queries.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property

#: A list is counted and paged this far; whoever wants to go on narrows the filter.
COUNTED = 5_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than :data:`COUNTED` rows."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, or :data:`COUNTED` where there are more."""
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:COUNTED].count())


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whoever may read may look; nobody adds, changes or deletes here.

    ``heading`` stands over the list; ``page_template`` shows one record, with what ``page`` gives.
    """

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    paginator = BoundedPaginator
    sortable_by: ClassVar[tuple[str, ...]] = ()
    page_template: str
    heading: Any

    def page(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """What the record's page shows besides the record."""
        raise NotImplementedError

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By full text, in the order of the list; any input is a valid query."""
        return (queryset.matching(search_term) if search_term.strip() else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, told how far it counts."""
        return super().changelist_view(request, {"counted": COUNTED, "heading": self.heading, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The record's page; 403 for who may not look, and back to the front page where there is none."""
        record = self.get_object(request, unquote(object_id))
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request, record):
            return HttpResponse(status=403)
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "record": record,
            "title": str(record),
            **self.page(request, record),
        }
        return TemplateResponse(request, self.page_template, context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """History is on the record's page: the database's own, not the admin's."""
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", object_id)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_authenticated and request.user.may("read")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
