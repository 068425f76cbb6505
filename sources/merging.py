"""Duplicates of a source, read as one: merged sources point at one root (a merge is never a chain)."""

from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Coalesce

from sources.models import Source


def merged_with(ids: Iterable[int]) -> list[int]:
    """The ids of all sources that are one with any of these: themselves, their roots, and whatever has those roots.

    An id that is not there adds nothing.
    """
    roots = list(Source.objects.filter(pk__in=ids).values_list(Coalesce("merged_into_id", "id"), flat=True))
    return list(Source.objects.filter(Q(pk__in=roots) | Q(merged_into__in=roots)).values_list("pk", flat=True))
