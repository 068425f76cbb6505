"""What is done to material, as acts of its page: added with its text, edited, saved anew, marked; lines ruled on."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from claims import rulings, versions
from claims.admin.choosing import chosen
from claims.admin.deciding import reason
from claims.labels import FIELDS, LABELS
from claims.vocabularies import CHECKABLE, SentenceRuling
from factdesk import columns
from factdesk.acts import Act, Asked, WorkForm
from factdesk.columns import Moment
from factdesk.errors import BadInput
from sources import capture, editing, marking, pasting
from sources.models import Document, Snapshot
from sources.models.document import LARGEST_ORIGINAL, LONGEST_TEXT, CapturedFrom, Part


def text_field(*, required: bool) -> forms.CharField:
    """The text of a saved copy, to the character."""
    return forms.CharField(
        label=_("Its text"), required=required, strip=False, max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 12}), help_text=_("Pasted as it stands; it is saved to the character."),
    )  # fmt: skip


class TextOrFile(WorkForm):
    """A form with a ``text``, and a ``file`` that may be sent in its place; ``captured`` is what the file holds."""

    captured: capture.Captured | None = None

    def clean_file(self) -> None:
        """Read it: what is wrong with it is told beside it."""
        sent = self.cleaned_data["file"]
        if sent is None:
            return
        if sent.size > LARGEST_ORIGINAL:
            raise forms.ValidationError(_("A file may have {most:,} bytes at most.").format(most=LARGEST_ORIGINAL))
        try:
            self.captured = capture.upload(sent.name, sent.read())
        except BadInput as wrong:
            raise forms.ValidationError(str(wrong)) from wrong

    def clean(self) -> dict[str, Any]:
        """One of them, in ``text``."""
        given = super().clean()
        given.pop("file", None)
        if self.captured is not None:
            if given.get("text", "").strip():
                self.add_error("file", _("Paste the text or send a file, not both."))
            given |= {"text": self.captured.text, "captured": self.captured}
        return given


def file_field() -> forms.FileField:
    """A file in place of the text."""
    return forms.FileField(
        label=_("Or a file"), required=False, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(capture.TEXTS + capture.PAGES)}),
        help_text=_("A text (.txt) or a saved page (.html). Of a page, what a reader would see is the text."),
    )  # fmt: skip


class _DocumentForm(TextOrFile):
    more = ("publisher_read_from", "bylines_read_from", "published_on_read_from", "held_at", "language",
            "embargo_until", "restricted", "note")  # fmt: skip

    def start(self, asked: Asked) -> dict[str, Any]:
        if asked.record is None:
            return {}
        return {name: getattr(asked.record, name) for name in editing.DOCUMENT}

    def prepare(self) -> None:
        """New material comes with its text; what is there has a reason to change."""
        for name in ("why",) if self.asked.record is None else ("text", "file"):
            del self.fields[name]
        if not self.asked.by.may("read_restricted"):
            del self.fields["restricted"]


DocumentForm = columns.form(
    "DocumentForm",
    _DocumentForm,
    {
        **columns.fields(Document, editing.DOCUMENT, FIELDS, publisher_id=chosen("source")),
        "text": text_field(required=False),
        "file": file_field(),
        "why": forms.CharField(label=_("Why you change it"), required=False, max_length=1000),
    },
)


class SaveCopy(TextOrFile):
    text = text_field(required=False)
    file = file_field()
    captured_at = forms.DateTimeField(label=_("As of"), widget=Moment(), required=False, help_text=_("Empty: now."))

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not given.get("text", "").strip() and "file" not in self.errors:
            self.add_error("text", _("Paste the text, or send a file."))
        return given


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
    text, captured = given.pop("text"), given.pop("captured", None)
    return pasting.paste(by=asked.by, text=text, columns=given, captured=captured)


def _edit(asked: Asked) -> Document:
    given = dict(asked.given)
    why = given.pop("why")
    return editing.edit_document(
        document_id=asked.record.pk, version=asked.version, by=asked.by, columns=given, why=why
    )


def _save_copy(asked: Asked) -> Snapshot:
    came = CapturedFrom.UPLOAD if "captured" in asked.given else CapturedFrom.PASTE
    return versions.save_copy(document_id=asked.record.pk, by=asked.by, captured_from=came, **asked.given)


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
        _("Save it"), onward=lambda copy: reverse("desk:versions", args=[copy.document_id])),
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
