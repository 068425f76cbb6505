"""What is decided on a claim, as acts of its page: from taking it to its being OK to print (``claims.workflow``)."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from claims import editing, findings, rulings, workflow
from claims.admin.choosing import chosen
from claims.admin.parts import ClaimForm
from claims.labels import FINDINGS, LABELS
from claims.models import Attribution
from claims.models.claim import PRINTABLE
from claims.vocabularies import (
    TRUTH_SCALE,
    ClearanceValue,
    ClosedBecause,
    FindingRuling,
    Flag,
    Kind,
    OriginRuling,
    State,
    Verdict,
)
from claims.wording import who
from factdesk import columns
from factdesk.acts import Act, Asked, WorkForm
from factdesk.columns import Day
from factdesk.people.models import User
from factdesk.people.roles import RIGHTS

#: A finding's words, grouped as people look for them.
SCALE = [(word, Verdict(word).label) for word in TRUTH_SCALE]
OFF = [(word, label) for word, label in Verdict.choices if word not in TRUTH_SCALE]


def reason(
    label: Any, *, required: bool = True, rows: int = 3, longest: int = 2000, help_text: Any = ""
) -> forms.Field:
    """A few lines of text, kept to the character."""
    return forms.CharField(
        label=label, required=required, max_length=longest, strip=False, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


# --- findings ---


class Finding(WorkForm):
    more = ("flags", "as_of", "review_by")
    verdict = forms.ChoiceField(
        label=capfirst(LABELS["verdict"]), choices=[("", "-"), (_("On the scale"), SCALE), (_("Off it"), OFF)]
    )
    rationale = reason(_("Reasons"), rows=9, longest=20_000)
    flags = forms.MultipleChoiceField(
        label=_("Flags"), choices=Flag.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    as_of = forms.DateField(label=_("Day that it is about"), required=False, widget=Day())
    review_by = forms.DateField(label=_("Look again by"), required=False, widget=Day())
    submit = forms.BooleanField(label=_("Hand it on to a second person"), required=False, initial=True)

    def start(self, asked: Asked) -> dict[str, Any]:
        """What the last finding said, where there is one: it is gone over, not begun anew."""
        last = workflow.last_finding(asked.record.pk)
        if last is None:
            return {}
        return {name: getattr(last, name) for name in ("verdict", "rationale", "flags", "as_of", "review_by")}


def _assess(asked: Asked) -> Any:
    given = dict(asked.given)
    hands_on = given.pop("submit") and asked.record.state != State.IN_REVIEW
    return workflow.assess(claim_id=asked.record.pk, revision=asked.revision, by=asked.by, submit=hands_on, **given)


def _same_again(asked: Asked) -> Any:
    return workflow.propose_again(claim_id=asked.record.pk, revision=asked.revision, by=asked.by)


class SendBack(WorkForm):
    note = reason(_("What has to be done"))


class Initial(WorkForm):
    note = reason(_("Note"), required=False, rows=2)


# --- back, and to the end ---


class Reopen(WorkForm):
    reason = reason(_("Why"))


class Close(WorkForm):
    because = forms.ChoiceField(label=_("It is"), choices=[("", "-"), *ClosedBecause.choices])
    duplicate_of = chosen("claim", label=_("Which claim it repeats (a duplicate)"))
    reason = reason(_("Why"), required=False, rows=2)


class Assign(WorkForm):
    to = columns.people(User.objects.none(), _("To"))

    def start(self, asked: Asked) -> dict[str, Any]:
        return {"to": asked.record.assignee_id}

    def prepare(self) -> None:
        """Those who may take claims; the claim's present person, too."""
        self.fields["to"].queryset = takers()  # type: ignore[attr-defined]


def takers() -> Any:
    """The people who may take claims, by name."""
    roles = [role for role, rights in RIGHTS.items() if "take" in rights]
    return User.objects.filter(is_active=True, role__in=roles).order_by("username")


# --- may we print it ---


class Clear(WorkForm):
    more = ("override_reason",)
    value = forms.ChoiceField(label=LABELS["clearance"], widget=forms.RadioSelect)
    wording = reason(_("Wording that must be printed (with attribution)"), required=False, rows=2)
    note = reason(_("Note"), required=False, rows=2)
    override_reason = reason(
        _("Override the right of reply, because"), required=False, rows=2,
        help_text=_("A chief's. It shows wherever the clearance does."),
    )  # fmt: skip

    def prepare(self) -> None:
        """Only what this state allows, and an override only for whom it is."""
        words = [*reversed(PRINTABLE)] if self.asked.record.state == State.SIGNED_OFF else []
        words += [ClearanceValue.HOLD, ClearanceValue.NOT_CLEARED]
        self.fields["value"].choices = [(word, ClearanceValue(word).label) for word in words]  # type: ignore[attr-defined]
        self.initial.setdefault("value", ClearanceValue.CLEAR if PRINTABLE[0] in words else ClearanceValue.HOLD)
        if not self.asked.by.may("override"):
            del self.fields["override_reason"]


class Hold(WorkForm):
    note = reason(_("Why"), required=False, rows=3)


class LegalHold(WorkForm):
    note = reason(_("Why"), rows=3)


def _clears(value: str = "") -> Any:
    """A decision with this value, or with the one that the form gives."""

    def clear(asked: Asked) -> Any:
        given = {**({"value": value} if value else {}), **asked.given}
        return workflow.clear(claim_id=asked.record.pk, revision=asked.revision, by=asked.by, **given)

    return clear


def _legal_hold(asked: Asked) -> Any:
    return workflow.legal_hold(claim_id=asked.record.pk, revision=asked.revision, by=asked.by, **asked.given)


def _lift(asked: Asked) -> Any:
    given = {**asked.given, "lift": True}
    return workflow.legal_hold(claim_id=asked.record.pk, revision=asked.revision, by=asked.by, **given)


# --- original sources ---


class RuleOnOrigins(WorkForm):
    first = forms.TypedChoiceField(label=_("This"), coerce=int)
    second = forms.TypedChoiceField(label=_("and this"), coerce=int)
    decision = forms.ChoiceField(label=_("are"), choices=OriginRuling.choices)
    reason = reason(_("Why"))

    def prepare(self) -> None:
        """The claim's original sources."""
        rows = Attribution.objects.filter(claim=self.asked.record, withdrawn_at__isnull=True, relays__isnull=True)
        found = [(one.pk, who(one.speaker)) for one in rows.select_related("speaker__merged_into").order_by("id")]
        for name in ("first", "second"):
            self.fields[name].choices = [("", "-"), *found]  # type: ignore[attr-defined]


def _rule(asked: Asked) -> Any:
    return rulings.rule_on_origins(claim_id=asked.record.pk, version=asked.version, by=asked.by, **asked.given)


# --- what does not agree ---


class SettleDifference(WorkForm):
    key = forms.ChoiceField(label=_("What does not agree"), widget=forms.RadioSelect)
    decision = forms.ChoiceField(label=_("Ruling"), choices=[("", "-"), *FindingRuling.choices])
    reason = reason(_("Why"), help_text=_("It lapses when one of the figures or wordings changes."))

    def prepare(self) -> None:
        """All that is asked about the claim, settled or not; what has another scope needs no ruling."""
        found = findings.of([self.asked.record.pk], self.asked.by).get(self.asked.record.pk, [])
        choices = [(one.key, f"{FINDINGS[one.kind]}: {one.says}") for one in found if one.kind != "other_scope"]
        self.fields["key"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.initial.setdefault("key", choices[0][0])


def _settle(asked: Asked) -> Any:
    return findings.settle(claim_id=asked.record.pk, version=asked.version, by=asked.by, **asked.given)


# --- the table ---

LIFTED = _("The claim is then on hold until an editor decides: what was decided before does not come back by itself.")


def _on(function: Any, **more: str) -> Any:
    """A function of ``claims.workflow`` on the claim, at the revision or version that was seen, with what was given."""
    seen = more.pop("seen", "revision")

    def call(asked: Asked) -> Any:
        return function(claim_id=asked.record.pk, by=asked.by, **{seen: getattr(asked, seen)}, **asked.given)

    return call


def _decide(function: Any) -> Any:
    def call(asked: Asked) -> Any:
        return function(assessment_id=asked.number("finding"), revision=asked.revision, by=asked.by, **asked.given)

    return call


def _close(asked: Asked) -> Any:
    return workflow.close(claim_id=asked.record.pk, version=asked.version, by=asked.by, **asked.given)


def _edit(asked: Asked) -> Any:
    given = dict(asked.given)
    why = given.pop("why")
    return editing.edit(claim_id=asked.record.pk, version=asked.version, by=asked.by, columns=given, why=why)


#: kinds for which a tick is not enough (DOMAIN.md §1, Assessment)
NEEDS_REASONS = (Kind.ALLEGATION, Kind.STATISTIC, Kind.CAUSAL)

ACTS = [
    Act("take", _("Take"), ("take",), _on(workflow.take, seen="version"), None, "y", _("Yours."), "", "work"),
    Act("tick", _("Tick"), ("tick",), _on(workflow.tick), None, "t", _("Ticked, and handed on."), "", "work"),
    Act("same-again", _("Propose the same again"), ("assess",), _same_again, None, "g",
        _("Proposed again, and handed on."), "", "work"),
    Act("assess", _("Finding"), ("assess",), _assess, Finding, "f", _("Finding recorded."), "", "work",
        _("Record it")),
    Act("submit", _("Submit"), ("submit",), _on(workflow.submit), None, "s", _("Handed on."), "", "work"),
    Act("sign-off", _("Initial"), ("sign_off",), _decide(workflow.sign_off), None, "i", _("Initialled."), "", "work"),
    Act("initial", _("Initial with a note"), ("sign_off",), _decide(workflow.sign_off), Initial, "", _("Initialled."),
        "", "work", _("Initial")),
    Act("send-back", _("Send back"), ("send_back",), _decide(workflow.send_back), SendBack, "b", _("Sent back."), "",
        "work", _("Send back")),
    Act("still-stands", _("Still stands"), ("assess",), _on(workflow.still_stands), None, "w", _("It still stands."),
        "", "work"),
    Act("look-again", _("Look again"), ("assess",), _on(workflow.look_again, seen="version"), Reopen, "n",
        _("To be looked at again."), "", "work", _("Ask for it")),
    Act("clear", LABELS["clearance"], ("clear",), _clears(), Clear, "p", _("Decided."), "", "work", _("Decide")),
    Act("hold", _("Hold"), ("clear",), _clears(ClearanceValue.HOLD), Hold, "h", _("On hold."), "", "work", _("Hold")),
    Act("legal-hold", _("Legal hold"), ("legal_hold",), _legal_hold, LegalHold, "l",
        _("On legal hold."), "", "work", _("Hold")),
    Act("lift-hold", _("Lift the legal hold"), ("legal_hold",), _lift, LegalHold, "l",
        _("Lifted: on hold, for an editor to decide."), "", "work", _("Lift it"),
        caution=LIFTED),
    Act("assign", _("Assign"), ("assign",), _on(workflow.assign, seen="version"), Assign, "a", _("Assigned."), "",
        "work", _("Assign")),
    Act("reopen", _("Reopen"), ("reopen",), _on(workflow.reopen, seen="version"), Reopen, "o", _("Reopened."), "",
        "work", _("Reopen")),
    Act("close", _("Close"), ("close",), _close, Close, "c", _("Closed."), "", "work", _("Close")),
    Act("edit", _("Edit the claim"), ("edit",), _edit, ClaimForm, "d", _("Changed."), "", "record", _("Change")),
    Act("rule", _("Rule on original sources"), ("rule",), _rule, RuleOnOrigins, "", _("Ruled."), "", "record",
        _("Rule")),
    Act("settle-difference", _("Rule on what does not agree"), ("rule",), _settle, SettleDifference, "", _("Ruled."),
        "", "record", _("Rule")),
]  # fmt: skip
