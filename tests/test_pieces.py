"""Our own copy to print: its people, its sign-off in one act, changes of copy, the closing page (rule 14)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from claims import tasks
from claims.copydesk import decide_change, propose_change
from claims.folders import paste_into_folder
from claims.models import Claim, CopyChange, FolderDocument, Notice, Piece, SignOff, Usage
from claims.pieces import (
    NotSigned,
    close_page,
    edit_piece,
    open_piece,
    put_in_folder,
    sign_off_piece,
    signable,
    take_from_folder,
    undecided,
)
from claims.usages import NotOpen, decide_open, record_usage, settle
from claims.workflow import assess, clear, reopen, sign_off, submit, tick
from factdesk.change import Refused
from factdesk.errors import BadInput, DomainError, NoSuchRecord, NotAllowed, ReasonNeeded, StaleVersion
from sources.models import Document
from tests import attacks, make

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def worker_keeps_the_connection(monkeypatch):
    """A job lets go of its connection when it is done: here that would be the test's own transaction."""
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)


def piece(**facts) -> Piece:
    return Piece.objects.create(document=make.document("Our story", kind="desk_copy"), **facts)


def standing(of: Piece, kind: str = "event", state: str = "new", **facts) -> Claim:
    """A claim that stands in the piece."""
    claim = make.claim(kind=kind, **facts)
    make.attribution(claim, document=of.document)
    claim.refresh_from_db()
    if state in ("in_review", "signed_off"):
        checker = make.user("checker")
        found = assess(
            claim_id=claim.pk, revision=claim.revision, by=checker, verdict="disputed", rationale="So.", submit=True
        )
        if state == "signed_off":
            for _ in range(found.approvals_needed):
                sign_off(assessment_id=found.pk, revision=claim.revision, by=make.user("editor"))
    claim.refresh_from_db()
    return claim


def read(*claims: Claim) -> dict[int, int]:
    """The newest finding on each of these claims, with the revision: what a second reader has seen."""
    return {claim.assessments.latest("pk").pk: claim.revision for claim in claims}


# --- people and closing times ---


def test_only_our_own_copy_goes_to_print_and_an_editor_says_who_works_on_it():
    editor = make.user("editor")
    with pytest.raises(DomainError, match="Only our own copy"):
        open_piece(document_id=make.document().pk, by=editor, columns={})
    with pytest.raises(NotAllowed):
        open_piece(document_id=make.document(kind="desk_copy").pk, by=make.user("checker"), columns={})
    made = open_piece(document_id=make.document(kind="desk_copy").pk, by=editor, columns={"editor_id": editor.pk})
    with pytest.raises(BadInput):
        edit_piece(piece_id=made.pk, version=1, by=editor, columns={"closed_at": timezone.now()})
    changed = edit_piece(piece_id=made.pk, version=1, by=editor, columns={"author_id": editor.pk})
    assert (changed.version, changed.author) == (2, editor)
    with pytest.raises(StaleVersion):
        edit_piece(piece_id=made.pk, version=1, by=editor, columns={"author_id": None})


# --- one act ---


def test_a_second_reader_signs_the_whole_piece_in_one_act():
    ours, editor = piece(), make.user("editor")
    claims = [standing(ours, state="in_review") for _ in range(3)]
    waiting = standing(ours)
    found = signable(ours, editor)
    assert [claim for claim, _ in found] == claims
    made = sign_off_piece(piece_id=ours.pk, seen=read(*claims), by=editor, note="Read.")
    assert len(made) == 3
    assert {claim.state for claim in Claim.objects.filter(pk__in=[c.pk for c in claims])} == {"signed_off"}
    waiting.refresh_from_db()
    assert waiting.state == "new"
    assert signable(ours, editor) == []


def test_what_stands_against_it_is_named_and_then_nothing_is_signed():
    ours, editor = piece(), make.user("editor")
    good, moved = standing(ours, state="in_review"), standing(ours, state="in_review")
    grave = standing(ours, kind="allegation", state="in_review")
    held = standing(ours, state="in_review")
    attacks.clear(held, "legal_hold", role="legal")
    own = standing(ours)
    assess(claim_id=own.pk, revision=own.revision, by=editor, verdict="disputed", rationale="So.", submit=True)
    elsewhere = make.claim(state="in_review")
    seen = read(good, moved, grave, held, own, elsewhere) | {10**9: 1}
    Claim.objects.filter(pk=moved.pk).update(statement="Something else.")
    with pytest.raises(NotSigned) as told:
        sign_off_piece(piece_id=ours.pk, seen=seen, by=editor)
    assert {one["claim"]: one["code"] for one in told.value.facts["claims"]} == {
        moved.pk: "stale_decision",
        grave.pk: "signed_alone",
        held.pk: "signed_alone",
        own.pk: "signoff_by_another_person",
        elsewhere.pk: "no_such_record",
        None: "no_such_record",
    }
    assert not SignOff.objects.exists()
    assert [claim for claim, _ in signable(ours, editor)] == [good]  # the moved one has no finding that still holds


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "legal"])
def test_signing_a_piece_is_an_editors(role):
    ours = piece()
    claim = standing(ours, state="in_review")
    with pytest.raises(NotAllowed):
        sign_off_piece(piece_id=ours.pk, seen=read(claim), by=make.user(role))


def test_a_finding_that_came_after_the_one_that_was_read_is_not_signed_unseen():
    ours, editor = piece(), make.user("editor")
    claim, other = standing(ours, state="in_review"), standing(ours, state="in_review")
    seen = read(claim, other)
    newer = make.assessment(claim, verdict="inaccurate")  # on the same revision, which does not rise
    with pytest.raises(NotSigned) as told:
        sign_off_piece(piece_id=ours.pk, seen=seen, by=editor)
    [against] = told.value.facts["claims"]
    assert (against["claim"], against["code"]) == (claim.pk, "signoff_on_present_revision")
    both = seen | {newer.pk: claim.revision}
    with pytest.raises(NotSigned):
        sign_off_piece(piece_id=ours.pk, seen=both, by=editor)
    assert not SignOff.objects.exists()
    sign_off_piece(piece_id=ours.pk, seen=read(claim, other), by=editor)
    claim.refresh_from_db()
    assert claim.verdict == "inaccurate"


def test_nothing_is_not_signed():
    with pytest.raises(NotSigned):
        sign_off_piece(piece_id=piece().pk, seen={}, by=make.user("editor"))


# --- changes of copy ---


def asked(of: Piece, force: str = "must") -> CopyChange:
    marked = make.passage(make.snapshot("Twelve engines came.", of=of.document), 0, 6)
    return propose_change(
        piece_id=of.pk, passage_id=marked.pk, replacement="Eleven", reason="The log.", force=force,
        by=make.user("checker"),
    )  # fmt: skip


def test_a_change_is_of_words_of_this_piece_and_says_why():
    ours, checker = piece(), make.user("checker")
    other = make.passage()
    with pytest.raises(NoSuchRecord):
        propose_change(piece_id=ours.pk, passage_id=other.pk, replacement="", reason="No.", force="must", by=checker)
    with pytest.raises(ReasonNeeded):
        propose_change(piece_id=ours.pk, passage_id=other.pk, replacement="", reason=" ", force="must", by=checker)
    with pytest.raises(NotAllowed):
        propose_change(
            piece_id=ours.pk, passage_id=other.pk, replacement="", reason="No.", force="must", by=make.user("reporter")
        )


def test_a_change_to_the_very_same_words_is_none():
    ours = piece()
    marked = make.passage(make.snapshot("Twelve engines came.", of=ours.document), 0, 6)
    with pytest.raises(BadInput) as told:
        propose_change(
            piece_id=ours.pk, passage_id=marked.pk, replacement="Twelve", reason="So.", force="must",
            by=make.user("checker"),
        )  # fmt: skip
    assert [(one["path"], one["code"]) for one in told.value.problems] == [("replacement", "changes_nothing")]
    assert not CopyChange.objects.exists()


# Written out again on purpose: (who, force, decision) -> may.
DECIDES = {
    ("author", "must", "accepted"): True,
    ("author", "must", "reworded"): True,
    ("author", "must", "rejected"): False,
    ("author", "should", "rejected"): True,
    ("author", "could", "rejected"): True,
    ("editor", "must", "rejected"): True,
    ("chief", "must", "rejected"): True,
    ("editor", "should", "accepted"): True,
    ("checker", "should", "accepted"): False,
    ("reporter", "could", "rejected"): False,
    ("legal", "should", "accepted"): False,
    ("reader", "should", "accepted"): False,
}


@pytest.mark.parametrize(("who", "force", "decision"), DECIDES)
def test_who_decides_on_a_change(who, force, decision):
    author = make.user("reporter")
    change = asked(piece(author=author), force)
    person = author if who == "author" else make.user(who)
    try:
        row = decide_change(change_id=change.pk, version=1, decision=decision, by=person, reason="Twelve it was.")
        done = (row.decision, row.decided_by) == (decision, person)
    except NotAllowed:
        done = False
    assert done == DECIDES[who, force, decision]


def test_a_must_is_not_rejected_without_a_reason_nor_by_others_in_sql(sql):
    change, checker = asked(piece()), make.user("checker")
    with pytest.raises(Refused) as told:
        decide_change(change_id=change.pk, version=1, decision="rejected", by=make.user("editor"))
    assert told.value.code == "copychange_must_is_rejected_with_a_reason"
    with attacks.refused("copychange_must_is_rejected_by_an_editor"):
        CopyChange.objects.filter(pk=change.pk).update(
            decision="rejected", decided_by=checker, decision_reason="I say so."
        )
    with pytest.raises(ReasonNeeded):
        decide_change(change_id=change.pk, version=1, decision="reworded", by=make.user("editor"))
    with pytest.raises(BadInput):
        decide_change(change_id=change.pk, version=1, decision="maybe", by=make.user("editor"))


# --- the page closes ---


def test_a_page_does_not_close_on_an_open_must_in_silence():
    ours, editor, chief = piece(), make.user("editor"), make.user("chief")
    must, other = standing(ours, priority="must"), standing(ours)
    done = standing(ours, state="signed_off", priority="must")
    assert list(undecided(ours)) == [must]
    with pytest.raises(Refused) as told:
        close_page(piece_id=ours.pk, version=1, by=editor)
    assert told.value.code == "piece_closes_with_every_must_decided"
    with attacks.refused("piece_closes_with_every_must_decided"):
        Piece.objects.filter(pk=ours.pk).update(closed_at=timezone.now())
    with pytest.raises(NotAllowed):
        decide_open(
            claim_id=must.pk, piece_id=ours.pk, revision=must.revision, by=editor, decision="printed_unchecked",
            because="Deadline.",
        )  # fmt: skip
    decide_open(
        claim_id=must.pk, piece_id=ours.pk, revision=must.revision, by=chief, decision="printed_unchecked",
        because="Deadline.",
    )  # fmt: skip
    closed = close_page(piece_id=ours.pk, version=1, by=editor)
    assert closed.closed_at
    ran = {usage.claim_id: usage.went_out_open for usage in Usage.objects.filter(document=ours.document)}
    assert ran == {must.pk: "printed_unchecked", other.pk: None, done.pk: None}


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "legal"])
def test_how_an_open_must_goes_out_is_not_for(role, sql):
    ours, person = piece(), make.user(role)
    must = standing(ours, priority="must")
    for decision in ("cut", "softened", "printed_unchecked"):
        with pytest.raises(NotAllowed):
            decide_open(
                claim_id=must.pk, piece_id=ours.pk, revision=1, by=person, decision=decision, because="Deadline."
            )
        with attacks.refused("usage_open_decided_by_right"):
            Usage.objects.create(
                claim=must, revision=1, document=ours.document, went_out_open=decision, open_because="Deadline.",
                open_decided_by=person,
            )  # fmt: skip
    with attacks.refused("usage_open_decided_by_right"):
        Usage.objects.create(
            claim=must, revision=1, document=ours.document, went_out_open="printed_unchecked", open_because="x",
            open_decided_by=make.user("editor"),
        )  # fmt: skip


def test_an_open_must_is_never_recorded_as_gone_out_without_a_decision():
    ours = piece()
    must = standing(ours, priority="must")
    with attacks.refused("usage_of_an_open_must_is_decided"):
        Usage.objects.create(claim=must, revision=1, document=ours.document)
    beside = Usage.objects.create(claim=must, revision=1, url="https://example.org/")
    with attacks.refused("usage_of_an_open_must_is_decided"):
        Usage.objects.filter(pk=beside.pk).update(document=ours.document)
    chief = make.user("chief")
    decided = decide_open(
        claim_id=must.pk, piece_id=ours.pk, revision=must.revision, by=chief, decision="cut", because="Not ready."
    )
    with attacks.refused("usage_of_an_open_must_is_decided"):
        Usage.objects.filter(pk=decided.pk).update(went_out_open=None, open_decided_by=None)
    decide_open(
        claim_id=must.pk, piece_id=ours.pk, revision=must.revision, by=chief, decision="printed_unchecked",
        because="Deadline.",
    )  # fmt: skip
    for spoilt in ({"went_out_open": "cut"}, {"open_because": "Nothing."}, {"open_decided_by": make.user("chief")},
                   {"withdrawn_at": timezone.now(), "withdrawn_because": "Gone."}):  # fmt: skip
        with attacks.refused("usage_decision_stays"):
            Usage.objects.filter(pk=decided.pk).update(**spoilt)
    with attacks.refused("usage_decision_stays", "usage_of_an_open_must_is_decided"):
        Usage.objects.filter(pk=decided.pk).update(went_out_open=None, open_decided_by=None)


def test_once_the_page_has_closed_its_decisions_stay():
    ours, editor = piece(), make.user("editor")
    must = standing(ours, priority="must")
    cut = decide_open(
        claim_id=must.pk, piece_id=ours.pk, revision=must.revision, by=editor, decision="cut", because="Not ready."
    )
    close_page(piece_id=ours.pk, version=1, by=editor)
    with attacks.refused("usage_decision_stays"):
        Usage.objects.filter(pk=cut.pk).update(went_out_open="softened")
    with attacks.refused("piece_stays_closed"):
        Piece.objects.filter(pk=ours.pk).update(closed_at=None)
    with attacks.refused("piece_stays_closed"):
        Piece.objects.filter(pk=ours.pk).update(page_closes_at=timezone.now())


def test_only_an_open_must_is_decided_on():
    ours, editor = piece(), make.user("editor")
    for claim in (standing(ours), standing(ours, state="signed_off", priority="must")):
        with pytest.raises(NotOpen):
            decide_open(
                claim_id=claim.pk, piece_id=ours.pk, revision=claim.revision, by=editor, decision="cut", because="No."
            )
    with pytest.raises(NoSuchRecord):
        decide_open(
            claim_id=make.claim(priority="must").pk, piece_id=ours.pk, revision=1, by=editor, decision="cut",
            because="No.",
        )  # fmt: skip


def test_a_page_closes_by_itself_when_its_time_has_come_and_tells_of_it_where_it_cannot():
    author, chief = make.user("reporter"), make.user("chief")
    past = timezone.now() - timedelta(minutes=1)
    ready, waiting = piece(page_closes_at=past), piece(page_closes_at=past, author=author)
    later = piece(page_closes_at=timezone.now() + timedelta(minutes=30), author=author)
    done, must = standing(ready, state="signed_off", priority="must"), standing(waiting, priority="must")
    standing(later, priority="must")
    assert tasks.pass_the_time(0) == 3
    for one in (ready, waiting, later):
        one.refresh_from_db()
    assert ready.closed_at
    assert not waiting.closed_at
    assert Usage.objects.get().claim == done
    told = set(Notice.objects.filter(about="page_closes").values_list("person", "piece"))
    assert told == {(author.pk, waiting.pk), (chief.pk, waiting.pk), (author.pk, later.pk)}
    assert tasks.pass_the_time(0) == 0  # of each once
    decide_open(
        claim_id=must.pk, piece_id=waiting.pk, revision=must.revision, by=chief, decision="softened", because="Now so."
    )
    tasks.pass_the_time(0)
    waiting.refresh_from_db()
    assert waiting.closed_at


def test_a_must_that_comes_into_a_page_that_has_just_closed_is_told_once_to_its_people_and_every_chief():
    author, chief = make.user("reporter"), make.user("chief")
    ours = piece(author=author)
    close_page(piece_id=ours.pk, version=1, by=chief)
    assert tasks.pass_the_time(0) == 0
    came, other = standing(ours, priority="must"), standing(ours, priority="should")
    assert tasks.pass_the_time(0) == 2
    told = set(Notice.objects.values_list("person", "about", "claim", "piece"))
    assert told == {(who.pk, "page_closes", came.pk, ours.pk) for who in (author, chief)}
    assert tasks.pass_the_time(0) == 0
    decide_open(
        claim_id=came.pk,
        piece_id=ours.pk,
        revision=came.revision,
        by=chief,
        decision="printed_unchecked",
        because="Ran.",
    )
    later = standing(ours, priority="must")
    assert tasks.pass_the_time(0) == 2
    assert set(Notice.objects.filter(claim=later).values_list("person", flat=True)) == {author.pk, chief.pk}
    assert other not in undecided(ours)


def test_of_a_page_that_closed_long_ago_nothing_is_told_any_more():
    ours = Piece.objects.create(
        document=make.document(kind="desk_copy"), author=make.user("reporter"), closed_at=timezone.now() - timedelta(8)
    )
    standing(ours, priority="must")
    assert tasks.pass_the_time(0) == 0


# --- what it is owed ---


def test_where_it_ran_and_what_it_is_owed():
    checker, editor, claim = make.user("checker"), make.user("editor"), make.claim(state="signed_off")
    usage = record_usage(claim_id=claim.pk, revision=claim.revision, by=checker, columns={"url": "https://example.org"})
    assert usage.went_out_at
    with pytest.raises(Refused) as nowhere:
        record_usage(claim_id=claim.pk, revision=claim.revision, by=checker, columns={})
    assert nowhere.value.code == "usage_is_somewhere"
    claim.refresh_from_db()
    reopen(claim_id=claim.pk, by=editor, reason="A letter came.")
    found = assess(
        claim_id=claim.pk, revision=claim.revision, by=checker, verdict="inaccurate", rationale="The letter."
    )
    submit(claim_id=claim.pk, revision=claim.revision, by=checker)
    sign_off(assessment_id=found.pk, revision=claim.revision, by=editor)
    usage.refresh_from_db()
    assert usage.owed == "due"
    with pytest.raises(NotAllowed):
        settle(usage_id=usage.pk, version=usage.version, by=checker, owed="corrected", correction="It was eleven.")
    with pytest.raises(ReasonNeeded):
        settle(usage_id=usage.pk, version=usage.version, by=editor, owed="corrected", correction=" ")
    for wrong in ("due", "nonsense"):
        with pytest.raises(BadInput):
            settle(usage_id=usage.pk, version=usage.version, by=editor, owed=wrong, correction="x")
    settled = settle(usage_id=usage.pk, version=usage.version, by=editor, owed="corrected", correction="It was eleven.")
    assert (settled.owed, settled.correction) == ("corrected", "It was eleven.")
    with attacks.refused("usage_settled_with_words"):
        Usage.objects.filter(pk=usage.pk).update(correction="")


def test_a_tick_and_a_clearance_do_not_hide_a_must():
    ours, editor = piece(), make.user("editor")
    must = standing(ours, priority="must")
    found = tick(claim_id=must.pk, revision=must.revision, by=make.user("checker"))
    assert list(undecided(ours)) == [must]
    sign_off(assessment_id=found.pk, revision=must.revision, by=editor)
    clear(claim_id=must.pk, revision=must.revision, by=editor, value="clear")
    assert list(undecided(ours)) == []


# --- the author's folder ---


def test_an_author_puts_material_in_the_folder_and_takes_it_out_again_with_a_reason():
    ours, author, checker = piece(), make.user("reporter"), make.user("checker")
    notes, letter = make.document("Notes", kind="memo"), make.document("A letter", kind="email")
    first = put_in_folder(piece_id=ours.pk, document_id=notes.pk, by=author)
    second = put_in_folder(piece_id=ours.pk, document_id=letter.pk, by=checker)
    with pytest.raises(Refused) as told:
        put_in_folder(piece_id=ours.pk, document_id=notes.pk, by=checker)
    assert told.value.code == "folderdocument_once"
    with pytest.raises(NotAllowed):  # another's is taken out by whoever edits the record
        take_from_folder(entry_id=second.pk, version=1, by=author, because="Not mine.")
    with pytest.raises(ReasonNeeded):
        take_from_folder(entry_id=first.pk, version=1, by=author, because=" ")
    take_from_folder(entry_id=first.pk, version=1, by=author, because="Of another story.")
    take_from_folder(entry_id=second.pk, version=1, by=checker, because="Of another story.")
    with pytest.raises(NoSuchRecord):
        take_from_folder(entry_id=first.pk, version=2, by=author, because="Again.")
    put_in_folder(piece_id=ours.pk, document_id=notes.pk, by=author)
    assert ours.folder.filter(withdrawn_at__isnull=True).count() == 1
    assert Document.objects.filter(pk__in=[notes.pk, letter.pk]).count() == 2


def test_what_one_may_not_see_is_not_put_in_a_folder_nor_the_piece_in_its_own():
    ours, author = piece(), make.user("reporter")
    for number in (make.document(restricted=True).pk, 10**12):
        with pytest.raises(NoSuchRecord):
            put_in_folder(piece_id=ours.pk, document_id=number, by=author)
    with pytest.raises(DomainError, match="not in its folder"):
        put_in_folder(piece_id=ours.pk, document_id=ours.document_id, by=author)
    for role in ("reader", "legal"):
        with pytest.raises(NotAllowed):
            put_in_folder(piece_id=ours.pk, document_id=make.document().pk, by=make.user(role))
    hidden = FolderDocument.objects.create(piece=ours, document=make.document(restricted=True), by=make.user("editor"))
    with pytest.raises(NoSuchRecord):
        take_from_folder(entry_id=hidden.pk, version=1, by=author, because="Unseen.")


def test_what_is_pasted_into_a_folder_is_there_whole_or_not_at_all():
    ours, author = piece(), make.user("reporter")
    columns = {"kind": "memo", "title": "Call with Ada"}
    entry = paste_into_folder(piece_id=ours.pk, by=author, columns=columns, text="She counted twelve.")
    assert entry.document.snapshots.get().text == "She counted twelve."
    before = Document.objects.count()
    with pytest.raises(NoSuchRecord):
        paste_into_folder(piece_id=10**12, by=author, columns=columns, text="Nowhere.")
    assert Document.objects.count() == before
