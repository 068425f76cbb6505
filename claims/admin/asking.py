"""The right of reply as acts beside each accusation: ask for comment, record what came, exempt (``claims.reply``)."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import reply
from claims.admin.deciding import reason
from claims.labels import LABELS
from claims.vocabularies import Exemption, ReplyOutcome
from factdesk.acts import Act, Asked, WorkForm
from factdesk.columns import Moment
from factdesk.people.models import User


def _zone() -> str:
    return timezone.get_default_timezone_name()


class Ask(WorkForm):
    put = reason(_("What is put to them"), rows=6, longest=20_000)
    channel = forms.CharField(label=_("How"), max_length=200, help_text=_("As in: by e-mail to the press office."))
    deadline = forms.DateTimeField(label=_("They have until"), widget=Moment())
    sent_at = forms.DateTimeField(label=_("Sent"), widget=Moment(), required=False, help_text=_("Empty: now."))

    def prepare(self) -> None:
        """A day from now, to begin with; and whose clock it is."""
        now = timezone.localtime().replace(second=0, microsecond=0)
        self.initial.setdefault("deadline", now + timedelta(days=1))
        self.fields["deadline"].help_text = _("The desk's time: %s.") % _zone()


SENT_STAYS = _("What is recorded as sent cannot be undone or changed.")


class RecordReply(WorkForm):
    outcome = forms.ChoiceField(label=_("What came of it"), choices=ReplyOutcome.choices, initial=ReplyOutcome.REPLIED)
    reply = reason(_("What they said"), required=False, rows=6, longest=20_000)
    replied_at = forms.DateTimeField(label=_("When"), widget=Moment(), required=False, help_text=_("Empty: now."))

    def start(self, asked: Asked) -> dict[str, Any]:
        if asked.part is None or asked.part.outcome == ReplyOutcome.WAITING:
            return {}
        return super().start(asked)


REPLY_STAYS = _("Undo does not take a reply back: recorded again it is replaced, and history keeps both.")


class Exempt(WorkForm):
    exempt = forms.ChoiceField(label=_("Need not be asked"))
    because = reason(_("Why"))

    def prepare(self) -> None:
        """The exemptions that this person may give, alone or as one of two."""
        words = exemptions_of(self.asked.by)
        self.fields["exempt"].choices = [(word, Exemption(word).label) for word in words]  # type: ignore[attr-defined]
        if Exemption.WOULD_ENDANGER in words:
            self.fields["exempt"].help_text = _("That asking would endanger somebody is said by a chief and by legal.")


def exemptions_of(by: User) -> list[str]:
    """The words of ``Exemption`` that this person may say."""
    either = by.may("override") or by.may("legal_hold")
    return [word for word in Exemption.values if (by.may(reply.EXEMPTS[word]) if word in reply.EXEMPTS else either)]


def _on(function: Any) -> Any:
    def call(asked: Asked) -> Any:
        return function(accusation_id=asked.part.pk, by=asked.by, version=asked.version, **asked.given)

    return call


ACTS = [
    Act("ask-reply", LABELS["reply_request"], ("ask_reply",), _on(reply.request_reply), Ask, "",
        _("Recorded as sent."), "accusation", "", _("Record it as sent"), caution=SENT_STAYS),
    Act("record-reply", _("reply"), ("ask_reply",), _on(reply.record_reply), RecordReply, "", _("Recorded."),
        "accusation", "", _("Record"), caution=REPLY_STAYS),
    Act("exempt", _("exempt"), ("exempt", "exempt_court_record", "override"), _on(reply.exempt), Exempt, "",
        _("Recorded."), "accusation", "", _("Exempt"), when=lambda accusation, by: accusation.exempt is None),
]  # fmt: skip
