"""Where a claim ran and what that is owed, as acts of its page (``claims.usages``)."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from claims import usages
from claims.admin.choosing import chosen
from claims.admin.deciding import reason
from claims.labels import FIELDS, LABELS
from claims.models import Usage
from claims.vocabularies import Owed
from factdesk import columns
from factdesk.acts import Act, Asked, WorkForm

RecordUsage = columns.form(
    "RecordUsage",
    WorkForm,
    columns.fields(Usage, usages.USAGE, FIELDS, document_id=chosen("document")),
    more=("consumer", "printed"),
)


class Settle(WorkForm):
    owed = forms.ChoiceField(
        label=_("What was printed"), choices=[choice for choice in Owed.choices if choice[0] != Owed.DUE],
        initial=Owed.CORRECTED,
    )  # fmt: skip
    correction = reason(_("The words that were printed; or why nothing is owed"), rows=4, longest=10_000)

    def start(self, asked: Asked) -> dict[str, Any]:
        return {}


def _record(asked: Asked) -> Any:
    return usages.record_usage(claim_id=asked.record.pk, revision=asked.revision, by=asked.by, columns=asked.given)


def _settle(asked: Asked) -> Any:
    return usages.settle(usage_id=asked.part.pk, version=asked.part_version, by=asked.by, **asked.given)


ACTS = [
    Act(
        "add-usage",
        capfirst(LABELS["usage"]),
        ("edit",),
        _record,
        RecordUsage,
        "",
        _("Recorded."),
        "",
        "record",
        _("Record it"),
    ),
    Act("settle", _("settle"), ("retract",), _settle, Settle, "", _("Settled."), "usage", "", _("Record it")),
]
