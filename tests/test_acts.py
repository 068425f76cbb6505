"""What a claim's page offers to whom, from where; that what is offered is not refused; and every form of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims import workflow
from claims.models import Accusation, Annotation, Assessment, Attribution, Claim, Clearance, Evidence, Quantity, Usage
from factdesk.people.models import User
from tests import make

pytestmark = pytest.mark.django_db

ROLES = ("reader", "reporter", "checker", "editor", "chief", "legal")
STATES = ("new", "in_check", "in_review", "signed_off", "closed")

# Written out again on purpose: state -> what a checker, an editor and a chief can press from there, on an event that
# somebody else has judged and nobody is assigned to. A reader is offered nothing.
RECORD = "edit add-quantity add-attribution add-evidence add-accusation add-relation add-annotation add-usage"
WORK = {
    "new": ("take tick assess", "hold assign close"),
    "in_check": ("take tick assess submit", "hold assign close"),
    "in_review": ("assess look-again", "sign-off initial send-back hold assign close"),
    "signed_off": ("look-again", "clear hold assign reopen close"),
    "closed": ("", "hold reopen"),
}


def at(state: str, **facts: Any) -> Claim:
    claim = make.claim(state=state, **facts)
    if state == "in_check":
        if claim.kind == "statistic":
            make.quantity(claim)
        make.assessment(claim)
    claim.refresh_from_db()
    return claim


def signed_in(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def page_of(record: Any) -> str:
    return f"/admin/{record._meta.app_label}/{record._meta.model_name}/{record.pk}/change/"


def offers(browser: Client, claim: Claim) -> dict[str, str]:
    """What the bar holds: act -> what stands in its way."""
    rows = browser.get(page_of(claim)).context["offers"]
    return {offer.act.name: str(offer.hindrance) for row in rows.values() for offer in row}


def open_to(browser: Client, claim: Claim) -> set[str]:
    return {name for name, why in offers(browser, claim).items() if not why}


def do(browser: Client, claim: Any, act: str, of: int | None = None, **typed: Any) -> Any:
    """Open the page, fill the form in and send it, or press the button."""
    address = f"{page_of(claim)}?do={act}" + (f"&of={of}" if of else "")
    context = browser.get(address).context
    doing = context["doing"]
    sent = {name: str(number) for name, number in context["seen"].items()}
    if doing and doing["form"] is not None:
        for field in doing["form"]:
            value = field.value()
            if isinstance(value, dict):
                sent |= {field.html_name: str(value["pk"] or ""), f"{field.html_name}_words": value["words"]}
            elif isinstance(value, list):
                sent[field.html_name] = value
            elif value not in (None, False):
                sent[field.html_name] = "on" if value is True else str(value)
        sent |= {"draft_seal": doing["seal"], "draft_number": str(doing["number"])}
        if doing["part_seen"]:
            sent["part_version"] = str(doing["part_seen"])
    return browser.post(address, sent | typed)


def expected(role: str, state: str) -> set[str]:
    if role in ("reader", "legal"):
        return set() if role == "reader" else {"legal-hold", "add-annotation"}
    if role == "reporter":
        return {"add-evidence", "add-annotation"}
    checkers, editors = WORK[state]
    return {*RECORD.split(), *checkers.split(), *(editors.split() if role != "checker" else ())}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_who_is_offered_what_from_where(role, state):
    assert open_to(signed_in(make.user(role)), at(state)) == expected(role, state)


@pytest.mark.parametrize("role", ROLES[1:])
@pytest.mark.parametrize("kind", ["event", "allegation", "statistic"])
def test_what_can_be_pressed_is_not_refused(role, kind):
    browser = signed_in(make.user(role))
    for state in STATES:
        claim = at(state, kind=kind)
        for row in browser.get(page_of(claim)).context["offers"].values():
            for offer in row:
                if offer.hindrance or offer.act.opens:
                    continue
                with transaction.atomic():
                    answer = do(browser, claim, offer.act.name)
                    told = answer.context["doing"]["refused"] if answer.context else ""
                    assert answer.status_code == 302, f"{state} {offer.act.name}: {told}"
                    transaction.set_rollback(True)


# Written out again on purpose: (state, act) -> (state after, the roles that may); all else changes no state.
LEGAL = {
    ("new", "take"): ("in_check", "checker editor chief"),
    ("new", "tick"): ("in_review", "checker editor chief"),
    ("in_check", "tick"): ("in_review", "checker editor chief"),
    ("in_check", "submit"): ("in_review", "checker editor chief"),
    ("in_review", "sign-off"): ("signed_off", "editor chief"),
    ("in_review", "send-back"): ("in_check", "editor chief"),
    ("signed_off", "reopen"): ("in_check", "editor chief"),
    ("closed", "reopen"): ("new", "editor chief"),
    **{(state, "close"): ("closed", "editor chief") for state in STATES[:-1]},
}
TYPED = {"send-back": {"note": "Not yet."}, "reopen": {"reason": "New papers."}, "close": {"because": "dropped"}}


@pytest.mark.parametrize("state", STATES)
def test_role_by_state_by_act_as_the_table_has_it(state):
    for act in ("take", "tick", "submit", "sign-off", "send-back", "reopen", "close"):
        after, roles = LEGAL.get((state, act), (state, ""))
        for role in ROLES:
            with transaction.atomic():
                claim, person = at(state), make.user(role)
                seen = {"revision": claim.revision, "version": claim.version}
                finding = claim.assessments.order_by("-id").first()
                sent = {**seen, **TYPED.get(act, {}), **({"finding": finding.pk} if finding else {})}
                answer = signed_in(person).post(f"{page_of(claim)}?do={act}", sent)
                claim.refresh_from_db()
                may = role in roles.split()
                if (state, act) in LEGAL:
                    assert (answer.status_code == 302) == may, f"{role} {act}: {answer.status_code}"
                    assert answer.status_code in (302, 403)
                assert claim.state == (after if may else state) or (state, act) == ("in_review", "tick"), (
                    f"{role} {act}"
                )
                transaction.set_rollback(True)


def test_a_form_that_says_not_what_was_seen_is_refused():
    claim, browser = at("new"), signed_in(make.user("checker"))
    for act in ("take", "tick"):
        answer = browser.post(f"{page_of(claim)}?do={act}", {})
        assert (answer.status_code, str(answer.context["doing"]["refused"])) == (
            400,
            "This form does not say what you saw.",
        )
    assert browser.post(f"{page_of(claim)}?do=nothing", {}).status_code == 403
    assert browser.post(page_of(claim), {"statement": "x"}).status_code == 403


# --- what stands in the way, in words ---


def test_nobody_is_offered_to_initial_their_own_finding_or_twice():
    editor, other, claim = make.user("editor"), make.user("editor"), make.claim(kind="causal")
    seen = {"claim_id": claim.pk, "revision": claim.revision}
    found = workflow.assess(**seen, by=editor, verdict="mixed", rationale="So.", submit=True)
    assert offers(signed_in(editor), claim)["sign-off"] == "your own finding"
    assert offers(signed_in(other), claim)["sign-off"] == ""
    Claim.objects.filter(pk=claim.pk).update(statement="Something else.")
    claim.refresh_from_db()
    assert offers(signed_in(other), claim)["sign-off"] == f"no new finding on revision {claim.revision}"
    accused = make.claim(kind="allegation")
    make.accusation(accused)
    accused.refresh_from_db()
    seen = {"claim_id": accused.pk, "revision": accused.revision}
    found = workflow.assess(**seen, by=editor, verdict="mixed", rationale="So.", submit=True)
    workflow.sign_off(assessment_id=found.pk, revision=accused.revision, by=other)
    assert offers(signed_in(other), accused)["sign-off"] == "you have decided on it; one more person does"


def test_a_tick_is_not_offered_where_it_takes_reasons_nor_a_claim_that_somebody_has():
    claim, browser = at("new", kind="causal"), signed_in(make.user("checker"))
    assert offers(browser, claim)["tick"] == "not enough for this kind: give reasons"
    other = make.user("checker", username="bo")
    workflow.take(claim_id=claim.pk, by=other)
    assert offers(browser, claim)["take"] == "with bo"
    assert offers(browser, claim)["submit"] == "no new finding on revision 1"
    assert "take" not in offers(signed_in(other), claim)


def test_printing_waits_for_everybody_who_is_accused_and_says_for_how_many():
    claim = make.claim(kind="event", state="in_check")
    accusations = [make.accusation(claim) for _ in range(4)]
    Accusation.objects.filter(pk=accusations[0].pk).update(outcome="declined")
    claim.refresh_from_db()
    found = make.assessment(claim)
    Claim.objects.filter(pk=claim.pk).update(state="in_review")
    make.sign_off(found)
    editor, chief = signed_in(make.user("editor")), signed_in(make.user("chief"))
    assert offers(editor, claim)["clear"] == "3 of 4 accused not asked"
    assert offers(chief, claim)["clear"] == ""  # who may say why it is printed all the same
    for one in accusations[1:]:
        make.reply_request(one, hours=5)
    assert " may reply until " in offers(editor, claim)["clear"]
    refused = do(chief, claim, "clear", value="clear")
    assert refused.status_code == 409
    assert "has not had their say yet" in str(refused.context["doing"]["refused"])
    assert do(chief, claim, "clear", value="clear", override_reason="They are in court today.").status_code == 302
    assert Clearance.objects.get(claim=claim, automatic=False).override_reason == "They are in court today."


def test_an_embargo_and_a_legal_hold_stand_in_the_way_of_printing():
    claim, editor, legal = make.claim(state="signed_off"), signed_in(make.user("editor")), signed_in(make.user("legal"))
    assert offers(editor, claim)["clear"] == ""
    assert do(legal, claim, "legal-hold", note="A writ.").status_code == 302
    assert offers(editor, claim)["clear"] == offers(editor, claim)["hold"] == "on legal hold"
    assert open_to(legal, claim) == {"lift-hold", "add-annotation"}
    assert do(legal, claim, "lift-hold", note="Withdrawn.").status_code == 302
    assert do(editor, claim, "clear", value="clear").status_code == 302
    kept = make.document(embargo_until=timezone.now() + timedelta(days=2))
    make.evidence(claim, document=kept)
    assert offers(editor, claim)["clear"].startswith("embargo until ")


# --- decisions by their forms ---


def test_a_claim_goes_from_new_to_ok_to_print_by_two_people():
    claim, checker, editor = make.claim(kind="causal"), make.user("checker"), make.user("editor")
    ann, ed = signed_in(checker), signed_in(editor)
    assert do(ann, claim, "take").status_code == 302
    assert do(ann, claim, "assess", verdict="mixed", rationale="Half of it.").status_code == 302
    assert do(ed, claim, "initial", note="Well done.").status_code == 302
    assert do(ed, claim, "clear", value="clear_with_attribution", wording="officials say").status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.verdict, claim.clearance) == ("signed_off", "mixed", "clear_with_attribution")
    assert (claim.assignee, Assessment.objects.get().author) == (checker, checker)
    assert do(ed, claim, "clear", value="clear_with_attribution").status_code == 400
    assert do(ed, claim, "reopen", reason="A letter came.").status_code == 302
    assert do(ed, claim, "assign", to=str(checker.pk)).status_code == 302
    other = make.claim("The same, said elsewhere.")
    refused = do(ed, claim, "close", because="duplicate")
    assert refused.status_code == 400
    assert do(ed, claim, "close", because="duplicate", duplicate_of_words=f"#{other.pk}").status_code == 302
    claim.refresh_from_db()
    assert (claim.closed_because, claim.duplicate_of) == ("duplicate", other)


def test_a_finding_that_came_meanwhile_is_not_signed_unseen():
    claim, editor = make.claim(), make.user("editor")
    seen = {"claim_id": claim.pk, "revision": 1}
    workflow.assess(**seen, by=make.user("checker"), verdict="mixed", rationale="So.", submit=True)
    browser = signed_in(editor)
    sent = {name: str(number) for name, number in browser.get(page_of(claim)).context["seen"].items()}
    workflow.assess(**seen, by=make.user("checker"), verdict="inaccurate", rationale="No.")
    answer = browser.post(f"{page_of(claim)}?do=sign-off", sent)
    assert answer.status_code == 409
    assert "earlier finding" in str(answer.context["doing"]["refused"])
    claim.refresh_from_db()
    assert claim.state == "in_review"


def test_an_editor_rules_on_origins():
    claim = make.claim()
    first, second = make.attribution(claim), make.attribution(claim)
    ed = signed_in(make.user("editor"))
    sent = {"first": str(first.pk), "second": str(second.pk), "decision": "one_origin", "reason": "They are brothers."}
    assert do(ed, claim, "rule", **sent).status_code == 302
    claim.refresh_from_db()
    assert claim.independent_origins == 1


# --- the record ---


@pytest.fixture
def desk() -> dict[str, Any]:
    source, other = make.source("Mara Venn"), make.source("Mara Venn", "organization")
    document = make.document("The mill gate", kind="memo")
    copy = make.snapshot("The gate was open. So was the door.", of=document)
    return {
        "source": source, "other": other, "document": document, "passage": make.passage(copy, 0, 18),
        "claim": make.claim(), "second": make.claim("The gate was shut."),
    }  # fmt: skip


def named(name: str, record: Any, words: str) -> dict[str, str]:
    return {name: str(record.pk), f"{name}_words": words}


def test_every_part_is_added_edited_and_withdrawn_by_its_form(desk):
    claim, ann = desk["claim"], signed_in(make.user("checker"))
    speaker = named("speaker_id", desk["source"], "Mara Venn")
    stands = named("document_id", desk["document"], "The mill gate")
    marked = named("passage_id", desk["passage"], "The gate was open.")
    parts = {
        "quantity": {"measure": "arrests", "comparator": ">=", "value": "90.0", "unit": "people"},
        "attribution": {**speaker, **stands, **marked, "stance": "asserts", "basis": "witnessed"},
        "evidence": {**stands, "stance": "supports", "how": "document", "note": "Page 3."},
        "accusation": {**named("accused_id", desk["source"], "Mara Venn"), "privilege": "none"},
        "relation": {**named("other_id", desk["second"], "The gate was shut."), "kind": "contradicts"},
        "annotation": {"kind": "question", "asked_of": "author", "body": "Which gate?\r\nThe west one?"},
    }
    edits = {"quantity": {"value": "91"}, "attribution": {"stance": "denies"}, "evidence": {"stance": "refutes"},
             "accusation": {"legal_status": "charged"}, "relation": {"kind": "qualifies"},
             "annotation": {"body": "Which door?"}}  # fmt: skip
    for part, typed in parts.items():
        answer = do(ann, claim, f"add-{part}", **typed)
        assert answer.status_code == 302, (part, answer.context["doing"]["form"].errors)
        [row] = _rows(claim, part)
        answer = do(ann, claim, f"edit-{part}", of=row.pk, why="A slip.", **edits[part])
        assert answer.status_code == 302, (part, answer.context["doing"]["refused"])
        [row] = _rows(claim, part)
        assert {name: str(getattr(row, name)) for name in edits[part]} == edits[part]
        assert do(ann, claim, f"withdraw-{part}", of=row.pk, because=" ").status_code == 400
        assert do(ann, claim, f"withdraw-{part}", of=row.pk, because="Wrong claim.").status_code == 302
        assert _rows(claim, part) == []
    assert str(Quantity.objects.get().value) == "91"
    hop = Attribution.objects.get()
    assert (hop.speaker, hop.document, hop.passage) == (desk["source"], desk["document"], desk["passage"])


def _rows(claim: Claim, part: str) -> list[Any]:
    name = {"evidence": "evidence"}.get(part, f"{part}s") if part != "quantity" else "quantities"
    return list(getattr(claim, name).filter(withdrawn_at__isnull=True))


def test_an_unchanged_text_is_no_change_though_browsers_send_other_line_ends(desk):
    claim, ann = desk["claim"], signed_in(make.user("checker"))
    accused = make.accusation(claim, known_position="Never.\nNot once.")
    claim.refresh_from_db()
    before = claim.revision
    assert do(ann, claim, "edit-accusation", of=accused.pk, known_position="Never.\r\nNot once.").status_code == 302
    claim.refresh_from_db()
    assert claim.revision == before


def test_the_claim_itself_is_proposed_and_edited(desk):
    rep, ann = signed_in(make.user("reporter")), signed_in(make.user("checker"))
    typed = {
        "statement": "The gate had no lock.",
        "kind": "detail",
        "priority": "should",
        "topics": "gates\r\nlocks, keys",
    }
    answer = rep.post("/admin/claims/claim/add/", typed)
    made = Claim.objects.get(statement="The gate had no lock.")
    assert (answer.status_code, answer["Location"]) == (302, page_of(made))
    assert (made.topics, made.created_by.role) == (["gates", "locks, keys"], "reporter")
    assert rep.post("/admin/claims/claim/add/", {"statement": " "}).status_code == 400
    assert do(ann, made, "edit", place="Thurlode", why="Asked.").status_code == 302
    made.refresh_from_db()
    assert (made.place, made.statement, made.revision) == ("Thurlode", "The gate had no lock.", 1)


def test_a_remark_is_answered_resolved_and_taken_up_again(desk):
    claim, writer, other = desk["claim"], make.user("legal"), make.user("reporter")
    mine, theirs = signed_in(writer), signed_in(other)
    assert do(mine, claim, "add-annotation", kind="question", body="Is he named?").status_code == 302
    asked = Annotation.objects.get()
    assert do(theirs, claim, "answer", of=asked.pk, body="In line 4.").status_code == 302
    page = mine.get(page_of(claim))
    assert [(one.body, [answer.body for answer in one.thread]) for one in page.context["annotations"]] == [
        ("Is he named?", ["In line 4."])
    ]
    assert "edit-annotation" in page.content.decode()
    assert f"edit-annotation&amp;of={asked.pk}" not in theirs.get(page_of(claim)).content.decode()
    seen = f"{page_of(claim)}?do=resolve&of={asked.pk}&part_version={asked.version}"
    assert theirs.post(seen, {}).status_code == 302
    asked.refresh_from_db()
    assert asked.resolved_by == other
    assert theirs.post(seen, {}).status_code == 412  # seen before it was resolved
    again = f"{page_of(claim)}?do=take-up&of={asked.pk}&part_version={asked.version}"
    assert mine.post(again, {}).status_code == 302
    assert Annotation.objects.get(pk=asked.pk).resolved_at is None


# --- the right of reply ---


def test_the_accused_are_asked_by_the_desks_clock_and_their_reply_is_recorded(desk, settings):
    settings.TIME_ZONE = "Europe/Vienna"
    claim, ann = desk["claim"], signed_in(make.user("checker"))
    accused = make.accusation(claim, desk["source"])
    sent = {"put": "Did you open it?", "channel": "by e-mail", "deadline": "2027-01-04T18:00"}
    page = ann.get(f"{page_of(claim)}?do=ask-reply&of={accused.pk}").content.decode()
    assert "Europe/Vienna" in page
    assert do(ann, claim, "ask-reply", of=accused.pk, **sent).status_code == 302
    assert f"{accused.requests.get().deadline:%Y-%m-%d %H:%M}" == "2027-01-04 17:00"
    late = do(ann, claim, "ask-reply", of=accused.pk, **{**sent, "deadline": "2020-01-04T18:00"})
    assert late.status_code == 400
    assert str(late.context["doing"]["refused"]) == "The deadline lies before the request."
    assert do(ann, claim, "record-reply", of=accused.pk, outcome="replied", reply="Never.").status_code == 302
    accused.refresh_from_db()
    assert (accused.outcome, accused.reply, accused.replied_at is not None) == ("replied", "Never.", True)


def test_who_need_not_be_asked_is_said_by_whom_it_is_to_say(desk):
    claim = desk["claim"]
    accused = make.accusation(claim)
    choices = {}
    for role in ROLES:
        doing = signed_in(make.user(role)).get(f"{page_of(claim)}?do=exempt&of={accused.pk}").context["doing"]
        choices[role] = [word for word, label in doing["form"].fields["exempt"].choices] if doing else None
    assert choices == {
        "reader": None,
        "reporter": None,
        "checker": None,
        "editor": ["not_identifiable", "dead"],
        "chief": ["not_identifiable", "dead", "would_endanger"],
        "legal": ["court_record_only", "would_endanger"],
    }
    chief, legal = signed_in(make.user("chief")), signed_in(make.user("legal"))
    for person in (chief, legal):
        assert (
            do(person, claim, "exempt", of=accused.pk, exempt="would_endanger", because="A threat.").status_code == 302
        )
    accused.refresh_from_db()
    assert (accused.exempt, accused.exempted_by.role, accused.exempt_seconded_by.role) == (
        "would_endanger", "chief", "legal",
    )  # fmt: skip


# --- where it ran ---


def test_where_a_claim_ran_is_recorded_and_what_it_is_owed_is_settled(desk):
    claim, ann, ed = desk["claim"], signed_in(make.user("checker")), signed_in(make.user("editor"))
    assert do(ann, claim, "add-usage", url="https://example.org/1", printed="It happened.").status_code == 302
    ran = Usage.objects.get()
    assert "?do=settle" not in ann.get(page_of(claim)).content.decode()
    assert do(ann, claim, "settle", of=ran.pk, owed="corrected", correction="It did not.").status_code == 403
    assert do(ed, claim, "settle", of=ran.pk, owed="corrected", correction="It did not.").status_code == 302
    ran.refresh_from_db()
    assert (ran.owed, ran.correction) == ("corrected", "It did not.")


# --- naming another record, without a script ---


def test_words_that_name_nobody_or_several_are_asked_about_and_nothing_else_is_lost(desk):
    claim, ann = desk["claim"], signed_in(make.user("checker"))
    address = f"{page_of(claim)}?do=add-accusation"
    typed = {"revision": "1", "version": str(claim.version), "privilege": "none", "note": "Kept."}
    answer = ann.post(address, {**typed, "accused_id_words": "mara"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Choose which one is meant." in page
    assert len(re.findall(r'type="radio" name="accused_id"', page)) == 2
    assert 'value="Kept."' in page or "Kept.</textarea>" in page
    answer = ann.post(address, {**typed, "accused_id_words": "nobody of that name"})
    assert "Nothing here is called that." in answer.content.decode()
    found = ann.post(address, {**typed, "accused_id_words": "Venn", "find": "accused_id"})
    assert found.status_code == 200
    assert len(re.findall(r'type="radio" name="accused_id"', found.content.decode())) == 2
    chosen = {"accused_id_words": "Venn", "accused_id_for": "Venn", "accused_id": str(desk["other"].pk)}
    assert ann.post(address, {**typed, **chosen}).status_code == 302
    assert Accusation.objects.get().accused == desk["other"]


def test_a_name_that_is_one_records_own_is_enough_and_so_is_its_number(desk):
    ann = signed_in(make.user("checker"))
    for words in ("The Mill Gate", f"#{desk['document'].pk}"):
        claim = make.claim()
        typed = {"stance": "supports", "how": "document", "document_id_words": words}
        assert do(ann, claim, "add-evidence", **typed).status_code == 302
        assert Evidence.objects.get(claim=claim).document == desk["document"]
    changed = {"document_id": str(desk["document"].pk), "document_id_words": "Something else"}
    answer = do(ann, make.claim(), "add-evidence", stance="supports", how="document", **changed)
    assert answer.status_code == 400


def test_suggestions_come_as_one_types_and_hold_nothing_that_is_not_ones_to_read(desk):
    make.document("The mill gate, in confidence", restricted=True)
    asked = {"reader": 1, "editor": 2}
    for role, count in asked.items():
        browser = signed_in(make.user(role))
        found = browser.get("/admin/claims/claim/find/document/?q=mill%20ga").json()["matches"]
        assert len(found) == count
        hidden = make.document("Sealed orders", restricted=True)
        by_number = browser.get(f"/admin/claims/claim/find/document/?q={hidden.pk}").json()["matches"]
        assert len(by_number) == count - 1
    for odd in ("", "%00", "'", "& | ! :*", "%25", "((", "9" * 30):
        assert browser.get(f"/admin/claims/claim/find/source/?q={odd}").status_code == 200
    assert browser.get("/admin/claims/claim/find/nothing/?q=x").json() == {"matches": []}
    words = browser.get("/admin/claims/claim/find/passage/?q=gate was").json()["matches"]
    assert [one["name"] for one in words] == ["The gate was open."]
    assert Client().get("/admin/claims/claim/find/source/?q=mara").status_code == 302


# --- what is not one's to read ---


def test_what_a_person_may_not_read_is_neither_shown_in_a_form_nor_changed_by_it(desk):
    secret = make.document("Sealed orders", restricted=True)
    claim, ann, ed = desk["claim"], signed_in(make.user("checker")), signed_in(make.user("editor"))
    origin = make.attribution(claim, desk["source"], document=secret)
    relaying = make.attribution(claim, desk["other"], relays=origin)
    one = make.evidence(claim, document=secret)
    make.evidence(claim, document=desk["document"])
    Usage.objects.create(claim=claim, revision=1, document=secret)
    for act, of in (
        ("edit-attribution", origin.pk), ("edit-attribution", relaying.pk), ("edit-evidence", one.pk), ("assess", None),
        ("settle", Usage.objects.get().pk),
    ):  # fmt: skip
        address = f"{page_of(claim)}?do={act}" + (f"&of={of}" if of else "")
        assert "Sealed orders" not in ann.get(address).content.decode(), act
    assert "Sealed orders" in ed.get(f"{page_of(claim)}?do=edit-evidence&of={one.pk}").content.decode()
    assert do(ann, claim, "edit-evidence", of=one.pk, note="Page 3.").status_code == 302
    assert do(ann, claim, "edit-attribution", of=origin.pk, note="So he says.").status_code == 302
    origin.refresh_from_db()
    one.refresh_from_db()
    assert (one.document, one.note, origin.document, origin.note) == (secret, "Page 3.", secret, "So he says.")
    typed = {
        "stance": "supports",
        "how": "document",
        "document_id": str(secret.pk),
        "document_id_words": "Sealed orders",
    }
    assert do(ann, claim, "add-evidence", **typed).status_code == 400


def test_a_part_that_is_gone_or_a_right_that_is_lost_leaves_what_was_typed_in_sight(desk):
    claim, person = desk["claim"], make.user("checker")
    ann, figure = signed_in(person), make.quantity(claim)
    address = f"{page_of(claim)}?do=edit-quantity&of={figure.pk}"
    doing = ann.get(address).context["doing"]
    sent = {"draft_seal": doing["seal"], "draft_number": "0", "part_version": "1", "measure": "arrests", "value": "7"}
    Quantity.objects.filter(pk=figure.pk).update(withdrawn_at=timezone.now(), withdrawn_because="Wrong.")
    answer = ann.post(address, {**sent, "comparator": "=", "note": "Counted twice."})
    assert answer.status_code == 404
    assert answer.context["doing"]["form"]["note"].value() == "Counted twice."
    assert ann.get(address).context["doing"]["form"]["note"].value() == "Counted twice."
    User.objects.filter(pk=person.pk).update(role="reader")
    assert ann.get(address).context["doing"]["form"]["note"].value() == "Counted twice."
    other = signed_in(make.user("reader"))
    assert other.get(address).context["doing"] is None


def test_a_page_asks_as_much_for_one_part_as_for_twenty(desk, django_assert_num_queries):
    claim, ed = desk["claim"], signed_in(make.user("editor"))

    def parts() -> None:
        make.attribution(claim, desk["source"], document=make.document())
        make.quantity(claim)
        make.evidence(claim)
        make.accusation(claim)
        one = Annotation.objects.create(claim=claim, kind="comment", body="x", by=make.user())
        Annotation.objects.create(claim=claim, kind="comment", body="y", by=make.user(), answers=one)
        Usage.objects.create(claim=claim, revision=1, url="https://example.org")
        make.assessment(claim)

    for _ in range(2):
        parts()
    found = {}
    for query in ("", "?do=assess", "?do=add-attribution"):
        ed.get(page_of(claim) + query)
        with CaptureQueriesContext(connection) as asked:
            ed.get(page_of(claim) + query)
        found[query] = len(asked)
    for _ in range(18):
        parts()
    for query, count in found.items():
        with django_assert_num_queries(count):
            ed.get(page_of(claim) + query)
    assert found[""] < found["?do=assess"]  # nothing is asked for a form that nobody asked for
