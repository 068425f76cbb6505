"""What a list of claims can be narrowed to. Sources are read through the root of their merges."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django_filters.rest_framework import FilterSet

from claims.models import Accusation, Attribution, Claim
from claims.models.claim import ClaimQuerySet
from claims.vocabularies import ClearanceValue, Flag, Kind, State, Verdict, Warning
from factdesk.rest.filters import DAY, IDENTIFIER, MOMENT, TEXT, WHOLE, AnyOf, One, word_of
from sources.merging import merged_with

ByIds = Callable[[ClaimQuerySet, str, list[int]], ClaimQuerySet]

_hops = Attribution.objects.filter(withdrawn_at__isnull=True)
_accusations = Accusation.objects.filter(withdrawn_at__isnull=True)


def _spoken_by(ids: list[int]) -> QuerySet[Any]:
    return _hops.filter(speaker__in=ids).values("claim")


def _published_by(ids: list[int]) -> QuerySet[Any]:
    return _hops.filter(document__publisher__in=ids).values("claim")


def _accusing(ids: list[int]) -> QuerySet[Any]:
    return _accusations.filter(accused__in=ids).values("claim")


def _of_sources(claims: Callable[[list[int]], QuerySet[Any]]) -> ByIds:
    def keep(queryset: ClaimQuerySet, name: str, ids: list[int]) -> ClaimQuerySet:
        return queryset.filter(pk__in=claims(merged_with(ids))) if ids else queryset

    return keep


def _of_documents(lookup: str) -> Callable[[ClaimQuerySet, str, list[Any]], ClaimQuerySet]:
    def keep(queryset: ClaimQuerySet, name: str, values: list[Any]) -> ClaimQuerySet:
        return queryset.filter(pk__in=_hops.filter(**{lookup: values}).values("claim")) if values else queryset

    return keep


def _at_places(queryset: ClaimQuerySet, name: str, places: list[str]) -> ClaimQuerySet:
    either = Q()
    for place in places:
        either |= Q(place__iexact=place)
    return queryset.filter(either)


def _about_after(queryset: ClaimQuerySet, name: str, day: Any) -> ClaimQuerySet:
    return queryset.alias(last_day=Coalesce("about_until", "about_from")).filter(last_day__gte=day)


def _about_before(queryset: ClaimQuerySet, name: str, day: Any) -> ClaimQuerySet:
    return queryset.alias(first_day=Coalesce("about_from", "about_until")).filter(first_day__lte=day)


class ClaimFilters(FilterSet):  # type: ignore[misc]
    """Filters of ``/claims/``; all that are given must hold. Withdrawn hops and accusations do not count."""

    kind = AnyOf(word_of(Kind.values), "The kind of its content.")
    state = AnyOf(word_of(State.values), "Where the work stands.")
    verdict = AnyOf(word_of(Verdict.values), "Is it so.")
    clearance = AnyOf(word_of(ClearanceValue.values), "May we print it.")
    flag = AnyOf(word_of(Flag.values), "Has this flag.", field_name="flags", lookup_expr="overlap")
    warning = AnyOf(word_of(Warning.values), "Has this warning.", field_name="warnings", lookup_expr="overlap")
    topic = AnyOf(TEXT, "Has this topic, spelt so.", field_name="topics", lookup_expr="overlap")
    place = AnyOf(TEXT, "Is about this place; upper and lower case are one.", method=_at_places)
    assignee = AnyOf(IDENTIFIER, "The id of the person who works on it.")
    document = AnyOf(IDENTIFIER, "The id of a document that a hop stands in.", method=_of_documents("document__in"))
    document_key = AnyOf(TEXT, "The key of such a document.", method=_of_documents("document__key__in"))
    speaker = AnyOf(IDENTIFIER, "The id of a source that speaks in a hop.", method=_of_sources(_spoken_by))
    publisher = AnyOf(
        IDENTIFIER, "The id of the publisher of a document that a hop stands in.", method=_of_sources(_published_by)
    )
    origin = AnyOf(
        IDENTIFIER,
        "The id of a source that speaks in an origin hop (one that relays nothing).",
        method=_of_sources(lambda ids: _spoken_by(ids).filter(relays__isnull=True)),
    )
    source = AnyOf(
        IDENTIFIER,
        "The id of a source that is speaker, publisher or accused.",
        method=_of_sources(lambda ids: _spoken_by(ids).union(_published_by(ids), _accusing(ids))),
    )
    independent_origins_max = One(
        WHOLE, "Has so many independent origins at the most.", field_name="independent_origins", lookup_expr="lte"
    )
    about_after = One(DAY, "Is about this day or a later one.", method=_about_after)
    about_before = One(DAY, "Is about this day or an earlier one.", method=_about_before)
    updated_after = One(MOMENT, "Changed after this moment.", field_name="updated_at", lookup_expr="gt")

    class Meta:
        model = Claim
        fields: ClassVar[list[str]] = []
