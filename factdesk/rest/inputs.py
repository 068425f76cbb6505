"""What may be written: bodies that are read strictly, field by field, out of the models' own columns.

The bargain: a table of the domain says which columns may be written (``claims.editing.PARTS``, say); what each of them
takes follows from the model. Nothing is guessed: a text is no number, a number no text, a moment has its offset, an id
is a string as the API gave it, and a name that is not there is refused, by its pointer. Other records are looked up for
all rows of a body at once; one that whoever asks may not see is told as one that is not there.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from factdesk.people.roles import Asker
from factdesk.rest.filters import DAY, IDENTIFIER, LARGEST_WHOLE, MOMENT, Reader

#: a list of texts has so many items at the most
MOST_ITEMS = 200
LONGEST_REASON = 1000
#: A figure has so many characters at the most; the database holds it between -1e30 and 1e30.
LONGEST_FIGURE = 62


class Text(serializers.CharField):
    """A text, kept to the character. NUL and halves of surrogate pairs are refused (by DRF's own validators)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False} | kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class Word(serializers.ChoiceField):
    """A word of a vocabulary."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            known = ", ".join(str(word) for word in self.choices)
            raise ValidationError(_("Use one of: %(known)s.") % {"known": known}, "unknown_word")
        return data


class _Read(serializers.Field[Any, Any, Any, Any]):
    """A value that is written as a string and read by the same reader as a filter's."""

    reader: Reader

    def to_internal_value(self, data: Any) -> Any:
        try:
            return self.reader.read(data if isinstance(data, str) else "")
        except DjangoValidationError as wrong:
            raise ValidationError(wrong.messages[0].partition(";")[0], wrong.code) from wrong


@extend_schema_field(DAY.schema)
class Day(_Read):
    """A day: ``YYYY-MM-DD``."""

    reader = DAY


@extend_schema_field(MOMENT.schema)
class Instant(_Read):
    """A moment with its offset: ``YYYY-MM-DDThh:mm:ssZ``."""

    reader = MOMENT

    def to_internal_value(self, data: Any) -> datetime:
        found: datetime = super().to_internal_value(data)
        return found


def _figure(text: str) -> Decimal:
    whole, _point, fraction = text.removeprefix("-").partition(".")
    digits = (whole + fraction).isascii() and whole.isdigit() and (fraction.isdigit() or not _point)
    if not digits or len(text) > LONGEST_FIGURE or len(fraction) > 30:
        raise DjangoValidationError(_('Give a figure as a string of digits: "162" or "-3.50".'), code="invalid_figure")
    return Decimal(text)


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"})
class Figure(_Read):
    """A decimal with the digits that it is given, as a string."""

    reader = Reader(_figure)


class Whole(serializers.IntegerField):
    """A whole number of JSON; ``"5"``, ``5.0`` and ``true`` are none."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Yes(serializers.BooleanField):
    """``true`` or ``false``, and nothing that might mean it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:60])
        return data


@extend_schema_field(IDENTIFIER.schema)
class Named(_Read):
    """Another record, by its id. That it is there is asked for all rows at once (:func:`strangers`)."""

    reader = IDENTIFIER

    def __init__(self, model: type[models.Model], **kwargs: Any) -> None:
        self.model = model
        super().__init__(**kwargs)


class Written(serializers.Serializer[Any]):
    """A body. A name that it does not have is refused, with what may have been meant. ``example``: for the schema."""

    example: ClassVar[Mapping[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        wrong = {name[:100]: [self._unknown(name)] for name in data if name not in self.fields}
        try:
            found = super().to_internal_value(data)
        except ValidationError as refused:
            told: Any = refused.detail  # of a mapping that is read field by field it is one, too
            raise ValidationError({**told, **wrong}) from None
        if wrong:
            raise ValidationError(wrong)
        return found

    def _unknown(self, name: str) -> ErrorDetail:
        near = get_close_matches(name[:100], self.fields, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        return ErrorDetail(f"There is no such field to write.{hint}", "unknown_field")


def written(name: str, told: str, /, **fields: serializers.Field[Any, Any, Any, Any]) -> type[Written]:
    """A body of these fields; ``told`` says in the schema what it is."""
    return type(name, (Written,), {**fields, "__doc__": told})


def new(model: type[models.Model], columns: Iterable[str], /, **more: Any) -> type[Written]:
    """The body that adds a row: ``columns`` of the model, required where a row cannot do without; and ``more``."""
    name = model.__name__
    return written(f"{name}New", f"{name}: what a new one is.", **more, **_fields(model, columns, more))


def changed(model: type[models.Model], columns: Iterable[str], /, **more: Any) -> type[Written]:
    """The body that changes a row: any of ``columns`` that is not kept as it was written first, and ``why``."""
    name, kept = model.__name__, getattr(model, "kept_columns", ())
    found = _fields(model, [column for column in columns if column not in kept], more, required=False)
    why = Text(required=False, max_length=LONGEST_REASON, allow_blank=True, help_text="Why, for the history.")
    return written(f"{name}Change", f"{name}: what changes; whatever is left out stays.", **more, **found, why=why)


def _fields(model: type[models.Model], columns: Iterable[str], more: Collection[str], **options: Any) -> dict[str, Any]:
    found = {}
    for column in columns:
        field: Any = model._meta.get_field(column)
        if field.name not in more:
            found[field.name] = of_column(field, **options, **({"source": column} if column != field.name else {}))
    return found


def of_column(field: Any, **options: Any) -> serializers.Field[Any, Any, Any, Any]:
    """The field that a column of a model takes."""
    optional = field.null or field.blank or field.has_default() or field.has_db_default()
    options = {"required": not optional, "allow_null": field.null, "help_text": field.help_text or None} | options
    return _kind(field, options)


def _kind(field: Any, options: dict[str, Any]) -> serializers.Field[Any, Any, Any, Any]:
    match field:
        case models.ForeignKey():
            found: Any = Named(field.related_model, **options)
        case ArrayField():
            inner = Text(max_length=field.base_field.max_length)
            found = serializers.ListField(child=inner, max_length=MOST_ITEMS, **options)
        case models.IntegerField():
            most = 2**15 - 1 if isinstance(field, models.PositiveSmallIntegerField) else LARGEST_WHOLE
            found = Whole(min_value=0, max_value=most, **options)
        case models.CharField() | models.TextField() if field.choices:
            found = Word(choices=field.choices, **options)
        case models.CharField() | models.TextField():
            found = Text(max_length=field.max_length, allow_blank=field.blank, **options)
        case _:
            found = next(body for model, body in _SIMPLE if isinstance(field, model))(**options)
    checked: serializers.Field[Any, Any, Any, Any] = found
    return checked


#: a moment is a day to Django's classes, so it comes first
_SIMPLE: tuple[tuple[Any, Any], ...] = (
    (models.BooleanField, Yes),
    (models.DateTimeField, Instant),
    (models.DateField, Day),
    (models.DecimalField, Figure),
)


def as_in(body: type[Written], /, **example: Any) -> type[Written]:
    """The body, with an example of it."""
    body.example = example
    return body


def reason(longest: int = LONGEST_REASON, **options: Any) -> Text:
    """Why. The domain asks for one that says something."""
    return Text(max_length=longest, **options)


def visible(model: type[models.Model], asker: Asker) -> models.QuerySet[Any]:
    """The records that whoever asks may name; of people those who are with the desk."""
    rows: Any = model._default_manager
    found: models.QuerySet[Any] = rows.visible_to(asker) if hasattr(rows, "visible_to") else rows.filter(is_active=True)
    return found


def strangers(body: Written, rows: Sequence[Mapping[str, Any] | None], asker: Asker) -> list[dict[str, Any]]:
    """For each read row the names in it that are nobody's: field -> what is wrong. One query for each model."""
    named = {name: field for name, field in body.fields.items() if isinstance(field, Named)}
    there: dict[type[models.Model], set[int]] = {}
    for model in {field.model for field in named.values()}:
        sources = [str(field.source) for field in named.values() if field.model is model]
        ids = {row[source] for row in rows if row for source in sources if row.get(source) is not None}
        there[model] = set(visible(model, asker).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    return [
        {
            name: [ErrorDetail("There is no such record.", "no_such_record")]
            for name, field in named.items()
            if row and row.get(str(field.source)) is not None and row[str(field.source)] not in there[field.model]
        }
        for row in rows
    ]


def read(body: type[Written], request: Request, asker: Asker) -> dict[str, Any]:
    """What a request's body says, by the names of columns; ValidationError with every fault."""
    reader = body(data=request.data)
    reader.is_valid(raise_exception=True)
    [wrong] = strangers(reader, [reader.validated_data], asker)
    if wrong:
        raise ValidationError(wrong)
    found: dict[str, Any] = reader.validated_data
    return found
