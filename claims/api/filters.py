"""What a list of claims can be narrowed to. Sources are read through the root of their merges."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from claims.models import Accusation, Attribution
from claims.models.claim import ClaimQuerySet
from claims.vocabularies import ClearanceValue, Flag, Kind, State, Verdict, Warning
from factdesk.rest.access import asker
from factdesk.rest.filters import DAY, IDENTIFIER, MOMENT, TEXT, WHOLE, AnyOf, One, Search, word_of
from sources.merging import merged_with
from sources.models import Document

ByIds = Callable[[ClaimQuerySet, str, list[int]], ClaimQuerySet]

_hops = Attribution.objects.filter(withdrawn_at__isnull=True)
_accusations = Accusation.objects.filter(withdrawn_at__isnull=True)


def _spoken_by(ids: list[int]) -> QuerySet[Any]:
    return _hops.filter(speaker__in=ids).values("claim")


def _accusing(ids: list[int]) -> QuerySet[Any]:
    return _accusations.filter(accused__in=ids).values("claim")


def _of_sources(claims: Callable[[list[int]], QuerySet[Any]]) -> ByIds:
    def keep(queryset: ClaimQuerySet, name: str, ids: list[int]) -> ClaimQuerySet:
        return queryset.filter(pk__in=claims(merged_with(ids))) if ids else queryset

    return keep


def _of_documents(queryset: ClaimQuerySet, name: str, ids: list[int]) -> ClaimQuerySet:
    return queryset.filter(pk__in=_hops.filter(document__in=ids).values("claim")) if ids else queryset


def _at_places(queryset: ClaimQuerySet, name: str, places: list[str]) -> ClaimQuerySet:
    either = Q()
    for place in places:
        either |= Q(place__iexact=place)
    return queryset.filter(either)


def _about_after(queryset: ClaimQuerySet, name: str, day: Any) -> ClaimQuerySet:
    return queryset.alias(last_day=Coalesce("about_until", "about_from")).filter(last_day__gte=day)


def _about_before(queryset: ClaimQuerySet, name: str, day: Any) -> ClaimQuerySet:
    return queryset.alias(first_day=Coalesce("about_from", "about_until")).filter(first_day__lte=day)


class ClaimFilters(Search):
    """Filters of ``/claims/``; all that are given must hold. Withdrawn hops and accusations do not count.

    What a document says of itself (key, publisher) is asked only of those that may be seen.
    """

    id = AnyOf(IDENTIFIER, "Its own id, as the feed of changes tells it.", field_name="pk")
    kind = AnyOf(word_of(Kind.values), "The kind of its content.")
    state = AnyOf(word_of(State.values), "Where the work stands.")
    verdict = AnyOf(word_of(Verdict.values), "Is it so.")
    clearance = AnyOf(word_of(ClearanceValue.values), "May we print it.")
    flag = AnyOf(word_of(Flag.values), "Has this flag.", field_name="flags", lookup_expr="overlap")
    warning = AnyOf(word_of(Warning.values), "Has this warning.", field_name="warnings", lookup_expr="overlap")
    topic = AnyOf(TEXT, "Has this topic, spelt so.", field_name="topics", lookup_expr="overlap")
    place = AnyOf(TEXT, "Is about this place; upper and lower case are one.", method=_at_places)
    assignee = AnyOf(IDENTIFIER, "The id of the person who works on it.")
    document = AnyOf(IDENTIFIER, "The id of a document that a hop stands in.", method=_of_documents)
    document_key = AnyOf(TEXT, "The key of such a document.", method="of_keys")
    speaker = AnyOf(IDENTIFIER, "The id of a source that speaks in a hop.", method=_of_sources(_spoken_by))
    publisher = AnyOf(IDENTIFIER, "The id of the publisher of a document that a hop stands in.", method="of_publishers")
    origin = AnyOf(
        IDENTIFIER,
        "The id of a source that speaks in an origin hop (one that relays nothing).",
        method=_of_sources(lambda ids: _spoken_by(ids).filter(relays__isnull=True)),
    )
    source = AnyOf(
        IDENTIFIER,
        "The id of a source that is speaker, publisher or accused.",
        method="of_any_source",
    )
    independent_origins_max = One(
        WHOLE, "Has so many independent origins at the most.", field_name="independent_origins", lookup_expr="lte"
    )
    about_after = One(DAY, "Is about this day or a later one.", method=_about_after)
    about_before = One(DAY, "Is about this day or an earlier one.", method=_about_before)
    updated_after = One(MOMENT, "Changed after this moment.", field_name="updated_at", lookup_expr="gt")

    def of_keys(self, queryset: ClaimQuerySet, name: str, keys: list[str]) -> ClaimQuerySet:
        """With a hop in one of these documents."""
        return queryset.filter(pk__in=self._standing_in(key__in=keys)) if keys else queryset

    def of_publishers(self, queryset: ClaimQuerySet, name: str, ids: list[int]) -> ClaimQuerySet:
        """With a hop in something that one of these published."""
        return queryset.filter(pk__in=self._standing_in(publisher__in=merged_with(ids))) if ids else queryset

    def of_any_source(self, queryset: ClaimQuerySet, name: str, ids: list[int]) -> ClaimQuerySet:
        """With one of these as speaker, publisher or accused."""
        if not ids:
            return queryset
        sources = merged_with(ids)
        found = _spoken_by(sources).union(self._standing_in(publisher__in=sources), _accusing(sources))
        return queryset.filter(pk__in=found)

    def _standing_in(self, **documents: Any) -> QuerySet[Any]:
        seen = Document.objects.visible_to(asker(self.request)).filter(**documents)
        return _hops.filter(document__in=seen).values("claim")
