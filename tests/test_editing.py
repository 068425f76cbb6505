"""Changing the record by its functions: what may be written, by whom, on what they saw; and what a change counts as."""

import pytest

from claims import editing
from claims.locking import NoSuchClaim
from claims.models import Claim
from factdesk.change import Refused
from factdesk.errors import BadInput, NoSuchRecord, NotAllowed, ReasonNeeded, StaleVersion
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ROLES = ("reader", "reporter", "checker", "editor", "chief", "legal")
# Written out again: sort of part -> who may add one.
MAY_ADD = {
    "quantity": {"checker", "editor", "chief"},
    "attribution": {"checker", "editor", "chief"},
    "evidence": {"reporter", "checker", "editor", "chief"},
    "accusation": {"checker", "editor", "chief"},
    "relation": {"checker", "editor", "chief"},
    "annotation": {"reporter", "checker", "editor", "chief", "legal"},
}


def columns(part: str) -> dict[str, object]:
    """The least that a part of this sort says."""
    return {
        "quantity": lambda: {"measure": "arrests", "value": "162"},
        "attribution": lambda: {"speaker_id": make.source().pk},
        "evidence": lambda: {"stance": "supports", "document_id": make.document().pk},
        "accusation": lambda: {"accused_id": make.source().pk},
        "relation": lambda: {"kind": "repeats", "other_id": make.claim().pk},
        "annotation": lambda: {"kind": "comment", "body": "Look at this."},
    }[part]()


@pytest.mark.parametrize("part", MAY_ADD)
def test_who_may_add_which_part(part):
    for role in ROLES:
        claim = make.claim()
        asked = {"part": part, "claim_id": claim.pk, "by": make.user(role), "columns": columns(part)}
        if role in MAY_ADD[part]:
            assert editing.add(**asked).claim == claim, role
        else:
            with pytest.raises(NotAllowed):
                editing.add(**asked)


@pytest.mark.parametrize("part", MAY_ADD)
def test_a_part_is_withdrawn_with_a_reason_and_stays_in_the_record(part):
    checker, claim = make.user("checker"), make.claim()
    made = editing.add(part=part, claim_id=claim.pk, by=checker, columns=columns(part))
    on = {"part": part, "part_id": made.pk, "version": made.version, "by": checker}
    with pytest.raises(ReasonNeeded):
        editing.withdraw(**on, because=" ")
    with pytest.raises(StaleVersion):
        editing.withdraw(**{**on, "version": made.version + 1}, because="Wrong.")
    gone = editing.withdraw(**on, because="Wrong.")
    assert (gone.withdrawn_at is not None, gone.withdrawn_because) == (True, "Wrong.")
    with pytest.raises(NoSuchRecord):
        editing.withdraw(**on, because="Again.")


def test_an_edit_of_substance_is_a_new_revision_and_a_note_is_none():
    checker, claim = make.user("checker"), make.claim(state="signed_off")
    made = editing.add(
        part="quantity", claim_id=claim.pk, by=checker, version=claim.version, columns=columns("quantity")
    )
    claim.refresh_from_db()
    assert (claim.state, claim.revision) == ("in_check", 2)
    make.assessment(claim)
    noted = editing.edit_part(
        part="quantity", part_id=made.pk, version=made.version, by=checker, columns={"note": "From the table."}
    )
    claim.refresh_from_db()
    assert (claim.revision, noted.version) == (2, made.version + 1)
    editing.edit_part(part="quantity", part_id=made.pk, version=noted.version, by=checker, columns={"value": "163"})
    claim.refresh_from_db()
    assert claim.revision == 3


def test_what_is_the_same_as_before_changes_nothing():
    claim, checker = make.claim("It rains.", place="Fernley"), make.user("checker")
    same = {"statement": "It rains.", "place": "Fernley"}
    assert editing.edit(claim_id=claim.pk, version=claim.version, by=checker, columns=same).version == claim.version
    changed = editing.edit(claim_id=claim.pk, version=claim.version, by=checker, columns={"place": "Thurlode"})
    assert (changed.place, changed.version) == ("Thurlode", claim.version + 1)
    with pytest.raises(StaleVersion):
        editing.edit(claim_id=claim.pk, version=claim.version, by=checker, columns={"place": "Elsewhere"})


def test_decisions_and_counts_are_not_to_be_written():
    claim, checker = make.claim(), make.user("chief")
    with pytest.raises(BadInput) as told:
        editing.edit(claim_id=claim.pk, version=1, by=checker, columns={"state": "signed_off", "verdict": "accurate"})
    assert [problem["path"] for problem in told.value.problems] == ["state", "verdict"]
    with pytest.raises(BadInput):
        editing.propose(by=checker, columns={"statement": "So.", "kind": "event", "clearance": "clear"})
    with pytest.raises(BadInput):
        editing.add(part="accusation", claim_id=claim.pk, by=checker, columns={"accused_id": 1, "exempt": "dead"})


def test_a_reporter_proposes_a_claim_and_edits_none():
    reporter = make.user("reporter")
    claim = editing.propose(by=reporter, columns={"statement": "The bridge is shut.", "kind": "event"})
    assert (claim.state, claim.created_by, claim.revision) == ("new", reporter, 1)
    with pytest.raises(NotAllowed):
        editing.edit(claim_id=claim.pk, version=claim.version, by=reporter, columns={"place": "Here"})
    with pytest.raises(NotAllowed):
        editing.propose(by=make.user("reader"), columns={"statement": "So.", "kind": "event"})
    assert Claim.objects.count() == 1


def test_a_remark_is_its_authors_and_resolved_by_whoever_may_remark():
    reporter, other, legal = make.user("reporter"), make.user("reporter"), make.user("legal")
    claim = make.claim()
    made = editing.add(part="annotation", claim_id=claim.pk, by=reporter, columns=columns("annotation"))
    on = {"part": "annotation", "part_id": made.pk, "version": made.version, "columns": {"body": "Look again."}}
    with pytest.raises(NotAllowed):
        editing.edit_part(**on, by=other)
    made = editing.edit_part(**on, by=reporter)
    done = editing.resolve(annotation_id=made.pk, version=made.version, by=legal)
    assert (done.resolved_by, done.resolved_at is not None) == (legal, True)
    assert editing.resolve(annotation_id=made.pk, version=done.version, by=other, resolved=False).resolved_by is None


def test_what_the_database_refuses_is_told_as_a_rule_and_changes_nothing():
    claim, checker = make.claim(), make.user("checker")
    on = {"claim_id": claim.pk, "by": checker}
    with pytest.raises(Refused) as told:
        editing.add(part="relation", **on, columns={"kind": "repeats", "other_id": claim.pk})
    assert told.value.code == "relation_is_to_another"
    foreign = make.attribution(make.claim())
    with pytest.raises(Refused):
        editing.add(part="attribution", **on, columns={"speaker_id": make.source().pk, "relays_id": foreign.pk})
    with pytest.raises(Refused):
        editing.add(part="attribution", **on, columns={"speaker_id": 0})
    with pytest.raises(NoSuchClaim):
        editing.add(part="relation", claim_id=0, by=checker, columns={"kind": "repeats", "other_id": claim.pk})
    claim.refresh_from_db()
    assert (claim.version, claim.attributions.count(), claim.relations.count()) == (1, 0, 0)


def test_what_a_tie_leads_to_is_not_edited():
    checker, one, other = make.user("checker"), make.claim(), make.claim()
    tie = editing.add(part="relation", claim_id=one.pk, by=checker, columns={"kind": "repeats", "other_id": other.pk})
    with pytest.raises(BadInput, match="cannot be written"):
        editing.edit_part(part="relation", part_id=tie.pk, version=1, by=checker, columns={"other_id": make.claim().pk})
