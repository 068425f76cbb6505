"""What a claim's page says first: may it be printed, what comes next, what changed since the initials; and what a
source said and how it held up.
"""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from claims import editing, heldup, reply, workflow
from claims.models import Accusation, Claim
from factdesk import differences
from factdesk.people.roles import RIGHTS
from tests import make
from tests.test_pages import words

pytestmark = pytest.mark.django_db


def page(person, record):
    client = Client()
    client.force_login(person)
    answer = client.get(f"/admin/{record._meta.app_label}/{record._meta.model_name}/{record.pk}/change/")
    assert answer.status_code == 200
    return answer


def printing(claim: Claim, person=None) -> str:
    """The sentence at the top of the page."""
    claim.refresh_from_db()
    told = words(page(person or make.user("reader"), claim).content.decode())
    start = told.index("May be printed:")
    return told[start : told.index("Where the work stands", start)].split(" Next:")[0].strip()


def cleared(claim: Claim, value: str, **facts) -> Claim:
    claim.refresh_from_db()
    workflow.clear(claim_id=claim.pk, revision=claim.revision, by=make.user("chief"), value=value, **facts)
    return claim


def test_whether_it_may_be_printed_is_one_sentence():
    ann = make.user("checker", username="ann")
    assert printing(make.claim()) == "May be printed: no : nobody has checked it."
    taken = make.claim()
    workflow.take(claim_id=taken.pk, by=ann)
    assert printing(taken) == "May be printed: no : in check, with ann."
    assert printing(make.claim(state="in_review")) == "May be printed: no : initials are missing (1)."
    signed = make.claim(state="signed_off")
    assert printing(signed) == "May be printed: no : initialled; an editor has not decided on it."
    assert printing(cleared(signed, "clear")) == "May be printed: yes ."
    worded = cleared(make.claim(state="signed_off"), "clear_with_attribution", wording="police say")
    assert printing(worded) == "May be printed: yes , with this wording: “police say”."
    make.evidence(worded)
    assert printing(worded).endswith("“police say”; but it is to be looked at again.")
    held = cleared(make.claim(state="signed_off"), "hold", note="Wait for the bulletin.")
    assert printing(held) == "May be printed: no : on hold: Wait for the bulletin."
    workflow.legal_hold(claim_id=held.pk, revision=held.revision, by=make.user("legal"), note="A court order.")
    assert printing(held) == "May be printed: no : on legal hold: A court order."
    workflow.legal_hold(
        claim_id=held.pk, revision=held.revision, by=make.user("legal"), note="It was withdrawn.", lift=True
    )
    lifted = "on hold: legal has lifted its hold (It was withdrawn); an editor decides"
    assert printing(held) == f"May be printed: no : {lifted}."
    assert printing(cleared(held, "hold", note="Wait for the bulletin.")).endswith("on hold: Wait for the bulletin.")
    inform = cleared(make.claim(state="signed_off"), "inform_only")
    assert printing(inform) == "May be printed: no : for our information only."
    assert printing(make.claim(state="closed")) == "May be printed: no : closed: out of scope."


def test_the_sentence_says_who_may_still_reply_and_that_the_right_of_reply_was_overridden():
    claim = make.claim(state="in_check")
    one = make.accusation(claim, make.source("Ada Quill"))
    claim.refresh_from_db()
    found = make.assessment(claim)
    Claim.objects.filter(pk=claim.pk).update(state="in_review")
    make.sign_off(found)
    assert printing(claim) == "May be printed: no : 1 of 1 accused not asked."
    deadline = timezone.now() + timedelta(hours=3)
    reply.request_reply(accusation_id=one.pk, by=make.user("checker"), put="Is it?", channel="mail", deadline=deadline)
    until = f"{timezone.localtime(deadline):%-d %b, %H:%M}"
    assert printing(claim) == f"May be printed: no : Ada Quill may reply until {until}."
    assert printing(claim, make.user("chief")) == printing(claim)  # as things stand, whoever looks
    cleared(claim, "clear", override_reason="She is at sea.")
    assert printing(claim) == "May be printed: yes , the right of reply was overridden: She is at sea."
    Accusation.objects.filter(pk=one.pk).update(outcome="replied", reply="No.", replied_at=timezone.now())
    assert printing(claim).startswith("May be printed: no : it lost its initials when it was changed")


def following(claim: Claim, person) -> tuple[str, str]:
    """The next step, and its key."""
    claim.refresh_from_db()
    found = page(person, claim).context.get("next")
    return (str(found.told), found.act.key if found.act else found.why) if found else ("", "")


def test_the_next_step_is_one_in_reach():
    ann, ed = make.user("checker", username="ann"), make.user("editor", username="ed")
    event, allegation = make.claim(), make.claim(kind="allegation")
    assert following(event, ann) == ("tick it on the backing, or give a finding", "t")
    assert following(allegation, ann) == ("give a finding, with reasons", "f")
    assert following(event, make.user("reader")) == ("", "")
    found = workflow.tick(claim_id=event.pk, revision=1, by=ann)
    assert following(event, ann) == ("somebody else reads the finding", "")
    assert following(event, ed) == ("read the finding, and initial it or send it back", "i")
    workflow.sign_off(assessment_id=found.pk, revision=1, by=ed)
    assert following(event, ed) == ("decide whether it may be printed", "p")
    make.evidence(event)
    assert following(event, ed) == ("look at what is new, and say that it still stands", "w")
    event.refresh_from_db()
    editing.edit(claim_id=event.pk, version=event.version, by=ann, columns={"place": "Ulm"})
    assert following(event, ann) == ("propose the same again, or a new finding", "g")
    given = workflow.assess(
        claim_id=make.claim(state="in_check").pk, revision=1, by=ed, verdict="mixed", rationale="So."
    )
    assert following(given.claim, ed) == ("hand it on to a second person", "s")
    workflow.submit(claim_id=given.claim_id, by=ed)
    assert following(given.claim, ed) == ("read the finding, and initial it or send it back", "your own finding")


# --- what changed since the initials ---


def fallen(claim: Claim, person=None) -> dict[str, str]:
    """What changed: words that went in brackets, those that came in braces."""
    shape = {"same": "{}", "out": "[{}]", "in": "{{{}}}"}
    found = page(person or make.user("checker"), claim).context["fallen"]
    return {one.what: "".join(shape[run.how].format(run.words) for run in one.runs) for one in found}


@pytest.mark.django_db(transaction=True)
def test_what_changed_since_the_initials_is_told_once_from_then_to_now():
    claim = make.claim("The gate was open.", kind="statistic", state="in_review", place="Ulm")
    figure = claim.quantities.get()
    hop = make.attribution(claim, make.source("Ada Quill"), basis="not_stated")
    claim.refresh_from_db()
    found = make.assessment(claim)
    make.sign_off(found)
    ann = make.user("checker")

    def edit(**columns):
        claim.refresh_from_db()
        editing.edit(claim_id=claim.pk, version=claim.version, by=ann, columns=columns)

    edit(statement="The west gate was open.")
    edit(statement="The west gate was shut.", place="Bonn", topics=["gate"])
    edit(place="Ulm")  # there and back
    figure.refresh_from_db()
    editing.edit_part(part="quantity", part_id=figure.pk, version=figure.version, by=ann, columns={"value": "7"})
    make.accusation(claim, make.source("The council"))
    hop.refresh_from_db()
    editing.withdraw(part="attribution", part_id=hop.pk, version=hop.version, by=ann, because="Not hers.")
    claim.refresh_from_db()
    assert fallen(claim) == {
        "Statement": "The{ west} gate was [open]{shut}.",
        f"Figure {figure.pk}: Number": "[162]{7}",
        f"Via {hop.pk} withdrawn": "[Not hers.]",
        "Accusation added": "{Whom it accuses: The council}",
    }


def test_what_changed_names_no_restricted_material_to_who_may_not_read_it():
    claim = make.claim(state="signed_off")
    make.attribution(claim, document=make.document("The secret memo", "memo", restricted=True))
    claim.refresh_from_db()
    assert "The secret memo" in str(fallen(claim, make.user("editor")))
    assert "The secret memo" not in str(fallen(claim, make.user("checker")))
    assert "The secret memo" not in page(make.user("checker"), claim).content.decode()


@given(st.text("ab .é\n", max_size=40), st.text("ab .é\n", max_size=40))
def test_the_runs_of_two_texts_are_these_texts(before, after):
    runs = differences.words(before, after)
    assert "".join(run.words for run in runs if run.how != "in") == before
    assert "".join(run.words for run in runs if run.how != "out") == after
    assert all(run.words for run in runs) or before == after == ""


def test_long_texts_are_set_side_by_side_whole():
    long = "word " * 2000
    assert differences.words(long, f"{long}more") == [("out", long), ("in", f"{long}more")]


# --- how a source held up ---


def judged(verdict: str, source, **facts) -> Claim:
    claim = make.claim(state="in_check")
    make.attribution(claim, source, **facts)
    claim.refresh_from_db()
    found = make.assessment(claim, verdict)
    Claim.objects.filter(pk=claim.pk).update(state="in_review")
    make.sign_off(found)
    return claim


def test_what_a_source_said_is_counted_by_finding_by_year_and_apart_from_whether_it_said_so():
    root = make.source("Ada Quill")
    twin = make.source("A. Quill", merged_into=root)
    judged("accurate", root, said_on=date(2024, 5, 1), said="confirmed_verbatim")
    judged("accurate", twin, said_on=date(2025, 5, 1))
    judged("inaccurate", root, document=make.document(published_on=date(2025, 1, 1)), said="misattributed")
    judged("mixed", root, stance="denies")
    waiting, passed = make.claim(state="in_review"), make.claim()
    make.attribution(waiting, root)
    make.attribution(passed, root, relays=make.attribution(passed))
    found = heldup.of(twin)
    assert [(one.label, one.all, one.found, one.verdicts) for one in found.ways] == [
        ("Said, as original source", 4, 3, [("Accurate", 2), ("Inaccurate", 1)]),
        ("Passed on", 1, 0, []),
        ("Denied", 1, 1, [("Mixed", 1)]),
    ]
    assert [(one.label, one.all, one.verdicts) for one in found.years] == [
        ("2025", 2, [("Accurate", 1), ("Inaccurate", 1)]),
        ("2024", 1, [("Accurate", 1)]),
        ("day not known", 2, []),
    ]
    assert (found.said, found.hops, found.unchecked) == (
        [("Confirmed, word for word", 1), ("Misattributed", 1)], 6, 4,
    )  # fmt: skip


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "editor", "chief", "legal"])
def test_how_a_source_held_up_is_for_editors_and_chiefs(role):
    source = make.source("Ada Quill")
    judged("accurate", source)
    told = words(page(make.user(role), source).content.decode())
    may = role in ("editor", "chief")
    assert ("how it held up" in told) is may
    assert ("weigh_sources" in RIGHTS[role]) is may
    assert "%" not in told


def test_one_claim_with_several_hops_of_a_source_counts_once():
    source, claim = make.source(), make.claim()
    first = make.attribution(claim, source)
    make.attribution(claim, source, relays=make.attribution(claim, relays=first))
    [said] = heldup.of(source).ways
    assert (said.label, said.all) == ("Said, as original source", 1)
