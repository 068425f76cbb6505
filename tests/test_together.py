"""Many claims at once from the list: the same call per row, on what was seen of each, and each row's result told."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from claims import workflow
from claims.models import Assessment, Claim, SignOff, Transition
from factdesk.people.models import Draft
from tests import make
from tests.test_acts import signed_in

pytestmark = pytest.mark.django_db

LIST = "/admin/claims/claim/"


def rows(browser: Client) -> dict[int, str]:
    """What stands behind each row of the list: claim -> "12.3.5.8"."""
    page = browser.get(LIST)
    listed = page.context["cl"].result_list
    found = {claim.pk: f"{claim.pk}.{claim.revision}.{claim.version}.{claim.finding or 0}" for claim in listed}
    for row in found.values():
        assert f'name="row" value="{row}"' in page.content.decode()
    return found


def act(browser: Client, action: str, claims: list[Claim], seen: dict[int, str]) -> Any:
    """Choose these in the list and send it: every row travels along, chosen or not."""
    chosen = [str(claim.pk) for claim in claims]
    sent = {"action": action, "_selected_action": chosen, "row": list(seen.values())}
    return browser.post(LIST, sent, follow=True)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_what_can_be_done_is_done_and_what_cannot_is_told_row_by_row():
    checker = make.user("checker", username="ann")
    new, mine, theirs, other = make.claim(), make.claim(), make.claim(), make.claim()
    workflow.take(claim_id=mine.pk, by=checker)
    workflow.take(claim_id=theirs.pk, by=make.user("checker", username="bo"))
    ann = signed_in(checker)
    answer = act(ann, "take_each", [new, theirs], rows(ann))
    said = told(answer)
    assert len(said) == 2
    assert f">{theirs.pk}</a>" in said[0]
    assert "is with bo" in said[0]
    assert said[1].startswith("Take: 1 claim.")
    assert f">{new.pk}</a>" in said[1]
    states = dict(Claim.objects.values_list("pk", "state"))
    assert states == {new.pk: "in_check", mine.pk: "in_check", theirs.pk: "in_check", other.pk: "new"}


def test_a_row_that_has_changed_since_the_list_was_shown_is_refused_and_told():
    first, second = make.claim(), make.claim()
    ann = signed_in(make.user("checker"))
    seen = rows(ann)
    make.assessment(second)
    Claim.objects.filter(pk=second.pk).update(statement="Something else.")
    said = told(act(ann, "tick_each", [first, second], seen))
    assert any("you decided on revision 1" in one for one in said)
    assert any(one.startswith("Tick: 1 claim.") for one in said)
    assert set(Assessment.objects.filter(is_tick=True).values_list("claim", flat=True)) == {first.pk}


def test_an_editor_initials_several_but_not_their_own_nor_one_that_is_signed_alone():
    editor, checker = make.user("editor"), make.user("checker")
    claims = [make.claim() for _ in range(3)]
    for number, claim in enumerate(claims):
        workflow.tick(claim_id=claim.pk, revision=1, by=editor if number == 2 else checker)
    ed = signed_in(editor)
    said = told(act(ed, "initial_each", claims, rows(ed)))
    assert any("Nobody signs off their own finding" in one for one in said)
    assert any(one.startswith("Initial: 2 claims.") for one in said)
    assert SignOff.objects.count() == 2


def test_what_was_not_shown_is_not_done():
    claim, ann = make.claim(), signed_in(make.user("checker"))
    answer = ann.post(LIST, {"action": "take_each", "_selected_action": [str(claim.pk)]}, follow=True)
    claim.refresh_from_db()
    assert claim.state == "new"
    for odd in ("1", "x.1.1.1", f"{claim.pk}.1.1", "1.2.3.4.5", "9999999.1.1.0"):
        sent = {"action": "take_each", "_selected_action": [odd.split(".")[0]], "row": [odd]}
        assert ann.post(LIST, sent, follow=True).status_code == (400 if odd.startswith("x") else 200)
    assert answer.status_code == 200
    assert not Transition.objects.exists()


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "legal"])
def test_whose_role_has_it_not_is_not_offered_it_and_does_not_do_it(role):
    claim, browser = make.claim(), signed_in(make.user(role))
    make.assessment(claim)
    page = browser.get(LIST)
    assert ("take_each" in page.content.decode()) == (role == "checker")
    for action in ("close_each", "assign_each", "initial_each", "send_back_each", "delete_selected"):
        assert action not in page.content.decode()
        row = rows(browser)[claim.pk] if role == "checker" else f"{claim.pk}.1.1.0"
        browser.post(LIST, {"action": action, "_selected_action": [str(claim.pk)], "row": [row]})
    claim.refresh_from_db()
    assert (claim.state, claim.assignee) == ("new", None)


def test_what_takes_a_word_more_is_asked_at_an_address_and_keeps_what_was_typed():
    editor, checker = make.user("editor"), make.user("checker")
    first, second = make.claim(), make.claim()
    ed = signed_in(editor)
    answer = act(ed, "close_each", [first, second], rows(ed))
    [(address, _)] = answer.redirect_chain
    assert parse_qs(urlsplit(address).query)["do"] == ["close_each"]
    page = answer.content.decode()
    assert first.statement in page
    assert second.statement in page
    typed = {"draft_seal": answer.context["doing"]["seal"], "draft_number": "0", "reason": "The story is dropped."}
    refused = ed.post(address, {**typed, "because": ""})
    assert refused.status_code == 400
    assert Draft.objects.get().person == editor
    assert ed.get(address).context["doing"]["form"]["reason"].value() == "The story is dropped."
    ed.logout()
    away = ed.post(address, {**typed, "because": "dropped", "reason": "Later words.", "draft_number": "1"})
    assert away["Location"].startswith("/account/login/?next=")
    ed.force_login(editor)
    again = ed.get(address).context["doing"]
    assert again["form"]["reason"].value() == "Later words."
    workflow.take(claim_id=second.pk, by=checker)
    sent = {"draft_seal": again["seal"], "draft_number": str(again["number"])}
    done = ed.post(address, {**sent, "because": "dropped", "reason": "Later words."}, follow=True)
    said = told(done)
    assert any("has changed since you looked" in one for one in said)
    assert any(one.startswith("Close: 1 claim.") for one in said)
    assert list(Claim.objects.filter(state="closed").values_list("pk", flat=True)) == [first.pk]
    assert not Draft.objects.exists()


def test_several_are_assigned_and_the_list_stays_narrowed_as_it_was():
    checker, claims = make.user("checker"), [make.claim(), make.claim()]
    ed = signed_in(make.user("editor"))
    sent = {"action": "assign_each", "_selected_action": [claim.pk for claim in claims], "row": list(rows(ed).values())}
    asked = ed.post(LIST + "?kind=event", sent)
    done = ed.post(asked["Location"], {"to": str(checker.pk)})
    assert done["Location"] == LIST + "?kind=event"
    assert set(Claim.objects.values_list("assignee", flat=True)) == {checker.pk}
