"""Plain form fields made from a model's columns: their longest text, their words, their presets; never their saving.

The bargain: a form here is checked for what a person can mistype, and hands its columns to a function of the desk. The
rules are that function's and the database's. Days and moments are the desk's (its time zone), typed by the browser's
own fields.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

#: long, and yet of one line
ONE_LINE = ("title", "url", "held_at", "publisher_read_from", "bylines_read_from", "published_on_read_from", "name")


class Day(forms.DateInput):
    """A day, as browsers ask for one."""

    input_type = "date"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class Moment(forms.DateTimeInput):
    """A day and a time of day in the desk's time zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class Lines(forms.CharField):
    """A list of short texts, one a line: names hold commas."""

    widget = forms.Textarea(attrs={"rows": 2})

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        self.longest = longest
        kwargs.setdefault("help_text", _("One a line."))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines that are not blank, without the space around them."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if any(len(line) > self.longest for line in value):
            raise forms.ValidationError(_("A line has %d characters at most.") % self.longest, code="max_length")

    def run_validators(self, value: Any) -> None:
        for line in value:
            super().run_validators(line)


def fields(
    model: type[models.Model], columns: Iterable[str], labels: Mapping[str, Any], **own: forms.Field
) -> dict[str, forms.Field]:
    """A form field for each column, in this order; ``own`` are those that are not made from the column."""
    made = {}
    for name in columns:
        made[name] = own[name] if name in own else _field(model._meta.get_field(name))
        made[name].label = labels[name]
    return made


def _field(column: Any) -> forms.Field:
    required = not (column.blank or column.null)
    if isinstance(column, ArrayField):
        longest = column.base_field.max_length or 500
        return Lines(longest=longest, required=required)
    if isinstance(column, models.DateTimeField):
        return forms.DateTimeField(required=required, widget=Moment())
    if isinstance(column, models.DateField):
        return forms.DateField(required=required, widget=Day())
    field: forms.Field = column.formfield()
    field.help_text = ""
    if isinstance(field, forms.CharField) and not isinstance(field, forms.RegexField):
        field.strip = False
        if column.name in ONE_LINE:
            field.widget.attrs["class"] = "wide"
        elif (column.max_length or 0) > 500:
            field.widget = forms.Textarea(attrs={"rows": 4 if column.max_length > 2000 else 2})
    if isinstance(field, forms.DecimalField):
        field.localize, field.widget = False, forms.TextInput(attrs={"inputmode": "decimal"})
    return field


def form(name: str, base: type[Any], fields: Mapping[str, forms.Field], **facts: Any) -> type[Any]:
    """A form class with these fields."""
    made: type[Any] = forms.forms.DeclarativeFieldsMetaclass(
        name, (base,), {**fields, **facts, "__module__": base.__module__}
    )
    return made


class Person(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the desk's people, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.get_full_name() or obj.username)


def people(queryset: Any, label: Any, *, required: bool = False) -> Person:
    """A choice of the desk's people: few enough for a list."""
    return Person(queryset, label=label, required=required, empty_label=_("nobody"))
