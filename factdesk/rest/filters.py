"""Filters of lists: django-filter, with values that are read strictly and with several values for one name.

A filter that takes several values takes them by repetition (``?kind=event&kind=rule``: either), since a topic or a
place may hold a comma. Numbers are ASCII digits, days ``YYYY-MM-DD``, moments RFC 3339 with their offset. Whatever
cannot be read is a 400 that names the parameter.
"""

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Self

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.drainage import set_override
from rest_framework.request import Request

from factdesk.rest.problems import BadQuery, wrong_parameter

if TYPE_CHECKING:  # DRF's views import this module, by its settings
    from rest_framework.views import APIView

LARGEST_ID = 2**63 - 1
LARGEST_WHOLE = 2**31 - 1
#: One filter takes this many values at the most.
MOST_VALUES = 100

ID_PATTERN = "[1-9][0-9]{0,18}"


@dataclass(frozen=True)
class Reader:
    """Makes a value of a parameter's text, or raises ValidationError; ``schema`` is how OpenAPI says the same."""

    read: Callable[[str], Any]
    schema: dict[str, Any] = field(default_factory=dict)


def _identifier(text: str) -> int:
    if not re.fullmatch(ID_PATTERN, text) or int(text) > LARGEST_ID:
        raise ValidationError("An id is a number as the API gave it.", code="invalid_id")
    return int(text)


def _whole(text: str) -> int:
    if not re.fullmatch("[0-9]{1,10}", text) or int(text) > LARGEST_WHOLE:
        raise ValidationError(f"Give a whole number from 0 to {LARGEST_WHOLE}.", code="invalid_number")
    return int(text)


def _day(text: str) -> date:
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # a day that no calendar has: refused below, with all else that is no day
    raise ValidationError("Give a day as YYYY-MM-DD.", code="invalid_day")


def _moment(text: str) -> datetime:
    pattern = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
    try:
        if re.fullmatch(pattern, text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # an hour that no clock has, or past the last year: refused below, with all else that is no moment
    raise ValidationError("Give a moment as YYYY-MM-DDThh:mm:ssZ; a + is written %2B.", code="invalid_moment")


def _one(text: str) -> int:
    if text != "1":
        raise ValidationError("Give 1, or leave it out.", code="invalid_choice")
    return 1


IDENTIFIER = Reader(_identifier, {"type": "string", "pattern": f"^{ID_PATTERN}$"})
WHOLE = Reader(_whole, {"type": "integer", "minimum": 0, "maximum": LARGEST_WHOLE})
DAY = Reader(_day, {"type": "string", "format": "date"})
MOMENT = Reader(_moment, {"type": "string", "format": "date-time"})
TEXT = Reader(str, {"type": "string", "minLength": 1})


def word_of(words: Iterable[str]) -> Reader:
    """A word of a vocabulary, and no other."""
    known = list(words)

    def read(text: str) -> str:
        if text not in known:
            raise ValidationError(f"Use one of: {', '.join(known)}.", code="unknown_word")
        return text

    return Reader(read, {"type": "string", "enum": known})


class _One(forms.Field):
    def __init__(self, *, reader: Reader, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reader = reader

    def to_python(self, value: Any) -> Any:
        return self.reader.read(value) if value else None


class _Many(forms.Field):
    widget = forms.SelectMultiple

    def __init__(self, *, reader: Reader, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reader = reader

    def to_python(self, value: Any) -> Any:
        if len(value) > MOST_VALUES:
            raise ValidationError(f"Give {MOST_VALUES} values at the most.", code="too_many")
        return [self.reader.read(each) for each in value]


class _Declared(django_filters.Filter):  # type: ignore[misc]
    """A filter as a filterset declares it; each request has a copy of what may change. No form shows its label."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="", **kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        mine = copy.copy(self)
        mine.method = self.method  # bound to the copy
        return mine


class One(_Declared):
    """A filter with one value."""

    field_class = _One

    def __init__(self, reader: Reader, told: str, **kwargs: Any) -> None:
        super().__init__(reader=reader, **kwargs)
        set_override(self, "field", reader.schema | {"description": told})


class AnyOf(_Declared):
    """A filter with one or several values, repeated: what has any of them."""

    field_class = _Many

    def __init__(self, reader: Reader, told: str, *, lookup_expr: str = "in", **kwargs: Any) -> None:
        super().__init__(reader=reader, lookup_expr=lookup_expr, **kwargs)
        several = {"type": "array", "items": reader.schema, "maxItems": MOST_VALUES}
        set_override(self, "field", several | {"description": f"{told} Repeat it for any of several."})


ONE = Reader(_one, {"type": "integer", "enum": [1]})


class Given(FilterSet):  # type: ignore[misc]
    """A filterset of those of its filters that the request names: to make a form of all of them, twenty for claims,
    takes a fifth of a list's time. What is not named filters nothing.
    """

    base_filters: Mapping[str, Any]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        self.base_filters = {name: one for name, one in self.base_filters.items() if name in (data or ())}
        super().__init__(data, *args, **kwargs)


class Parts(Given):
    """Filters of records that can be withdrawn: a list leaves the withdrawn ones out unless it is asked for them."""

    withdrawn = One(ONE, "`1`: withdrawn ones, too; `withdrawn_at` tells them.", method="left_in")

    def left_in(self, queryset: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        """As it is."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What the other filters leave."""
        filtered: QuerySet[Any] = super().filter_queryset(queryset)
        return filtered if self.form.cleaned_data.get("withdrawn") else filtered.filter(withdrawn_at__isnull=True)


class Search(Given):
    """``q``: a search by words, best first unless the list is ordered by something else. It comes last."""

    q = One(TEXT, 'Has these words: `words "a phrase" or -not`. Any text will do.', method="left_in")

    def left_in(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """As it is."""
        return queryset

    def filter_queryset(self, queryset: Any) -> Any:
        """What is found in what the other filters leave."""
        filtered, words = super().filter_queryset(queryset), self.form.cleaned_data.get("q")
        if not words:
            return filtered
        return (
            filtered.search(words)
            if self.data.get("ordering", "-relevance") == "-relevance"
            else filtered.matching(words)
        )


class Filters(DjangoFilterBackend):  # type: ignore[misc]
    """django-filter's backend, with its complaints in our words."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: "APIView") -> QuerySet[Any]:
        """The filtered rows, or BadQuery with every value that cannot be read."""
        filterset: FilterSet | None = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise BadQuery(
                *(
                    wrong_parameter(name, error.code or "invalid", " ".join(error.messages))
                    for name, errors in filterset.errors.as_data().items()
                    for error in errors
                )
            )
        filtered: QuerySet[Any] = filterset.qs
        return filtered
