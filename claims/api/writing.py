"""What can be done to claims, their parts and what is decided on them: one line each, read by ``factdesk.rest.acts``.

The columns of parts are those of ``claims.editing.PARTS``; whatever else is here is a function of the desk, and the
body that it takes.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from claims import editing, findings, reply, rulings, workflow
from claims import vocabularies as words
from claims.models import (
    Accusation,
    Assessment,
    Attribution,
    Claim,
    Clearance,
    ReplyRequest,
    Ruling,
    SignOff,
)
from factdesk.people.models import User
from factdesk.rest.acts import ON_LIST, ON_OBJECT, Act, Asked
from factdesk.rest.filters import LARGEST_WHOLE
from factdesk.rest.inputs import (
    Named,
    Text,
    Whole,
    Word,
    Written,
    Yes,
    as_in,
    changed,
    new,
    of_column,
    reason,
    written,
)
from sources.api.writing import Because
from sources.models import Sentence

Nothing = written("Nothing", "Nothing: `{}`.")


def seen() -> Whole:
    """The revision on which somebody decides."""
    return Whole(min_value=1, max_value=LARGEST_WHOLE, help_text="The revision of the claim that you saw.")


def on_claim() -> Named:
    """The claim on which somebody decides."""
    return Named(Claim, source="claim_id")


def columns(model: Any, *names: str, **options: Any) -> dict[str, Any]:
    """Fields as these columns of the model take them."""
    return {name: of_column(model._meta.get_field(name), **options) for name in names}


# --- claims and their parts ---


class TransitionNew(Written):
    """Which way the claim goes. Going backwards and closing ask for a reason; a duplicate names what it repeats."""

    example = {"action": "close", "because": "duplicate", "duplicate_of": "101"}

    action = Word(choices=["take", "submit", "reopen", "close"])
    reason = Text(required=False, allow_blank=True, max_length=1000, help_text="Of `close` it may be `because` itself.")
    because = Word(choices=words.ClosedBecause.choices, required=False, help_text="Of `close`.")
    duplicate_of = Named(Claim, required=False, help_text="Of `close` as a duplicate.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Only what the action takes."""
        if attrs["action"] == "close":
            if attrs.get("reason") in words.ClosedBecause.values:
                attrs.setdefault("because", attrs["reason"])
            if "because" not in attrs:
                raise ValidationError({"because": [ErrorDetail("Say why it is closed.", "required")]})
            if (attrs["because"] == words.ClosedBecause.DUPLICATE) != ("duplicate_of" in attrs):
                told = "A duplicate, and only a duplicate, names the claim that it repeats."
                raise ValidationError({"duplicate_of": [ErrorDetail(told, "not_together")]})
        takes = {"close": {"reason", "because", "duplicate_of"}, "reopen": {"reason"}}.get(attrs["action"], set())
        if strange := attrs.keys() - takes - {"action", "id", "version"}:
            told = f"'{attrs['action']}' does not take it."
            raise ValidationError({name: [ErrorDetail(told, "not_taken")] for name in sorted(strange)})
        return attrs


def _move(a: Asked) -> Claim:
    on: Any = {"claim_id": a.id, "version": a.version, "by": a.by}
    match a["action"]:
        case "take":
            return workflow.take(**on)
        case "submit":
            return workflow.submit(**on)
        case "reopen":
            return workflow.reopen(**on, reason=a.given.get("reason", ""))
    return workflow.close(**on, **a.but("action"))


CLAIM = {
    ON_LIST: Act(
        "Propose a claim: it is new, and without a verdict.", "propose",
        as_in(
            new(Claim, editing.CLAIM), statement="Twelve fire engines fought the fire at the mill.", kind="statistic",
            topics=["fire"], place="Springfield", about_from="2026-02-28",
        ),
        lambda a: editing.propose(by=a.by, columns=a.given), made=True, many=True,
    ),
    ON_OBJECT: Act(
        "Change the claim. A change of substance of a claim that was signed off reopens it.", "edit",
        as_in(changed(Claim, editing.CLAIM), place="Springfield", why="The paper says which one."),
        lambda a: editing.edit(
            claim_id=a.id, version=a.version, by=a.by, columns=a.but("why"), why=a.given.get("why", "")),
    ),
    "move": Act(
        "Take it, submit it, reopen it or close it. (To sign off or send back is a sign-off of an assessment.)",
        "take", TransitionNew, _move, at="transitions", many=True,
    ),
    "assign": Act(
        "Give it to somebody who may take claims, or to nobody. Its state stays.", "assign",
        as_in(written("Assignment", "To whom.", assignee=Named(User, source="to", allow_null=True)), assignee="4"),
        lambda a: workflow.assign(claim_id=a.id, version=a.version, by=a.by, to=_person(a["to"])), many=True,
    ),
    "look_again": Act(
        "Ask that a finding be looked at again, with a reason; `still_stands` says that it stands.", "assess",
        as_in(written("LookAgain", "Why.", reason=Text(max_length=1000)), reason="The brigade has corrected its log."),
        lambda a: workflow.look_again(claim_id=a.id, version=a.version, by=a.by, reason=a["reason"]), many=True,
    ),
    "still_stands": Act(
        "After new evidence or a changed source: what was decided still stands.", "assess", Nothing,
        lambda a: workflow.still_stands(claim_id=a.id, version=a.version, by=a.by), many=True,
    ),
}  # fmt: skip


def _person(number: int | None) -> User | None:
    return None if number is None else User.objects.get(pk=number)


#: what the schema shows of each sort of part
EXAMPLES: dict[str, dict[str, Any]] = {
    "quantity": {"measure": "fire engines", "comparator": "=", "value": "12", "unit": "engines", "as_worded": "twelve"},
    "attribution": {"speaker": "9", "document": "12", "passage": "31", "stance": "asserts", "basis": "witnessed"},
    "evidence": {"stance": "supports", "how": "call", "spoken_to": "9", "outcome": "confirmed"},
    "accusation": {"accused": "9", "privilege": "none"},
    "relation": {"other": "102", "kind": "contradicts", "reason": "other_date"},
    "annotation": {"kind": "question", "asked_of": "author", "body": "Which mill?"},
}


def part(name: str, **more: Act) -> dict[str, Act]:
    """What can be done to a part of a claim; whoever wrote a remark may change it, else it takes the right to edit."""
    sort = editing.PARTS[name]
    door = sort.right if sort.author else "edit"
    return {
        ON_LIST: Act(
            "Add one to a claim.", sort.right,
            as_in(new(sort.model, ("claim_id", *sort.columns), claim=on_claim()), claim="101", **EXAMPLES[name]),
            lambda a: editing.add(part=name, claim_id=a["claim_id"], by=a.by, columns=a.but("claim_id")),
            made=True, many=True,
        ),
        ON_OBJECT: Act(
            "Change it.", door, changed(sort.model, sort.columns),
            lambda a: editing.edit_part(
                part=name, part_id=a.id, version=a.version, by=a.by, columns=a.but("why"), why=a.given.get("why", "")),
        ),
        "withdraw": Act(
            "It does not count any more; it stays in the record, with the reason.", door,
            Because,
            lambda a: editing.withdraw(part=name, part_id=a.id, version=a.version, by=a.by, because=a["because"]),
            many=True,
        ),
        **more,
    }  # fmt: skip


QUANTITY, ATTRIBUTION = part("quantity"), part("attribution")
EVIDENCE, RELATION = part("evidence"), part("relation")
ANNOTATION = part(
    "annotation",
    resolve=Act(
        "It is dealt with, or (`resolved` false) taken up again.", "annotate",
        written("Resolution", "Whether it is dealt with.", resolved=Yes(default=True)),
        lambda a: editing.resolve(annotation_id=a.id, version=a.version, by=a.by, **a.given),
    ),
)  # fmt: skip
ACCUSATION = part(
    "accusation",
    reply=Act(
        "What came of asking them. A reply is substance: a claim that was signed off reopens.", "ask_reply",
        as_in(written(
            "Reply", "What they said, or that they did not.",
            outcome=of_column(Accusation._meta.get_field("outcome"), required=True),
            **columns(Accusation, "reply", "replied_at"),
        ), outcome="replied", reply="We were not there.", replied_at="2026-03-02T09:30:00Z"),
        lambda a: reply.record_reply(accusation_id=a.id, seen=a.version, by=a.by, **a.given),
    ),
    exempt=Act(
        "They need not be asked. That asking would endanger somebody takes a chief and legal: the first proposes.",
        ("exempt", "exempt_court_record", "legal_hold"),
        written(
            "ExemptionNew", "Why they need not be asked.",
            exempt=Word(choices=words.Exemption.choices), because=reason(2000),
        ),
        lambda a: reply.exempt(accusation_id=a.id, seen=a.version, by=a.by, **a.given),
    ),
)  # fmt: skip


# --- decisions ---


class AssessmentNew(Written):
    """A proposed verdict on the revision that was seen; `is_tick`: accurate on the backing shown, and submitted."""

    example = {
        "claim": "101", "revision": 1, "verdict": "mostly_accurate", "flags": ["exaggerated"],
        "rationale": "Ten, by the log.", "submit": True,
    }  # fmt: skip

    claim = on_claim()
    revision = seen()
    is_tick = Yes(default=False)
    verdict = Word(choices=words.Verdict.choices, required=False)
    flags = serializers.ListField(child=Word(choices=words.Flag.choices), max_length=len(words.Flag), required=False)
    rationale = of_column(Assessment._meta.get_field("rationale"))
    as_of = of_column(Assessment._meta.get_field("as_of"))
    review_by = of_column(Assessment._meta.get_field("review_by"))
    submit = Yes(default=False, help_text="Hand it on to a second person at once.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A tick has no reasons, everything else a verdict."""
        if not attrs["is_tick"]:
            if "verdict" not in attrs:
                raise ValidationError({"verdict": [ErrorDetail("Give a verdict.", "required")]})
            return attrs
        told = "A tick says `accurate` and no more, and is submitted."
        more = {name for name in ("flags", "rationale", "as_of", "review_by") if attrs.get(name)}
        if more | ({"verdict"} if attrs.get("verdict", "accurate") != "accurate" else set()):
            raise ValidationError({name: [ErrorDetail(told, "not_taken")] for name in sorted(more or {"verdict"})})
        return attrs


def _assess(a: Asked) -> Assessment:
    if a["is_tick"]:
        return workflow.tick(claim_id=a["claim_id"], revision=a["revision"], by=a.by)
    return workflow.assess(by=a.by, **{"rationale": ""} | a.but("is_tick"))


def _decide(a: Asked) -> SignOff:
    decide = workflow.sign_off if a["decision"] == words.SignOffDecision.APPROVE else workflow.send_back
    return decide(by=a.by, **{"note": ""} | a.but("decision"))


def _clear(a: Asked) -> Clearance:
    """A legal hold is legal's alone; so is to take it back, after which the claim is on hold."""
    lift = a["value"] == words.ClearanceValue.HOLD and not a.by.may("clear")
    if not lift and a["value"] != words.ClearanceValue.LEGAL_HOLD:
        return workflow.clear(by=a.by, **a.given)
    if strange := [name for name in ("wording", "override_reason") if a.given.get(name)]:
        told = "A legal hold has a note, and nothing else."
        raise ValidationError({name: [ErrorDetail(told, "not_taken")] for name in strange})
    decided = {"note": "", **a.but("value", "wording", "override_reason")}
    return workflow.legal_hold(by=a.by, lift=lift, **decided)


#: what a ruling may be about -> what it names (field: attribute) and the words in which it is decided
RULINGS: dict[str, tuple[dict[str, str], list[str]]] = {
    "origins": ({"claim": "claim_id", "first": "first", "second": "second"}, words.OriginRuling.values),
    "finding": ({"claim": "claim_id", "key": "key"}, words.FindingRuling.values),
    "sentence": ({"sentence": "sentence_id"}, [*words.SentenceRuling.values, words.CHECKABLE]),
}


class RulingNew(Written):
    """About `origins`: two hops of a claim. About a `finding`: what does not agree, under the `key` that the claim's
    `differences` give it. About a `sentence`: why it needs no claim, or that it does after all.
    """

    example = {
        "about": "origins", "claim": "101", "first": "201", "second": "202", "decision": "one_origin",
        "reason": "Both had it from the radio log.",
    }  # fmt: skip

    about = Word(choices=list(RULINGS))
    claim = Named(Claim, source="claim_id", required=False)
    first = Named(Attribution, required=False)
    second = Named(Attribution, required=False)
    key = of_column(Ruling._meta.get_field("key"), required=False)
    sentence = Named(Sentence, source="sentence_id", required=False)
    decision = Word(choices=list(dict.fromkeys(word for takes, said in RULINGS.values() for word in said)))
    reason = of_column(Ruling._meta.get_field("reason"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What it is about, and nothing else."""
        takes, decisions = RULINGS[attrs["about"]]
        wrong = {name: [ErrorDetail("It needs this.", "required")] for name, key in takes.items() if key not in attrs}
        strange = attrs.keys() - set(takes.values()) - {"about", "decision", "reason"}
        wrong |= {name.removesuffix("_id"): [ErrorDetail("It does not take this.", "not_taken")] for name in strange}
        if attrs["decision"] not in decisions:
            wrong["decision"] = [ErrorDetail(f"Use one of: {', '.join(decisions)}.", "unknown_word")]
        if wrong:
            raise ValidationError(wrong)
        return attrs


def _rule(a: Asked) -> Ruling:
    given: Any = {"reason": "", "by": a.by, **a.but("about")}
    match a["about"]:
        case "origins":
            return rulings.rule_on_origins(**given)
        case "finding":
            return findings.settle(**given)
    return rulings.rule_out(**given)


ASSESSMENT = {ON_LIST: Act("Propose a verdict.", "assess", AssessmentNew, _assess, made=True, many=True)}
SIGN_OFF = {
    ON_LIST: Act(
        "Approve somebody else's assessment, or send it back. The last approval that it needs signs the claim off.",
        ("sign_off", "send_back"),
        as_in(written(
            "SignOffNew", "Sign-off: what you decide on the assessment, at the revision that you saw.",
            assessment=Named(Assessment, source="assessment_id"), revision=seen(),
            **columns(SignOff, "decision", "note"),
        ), assessment="55", revision=1, decision="send_back", note="Ask the fire brigade."),
        _decide, made=True, many=True,
    ),
}  # fmt: skip
CLEARANCE = {
    ON_LIST: Act(
        "May it be printed. A legal hold is legal's alone, an override a chief's.", ("clear", "legal_hold"),
        as_in(written(
            "ClearanceNew", "Clearance: what you decide on the revision that you saw.",
            claim=on_claim(), revision=seen(), **columns(Clearance, "value", "wording", "override_reason", "note"),
        ), claim="101", revision=1, value="clear_with_attribution", wording="according to the fire brigade"),
        _clear, made=True, many=True,
    ),
}  # fmt: skip
REPLY_REQUEST = {
    ON_LIST: Act(
        "Record how somebody accused was asked, and until when they may answer.", "ask_reply",
        as_in(written(
            "ReplyRequestNew", "Reply request: what was put to them, by which channel, until when; `sent_at`: now.",
            accusation=Named(Accusation, source="accusation_id"),
            **columns(ReplyRequest, "put", "channel", "deadline"),
            sent_at=of_column(ReplyRequest._meta.get_field("sent_at"), required=False),
        ), accusation="77", put="Were you there?", channel="e-mail", deadline="2026-03-03T12:00:00Z"),
        lambda a: reply.request_reply(by=a.by, **a.given), made=True, many=True,
    ),
}  # fmt: skip
RULING = {ON_LIST: Act("Rule on what the record worked out.", ("rule", "edit"), RulingNew, _rule, made=True, many=True)}
