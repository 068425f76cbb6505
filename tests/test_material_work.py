"""Sources, material and our own copy are worked on in their pages: every form, and what it leaves."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from claims import pieces, tasks, wording, workflow
from claims.models import Claim, CopyChange, FolderDocument, Notice, NoticeSwitch, Piece, Ruling, SignOff, Usage
from factdesk.people.models import Draft, User
from sources.models import Affiliation, Document, Passage, Sentence, Source
from tests import make
from tests.test_acts import ROLES, do, named, page_of, signed_in

pytestmark = pytest.mark.django_db


def bar(browser: Client, record: Any) -> set[str]:
    rows = browser.get(page_of(record)).context["offers"]
    return {offer.act.name for row in rows.values() for offer in row if not offer.hindrance}


# --- sources ---


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("reader", set()),
        ("reporter", set()),
        ("checker", {"edit", "affiliate"}),
        ("editor", {"edit", "affiliate", "merge"}),
        ("chief", {"edit", "affiliate", "merge", "grade"}),
        ("legal", set()),
    ],
)
def test_who_may_do_what_to_a_source(role, offered):
    assert bar(signed_in(make.user(role)), make.source()) == offered


def test_a_source_is_added_edited_graded_and_tied_to_its_body():
    ann, chief = signed_in(make.user("checker")), signed_in(make.user("chief"))
    body = make.source("Thurlode Fire Brigade", "organization")
    typed = {"name": "Ada Quill", "kind": "person", "identity": "named", "aliases": "A. Quill\r\nQuill, A."}
    assert ann.post("/admin/sources/source/add/", typed).status_code == 302
    ada = Source.objects.get(name="Ada Quill")
    assert ada.aliases == ["A. Quill", "Quill, A."]
    assert do(ann, ada, "edit", description="Foreman.", why="From the list.").status_code == 302
    assert do(chief, ada, "grade", reliability="B", on="2026-11-01").status_code == 302
    tied = {**named("organization_id", body, "Thurlode Fire Brigade"), "role": "foreman", "since": "2020-01-01"}
    assert do(ann, ada, "affiliate", **tied).status_code == 302
    held = Affiliation.objects.get()
    assert do(ann, ada, "edit-affiliation", of=held.pk, until="2019-01-01").status_code == 400
    assert do(ann, ada, "edit-affiliation", of=held.pk, until="2024-01-01").status_code == 302
    held.refresh_from_db()
    assert (str(held.since), str(held.until), held.role) == ("2020-01-01", "2024-01-01", "foreman")
    assert do(ann, ada, "end-affiliation", of=held.pk, because="Another Quill.").status_code == 302
    ada.refresh_from_db()
    assert (ada.description, ada.reliability, str(ada.reliability_on)) == ("Foreman.", "B", "2026-11-01")


def test_a_protected_source_is_not_made_by_hand_and_keeps_its_identity():
    ann = signed_in(make.user("checker"))
    for typed in ({"name": "N", "kind": "person", "identity": "protected"},):
        assert ann.post("/admin/sources/source/add/", typed).status_code == 400
    secret = make.source("Code name Heron", identity="protected")
    assert "identity" not in ann.get(f"{page_of(secret)}?do=edit").context["doing"]["form"].fields


def test_duplicates_are_merged_and_freed():
    ed, one, other = signed_in(make.user("editor")), make.source("A. Quill"), make.source("Ada Quill")
    into = named("into_id", other, "Ada Quill")
    assert do(ed, one, "merge", **into, because="Same telephone.").status_code == 302
    one.refresh_from_db()
    assert one.merged_into == other
    assert "merge" not in bar(ed, one)
    assert do(ed, one, "free", because="Her sister.").status_code == 302
    one.refresh_from_db()
    assert one.merged_into is None
    unstated = make.source("it is said", identity="unstated")
    assert "merge" not in bar(ed, unstated)


# --- material ---


def test_material_is_added_with_its_text_to_the_character_or_not_at_all():
    rep = signed_in(make.user("reporter"))
    text = " The gate stood open.\r\n\tTwo men, 👩‍👩‍👧, saw it. "
    typed = {"kind": "memo", "title": "The gate", "bylines": "Quill, Ada", "text": text}
    assert rep.post("/admin/sources/document/add/", typed).status_code == 302
    made = Document.objects.get(title="The gate")
    assert made.bylines == ["Quill, Ada"]
    assert made.snapshots.get().text == text.replace("\r\n", "\n")
    assert rep.post("/admin/sources/document/add/", {"kind": "memo", "title": "No text"}).status_code == 302
    assert not Document.objects.get(title="No text").snapshots.exists()
    assert "restricted" not in rep.get("/admin/sources/document/add/").context["doing"]["form"].fields
    refused = rep.post("/admin/sources/document/add/", {"kind": "memo", "title": "Odd", "text": "a\0b"})
    assert refused.status_code == 400
    assert not Document.objects.filter(title="Odd").exists()


def test_material_is_edited_saved_anew_and_its_words_are_marked():
    ann, held = signed_in(make.user("checker")), make.document("The gate")
    assert do(ann, held, "edit", published_on="2026-11-14", published_on_read_from="its head").status_code == 302
    assert do(ann, held, "mark", words="open").status_code != 302  # no copy yet
    assert do(ann, held, "save-copy", text="Open, open, and shut.").status_code == 302
    assert do(ann, held, "mark", words="and shut").status_code == 302
    marked = Passage.objects.get()
    assert (marked.start, marked.end, marked.snapshot.document) == (12, 20, held)
    several = do(ann, held, "mark", words="pen")
    assert several.status_code == 400
    assert "2 times" in str(several.context["doing"]["form"].errors["words"])
    assert do(ann, held, "mark", words="pen", which="2").status_code == 302
    assert Passage.objects.order_by("-pk").first().start == 7
    assert do(ann, held, "mark", words="ajar").status_code == 400


def test_a_document_that_somebody_else_changed_comes_back_with_what_they_changed():
    writer, held = make.user("checker", username="ann"), make.document("The gate", kind="memo")
    ann = signed_in(writer)
    seen = {"version": str(held.version), "draft_seal": ann.get(f"{page_of(held)}?do=edit").context["doing"]["seal"]}
    do(signed_in(make.user("editor", username="ed")), held, "edit", title="The west gate")
    answer = ann.post(f"{page_of(held)}?do=edit", {**seen, "kind": "memo", "title": "A gate", "note": "Mine."})
    assert answer.status_code == 412
    told = answer.context["doing"]["difference"]
    assert [(one.by, one.changes) for one in told] == [("ed", ["title: The gate → The west gate"])]
    assert answer.context["doing"]["form"]["note"].value() == "Mine."
    assert Draft.objects.get(person=writer).form == f"document:{held.pk}:edit"


def test_a_line_is_ruled_out_and_needs_a_claim_after_all():
    ed, ann, copy = signed_in(make.user("editor")), signed_in(make.user("checker")), make.snapshot("Some words.")
    line = Sentence.objects.create(snapshot=copy, start=0, end=11)
    assert do(ed, copy.document, "rule-out", of=line.pk, decision="heading", reason="Bold.").status_code == 302
    page = ann.get(page_of(copy.document)).content.decode()
    assert f"?do=checkable&amp;of={line.pk}" in page
    assert "do=rule-out" not in page
    assert ann.post(f"{page_of(copy.document)}?do=checkable&of={line.pk}", {"version": "1"}).status_code == 302
    assert list(Ruling.objects.order_by("pk").values_list("decision", flat=True)) == ["heading", "checkable"]


# --- our own copy ---


def standing(of: Document, **facts: Any) -> Claim:
    claim = make.claim(**facts)
    make.attribution(claim, document=of)
    claim.refresh_from_db()
    return claim


@pytest.fixture
def copy() -> Document:
    held = make.document("Our story", kind="desk_copy")
    make.snapshot("The gate was open all night.", of=held)
    return held


def test_our_own_copy_goes_to_print_from_its_page(copy):
    editor, checker = make.user("editor"), make.user("checker")
    ed = signed_in(editor)
    assert "open-piece" in bar(ed, copy)
    assert "open-piece" not in bar(ed, make.document("A memo", kind="memo"))
    sent = {"author_id": str(checker.pk), "page_closes_at": "2030-01-01T18:00"}
    assert do(ed, copy, "open-piece", **sent).status_code == 302
    piece = Piece.objects.get()
    assert piece.author == checker
    assert "open-piece" not in bar(ed, copy)
    assert do(ed, copy, "edit-piece", of=piece.pk, second_reader_id=str(editor.pk)).status_code == 302
    piece.refresh_from_db()
    assert (piece.author, piece.second_reader) == (checker, editor)


def test_a_second_reader_initials_all_that_they_have_read_in_one_act(copy):
    checker, ed = make.user("checker"), signed_in(make.user("editor"))
    piece = Piece.objects.create(document=copy)
    first, second = standing(copy), standing(copy)
    for claim in (first, second):
        workflow.tick(claim_id=claim.pk, revision=claim.revision, by=checker)
    doing = ed.get(f"{page_of(copy)}?do=sign-piece&of={piece.pk}").context["doing"]
    read = [value for value, label in doing["form"].fields["claims"].choices]
    findings = [claim.assessments.get() for claim in (first, second)]
    assert read == [f"{one.pk}.{one.revision}" for one in findings]
    Claim.objects.filter(pk=second.pk).update(statement="It moved on.")
    refused = ed.post(f"{page_of(copy)}?do=sign-piece&of={piece.pk}", {"claims": read, "part_version": "1"})
    assert refused.status_code == 409
    assert f"claim {second.pk}: It is at revision" in refused.content.decode()
    assert not SignOff.objects.exists()
    answer = ed.post(f"{page_of(copy)}?do=sign-piece&of={piece.pk}", {"claims": read[:1], "part_version": "1"})
    assert answer.status_code == 302
    first.refresh_from_db()
    assert first.state == "signed_off"


def test_the_form_of_a_folder_is_empty_and_stands_at_the_piece(copy):
    piece = Piece.objects.create(document=copy)
    page = signed_in(make.user("editor")).get(f"{page_of(copy)}?do=put-in-folder&of={piece.pk}")
    shown = page.content.decode()
    assert page.context["doing"]["form"].initial == {}
    assert shown.index('id="doing"') < shown.index('id="piece"')
    assert shown.count('id="doing"') == 1
    rest = signed_in(make.user("editor")).get(f"{page_of(copy)}?do=save-copy").content.decode()
    assert rest.index('id="piece"') < rest.index('id="doing"')


def test_material_without_a_copy_says_what_to_do_with_it():
    held = make.document("", "article", publisher=make.outlet("The Wharf"), url="https://wharf.example/1")
    page = f"/desk/copy/{held.pk}/"
    checker, reader = (signed_in(make.user(role)).get(page).content.decode() for role in ("checker", "reader"))
    for shown in (checker, reader):
        assert "<h1>Article, The Wharf</h1>" in shown
        assert "https://wharf.example/1" in shown
    assert f'href="/admin/sources/document/{held.pk}/change/?do=save-copy#doing"' in checker
    assert "do=save-copy" not in reader


@pytest.mark.parametrize(
    ("facts", "name", "beside_its_publisher", "with_its_publisher"),
    [
        ({"title": "Fire", "by": "The Wharf"}, "Fire", "Fire", "Fire, The Wharf"),
        ({"title": "Fire"}, "Fire", "Fire", "Fire"),
        ({"by": "The Wharf", "day": date(2025, 11, 3)}, "article, The Wharf, 3 Nov 2025", "article, 3 Nov 2025",
         "article, The Wharf, 3 Nov 2025"),
        ({"by": "Wharf, Ltd."}, "article, Wharf, Ltd.", "article", "article, Wharf, Ltd."),
        ({"key": "the_wharf_1"}, "the_wharf_1", "the_wharf_1", "the_wharf_1"),
    ],
)  # fmt: skip
def test_material_is_called_by_its_title_or_by_what_it_is_whose_and_when(
    facts, name, beside_its_publisher, with_its_publisher
):
    publisher = make.outlet(facts["by"]) if "by" in facts else None
    held = Document(
        kind="article", title=facts.get("title", ""), key=facts.get("key"), publisher=publisher,
        published_on=facts.get("day"),
    )  # fmt: skip
    assert (wording.called(held), wording.in_short(held), wording.where(held)) == (
        name, beside_its_publisher, with_its_publisher,
    )  # fmt: skip


def test_an_authors_folder_is_filled_on_the_piece_s_page(copy):
    author, editor = make.user("reporter"), make.user("editor")
    ann, ed = signed_in(author), signed_in(editor)
    ours, letter = Piece.objects.create(document=copy), make.document("A letter", kind="email")
    found = named("document_id", letter, "A letter")
    assert do(ann, copy, "put-in-folder", of=ours.pk, **found).status_code == 302
    again = do(ann, copy, "put-in-folder", of=ours.pk, **found)
    assert again.status_code == 409
    assert "It is in the folder already." in again.content.decode()
    sent = {"kind": "memo", "title": "Call with Ada", "text": "She counted twelve."}
    assert do(ann, copy, "paste-in-folder", of=ours.pk, **sent).status_code == 302
    memo = Document.objects.get(title="Call with Ada")
    notes = SimpleUploadedFile("notes.txt", b"Ten by the log.")
    assert do(ann, copy, "paste-in-folder", of=ours.pk, kind="memo", title="Notes", file=notes).status_code == 302
    assert Document.objects.get(title="Notes").snapshots.get().text == "Ten by the log."
    make.snapshot("Restricted words.", of=make.document("The secret memo", restricted=True))
    FolderDocument.objects.create(piece=ours, document=Document.objects.get(restricted=True), by=editor)
    page = ann.get(page_of(copy)).content.decode()
    assert "The secret memo" not in page
    assert f'href="/desk/copy/{copy.pk}/"' in page
    assert "The secret memo" in ed.get(page_of(copy)).content.decode()
    entry = FolderDocument.objects.get(document=memo)
    assert do(ed, copy, "take-from-folder", of=entry.pk, because="Of another story.").status_code == 302
    assert [one.document.title for one in ann.get(page_of(copy)).context["folder"]] == ["A letter", "Notes"]
    theirs = FolderDocument.objects.create(piece=ours, document=make.document(), by=editor)
    offered = ann.get(page_of(copy)).content.decode()
    assert f"?do=take-from-folder&amp;of={theirs.pk}" not in offered


def test_a_change_of_the_copy_is_asked_for_and_decided(copy):
    author, checker = make.user("reporter"), make.user("checker")
    piece, marked = Piece.objects.create(document=copy, author=author), make.passage(copy.snapshots.get(), 0, 17)
    words = named("passage_id", marked, "The gate was open")
    sent = {**words, "replacement": "The gate stood open", "reason": "So it says.", "force": "must"}
    assert do(signed_in(checker), copy, "propose-change", of=piece.pk, **sent).status_code == 302
    change = CopyChange.objects.get()
    page = signed_in(author).get(page_of(copy)).content.decode()
    assert "<del>The gate was open</del> <ins>The gate stood open</ins>" in page
    assert f"?do=decide-change&amp;of={change.pk}" in page
    refused = do(signed_in(author), copy, "decide-change", of=change.pk, decision="rejected", reason="No.")
    assert refused.status_code == 403
    assert "rejected by an editor only" in str(refused.context["doing"]["refused"])
    assert do(signed_in(author), copy, "decide-change", of=change.pk, decision="accepted").status_code == 302
    change.refresh_from_db()
    assert (change.decision, change.decided_by) == ("accepted", author)


def test_no_page_closes_before_it_is_decided_how_every_open_must_goes_out(copy):
    piece, claim = Piece.objects.create(document=copy), standing(copy, priority="must")
    ed, chief = signed_in(make.user("editor")), signed_in(make.user("chief"))
    close = f"{page_of(copy)}?do=close-page&of={piece.pk}&part_version={piece.version}"
    refused = ed.post(close, {"version": "1"})
    assert refused.status_code == 409
    assert "1 must claim is open" in refused.content.decode()
    choices = (
        ed.get(f"{page_of(copy)}?do=decide-open&of={claim.pk}").context["doing"]["form"].fields["decision"].choices
    )
    assert [word for word, label in choices] == ["cut", "softened"]
    unchecked = {"decision": "printed_unchecked", "because": "It is noon."}
    assert do(ed, copy, "decide-open", of=claim.pk, **unchecked).status_code == 400
    assert do(chief, copy, "decide-open", of=claim.pk, **unchecked).status_code == 302
    assert ed.post(close, {"version": "1"}).status_code == 302
    piece.refresh_from_db()
    assert piece.closed_at is not None
    assert Usage.objects.get().went_out_open == "printed_unchecked"
    assert not pieces.undecided(piece).exists()


# --- what one is told of ---


def test_notices_are_counted_in_the_head_listed_and_seen():
    checker = make.user("checker", username="ann")
    ann, claim = signed_in(checker), make.claim("The gate was open.")
    assert "For you" in ann.get("/admin/").content.decode()
    workflow.assign(claim_id=claim.pk, to=checker, by=make.user("editor", username="ed"))
    assert "1 for you" in ann.get("/admin/").content.decode()
    page = ann.get("/admin/claims/claim/notices/")
    assert "The gate was open." in page.content.decode()
    assert "Assigned to me, ed" in " ".join(page.content.decode().split())
    later = make.claim("Another.")
    workflow.assign(claim_id=later.pk, to=checker, by=make.user("editor"))
    assert ann.post("/admin/claims/claim/notices/", {"up_to": str(page.context["up_to"])}).status_code == 302
    assert "1 for you" in ann.get("/admin/").content.decode()  # what came since was not on the page
    assert Notice.objects.filter(person=checker, seen_at=None).get().claim == later


def test_what_one_is_told_of_is_switched_for_oneself_alone():
    ann, other = signed_in(make.user("checker")), make.user("checker")
    page = ann.get("/admin/claims/claim/notices/")
    on = {f"{about.value}-{way}": "on" for about, _, _ in page.context["switches"] for way in ("desk", "mail")}
    del on["mention-mail"], on["assigned-desk"]
    assert ann.post("/admin/claims/claim/notices/", on).status_code == 302
    rows = {(row.about, row.in_desk, row.by_mail) for row in NoticeSwitch.objects.all()}
    assert rows == {("mention", True, False), ("assigned", False, True)}
    assert not NoticeSwitch.objects.filter(person=other).exists()
    assert "notices/#switches" in ann.get("/account/").content.decode()


def test_a_notice_of_restricted_copy_does_not_name_it_to_who_may_not_read_it(monkeypatch):
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    for role in ROLES:
        secret = make.document(f"Secret {role}", kind="desk_copy", restricted=True)
        Piece.objects.create(document=secret, author=make.user(role, username=role), page_closes_at=timezone.now())
        standing(secret, priority="must")
    tasks.pass_the_time(0)
    for role in ROLES:
        page = signed_in(User.objects.get(username=role)).get("/admin/claims/claim/notices/").content.decode()
        assert "Page closes with open claims" in page
        assert (f"Secret {role}" in page) == (role in ("editor", "chief", "legal")), role
        assert ("Restricted material" in page) == (role not in ("editor", "chief", "legal")), role
