"""Two who act at once where a new copy of our own text arrives: another copy, a sign-off, an OK to print, an edit.

As in tests/test_races.py; a claim is never initialled on words that the newest copy does not have.
"""

from collections import Counter
from functools import partial

import pytest

from claims import editing, versions, workflow
from claims.models import Attribution, Claim
from sources.models import Sentence
from tests import make
from tests.ownlines import FIRST, HURT, LESS, PAID, SECOND, own_copy, save, stands_on, where
from tests.racing import STAGGER, report, told

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def saves(document, text, by) -> partial:
    return partial(versions.save_copy, document_id=document.pk, by=by, text=text, captured_from="paste")


def test_of_two_copies_saved_at_once_the_second_goes_on_from_the_first(crowd, rounds, people):
    for _ in rounds:
        document = own_copy()
        first = save(document, FIRST, by=people["reporter"])
        claim = stands_on(first, PAID)
        outcomes = crowd.race(
            saves(document, SECOND, people["reporter"]), saves(document, SECOND.replace(HURT, ""), people["checker"])
        )
        assert told(outcomes) == ["done", "done"]
        copies = list(document.snapshots.order_by("captured_at"))
        lines = [{one.line_of for one in Sentence.objects.filter(snapshot=copy)} for copy in copies]
        assert lines[1] - lines[0] == lines[2] - lines[0]  # the changed line is one line, not two
        claim.refresh_from_db()
        assert (claim.state, claim.statement) == ("in_check", LESS)
        assert where(claim) == (copies[1].pk, LESS)


def test_a_sign_off_at_the_same_time_never_stands_on_other_words(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        document = own_copy()
        claim = stands_on(save(document, FIRST, by=people["reporter"]), PAID, signed=False)
        workflow.tick(claim_id=claim.pk, revision=claim.revision, by=people["checker"])
        claim.refresh_from_db()
        finding = claim.assessments.get()
        signs = partial(workflow.sign_off, assessment_id=finding.pk, revision=claim.revision, by=people["editor"])
        saved, signed = told(crowd.race(saves(document, SECOND, people["reporter"]), signs, stagger=STAGGER))
        claim.refresh_from_db()
        assert saved == "done"
        assert claim.state in (("in_check",) if signed == "done" else ("in_review",))
        assert (claim.statement, claim.verdict) == (LESS, None)
        ends[f"sign-off {signed}"] += 1
    report(ends)


def test_an_ok_to_print_at_the_same_time_never_stands_on_other_words(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        document = own_copy()
        claim = stands_on(save(document, FIRST, by=people["reporter"]), PAID, cleared=False)
        clears = partial(workflow.clear, claim_id=claim.pk, revision=claim.revision, value="clear", by=people["editor"])
        saved, cleared = told(crowd.race(saves(document, SECOND, people["reporter"]), clears, stagger=STAGGER))
        claim.refresh_from_db()
        assert saved == "done"
        assert claim.state == "in_check"
        assert claim.clearance in ("hold", "not_cleared")
        ends[f"clearance {cleared}"] += 1
    report(ends)


def test_an_edit_at_the_same_time_is_not_written_over(crowd, rounds, people):
    for _ in rounds:
        document = own_copy()
        claim = stands_on(save(document, FIRST, by=people["reporter"]), PAID)
        edits = partial(
            editing.edit, claim_id=claim.pk, version=claim.version, by=people["checker"],
            columns={"statement": "The work cost 204,000 pounds."},
        )  # fmt: skip
        saved, edited = told(crowd.race(saves(document, SECOND, people["reporter"]), edits, stagger=STAGGER))
        claim.refresh_from_db()
        assert saved == "done"
        assert claim.statement == ("The work cost 204,000 pounds." if edited == "done" else LESS)
        assert edited in ("done", "stale_version")
        assert where(claim)[1] == LESS


def test_many_claims_of_two_pieces_follow_without_a_deadlock(crowd, rounds, people):
    for _ in rounds:
        pieces = [own_copy("One"), own_copy("Other")]
        copies = [save(piece, FIRST, by=people["reporter"]) for piece in pieces]
        claims = [stands_on(copies[0], PAID, signed=False) for _ in range(4)]
        for claim in reversed(claims):
            start = FIRST.index(PAID)
            passage = make.passage(copies[1], start, start + len(PAID))
            make.attribution(claim, passage=passage, document=pieces[1])
        outcomes = crowd.race(*(saves(piece, SECOND, people["reporter"]) for piece in pieces), stagger=STAGGER)
        assert told(outcomes) == ["done", "done"]
        assert {one.statement for one in Claim.objects.filter(pk__in=[claim.pk for claim in claims])} == {LESS}
        hops = Attribution.objects.filter(claim__in=claims).select_related("passage")
        assert {hop.passage.snapshot_id for hop in hops}.isdisjoint({copy.pk for copy in copies})
