"""Naming another record in a form: by words, by choosing from what matches, or by its number.

The bargain: without a script one types words, sends the form, and chooses from the matches that stand in it then; with
one the matches come as one types. Either way the server decides: words that are exactly one record's name are it, any
others are asked about. Nothing else of the form is lost by looking.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django import forms
from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from factdesk.people.models import User

#: So many matches are shown.
MOST_MATCHES = 12


class Choice(NamedTuple):
    """A record that may be chosen: its number, its name, and what tells it from another of that name."""

    pk: int
    name: str
    facts: str = ""


class Finder(NamedTuple):
    """Where a sort of record is looked for. Both functions see what ``by`` may see, and nothing else."""

    sort: str
    #: (by, words) -> matches, best first
    matches: Callable[[User, str], list[Choice]]
    #: (by, number) -> the record, if there is one
    one: Callable[[User, int], Choice | None]


def as_typed(words: str, config: str = "simple") -> SearchQuery | None:
    """A full-text query for words of which the last may not be finished; None where there is no word."""
    found = re.findall(r"\w+", words)[:20]
    if not found:
        return None
    return SearchQuery(" & ".join([*found[:-1], f"{found[-1]}:*"]), search_type="raw", config=config)


def number_in(words: str) -> int | None:
    """The number that the words are, as in "12" or "#12"; None for words."""
    found = re.fullmatch(r"\s*#?([0-9]{1,18})\s*", words, re.ASCII)
    return int(found[1]) if found else None


class Choose(forms.Widget):
    """One field for words; a list of matches where they are asked about."""

    template_name = "factdesk/choose.html"

    def format_value(self, value: Any) -> Any:
        """As :meth:`Chosen.shown` gave it: what the template shows."""
        return value

    def __init__(self, sort: str, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.sort = sort

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """With the sort of record that a script asks for."""
        context = super().get_context(name, value, attrs)
        context["widget"]["sort"] = self.sort
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        return {part: data.get(f"{name}{end}", "") for part, end in (("id", ""), ("words", "_words"), ("for", "_for"))}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_words" not in data

    def id_for_label(self, id_: str | None, index: str | None = None) -> str:
        return f"{id_}_words"


class Chosen(forms.Field):
    """A field whose value is the number of a record, or None. Its form gives it ``by`` (:class:`WorkForm`)."""

    by: User | None = None

    def __init__(self, finder: Finder, **kwargs: Any) -> None:
        super().__init__(widget=Choose(finder.sort), **kwargs)
        self.finder = finder
        self.matches: list[Choice] = []

    def clean(self, value: Any) -> int | None:
        """The number; ValidationError where the words are nobody's name or several have it."""
        asked = value if isinstance(value, Mapping) else {"id": value, "words": "", "for": ""}
        words, number = str(asked["words"]).strip(), number_in(str(asked["id"] or ""))
        if not words and not (isinstance(value, int) and number):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        chosen = self._one(number) if number else None
        if chosen and (words in ("", chosen.name.strip()) or words == str(asked["for"]).strip()):
            return chosen.pk
        self.look(words)
        same = [one for one in self.matches if one.name.strip().casefold() == words.casefold()]
        if len(same) == 1:
            return same[0].pk
        by_number = number_in(words)
        if by_number and [one.pk for one in self.matches] == [by_number]:
            return by_number
        told = _("Choose which one is meant.") if self.matches else _("Nothing here is called that.")
        raise ValidationError(told, code="which")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other words were typed than stand for what was chosen to begin with."""
        words = str(data["words"]).strip() if isinstance(data, Mapping) else ""
        return bool(words != self.shown(initial)["words"].strip())

    def look(self, words: str) -> None:
        """Find the matches that the form then shows."""
        self.matches = self.finder.matches(self._person(), words)

    def _one(self, number: int) -> Choice | None:
        return self.finder.one(self._person(), number)

    def _person(self) -> User:
        if self.by is None:
            raise TypeError("A field for choosing stands in a form that says who chooses.")
        return self.by

    def may_change(self, present: Any) -> bool:
        """Whether the person sees what is chosen now. What they may not see they neither learn of nor change."""
        return not isinstance(present, int) or self._one(present) is not None

    def shown(self, value: Any) -> dict[str, Any]:
        """What the widget's template needs of a value: from a form's data, or a record's number."""
        if isinstance(value, Mapping):
            number, words = number_in(str(value.get("id") or "")), str(value.get("words") or "")
            return {"pk": number, "words": words, "matches": self.matches}
        found = self._one(value) if isinstance(value, int) else None
        return {"pk": found.pk if found else None, "words": found.name if found else "", "matches": []}

    def get_bound_field(self, form: Any, field_name: str) -> "BoundChosen":
        return BoundChosen(form, self, field_name)


class BoundChosen(forms.BoundField):
    """Gives the widget the names of what is chosen and of what matches."""

    field: Chosen

    def value(self) -> Any:
        """For the template: the chosen number, the words, the matches."""
        raw: Any = self.data if self.form.is_bound else self.initial
        return self.field.shown(raw)
