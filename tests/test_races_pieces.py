"""Two who act at once on our own copy: its sign-off in one act, changes of copy, and the closing of its page.

As in tests/test_races.py; a page never closes on what nobody has decided (rule 14).
"""

from collections import Counter
from functools import partial

import pytest

from claims import copydesk, editing, pieces, usages, workflow
from claims.models import Claim, CopyChange, Piece, Usage
from factdesk.people.models import User
from tests import make
from tests.racing import STAGGER, report, the_one_who_did, told

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def piece() -> Piece:
    return Piece.objects.create(document=make.document("Our story", kind="desk_copy"))


def standing(of: Piece, **facts: object) -> Claim:
    """A claim in the piece."""
    claim = make.claim(**facts)
    make.attribution(claim, document=of.document)
    claim.refresh_from_db()
    return claim


def in_review(of: Piece, checker: User) -> Claim:
    claim = standing(of)
    workflow.tick(claim_id=claim.pk, revision=claim.revision, by=checker)
    claim.refresh_from_db()
    return claim


def signs(of: Piece, claims: list[Claim], by: User) -> partial:
    seen = {claim.assessments.latest("pk").pk: claim.revision for claim in claims}
    return partial(pieces.sign_off_piece, piece_id=of.pk, seen=seen, by=by)


def test_of_two_who_sign_off_a_piece_one_does_and_each_claim_is_signed_once(crowd, rounds, people):
    for _ in rounds:
        ours = piece()
        claims = [in_review(ours, people["checker"]) for _ in range(3)]
        outcomes = crowd.race(signs(ours, claims, people["editor"]), signs(ours, claims[::-1], people["chief"]))
        assert Counter(told(outcomes)) == {"done": 1, "piece_not_signed": 1}
        for claim in claims:
            claim.refresh_from_db()
            assert claim.state == "signed_off"
            assert claim.transitions.filter(action="sign_off").count() == 1
            assert claim.assessments.get().sign_offs.count() == 1


def test_two_pieces_with_the_same_claims_are_signed_off_without_a_deadlock(crowd, rounds, people):
    for _ in rounds:
        ours, other = piece(), piece()
        claims = [in_review(ours, people["checker"]) for _ in range(2)]
        for claim in claims:
            make.attribution(claim, document=other.document)
            claim.refresh_from_db()
            workflow.tick(claim_id=claim.pk, revision=claim.revision, by=people["checker"])
        outcomes = crowd.race(signs(ours, claims, people["editor"]), signs(other, claims[::-1], people["chief"]))
        assert Counter(told(outcomes)) == {"done": 1, "piece_not_signed": 1}


def test_a_piece_is_signed_off_whole_or_not_at_all_while_one_of_its_claims_changes(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        ours = piece()
        claims = [in_review(ours, people["checker"]) for _ in range(2)]
        changed = claims[1]
        columns = {"measure": "arrests", "value": "9"}
        signed, edited = told(
            crowd.race(
                signs(ours, claims, people["editor"]),
                partial(editing.add, part="quantity", claim_id=changed.pk, by=people["checker"], columns=columns),
                stagger=STAGGER,
            )
        )
        states = list(Claim.objects.filter(pk__in=[claim.pk for claim in claims]).order_by("pk").values_list("state"))
        assert edited == "done"
        assert signed in ("done", "piece_not_signed")
        assert states == ([("signed_off",), ("in_check",)] if signed == "done" else [("in_review",)] * 2)
        changed.refresh_from_db()
        assert (changed.revision, changed.verdict) == (claims[0].revision + 1, None)
        ends[f"sign-off {signed}", f"edit {edited}"] += 1
    report(ends)


def test_of_two_decisions_on_a_change_of_copy_one_counts(crowd, rounds, people):
    for _ in rounds:
        ours = piece()
        marked = make.passage(make.snapshot(of=ours.document))
        change = CopyChange.objects.create(
            piece=ours, passage=marked, replacement="", reason="Not so.", force="should", proposed_by=people["checker"]
        )
        decide = partial(copydesk.decide_change, change_id=change.pk, version=change.version)
        outcomes = crowd.race(
            partial(decide, by=people["editor"], decision="accepted"),
            partial(decide, by=people["chief"], decision="rejected", reason="It is so."),
        )
        assert Counter(told(outcomes)) == {"done": 1, "stale_version": 1}
        change.refresh_from_db()
        assert (change.decision, change.decided_by) == (
            ("accepted", people["editor"])
            if the_one_who_did(outcomes).decision == "accepted"
            else ("rejected", people["chief"])
        )


# --- the page closes ---


def close(of: Piece, by: User) -> partial:
    return partial(pieces.close_page, piece_id=of.pk, version=of.version, by=by)


def test_of_two_closings_of_a_page_one_counts_and_each_claim_ran_once(crowd, rounds, people):
    for _ in rounds:
        ours = piece()
        claim = standing(ours, priority="could")
        outcomes = crowd.race(close(ours, people["editor"]), close(ours, people["chief"]))
        assert Counter(told(outcomes)) == {"done": 1, "stale_version": 1}
        ours.refresh_from_db()
        assert ours.closed_at == the_one_who_did(outcomes).closed_at is not None
        assert Usage.objects.get(claim=claim).document == ours.document


def test_a_page_against_the_decision_that_it_waits_for_closes_after_it_or_not(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        ours = piece()
        claim = standing(ours, priority="must")
        decided, closed = told(
            crowd.race(
                partial(
                    usages.decide_open,
                    claim_id=claim.pk,
                    piece_id=ours.pk,
                    revision=claim.revision,
                    by=people["editor"],
                    decision="cut",
                    because="Nobody confirms it.",
                ),
                close(ours, people["editor"]),
                stagger=STAGGER,
            )
        )
        ours.refresh_from_db()
        assert decided == "done"
        assert (closed == "done") == (ours.closed_at is not None)
        assert Usage.objects.get(claim=claim).went_out_open == "cut"
        ends[f"decision {decided}", f"page {closed}"] += 1
    report(ends)


def test_a_must_claim_that_comes_in_at_that_moment_keeps_the_page_open_or_comes_after_it(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        ours, claim = piece(), make.claim(priority="must")
        columns = {"speaker_id": make.source().pk, "document_id": ours.document_id}
        came, closed = told(
            crowd.race(
                partial(editing.add, part="attribution", claim_id=claim.pk, by=people["checker"], columns=columns),
                close(ours, people["editor"]),
                stagger=STAGGER,
            )
        )
        ours.refresh_from_db()
        assert came == "done"  # the page looks for such claims twice: as it closes, and as it notes what ran
        assert closed in ("done", "piece_closes_with_every_must_decided", "usage_of_an_open_must_is_decided")
        assert (closed == "done") == (ours.closed_at is not None)
        assert list(pieces.undecided(ours)) == [claim]
        assert not Usage.objects.filter(claim=claim).exists()
        ends[f"claim {came}", f"page {closed}"] += 1
    report(ends)
