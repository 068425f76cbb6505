"""A source that a record file or a ClaimReview brought, and that becomes protected: no import tells who it is."""

import pytest

from claims.models import Accusation, Attribution, Claim, DossierRow
from sources import identity
from sources.models import Source
from tests import calls, make
from tests.claimreviews import rating, review
from tests.dossier_example import load

pytestmark = pytest.mark.django_db

FILE = """
dossier: 1
sources:
  - {key: works, kind: organization, name: The water works}
  - {key: petra_quirkelbaum, kind: person, name: Petra Quirkelbaum, affiliations: [
      {key: petra-at-the-works, organization: works, role: Engineer}]}
document: {key: leak, kind: memo, title: The leak}
claims:
  - key: valve
    kind: allegation
    statement: The valve was left open.
    attributions: [{key: petra-says, speaker: petra_quirkelbaum}]
    accusations: [{key: petra-did, accused: petra_quirkelbaum}]
"""


def protect(source: Source) -> None:
    identity.protect(
        source_id=source.pk, version=source.version, by=make.user("chief"), code_name="Falcon", terms="Never.",
        known_to=[], why="Her job.",
    )  # fmt: skip


@pytest.fixture
def falcon(db) -> Source:
    load(FILE)
    source = Source.objects.get(name="Petra Quirkelbaum")
    protect(source)
    return source


def test_no_mark_is_left_of_a_source_that_becomes_protected(falcon):
    marks = set(DossierRow.objects.values_list("table", "key"))
    assert {key for table, key in marks if table in ("source", "affiliation")} == {"works"}


def test_a_mark_of_another_row_with_the_same_number_stays(db):
    load(FILE)
    source = Source.objects.get(name="Petra Quirkelbaum")
    claim = Claim.objects.get()
    DossierRow.objects.create(document=make.document(), table="claim", key="k", object_id=source.pk, digest="d")
    protect(source)
    assert DossierRow.objects.filter(table="claim", object_id__in=[source.pk, claim.pk]).count() == 2


def test_a_file_that_still_has_the_name_ties_it_to_nothing_that_the_protected_source_said(falcon):
    loaded = load(FILE)
    assert Attribution.objects.get().speaker == falcon
    assert [(each.accused, each.withdrawn_at) for each in Accusation.objects.all()] == [(falcon, None)]
    assert sorted(each.table for each in loaded.conflicts) == ["accusation", "attribution"]
    told = " ".join(each.message for each in loaded.conflicts)
    assert "protected" in told
    assert [word for word in (str(falcon.pk), "Petra", "Falcon") if word in told] == []


def test_a_review_that_comes_again_otherwise_does_not_name_its_protected_claimant(db):
    checker = calls.caller(make.user("editor"), ["write"])
    body = [review(), review(reviewRating=rating(5))]
    [made] = checker.post("/api/v1/import/claimreview/", body[0]).json()["reviews"]
    claimant = Source.objects.get(name="Ada Quill")
    protect(claimant)
    [again] = checker.post("/api/v1/import/claimreview/", body[1]).json()["reviews"]
    assert (again["claim"], again["outcome"], again["code"]) == (made["claim"], "conflict", "desk_says_otherwise")
    assert Attribution.objects.get().speaker == claimant
