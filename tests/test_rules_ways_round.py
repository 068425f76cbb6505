"""Ways round a second pair of eyes (rule 6) and round the right of reply (rule 8), tried one by one."""

import pytest
from django.utils import timezone

from claims import workflow
from claims.models import Accusation, Claim, SignOff
from factdesk.change import Refused
from sources.merging import merge
from tests import attacks, calls, make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def proposed(claim: Claim, by, verdict: str = "disputed"):
    claim.refresh_from_db()
    return workflow.assess(
        claim_id=claim.pk, revision=claim.revision, by=by, verdict=verdict, rationale="So.", submit=True
    )


def signed_off(claim: Claim) -> Claim:
    found = proposed(claim, make.user("checker"))
    for _ in range(found.approvals_needed):
        workflow.sign_off(assessment_id=found.pk, revision=found.revision, by=make.user("editor"))
    claim.refresh_from_db()
    assert claim.state == "signed_off"
    return claim


# --- rule 6 ---


@pytest.mark.parametrize("scopes", [["review"], ["read", "review", "write"]])
def test_an_author_does_not_sign_by_a_token_of_their_own(scopes):
    author, claim = make.user("chief"), make.claim()
    found = proposed(claim, author)
    program = calls.caller(author, scopes)
    answer = program.post(
        "/api/v1/sign_offs/", {"assessment": str(found.pk), "revision": found.revision, "decision": "approve"}
    )
    calls.problem(answer, 400, "signoff_by_another_person")
    claim.refresh_from_db()
    assert (claim.state, SignOff.objects.count()) == ("in_review", 0)


def test_an_author_does_not_sign_after_a_merge_and_another_does():
    author, editor, claim = make.user("editor"), make.user("editor"), make.claim()
    one, other = make.source("Ann"), make.source("A. Ames")
    make.attribution(claim, one)
    make.attribution(claim, other)
    found = proposed(claim, author)
    merge(source_id=other.pk, into_id=one.pk, version=1, by=author, because="The same.")
    claim.refresh_from_db()
    assert (claim.source_changed, claim.revision) == (True, found.revision)
    with pytest.raises(Refused) as refused:
        workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=author)
    assert refused.value.code == "signoff_by_another_person"
    with attacks.refused("signoff_by_another_person"):
        make.sign_off(found, by=author)
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=editor)
    claim.refresh_from_db()
    assert claim.state == "signed_off"


def test_an_author_does_not_get_round_it_by_an_older_finding_of_somebody_else():
    """Another's finding, then one's own: what is signed is the newest, and that is one's own."""
    author, claim = make.user("editor"), make.claim()
    older = proposed(claim, make.user("checker"))
    newer = proposed(claim, author)
    for finding, code in ((older, "signoff_on_present_revision"), (newer, "signoff_by_another_person")):
        with pytest.raises(Refused) as refused:
            workflow.sign_off(assessment_id=finding.pk, revision=claim.revision, by=author)
        assert refused.value.code == code
    claim.refresh_from_db()
    assert claim.state == "in_review"


# --- rule 8 ---


def test_an_accusation_withdrawn_after_the_clearance_takes_it_away_and_leaves_an_allegation_without_accused():
    claim = make.claim(kind="allegation")
    accusation = make.accusation(claim, outcome="declined")
    attacks.clear(signed_off(claim))
    Accusation.objects.filter(pk=accusation.pk).update(withdrawn_at=timezone.now(), withdrawn_because="Not they.")
    claim.refresh_from_db()
    assert (claim.state, claim.clearance) == ("in_check", "hold")
    signed_off(claim)
    with attacks.refused("clearance_allegation_names_accused"):
        attacks.clear(claim)


def test_withdrawing_the_one_who_was_not_asked_frees_a_claim_that_is_no_allegation_once_it_is_signed_again():
    claim = make.claim()
    waiting = make.accusation(claim)
    signed_off(claim)
    with attacks.refused("clearance_after_reply"):
        attacks.clear(claim)
    Accusation.objects.filter(pk=waiting.pk).update(withdrawn_at=timezone.now(), withdrawn_because="It accuses nobody.")
    claim.refresh_from_db()
    assert claim.state == "in_check"
    with attacks.refused("clearance_needs_sign_off"):
        attacks.clear(claim)
    attacks.clear(signed_off(claim))
    assert claim.clearance == "clear"
