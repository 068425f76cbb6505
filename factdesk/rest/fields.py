"""How values are written in the API, and what stands in the place of another record.

Ids are opaque strings, decimals have the digits that they were given, moments are in UTC with microseconds and a Z.
Each kind of field is written twice: here in Python (what a serializer renders, and the schema), and in
``factdesk.rest.building`` in SQL (what lists and objects are made of). A test holds the two to be equal.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

#: a subclass of ``factdesk.rest.shown.Shown``, which is built on this module
Form = Any
#: model -> how its records are shown at their own address, and how where others name them (``Shown`` fills both)
WHOLE: dict[type[Model], Form] = {}
BRIEF: dict[type[Model], Form] = {}


class Id(serializers.CharField):
    """A record's id: a string, whatever it is made of."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True} | kwargs)


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})
class Exact(serializers.Field[Decimal, Any, str, Any]):
    """A decimal with the digits that it was given: 90 and 90.0 are told apart, and never an exponent."""

    def __init__(self, **kwargs: Any) -> None:
        for name in ("max_digits", "decimal_places"):
            kwargs.pop(name, None)
        super().__init__(**{"read_only": True} | kwargs)

    def to_representation(self, value: Decimal) -> str:
        return format(value, "f")


class Moment(serializers.DateTimeField):
    """ISO 8601 in UTC, with microseconds and a Z, whatever the desk's own time zone is."""

    def __init__(self, **kwargs: Any) -> None:
        preset: dict[str, Any] = {"read_only": True, "default_timezone": UTC}
        super().__init__(**preset | kwargs)

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@extend_schema_field({"type": "string", "format": "uri"})
class Address(serializers.Field[Model, Any, str, Any]):
    """Where the record itself is found in this API; ``view`` is the name of its list's address."""

    def __init__(self, view: str) -> None:
        self.view = view
        super().__init__(read_only=True, source="*")

    def to_representation(self, record: Model) -> str:
        return f"{reverse(self.view, request=self.context['request'])}{record.pk}/"


class Worked(serializers.Field[Model, Any, Any, Any]):
    """A value that is worked out of the record: ``sql`` over the row ``{row}``, ``python`` over the record.

    ``told`` is an OpenAPI schema, or a serializer's field.
    """

    def __init__(self, sql: str, python: Callable[[Any], Any], told: Any) -> None:
        self.sql, self.python = sql, python
        set_override(self, "field", told)
        super().__init__(read_only=True, source="*")

    def to_representation(self, record: Model) -> Any:
        return self.python(record)


class Linked(serializers.Field[Any, Any, Any, Any]):
    """Other records in this one's place: in brief, or, if the query's ``expand`` names the field, whole."""

    brief: Form
    parent: Any

    @property
    def model(self) -> type[Model]:
        """Of what."""
        raise NotImplementedError

    @property
    def whole(self) -> Form:
        """How the other record is shown at its own address, if it has one."""
        return WHOLE.get(self.model)

    def shown(self, record: Model) -> Any:
        """The other record: whole, in brief or its id; or, where whoever asks may not see it, that it is there."""
        inner = self.parent.shape.inside(self.field_name or "")
        form = inner.serializer if inner else self.brief
        if form is None:
            return str(record.pk)
        seen: Any = self.model._default_manager
        if hasattr(seen, "visible_to") and not seen.visible_to(self.parent.rights).filter(pk=record.pk).exists():
            return {"id": str(record.pk), "restricted": True}
        return form(record, context={**self.context, "shape": inner}).data


class Ref(Linked):
    """Another record that this one names: its id, or a few words on it where there is a brief form.

    ``by_id``: its id all the same. ``instead``: the record stands for it to which this column of its own points.
    """

    def __init__(
        self,
        model: type[Model],
        brief: Form = None,
        *,
        by_id: bool = False,
        instead: str = "",
        **kwargs: Any,
    ) -> None:
        self._model, self._brief, self.by_id, self.instead = model, brief, by_id, instead
        super().__init__(**{"read_only": True} | kwargs)

    @property
    def model(self) -> type[Model]:
        """Of what."""
        return self._model

    @property
    def brief(self) -> Form:
        """How it is shown in brief; None: by its id."""
        return None if self.by_id else self._brief or BRIEF.get(self._model)

    def to_representation(self, record: Model) -> Any:
        return self.shown((self.instead and getattr(record, self.instead)) or record)


class Parts(Linked):
    """The records that name this one in one of the columns ``via``, by ``order``, without withdrawn ones.

    Without ``brief`` they are there only if ``expand`` names them.
    """

    def __init__(self, of_model: str, *via: str, brief: Form = None, order: tuple[str, ...] = ("id",)) -> None:
        self.of_model, self.via, self.brief, self.order = of_model, via, brief, order
        super().__init__(read_only=True, source="*")

    @property
    def model(self) -> type[Model]:
        """Of what."""
        return apps.get_model(self.of_model)

    @property
    def is_withdrawable(self) -> bool:
        """Whether there may be withdrawn ones."""
        return any(field.name == "withdrawn_at" for field in self.model._meta.local_fields)

    def of(self, record: Model) -> QuerySet[Any]:
        """The parts of one record."""
        either = Q()
        for name in self.via:
            either |= Q(**{name: record.pk})
        seen: Any = self.model._default_manager
        found: QuerySet[Any] = seen.visible_to(self.parent.rights).filter(either).order_by(*self.order)
        return found.filter(withdrawn_at__isnull=True) if self.is_withdrawable else found

    def to_representation(self, record: Model) -> Any:
        return [self.shown(part) for part in self.of(record)]


class Newest(Parts):
    """The last of the parts, by the columns ``order``, or null."""

    def to_representation(self, record: Model) -> Any:
        newest = self.of(record).first()
        return newest and self.shown(newest)
