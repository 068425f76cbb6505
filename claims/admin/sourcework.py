"""What is done to sources, as acts of their pages: added, edited, graded, tied to bodies, merged and freed."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from claims.admin.choosing import chosen
from claims.admin.deciding import reason
from claims.labels import FIELDS
from factdesk import columns
from factdesk.acts import Act, Asked, WorkForm
from factdesk.columns import Day
from sources import editing, merging
from sources.models import Affiliation, Source
from sources.models.source import Identity, Reliability

_WHY = {"why": forms.CharField(label=_("Why you change it"), required=False, max_length=1000)}
#: Nobody is made a protected source by hand: that has its own function.
_IDENTITIES = [choice for choice in Identity.choices if choice[0] != Identity.PROTECTED]


class _SourceForm(WorkForm):
    more = ("description", "aliases", "headcount", "owner_id")

    def start(self, asked: Asked) -> dict[str, Any]:
        if asked.record is None:
            return {}
        return {name: getattr(asked.record, name) for name in editing.SOURCE}

    def prepare(self) -> None:
        """A new source has no reason to change; one that is protected stays so."""
        record = self.asked.record
        if record is None:
            del self.fields["why"]
        if record is not None and record.identity == Identity.PROTECTED:
            del self.fields["identity"]
        else:
            self.fields["identity"].choices = _IDENTITIES  # type: ignore[attr-defined]


SourceForm = columns.form(
    "SourceForm", _SourceForm, columns.fields(Source, editing.SOURCE, FIELDS, owner_id=chosen("source")) | _WHY
)


class Grade(WorkForm):
    reliability = forms.TypedChoiceField(
        label=FIELDS["reliability"], choices=[("", _("not graded")), *Reliability.choices], required=False,
        empty_value=None,
    )  # fmt: skip
    on = forms.DateField(label=_("As of"), widget=Day(), required=False, help_text=_("Empty: today."))
    why = reason(_("Why"), required=False, rows=2, longest=1000)

    def start(self, asked: Asked) -> dict[str, Any]:
        return {"reliability": asked.record.reliability}


class _AffiliationForm(WorkForm):
    pass


Affiliate = columns.form(
    "Affiliate",
    _AffiliationForm,
    {
        "organization_id": chosen("source", required=True, label=FIELDS["organization_id"]),
        **columns.fields(Affiliation, editing.AFFILIATION, FIELDS),
    },
)
EditAffiliation = columns.form(
    "EditAffiliation", _AffiliationForm, columns.fields(Affiliation, editing.AFFILIATION, FIELDS) | _WHY
)


class EndAffiliation(WorkForm):
    because = reason(_("Why"), longest=1000, help_text=_("What merely came to an end gets its last day instead."))


class Merge(WorkForm):
    into_id = chosen("source", required=True, label=_("Is the same as"))
    because = reason(_("How we know"), longest=1000)


class Free(WorkForm):
    because = reason(_("How we know that it is another"), longest=1000)


def _split(asked: Asked) -> tuple[dict[str, Any], str]:
    given = dict(asked.given)
    return given, given.pop("why", "")


def _add(asked: Asked) -> Source:
    return editing.add_source(by=asked.by, columns=asked.given)


def _edit(asked: Asked) -> Source:
    given, why = _split(asked)
    return editing.edit_source(source_id=asked.record.pk, version=asked.version, by=asked.by, columns=given, why=why)


def _on(function: Any) -> Any:
    def call(asked: Asked) -> Any:
        return function(source_id=asked.record.pk, version=asked.version, by=asked.by, **asked.given)

    return call


def _affiliate(asked: Asked) -> Affiliation:
    return editing.affiliate(source_id=asked.record.pk, by=asked.by, **asked.given)


def _edit_affiliation(asked: Asked) -> Affiliation:
    given, why = _split(asked)
    return editing.edit_affiliation(
        affiliation_id=asked.part.pk, version=asked.part_version, by=asked.by, columns=given, why=why
    )


def _end_affiliation(asked: Asked) -> Affiliation:
    return editing.end_affiliation(affiliation_id=asked.part.pk, version=asked.part_version, by=asked.by, **asked.given)


ACTS = [
    Act("edit", _("Edit"), ("edit",), _edit, SourceForm, "d", _("Changed."), "", "work", _("Change")),
    Act("affiliate", _("Belongs to"), ("edit",), _affiliate, Affiliate, "", _("Added."), "", "work", _("Add")),
    Act("grade", _("Grade"), ("regrade",), _on(editing.grade), Grade, "", _("Graded."), "", "work", _("Grade")),
    Act("merge", _("Merge into another"), ("merge",), _on(merging.merge), Merge, "", _("Merged."), "", "work",
        _("Merge")),
    Act("free", _("It is another after all"), ("merge",), _on(merging.free), Free, "", _("Freed."), "", "work",
        _("Free")),
    Act("edit-affiliation", _("edit"), ("edit",), _edit_affiliation, EditAffiliation, "", _("Changed."), "affiliation",
        "", _("Change")),
    Act("end-affiliation", _("never was so"), ("edit",), _end_affiliation, EndAffiliation, "", _("Withdrawn."),
        "affiliation", "", _("Withdraw")),
]  # fmt: skip

ADDS = Act(
    "add", _("A new source"), ("edit",), _add, SourceForm, told=_("Added."), button=_("Add it"),
    onward=lambda source: reverse("admin:sources_source_change", args=[source.pk]),
)  # fmt: skip


def hindrances(source: Source) -> dict[str, str]:
    """The acts that this source allows."""
    found = dict.fromkeys(("edit", "affiliate", "grade"), "")
    if source.merged_into_id:
        return found | {"free": ""}
    never = _("nobody is known to be meant") if source.identity == Identity.UNSTATED else ""
    return found | {"merge": str(never)}
