"""The parts of a claim in forms: figures, hops, backing, accusations, other claims, remarks. One act each to add, to
edit, to withdraw; the columns are those of ``claims.editing``.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from claims import editing, premarking
from claims.admin.choosing import chosen
from claims.labels import FIELDS, LABELS
from claims.models import Annotation, Attribution, Claim, Quantity
from claims.pages import veil
from claims.vocabularies import Priority
from claims.wording import amount
from factdesk import columns
from factdesk.acts import Act, Asked, WorkForm
from factdesk.columns import Day
from factdesk.people.models import User

#: what may stand behind "more" in each form
MORE = {
    "quantity": ("upper", "margin", "place", "period", "period_from", "period_until", "base_id", "base_is", "vintage",
                 "as_worded", "note"),
    "attribution": ("hedge", "link", "speaks_for_id", "said_on", "terms", "said", "note"),
    "evidence": ("directness", "passage_id", "spoken_to_id", "spoken_at", "read_back", "outcome", "credibility"),
    "accusation": ("known_position_passage_id", "legal_status", "legal_status_on", "privilege", "note"),
    "relation": ("resolution",),
    "annotation": ("passage_id",),
}  # fmt: skip

#: columns that are written in other ways than by hand
NOT_TYPED = {"annotation": {"answers_id"}}


class PartForm(WorkForm):
    """A part's columns; where one is edited, also why."""


class _Of:
    """A choice among a claim's own rows: hops to have it from, figures to be a share of."""

    def __init__(self, model: Any, told: Callable[[Any], str]) -> None:
        self.model, self.told = model, told

    def choices(self, claim: Claim, but: Any, by: User) -> list[tuple[str, str]]:
        """All of the claim's rows that count, but the one at hand; restricted material without its title."""
        rows = self.model.objects.filter(claim=claim, withdrawn_at__isnull=True).order_by("id")
        if self.model is Attribution:
            rows = veil(rows.select_related("speaker", "document"), by)
        return [("", "-"), *((str(row.pk), self.told(row)) for row in rows if but is None or row.pk != but.pk)]


def _hop(hop: Attribution) -> str:
    document = f", {hop.document}" if hop.document else ""
    return f"{hop.speaker}{document}"


OWN = {"relays_id": _Of(Attribution, _hop), "base_id": _Of(Quantity, amount)}


class _Row(forms.TypedChoiceField):
    """One of the claim's own rows, or none."""

    def __init__(self, rows: _Of) -> None:
        super().__init__(coerce=int, empty_value=None, required=False)
        self.rows = rows


def _own_fields(part: str) -> dict[str, forms.Field]:
    sorts = {
        "speaker_id": "source", "speaks_for_id": "source", "accused_id": "source", "spoken_to_id": "source",
        "document_id": "document", "passage_id": "passage", "known_position_passage_id": "passage", "other_id": "claim",
    }  # fmt: skip
    names = editing.PARTS[part].columns
    must = {"speaker_id", "accused_id", "other_id"}
    found: dict[str, forms.Field] = {
        name: chosen(sort, required=name in must) for name, sort in sorts.items() if name in names
    }
    return found | {name: _Row(rows) for name, rows in OWN.items() if name in names}


class _Prepared(PartForm):
    def prepare(self) -> None:
        """The claim's own rows, to choose from."""
        for one in self.fields.values():
            if isinstance(one, _Row):
                one.choices = one.rows.choices(self.asked.record, self.asked.part, self.asked.by)


def _form(part: str, *, why: bool) -> type[WorkForm]:
    names = [name for name in editing.PARTS[part].columns if name not in NOT_TYPED.get(part, ())]
    made = columns.fields(editing.PARTS[part].model, names, FIELDS, **_own_fields(part))
    if why:
        made["why"] = forms.CharField(label=_("Why you change it"), required=False, max_length=1000)
    return columns.form(f"{part.title()}Form", _Prepared, made, more=MORE[part])


class Withdraw(WorkForm):
    because = forms.CharField(
        label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays in the record, with the reason, and does not count any more."),
    )  # fmt: skip


class ClaimForm(
    columns.form(  # type: ignore[misc]
        "ClaimColumns", WorkForm, columns.fields(Claim, editing.CLAIM, FIELDS)
    )
):
    """A claim's own columns. "Why" is asked where it is edited."""

    more = ("topics", "place", "about_from", "about_until")
    why = forms.CharField(label=_("Why you change it"), required=False, max_length=1000)

    def start(self, asked: Asked) -> dict[str, Any]:
        if asked.record is None:
            return {}
        return {name: getattr(asked.record, name) for name in editing.CLAIM}

    def prepare(self) -> None:
        """A new claim has no reason to change, and is as urgent as its kind has it unless somebody says otherwise."""
        for name, least in (("about_from", Day()), ("about_until", Day())):
            self.fields[name].widget = least
        if self.asked.record is None:
            del self.fields["why"]
            priority: Any = self.fields["priority"]
            priority.required, priority.initial = False, ""
            priority.choices = [("", _("As its kind has it")), *Priority.choices]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean()
        if "priority" in given and not given["priority"] and given.get("kind"):
            given["priority"] = premarking.preset(given["kind"]).value
        return given


# --- what the forms lead to ---


def _columns(asked: Asked) -> dict[str, Any]:
    return {name: value for name, value in asked.given.items() if name != "why"}


def _adds(part: str) -> Callable[[Asked], Any]:
    # Backing and remarks take nothing away from what others do meanwhile; what is substance says what it adds to.
    collides = part not in ("evidence", "annotation")

    def add(asked: Asked) -> Any:
        version = asked.version if collides else None
        return editing.add(part=part, claim_id=asked.record.pk, by=asked.by, columns=_columns(asked), version=version)

    return add


def _edits(part: str) -> Callable[[Asked], Any]:
    def edit(asked: Asked) -> Any:
        return editing.edit_part(
            part=part, part_id=asked.part.pk, version=asked.part_version, by=asked.by, columns=_columns(asked),
            why=asked.given["why"],
        )  # fmt: skip

    return edit


def _withdraws(part: str) -> Callable[[Asked], Any]:
    def withdraw(asked: Asked) -> Any:
        return editing.withdraw(
            part=part, part_id=asked.part.pk, version=asked.part_version, by=asked.by, because=asked.given["because"]
        )

    return withdraw


def _answer(asked: Asked) -> Any:
    given = _columns(asked) | {"answers_id": asked.part.pk}
    return editing.add(part="annotation", claim_id=asked.record.pk, by=asked.by, columns=given)


def _resolves(resolved: bool) -> Callable[[Asked], Any]:
    def resolve(asked: Asked) -> Any:
        return editing.resolve(annotation_id=asked.part.pk, version=asked.part_version, by=asked.by, resolved=resolved)

    return resolve


class Answer(WorkForm):
    body = forms.CharField(label=_("Answer"), max_length=10_000, strip=False, widget=forms.Textarea(attrs={"rows": 4}))
    kind = forms.CharField(widget=forms.HiddenInput, initial="comment")


#: part -> what it is called in "Add …", "Edit …", and its key
CALLED = {
    "quantity": (LABELS["quantity"], "q"),
    "attribution": (LABELS["hop"], "v"),
    "evidence": (LABELS["evidence"], "e"),
    "accusation": (_("accusation"), ""),
    "relation": (_("tie to another claim"), ""),
    "annotation": (_("remark"), "r"),
}


def _is_theirs(remark: Annotation, by: User) -> bool:
    return remark.by_id == by.pk or by.may("edit")


def _acts() -> list[Act]:
    found = []
    for part, (called, key) in CALLED.items():
        right = editing.PARTS[part].right
        own, when = ((right,), _is_theirs) if part == "annotation" else (("edit",), None)
        found += [
            Act(f"add-{part}", capfirst(called), (right,), _adds(part), _form(part, why=False), key, _("Added."), "",
                "record", _("Add")),
            Act(f"edit-{part}", _("edit"), own, _edits(part), _form(part, why=True), "", _("Changed."), part, "",
                _("Change"), when=when),
            Act(f"withdraw-{part}", _("withdraw"), own, _withdraws(part), Withdraw, "", _("Withdrawn."), part, "",
                _("Withdraw"), when=when),
        ]  # fmt: skip
    return found


ANNOTATE = ("annotate",)
PART_ACTS = [
    *_acts(),
    Act("answer", _("answer"), ANNOTATE, _answer, Answer, "", _("Answered."), "annotation", "", _("Answer"),
        when=lambda remark, by: remark.answers_id is None),
    Act("resolve", _("resolved"), ANNOTATE, _resolves(True), None, "", _("Resolved."), "annotation",
        when=lambda remark, by: remark.resolved_at is None and remark.answers_id is None),
    Act("take-up", _("take up again"), ANNOTATE, _resolves(False), None, "", _("Taken up again."), "annotation",
        when=lambda remark, by: remark.resolved_at is not None),
]  # fmt: skip
