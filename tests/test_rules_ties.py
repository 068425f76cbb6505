"""Ties that wait: Django's foreign keys are checked when the transaction ends, and so a row may come before its other.

What the guards look up is then not there yet. See also the ``does_not_come_before`` tests of the single rules.
"""

import pytest

from claims.models import Attribution, Evidence
from sources.models import Passage
from tests import make
from tests.attacks import check_ties, hole, next_id, refused

pytestmark = pytest.mark.django_db

DEFERRED = "foreign keys are deferred: what a guard or a kept column looks up is not there yet"


@hole("any foreign key of the desk may be put off to the end of the transaction")
def test_no_tie_of_the_desk_waits(sql):
    assert (
        sql(
            """SELECT conname FROM pg_constraint WHERE contype = 'f' AND condeferrable
        AND conrelid::regclass::text ~ '^(claims|sources)_' ORDER BY 1"""
        )
        == []
    )


@hole(DEFERRED)
def test_marked_words_that_come_after_their_hop_stand_in_its_document(sql):
    claim, speaker, number = make.claim(), make.source(), next_id(sql, "sources_passage")
    elsewhere = make.snapshot()
    with refused():
        Attribution.objects.create(claim=claim, speaker=speaker, document=make.document(), passage_id=number)
        Passage.objects.create(pk=number, snapshot=elsewhere, start=0, end=3)
        check_ties(sql)


@hole("nothing holds that the marked words of evidence stand in the document that it names")
def test_marked_words_of_evidence_stand_in_its_document():
    with refused():
        Evidence.objects.create(
            claim=make.claim(), stance="supports", document=make.document(), passage=make.passage(make.snapshot())
        )


@pytest.mark.parametrize("late", ["claim", "speaker"])
@hole(DEFERRED)
def test_origins_are_right_whatever_comes_first(sql, late):
    claim, speaker = make.claim(), make.source()
    missing = next_id(sql, "claims_claim" if late == "claim" else "sources_source")
    try_it = {"claim_id": claim.pk, "speaker_id": speaker.pk} | {f"{late}_id": missing}
    made = {
        "claim": "INSERT INTO claims_claim (id, statement, kind) VALUES (%s, 'It is so.', 'event')",
        "speaker": "INSERT INTO sources_source (id, kind, name) VALUES (%s, 'person', 'Late')",
    }
    with refused():
        Attribution.objects.create(**try_it)
        sql(made[late], [missing])
        check_ties(sql)
