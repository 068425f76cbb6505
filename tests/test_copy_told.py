"""What the copy tells before and after a key: what undo takes back, what cannot be taken back, how much was dropped."""

import pytest
from django.urls import reverse

from claims import lines
from claims.models import Claim, CopyChange, Evidence, Ruling
from factdesk.people.models import Draft
from tests import make
from tests.copies import on_its_way
from tests.test_copy import at_desk, line_of, marks, place

pytestmark = pytest.mark.django_db


def test_undo_names_the_act_and_its_line_wherever_one_is_and_after_a_refusal():
    client = at_desk()
    document, _piece = on_its_way()
    dropped, other = line_of(document, "Nobody was hurt"), line_of(document, "railing is safe")
    client.post(place(document, line=dropped.pk, do="drop"))
    told = "undo: 1 line dropped, line 7"
    assert told in client.get(place(document, line=other.pk)).content.decode()
    parts = {"headers": {"X-Desk": "parts"}}
    refused = client.post(place(document, line=other.pk, do="change"), {"reason": ""}, **parts)
    assert refused.status_code == 400
    assert told in refused.content.decode()
    undone = client.post(place(document, line=other.pk, do="undo"), **parts).content.decode()
    assert "Taken back: 1 line dropped, line 7." in undone
    assert marks(document, client.person)["Nobody was hurt."] == "blank"


def test_a_paragraph_that_is_dropped_says_how_many_lines_it_had():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    client.post(place(document, line=line_of(document, "opened it in 1998").pk, do="mark"))
    parts = {"headers": {"X-Desk": "parts"}}
    answer = client.post(place(document, line=line.pk, do="drop-paragraph"), **parts).content.decode()
    assert Ruling.objects.count() == 2
    assert "2 lines dropped." in answer


def test_what_cannot_be_undone_is_said_before_it_is_sent():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "took money")
    client.post(place(document, line=line.pk, do="mark-as"), {"kind": "allegation", "priority": "must"})
    claim = Claim.objects.get()
    told = "What is recorded as sent cannot be undone or changed."
    assert told in client.get(place(document, line=line.pk, claim=claim.pk, do="accuse")).content.decode()
    accusation = make.accusation(claim)
    assert told in client.get(place(document, line=line.pk, claim=claim.pk, do="ask")).content.decode()
    page = reverse("admin:claims_claim_change", args=[claim.pk])
    reply = client.get(page, {"do": "record-reply", "of": accusation.pk}).content.decode()
    assert "Undo does not take a reply back" in reply
    assert "cannot be undone" not in client.get(place(document, line=line.pk, do="change")).content.decode()


def test_initials_for_all_of_it_are_offered_where_something_waits_for_them_and_say_that_they_stay():
    checker, editor = at_desk(), at_desk("editor")
    document, _piece = on_its_way()
    line = line_of(document, "Nobody was hurt")
    page = place(document, line=line.pk, do="sign-piece")
    empty = editor.get(page).content.decode()
    assert "Nothing waits for your initials here." in empty
    assert "Initial them" not in empty.split("data-leave")[0].split('class="send"')[1]
    checker.post(place(document, line=line.pk, do="tick-on"), {"on": "author_notes"})
    waits = editor.get(page).content.decode()
    assert "Nothing waits" not in waits
    assert "Initial them" in waits
    assert "Initials cannot be undone here" in waits
    claim = Claim.objects.get()
    given = {"claims": [f"{claim.assessments.get().pk}.{claim.revision}"], "note": ""}
    assert editor.post(page, given).status_code == 302
    claim.refresh_from_db()
    assert claim.state == "signed_off"


def test_a_change_that_was_taken_back_is_not_on_the_sheet_nor_among_the_settled():
    client = at_desk()
    document, piece = on_its_way()
    line = line_of(document, "railing is safe")
    given = {"replacement": "The railing holds.", "reason": "Her words.", "force": "must"}
    sheet, listed = reverse("desk:sheet", args=[piece.document_id]), reverse("desk:changes", args=[piece.document_id])
    client.post(place(document, line=line.pk, do="change"), given)
    assert "The railing holds." in client.get(sheet).content.decode()
    client.post(place(document, line=line.pk, do="undo"))
    assert CopyChange.objects.get().decision == "rejected"
    assert "The railing holds." not in client.get(sheet).content.decode()
    page = client.get(listed).content.decode()
    assert "The railing holds." not in page
    assert "1 was taken back" in page
    CopyChange.objects.update(force="should", decided_by=make.user("editor"))
    assert "The railing holds." in client.get(sheet).content.decode()  # whoever else rejects it decides on it


# --- forms ---


@pytest.mark.parametrize("act", ["tick-on", "call", "change", "via", "wait"])
def test_a_form_that_is_sent_as_it_was_opened_leaves_no_draft(act):
    client = at_desk()
    document, _piece = on_its_way(folder=())
    line = line_of(document, "railing is safe")
    opened = client.get(place(document, line=line.pk, do=act)).context["doing"]["form"]
    as_it_was = {name: value for name, value in opened.initial.items() if isinstance(value, str)}
    as_it_was |= {name: field.initial for name, field in opened.fields.items() if isinstance(field.initial, str)}
    if act == "wait":
        until = opened.initial["until"]
        as_it_was |= {"until_0": f"{until:%Y-%m-%d}", "until_1": f"{until:%H:%M}", "until": f"{until:%Y-%m-%dT%H:%M}"}
    refused = client.post(place(document, line=line.pk, do=act), as_it_was)
    assert refused.status_code == 400
    assert not Draft.objects.exists()
    assert "Your draft" not in client.get(place(document, line=line.pk, do=act)).content.decode()


def test_a_form_that_is_refused_with_something_in_it_keeps_it():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    opened = client.get(place(document, line=line.pk, do="via")).context["doing"]
    typed = {"speaker_id_words": "Nobody of that name", "basis": "not_stated", "draft_seal": opened["seal"]}
    assert client.post(place(document, line=line.pk, do="via"), typed | {"manner": "paraphrase"}).status_code == 400
    again = client.get(place(document, line=line.pk, do="via")).content.decode()
    assert "Your draft" in again
    assert "Nobody of that name" in again


# --- on what the same fact was checked earlier ---

SAID = "Engineer Nell Sarkby said the railing is safe."


def test_the_backing_of_an_earlier_check_is_offered_at_the_tick_with_its_day_and_not_chosen():
    client = at_desk()
    document, _piece = on_its_way()
    checked = make.claim(SAID, state="in_check")
    report = make.document("Report on the railing", "memo")
    backing = make.evidence(checked, document=report)
    make.evidence(checked, document=make.document("A doubt", "memo"), stance="refutes")
    hidden = make.document("Sealed file", "memo", restricted=True)
    make.evidence(checked, document=hidden)
    checked.refresh_from_db()
    found = make.assessment(checked)
    Claim.objects.filter(pk=checked.pk).update(state="in_review")
    make.sign_off(found)
    line = line_of(document, "railing is safe")
    form = client.get(place(document, line=line.pk, do="tick-on")).context["doing"]["form"]
    offered = dict(form.fields["on"].choices)
    assert [word for word in offered if word.startswith("earlier-")] == [f"earlier-{backing.pk}"]
    assert offered[f"earlier-{backing.pk}"].startswith("1 checked on ")
    assert "Report on the railing" in offered[f"earlier-{backing.pk}"]
    assert form.initial["on"] is None
    ticked = client.post(place(document, line=line.pk, do="tick-on"), {"on": f"earlier-{backing.pk}"})
    assert ticked.status_code == 302
    mine = Claim.objects.exclude(pk=checked.pk).get()
    assert Evidence.objects.get(claim=mine).document == report
    assert lines.read(lines.newest_copy(document.pk), client.person).count(lines.Mark.TICK) == 1


def test_the_backing_of_another_fact_is_not_offered():
    client = at_desk()
    document, _piece = on_its_way()
    make.evidence(make.claim("Nobody said that the railing is safe.", state="signed_off"))
    line = line_of(document, "railing is safe")
    form = client.get(place(document, line=line.pk, do="tick-on")).context["doing"]["form"]
    assert not [word for word, told in form.fields["on"].choices if word.startswith("earlier-")]
