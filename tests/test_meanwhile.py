"""What changed meanwhile stands beside what was decided: under a stale form, and after a sign-off that fell."""

from typing import Any

import pytest

from claims import editing, workflow
from claims.models import Assessment, Claim
from factdesk.people.models import User
from tests import make
from tests.test_acts import do, offers, page_of, signed_in

# In transactions of their own, as people work: within one, the database takes everything for one moment.
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def signed(kind: str = "causal", **finding: Any) -> tuple[Claim, User, User]:
    claim, checker, editor = make.claim("The gate was open.", kind=kind), make.user("checker"), make.user("editor")
    seen = {"claim_id": claim.pk, "revision": 1}
    found = (
        workflow.tick(**seen, by=checker)
        if kind == "event"
        else workflow.assess(**seen, by=checker, verdict="mixed", rationale="Half of it.", submit=True)
    )
    workflow.sign_off(assessment_id=found.pk, revision=1, by=editor)
    claim.refresh_from_db()
    return claim, checker, editor


def edited(claim: Claim, by: User, **columns: Any) -> None:
    claim.refresh_from_db()
    editing.edit(claim_id=claim.pk, version=claim.version, by=by, columns=columns, why="A letter.")
    claim.refresh_from_db()


def test_what_changed_since_the_sign_off_stands_beside_the_old_finding_and_one_key_proposes_it_again():
    claim, checker, editor = signed()
    hop = make.attribution(claim)
    edited(claim, editor, statement="The west gate was open.")
    claim.refresh_from_db()
    assert claim.state == "in_check"
    ann = signed_in(checker)
    page = ann.get(page_of(claim))
    told = {one.what: [tuple(run) for run in one.runs] for one in page.context["fallen"]}
    words = [("same", "The"), ("in", " west"), ("same", " gate was open.")]
    assert told == {"Statement": words, "Via added": [("in", f"Who says so: {hop.speaker.name}")]}
    assert "Changed since it was initialled" in page.content.decode()
    assert offers(ann, claim)["same-again"] == ""
    assert do(ann, claim, "same-again").status_code == 302
    again = Assessment.objects.order_by("-pk").first()
    claim.refresh_from_db()
    assert (again.verdict, again.rationale, again.revision, claim.state) == ("mixed", "Half of it.", 3, "in_review")
    assert ann.get(page_of(claim)).context.get("fallen") is None


def test_an_edit_that_waited_for_the_sign_off_is_told_though_its_transaction_began_before(owner):
    claim, checker, editor = make.claim("The gate was open."), make.user("checker"), make.user("editor")
    edited(claim, checker, place="Ulm")
    found = workflow.tick(claim_id=claim.pk, revision=claim.revision, by=checker)
    with owner.transaction():
        owner.execute("SELECT now()")  # from here on, this is the moment of all that it writes
        workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=editor)
        owner.execute("UPDATE claims_claim SET place = 'Thurlode' WHERE id = %s", [claim.pk])
    page = signed_in(checker).get(page_of(claim))
    told = {one.what: [tuple(run) for run in one.runs] for one in page.context["fallen"]}
    assert told == {"Place": [("out", "Ulm"), ("in", "Thurlode")]}


def test_an_edit_that_waited_for_another_stands_under_a_stale_form_with_it(owner):
    claim, checker = make.claim("The gate was open."), make.user("checker")
    with owner.transaction():
        owner.execute("SELECT now()")
        edited(claim, checker, topics=["gates"])
        owner.execute("UPDATE claims_claim SET place = 'Thurlode' WHERE id = %s", [claim.pk])
    answer = do(signed_in(checker), claim, "edit", version=1, statement="The gate stood open.", kind="event")
    told = [line for one in answer.context["doing"]["difference"] for line in one.changes]
    assert answer.status_code == 412
    assert {"place: nothing → Thurlode", "topics: nothing → gates"} <= set(told)


def test_a_tick_that_fell_is_ticked_again():
    claim, checker, editor = signed(kind="event")
    edited(claim, editor, place="Thurlode")
    assert do(signed_in(checker), claim, "same-again").status_code == 302
    assert Assessment.objects.filter(claim=claim, is_tick=True).count() == 2


def test_the_same_again_is_not_offered_where_nothing_fell():
    claim, _, editor = signed()
    ed = signed_in(editor)
    assert "same-again" not in offers(ed, claim)
    other = make.claim()
    found = workflow.tick(claim_id=other.pk, revision=1, by=make.user("checker"))
    workflow.send_back(assessment_id=found.pk, revision=1, by=editor, note="Which gate?")
    assert "same-again" not in offers(ed, other)
    workflow.reopen(claim_id=claim.pk, by=editor, reason="A letter.")
    assert offers(ed, claim)["same-again"] == ""


def test_a_stale_finding_is_told_what_changed_by_whom():
    claim, checker = make.claim("The gate was open."), make.user("checker")
    ann, address = signed_in(checker), f"{page_of(claim)}?do=assess"
    context = ann.get(address).context
    sent = {name: str(number) for name, number in context["seen"].items()} | {"draft_seal": context["doing"]["seal"]}
    other = make.user("editor", username="ed")
    edited(claim, other, statement="The gate was ajar.")
    figure = editing.add(part="quantity", claim_id=claim.pk, by=other, columns={"measure": "gates", "value": 2})
    answer = ann.post(address, {**sent, "verdict": "mixed", "rationale": "So."})
    assert answer.status_code == 409
    told = [(one.by, line) for one in answer.context["doing"]["difference"] for line in one.changes]
    assert ("ed", "statement: The gate was open. → The gate was ajar.") in told
    assert any(f"Figure {figure.pk} added" in line for _, line in told)
    # the draft of it tells the same when the form opens again, until it is sent on what is there now
    doing = ann.get(address).context["doing"]
    assert len(doing["difference"]) == len(answer.context["doing"]["difference"])
    now = {name: str(number) for name, number in answer.context["seen"].items()}
    numbered = {"draft_seal": doing["seal"], "draft_number": str(doing["number"])}
    assert ann.post(address, {**now, **numbered, "verdict": "mixed", "rationale": "So."}).status_code == 302
    assert ann.get(address).context["doing"].get("difference") is None


def test_a_button_that_is_stale_is_told_what_changed():
    claim, ed = make.claim(), signed_in(make.user("editor"))
    sent = {name: str(number) for name, number in ed.get(page_of(claim)).context["seen"].items()}
    edited(claim, make.user("chief", username="chi"), place="Thurlode")
    answer = ed.post(f"{page_of(claim)}?do=take", sent)
    assert answer.status_code == 412
    assert [one.by for one in answer.context["doing"]["difference"]] == ["chi"]
    assert "Take: not done." in answer.content.decode()
    claim.refresh_from_db()
    assert claim.state == "new"
