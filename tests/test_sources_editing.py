"""Changing what is known of sources and documents, by the desk's functions."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from claims import workflow
from factdesk.change import Refused
from factdesk.errors import BadInput, DomainError, NoSuchRecord, NotAllowed, ReasonNeeded, StaleVersion
from sources import editing
from sources.models import Affiliation, Document, Source
from tests import make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

ROLES = ("reader", "reporter", "checker", "editor", "chief", "legal")

# Written out again on purpose: what is done -> who may.
MAY = {
    "add_source": {"checker", "editor", "chief"},
    "edit_source": {"checker", "editor", "chief"},
    "grade": {"chief"},
    "affiliate": {"checker", "editor", "chief"},
    "end_affiliation": {"checker", "editor", "chief"},
    "add_document": {"reporter", "checker", "editor", "chief"},
    "edit_document": {"checker", "editor", "chief"},
    "restrict": {"editor", "chief"},
    "add_snapshot": {"reporter", "checker", "editor", "chief"},
    "mark": {"reporter", "checker", "editor", "chief"},
}


def act(what: str, by):
    source, body, document = make.source(), make.outlet(), make.document()
    tie = make.affiliation(source, body)
    return {
        "add_source": lambda: editing.add_source(by=by, columns={"name": "Ann Ames", "kind": "person"}),
        "edit_source": lambda: editing.edit_source(source_id=source.pk, version=1, by=by, columns={"name": "Ann"}),
        "grade": lambda: editing.grade(source_id=source.pk, version=1, by=by, reliability="B"),
        "affiliate": lambda: editing.affiliate(source_id=body.pk, organization_id=source.pk, by=by),
        "end_affiliation": lambda: editing.end_affiliation(
            affiliation_id=tie.pk, version=1, by=by, because="Another Ann."
        ),
        "add_document": lambda: editing.add_document(by=by, columns={"kind": "memo", "title": "A memo"}),
        "edit_document": lambda: editing.edit_document(
            document_id=document.pk, version=1, by=by, columns={"title": "Another"}
        ),
        "restrict": lambda: editing.edit_document(
            document_id=document.pk, version=1, by=by, columns={"restricted": True}
        ),
        "add_snapshot": lambda: editing.add_snapshot(
            document_id=document.pk, by=by, text="Words.", captured_from="paste"
        ),
        "mark": lambda: editing.mark(snapshot_id=make.snapshot(of=document).pk, start=0, end=4, by=by),
    }[what]


@pytest.mark.parametrize("what", MAY)
def test_who_may_change_what_is_known(what):
    for role in ROLES:
        try:
            act(what, make.user(role))()
            done = True
        except NotAllowed:
            done = False
        assert done == (role in MAY[what]), role


def test_what_was_seen_counts_and_what_is_the_same_changes_nothing(sql):
    checker, source = make.user("checker"), make.source("Ann")
    editing.edit_source(source_id=source.pk, version=1, by=checker, columns={"name": "Ann"})
    source.refresh_from_db()
    assert source.version == 1
    edited = editing.edit_source(
        source_id=source.pk, version=1, by=checker, columns={"name": "Ann Ames"}, why="her card"
    )
    assert (edited.version, edited.name) == (2, "Ann Ames")
    with pytest.raises(StaleVersion) as stale:
        editing.edit_source(source_id=source.pk, version=1, by=checker, columns={"name": "Anna"})
    assert stale.value.facts == {"sort": "source", "number": source.pk, "seen": 1, "now": 2}
    told = "SELECT pgh_context->>'name', pgh_context->>'why' FROM sources_sourceevent WHERE id = %s ORDER BY pgh_id"
    assert sql(told, [source.pk])[-1] == (checker.username, "her card")


def test_what_is_not_to_be_written_is_named():
    chief = make.user("chief")
    with pytest.raises(BadInput) as told:
        editing.add_source(by=chief, columns={"name": "Ann", "kind": "person", "merged_into_id": 1, "is_root": True})
    assert [one["path"] for one in told.value.problems] == ["merged_into_id", "is_root"]
    with pytest.raises(Refused) as refused:
        editing.add_source(by=chief, columns={"name": " ", "kind": "person"})
    assert refused.value.code == "source_has_a_name"
    with pytest.raises(NoSuchRecord):
        editing.affiliate(source_id=0, organization_id=0, by=chief)
    with pytest.raises(ReasonNeeded):
        editing.end_affiliation(affiliation_id=1, version=1, by=chief, because=" ")
    assert not Affiliation.objects.exists()


def test_a_grade_is_dated_and_taken_back_whole():
    chief, source = make.user("chief"), make.source()
    graded = editing.grade(source_id=source.pk, version=1, by=chief, reliability="C", on=date(2026, 1, 2))
    assert (graded.reliability, graded.reliability_on) == ("C", date(2026, 1, 2))
    graded = editing.grade(source_id=source.pk, version=2, by=chief, reliability=None)
    assert (graded.reliability, graded.reliability_on) == (None, None)
    with pytest.raises(Refused):
        editing.grade(source_id=source.pk, version=3, by=chief, reliability="G")


def test_an_embargo_that_comes_lets_a_clearance_fall():
    editor, claim = make.user("editor"), make.claim()
    document = make.document()
    make.attribution(claim, document=document)
    claim.refresh_from_db()
    found = workflow.tick(claim_id=claim.pk, revision=claim.revision, by=make.user("checker"))
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=editor)
    workflow.clear(claim_id=claim.pk, revision=claim.revision, by=editor, value="clear")
    until = timezone.now() + timedelta(hours=1)
    editing.edit_document(document_id=document.pk, version=1, by=editor, columns={"embargo_until": until})
    claim.refresh_from_db()
    assert claim.clearance == "hold"


def test_restricted_material_is_not_there_for_who_may_not_read_it():
    document = make.document(restricted=True)
    copy = make.snapshot(of=document)
    checker = make.user("checker")
    for attempt in (
        lambda: editing.edit_document(document_id=document.pk, version=1, by=checker, columns={"title": "Mine"}),
        lambda: editing.add_snapshot(document_id=document.pk, by=checker, text="Words.", captured_from="paste"),
        lambda: editing.mark(snapshot_id=copy.pk, start=0, end=1, by=checker),
    ):
        with pytest.raises(NoSuchRecord):
            attempt()
    assert Document.objects.get(pk=document.pk).version == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), (" \r\n\t ", "empty"), ("a\0b", "nul")],
)
def test_a_text_that_is_none_is_refused_by_name(text, code):
    with pytest.raises(BadInput) as told:
        editing.add_snapshot(document_id=make.document().pk, by=make.user(), text=text, captured_from="paste")
    assert told.value.problems[0]["code"] == code


def test_a_text_is_kept_to_the_character_but_for_its_line_ends():
    text = "Ümlaut \u202eright to left\u202c 👩‍👩‍👧 e\u0301\r\nnext\rline\u2028end "
    made = editing.add_snapshot(document_id=make.document().pk, by=make.user(), text=text, captured_from="paste")
    made.refresh_from_db()
    assert made.text == text.replace("\r\n", "\n")
    first = editing.mark(snapshot_id=made.pk, start=0, end=6, by=make.user())
    assert editing.mark(snapshot_id=made.pk, start=0, end=6, by=make.user()) == first
    with pytest.raises(DomainError, match="past the end"):
        editing.mark(snapshot_id=made.pk, start=0, end=len(text) + 9, by=make.user())


def test_a_source_that_is_added_is_searched_at_once():
    editing.add_source(by=make.user(), columns={"name": "Zenobia Quill", "kind": "person", "aliases": ["Zen"]})
    assert Source.objects.matching("zenobia").count() == 1
