"""What can be done through the API, one case each: the request, the call of the desk that it makes, and who may.

Written out again on purpose, and not read from the tables of the API or of roles.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any, NamedTuple

from django.utils import timezone

from claims import copydesk, editing, findings, pieces, reply, rulings, usages, versions, workflow
from claims.models import Annotation, Claim, CopyChange, Evidence, Piece, Relation, Usage
from factdesk.people.models import User
from sources import editing as sources_editing
from sources import merging
from sources.models import Sentence
from tests import make

API = "/api/v1/"
P, C, E, H, L = "reporter", "checker", "editor", "chief", "legal"
DESK = frozenset({C, E, H})
PROPOSERS = DESK | {P}
EDITORS = frozenset({E, H})
ANNOTATORS = PROPOSERS | {L}


class Case(NamedTuple):
    """A request; ``version`` is what If-Match says; ``call`` is made with ``given`` (and with who asks)."""

    method: str
    address: str
    body: Any
    version: int | None
    call: tuple[ModuleType, str]
    given: dict[str, Any]


def post(address: str, body: Any, call: tuple[ModuleType, str], *, of: Any = None, **given: Any) -> Case:
    """A POST; ``of``: of an object, whose version it names."""
    return Case("POST", f"{API}{address}/", body, None if of is None else _version(of), call, given)


def patch(address: str, on: Any, body: Any, call: tuple[ModuleType, str], **given: Any) -> Case:
    return Case("PATCH", f"{API}{address}/{on.pk}/", body, _version(on), call, given)


def _version(on: Any) -> int:
    on.refresh_from_db()
    return on.version


def _claim(**facts: Any) -> tuple[Claim, dict[str, Any]]:
    """A claim and what names it."""
    made = make.claim(**facts)
    return made, {"claim": str(made.pk)}


# --- claims and their parts ---


def propose(by: User) -> Case:
    body = {"statement": "It burned.", "kind": "event", "topics": ["fire"], "place": "Ulm", "about_from": "2026-02-28"}
    columns = {**body, "about_from": date(2026, 2, 28)}
    return post("claims", body, (editing, "propose"), columns=columns)


def edit(by: User) -> Case:
    claim, _ = _claim()
    body = {"place": "Ulm", "priority": "must", "why": "as it stands"}
    return patch(
        "claims", claim, body, (editing, "edit"), claim_id=claim.pk, version=claim.version,
        columns={"place": "Ulm", "priority": "must"}, why="as it stands",
    )  # fmt: skip


def move(action: str, call: str, state: str, sent: dict[str, Any] | None = None) -> Callable[[User], Case]:
    def case(by: User) -> Case:
        claim, _ = _claim(state=state)
        if action == "submit":
            make.assessment(claim)
        body = {"action": action, **(sent or {})}
        case = post(f"claims/{claim.pk}/transitions", body, (workflow, call), of=claim)
        return case._replace(given={"claim_id": claim.pk, "version": claim.version, **(sent or {})})

    return case


def close_as_duplicate(by: User) -> Case:
    claim, other = make.claim(), make.claim()
    body = {"action": "close", "because": "duplicate", "duplicate_of": str(other.pk)}
    given = {"claim_id": claim.pk, "version": 1, "because": "duplicate", "duplicate_of": other.pk}
    return post(f"claims/{claim.pk}/transitions", body, (workflow, "close"), of=claim, **given)


def close_by_its_reason(by: User) -> Case:
    claim = make.claim()
    given = {"claim_id": claim.pk, "version": 1, "because": "dropped", "reason": "dropped"}
    body = {"action": "close", "reason": "dropped"}
    return post(f"claims/{claim.pk}/transitions", body, (workflow, "close"), of=claim, **given)


def assign(by: User) -> Case:
    claim, to = make.claim(), make.user("checker")
    body = {"assignee": str(to.pk)}
    return post(f"claims/{claim.pk}/assign", body, (workflow, "assign"), of=claim, claim_id=claim.pk, version=1, to=to)


def assign_nobody(by: User) -> Case:
    claim = make.claim(assignee=make.user("checker"))
    body = {"assignee": None}
    return post(
        f"claims/{claim.pk}/assign", body, (workflow, "assign"), of=claim, claim_id=claim.pk, version=1, to=None
    )


def look_again(by: User) -> Case:
    claim = make.claim(state="signed_off")
    case = post(f"claims/{claim.pk}/look_again", {"reason": "A new log."}, (workflow, "look_again"), of=claim)
    return case._replace(given={"claim_id": claim.pk, "version": claim.version, "reason": "A new log."})


def still_stands(by: User) -> Case:
    claim = make.claim(state="signed_off")
    make.evidence(claim)
    case = post(f"claims/{claim.pk}/still_stands", {}, (workflow, "still_stands"), of=claim)
    return case._replace(given={"claim_id": claim.pk, "version": claim.version})


def part(name: str, resource: str, body: dict[str, Any], columns: dict[str, Any]) -> Callable[[User], Case]:
    """``{source}`` and the like in the values stand for records that are made for it."""

    def case(by: User) -> Case:
        claim, named = _claim()
        sent, given = _filled(body, columns)
        return post(resource, named | sent, (editing, "add"), part=name, claim_id=claim.pk, columns=given)

    return case


def _filled(body: dict[str, Any], columns: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    made: dict[Any, Any] = {}
    for value in body.values():
        if callable(value):
            made[value] = value().pk
    sent = {name: str(made[value]) if callable(value) else value for name, value in body.items()}
    return sent, {name: made[value] if callable(value) else value for name, value in columns.items()}


def change(name: str, resource: str, row: Callable[[User], Any], body: dict[str, Any]) -> Callable[[User], Case]:
    def case(by: User) -> Case:
        on = row(by)
        return patch(
            resource, on, body, (editing, "edit_part"),
            part=name, part_id=on.pk, version=on.version, columns=body, why="",
        )  # fmt: skip

    return case


def withdraw(name: str, resource: str, row: Callable[[User], Any]) -> Callable[[User], Case]:
    def case(by: User) -> Case:
        on = row(by)
        given = {"part": name, "part_id": on.pk, "version": on.version, "because": "A mistake."}
        return post(f"{resource}/{on.pk}/withdraw", {"because": "A mistake."}, (editing, "withdraw"), of=on, **given)

    return case


def a_quantity(by: User) -> Any:
    return make.quantity(make.claim())


def a_hop(by: User) -> Any:
    return make.attribution(make.claim())


def a_backing(by: User) -> Evidence:
    return make.evidence(make.claim())


def an_accusation(by: User) -> Any:
    return make.accusation(make.claim())


def a_relation(by: User) -> Relation:
    return Relation.objects.create(claim=make.claim(), other=make.claim(), kind="repeats")


def a_remark(by: User) -> Annotation:
    return Annotation.objects.create(claim=make.claim(), kind="comment", body="So?", by=make.user("checker"))


def ones_own_remark(by: User) -> Annotation:
    return Annotation.objects.create(claim=make.claim(), kind="comment", body="So?", by=by)


def resolve(by: User) -> Case:
    on = a_remark(by)
    given = {"annotation_id": on.pk, "version": 1, "resolved": True}
    return post(f"annotations/{on.pk}/resolve", {}, (editing, "resolve"), of=on, **given)


def record_reply(by: User) -> Case:
    on = an_accusation(by)
    body = {"outcome": "replied", "reply": "No.", "replied_at": "2026-03-01T10:00:00+01:00"}
    given = {**body, "replied_at": datetime(2026, 3, 1, 9, tzinfo=UTC), "accusation_id": on.pk, "seen": on.version}
    return post(f"accusations/{on.pk}/reply", body, (reply, "record_reply"), of=on, **given)


def exempt(word: str) -> Callable[[User], Case]:
    def case(by: User) -> Case:
        on = an_accusation(by)
        body = {"exempt": word, "because": "As the court has it."}
        given = {**body, "accusation_id": on.pk, "seen": on.version}
        return post(f"accusations/{on.pk}/exempt", body, (reply, "exempt"), of=on, **given)

    return case


# --- decisions ---


def assess(by: User) -> Case:
    claim, named = _claim(state="in_check")
    body = {"revision": 1, "verdict": "mixed", "rationale": "Half.", "flags": ["exaggerated"], "submit": True}
    body |= {"as_of": "2026-03-01", "review_by": None}
    given = {**body, "claim_id": claim.pk, "as_of": date(2026, 3, 1)}
    return post("assessments", named | body, (workflow, "assess"), **given)


def tick(by: User) -> Case:
    claim, named = _claim(kind="detail")
    return post(
        "assessments", named | {"revision": 1, "is_tick": True}, (workflow, "tick"), claim_id=claim.pk, revision=1
    )


def decide(decision: str, call: str) -> Callable[[User], Case]:
    def case(by: User) -> Case:
        claim = make.claim(state="in_review")
        finding = claim.assessments.get()
        body = {"assessment": str(finding.pk), "revision": 1, "decision": decision, "note": "So."}
        return post("sign_offs", body, (workflow, call), assessment_id=finding.pk, revision=1, note="So.")

    return case


def clear(by: User) -> Case:
    claim, named = _claim(state="signed_off")
    body = {"revision": 1, "value": "clear_with_attribution", "wording": "the police said", "note": "So."}
    return post("clearances", named | body, (workflow, "clear"), claim_id=claim.pk, **body)


def hold_for_legal(by: User) -> Case:
    claim, named = _claim()
    body = {"revision": 1, "value": "legal_hold", "note": "A letter came."}
    given = {"claim_id": claim.pk, "revision": 1, "note": "A letter came.", "lift": False}
    return post("clearances", named | body, (workflow, "legal_hold"), **given)


def lift_for_legal(by: User) -> Case:
    claim, named = _claim()
    lawyer = make.user("legal")
    workflow.legal_hold(claim_id=claim.pk, revision=1, by=lawyer, note="A letter came.")
    body = {"revision": 1, "value": "hold", "note": "It was withdrawn."}
    given = {"claim_id": claim.pk, "revision": 1, "note": "It was withdrawn.", "lift": True}
    return post("clearances", named | body, (workflow, "legal_hold"), **given)


def request_reply(by: User) -> Case:
    on = an_accusation(by)
    deadline = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    body = {"accusation": str(on.pk), "put": "Is it so?", "channel": "mail", "deadline": deadline.isoformat()}
    given = {"accusation_id": on.pk, "put": "Is it so?", "channel": "mail", "deadline": deadline}
    return post("reply_requests", body, (reply, "request_reply"), **given)


def rule_on_origins(by: User) -> Case:
    claim, named = _claim()
    one, two = make.attribution(claim), make.attribution(claim)
    body = {"about": "origins", "first": str(one.pk), "second": str(two.pk), "decision": "one_origin", "reason": "So."}
    given = {"claim_id": claim.pk, "first": one.pk, "second": two.pk, "decision": "one_origin", "reason": "So."}
    return post("rulings", named | body, (rulings, "rule_on_origins"), **given)


def settle_a_finding(by: User) -> Case:
    one, _other = (make.quantity(make.claim(kind="statistic"), number, "dead", place="Ulm") for number in ("3", "4"))
    [asked] = findings.of([one.claim_id], by)[one.claim_id]
    body = {"about": "finding", "claim": str(one.claim_id), "key": asked.key, "decision": "mistake", "reason": "So."}
    given = {"claim_id": one.claim_id, "key": asked.key, "decision": "mistake", "reason": "So."}
    return post("rulings", body, (findings, "settle"), **given)


def rule_out(decision: str) -> Callable[[User], Case]:
    def case(by: User) -> Case:
        line = Sentence.objects.create(snapshot=make.snapshot(), start=0, end=5)
        body = {"about": "sentence", "sentence": str(line.pk), "decision": decision, "reason": "So."}
        given = {"sentence_id": line.pk, "decision": decision, "reason": "So."}
        return post("rulings", body, (rulings, "rule_out"), **given)

    return case


# --- sources and documents ---


def add_source(by: User) -> Case:
    owner = make.outlet()
    body = {"name": "The Example", "kind": "outlet", "aliases": ["Example"], "owner": str(owner.pk)}
    columns = {"name": "The Example", "kind": "outlet", "aliases": ["Example"], "owner_id": owner.pk}
    return post("sources", body, (sources_editing, "add_source"), columns=columns)


def edit_source(by: User) -> Case:
    on = make.source()
    given = {"source_id": on.pk, "version": 1, "columns": {"description": "A captain."}, "why": "known now"}
    body = {"description": "A captain.", "why": "known now"}
    return patch("sources", on, body, (sources_editing, "edit_source"), **given)


def grade(by: User) -> Case:
    on = make.source()
    given = {"source_id": on.pk, "version": 1, "reliability": "B", "on": date(2026, 1, 15)}
    body = {"reliability": "B", "on": "2026-01-15"}
    return post(f"sources/{on.pk}/grade", body, (sources_editing, "grade"), of=on, **given)


def merge(by: User) -> Case:
    on, into = make.source(), make.source()
    given = {"source_id": on.pk, "version": 1, "into_id": into.pk, "because": "The same."}
    body = {"into": str(into.pk), "because": "The same."}
    return post(f"sources/{on.pk}/merge", body, (merging, "merge"), of=on, **given)


def free(by: User) -> Case:
    on = make.source(merged_into=make.source())
    given = {"source_id": on.pk, "version": 1, "because": "Another."}
    return post(f"sources/{on.pk}/free", {"because": "Another."}, (merging, "free"), of=on, **given)


def affiliate(by: User) -> Case:
    one, body_ = make.source(), make.source(kind="organization")
    body = {"source": str(one.pk), "organization": str(body_.pk), "role": "captain", "since": "2020-01-01"}
    given = {"source_id": one.pk, "organization_id": body_.pk, "role": "captain", "since": date(2020, 1, 1)}
    return post("affiliations", body, (sources_editing, "affiliate"), **given)


def edit_affiliation(by: User) -> Case:
    on = make.affiliation(make.source(), make.source(kind="organization"))
    given = {"affiliation_id": on.pk, "version": 1, "columns": {"role": "major"}, "why": ""}
    return patch("affiliations", on, {"role": "major"}, (sources_editing, "edit_affiliation"), **given)


def end_affiliation(by: User) -> Case:
    on = make.affiliation(make.source(), make.source(kind="organization"))
    given = {"affiliation_id": on.pk, "version": 1, "because": "Never."}
    body = {"because": "Never."}
    return post(f"affiliations/{on.pk}/withdraw", body, (sources_editing, "end_affiliation"), of=on, **given)


def add_document(by: User) -> Case:
    body = {"kind": "article", "title": "Fire", "original_url": "https://news.example/1", "bylines": ["Ann"]}
    columns = {"kind": "article", "title": "Fire", "url": "https://news.example/1", "bylines": ["Ann"]}
    return post("documents", body, (sources_editing, "add_document"), columns=columns)


def edit_document(by: User) -> Case:
    on = make.document()
    columns = {"embargo_until": datetime(2030, 1, 1, tzinfo=UTC)}
    given = {"document_id": on.pk, "version": 1, "columns": columns, "why": ""}
    body = {"embargo_until": "2030-01-01T00:00:00Z"}
    return patch("documents", on, body, (sources_editing, "edit_document"), **given)


def add_snapshot(by: User) -> Case:
    on = make.document()
    body = {"text": "Twelve engines came.\n", "captured_from": "paste"}
    return post(f"documents/{on.pk}/snapshots", body, (versions, "save_copy"), document_id=on.pk, **body)


def mark(by: User) -> Case:
    on = make.snapshot("Twelve engines came.")
    body = {"start": 0, "end": 14, "part": "headline", "locator": "p. 1"}
    return post("passages", {"snapshot": str(on.pk), **body}, (sources_editing, "mark"), snapshot_id=on.pk, **body)


# --- our own copy ---


def a_piece(**facts: Any) -> Piece:
    return Piece.objects.create(document=make.document(kind="desk_copy"), **facts)


def open_piece(by: User) -> Case:
    ours, editor = make.document(kind="desk_copy"), make.user("editor")
    body = {"document": str(ours.pk), "editor": str(editor.pk), "page_closes_at": None}
    given = {"document_id": ours.pk, "columns": {"editor_id": editor.pk, "page_closes_at": None}}
    return post("pieces", body, (pieces, "open_piece"), **given)


def edit_piece(by: User) -> Case:
    on = a_piece()
    columns = {"text_closes_at": datetime(2030, 1, 1, tzinfo=UTC)}
    given = {"piece_id": on.pk, "version": 1, "columns": columns, "why": ""}
    return patch("pieces", on, {"text_closes_at": "2030-01-01T00:00:00Z"}, (pieces, "edit_piece"), **given)


def sign_off_piece(by: User) -> Case:
    on = a_piece()
    claim = make.claim(kind="detail", state="in_check")
    make.attribution(claim, document=on.document)
    finding = make.assessment(claim)
    Claim.objects.filter(pk=claim.pk).update(state="in_review")
    claim.refresh_from_db()
    body = {"seen": {str(finding.pk): claim.revision}, "note": "Read."}
    given = {"piece_id": on.pk, "seen": {finding.pk: claim.revision}, "note": "Read."}
    return post(f"pieces/{on.pk}/sign_off", body, (pieces, "sign_off_piece"), of=on, **given)


def close_page(by: User) -> Case:
    on = a_piece()
    return post(f"pieces/{on.pk}/close", {}, (pieces, "close_page"), of=on, piece_id=on.pk, version=1)


def decide_open(decision: str) -> Callable[[User], Case]:
    def case(by: User) -> Case:
        on = a_piece()
        claim, named = _claim(priority="must")
        make.attribution(claim, document=on.document)
        claim.refresh_from_db()
        body = {"revision": claim.revision, "decision": decision, "because": "No time."}
        given = {"piece_id": on.pk, "claim_id": claim.pk, **body}
        return post(f"pieces/{on.pk}/decide_open", named | body, (usages, "decide_open"), of=on, **given)

    return case


def propose_change(by: User) -> Case:
    on = a_piece()
    words = make.passage(make.snapshot(of=on.document))
    body = {"replacement": "", "reason": "Not so.", "force": "must"}
    given = {"piece_id": on.pk, "passage_id": words.pk, **body}
    named = {"piece": str(on.pk), "passage": str(words.pk)}
    return post("copy_changes", named | body, (copydesk, "propose_change"), **given)


def decide_change(author: bool) -> Callable[[User], Case]:
    def case(by: User) -> Case:
        piece = a_piece(author=by if author else make.user("reporter"))
        words = make.passage(make.snapshot(of=piece.document))
        on = CopyChange.objects.create(
            piece=piece, passage=words, reason="Not so.", force="should", proposed_by=make.user("checker")
        )
        given = {"change_id": on.pk, "version": 1, "decision": "accepted", "reason": "Yes."}
        body = {"decision": "accepted", "reason": "Yes."}
        return post(f"copy_changes/{on.pk}/decision", body, (copydesk, "decide_change"), of=on, **given)

    return case


def record_usage(by: User) -> Case:
    claim, named = _claim()
    body = {"revision": 1, "url": "https://ours.example/1", "printed": "Twelve engines came."}
    columns = {"url": "https://ours.example/1", "printed": "Twelve engines came."}
    return post("usages", named | body, (usages, "record_usage"), claim_id=claim.pk, revision=1, columns=columns)


def settle(by: User) -> Case:
    on = Usage.objects.create(claim=make.claim(), revision=1, url="https://ours.example/1", owed="due")
    given = {"usage_id": on.pk, "version": 1, "owed": "corrected", "correction": "It was ten."}
    body = {"owed": "corrected", "correction": "It was ten."}
    return post(f"usages/{on.pk}/settle", body, (usages, "settle"), of=on, **given)


FIGURE = {"measure": "engines", "value": "12.0", "unit": "engines", "comparator": ">="}
#: name -> (who may, the case)
CASES: dict[str, tuple[frozenset[str], Callable[[User], Case]]] = {
    "propose": (PROPOSERS, propose),
    "edit": (DESK, edit),
    "take": (DESK, move("take", "take", "new")),
    "submit": (DESK, move("submit", "submit", "in_check")),
    "reopen": (EDITORS, move("reopen", "reopen", "signed_off", {"reason": "New papers."})),
    "close": (EDITORS, move("close", "close", "new", {"because": "dropped", "reason": "No time."})),
    "close as a duplicate": (EDITORS, close_as_duplicate),
    "close by its reason": (EDITORS, close_by_its_reason),
    "assign": (EDITORS, assign),
    "assign nobody": (EDITORS, assign_nobody),
    "look again": (DESK, look_again),
    "still stands": (DESK, still_stands),
    "add quantity": (DESK, part("quantity", "quantities", FIGURE, {**FIGURE, "value": Decimal("12.0")})),
    "add attribution": (DESK, part(
        "attribution", "attributions",
        {"speaker": make.source, "document": make.document, "stance": "denies", "said_on": None},
        {"speaker_id": make.source, "document_id": make.document, "stance": "denies", "said_on": None},
    )),
    "add evidence": (PROPOSERS, part(
        "evidence", "evidence",
        {"stance": "refutes", "document": make.document, "credibility": 2},
        {"stance": "refutes", "document_id": make.document, "credibility": 2},
    )),
    "add accusation": (DESK, part(
        "accusation", "accusations",
        {"accused": make.source, "privilege": "court"}, {"accused_id": make.source, "privilege": "court"},
    )),
    "add relation": (DESK, part(
        "relation", "relations", {"other": make.claim, "kind": "repeats"}, {"other_id": make.claim, "kind": "repeats"}
    )),
    "add annotation": (ANNOTATORS, part(
        "annotation", "annotations",
        {"kind": "question", "asked_of": "lawyer", "body": "May we?", "passage": make.passage},
        {"kind": "question", "asked_of": "lawyer", "body": "May we?", "passage_id": make.passage},
    )),
    "edit quantity": (DESK, change("quantity", "quantities", a_quantity, {"unit": "people"})),
    "edit attribution": (DESK, change("attribution", "attributions", a_hop, {"certainty": "hedged", "hedge": "may"})),
    "edit evidence": (DESK, change("evidence", "evidence", a_backing, {"note": "See p. 2."})),
    "edit accusation": (DESK, change("accusation", "accusations", an_accusation, {"known_position": "No."})),
    "edit relation": (DESK, change("relation", "relations", a_relation, {"resolution": "The later one counts."})),
    "edit annotation": (DESK, change("annotation", "annotations", a_remark, {"body": "Well?"})),
    "edit one's own annotation": (ANNOTATORS, change("annotation", "annotations", ones_own_remark, {"body": "Well?"})),
    "withdraw quantity": (DESK, withdraw("quantity", "quantities", a_quantity)),
    "withdraw attribution": (DESK, withdraw("attribution", "attributions", a_hop)),
    "withdraw evidence": (DESK, withdraw("evidence", "evidence", a_backing)),
    "withdraw accusation": (DESK, withdraw("accusation", "accusations", an_accusation)),
    "withdraw relation": (DESK, withdraw("relation", "relations", a_relation)),
    "withdraw annotation": (DESK, withdraw("annotation", "annotations", a_remark)),
    "withdraw one's own annotation": (ANNOTATORS, withdraw("annotation", "annotations", ones_own_remark)),
    "resolve": (ANNOTATORS, resolve),
    "record reply": (DESK, record_reply),
    "exempt: not identifiable": (EDITORS, exempt("not_identifiable")),
    "exempt: court record": (frozenset({L}), exempt("court_record_only")),
    "exempt: would endanger": (frozenset({H, L}), exempt("would_endanger")),
    "assess": (DESK, assess),
    "tick": (DESK, tick),
    "sign off": (EDITORS, decide("approve", "sign_off")),
    "send back": (EDITORS, decide("send_back", "send_back")),
    "clear": (EDITORS, clear),
    "legal hold": (frozenset({L}), hold_for_legal),
    "request reply": (DESK, request_reply),
    "rule on origins": (EDITORS, rule_on_origins),
    "settle a finding": (EDITORS, settle_a_finding),
    "rule out a sentence": (DESK, rule_out("heading")),
    "checkable after all": (DESK, rule_out("checkable")),
    "add source": (DESK, add_source),
    "edit source": (DESK, edit_source),
    "grade": (frozenset({H}), grade),
    "merge": (EDITORS, merge),
    "free": (EDITORS, free),
    "affiliate": (DESK, affiliate),
    "edit affiliation": (DESK, edit_affiliation),
    "end affiliation": (DESK, end_affiliation),
    "add document": (PROPOSERS, add_document),
    "edit document": (DESK, edit_document),
    "add snapshot": (PROPOSERS, add_snapshot),
    "mark": (PROPOSERS, mark),
    "open piece": (EDITORS, open_piece),
    "edit piece": (EDITORS, edit_piece),
    "sign off piece": (EDITORS, sign_off_piece),
    "close page": (EDITORS, close_page),
    "decide open: softened": (EDITORS, decide_open("softened")),
    "decide open: unchecked": (frozenset({H}), decide_open("printed_unchecked")),
    "propose change": (DESK, propose_change),
    "decide change": (EDITORS, decide_change(author=False)),
    "decide change of one's own copy": (PROPOSERS, decide_change(author=True)),
    "record usage": (DESK, record_usage),
    "settle": (EDITORS, settle),
}  # fmt: skip
#: only this role's own: an editor who does the same makes another call
LEGALS_OWN = {"lift a legal hold": (frozenset({L}), lift_for_legal)}
EVERY = CASES | LEGALS_OWN
