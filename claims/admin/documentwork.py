"""What is done to material, as acts of its page: added with its text, edited, saved anew, marked; lines ruled on."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from claims import rulings
from claims.admin.choosing import chosen
from claims.admin.deciding import reason
from claims.labels import FIELDS, LABELS
from claims.vocabularies import CHECKABLE, SentenceRuling
from factdesk import columns
from factdesk.acts import Act, Asked, WorkForm
from factdesk.columns import Moment
from sources import editing, marking, pasting
from sources.models import Document, Snapshot
from sources.models.document import LONGEST_TEXT, CapturedFrom, Part


def text_field(*, required: bool) -> forms.CharField:
    """The text of a saved copy, to the character."""
    return forms.CharField(
        label=_("Its text"), required=required, strip=False, max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 12}), help_text=_("Pasted as it stands; it is saved to the character."),
    )  # fmt: skip


class _DocumentForm(WorkForm):
    more = ("publisher_read_from", "bylines_read_from", "published_on_read_from", "held_at", "language",
            "embargo_until", "restricted", "note")  # fmt: skip

    def start(self, asked: Asked) -> dict[str, Any]:
        if asked.record is None:
            return {}
        return {name: getattr(asked.record, name) for name in editing.DOCUMENT}

    def prepare(self) -> None:
        """New material comes with its text; what is there has a reason to change."""
        del self.fields["why" if self.asked.record is None else "text"]
        if not self.asked.by.may("read_restricted"):
            del self.fields["restricted"]


DocumentForm = columns.form(
    "DocumentForm",
    _DocumentForm,
    {
        **columns.fields(Document, editing.DOCUMENT, FIELDS, publisher_id=chosen("source")),
        "text": text_field(required=False),
        "why": forms.CharField(label=_("Why you change it"), required=False, max_length=1000),
    },
)


class SaveCopy(WorkForm):
    text = text_field(required=True)
    captured_at = forms.DateTimeField(label=_("As of"), widget=Moment(), required=False, help_text=_("Empty: now."))


class MarkWords(WorkForm):
    more = ("part", "locator", "which")
    words = reason(_("The words, as they stand in the saved copy"), rows=4, longest=20_000)
    part = forms.ChoiceField(label=_("Where"), choices=Part.choices, initial=Part.BODY)
    locator = forms.CharField(label=_("Page, time code or cell"), required=False, max_length=200)
    which = forms.IntegerField(label=_("The how manieth time"), required=False, min_value=1)


class RuleOut(WorkForm):
    decision = forms.ChoiceField(label=_("It needs no claim:"), choices=SentenceRuling.choices)
    reason = reason(_("Why"), required=False, rows=2)


def newest_text(document: Document) -> Snapshot | None:
    """The newest saved copy whose text is held."""
    held = Snapshot.objects.filter(document=document, text__isnull=False).defer("original")
    return held.order_by("-captured_at", "-pk").first()


def _add(asked: Asked) -> Document:
    given = dict(asked.given)
    return pasting.paste(by=asked.by, text=given.pop("text"), columns=given)


def _edit(asked: Asked) -> Document:
    given = dict(asked.given)
    why = given.pop("why")
    return editing.edit_document(
        document_id=asked.record.pk, version=asked.version, by=asked.by, columns=given, why=why
    )


def _save_copy(asked: Asked) -> Snapshot:
    return editing.add_snapshot(
        document_id=asked.record.pk, by=asked.by, captured_from=CapturedFrom.PASTE, **asked.given
    )


def _mark(asked: Asked) -> Any:
    copy = newest_text(asked.record)
    return marking.mark_words(snapshot_id=copy.pk if copy else 0, by=asked.by, **asked.given)


def _rule_out(asked: Asked) -> Any:
    return rulings.rule_out(sentence_id=asked.part.pk, by=asked.by, **asked.given)


def _checkable(asked: Asked) -> Any:
    return rulings.rule_out(sentence_id=asked.part.pk, by=asked.by, decision=CHECKABLE)


ACTS = [
    Act("edit", _("Edit"), ("edit",), _edit, DocumentForm, "d", _("Changed."), "", "work", _("Change")),
    Act("save-copy", capfirst(LABELS["snapshot"]), ("propose",), _save_copy, SaveCopy, "", _("Saved."), "", "work",
        _("Save it")),
    Act("mark", _("Mark words"), ("propose",), _mark, MarkWords, "m", _("Marked."), "", "work", _("Mark them")),
    Act("rule-out", _("needs no claim"), ("edit",), _rule_out, RuleOut, "", _("Ruled out."), "sentence", "",
        _("Rule it out"), when=lambda line, by: not line.ruled and not line.claims),
    Act("checkable", _("needs one after all"), ("edit",), _checkable, None, "", _("To be checked."), "sentence",
        when=lambda line, by: bool(line.ruled)),
]  # fmt: skip

ADDS = Act(
    "add", _("New material"), ("propose",), _add, DocumentForm, told=_("Added."), button=_("Add it"),
    onward=lambda document: reverse("admin:sources_document_change", args=[document.pk]),
)  # fmt: skip


def hindrances(document: Document, shown: dict[str, Any]) -> dict[str, str]:
    """The acts that this document allows, each with what stands in its way."""
    held = any(not one.sealed for one in shown["copies"])
    return {"edit": "", "save-copy": "", "mark": "" if held else str(LABELS["sealed"])}
