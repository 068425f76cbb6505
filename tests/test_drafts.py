"""Nothing typed is lost: stale decisions, expired sessions, closed tabs, two windows; and nobody sees another's."""

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from claims.models import Assessment, Claim
from factdesk.people import drafts, tasks
from factdesk.people.drafts import Sheet
from factdesk.people.models import LONGEST_DRAFT, Draft, User
from tests import make

pytestmark = pytest.mark.django_db

WORDS = "Two of three say so.\r\n  And one, who was there, does not.  "
KEEPS = "/account/drafts/"


def signed_in(person: User, **options) -> Client:
    browser = Client(**options)
    browser.force_login(person)
    return browser


def form_of(claim: Claim, act: str = "assess") -> str:
    return f"/admin/claims/claim/{claim.pk}/change/?do={act}"


def opened(browser: Client, address: str) -> dict[str, str]:
    """The form as it opens: its hidden fields."""
    doing = browser.get(address).context["doing"]
    return {
        "draft_seal": doing["seal"],
        "draft_number": str(doing["number"]),
        **{name: str(number) for name, number in browser.get(address).context["seen"].items()},
    }


def finding(browser: Client, address: str, words: str = WORDS) -> dict[str, str]:
    return {**opened(browser, address), "verdict": "mixed", "rationale": words, "submit": "on"}


def shown(browser: Client, address: str, field: str = "rationale") -> str:
    """What stands in the form when it opens again."""
    return browser.get(address).context["doing"]["form"][field].value()


@pytest.fixture
def ann() -> User:
    return make.user("checker", username="ann")


@pytest.fixture
def claim() -> Claim:
    return make.claim(state="in_check")


def test_a_finding_that_is_taken_leaves_no_draft(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    typed = finding(browser, address)
    assert browser.post(KEEPS, typed).status_code == 200
    typed["draft_number"] = "1"
    assert browser.post(address, typed).status_code == 302
    assert Assessment.objects.get().rationale == WORDS.replace("\r\n", "\n")
    assert not Draft.objects.exists()


def test_a_stale_decision_comes_back_with_all_that_was_typed_and_is_kept(ann, claim):
    make.assessment(claim)
    claim.refresh_from_db()
    browser, address = signed_in(ann), form_of(claim)
    typed = finding(browser, address)
    Claim.objects.filter(pk=claim.pk).update(statement="It happened elsewhere.")
    answer = browser.post(address, typed)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "you decided on revision" in page
    assert "And one, who was there, does not.  " in page
    assert answer.context["seen"]["revision"] == claim.revision + 1
    assert Assessment.objects.count() == 1
    assert shown(browser, address) == WORDS
    again = {**typed, **{name: str(number) for name, number in answer.context["seen"].items()}}
    again["draft_number"] = str(answer.context["doing"]["number"])
    assert browser.post(address, again).status_code == 302
    assert Assessment.objects.count() == 2
    assert not Draft.objects.exists()


def test_what_is_not_filled_in_comes_back_and_is_kept(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    answer = browser.post(address, {**finding(browser, address), "verdict": ""})
    assert answer.status_code == 400
    assert answer.context["doing"]["form"].errors.keys() == {"verdict"}
    assert shown(browser, address) == WORDS


def test_a_session_that_ended_meanwhile_loses_nothing(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    typed = finding(browser, address)
    browser.logout()
    answer = browser.post(address, typed)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=")
    assert unquote(answer["Location"].split("next=")[1]) == address
    assert "What you typed is kept" in browser.get(answer["Location"]).content.decode()
    assert not Assessment.objects.exists()
    browser.force_login(ann)
    assert shown(browser, address) == WORDS


def test_a_token_of_an_earlier_session_loses_nothing(ann, claim):
    browser, address = signed_in(ann, enforce_csrf_checks=True), form_of(claim)
    answer = browser.post(address, finding(browser, address))
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert not Assessment.objects.exists()
    assert "What you typed is kept" in browser.get(address).content.decode()
    assert shown(browser, address) == WORDS
    nobody = Client(enforce_csrf_checks=True)
    typed = {**finding(browser, address), "rationale": "Later.", "draft_number": "1"}
    assert nobody.post(address, typed)["Location"].startswith("/account/login/?next=")
    assert shown(browser, address) == "Later."


def test_a_right_that_was_lost_meanwhile_loses_nothing(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    typed = finding(browser, address)
    User.objects.filter(pk=ann.pk).update(role="reader")
    assert browser.post(address, typed).status_code == 302
    assert json.loads(Draft.objects.get().typed)["rationale"] == [WORDS]
    assert not Assessment.objects.exists()


def test_a_closed_tab_is_kept_by_the_script_also_when_nobody_is_signed_in_any_more(ann, claim):
    browser, address = signed_in(ann, enforce_csrf_checks=True), form_of(claim)
    typed = finding(browser, address)
    browser.logout()
    answer = browser.post(KEEPS, typed)
    assert (answer.status_code, answer.json()) == (200, {"number": 1})
    browser.force_login(ann)
    assert shown(browser, address) == WORDS


def test_two_windows_notice_each_other_and_neither_text_is_lost(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    here, there = finding(browser, address, "Here."), finding(browser, address, "There.")
    assert browser.post(KEEPS, here).json() == {"number": 1}
    assert browser.post(KEEPS, there).json() == {"number": 2}
    assert shown(browser, address) == "There."
    assert shown(browser, f"{address}&draft=1") == "Here."
    # the window that knows of it writes on without another "earlier"
    assert browser.post(KEEPS, {**there, "rationale": "There, too.", "draft_number": "2"}).json() == {"number": 3}
    kept = drafts.of(ann, f"claim:{claim.pk}:assess")
    assert [one["typed"]["rationale"] for one in kept.earlier] == [["Here."]]
    # one of them is sent: the other's text is the draft that is left
    assert browser.post(address, {**there, "draft_number": "3"}).status_code == 302
    assert shown(browser, address) == "Here."


def test_a_window_that_is_sent_does_not_take_the_others_draft_with_it(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    here, there = finding(browser, address, "Here."), finding(browser, address, "There.")
    browser.post(KEEPS, there)
    assert browser.post(address, here).status_code == 302
    assert shown(browser, address) == "There."


def test_nobody_sees_anothers_draft_nor_sends_it_in_their_own_name(ann, claim):
    first, other = signed_in(ann), make.user("editor", username="eve")
    address = form_of(claim)
    typed = finding(first, address, "Ann's own words.")
    first.post(KEEPS, typed)
    first.logout()
    first.force_login(other)  # the same browser, another person; Ann's tab is still open
    answer = first.post(address, {**typed, "rationale": "Ann's last words.", "draft_number": "1"})
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert not Assessment.objects.exists()
    page = first.get(address)
    assert "Ann" not in page.content.decode().replace(str(ann), "")
    assert "theirs" in page.content.decode()
    assert page.context["doing"]["draft"] is None
    assert first.post(KEEPS, {**typed, "rationale": "From the script."}).status_code == 200
    assert first.get(address).context["doing"]["draft"] is None
    assert not Draft.objects.filter(person=other).exists()
    first.logout()
    first.force_login(ann)
    assert shown(first, address) == "From the script."
    assert shown(first, f"{address}&draft=1") == "Ann's last words."


def test_a_seal_is_signed_and_grows_old(ann, claim, monkeypatch):
    sealed = drafts.seal(Sheet(ann.pk, "claim:1:assess", "/admin/"))
    assert drafts.opened(sealed) == Sheet(ann.pk, "claim:1:assess", "/admin/")
    assert drafts.opened(sealed[:-1] + ("a" if sealed[-1] != "a" else "b")) is None
    assert drafts.opened("") is None
    browser = Client()
    for bad in ("", "nonsense", sealed + "x"):
        assert browser.post(KEEPS, {"draft_seal": bad, "rationale": "x"}).status_code == 400
    monkeypatch.setattr(drafts, "SEAL_AGE", timedelta(seconds=-1))
    assert drafts.opened(sealed) is None
    assert not Draft.objects.exists()


def test_who_has_left_keeps_nothing(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    typed = finding(browser, address)
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert browser.post(KEEPS, typed).status_code == 410
    assert not Draft.objects.exists()


def test_too_much_is_told_and_what_was_kept_stays(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    typed = finding(browser, address)
    browser.post(KEEPS, typed)
    answer = browser.post(KEEPS, {**typed, "rationale": "x" * LONGEST_DRAFT, "draft_number": "1"})
    assert (answer.status_code, answer.json()["code"]) == (413, "draft_too_long")
    assert shown(browser, address) == WORDS
    refused = browser.post(address, {**typed, "rationale": "x" * LONGEST_DRAFT, "draft_number": "1"})
    assert refused.status_code == 400  # 20,000 at most; but all of it stands in the form
    assert refused.context["doing"]["form"]["rationale"].value() == "x" * LONGEST_DRAFT
    with pytest.raises(IntegrityError, match="draft_is_bounded"), transaction.atomic():
        Draft.objects.update(typed="x" * (LONGEST_DRAFT + 1))


def test_many_windows_leave_no_more_than_there_is_room_for(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    typed = finding(browser, address)
    for number in range(9):
        assert browser.post(KEEPS, {**typed, "rationale": f"{number} " + "x" * 300_000}).status_code == 200
    kept = drafts.of(ann, f"claim:{claim.pk}:assess")
    assert kept.typed["rationale"][0].startswith("8 ")
    assert [one["typed"]["rationale"][0][:2] for one in kept.earlier] == ["7 ", "6 ", "5 "]


def test_a_draft_is_discarded_by_its_button(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    typed = finding(browser, address)
    browser.post(KEEPS, typed)
    assert "Discard it" in browser.get(address).content.decode()
    assert browser.post(address, {**typed, "discard": "1"})["Location"] == address
    assert not Draft.objects.exists()
    assert not Assessment.objects.exists()


def test_enter_sends_the_form_and_neither_looks_for_a_name_nor_discards_the_draft(ann, claim):
    browser, address = signed_in(ann), form_of(claim, "add-attribution")
    browser.post(KEEPS, {**opened(browser, address), "note": "x"})
    form = browser.get(address).content.decode().split('id="doing"')[1]
    buttons = re.findall(r"<button[^>]*>", form)
    assert any('name="discard"' in one for one in buttons)
    assert any('name="find"' in one for one in buttons)
    assert "name=" not in buttons[0]  # what a browser presses at Enter is the form's first


def test_ones_drafts_are_listed_with_the_way_back_to_each_form_and_nobody_elses(ann, claim):
    browser, address = signed_in(ann), form_of(claim)
    browser.post(KEEPS, finding(browser, address))
    adding = browser.get("/admin/claims/claim/add/").context["doing"]["seal"]
    browser.post(KEEPS, {"draft_seal": adding, "statement": "Not yet."})
    page = browser.get("/admin/claims/claim/notices/").content.decode()
    assert f'<a href="{address}">Finding, claim {claim.pk}</a>' in page
    assert '<a href="/admin/claims/claim/add/">claim</a>' in page
    other = signed_in(make.user("chief")).get("/admin/claims/claim/notices/").content.decode()
    assert "Your drafts" not in other
    assert address not in other


def test_drafts_are_forgotten_after_thirty_days(ann):
    for days in (29, 31):
        sheet = Sheet(ann.pk, f"claim:{days}:assess", "/admin/")
        drafts.keep(sheet=sheet, typed={"rationale": ["x"]}, seen=0)
        Draft.objects.filter(form=sheet.form).update(updated_at=timezone.now() - timedelta(days=days))
    assert drafts.forget_old() == 1
    assert Draft.objects.get().form == "claim:29:assess"
    assert callable(tasks.forget_what_expired)


def test_a_draft_is_in_no_history(ann, sql):
    drafts.keep(sheet=Sheet(ann.pk, "claim:1:assess", "/"), typed={"rationale": ["Only mine."]}, seen=0)
    tables = [name for (name,) in sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert "people_draft" in tables
    assert "people_draftevent" not in tables


FOLDER = Path(os.environ.get("FACTDESK_EVAL_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
LIST = FOLDER / "bad_input" / "blns" / "blns.json"


@pytest.mark.skipif(not LIST.exists(), reason="there is no list of naughty strings (FACTDESK_EVAL_DATA)")
def test_every_naughty_string_is_kept_to_the_character(ann, claim):
    naughty = [*json.loads(LIST.read_text(encoding="utf-8")), "\0 and more", "\r\n", " \u2028 "]
    browser, address = signed_in(ann), form_of(claim)
    typed = opened(browser, address)
    for number, text in enumerate(naughty):
        answer = browser.post(KEEPS, {**typed, "rationale": text, "draft_number": str(number)})
        assert answer.status_code == 200
        assert drafts.of(ann, f"claim:{claim.pk}:assess").typed["rationale"] == [text]
    assert shown(browser, address) == naughty[-1]
    assert len(naughty) > 500
