"""Duplicates: merged by pointer to one root, freed again, and what becomes of the claims that rest on them."""

import pytest

from factdesk.errors import NoSuchRecord, NotAllowed, ReasonNeeded, StaleVersion
from sources.merging import NotARoot, OtherKind, free, merge
from sources.models import Source
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def editor():
    return make.user("editor")


def seen(source: Source) -> int:
    source.refresh_from_db()
    return source.version


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "legal"])
def test_merging_and_freeing_are_an_editors(role):
    one, other = make.source(), make.source()
    with pytest.raises(NotAllowed):
        merge(source_id=one.pk, into_id=other.pk, version=1, by=make.user(role), because="The same.")
    with pytest.raises(NotAllowed):
        free(source_id=one.pk, version=1, by=make.user(role), because="Not the same.")


def test_what_was_merged_into_it_goes_with_it_and_each_is_freed_alone(editor):
    small, middle, root = make.source("A. Ames"), make.source("Ann Ames"), make.source("Ann B. Ames")
    merge(source_id=small.pk, into_id=middle.pk, version=1, by=editor, because="Her initial.")
    merge(source_id=middle.pk, into_id=root.pk, version=seen(middle), by=editor, because="Her card.")
    for one in (small, middle):
        one.refresh_from_db()
        assert one.merged_into == root
    freed = free(source_id=small.pk, version=seen(small), by=editor, because="Another Ames.")
    assert freed.merged_into is None
    with pytest.raises(NotARoot):
        free(source_id=small.pk, version=seen(small), by=editor, because="Again.")


def test_two_origins_become_one_and_two_again_and_the_editors_are_warned(editor):
    one, other, claim = make.source("Ann"), make.source("A. Ames"), make.claim(state="in_check")
    make.attribution(claim, one)
    make.attribution(claim, other)
    finding = make.assessment(claim)
    type(claim).objects.filter(pk=claim.pk).update(state="in_review")
    make.sign_off(finding)
    claim.refresh_from_db()
    assert (claim.independent_origins, claim.source_changed) == (2, False)
    revision = claim.revision
    merge(source_id=other.pk, into_id=one.pk, version=1, by=editor, because="The same.")
    claim.refresh_from_db()
    assert (claim.independent_origins, claim.source_changed) == (1, True)
    assert (claim.state, claim.revision) == ("signed_off", revision)
    free(source_id=other.pk, version=seen(other), by=editor, because="Not the same.")
    claim.refresh_from_db()
    assert claim.independent_origins == 2


def test_what_cannot_be_merged_says_why_and_nothing_changes(editor):
    person, other, third = make.source("Ann"), make.source("Bea"), make.source("Cea")
    paper, company = make.outlet("Post"), make.source("Post Ltd", "organization")
    merge(source_id=other.pk, into_id=third.pk, version=1, by=editor, because="The same.")
    for attempt, told in (
        ({"source_id": person.pk, "into_id": person.pk, "version": 1}, NotARoot),
        ({"source_id": person.pk, "into_id": other.pk, "version": 1}, NotARoot),
        ({"source_id": other.pk, "into_id": person.pk, "version": 2}, NotARoot),
        ({"source_id": person.pk, "into_id": paper.pk, "version": 1}, OtherKind),
        ({"source_id": person.pk, "into_id": 0, "version": 1}, NoSuchRecord),
        ({"source_id": person.pk, "into_id": third.pk, "version": 7}, StaleVersion),
        ({"source_id": person.pk, "into_id": third.pk, "version": 1, "into_version": 7}, StaleVersion),
    ):
        with pytest.raises(told):
            merge(**attempt, by=editor, because="The same.")
    with pytest.raises(ReasonNeeded):
        merge(source_id=person.pk, into_id=third.pk, version=1, by=editor, because=" ")
    person.refresh_from_db()
    assert (person.merged_into, person.version) == (None, 1)
    merge(source_id=paper.pk, into_id=company.pk, version=1, by=editor, because="One house.")


def test_a_source_that_nobody_stated_is_never_merged(editor):
    said, root = make.source("It is said", identity="unstated"), make.source()
    for attempt in ((said, root), (root, said)):
        with pytest.raises(Exception, match=r"stated|not there"):
            merge(source_id=attempt[0].pk, into_id=attempt[1].pk, version=1, by=editor, because="The same.")
