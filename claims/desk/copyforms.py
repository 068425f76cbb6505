"""The forms on the card of a line: short, with what is known already filled in; what is not known stays empty."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from claims.admin.asking import Ask
from claims.admin.choosing import chosen
from claims.admin.deciding import OFF, SCALE, reason
from claims.labels import FIELDS, LABELS
from claims.models import Evidence, Quantity
from claims.vocabularies import AskedOf, Basis, CallOutcome, How, Kind, Manner, Priority, Verdict
from claims.wording import backing, called
from factdesk import columns
from factdesk.acts import Asked, WorkForm
from factdesk.columns import Moment

#: backing that is no document: the word in the form, and how we know
PLAIN = {"author_notes": How.AUTHOR_NOTES, "author_says": How.AUTHOR_SAYS, "observation": How.OBSERVATION}
LAST, FOLDER, CHAIN, EARLIER = "last", "folder-", "chain-", "earlier-"
#: so many choices have a key
MOST_DIGITS = 9


def on_what(*, required: bool) -> forms.Field:
    """A choice of backing, filled in for the place (:class:`Backed`)."""
    told = {"required": _("Say what it rests on: press a digit, or an arrow.")}
    return forms.ChoiceField(label=_("On what"), required=required, widget=forms.RadioSelect, error_messages=told)


class Backed(WorkForm):
    """A form with a field ``on``: the backing used last, a document of the author's folder or of the claim's chain, or
    what is no document.
    """

    def prepare(self) -> None:
        """The choices: what was used last, then the folder and the rest, the first nine by digits."""
        here = self.asked.record
        found: list[tuple[str, Any]] = []
        if here.last is not None:
            document = here.last.document
            told = called(document) if document else here.last.get_how_display()
            found.append((LAST, _("As for the last: {backing}").format(backing=told)))
        rest = [(f"{FOLDER}{one.pk}", called(one)) for one in here.folder(self.asked.by)]
        day, earlier = here.earlier(self.asked.by)
        rest += [(f"{EARLIER}{one.pk}", _earlier(day, one)) for one in earlier]
        rest += [(f"{CHAIN}{one.pk}", called(one)) for one in here.behind(self.asked.by)]
        rest += [(word, str(how.label)) for word, how in PLAIN.items()]
        found += [
            (word, f"{number} {told}" if number <= MOST_DIGITS else told) for number, (word, told) in enumerate(rest, 1)
        ]
        field: Any = self.fields["on"]
        field.choices = found if field.required else [*found, ("", _("No more backing"))]
        first = found[0][0]
        self.initial.setdefault("on", None if first in PLAIN or first.startswith(EARLIER) else first)
        if (
            self.unchecked and isinstance(self.data, MultiValueDict) and not self.data.get("on")
        ):  # a draft in which nothing was chosen yet
            self.data = MultiValueDict({**dict(self.data.lists()), "on": [self.initial["on"] or ""]})


def _earlier(day: date | None, one: Evidence) -> str:
    """ "checked on 3 Nov 2025 on the memo, Fire Brigade"."""
    return _("checked on {day} on {backing}").format(day=f"{day:%-d %b %Y}", backing=backing(one))


class TickOn(Backed):
    more = ("words",)
    on = on_what(required=True)
    words = forms.CharField(label=_("Which words of it"), required=False, max_length=2000, strip=False)


class Back(Backed):
    on = on_what(required=False)
    document_id = chosen("document", label=_("Or other material"))
    words = forms.CharField(label=_("Which words of it"), required=False, max_length=2000, strip=False)
    note = forms.CharField(label=FIELDS["note"], required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        """One of both."""
        given = super().clean()
        if not given.get("on") and not given.get("document_id"):
            self.add_error("on", _("Say what it rests on."))
        return given


class Judge(Backed):
    """A finding with reasons; for a statistic without its figure, the figure as well."""

    more: tuple[str, ...] = ("population", "period")
    figure = ("measure", "value", "unit", "population", "period")
    measure = forms.CharField(label=FIELDS["measure"], max_length=500)
    value = forms.DecimalField(label=FIELDS["value"], max_digits=40, decimal_places=12)
    unit = forms.CharField(label=FIELDS["unit"], max_length=100, required=False)
    rationale = reason(_("Reasons"), rows=3, longest=20_000)
    verdict = forms.ChoiceField(
        label=capfirst(LABELS["verdict"]), initial=Verdict.ACCURATE,
        choices=[(_("On the scale"), SCALE), (_("Off it"), OFF)],
    )  # fmt: skip
    on = on_what(required=False)
    population = forms.CharField(label=FIELDS["population"], max_length=500, required=False)
    period = forms.CharField(label=FIELDS["period"], max_length=200, required=False)

    def prepare(self) -> None:
        """Without the figure, where it is there or none is needed; the number is read out of the line."""
        super().prepare()
        here = self.asked.record
        is_statistic = (here.claim.kind if here.claim else here.preset()["kind"]) == Kind.STATISTIC
        held = Quantity.objects.filter(claim=here.claim, withdrawn_at__isnull=True) if here.claim else None
        needs = is_statistic and not (held is not None and held.exists())
        if not needs:
            self.more = ()
            for name in self.figure:
                del self.fields[name]
            return
        value: Any = self.fields["value"]
        value.localize, value.widget = False, forms.TextInput(attrs={"inputmode": "decimal"})
        number, unit = number_in_words(here.said)
        self.initial.setdefault("value", number)
        self.initial.setdefault("unit", unit)


_NUMBER = re.compile(
    r"(?P<sign>[£$€])?\s?"
    r"(?P<number>\d{1,3}(?:[,\u202f\u00a0]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"\s?(?P<percent>%|per ?cent)?"
)
_CURRENCY = {"£": "GBP", "$": "USD", "€": "EUR"}


def number_in_words(words: str) -> tuple[str | None, str]:
    """The first number in some words, and its unit as far as a sign says it: ("204000", "GBP")."""
    found = _NUMBER.search(words)
    if found is None:
        return None, ""
    number = re.sub(r"[,\u202f\u00a0]", "", found["number"])
    return number, _CURRENCY.get(found["sign"] or "", "percent" if found["percent"] else "")


class Call(WorkForm):
    spoken_to_id = chosen("source", required=True, label=FIELDS["spoken_to_id"])
    read_back = reason(FIELDS["read_back"], rows=3, longest=10_000)
    outcome = forms.ChoiceField(label=FIELDS["outcome"], choices=CallOutcome.choices, initial=CallOutcome.CONFIRMED)

    def start(self, asked: Asked) -> dict[str, Any]:
        """Whoever says so, to begin with."""
        claim = asked.record.claim
        if claim is None:
            return {}
        hops = claim.attributions.filter(withdrawn_at__isnull=True, relays__isnull=True).order_by("pk")
        origin = hops.exclude(document=asked.record.document).values_list("speaker", flat=True).first()
        return {"spoken_to_id": origin} if origin else {}


class Park(WorkForm):
    more = ("asked_of", "body")
    whom = forms.CharField(label=FIELDS["whom"], max_length=200)
    until = forms.DateTimeField(label=FIELDS["until"], widget=Moment(), required=False)
    asked_of = forms.ChoiceField(label=FIELDS["asked_of"], choices=AskedOf.choices, initial=AskedOf.SOURCE)
    body = reason(_("What is asked"), required=False, rows=2, longest=10_000)

    def start(self, asked: Asked) -> dict[str, Any]:
        """Until the text closes, where that is to come."""
        piece = asked.record.piece
        closes = piece.text_closes_at if piece else None
        return (
            {"until": timezone.localtime(closes).replace(second=0, microsecond=0)}
            if closes and closes > timezone.now()
            else {}
        )


class ChangeCopy(WorkForm):
    replacement = reason(FIELDS["replacement"], required=False, rows=3, longest=10_000)
    reason = forms.CharField(label=_("Why"), max_length=2000)
    force = forms.ChoiceField(label=FIELDS["force"], choices=Priority.choices, initial=Priority.SHOULD)

    def start(self, asked: Asked) -> dict[str, Any]:
        return {"replacement": asked.record.said}


class MarkAs(WorkForm):
    kind = forms.ChoiceField(label=FIELDS["kind"], choices=Kind.choices)
    priority = forms.ChoiceField(label=FIELDS["priority"], choices=Priority.choices)

    def start(self, asked: Asked) -> dict[str, Any]:
        return dict(asked.record.preset())


class Via(WorkForm):
    more = ("manner", "said_on")
    speaker_id = chosen("source", required=True, label=FIELDS["speaker_id"])
    basis = forms.ChoiceField(label=FIELDS["basis"], choices=Basis.choices, initial=Basis.NOT_STATED)
    document_id = chosen("document", label=FIELDS["document_id"])
    manner = forms.ChoiceField(label=FIELDS["manner"], choices=Manner.choices, initial=Manner.PARAPHRASE)
    said_on = forms.DateField(label=FIELDS["said_on"], required=False, widget=columns.Day())


class AccuseAndAsk(Ask):
    """Whom the line accuses, and what was put to them; ``sent_at`` is now."""

    accused_id = chosen("source", required=True, label=FIELDS["accused_id"])
    field_order = ("accused_id", "put", "channel", "deadline")

    def prepare(self) -> None:
        """As for any request; recorded as it is sent."""
        super().prepare()
        del self.fields["sent_at"]
