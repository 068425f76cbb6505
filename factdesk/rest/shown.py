"""A resource's serializer: its schema, its rendering in Python, and what PostgreSQL builds its JSON from.

The bargain: a subclass names its model and its fields; how each is written follows from the model. Everything here is
for reading. What is asked for (``?fields=``, ``?expand=``) is a :class:`Shape`.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, NamedTuple, TypeVar

from django.db import models
from django.db.models import F, Model, Value
from rest_framework import serializers

from factdesk.people.roles import Asker
from factdesk.rest.fields import BRIEF, WHOLE, Exact, Id, Linked, Moment, Parts, Ref

M = TypeVar("M", bound=Model)

#: the rights that decide what of a record is shown
DECIDING = ("read", "read_restricted")


class Rights(NamedTuple):
    """What decides on what is shown, of all that whoever asks may."""

    held: frozenset[str]

    @classmethod
    def of(cls, asker: Asker) -> "Rights":
        """Those of a person or a token."""
        return cls(frozenset(right for right in DECIDING if asker.may(right)))

    def may(self, right: str) -> bool:
        """Whether this right is among them."""
        return right in self.held


@dataclass(frozen=True)
class Shape:
    """Which fields of a resource are shown, in their order, and which of the records they name stand there whole."""

    serializer: "type[Shown[Any]]"
    names: tuple[str, ...]
    whole: tuple[tuple[str, "Shape"], ...] = ()

    def inside(self, name: str) -> "Shape | None":
        """How the records in the field ``name`` are shown; None: in brief."""
        return dict(self.whole).get(name)


class Shown(serializers.ModelSerializer[M]):
    """Records of one model, to read.

    ``Meta.fields`` names all fields in their order, ``Meta.listed`` those that a list shows unless it is asked for
    others (left out: all). ``Meta.form``: ``whole`` at their own address (the preset), ``brief`` where others name
    them, None where a field says so itself. ``Meta.version`` is what ETags are made of.
    """

    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Moment,
        models.DecimalField: Exact,
        models.BigAutoField: Id,
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        meta: Any = cls.Meta
        form = getattr(meta, "form", "whole")
        if form:
            {"whole": WHOLE, "brief": BRIEF}[form][meta.model] = cls

    @property
    def shape(self) -> Shape:
        """What is asked for; if nothing is, all that is shown unasked."""
        return self.context.get("shape") or preset(type(self))

    @property
    def rights(self) -> Rights:
        """Whoever asks."""
        rights: Rights = self.context["rights"]
        return rights

    def get_fields(self) -> dict[str, Any]:
        """The fields that are asked for; for the schema, all."""
        fields = super().get_fields()
        return {name: fields[name] for name in self.shape.names} if "rights" in self.context else fields

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        """Every foreign key is a reference."""
        return Ref, {"model": relation_info.related_model, "allow_null": relation_info.model_field.null}

    def include_extra_kwargs(self, kwargs: Any, extra_kwargs: Any) -> Any:
        """Every field is to be read, and only that."""
        return super().include_extra_kwargs(kwargs, {**extra_kwargs, "read_only": True})


@cache
def fields_of(serializer: type[Shown[Any]]) -> dict[str, Any]:
    """All fields of a resource by their names, bound; to look at, not to render with."""
    return dict(serializer().fields)


def optional(serializer: type[Shown[Any]]) -> set[str]:
    """The fields that are there only if ``expand`` names them."""
    return {name for name, field in fields_of(serializer).items() if isinstance(field, Parts) and not field.brief}


def expandable(serializer: type[Shown[Any]]) -> dict[str, type[Shown[Any]]]:
    """The fields in which other records can stand whole, and how these are then shown."""
    linked = {name: field for name, field in fields_of(serializer).items() if isinstance(field, Linked)}
    return {name: field.whole for name, field in linked.items() if field.whole}


@cache
def preset(serializer: type[Shown[Any]], *, listed: bool = False) -> Shape:
    """What is shown unasked, in a list or alone."""
    meta: Any = serializer.Meta
    names = getattr(meta, "listed", meta.fields) if listed else meta.fields
    absent = optional(serializer)
    return Shape(serializer, tuple(name for name in names if name not in absent))


def version_of(serializer: type[Shown[Any]]) -> Any:
    """What names the state of a record: an expression over its row. What is written once stays at 1."""
    meta: Any = serializer.Meta
    own = any(field.name == "version" for field in meta.model._meta.local_fields)
    return getattr(meta, "version", F("version") if own else Value(1))
