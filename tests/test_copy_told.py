"""What the copy tells before and after a key: what undo takes back, what cannot be taken back, how much was dropped."""

import pytest
from django.urls import reverse

from claims.models import Claim, Ruling
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
