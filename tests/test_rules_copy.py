"""What the database holds about lines, waits and folders, attacked as the application; and who takes what back."""

import pytest
from django.utils import timezone

from claims import copydesk, workflow
from claims.models import Annotation, Claim, CopyChange, FolderDocument, Piece
from factdesk.errors import DomainError, NotAllowed
from sources.models import Sentence, Snapshot
from tests import make
from tests.attacks import refused

pytestmark = pytest.mark.django_db

INSERT = (
    'INSERT INTO sources_sentence (snapshot_id, start, "end", part, line_id, thread_id) VALUES (%s, 0, 4, %s, %s, %s)'
)


def line_in(snapshot: Snapshot) -> Sentence:
    return Sentence.objects.create(snapshot=snapshot, start=0, end=4)


def test_a_line_goes_on_in_another_copy_of_its_own_document_only(sql):
    first = make.snapshot("Some words.")
    line, other = line_in(first), line_in(make.snapshot("Some words."))
    later = make.snapshot("Some words!", of=first.document)
    with refused("sentence_goes_on_in_its_document"):
        sql(INSERT, [later.pk, "body", None, other.pk])  # a line of another document
    again = make.snapshot("Some words?", of=first.document)
    with refused("sentence_goes_on_in_its_document"):
        sql(INSERT.replace("0, 4", "5, 9"), [first.pk, "body", line.pk, line.pk])  # of the same copy
    sql(INSERT, [later.pk, "body", line.pk, line.pk])
    stray = line_in(again)
    with refused("sentence_goes_on_in_its_document"):
        sql(INSERT.replace("0, 4", "5, 9"), [later.pk, "body", stray.pk, line.pk])  # a line that is not of that thread


def test_the_same_words_are_always_of_a_thread(sql):
    line = line_in(make.snapshot("Some words."))
    later = make.snapshot("Some words!", of=line.snapshot.document)
    with refused("sentence_line_has_a_thread"):
        sql(INSERT, [later.pk, "body", line.pk, None])


@pytest.mark.parametrize("waits", [{"whom": "Ann"}, {"until": timezone.now()}])
def test_only_a_question_waits(waits):
    told = {"claim": make.claim(), "body": "x", "by": make.user()}
    Annotation.objects.create(kind="question", **told, **waits)
    for kind in ("comment", "correction", "to_do"):
        with refused("annotation_only_questions_wait"):
            Annotation.objects.create(kind=kind, **told, **waits)


def test_a_document_leaves_a_folder_with_a_reason():
    piece = Piece.objects.create(document=make.document(kind="desk_copy"))
    held = FolderDocument.objects.create(piece=piece, document=make.document(), by=make.user())
    with refused("folderdocument_withdrawn_with_reason"):
        FolderDocument.objects.filter(pk=held.pk).update(withdrawn_at=timezone.now())


# --- taken back ---


def test_a_finding_is_taken_back_by_its_author_while_nobody_has_decided():
    ann, ed = make.user("checker"), make.user("editor")
    claim = make.claim(state="in_check")
    found = workflow.tick(claim_id=claim.pk, revision=claim.revision, by=ann)
    with pytest.raises(NotAllowed):
        workflow.take_back(assessment_id=found.pk, by=ed)
    taken = workflow.take_back(assessment_id=found.pk, by=ann)
    moved = taken.transitions.latest()
    assert (taken.state, moved.action, moved.by, moved.reason) == (
        "in_check", "send_back", ann, "Taken back by its author.",
    )  # fmt: skip
    with refused("signoff_on_present_revision", "signoff_in_review"):
        make.sign_off(found, by=ed)  # what was taken back is not signed any more
    with pytest.raises(DomainError):
        workflow.take_back(assessment_id=found.pk, by=ann)
    again = workflow.tick(claim_id=claim.pk, revision=claim.revision, by=ann)
    workflow.sign_off(assessment_id=again.pk, revision=claim.revision, by=ed)
    with pytest.raises(DomainError):
        workflow.take_back(assessment_id=again.pk, by=ann)
    assert Claim.objects.get(pk=claim.pk).state == "signed_off"


@pytest.mark.parametrize("worked_on", ["by another's finding", "by being another's", "not by its maker"])
def test_a_claim_is_taken_back_by_whoever_made_it_alone(worked_on):
    ann, bob = make.user("checker"), make.user("checker")
    claim = make.claim(created_by=ann)
    assert workflow.withdraw_claim(claim_id=claim.pk, by=ann).closed_because == "dropped"
    claim = make.claim(created_by=ann, **({"assignee": bob} if worked_on == "by being another's" else {}))
    if worked_on == "by another's finding":
        make.assessment(claim, author=bob)
    with pytest.raises(NotAllowed):
        workflow.withdraw_claim(claim_id=claim.pk, by=bob if worked_on == "not by its maker" else ann)
    claim.refresh_from_db()
    assert claim.state == "new"


def test_a_change_is_taken_back_by_whoever_asked_for_it_while_it_is_undecided():
    ann, bob = make.user("checker"), make.user("checker")
    piece = Piece.objects.create(document=make.document(kind="desk_copy"))
    passage = make.passage(make.snapshot("Some words.", of=piece.document))
    asked = {"piece": piece, "passage": passage, "reason": "x", "proposed_by": ann}
    change = CopyChange.objects.create(force="must", **asked)
    with pytest.raises(NotAllowed):
        copydesk.take_back(change_id=change.pk, by=bob)
    assert copydesk.take_back(change_id=change.pk, by=ann).decision == "rejected"
    with pytest.raises(NotAllowed):
        copydesk.take_back(change_id=change.pk, by=ann)
