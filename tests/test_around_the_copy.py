"""The lawyer's view, the check sheet, what else uses it, what ran: what they show, to whom, in how many queries."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims import reply, usages, workflow
from claims.desk import ran, sheet
from claims.models import Accusation, Annotation, Assessment, Claim, Clearance, Evidence, Relation, Ruling, Usage
from sources.models import Sentence
from tests import lined, make
from tests.test_pages import words

pytestmark = pytest.mark.django_db


def desk(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def told(person, address: str) -> str:
    """What is to be read at an address, on one line."""
    answer = desk(person).get(address)
    assert answer.status_code == 200
    return words(answer.content.decode())


def accused(of: Claim, name: str = "Ada Quill", **facts) -> Accusation:
    return make.accusation(of, make.source(name), **facts)


@pytest.fixture
def legal():
    return make.user("legal", first_name="Levi", last_name="Stone")


# --- accusations and replies ---


def test_an_accusation_stands_with_its_line_its_clock_its_chain_its_backing_and_its_clearance(legal):
    piece, first = lined.piece()
    claim = make.claim("Ada Quill lit the mill.", "allegation")
    lined.stands(claim, first, "Quill lit")
    one = accused(claim, known_position="She was away.", legal_status="suspected", privilege="court")
    reply.request_reply(
        accusation_id=one.pk, by=make.user("checker"), put="Did you?", channel="by phone",
        deadline=timezone.now() + timedelta(hours=3),
    )  # fmt: skip
    make.evidence(claim, document=make.document("The fire report", "memo"))
    lined.stands(make.claim("The mill burned."), first, "burned")  # accuses nobody
    shown = told(legal, f"/desk/law/{piece.document_id}/")
    for fact in (
        "2 Ada Quill lit it.",
        "Ada Quill : has until ",
        "Where the law stands suspected",
        "Privilege court",
        "Known position (not a reply) She was away.",
        "by phone, until ",
        "Did you?",
        "Backing The fire report",
        "OK to print Not OK to print yet",
        "1 accusation · 1 still to have their say",
        "One original source",
    ):
        assert fact in shown, fact
    assert "The mill burned." not in shown
    assert "Ada Quill" in told(legal, "/desk/law/")


@pytest.mark.parametrize(
    ("facts", "hours", "said", "owes"),
    [
        ({}, [], "not asked yet", True),
        ({}, [3], "has until", True),
        ({}, [-3], "no answer by", False),
        ({}, [-3, 3], "no answer; asked again, until", False),
        ({"outcome": "declined"}, [3], "declined", False),
        ({"exempt": "dead"}, [], "need not be asked: dead", False),
    ],
)
def test_the_clock_of_the_right_of_reply(legal, facts, hours, said, owes):
    piece, first = lined.piece()
    claim = make.claim(kind="allegation")
    lined.stands(claim, first, "Quill lit")
    if "exempt" in facts:
        facts |= {"exempt_because": "She died.", "exempted_by": make.user("editor")}
    one = accused(claim, **facts)
    for number in hours:
        make.reply_request(one, hours=number)
    shown = told(legal, f"/desk/law/{piece.document_id}/")
    assert f"Ada Quill : {said}" in shown
    assert f"{int(owes)} still to have their say" in shown
    assert f"{int(owes)} still to have their say" in told(legal, f"/desk/copy/{piece.document_id}/")
    assert f"Ada Quill : {said}" in told(legal, f"/admin/claims/claim/{claim.pk}/change/")


def test_the_lawyer_holds_lifts_exempts_and_answers_here_and_is_back_here(legal):
    piece, first = lined.piece()
    claim = make.claim("Ada Quill lit the mill.", "allegation")
    lined.stands(claim, first, "Quill lit")
    one = accused(claim)
    asked = Annotation.objects.create(
        claim=claim, kind="question", asked_of="lawyer", body="May we?", by=make.user("checker")
    )
    address, client = f"/desk/law/{piece.document_id}/", desk(legal)

    def do(act: str, of: int, **typed):
        claim.refresh_from_db()
        form = client.get(f"{address}?do={act}&of={of}")
        assert form.context["doing"]["act"].name == act
        seen = {**form.context["seen"], "part_version": form.context["doing"]["part_seen"] or ""}
        answer = client.post(f"{address}?do={act}&of={of}", typed | seen)
        assert (answer.status_code, answer.headers.get("Location")) == (302, address)
        claim.refresh_from_db()

    do("legal-hold", claim.pk, note="Not before Monday.")
    assert claim.clearance == "legal_hold"
    assert "Legal hold (Levi Stone" in told(legal, address)
    form = client.get(f"{address}?do=lift-hold&of={claim.pk}").content.decode()
    assert "on hold until an editor decides" in form
    do("lift-hold", claim.pk, note="It is Monday.")
    assert claim.clearance == "hold"
    assert "): legal has lifted its hold (It is Monday); an editor decides" in told(legal, address)
    do("exempt", one.pk, exempt="court_record_only", because="The judgment.")
    do("answer", asked.pk, body="Yes.", kind="comment")
    one.refresh_from_db()
    assert (one.exempt, Annotation.objects.get(answers=asked).body) == ("court_record_only", "Yes.")
    assert "May we?" in told(legal, address)
    version = Annotation.objects.get(pk=asked.pk).version
    assert client.post(f"{address}?do=resolve&of={asked.pk}&part_version={version}").status_code == 302
    assert Annotation.objects.get(pk=asked.pk).resolved_by == legal


def test_what_is_not_this_persons_or_not_this_pieces_is_not_done_here(legal):
    piece, first = lined.piece()
    claim, other = make.claim(kind="allegation"), make.claim(kind="allegation")
    lined.stands(claim, first, "Quill lit")
    one = accused(claim)
    address = f"/desk/law/{piece.document_id}/"
    for person, act, of, status in (
        (make.user("checker"), "legal-hold", claim.pk, 403),
        (make.user("reader"), "exempt", one.pk, 403),
        (legal, "legal-hold", other.pk, 404),
        (legal, "exempt", accused(other).pk, 404),
        (legal, "sign-off", claim.pk, 403),
        (legal, "ask-reply", one.pk, 403),
    ):
        assert desk(person).post(f"{address}?do={act}&of={of}", {"note": "x"}).status_code == status, act
    assert Clearance.objects.count() == 0
    assert "Legal hold…" not in told(make.user("checker"), address)


def test_a_refused_hold_comes_back_with_its_words(legal):
    piece, first = lined.piece()
    claim = make.claim(kind="allegation")
    lined.stands(claim, first, "Quill lit")
    accused(claim)
    claim.refresh_from_db()
    form = {"note": "Not before Monday.", "revision": claim.revision - 1}
    answer = desk(legal).post(f"/desk/law/{piece.document_id}/?do=legal-hold&of={claim.pk}", form)
    assert answer.status_code == 409
    assert "Not before Monday." in answer.content.decode()
    assert "not done" in words(answer.content.decode())


def test_what_is_on_legal_hold_is_there_though_it_accuses_nobody_and_an_override_shows_its_reason(legal):
    piece, first = lined.piece()
    held = make.claim("The mill burned.")
    lined.stands(held, first, "burned")
    workflow.legal_hold(claim_id=held.pk, revision=held.revision, by=legal, note="A court order.")
    claim = make.claim("Ada Quill lit it.", "event", state="in_check")
    lined.stands(claim, first, "Quill lit")
    accused(claim)
    claim.refresh_from_db()
    found = make.assessment(claim)
    Claim.objects.filter(pk=claim.pk).update(state="in_review")
    make.sign_off(found)
    chief = make.user("chief")
    workflow.clear(
        claim_id=claim.pk, revision=claim.revision, by=chief, value="clear", override_reason="She is at sea."
    )
    shown = told(legal, f"/desk/law/{piece.document_id}/")
    assert "Accuses nobody; on legal hold." in shown
    assert f"Right of reply overridden She is at sea. ({chief.username}" in shown


# --- the check sheet ---


def marks(piece, by=None) -> list[str]:
    return [line.mark for line in sheet.read(piece, by or make.user("checker")).lines]


def test_a_line_is_marked_by_what_stands_in_it_and_a_second_persons_initials_are_told_apart():
    piece, first = lined.piece("One is so.", "Two is so.", "Three?", "Four is so.", "Five.", "Six.")
    for said, state in (("One is", "signed_off"), ("Two is", "in_review"), ("Four is", "in_review")):
        claim = make.claim(state="in_check")
        lined.stands(claim, first, said)
        claim.refresh_from_db()
        found = make.assessment(claim)
        Claim.objects.filter(pk=claim.pk).update(state="in_review")
        if state == "signed_off":
            make.sign_off(found)
    lined.change(piece, first, "Four", "Vier")
    Annotation.objects.create(
        passage=lined.words(first, "Three"), kind="question", asked_of="author", body="Who?", by=make.user("checker")
    )
    six = first.sentences.order_by("start").last()
    Ruling.objects.create(about="sentence", sentence=six, key="k", decision="heading", by=make.user("editor"))
    assert marks(piece) == ["initialled", "tick", "query", "change", "blank", "dropped"]
    shown = desk(make.user("reader")).get(f"/desk/sheet/{piece.document_id}/").context["sheet"]
    assert [line.sign for line in shown.lines] == ["✓✓", "✓", "?", "≠", "□", "·"]
    assert [(sign, number) for sign, label, number in shown.tally] == [
        ("✓✓", 1), ("✓", 1), ("?", 1), ("≠", 1), ("□", 1), ("·", 1),
    ]  # fmt: skip
    second = lined.saved_later(first, "One is so.", "Two is not so.", "Three?", "Vier is so.", "Five.", "Six.")
    assert second.pk == sheet.read(piece, make.user("checker")).copy.snapshot.pk
    assert marks(piece)[0] == "initialled"
    assert marks(piece)[5] == "dropped"


def test_a_line_says_who_checked_it_on_what_via_whom_and_under_which_words_it_may_be_printed():
    piece, first = lined.piece(editor=make.user("editor", first_name="Tom", last_name="Achebe"))
    claim, ada = make.claim("The mill burned.", state="in_check"), make.source("Ada Quill", identity="unnamed")
    make.attribution(claim, make.outlet("Ours"), relays=make.attribution(claim, ada), document=first.document,
                     passage=lined.words(first, "mill burned"))  # fmt: skip
    Evidence.objects.create(
        claim=claim, stance="supports", how="call", spoken_to=make.source("The brigade"), outcome="confirmed",
        spoken_at=timezone.now(),
    )  # fmt: skip
    make.quantity(claim, "2", "mills that burned", unit="mills", as_worded="two mills")
    claim.refresh_from_db()
    ida, tom = make.user("checker", first_name="Ida", last_name="Brandt"), piece.editor
    workflow.tick(claim_id=claim.pk, revision=claim.revision, by=ida)
    found = Assessment.objects.get(claim=claim)
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=tom)
    workflow.clear(
        claim_id=claim.pk, revision=claim.revision, by=tom, value="clear_with_attribution", wording="a witness says"
    )
    shown = told(make.user("reader"), f"/desk/sheet/{piece.document_id}/")
    for fact in ("Accurate (tick): Ida Brandt, ", "initialled: Tom Achebe", "on call: The brigade, ", ": confirmed",
                 "via Ada Quill", "figure 2 mills that burned, as worded two mills",
                 "Only unnamed original sources", "OK to print with attribution : “a witness says”",
                 "checked by Ida Brandt · initialled by Tom Achebe"):  # fmt: skip
        assert fact in shown, fact


def test_the_pages_of_a_piece_go_by_its_documents_number_as_the_copy_does(legal):
    make.document()  # so that the piece and its document have other numbers
    piece, first = lined.piece()
    claim = make.claim("Somebody lit the mill.", "allegation")
    lined.stands(claim, first, "Quill lit")
    accused(claim)
    assert piece.pk != piece.document_id
    for page in ("changes", "law", "sheet"):
        assert desk(legal).get(f"/desk/{page}/{piece.pk}/").status_code == 404
        assert "Fire at the mill" in told(legal, f"/desk/{page}/{piece.document_id}/")
    law = desk(legal).get(f"/desk/law/{piece.document_id}/").content.decode()
    line = first.sentences.get(start=first.text.index("Ada Quill"))
    assert f'href="/desk/copy/{piece.document_id}/?line={line.pk}&amp;claim={claim.pk}"' in law
    assert f"/admin/claims/claim/{claim.pk}/" not in law


def test_headline_and_captions_are_held_against_the_body():
    copy = lined.copy("Mill lit by Quill", "The mill burned.", "Ada Quill lit it.", part="headline")
    piece = lined.Piece.objects.create(document=copy.document)
    head, body, other = make.claim("Ada Quill lit the mill."), make.claim("She lit it."), make.claim()
    lined.stands(head, copy, "lit by Quill")
    lined.stands(body, copy, "Quill lit it")
    lined.stands(other, copy, "burned")
    read = sheet.read(piece, make.user("checker"))
    assert [(one.line.number, one.body) for one in read.held] == [(1, [])]
    Relation.objects.create(claim=head, kind="repeats", other=body)
    read = sheet.read(piece, make.user("checker"))
    assert [(one.line.number, one.body) for one in read.held] == [(1, [3])]


def test_how_an_open_must_goes_out_stands_on_the_sheet():
    piece, first = lined.piece()
    claim = make.claim("The mill burned.", priority="must")
    lined.stands(claim, first, "burned")
    claim.refresh_from_db()
    assert "must, open" in told(make.user("reader"), f"/desk/sheet/{piece.document_id}/")
    usages.decide_open(
        claim_id=claim.pk, piece_id=piece.pk, revision=claim.revision, by=make.user("editor"), decision="softened",
        because="“may have”",
    )  # fmt: skip
    assert "goes out open: softened" in told(make.user("reader"), f"/desk/sheet/{piece.document_id}/")


@pytest.mark.parametrize("page", ["law", "sheet"])
def test_a_page_asks_as_much_for_one_claim_as_for_thirty(page, django_assert_num_queries):
    piece, first = lined.piece(*(f"Line {number} lit it." for number in range(40)))

    def one_more(number):
        claim = make.claim(kind="allegation")
        lined.stands(claim, first, f"Line {number} lit")
        make.reply_request(accused(claim, f"Ada {number}"))
        make.evidence(claim)
        make.assessment(claim)
        lined.change(piece, first, f"Line {number}")

    client = desk(make.user("editor"))
    one_more(0)
    client.get(f"/desk/{page}/{piece.document_id}/")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/desk/{page}/{piece.document_id}/")
    for number in range(1, 30):
        one_more(number)
    with django_assert_num_queries(len(asked)):
        client.get(f"/desk/{page}/{piece.document_id}/")
    assert len(asked) <= 45


# --- what else uses it ---


def test_what_is_due_is_settled_where_it_is_listed():
    claim, editor = make.claim("The mill burned."), make.user("editor")
    usage = Usage.objects.create(claim=claim, revision=1, consumer="The Wharf's app", printed="The mill", owed="due")
    address = f"/desk/uses/claim/{claim.pk}/"
    shown = told(editor, address)
    for fact in ("1 correction due", "The Wharf's app", "The mill", "the claim itself"):
        assert fact in shown, fact
    assert "Settle" not in told(make.user("checker"), address)
    client = desk(editor)
    posted = f"{address}?do=settle&of={usage.pk}"
    form = {"owed": "corrected", "correction": "It did not.", "part_version": usage.version}
    assert client.post(posted, form | {"correction": ""}).status_code == 400
    assert client.post(posted, form | {"part_version": 99}).status_code == 412
    assert client.post(posted, form)["Location"] == address
    usage.refresh_from_db()
    assert (usage.owed, usage.correction) == ("corrected", "It did not.")
    assert desk(make.user("checker")).post(posted, form).status_code == 403


@pytest.mark.parametrize("sort", ["source", "document", "passage", "claim"])
def test_every_sort_of_record_has_its_page_and_what_may_not_be_seen_has_none(sort):
    held = make.snapshot("Whispered words.", of=make.document("The secret memo", "memo", restricted=True))
    claim = make.claim("It is so.")
    hop = make.attribution(claim, document=held.document, passage=make.passage(held, 0, 9))
    number = {"source": hop.speaker_id, "document": held.document_id, "passage": hop.passage_id, "claim": claim.pk}
    address = f"/desk/uses/{sort}/{number[sort]}/"
    assert "It is so." in told(make.user("editor"), address)
    hidden = sort in ("document", "passage")
    assert desk(make.user("reader")).get(address).status_code == (404 if hidden else 200)
    assert desk(make.user("editor")).get(f"/desk/uses/{sort}/999999999/").status_code == 404


def test_our_restricted_copy_keeps_its_title_among_what_uses_a_claim():
    claim, ours = make.claim(), make.document("The secret story", "desk_copy", restricted=True)
    Usage.objects.create(claim=claim, revision=1, document=ours)
    assert "The secret story" not in told(make.user("reader"), f"/desk/uses/claim/{claim.pk}/")
    assert "The secret story" in told(make.user("editor"), f"/desk/uses/claim/{claim.pk}/")


# --- a reader complains ---


def test_the_words_that_ran_lead_to_the_line_the_claim_and_who_checked_it_on_what():
    _piece, first = lined.piece()
    claim = make.claim("Ada Quill lit the mill.", state="in_check")
    lined.stands(claim, first, "Quill lit")
    make.evidence(claim, document=make.document("The fire report", "memo"))
    make.assessment(claim, author=make.user("checker", first_name="Ida", last_name="Brandt"))
    lined.saved_later(first, "The mill burned.", "Ada Quill has lit it.", "Nobody was hurt.")
    reader = make.user("reader")
    shown = told(reader, "/desk/ran/?q=%E2%80%9Cquill+LIT%E2%80%9D")
    for fact in ("2 Ada Quill has lit it.", "Ada Quill lit the mill.", "Accurate: Ida Brandt", "The fire report"):
        assert fact in shown, fact
    assert "Nothing that ran" in told(reader, "/desk/ran/?q=quill+swam")
    assert "No claim is marked on this line." in told(reader, "/desk/ran/?q=hurt")
    for odd in ("", "%00", "%25", "a+b", "x" * 3000):
        assert desk(reader).get(f"/desk/ran/?q={odd}").status_code == 200


def test_a_reader_quotes_with_other_marks_than_print_has():
    _piece, _first = lined.piece("The council\u2019s \u201cgate\u201d \u2013 it cost \u00a3204,000.", "It rained.")
    reader = make.user("reader")
    for question in ("council's gate", "\"The council\u2018s 'gate', it cost", "(\u00a3204,000) -- council"):
        assert "1 place with" in told(reader, f"/desk/ran/?{urlencode({'q': question})}"), question


def test_words_that_ran_are_found_in_an_earlier_copy_too_and_said_to_be_gone():
    piece, first = lined.piece()
    later = lined.saved_later(first, "The mill burned.", "Somebody lit it.", "Nobody was hurt.")
    reader = make.user("reader")
    gone = told(reader, "/desk/ran/?q=Quill+lit")
    assert "1 place with" in gone
    assert "the newest copy says something else" in gone
    assert "check sheet" not in gone
    page = desk(reader).get("/desk/ran/?q=mill+burned").content.decode()
    assert "1 place with" in page  # the same line of both copies
    line = Sentence.objects.get(snapshot=later, start=0)
    assert f'href="/desk/copy/{piece.document_id}/?line={line.pk}#line-{line.pk}"' in page
    assert f'href="/desk/sheet/{piece.document_id}/#line-1"' in page


def test_a_piece_beyond_the_newest_is_found_by_its_claims(monkeypatch):
    _piece, first = lined.piece()
    lined.stands(make.claim("Ada Quill lit the mill."), first, "Quill lit")
    lined.piece("Later news.")
    monkeypatch.setattr(ran, "MOST_READ", 1)
    monkeypatch.setattr(ran, "MOST_READ_WHOLLY", 1)
    reader = make.user("reader")
    assert "Ada Quill lit it." in told(reader, "/desk/ran/?q=quill+lit")
    assert "Nothing that ran" in told(reader, "/desk/ran/?q=nobody+hurt")


def test_the_words_of_a_usage_are_found_but_not_those_of_restricted_copy():
    claim = make.claim("The mill burned.")
    secret = make.document("The secret story", "desk_copy", restricted=True)
    Usage.objects.create(claim=claim, revision=1, url="https://x.example/1", printed="A mill on fire", owed="due")
    Usage.objects.create(claim=claim, revision=1, document=secret, printed="A mill in secret")
    lined.copy("A mill in secret.", of=secret)
    assert "correction due" in told(make.user("reader"), "/desk/ran/?q=mill+fire")
    assert "0 places" in told(make.user("reader"), "/desk/ran/?q=mill+secret")
    assert "2 places" in told(make.user("editor"), "/desk/ran/?q=mill+secret")


def test_what_ran_asks_as_much_for_one_place_as_for_ten(django_assert_num_queries):
    def one_more():
        _piece, first = lined.piece()
        claim = make.claim()
        lined.stands(claim, first, "burned")
        make.assessment(claim)
        Usage.objects.create(claim=claim, revision=1, document=first.document, printed="It burned.")

    client = desk(make.user("reader"))
    one_more()
    client.get("/desk/ran/?q=burned")
    with CaptureQueriesContext(connection) as asked:
        client.get("/desk/ran/?q=burned")
    for _ in range(9):
        one_more()
    with django_assert_num_queries(len(asked)):
        client.get("/desk/ran/?q=burned")
