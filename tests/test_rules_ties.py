"""Ties do not wait: as Django makes them, foreign keys are checked when the transaction ends, and a row may come first.

What the guards look up would then not be there yet. See also the ``does_not_come_before`` tests of the single rules.
"""

import pytest

from claims.models import Attribution, Evidence
from tests import make
from tests.attacks import forbidden, next_id, refused

pytestmark = pytest.mark.django_db


def test_no_tie_of_the_desk_waits(sql):
    assert (
        sql(
            """SELECT conname FROM pg_constraint WHERE contype = 'f' AND condeferrable
        AND conrelid::regclass::text ~ '^(claims|sources|people)_' ORDER BY 1"""
        )
        == []
    )


def test_no_tie_is_made_to_wait(sql):
    with forbidden():
        sql("ALTER TABLE claims_attribution ALTER CONSTRAINT attribution_relays_within_its_claim DEFERRABLE")


def test_marked_words_that_come_after_their_hop_stand_in_its_document(sql):
    claim, speaker, number = make.claim(), make.source(), next_id(sql, "sources_passage")
    document = make.document()
    sql("SET CONSTRAINTS ALL DEFERRED")
    with refused():
        Attribution.objects.create(claim=claim, speaker=speaker, document=document, passage_id=number)
    with refused():
        Evidence.objects.create(claim=claim, stance="supports", document=document, passage_id=number)


@pytest.mark.parametrize("part", [make.evidence, make.attribution])
def test_marked_words_stand_in_the_document_that_is_named(part):
    rule = f"{part.__name__}_passage_is_the_documents"
    document, elsewhere = make.document(), make.passage()
    with refused(rule):
        part(make.claim(), document=document, passage=elsewhere)
    here = make.passage(make.snapshot(of=document))
    made = part(make.claim(), document=document, passage=here)
    change = type(made).objects.filter(pk=made.pk)
    for facts in ({"passage": elsewhere}, {"document": make.document()}, {"document": elsewhere.snapshot.document}):
        with refused(rule):
            change.update(**facts)
    change.update(document=elsewhere.snapshot.document, passage=elsewhere)


@pytest.mark.parametrize("late", ["claim", "speaker"])
def test_a_hop_does_not_come_before_what_its_origins_are_worked_out_from(sql, late):
    claim, speaker = make.claim(), make.source()
    missing = next_id(sql, "claims_claim" if late == "claim" else "sources_source")
    try_it = {"claim_id": claim.pk, "speaker_id": speaker.pk} | {f"{late}_id": missing}
    sql("SET CONSTRAINTS ALL DEFERRED")
    with refused():
        Attribution.objects.create(**try_it)
