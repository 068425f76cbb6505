"""An editor's rulings by their functions: on origins and on sentences, and when they lapse."""

import pytest

from claims import rulings
from claims.coverage import lines
from claims.models import Claim
from factdesk.change import Refused
from factdesk.errors import NoSuchRecord, NotAllowed
from sources.models import Sentence
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def told_by_two():
    """A claim with two original sources that belong to one body."""
    claim, body = make.claim(), make.source("The council", "organization")
    speakers = [make.source("A clerk", identity="unnamed"), make.source("An aide", identity="unnamed")]
    for speaker in speakers:
        make.affiliation(speaker, body)
    hops = [make.attribution(claim, speaker) for speaker in speakers]
    return claim, hops


def origins_of(claim: Claim) -> int:
    claim.refresh_from_db()
    return claim.independent_origins


def test_an_editor_overrules_a_grouping_in_either_order():
    claim, (one, other) = told_by_two()
    assert origins_of(claim) == 1
    on = {
        "claim_id": claim.pk,
        "first": other.pk,
        "second": one.pk,
        "by": make.user("editor"),
        "reason": "I know both.",
    }
    rulings.rule_on_origins(**on, decision="independent")
    assert origins_of(claim) == 2
    rulings.rule_on_origins(**on, decision="one_origin")
    assert origins_of(claim) == 1


def test_a_ruling_lapses_when_what_it_looked_at_changes():
    claim, (one, other) = told_by_two()
    on = {
        "claim_id": claim.pk,
        "first": one.pk,
        "second": other.pk,
        "by": make.user("editor"),
        "reason": "I know both.",
    }
    rulings.rule_on_origins(**on, decision="independent")
    make.affiliation(one.speaker, other.speaker)
    owner = make.source("One owner", "organization")
    type(owner).objects.filter(pk__in=[one.speaker_id, other.speaker_id]).update(owner=owner)
    assert origins_of(claim) == 1


def test_only_hops_of_this_claim_are_ruled_on_and_only_by_those_who_may():
    claim, (one, other) = told_by_two()
    foreign = make.attribution(make.claim())
    on = {"claim_id": claim.pk, "first": one.pk, "second": other.pk, "reason": "So.", "decision": "independent"}
    for wrong in ({"second": foreign.pk}, {"second": one.pk}, {"first": 0}):
        with pytest.raises(NoSuchRecord):
            rulings.rule_on_origins(**{**on, **wrong}, by=make.user("editor"))
    with pytest.raises(Refused):
        rulings.rule_on_origins(**{**on, "decision": "perhaps"}, by=make.user("editor"))
    for role in ("reader", "reporter", "checker", "legal"):
        with pytest.raises(NotAllowed):
            rulings.rule_on_origins(**on, by=make.user(role))
    assert origins_of(claim) == 1


def test_a_sentence_is_ruled_out_and_taken_up_again():
    snapshot = make.snapshot("Well, well. It rains.")
    sentence = Sentence.objects.create(snapshot=snapshot, start=0, end=11)
    out = rulings.rule_out(sentence_id=sentence.pk, decision="no_factual_content", by=make.user("editor"))
    assert ([line.ruled for line in lines(snapshot)], len(out.key)) == (["no_factual_content"], 64)
    with pytest.raises(NotAllowed):
        rulings.rule_out(sentence_id=sentence.pk, decision="heading", by=make.user("reporter"))
    rulings.rule_out(sentence_id=sentence.pk, decision="checkable", by=make.user("checker"))
    assert [line.ruled for line in lines(snapshot)] == [""]
    with pytest.raises(Refused):
        rulings.rule_out(sentence_id=sentence.pk, decision="dull", by=make.user("editor"))
    with pytest.raises(NoSuchRecord):
        rulings.rule_out(sentence_id=0, decision="heading", by=make.user("editor"))
