"""The pages of claims, material and sources: what they show, in how many queries, and that no text breaks them."""

import re
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims import workflow
from claims.models import Claim, Relation
from factdesk.reading import COUNTED
from sources.models import Sentence
from tests import lined, make, odd_texts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

HOSTILE = "<script>alert('x')</script> \u202eright to left\u202c 👩‍👩‍👧 é \"quoted\" & more"
LISTS = ["/admin/claims/claim/", "/admin/sources/document/", "/admin/sources/source/"]


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make.user("reader", is_staff=True))
    return client


def page(desk: Client, record) -> str:
    answer = desk.get(f"/admin/{record._meta.app_label}/{record._meta.model_name}/{record.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def words(html: str) -> str:
    """What is to be read on the page, on one line."""
    reader = _Words()
    reader.feed(html)
    return " ".join(" ".join(reader.found).split())


def a_claim_with_everything(name: str = "Ada Quill"):
    paper = make.outlet("The Wharf")
    ada = make.source(name, identity="unnamed")
    held = make.document("Harbour closes", publisher=paper)
    marked = make.passage(make.snapshot("The harbour closes on Monday.", of=held), 4, 18)
    claim = make.claim("The harbour is going to be closed.", kind="allegation")
    origin = make.attribution(claim, ada, basis="told_by_others")
    make.attribution(claim, paper, relays=origin, passage=marked, document=held, certainty="hedged", hedge="may")
    base = make.quantity(claim, "3", "days in all")
    make.quantity(claim, "50", "days closed", unit="percent", base=base, base_is="share_of")
    make.evidence(claim, document=make.document("A notice", "memo"), note="It hung at the gate.")
    make.accusation(claim, make.source("The council", "organization"), known_position="Denied it in June.")
    Relation.objects.create(claim=make.claim("It closes."), kind="repeats", other=claim)
    return claim


def test_a_claims_page_says_in_one_look_who_says_so_and_what_is_wrong_with_it(desk):
    told = words(page(desk, a_claim_with_everything()))
    for fact in (
        "Where the work stands New",
        "Is it so No finding yet",
        "OK to print Not OK to print yet",
        "Original sources 1",
        "Only unnamed original sources",
        "One original source",
        "1 more",
        "Ada Quill (unnamed) → passed on by The Wharf “may”",
        "50 percent",
        "of what a share of 3",
        "The council : not asked yet",
        "Known position (not a reply): Denied it in June.",
        "It hung at the gate.",
        "It closes. repeats this",
        "Harbour closes, The Wharf",
    ):
        assert fact in told, fact


def test_a_documents_page_shows_its_text_with_the_claims_where_they_stand(desk):
    claim = a_claim_with_everything()
    html = page(desk, claim.attributions.get(passage__isnull=False).document)
    assert re.search(r"The <mark class=\"depth-1\">harbour closes<sup><a href=\"#claim-1\">1</a></sup></mark> on", html)
    assert '<li id="claim-1"><a class="statement"' in html


def test_marks_that_overlap_stay_distinct(desk):
    snapshot = make.snapshot("abcdefgh")
    for start, end in [(0, 4), (2, 6), (2, 6), (6, 8)]:
        make.attribution(make.claim(), passage=make.passage(snapshot, start, end), document=snapshot.document)
    copy = re.search(r'<div class="copy".*?</div>', page(desk, snapshot.document), re.S)[0]
    pieces = re.findall(r'<mark class="depth-(\d)">([a-h]+)(?:<sup>(.*?)</sup>)?', copy)
    plain = [(depth, text, re.findall(r">(\d)<", ends)) for depth, text, ends in pieces]
    assert plain == [("1", "ab", []), ("3", "cd", ["1"]), ("2", "ef", ["2", "3"]), ("1", "gh", ["4"])]


def test_marks_count_characters_and_not_bytes_or_utf16_units(desk):
    snapshot = make.snapshot("👩\u200d👩\u200d👧 e\u0301 שלום end")
    make.attribution(make.claim(), passage=make.passage(snapshot, 6, 8), document=snapshot.document)
    assert '<mark class="depth-1">e\u0301<sup>' in page(desk, snapshot.document)


def test_a_document_whose_text_is_not_held_shows_its_lines_and_says_so(desk):
    snapshot = make.snapshot(None, sealed="Two lines. Here.")
    for start, end in [(0, 10), (11, 16)]:
        Sentence.objects.create(snapshot=snapshot, start=start, end=end)
    make.attribution(make.claim(), passage=make.passage(snapshot, 0, 10), document=snapshot.document)
    told = words(page(desk, snapshot.document))
    assert "Text not held: 16 characters, known by their digest." in told
    assert "0–10 Body 1 11–16 Body left" in told  # noqa: RUF001
    assert "1 claims · 2 lines · 1 with claims · 0 ruled out · 1 left" in told


def test_a_source_has_what_it_said_passed_on_and_is_accused_of_with_its_duplicates(desk):
    root, twin = make.source("Ada Quill"), make.source("A. Quill")
    twin.merged_into = root
    twin.save(update_fields=["merged_into"])
    said, passed, of = make.claim("She said."), make.claim("She passed on."), make.claim("She is accused.")
    make.attribution(said, twin)
    make.attribution(passed, root, relays=make.attribution(passed))
    make.accusation(of, twin)
    told = words(page(desk, root))
    assert re.search("Said, as original source She said.*Passed on She passed on.*Accused of She is accused.", told)
    assert "One with A. Quill" in told
    assert "A duplicate of Ada Quill" in words(page(desk, twin))


@pytest.mark.parametrize("where", ["statement", "name", "title", "note", "text"])
def test_no_text_breaks_a_page(desk, where):
    claim = make.claim(HOSTILE if where == "statement" else "A claim.")
    source = make.source(HOSTILE if where == "name" else "A source")
    document = make.document(HOSTILE if where == "title" else "A page", note=HOSTILE if where == "note" else "")
    text = HOSTILE if where == "text" else "Some words."
    make.attribution(claim, source, passage=make.passage(make.snapshot(text, of=document)), document=document)
    shown = [page(desk, record) for record in (claim, source, document)] + [
        desk.get(address).content.decode() for address in ["/admin/", *LISTS]
    ]
    assert not any("<script>alert" in html for html in shown)
    assert sum(" ".join(HOSTILE.split()) in words(html) for html in shown) >= 1


def test_lists_name_original_sources_and_warnings(desk):
    a_claim_with_everything()
    told = words(desk.get("/admin/claims/claim/?kind=allegation").content.decode())
    assert "1 Ada Quill (unnamed) Only unnamed original sources One original source +1" in told


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("warning=second_hand_origin", 1),
        ("warning=plural_from_one", 0),
        ("kind=event", 1),
        ("q=harbour", 1),
        ("q=nothing+like+it", 0),
        ("source={council}", 1),
        ("source={wharf}", 1),
        ("document={document}", 1),
        ("source=999999", 0),
        ("document=no-number", 0),
        ("source=' OR 1=1", 0),
    ],
)
def test_the_list_of_claims_is_narrowed(desk, query, found):
    claim = a_claim_with_everything()
    hop = claim.attributions.get(passage__isnull=False)
    named = {"wharf": hop.speaker_id, "document": hop.document_id, "council": claim.accusations.get().accused_id}
    answer = desk.get(f"/admin/claims/claim/?{query.format(**named)}")
    assert answer.status_code == 200
    assert answer.context["cl"].result_count == found


@pytest.mark.parametrize("address", ["/admin/", *LISTS])
def test_a_list_asks_as_much_for_one_row_as_for_thirty(desk, address, django_assert_num_queries):

    a_claim_with_everything()
    desk.get(address)
    with CaptureQueriesContext(connection) as one:
        desk.get(address)
    for number in range(15):
        a_claim_with_everything(f"Source {number}")
    with django_assert_num_queries(len(one)):
        desk.get(address)


def test_a_page_asks_as_much_for_one_hop_as_for_thirty(desk, django_assert_num_queries):

    claim = a_claim_with_everything()
    document = claim.attributions.get(passage__isnull=False).document
    asked = {}
    for record in (claim, document):
        page(desk, record)
        with CaptureQueriesContext(connection) as one:
            page(desk, record)
        asked[record] = len(one)
    for number in range(30):
        passage = make.passage(document.snapshots.get(), 0, number % 9 + 1)
        make.attribution(claim, make.source(f"Number {number}"), passage=passage, document=document)
        make.attribution(make.claim(), passage=passage, document=document)
        make.evidence(claim, document=make.document(f"Notice {number}"))
        make.accusation(claim, make.source(f"Accused {number}"))
    for record, count in asked.items():
        with django_assert_num_queries(count):
            page(desk, record)
    assert max(asked.values()) <= 34


def test_a_list_counts_no_further_than_it_pages(desk, sql, monkeypatch):
    monkeypatch.setattr("factdesk.reading.COUNTED", 3)
    for _ in range(5):
        make.source()
    answer = desk.get("/admin/sources/source/")
    assert answer.context["cl"].result_count == 3
    assert "3 or more" in words(answer.content.decode())
    assert COUNTED == 5_000


def test_restricted_material_shows_nothing_of_itself_to_who_may_not_read_it(desk):
    secret = make.document("The secret memo", "memo", restricted=True, publisher=make.outlet("The Wharf"))
    claim = make.claim("The harbour is going to be closed.")
    marked = make.passage(make.snapshot("Whispered words.", of=secret))
    make.attribution(claim, make.source("A clerk"), passage=marked, document=secret)
    make.evidence(claim, document=secret)
    shown = [
        page(desk, claim),
        page(desk, secret.publisher),
        *(desk.get(address).content.decode() for address in ["/admin/", *LISTS]),
        desk.get(f"/admin/claims/claim/{claim.pk}/chain.svg").content.decode(),
        desk.get(f"/admin/claims/claim/?document={secret.pk}").content.decode(),
    ]
    assert not [html for html in shown if "secret memo" in html or "Whispered" in html]
    assert "Restricted material" in shown[0]
    assert desk.get(f"/admin/sources/document/{secret.pk}/change/").status_code == 302
    editor = Client()
    editor.force_login(make.user("editor"))
    assert "The secret memo" in page(editor, claim)
    assert "Whispered words." in words(page(editor, secret))


def test_a_claims_page_tells_its_history_with_who_and_why(desk):
    claim, editor = make.claim(state="signed_off"), make.user("editor", first_name="Ada", last_name="Quill")
    workflow.reopen(claim_id=claim.pk, by=editor, reason="A reader wrote.")
    told = words(page(desk, claim))
    assert "Where the work stands" in told.partition("changes, newest first")[2]
    assert re.search(r"Ada Quill Claim \d+ changed .*state: signed_off → in_check.* A reader wrote\. · shell", told)
    restricted = make.document("The secret memo", "memo", restricted=True)
    make.evidence(claim, document=restricted)
    assert "secret memo" not in page(desk, claim)


class _Named(HTMLParser):
    """The texts of the elements of one class, to the character."""

    def __init__(self, named: str) -> None:
        super().__init__()
        self.named, self.depth, self.found = named, 0, list[str]()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if self.depth or self.named in (dict(attributes).get("class") or "").split():
            self.found += [] if self.depth else [""]
            self.depth += tag != "br"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= bool(self.depth)

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.found[-1] += data


def shown(html: str, named: str) -> list[str]:
    reader = _Named(named)
    reader.feed(html)
    return reader.found


@pytest.mark.long
def test_every_naughty_string_stands_on_the_pages_as_it_went_in(desk):
    strings = [text[:500] for text in odd_texts.naughty_words()]
    for text in strings:
        claim = make.claim(text, topics=[text[:100]], place=text)
        make.attribution(claim, make.source(text, aliases=[text]))
    listed: dict[str, list[str]] = {"claims/claim": [], "sources/source": []}
    for room, found in listed.items():
        for number in range(1, len(strings) // 50 + 2):
            answer = desk.get(f"/admin/{room}/?p={number}")
            assert answer.status_code == 200
            found.extend(shown(answer.content.decode(), "statement" if room == "claims/claim" else "name"))
    assert sorted(listed["claims/claim"]) == sorted(strings)
    assert sorted(listed["sources/source"]) == sorted(strings)
    text = "\n".join(strings)
    held = make.snapshot(text)
    make.attribution(claim, passage=make.passage(held, 0, 1000), document=held.document)
    [copy] = shown(page(desk, held.document), "copy")
    assert copy == f"{text[:1000]}1{text[1000:]}"  # with the number of the claim where its mark ends
    assert shown(page(desk, claim), "statement")[0] == strings[-1]
    for asked in strings[::10]:
        assert desk.get("/admin/claims/claim/", {"q": asked}).status_code == 200


def test_a_claims_page_leads_to_its_line_and_names_who_initialled_it(desk):
    _piece, copy = lined.piece()
    claim, loose = make.claim(), make.claim()
    lined.stands(claim, copy, "burned")
    checker = make.user("checker", first_name="Ida", last_name="Brandt")
    found = workflow.tick(claim_id=claim.pk, revision=1, by=checker)
    signed = make.user("editor", first_name="Tom", last_name="Achebe")
    workflow.sign_off(assessment_id=found.pk, revision=1, by=signed)
    shown = page(desk, claim)
    assert f'href="/desk/copy/{copy.document_id}/?claim={claim.pk}" data-key="n"' in shown
    assert "Initialled: Tom Achebe" in words(shown)
    assert "Ida Brandt" in words(shown)
    assert "?claim=" not in page(desk, loose)


def test_a_sources_page_has_first_what_was_found_on_what_it_said(desk):
    source = make.source("The Wharf")
    made = {statement: make.claim(statement) for statement in ("Found.", "Newer.", "Newest.")}
    for claim in made.values():
        make.attribution(claim, source)
    found = workflow.tick(claim_id=made["Found."].pk, revision=1, by=make.user("checker"))
    workflow.sign_off(assessment_id=found.pk, revision=1, by=make.user("editor"))
    for statement in ("Newer.", "Newest."):
        Claim.objects.filter(pk=made[statement].pk).update(place="Ulm")
    shown = page(desk, source)
    places = [shown.index(statement) for statement in ("Found.", "Newest.", "Newer.")]
    assert places == sorted(places)
