"""A new copy of our own text: claims stay where words stayed, follow where they changed, are left where they went."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from claims import coverage, versions
from claims.models import Attribution, Claim, Ruling
from factdesk.change import Refused
from factdesk.errors import BadInput, NotAllowed
from sources import capture, editing
from sources.models import Document, Passage, Sentence, Snapshot
from sources.versions import difference
from tests import calls, make
from tests.dossier_example import load
from tests.ownlines import CLOSE, FIRST, HURT, LESS, PAID, SECOND, line, own_copy, save, stands_on, where
from tests.test_acts import do, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def state_of(claim: Claim) -> tuple[int, int, str, str, str]:
    claim.refresh_from_db()
    return claim.version, claim.revision, claim.state, claim.clearance, claim.statement


# --- lines ---


def test_a_copy_is_saved_with_its_lines_and_they_go_on():
    document = own_copy()
    first, second = save(document, FIRST), save(document, SECOND)
    assert [one.part for one in first.sentences.order_by("start")] == ["headline", "body", "body", "body"]
    for words in ("Bridge closes", CLOSE, HURT):
        assert line(second, words).line_of == line(first, words).pk
    assert line(second, LESS).thread_of == line(first, PAID).pk
    assert line(second, LESS).line_of == line(second, LESS).pk


def test_a_line_that_had_gone_is_the_same_when_it_comes_back_and_points_at_its_first():
    document = own_copy()
    first = save(document, FIRST)
    save(document, FIRST.replace(HURT, ""))
    third, fourth = save(document, FIRST), save(document, FIRST)
    assert line(third, HURT).line_id == line(fourth, HURT).line_id == line(first, HURT).pk


def test_a_copy_from_before_there_were_lines_gets_them_when_the_next_is_saved():
    document = own_copy()
    old = make.snapshot(FIRST, of=document)
    claim = stands_on(old, PAID)
    new = save(document, SECOND)
    assert line(new, HURT).line_of == line(old, HURT).pk
    assert where(claim) == (new.pk, LESS)


def test_a_copy_as_of_an_earlier_moment_goes_on_from_its_neighbours_and_moves_no_claim():
    document = own_copy()
    first = save(document, FIRST)
    claim = stands_on(first, PAID)
    before = state_of(claim)
    earlier = save(document, SECOND, captured_at=first.captured_at - timedelta(days=1))
    assert line(earlier, HURT).line_of == line(first, HURT).pk
    assert state_of(claim) == before
    assert where(claim)[0] == first.pk


def test_what_is_refused_saves_no_copy_and_lays_no_line():
    document = own_copy()
    for text in (" ", "a\0b"):
        with pytest.raises(BadInput):
            save(document, text)
    with pytest.raises(NotAllowed):
        save(document, FIRST, by=make.user("reader"))
    moment = timezone.now()
    save(document, FIRST, captured_at=moment)
    with pytest.raises(Refused, match=r"already|exists|once"):
        save(document, FIRST, captured_at=moment)
    assert Snapshot.objects.filter(document=document).count() == 1
    assert Sentence.objects.filter(snapshot__document=document).count() == 4


def test_the_database_lets_no_line_go_on_in_another_document(sql):
    first, other = save(own_copy(), FIRST), make.snapshot("Other words.")
    with pytest.raises(Exception, match="goes on in a saved copy of its document"):
        Sentence.objects.create(snapshot=other, start=0, end=5, line=line(first, PAID), thread=line(first, PAID))


def test_a_sealed_copy_goes_on_only_where_digest_and_span_are_the_same():
    text = "One thing. Another thing. A third."
    document = make.document("Sealed", key="sealed", language="en")
    file = """
dossier: 1
document: {{key: sealed, kind: article, title: Sealed}}
snapshot: {{sha256: {sha}, length: {length}, captured_at: "2026-01-0{day}T10:00:00Z", sentences: {spans}}}
"""
    held = editing.add_snapshot(document_id=document.pk, by=make.user("checker"), text=text, captured_from="paste")
    other = make.snapshot(None, of=document, sealed="Other words, not held.")
    load(file.format(sha=other.sha256, length=other.length, day=1, spans="[[0, 10], [11, 22]]"))
    assert {(one.line_id, one.thread_id) for one in other.sentences.all()} == {(None, None)}
    again = make.snapshot(None, of=document, sealed=text)
    load(file.format(sha=held.sha256, length=held.length, day=2, spans="[[0, 10], [11, 25], [26, 34]]"))
    assert again.sentences.count() == 0  # the file means the copy that was there first
    found = Sentence.objects.filter(snapshot=held).order_by("start")
    assert [(one.start, one.end, one.line_id) for one in found] == [(0, 10, None), (11, 25, None), (26, 34, None)]


# --- claims ---


def test_a_claim_whose_line_changed_says_the_new_words_and_loses_its_initials():
    document = own_copy()
    claim = stands_on(save(document, FIRST), PAID)
    assert state_of(claim)[2:] == ("signed_off", "clear", PAID)
    reporter, revision = make.user("reporter"), claim.revision
    new = save(document, SECOND, by=reporter)
    assert state_of(claim)[1:] == (revision + 1, "in_check", "hold", LESS)
    assert where(claim) == (new.pk, LESS)
    fell = claim.transitions.latest("pk")
    assert (fell.action, fell.by, fell.automatic) == ("reopen", reporter, True)
    event = claim.events.latest("pgh_id")
    at = timezone.localtime(new.captured_at)
    assert event.pgh_context["why"] == f"its line changed in the copy of {at:%H:%M}"
    assert event.pgh_context["user"] == reporter.pk


def test_a_claim_in_words_of_its_own_keeps_them_and_falls_all_the_same():
    document = own_copy()
    claim = stands_on(save(document, FIRST), PAID, "The work cost the council 204,000 pounds.")
    save(document, SECOND)
    assert state_of(claim)[2:] == ("in_check", "hold", "The work cost the council 204,000 pounds.")


@pytest.mark.parametrize(
    "text",
    [
        FIRST,
        f"Bridge closes\n\n{HURT} New here. {PAID} {CLOSE}\n",
        FIRST.replace("The council", "A new line came before. The council"),
        FIRST.replace("register shows", "register  shows").replace("'", "’"),  # noqa: RUF001
    ],
)
def test_nothing_of_a_claim_is_touched_where_its_words_are_the_same(text):
    document = own_copy()
    first = save(document, FIRST)
    claims = [stands_on(first, words) for words in (PAID, CLOSE, HURT)]
    before, history = [state_of(claim) for claim in claims], Attribution.pgh_event_model.objects.count()
    save(document, text)
    assert [state_of(claim) for claim in claims] == before
    assert {where(claim)[0] for claim in claims} == {first.pk}
    assert Attribution.pgh_event_model.objects.count() == history


def test_nothing_is_touched_where_a_line_has_gone_and_it_follows_when_it_comes_back_changed():
    document = own_copy()
    first = save(document, FIRST)
    claim = stands_on(first, PAID)
    before = state_of(claim)
    gone = save(document, FIRST.replace(PAID, ""))
    assert state_of(claim) == before
    assert [(one.what, one.words_before) for one in difference(gone, first)] == [("gone", PAID)]
    save(document, FIRST)
    assert state_of(claim) == before
    save(document, SECOND)
    assert state_of(claim)[2:] == ("in_check", "hold", LESS)


def test_outside_material_moves_no_claim():
    document = make.document("Their page", "article")
    claim = stands_on(save(document, FIRST), PAID)
    before = state_of(claim)
    save(document, SECOND)
    assert state_of(claim) == before


def test_a_withdrawn_hop_follows_nothing_and_one_of_part_of_a_line_follows_it_whole():
    document = own_copy()
    first = save(document, FIRST)
    part, withdrawn = stands_on(first, "204,000 pounds", "It cost a lot."), stands_on(first, PAID)
    calls.withdraw(Attribution.objects.get(claim=withdrawn))
    before = state_of(withdrawn)
    new = save(document, SECOND)
    assert where(part) == (new.pk, LESS)
    assert state_of(part)[2] == "in_check"
    assert state_of(withdrawn) == before


def test_words_across_two_lines_stand_on_both_or_where_they_part_on_the_one_that_changed():
    document = own_copy()
    claim = stands_on(save(document, FIRST), f"{PAID} {HURT}")
    new = save(document, SECOND)
    assert where(claim) == (new.pk, f"{LESS} {HURT}")
    assert state_of(claim)[4] == f"{LESS} {HURT}"
    newer = save(document, f"Bridge closes\n\n{HURT} {CLOSE} {PAID}\n")
    assert where(claim) == (newer.pk, PAID)


def test_several_hops_and_claims_follow_in_one_revision_each_and_words_are_marked_once():
    document = own_copy()
    first = save(document, FIRST)
    one, other = stands_on(first, PAID, signed=False), stands_on(first, PAID)
    start = first.text.index(PAID)
    make.attribution(one, passage=make.passage(first, start, start + 20), document=document)
    make.assessment(one)
    one.refresh_from_db()
    revisions = one.revision, other.revision
    new = save(document, SECOND)
    assert (state_of(one)[1], state_of(other)[1]) == (revisions[0] + 1, revisions[1] + 1)
    assert Passage.objects.filter(snapshot=new, start=line(new, LESS).start, end=line(new, LESS).end).count() == 1


def test_a_line_too_long_for_a_statement_leaves_it_and_moves_the_hop():
    document = own_copy()
    long = "The council paid" + " and paid" * 200 + "."
    claim = stands_on(save(document, f"{CLOSE} {long}"), long)
    longer = long[:-1] + " and paid" * 40 + "."
    new = save(document, f"{CLOSE} {longer}")
    assert where(claim) == (new.pk, longer)
    assert state_of(claim)[2:] == ("in_check", "hold", long)


def test_all_of_it_is_undone_where_it_is_refused(monkeypatch):
    document = own_copy()
    claim = stands_on(save(document, FIRST), PAID)
    before = state_of(claim)

    def breaks(*given: object) -> None:
        raise BadInput("Broken.", [])

    monkeypatch.setattr(versions, "_place", breaks)
    with pytest.raises(BadInput):
        save(document, SECOND)
    assert state_of(claim) == before
    assert Snapshot.objects.filter(document=document).count() == 1


# --- what is different ---


def test_a_difference_lists_what_is_not_the_same_in_the_order_of_the_text():
    document = own_copy()
    first = save(document, FIRST)
    second = save(document, f"Bridge closes\n\nIt rained. {HURT} {LESS}\n")
    assert [(one.what, one.words_before, one.words_after) for one in difference(second, first)] == [
        ("gone", CLOSE, None),
        ("new", None, "It rained."),
        ("moved", HURT, HURT),
        ("changed", PAID, LESS),
    ]
    assert difference(second, second) == []
    back = difference(first, second)
    assert [(one.what, one.is_moved) for one in back] == [
        ("gone", False), ("new", False), ("changed", True)
    ]  # fmt: skip


# --- lines left ---


def counted(document: Document) -> tuple[int, int, int, int, int]:
    [row] = coverage.coverage(Document.objects.filter(pk=document.pk))
    return row.sentences, row.claimed, row.ruled_out, row.left, row.claims


def rule(on: Sentence, decision: str) -> None:
    Ruling.objects.create(about="sentence", sentence=on, key="k", decision=decision, by=make.user("editor"))


def test_marks_and_rulings_stand_on_the_lines_that_did_not_change():
    document = make.document("Their page", "article")
    first = save(document, FIRST)
    claim = stands_on(first, PAID)
    rule(line(first, HURT), "no_factual_content")
    assert counted(document) == (4, 1, 1, 2, 1)
    second = save(document, FIRST.replace(HURT, HURT.replace("Nobody", "Two men")).replace(CLOSE, ""))
    assert counted(document) == (3, 1, 0, 2, 1)
    assert [one.claims for one in coverage.lines(second)] == [[], [claim.pk], []]
    third = save(document, FIRST.replace(PAID, LESS))
    assert counted(document) == (4, 1, 1, 2, 1)
    assert [(one.claims, one.ruled) for one in coverage.lines(third)][2:] == [
        ([claim.pk], ""), ([], "no_factual_content")
    ]  # fmt: skip
    rule(line(third, HURT), "checkable")
    assert counted(document) == (4, 1, 0, 3, 1)
    assert counted(document) == (4, 1, 0, 3, 1)
    save(document, FIRST.replace(PAID, ""))
    assert counted(document) == (3, 0, 0, 3, 0)


def test_what_is_left_of_many_copies_is_asked_in_few_queries(django_assert_num_queries):
    for number in range(3):
        document = own_copy(f"Piece {number}")
        first = save(document, FIRST)
        stands_on(first, PAID, cleared=False)
        for _ in range(number):
            save(document, SECOND)
    with django_assert_num_queries(3):
        assert len(coverage.coverage(Document.objects.filter(kind="desk_copy"))) == 3
    with django_assert_num_queries(2):
        assert len(coverage.lines(first)) == 4


# --- every way in ---

OURS = """
dossier: 1
sources: [{{key: lantern, kind: outlet, name: The Lantern}}]
document: {{key: ours, kind: desk_copy, title: Our piece}}
snapshot: {{text: {text}, captured_at: "2099-01-0{day}T10:00:00Z", sentences: {spans}}}
"""


def by_the_page(document: Document, text: str) -> None:
    assert do(signed_in(make.user("checker")), document, "save-copy", text=text).status_code == 302


def by_a_file(document: Document, text: str) -> None:
    file = SimpleUploadedFile("copy.txt", text.replace("\n", "\r\n").encode())
    assert do(signed_in(make.user("checker")), document, "save-copy", text="", file=file).status_code == 302


def by_the_api(document: Document, text: str) -> None:
    program = calls.caller(make.user("reporter"), ["write"])
    body = {"text": text, "captured_from": "upload"}
    assert program.post(f"/api/v1/documents/{document.pk}/snapshots/", body).status_code == 201


def by_a_record_file(document: Document, text: str) -> None:
    Document.objects.filter(pk=document.pk).update(key="ours")
    spans = [[text.index(words), text.index(words) + len(words)] for words in (CLOSE, LESS, HURT)]
    load(OURS.format(text=repr(text).replace("'", '"'), day=1, spans=spans), by=make.user("reporter"))


@pytest.mark.parametrize("way", [by_the_page, by_a_file, by_the_api, by_a_record_file])
def test_by_every_way_in_claims_follow_their_lines(way):
    document = own_copy()
    first = save(document, FIRST)
    changed, same = stands_on(first, PAID), stands_on(first, HURT)
    before = state_of(same)
    way(document, SECOND)
    assert state_of(changed)[2:] == ("in_check", "hold", LESS)
    assert where(changed)[1] == LESS
    assert state_of(same) == before
    assert line(document.snapshots.latest("pk"), HURT).line_of == line(first, HURT).pk


def test_nothing_else_saves_a_copy():
    """A way in that called ``add_snapshot`` itself would leave the claims of our own copy behind."""
    allowed = {
        "add_snapshot": {"sources/pasting.py", "sources/api/writing.py", "claims/versions.py"},
        "Snapshot.objects.create": {"sources/editing.py", "claims/dossiers/sentences.py"},
    }
    found: dict[str, set[str]] = {name: set() for name in allowed}
    root = Path(editing.__file__).resolve().parent.parent
    for path in [*root.glob("sources/**/*.py"), *root.glob("claims/**/*.py"), *root.glob("factdesk/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            for name in allowed:
                if called == name or called.endswith(f".{name}"):
                    found[name].add(str(path.relative_to(root)))
    assert found == allowed


# --- files ---


def test_a_page_that_is_uploaded_keeps_its_bytes_and_its_parts():
    page = b"<h1>Mill burns</h1><p>It burned. <b>Twelve</b> engines came.</p><script>x</script>"
    article = make.document("Their page", "article")
    file = SimpleUploadedFile("page.html", page)
    assert do(signed_in(make.user("reporter")), article, "save-copy", text="", file=file).status_code == 302
    copy = article.snapshots.get()
    assert (copy.text, copy.captured_from) == ("Mill burns\n\nIt burned. Twelve engines came.", "upload")
    assert (bytes(copy.original), copy.original_sha256) == (page, capture.upload("p.html", page).original_sha256)
    assert [(one.part, copy.text[one.start : one.end]) for one in copy.sentences.order_by("start")] == [
        ("headline", "Mill burns"), ("body", "It burned."), ("body", "Twelve engines came.")
    ]  # fmt: skip


def test_of_our_own_copy_only_the_digest_of_the_bytes_is_kept():
    """What a page hides is not searched for protected names."""
    ours = own_copy()
    file = SimpleUploadedFile("page.html", b"<p>It burned.</p><!-- a name -->")
    assert do(signed_in(make.user("reporter")), ours, "save-copy", text="", file=file).status_code == 302
    copy = ours.snapshots.get()
    assert copy.original is None
    assert len(copy.original_sha256) == 64


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"text": ""}, "Paste the text, or send a file."),
        ({"text": "Words.", "file": ("a.txt", b"Words.")}, "not both"),
        ({"text": "", "file": ("a.txt", b"caf\xe9")}, "Byte 3 (0xE9) is not UTF-8."),
        ({"text": "", "file": ("a.pdf", b"%PDF")}, "Send a text (.txt) or a saved page"),
        ({"text": "", "file": ("a.txt", b"")}, "There is no text in this file."),
    ],
)
def test_a_form_without_a_text_comes_back_and_says_why(typed, told):
    document = own_copy()
    given = {name: SimpleUploadedFile(*value) if name == "file" else value for name, value in typed.items()}
    answer = do(signed_in(make.user("reporter")), document, "save-copy", **given)
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert not document.snapshots.exists()


def test_new_material_may_come_as_a_file():
    typed = {"kind": "article", "title": "Mill", "file": SimpleUploadedFile("mill.html", b"<h1>Mill</h1><p>It burned.")}
    assert signed_in(make.user("reporter")).post("/admin/sources/document/add/", typed).status_code == 302
    copy = Snapshot.objects.get(document__title="Mill")
    assert (copy.text, copy.captured_from, copy.sentences.count()) == ("Mill\n\nIt burned.", "upload", 2)


def test_a_line_that_goes_on_keeps_its_part_where_the_part_is_only_guessed():
    document = make.document("Ours", kind="desk_copy")
    text = "Seen from the bridge\n\nGate shut for days\n\nNobody came. The gate was shut."
    first = make.snapshot(text, of=document)
    teaser, headline = (0, 20, "teaser"), (22, 40, "headline")
    for start, end, part in (teaser, headline, (42, 54, "body"), (55, 73, "body")):
        Sentence.objects.create(snapshot=first, start=start, end=end, part=part)
    said = text.replace("for days", "for four days")
    later = versions.save_copy(document_id=document.pk, by=make.user(), text=said, captured_from="paste")
    parts = later.sentences.order_by("start").values_list("part", flat=True)
    assert list(parts) == ["teaser", "headline", "body", "body"]
