"""The changes list: in the order of the text, decided by author or editor, held against the newest copy."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims import lines
from claims.desk import changes
from claims.models import CopyChange
from factdesk.people.models import Draft
from tests import lined, make

pytestmark = pytest.mark.django_db


def desk(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def listed(piece) -> list[tuple[str, str, bool]]:
    """Each change in order: its words, what has become of it, and whether that asks for a look."""
    _copy, found = changes.listed(piece)
    return [(one.words, one.told, one.asks_for_a_look) for one in found]


def decide(client: Client, change: CopyChange, decision: str, reason: str = "", **facts):
    address = f"/desk/changes/{change.piece.document_id}/?do=decide-change&of={change.pk}"
    return client.post(address, {"decision": decision, "reason": reason, "part_version": change.version} | facts)


def decided(change: CopyChange) -> tuple[str | None, str]:
    change.refresh_from_db()
    return change.decision, change.decision_reason


def test_changes_stand_in_the_order_of_the_newest_copy_whichever_copy_they_were_asked_for_in():
    piece, first = lined.piece("The mill burned.", "Ada Quill lit it.", "Nobody was hurt.")
    lined.change(piece, first, "Nobody")
    lined.change(piece, first, "lit it")
    second = lined.saved_later(first, "The mill burned.", "Ada Quill lit it.", "Nobody was hurt.")
    lined.change(piece, second, "burned")
    assert [words for words, told, look in listed(piece)] == ["burned", "lit it", "Nobody"]


def test_a_line_is_shown_with_the_words_around_as_they_were_when_the_change_was_asked_for():
    piece, first = lined.piece()
    lined.change(piece, first, "Quill", "Feather")
    lined.saved_later(first, "The mill burned.", "Somebody lit it.", "Nobody was hurt.")
    _copy, [one] = changes.listed(piece)
    assert (one.before, one.words, one.after) == ("Ada ", "Quill", " lit it.")
    assert one.place.changed
    assert one.place.first.number == 2


OLD, NEW = "Nobody was hurt.", "Two people were hurt."


@pytest.mark.parametrize(
    ("decision", "instead", "reason", "then", "told", "looks"),
    [
        ("accepted", "Two people were", "", NEW, "it is in the newest copy", False),
        ("accepted", "Two people were", "", OLD, "the newest copy still says the old words", True),
        ("accepted", "Two people were", "", "One man was hurt.", "the newest copy has other words than agreed", True),
        ("accepted", "", "", "hurt.", "cut", False),
        ("accepted", "", "", OLD, "the newest copy still says the old words", True),
        ("reworded", "Some were", "Two people were", NEW, "it is in the newest copy", False),
        ("reworded", "Some were", "Two people were", OLD, "the newest copy still says the old words", True),
        ("rejected", "Two people were", "She was there.", OLD, "", False),
        (None, "Two people were", "", OLD, "", False),
    ],
)
def test_what_was_agreed_is_held_against_the_newest_copy(decision, instead, reason, then, told, looks):  # noqa: PLR0917
    piece, first = lined.piece("The mill burned.", OLD)
    by = make.user("editor") if decision else None
    facts = {"force": "should", "decision": decision, "decision_reason": reason, "decided_by": by}
    lined.change(piece, first, "Nobody was", instead, **facts)
    lined.saved_later(first, "The mill burned.", then)
    assert listed(piece) == [("Nobody was", told, looks)]


def test_what_was_agreed_and_not_saved_since_is_told_so():
    piece, first = lined.piece()
    lined.change(piece, first, "burned", "burnt", decision="accepted", decided_by=make.user("editor"))
    assert listed(piece) == [("burned", "no copy has been saved since: it still says the old words", True)]


def test_a_rejected_must_stands_out_in_words_and_what_is_settled_folds_to_the_end():
    piece, first = lined.piece()
    editor = make.user("editor")
    facts = {"decision": "rejected", "decision_reason": "He says so.", "decided_by": editor}
    lined.change(piece, first, "burned", force="must", **facts)
    lined.change(piece, first, "Nobody", force="could", **facts)
    lined.change(piece, first, "lit it")
    html = desk(editor).get(f"/desk/changes/{piece.document_id}/").content.decode()
    assert "A must, rejected" in html
    order = [html.index(words) for words in ("<del>lit it</del>", "<del>burned</del>", '<details class="settled"')]
    assert order == sorted(order)
    assert html.index("<del>Nobody</del>") > order[-1]


def test_author_and_editor_decide_and_nobody_else():
    author, editor = make.user("reporter"), make.user("editor")
    piece, first = lined.piece(author=author)
    for person, may in ((author, True), (editor, True), (make.user("checker"), False), (make.user("legal"), False)):
        change = lined.change(piece, first, "burned", "burnt")
        page = desk(person).get(f"/desk/changes/{piece.document_id}/").content.decode()
        assert ('value="accepted"' in page) is may
        assert decide(desk(person), change, "accepted").status_code == (302 if may else 403)
        assert decided(change) == (("accepted" if may else None), "")


def test_a_refusal_comes_back_with_the_words_and_they_are_kept():
    author = make.user("reporter")
    piece, first = lined.piece(author=author)
    change = lined.change(piece, first, "burned", "burnt", force="must")
    client = desk(author)
    page = client.get(f"/desk/changes/{piece.document_id}/").content.decode()
    assert "A must is rejected by an editor only." in page
    refused = decide(client, change, "rejected", "It did burn.")
    assert refused.status_code == 403
    told = refused.content.decode()
    assert "A must is rejected by an editor only." in told
    assert ">It did burn.</textarea>" in told
    assert Draft.objects.get(person=author).form == f"document:{piece.document_id}:decide-change:{change.pk}"
    assert ">It did burn.</textarea>" in client.get(f"/desk/changes/{piece.document_id}/").content.decode()
    assert decide(client, change, "reworded", "It was on fire.").status_code == 302
    assert decided(change) == ("reworded", "It was on fire.")


def test_of_a_reworded_change_the_words_that_were_decided_on_stand_in_the_text_and_what_was_asked_for_beside_it():
    piece, first = lined.piece()
    facts = {"decision": "reworded", "decision_reason": "was singed", "decided_by": make.user("editor")}
    lined.change(piece, first, "burned", "was burnt down", **facts)
    reader = desk(make.user("checker"))
    listed_ = reader.get(f"/desk/changes/{piece.document_id}/").content.decode()
    assert "<del>burned</del><ins>was singed</ins>" in listed_
    assert 'asked for: <span class="reworded">was burnt down</span>' in listed_
    assert "[+ was singed +]" in reader.get(f"/desk/changes/{piece.document_id}/text/").content.decode()
    assert "<ins>was singed</ins>" in reader.get(f"/desk/sheet/{piece.document_id}/").content.decode()
    line = lines.placed(piece.document_id).lines[0].pk
    assert "<ins>was singed</ins>" in reader.get(f"/desk/copy/{piece.document_id}/?line={line}").content.decode()


def test_of_two_who_decide_at_once_the_second_is_told():
    piece, first = lined.piece()
    change = lined.change(piece, first, "burned", "burnt")
    editor = desk(make.user("editor"))
    assert decide(editor, change, "accepted").status_code == 302
    assert decide(editor, change, "rejected", "No.").status_code == 412
    assert decided(change) == ("accepted", "")
    assert decide(editor, change, "", part_version=2).status_code == 400
    assert decide(editor, change, "rejected", "After all.", part_version=2).status_code == 302  # decided again
    assert decided(change) == ("rejected", "After all.")


def test_what_is_not_a_change_of_this_piece_is_not_decided_here():
    piece, first = lined.piece()
    change = lined.change(piece, first, "burned", "burnt")
    other, _ = lined.piece()
    editor = desk(make.user("editor"))
    assert editor.post(f"/desk/changes/{other.document_id}/?do=decide-change&of={change.pk}", {}).status_code == 404
    assert editor.post(f"/desk/changes/{piece.document_id}/", {"decision": "accepted"}).status_code == 404
    assert editor.get("/desk/changes/999999/").status_code == 404
    assert decided(change) == (None, "")


def test_a_restricted_piece_is_not_there_for_who_may_not_read_it():
    piece, _first = lined.piece()
    type(piece.document).objects.filter(pk=piece.document_id).update(restricted=True)
    for page in ("changes", "law", "sheet"):
        assert desk(make.user("checker")).get(f"/desk/{page}/{piece.document_id}/").status_code == 404
        assert desk(make.user("editor")).get(f"/desk/{page}/{piece.document_id}/").status_code == 200


def test_the_list_as_text_says_all_of_it():
    piece, first = lined.piece()
    ann = make.user("checker", first_name="Ann", last_name="Ames")
    lined.change(piece, first, "burned", "burnt", force="must", proposed_by=ann)
    lined.change(piece, first, "Nobody was hurt.", proposed_by=ann)
    answer = desk(make.user("reader")).get(f"/desk/changes/{piece.document_id}/text/")
    told = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    for line in (
        "[Must] line 1",
        "The mill [- burned -] [+ burnt +].",
        "[- Nobody was hurt. -]",
        "Ann Ames: It is not so.",
    ):
        assert line in told


def test_the_list_asks_as_much_for_one_as_for_thirty(django_assert_num_queries):
    piece, first = lined.piece()
    client = desk(make.user("editor"))
    lined.change(piece, first, "burned", "burnt")
    client.get(f"/desk/changes/{piece.document_id}/")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/desk/changes/{piece.document_id}/")
    second = lined.saved_later(first, *lined.LINES)
    for _ in range(15):
        lined.change(piece, first, "Nobody", "No one")
        lined.change(piece, second, "lit", decision="accepted", decided_by=make.user("editor"))
    with django_assert_num_queries(len(asked)):
        client.get(f"/desk/changes/{piece.document_id}/")
    assert len(asked) <= 16


def test_a_text_that_is_not_held_shows_no_words_and_breaks_nothing():
    piece, _first = lined.piece()
    sealed = make.snapshot(None, sealed="Words that are not here.", of=piece.document)
    CopyChange.objects.create(
        piece=piece, passage=make.passage(sealed, 0, 5), replacement="x", reason="y", proposed_by=make.user("checker")
    )
    answer = desk(make.user("editor")).get(f"/desk/changes/{piece.document_id}/")
    assert "text not held" in answer.content.decode()
    assert desk(make.user("editor")).get(f"/desk/sheet/{piece.document_id}/").status_code == 200
