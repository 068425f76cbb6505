"""Every resource: what it carries, what a list leaves out, how it is narrowed, ``fields`` and ``expand``."""

from datetime import UTC, date, datetime

import pytest

from claims.models import Annotation, Piece
from factdesk.context import acting
from sources.models import Sentence
from tests import calls, make, rich
from tests.calls import CLAIMS, faults, problem
from tests.ownlines import CLOSE, FIRST, HURT, LESS, PAID, own_copy, save, stands_on

pytestmark = pytest.mark.django_db


def ids(program, address):
    answer = program.get(address)
    assert answer.status_code == 200, answer.content
    return [int(each["id"]) for each in answer.json()["results"]]


# Written out again on purpose: API.md says what a document in a list carries.
def test_a_document_in_a_list_carries_what_the_page_says(program):
    paper = make.outlet("A paper")
    page = make.document(
        "Page", key="k", publisher=paper, bylines=["Ann"], published_on=date(2024, 2, 29), language="en"
    )
    make.snapshot("Older.", of=page, captured_at=datetime(2020, 1, 1, tzinfo=UTC))
    newest = make.snapshot(None, sealed="Newer.", of=page)
    claim = make.claim()
    make.attribution(claim, document=page), make.attribution(claim, document=page)
    calls.withdraw(make.attribution(make.claim(), document=page))
    [listed] = program.get("/api/v1/documents/").json()["results"]
    assert list(listed.items()) == [
        ("id", str(page.pk)),
        ("key", "k"),
        ("url", f"http://testserver/api/v1/documents/{page.pk}/"),
        ("title", "Page"),
        ("kind", "article"),
        ("publisher", {"id": str(paper.pk), "name": "A paper"}),
        ("bylines", ["Ann"]),
        ("published_on", "2024-02-29"),
        ("language", "en"),
        ("snapshot", {"id": str(newest.pk), "sha256": newest.sha256, "length": 6, "sealed": True}),
        ("claims", 1),
    ]
    whole = program.get(listed["url"])
    assert whole.json() | listed == whole.json()
    assert whole["ETag"] == '"1"'
    bare = make.document("")
    told = program.get(f"/api/v1/documents/{bare.pk}/").json()
    assert (told["publisher"], told["snapshot"], told["published_on"], told["claims"]) == (None, None, None, 0)


def test_withdrawn_parts_are_left_out_unless_they_are_asked_for(program):
    claim = make.claim()
    kept, gone = make.attribution(claim), make.attribution(claim)
    calls.withdraw(gone)
    assert ids(program, "/api/v1/attributions/") == [kept.pk]
    assert ids(program, "/api/v1/attributions/?withdrawn=1") == [kept.pk, gone.pk]
    assert faults(program.get("/api/v1/attributions/?withdrawn=0")) == {"withdrawn": "invalid_choice"}
    told = program.get(f"/api/v1/attributions/{gone.pk}/").json()
    assert (told["withdrawn_because"], told["depth"]) == ("A mistake.", None)
    assert told["withdrawn_at"].endswith("Z")
    [hop] = program.get(f"{CLAIMS}{claim.pk}/?expand=attributions").json()["attributions"]
    assert hop["id"] == str(kept.pk)


# resource -> queries that give something, queries that give nothing
NARROWED = {
    "sources": (
        "kind=outlet identity=named&kind=person key=k/1 merged_into={0}",
        "kind=group&merged_into={none} key=x",
    ),
    "documents": (
        "kind=law key=page-1 published_after=2024-02-29 published_before=2024-02-29 publisher={body}",
        "published_after=2024-03-01 published_before=2024-02-28 language=tlh publisher={none}",
    ),
    "passages": ("document={page} part=caption snapshot={copy}", "document={none} snapshot={none}"),
    "quantities": ("claim={claim} measure=arrests base={base}", "claim={none} measure=x"),
    "attributions": (
        "claim={claim} speaker={0} source={0} document={page} said=altered stance=denies",
        "claim={none} document={none} updated_after=2999-01-01T00:00:00Z",
    ),
    "evidence": (
        "claim={claim} source={0} stance=refutes how=call",
        "document={none} created_after=2999-01-01T00:00:00Z",
    ),
    "annotations": ("claim={claim} kind=comment document={page}", "by={none} passage={none}"),
    "accusations": ("claim={claim} accused={0} outcome=waiting", "accused={none}"),
    "relations": ("claim={claim} kind=repeats reason=other_date", "claim={none}"),
    "usages": ("claim={claim} owed=due", "document={none} consumer=x"),
    "assessments": ("verdict=mixed", "author={none} claim={none}"),
    "sign_offs": ("decision=approve decision=send_back", "by={none} assessment={none} claim={none}"),
    "clearances": ("value=legal_hold", "claim={none} by={none}"),
    "reply_requests": ("claim={claim}", "accusation={none}"),
    "rulings": ("about=origins about=sentence document={page} decision=heading", "claim={none} decision=x"),
    "pieces": ("document={page} author={ann}", "editor={none} lawyer={none} second_reader={none} checker={none}"),
    "copy_changes": ("force=must decision=rejected document={page}", "piece={none} claim={none}"),
}


@pytest.fixture
def desk(db):
    rich.desk()


def test_every_list_is_narrowed_by_its_filters(desk, program):
    piece = Piece.objects.get()
    page = piece.document
    claim = Annotation.objects.filter(claim__isnull=False).first().claim
    accused = claim.accusations.first().accused_id
    make.quantity(claim)  # of arrests
    named = {
        "none": "987654321",
        "claim": claim.pk,
        "page": page.pk,
        "copy": Sentence.objects.get().snapshot_id,
        "ann": piece.author_id,
        "body": page.publisher_id,
        "base": claim.quantities.first().pk,
    }
    for resource, (some, none) in NARROWED.items():
        for query in some.split():
            address = f"/api/v1/{resource}/?{query.replace('{0}', str(accused)).format(**named)}"
            assert ids(program, address), address
        for query in none.split():
            assert ids(program, f"/api/v1/{resource}/?{query.format(**named)}") == [], f"{resource}?{query}"


def test_fields_and_expand_make_one_round_trip_of_many(program):
    page = make.document("A page", publisher=make.outlet("A paper"))
    claim, speaker = make.claim(), make.source("A speaker")
    words = make.passage(make.snapshot("Some words here.", of=page), 5, 10)
    hop = make.attribution(claim, speaker, document=page, passage=words)
    told = program.get(f"{CLAIMS}{claim.pk}/?fields=id&expand=attributions.speaker,attributions.passage").json()
    assert list(told) == ["id", "attributions"]
    [shown] = told["attributions"]
    assert shown["speaker"]["reliability"] is None
    assert shown["passage"]["exact"] == "words"
    assert shown["document"] == {
        "id": str(page.pk),
        "restricted": False,
        "key": None,
        "title": "A page",
        "kind": "article",
    }
    told = program.get(f"/api/v1/attributions/{hop.pk}/?fields=document&expand=claim,document.publisher").json()
    assert list(told) == ["claim", "document"]
    assert told["claim"]["statement"] == claim.statement
    assert told["document"]["publisher"]["kind"] == "outlet"
    assert program.get(f"{CLAIMS}?fields=place,about_from").json()["results"] == [{"place": "", "about_from": None}]
    assert "attributions" not in program.get(f"{CLAIMS}{claim.pk}/").json()


@pytest.mark.parametrize("wrong", ["nothing", "", ",", "attributions.", ".speaker", "attributions.speaker.owner", "id"])
def test_an_expansion_that_there_is_not_is_refused(program, wrong):
    make.claim()
    for address in (CLAIMS, f"{CLAIMS}1/"):
        assert set(faults(program.get(address, data={"expand": wrong}))) == {"expand"}


def test_the_history_of_a_claim_says_what_changed_who_and_why(program):
    ann = make.user("editor", username="ann", first_name="Ann")
    with acting(by=ann, why="heard it", way="api"):
        claim = make.claim("Seven were hurt.", "statistic")
        figure = make.quantity(claim, "7.0")
    with acting(by=ann, why="misheard", way="admin"):
        figure.value = "8.0"
        figure.save(update_fields=["value"])
    with acting():
        calls.withdraw(make.attribution(claim))
    told = program.get(f"{CLAIMS}{claim.pk}/history/").json()["results"]
    changed = next(each for each in told if each["resource"] == "quantities" and each["action"] == "changed")
    assert {name: changed[name] for name in ("record", "by", "why", "way", "changes")} == {
        "record": str(figure.pk),
        "by": {"id": str(ann.pk), "name": "Ann"},
        "why": "misheard",
        "way": "admin",
        "changes": {"value": {"before": "7.0", "after": "8.0"}},
    }
    [added] = [each for each in told if each["resource"] == "claims" and each["action"] == "added"]
    assert added["changes"]["statement"] == {"before": None, "after": "Seven were hurt."}
    gone = next(each for each in told if each["resource"] == "attributions" and each["action"] == "changed")
    assert gone["by"] is None
    assert gone["changes"]["withdrawn_because"] == {"before": "", "after": "A mistake."}
    assert all(each["changes"] for each in told)


def test_the_history_tells_decisions_and_goes_by_pages_forth_and_back(program):
    claim = make.claim(kind="detail", state="signed_off")
    start = f"{CLAIMS}{claim.pk}/history/"
    whole = program.get(start).json()["results"]
    assert {"claims", "assessments", "sign_offs", "transitions"} <= {each["resource"] for each in whole}
    assert [each["at"] for each in whole] == sorted((each["at"] for each in whole), reverse=True)
    forth, address, last = [], f"{start}?limit=2", ""
    while address:
        told, last = program.get(address).json(), address
        forth += told["results"]
        address = told["next"]
    assert forth == whole
    back, address = [], last
    while address:
        told = program.get(address).json()
        back = told["results"] + back
        address = told["previous"]
    assert back == whole
    for cursor in ("x", "bnwtYXR8eHwx", "bnwtYXR8MjAyNC0wMS0wMSBjbGFpbXN8MQ"):
        assert faults(program.get(start, data={"cursor": cursor})) == {"cursor": "invalid_cursor"}
    assert faults(program.get(f"{start}?ordering=-at")) == {"ordering": "unknown_parameter"}


def test_changes_of_state_are_listed(program):
    claim = make.claim(kind="detail", state="signed_off")
    told = program.get(f"{CLAIMS}{claim.pk}/transitions/?fields=before,after,action").json()["results"]
    assert [each["action"] for each in told] == ["take", "submit", "sign_off"]
    problem(program.client.put(f"{CLAIMS}{claim.pk}/transitions/", {}), 405, "method_not_allowed")


def test_a_document_is_read_with_its_marked_words_and_claims(program):
    page = make.document("A page")
    held, sealed = make.snapshot("Some 🔥 words.", of=page), make.snapshot(None, sealed="Other.", of=page)
    words = make.passage(held, 5, 6)
    claim, other, elsewhere = make.claim("One."), make.claim("Two."), make.claim("Three.")
    hop = make.attribution(claim, document=page, passage=words)
    backing = make.evidence(other, document=page, passage=words)
    calls.withdraw(make.attribution(elsewhere, document=page, passage=words))
    address = f"/api/v1/documents/{page.pk}/annotated/"
    told = program.get(f"{address}?snapshot={held.pk}").json()
    assert list(told) == ["document", "snapshot", "text", "passages", "claims"]
    assert (told["document"]["title"], told["text"]) == ("A page", "Some 🔥 words.")
    assert told["passages"] == [
        {
            "id": str(words.pk),
            "start": 5,
            "end": 6,
            "part": "body",
            "locator": "",
            "marks": [
                {"kind": "attribution", "id": str(hop.pk), "claim": str(claim.pk)},
                {"kind": "evidence", "id": str(backing.pk), "claim": str(other.pk)},
            ],
        }
    ]
    assert [(each["statement"], each["state"]) for each in told["claims"]] == [("One.", "new"), ("Two.", "new")]
    newest = program.get(address).json()
    assert (newest["snapshot"]["id"], newest["text"], newest["passages"]) == (str(sealed.pk), None, [])
    assert faults(program.get(f"{address}?snapshot=x")) == {"snapshot": "invalid_id"}
    problem(program.get(f"{address}?snapshot={make.snapshot().pk}"), 404, "not_found")
    empty = program.get(f"/api/v1/documents/{make.document().pk}/annotated/").json()
    assert (empty["snapshot"], empty["text"], empty["passages"], empty["claims"]) == (None, None, [], [])


def test_coverage_says_which_lines_are_left(program):
    page = make.document()
    held = make.snapshot("One thing. Another.", of=page)
    lines = [Sentence.objects.create(snapshot=held, start=start, end=end) for start, end in ((0, 10), (11, 19))]
    claim = make.claim()
    make.attribution(claim, document=page, passage=make.passage(held, 0, 3))
    told = program.get(f"/api/v1/documents/{page.pk}/coverage/").json()
    assert {name: told[name] for name in ("sentences", "claimed", "ruled_out", "left", "claims")} == {
        "sentences": 2,
        "claimed": 1,
        "ruled_out": 0,
        "left": 1,
        "claims": 1,
    }
    assert [(line["id"], line["exact"], line["claims"]) for line in told["lines"]] == [
        (str(lines[0].pk), "One thing.", [str(claim.pk)]),
        (str(lines[1].pk), "Another.", []),
    ]
    bare = program.get(f"/api/v1/documents/{make.document().pk}/coverage/").json()
    assert (bare["snapshot"], bare["sentences"], bare["lines"]) == (None, 0, [])


def test_a_difference_says_what_became_of_each_line(program):
    page = own_copy()
    first = save(page, FIRST)
    claim = stands_on(first, HURT)
    second = save(page, f"Bridge closes\n\nIt rained. {HURT} {LESS}\n")
    address = f"/api/v1/documents/{page.pk}/difference/"
    told = program.get(address).json()
    assert (told["document"], told["snapshot"], told["since"]) == (str(page.pk), str(second.pk), str(first.pk))
    exact = [[side and side["exact"] for side in (one["before"], one["after"])] for one in told["lines"]]
    assert exact == [[CLOSE, None], [None, "It rained."], [HURT, HURT], [PAID, LESS]]
    assert [one["what"] for one in told["lines"]] == ["gone", "new", "moved", "changed"]
    assert [one["claims"] for one in told["lines"]] == [[], [], [str(claim.pk)], []]
    assert told["lines"][2]["after"]["part"] == "body"
    same = program.get(f"{address}?snapshot={first.pk}&since={first.pk}").json()
    assert (same["snapshot"], same["since"], same["lines"]) == (str(first.pk), str(first.pk), [])
    assert program.get(f"{address}?snapshot={first.pk}").json()["since"] is None
    bare = program.get(f"/api/v1/documents/{make.document().pk}/difference/").json()
    assert (bare["snapshot"], bare["since"], bare["lines"]) == (None, None, [])
    elsewhere = make.snapshot()
    for name in ("snapshot", "since"):
        problem(program.get(f"{address}?{name}={elsewhere.pk}"), 404, "not_found")
        assert set(faults(program.get(f"{address}?{name}=x"))) == {name}
    nothing_saved = f"/api/v1/documents/{make.document().pk}/difference/"
    assert set(faults(program.get(f"{nothing_saved}?since=x"))) == {"since"}
    problem(program.get(f"{nothing_saved}?since={first.pk}"), 404, "not_found")


def test_a_record_file_comes_as_json_or_as_yaml(program):
    page = make.document("A page", key="page-1")
    make.attribution(make.claim(), document=page, passage=make.passage(make.snapshot("Words.", of=page)))
    address = f"/api/v1/documents/{page.pk}/dossier/"
    answer = program.get(address)
    assert (answer["Content-Type"], answer.json()["document"]["key"]) == ("application/json", "page-1")
    answer = program.get(address, headers={"Accept": "application/yaml"})
    assert answer["Content-Type"] == "application/yaml"
    assert "title: A page" in answer.content.decode()
    problem(program.get(address, headers={"Accept": "text/html"}), 406, "not_acceptable")


def test_saved_copies_are_listed_without_their_text(program):
    held = make.snapshot("A text that is not in the list.")
    [told] = program.get(f"/api/v1/documents/{held.document_id}/snapshots/").json()["results"]
    names = "id document sha256 length sealed original_sha256 captured_at captured_by captured_from attached_at"
    assert " ".join(told) == names
