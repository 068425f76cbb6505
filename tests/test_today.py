"""Today: one's pieces with their clocks, and the lists of one's role, each row where it belongs and nowhere else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from claims import editing, inprint, queue, savedfilters, today, wording, workflow
from claims.models import Annotation, Claim, CopyChange, Piece, Transition
from factdesk.people.models import User
from sources.models import Sentence
from tests import make
from tests.test_acts import signed_in

pytestmark = pytest.mark.django_db

PAGE = "/desk/"
ROLES = ["reader", "reporter", "checker", "editor", "chief", "legal"]
# Written out again on purpose: the lists of each role, in the order of its page.
LISTS = {
    "reader": "mentions replies fell",
    "reporter": "changes parked mentions replies fell",
    "checker": "waiting changes parked mentions fell replies accusations",
    "editor": "waiting to-sign changes parked mentions fell replies accusations",
    "chief": "to-sign accusations replies waiting changes parked mentions fell",
    "legal": "accusations replies held parked mentions fell",
}


def hours(number: float) -> Any:
    return timezone.now() + timedelta(hours=number, seconds=30)


def lists(person: User) -> dict[str, list[str]]:
    """Name -> the words of its rows."""
    return {one.name: [row.words for row in one.rows] for one in today.sections(person)}


def facts(person: User, name: str) -> list[str]:
    [found] = [one for one in today.sections(person) if one.name == name]
    return [" · ".join(row.facts) for row in found.rows]


def copy(lines: int = 3, **people: Any) -> Piece:
    """A piece with a saved copy of so many lines."""
    saved = make.snapshot("It rained all day. " * lines, of=make.document("Our story", kind="desk_copy"))
    for number in range(lines):
        Sentence.objects.create(snapshot=saved, start=number * 19, end=number * 19 + 18)
    return Piece.objects.create(document=saved.document, **people)


def on_line(of: Piece, number: int, statement: str = "", **facts: Any) -> Claim:
    claim = make.claim(statement, **facts)
    saved = of.document.snapshots.get()
    marked = make.passage(saved, number * 19, number * 19 + 18)
    make.attribution(claim, document=of.document, passage=marked)
    claim.refresh_from_db()
    return claim


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_its_lists_and_an_empty_one_says_what_to_do(role):
    person = make.user(role, username="ann")
    assert list(lists(person)) == LISTS[role].split()
    page = signed_in(person).get(PAGE)
    shown = page.content.decode()
    for section in page.context["sections"]:
        assert section.rows == []
        assert re.search(r"\w{3}.*\.$", section.empty)
        assert f"<dt>{section.title}</dt>" in shown
    assert ("say “To print” there" in shown) == (role in ("editor", "chief"))
    assert "Our own copy" in shown


def test_the_front_door_and_the_wordmark_lead_to_it():
    assert Client().get("/")["Location"] == PAGE
    page = signed_in(make.user("reader")).get(PAGE).content.decode()
    assert f'<a class="wordmark" href="{PAGE}">' in page
    assert Client().get(PAGE)["Location"].startswith("/admin/login/?next=/desk/")
    assert signed_in(make.user("reader")).post(PAGE).status_code == 405


# --- pieces ---


def test_my_pieces_stand_with_their_clock_and_the_figures_of_their_copy():
    checker, chief = make.user("checker"), make.user("chief")
    late = copy(checker=checker, page_closes_at=hours(-0.5))
    soon = copy(4, checker=checker, author=checker, text_closes_at=hours(2.2), page_closes_at=hours(4))
    copy(page_closes_at=hours(1))  # another's
    copy(checker=checker, page_closes_at=hours(1), closed_at=timezone.now())
    ticked, asked = on_line(soon, 0, state="new"), on_line(soon, 1, priority="must")
    workflow.tick(claim_id=ticked.pk, revision=ticked.revision, by=checker)
    question = {"kind": "question", "body": "When?", "whom": "Ada"}
    editing.add(part="annotation", claim_id=asked.pk, by=checker, columns=question)
    accused = make.accusation(asked)
    make.reply_request(accused, hours=3)
    first, second = inprint.pieces(checker)
    assert (first.piece, second.piece) == (late, soon)
    assert (first.clock, first.is_late) == ("page overdue, 29 min", True)
    assert (second.clock, second.roles) == ("text closes in 2 h 12", ["author", "checker"])
    copy_of = second.copy
    assert copy_of is not None
    assert (copy_of.left, len(copy_of.lines), len(copy_of.open_musts), copy_of.replies_due) == (3, 4, 1, 1)
    assert [(mark.value, number) for mark, number, share in second.marks] == [
        ("tick", 1), ("query", 1), ("change", 0), ("blank", 2), ("dropped", 0),
    ]  # fmt: skip
    assert second.address == f"/desk/copy/{soon.document_id}/"
    assert len(inprint.pieces(chief)) == 3
    page = signed_in(checker).get(PAGE).content.decode()
    assert "text closes in 2 h 12" in page
    assert "mark-blank" not in page  # the drawing is the chief's
    drawn = signed_in(chief).get(PAGE).content.decode()
    assert 'aria-label="1 stands, 1 waits for an answer, 2 blank"' in drawn
    assert 'class="mark-blank" x="50.00" y="0.5" width="50.00"' in drawn


def test_the_figures_are_those_of_the_annotated_copy_however_many_pieces_there_are(django_assert_num_queries):
    chief = make.user("chief")
    pieces = [copy(n) for n in (2, 3, 4)]
    for number, piece in enumerate(pieces):
        on_line(piece, number)
        page = signed_in(chief).get(f"/desk/copy/{piece.document_id}/")
        row = next(one for one in inprint.pieces(chief) if one.piece == piece)
        assert row.copy is not None
        assert page.context["head"]["left"] == row.copy.left
    with django_assert_num_queries(11):
        inprint.pieces(chief)


def test_a_piece_without_a_saved_copy_says_so_and_leads_to_its_page():
    author = make.user("reporter")
    bare = Piece.objects.create(document=make.document("Bare", kind="desk_copy"), author=author)
    [row] = inprint.pieces(author)
    assert (row.address, row.clock) == (f"/admin/sources/document/{bare.document_id}/change/", "no time set")
    assert row.marks == []
    assert "no saved copy yet" in signed_in(author).get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(45, "in 0 min"), (150, "in 2 min"), (7801, "in 2 h 10"), (86401 * 1.5, "in 36 h 00"), (86401 * 3, "in 3 days"),
     (-1200, "20 min over"), (-86401 * 4, "4 days over")],
)  # fmt: skip
def test_a_clock_says_how_far_off_it_is(seconds, said):
    assert wording.clock(timezone.now() + timedelta(seconds=seconds + (0.5 if seconds > 0 else -0.5))) == said


# --- what waits ---


def test_what_is_with_me_stands_there_must_first_with_why_it_came_back():
    checker, editor = make.user("checker"), make.user("editor")
    back = make.claim("It came back.")
    found = workflow.tick(claim_id=back.pk, revision=1, by=checker)
    workflow.send_back(assessment_id=found.pk, revision=1, by=editor, note="Which day?")
    must, theirs = make.claim("A must.", priority="must"), make.claim("Another's.")
    workflow.assign(claim_id=must.pk, to=checker, by=editor)
    workflow.assign(claim_id=theirs.pk, to=editor, by=editor)
    assert lists(checker)["waiting"] == ["A must.", "It came back."]
    assert facts(checker, "waiting") == ["new · must", "sent back: Which day? · should"]
    workflow.tick(claim_id=must.pk, revision=1, by=checker)
    assert lists(checker)["waiting"] == ["It came back."]


def test_a_mention_stands_there_until_its_page_was_opened():
    checker, editor = make.user("checker", username="ida"), make.user("editor", username="tom")
    claim = make.claim("They said so.")
    remark = {"kind": "comment", "body": "@ida which day?"}
    editing.add(part="annotation", claim_id=claim.pk, by=editor, columns=remark)
    assert lists(checker)["mentions"] == ["They said so."]
    assert facts(checker, "mentions")[0].startswith("tom")
    signed_in(checker).get(f"/admin/claims/claim/{claim.pk}/change/")
    assert lists(checker)["mentions"] == []


def test_questions_that_wait_are_mine_or_on_what_is_mine_and_overdue_ones_come_first():
    checker, other, lawyer = make.user("checker"), make.user("checker"), make.user("legal")
    piece = copy(checker=checker)

    def ask(claim: Claim, by: User, until: Any = None, **facts: Any) -> Annotation:
        return Annotation.objects.create(claim=claim, kind="question", body="When?", by=by, until=until, **facts)

    ask(make.claim("Mine, later."), checker, hours(2), whom="Ada Quill")
    ask(make.claim("Mine, overdue."), checker, hours(-1), whom="Ada Quill")
    ask(make.claim("With me.", assignee=checker), other)
    ask(on_line(piece, 0, "In my piece."), other, hours(5))
    ask(make.claim("Another's."), other, hours(1))
    ask(make.claim("For the lawyer."), other, hours(1), asked_of="lawyer")
    done = ask(make.claim("Resolved."), checker, hours(1))
    Annotation.objects.filter(pk=done.pk).update(resolved_at=timezone.now(), resolved_by=checker)
    assert lists(checker)["parked"] == ["Mine, overdue.", "Mine, later.", "In my piece.", "With me."]
    assert facts(checker, "parked")[:2] == ["Ada Quill: When? · 59 min over", "Ada Quill: When? · in 2 h 00"]
    assert lists(lawyer)["parked"] == ["For the lawyer."]
    [section] = [one for one in today.sections(checker) if one.name == "parked"]
    assert [row.is_late for row in section.rows] == [True, False, False, False]


def test_what_lost_its_initials_stands_there_with_what_was_changed_until_it_is_handed_on():
    checker, editor = make.user("checker"), make.user("editor")
    claim = make.claim("The gate was open.", state="signed_off")
    make.claim("Still signed.", state="signed_off")
    by_hand = make.claim("Reopened by hand.", state="signed_off")
    workflow.reopen(claim_id=by_hand.pk, by=editor, reason="A letter came.")
    editing.edit(claim_id=claim.pk, version=claim.version, by=editor, columns={"place": "Ulm"}, why="The log.")
    assert lists(checker)["fell"] == ["The gate was open."]
    assert "place changed" in facts(checker, "fell")[0]
    claim.refresh_from_db()
    workflow.tick(claim_id=claim.pk, revision=claim.revision, by=checker)
    assert lists(checker)["fell"] == []
    assert Transition.objects.filter(automatic=True).count() == 1


def test_replies_are_due_by_their_newest_deadline_and_ones_own_requests_come_first():
    checker, other = make.user("checker"), make.user("checker")

    def ask(statement: str, by: User, *deadlines: float, **facts: Any) -> Any:
        made = make.accusation(make.claim(statement, "allegation"), **facts)
        for deadline in deadlines:
            make.reply_request(made, hours=deadline, by=by)
        return made

    ask("Soon.", other, 1)
    ask("Mine.", checker, 5)
    ask("Overdue.", other, -2)
    ask("Asked again.", other, -20, 8)
    ask("Long ago.", other, -24 * 8)
    ask("Replied.", other, 1, outcome="replied", reply="No.", replied_at=timezone.now())
    ask("Not asked.", other)
    assert lists(checker)["replies"] == ["Mine.", "Overdue.", "Soon.", "Asked again."]
    assert "no answer, overdue 2 h 00" in facts(checker, "replies")[1]


def test_an_accusation_on_one_unnamed_source_is_told_what_is_to_be_printed_first():
    lawyer, piece = make.user("legal"), copy()

    def accuse(statement: str, identity: str = "unnamed", **where: Any) -> Claim:
        claim = make.claim(statement, "allegation")
        make.attribution(claim, make.source(identity=identity), **where)
        make.accusation(claim)
        return claim

    accuse("In our copy.", document=piece.document)
    accuse("Elsewhere.")
    taken = accuse("Taken.")
    workflow.take(claim_id=taken.pk, by=make.user("checker"))
    accuse("Named.", identity="named")
    plain = make.claim("Accuses nobody.", "event")
    make.attribution(plain, make.source(identity="unnamed"))
    [section] = [one for one in today.sections(lawyer) if one.name == "accusations"]
    assert [row.words for row in section.rows] == ["In our copy.", "Taken."]
    assert section.rest == (
        "1 that nobody has taken, in other material", "/desk/queue/?state=new&who=nobody&accuses=one-unnamed",
    )  # fmt: skip
    page = signed_in(lawyer).get(section.rest[1])
    assert [row["claim"].statement for row in page.context["rows"]] == ["In our copy.", "Elsewhere."]


def test_those_that_nobody_has_taken_are_counted_no_further_than_a_hundred(monkeypatch):
    monkeypatch.setattr(today, "MOST_COUNTED", 1)
    for number in range(3):
        claim = make.claim(f"Number {number}.", "allegation")
        make.attribution(claim, make.source(identity="unnamed"))
        make.accusation(claim)
    page = signed_in(make.user("chief")).get(PAGE)
    [section] = [one for one in page.context["sections"] if one.name == "accusations"]
    assert section.rows == []
    assert "more than 1 that nobody has taken, in other material</a>" in page.content.decode()


def test_a_row_leads_to_its_line_in_the_copy_while_it_is_checked():
    me = make.user("checker")
    piece = copy(checker=me)
    here, elsewhere = on_line(piece, 1, "In our copy.", assignee=me), make.claim("Elsewhere.", assignee=me)
    [waiting] = [one for one in today.sections(me) if one.name == "waiting"]
    assert {row.words: row.address for row in waiting.rows} == {
        "In our copy.": f"/desk/copy/{piece.document_id}/?claim={here.pk}",
        "Elsewhere.": f"/admin/claims/claim/{elsewhere.pk}/change/",
    }


def test_to_initial_is_what_another_found_and_i_have_not_decided_on():
    editor, checker = make.user("editor"), make.user("checker")
    plain, own = make.claim("Ticked."), make.claim("My own.")
    grave = make.claim("It accuses.", "allegation", priority="must")
    make.accusation(grave)
    grave.refresh_from_db()
    for claim, by in ((plain, checker), (own, editor)):
        workflow.tick(claim_id=claim.pk, revision=1, by=by)
    seen = {"claim_id": grave.pk, "revision": grave.revision}
    found = workflow.assess(**seen, by=checker, verdict="mixed", rationale="Half.", submit=True)
    assert lists(editor)["to-sign"] == ["It accuses.", "Ticked."]
    workflow.sign_off(assessment_id=found.pk, revision=grave.revision, by=editor)
    assert lists(editor)["to-sign"] == ["Ticked."]
    assert lists(make.user("chief"))["to-sign"] == ["It accuses.", "Ticked.", "My own."]


def test_an_author_sees_which_changes_of_their_copy_wait_for_a_decision():
    author, checker = make.user("reporter"), make.user("checker")
    piece = copy(author=author)
    words = make.passage(piece.document.snapshots.get(), 0, 18)
    for replacement, decided in (("Twelve engines", None), ("", None), ("Eleven", "accepted")):
        CopyChange.objects.create(
            piece=piece, passage=words, replacement=replacement, reason="The log.", force="must", proposed_by=checker,
            decision=decided, decided_by=author if decided else None,
        )  # fmt: skip
    assert lists(author)["changes"] == ["Twelve engines", "cut"]
    assert lists(checker)["changes"] == []


def test_a_filter_that_one_keeps_for_today_comes_first():
    checker = make.user("checker")
    make.claim("A must.", priority="must"), make.claim("A should.")
    savedfilters.keep(by=checker, name="Musts", query="priority=must", on_today=True)
    [first, *_] = today.sections(checker)
    assert (first.title, [row.words for row in first.rows], first.more) == (
        "Musts", ["A must."], "/desk/queue/?priority=must",
    )  # fmt: skip


def test_restricted_material_is_veiled_here_too():
    restricted = make.document("The secret memo", kind="desk_copy", restricted=True)
    checker, editor = make.user("checker"), make.user("editor")
    Piece.objects.create(document=restricted, checker=checker, editor=editor)
    assert "The secret memo" not in signed_in(checker).get(PAGE).content.decode()
    assert "The secret memo" in signed_in(editor).get(PAGE).content.decode()


def fill(person: User, times: int) -> None:
    """So many rows for each list of a checker."""
    for _ in range(times):
        piece = copy(checker=person, author=person, page_closes_at=hours(2))
        claim = on_line(piece, 0, assignee=person)
        make.accusation(claim)
        accuses = make.claim(kind="allegation")
        make.attribution(accuses, make.source(identity="unnamed"), document=piece.document)
        make.reply_request(make.accusation(accuses), by=make.user("checker"))
        Annotation.objects.create(
            claim=claim, kind="question", body=f"When, @{person.username}?", by=make.user("editor")
        )
        signed = make.claim(state="signed_off")
        Claim.objects.filter(pk=signed.pk).update(place="Ulm")
        words = make.passage(piece.document.snapshots.get(), 0, 18)
        CopyChange.objects.create(
            piece=piece, passage=words, reason="No.", force="must", proposed_by=make.user("checker")
        )
        make.claim(state="in_review")


@pytest.mark.parametrize(("role", "queries"), [("checker", 27), ("editor", 28), ("chief", 28), ("legal", 25)])
@pytest.mark.parametrize("times", [1, 3])
def test_the_number_of_queries_is_fixed(role, queries, times, django_assert_num_queries):
    person = make.user(role)
    browser = signed_in(person)
    browser.get(PAGE)
    fill(person, times)
    with django_assert_num_queries(queries):
        page = browser.get(PAGE)
    full = {one.name for one in page.context["sections"] if one.rows}
    assert full >= set(LISTS[role].split()) - {"held", "changes", "parked"}


def test_however_much_there_is_a_list_is_cut_and_says_where_the_rest_is():
    checker = make.user("checker")
    for number in range(today.MOST + 1):
        make.claim(f"Number {number}.", assignee=checker)
    page = signed_in(checker).get(PAGE)
    [section] = [one for one in page.context["sections"] if one.name == "waiting"]
    assert len(section.rows) == today.MOST
    assert section.is_more
    assert f'<a href="{section.more}">all of them</a>' in page.content.decode()
    assert queue.read({"who": "me"}).query in section.more
