"""What may be done with a record, as a table: each act has a name, a right, perhaps a key and a form, and one call.

The bargain: a page shows an act only to whom it would not be refused for their role or for where the record stands;
what is refused for another reason that is known beforehand stands there with the reason, and cannot be pressed. The
function that is called decides all the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from factdesk.choosing import Chosen
from factdesk.errors import BadInput
from factdesk.people.forms import Quiet
from factdesk.people.models import User


@dataclass
class Asked:
    """Somebody asks for an act on ``record`` (None: on one that is to be), or on ``part`` of it.

    ``given`` is what the form says, checked. ``seen`` are the numbers of what was on the person's screen.
    """

    by: User
    record: Any = None
    part: Any = None
    given: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, int | None] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        """The revision of the record that the person saw. BadInput where the form does not say."""
        return self.number("revision")

    @property
    def version(self) -> int:
        """The version of the record that the person saw."""
        return self.number("version")

    @property
    def part_version(self) -> int:
        """The version of the part that the person saw (of a claim that is a part: its revision)."""
        return self.number("part_version")

    def number(self, name: str) -> int:
        """A number of what the person saw, by the name under which the page gave it."""
        number = self.seen.get(name)
        if number is None:
            problem = {"path": name, "code": "missing_value", "message": _("Open the page anew.")}
            raise BadInput(_("This form does not say what you saw."), [problem])
        return number


@dataclass(frozen=True)
class Act:
    """One thing to do. ``rights``: any one of them is enough. Without a ``form`` it is done at one key.

    ``part`` is the sort of part that it is about, ``when`` says of which of them it can be done (part, person).
    ``group`` is the row of the bar in which it stands ("": in none, it stands beside its part). ``onward`` says where
    to go afterwards, given what was made; the record's page if not.
    """

    name: str
    label: Any
    rights: tuple[str, ...]
    call: Callable[[Asked], Any]
    form: Callable[..., "WorkForm"] | None = None
    key: str = ""
    told: Any = ""
    part: str = ""
    group: str = ""
    button: Any = ""
    onward: Callable[[Any], str] | None = None
    when: Callable[[Any, User], bool] | None = None
    #: what whoever sends the form should know before: that it cannot be taken back, say
    caution: Any = ""

    @property
    def opens(self) -> bool:
        """Whether there is a form to fill in first. (Templates would call a form's class.)"""
        return self.form is not None

    def open_to(self, by: User) -> bool:
        """Whether this person's role includes it."""
        return any(by.may(right) for right in self.rights)


@dataclass(frozen=True)
class Offer:
    """An act on a page; ``hindrance`` says in words why it cannot be done now ("": it can)."""

    act: Act
    hindrance: str = ""
    of: int | None = None

    @property
    def address(self) -> str:
        """The query under which the act's form opens, or to which its button posts."""
        return f"?do={self.act.name}" + (f"&of={self.of}" if self.of else "")


class WorkForm(Quiet):
    """A form beside a record. ``more`` names fields that stand behind "more" until they are needed.

    ``unchecked``: what is bound is a draft, shown as it was left, and not judged yet. ``nothing``: why there is nothing
    to fill in or to send, where that is so.
    """

    more: tuple[str, ...] = ()
    nothing: Any = ""
    error_css_class = "is-wrong"

    def __init__(self, data: Any = None, *, asked: Asked, unchecked: bool = False, **kwargs: Any) -> None:
        self.asked, self.unchecked = asked, unchecked
        kwargs.setdefault("label_suffix", "")
        super().__init__(data, initial={**self.start(asked), **kwargs.pop("initial", {})}, **kwargs)
        for name, one in list(self.fields.items()):
            if isinstance(one, Chosen):
                one.by = asked.by
                if not one.may_change(self.initial.get(name)):
                    del self.fields[name]
            for inner in (one.widget, *getattr(one.widget, "widgets", ())):
                inner.use_required_attribute = lambda initial: False
        self.prepare()

    def start(self, asked: Asked) -> dict[str, Any]:
        """What stands in the form before anybody typed."""
        if asked.part is None:
            return {}
        return {name: getattr(asked.part, name) for name in self.base_fields if hasattr(asked.part, name)}

    def prepare(self) -> None:
        """Choices that depend on the record or the person."""

    def full_clean(self) -> None:
        """As always; a draft is not judged."""
        if self.unchecked:
            self._errors, self.cleaned_data = forms.utils.ErrorDict(), {}
            return
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        """Lines end as they do in the record: browsers send CRLF, and an unchanged text is no change."""
        given = super().clean() or {}
        return {name: value.replace("\r\n", "\n") if isinstance(value, str) else value for name, value in given.items()}

    def look_for(self, name: str) -> None:
        """Find the matches for one field of choice, without judging anything."""
        chosen = self.fields.get(name)
        if isinstance(chosen, Chosen):
            self.unchecked = True
            words = str(self.data.get(f"{name}_words", "")).strip()
            chosen.look(words)
            if not chosen.matches:
                self.errors[name] = self.error_class([_("Nothing here is called that.")])

    def refuse(self, problems: list[Mapping[str, Any]]) -> None:
        """Put what a function found wrong where it was typed."""
        for problem in problems:
            if problem["path"] in self.fields:
                self.add_error(problem["path"], str(problem["message"]))

    def main_fields(self) -> list[forms.BoundField]:
        """Those that stand in sight."""
        return [one for one in self.visible_fields() if one.name not in self.more]

    def more_fields(self) -> list[forms.BoundField]:
        """Those that stand behind "more"."""
        return [one for one in self.visible_fields() if one.name in self.more]

    def more_is_used(self) -> bool:
        """Whether one of those holds something, or is wrong."""
        return any(one.errors or _is_set(one) for one in self.more_fields())


def _is_set(one: forms.BoundField) -> bool:
    value = one.value()
    if isinstance(value, dict):
        return bool(value.get("words"))
    return bool(value) and value != one.field.initial


def drafted(typed: Mapping[str, list[str]]) -> MultiValueDict[str, str]:
    """A draft's fields as a form takes them."""
    return MultiValueDict(typed)
