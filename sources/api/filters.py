"""Filters that lists of whatever names sources and documents have in common."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from factdesk.rest.filters import IDENTIFIER, MOMENT, AnyOf, One
from sources.merging import merged_with


def by_id(told: str, **kwargs: Any) -> AnyOf:
    """A filter by one id or several."""
    return AnyOf(IDENTIFIER, told, **kwargs)


def updated_after() -> One:
    """A filter by the last change."""
    return One(MOMENT, "Changed after this moment.", field_name="updated_at", lookup_expr="gt")


def created_after() -> One:
    """A filter by when the record was made."""
    return One(MOMENT, "Recorded after this moment.", field_name="created_at", lookup_expr="gt")


def of_sources(*fields: str) -> Callable[[QuerySet[Any], str, list[int]], QuerySet[Any]]:
    """Keeps what names one of these sources in one of ``fields``; sources are read through the root of their merges."""

    def keep(queryset: QuerySet[Any], name: str, ids: list[int]) -> QuerySet[Any]:
        if not ids:
            return queryset
        either, all_ids = Q(), merged_with(ids)
        for field in fields:
            either |= Q(**{f"{field}__in": all_ids})
        return queryset.filter(either)

    return keep
