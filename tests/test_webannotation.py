"""A document's marked words as W3C Web Annotations: the W3C's own assertions hold, and what we say of them does."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft4Validator
from rdflib import Graph, Literal, Namespace, URIRef
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from claims import webannotation
from claims.models import Annotation, CopyChange, Piece
from sources.models import Document, Passage
from tests import calls, make, rich
from tests.calls import faults, problem

pytestmark = pytest.mark.django_db

DATA = os.environ.get("FACTDESK_EVAL_DATA", "")
W3C = Path(DATA) / "annotation"
MEDIA_TYPE = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
OA = Namespace("http://www.w3.org/ns/oa#")


def told(program, document, query=""):
    answer = program.get(f"/api/v1/documents/{document.pk}/annotations.jsonld{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def every(program, document):
    """All annotations of a document, page after page."""
    page, found = told(program, document), []
    while page:
        found += page["items"]
        page = program.get(page["next"]).json() if "next" in page else None
    return found


def by_name(items):
    return {one["id"].partition("#")[2]: one for one in items}


# --- the W3C's assertions ---

_MOTIVATIONS = {"commenting", "describing", "editing", "identifying", "linking", "questioning", "replying"}


@pytest.mark.skipif(not (W3C / "w3c_definitions").is_dir(), reason="FACTDESK_EVAL_DATA has no annotation/")
@pytest.mark.parametrize("most", [200, 3])
def test_the_w3cs_assertions_hold_on_every_annotation_page_and_collection(program, monkeypatch, most):
    monkeypatch.setattr(webannotation, "MOST", most)
    rich.desk()
    chief = calls.caller(make.user("chief"), ["review"])
    answers = CopyChange.objects.first().passage
    Annotation.objects.create(passage=answers, kind="question", body="Who says so?", by=make.user())
    pages, items = [], []
    for document in Document.objects.all():
        page = told(chief, document)
        while page:
            pages.append(page)
            items += page["items"]
            page = chief.get(page["next"]).json() if "next" in page else None
    assert {one["motivation"] for one in items} == _MOTIVATIONS
    collections = [{"@context": page["@context"], **page["partOf"]} for page in pages]
    assert held("w3c_annotations/annotationMusts.test", list({_shape(one): one for one in items}.values())) == 54
    assert held("w3c_collections/collectionMusts.test", collections) == 10
    assert held("w3c_collections/pages/pageMusts.test", pages) == 15


def _shape(told):
    """Which keys there are, and which of the words that are the W3C's: to hold each of these once is enough."""
    if isinstance(told, dict):
        return tuple((name, _shape(value)) for name, value in told.items())
    if isinstance(told, list):
        return tuple(_shape(value) for value in told)
    return told if told in ("Annotation", "SpecificResource", "TextualBody", *_MOTIVATIONS) else type(told)


def held(test, things):
    """How many assertions of a W3C test there are; each holds on each of these."""
    definitions = Registry().with_resources(
        (path.name, Resource.from_contents(json.loads(path.read_text()), default_specification=DRAFT4))
        for path in (W3C / "w3c_definitions").glob("*.json")
    )
    assertions = json.loads((W3C / test).read_text())["assertions"]
    for name in assertions:
        schema = json.loads((W3C / f"w3c_{name}").read_text())
        assert (schema["assertionType"], schema["expectedResult"]) == ("must", "valid")
        for thing in things:
            Draft4Validator(schema, registry=definitions).validate(thing)
    return len(assertions)


# --- what we say of them; runs always ---


@pytest.fixture
def page(db):
    """Words before which an emoji stands, in a copy whose moment is known, published on the web."""
    document = make.document("Mill on fire", url="https://news.example/a page?x=1")
    text = "🔥 The old mill burned. 🔥 Nobody was hurt."
    copy = make.snapshot(text, of=document, captured_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
    return make.passage(copy, 2, 22, locator="p. 1")


def test_a_hop_is_an_annotation_of_the_words_in_that_copy_with_the_claim_as_its_body(program, page):
    claim = make.claim("The old mill burned.", "detail", state="signed_off")
    hop = make.attribution(claim, document=page.snapshot.document, passage=page)
    claim.refresh_from_db()
    document, site = page.snapshot.document, "http://testserver/api/v1"
    here = f"{site}/documents/{document.pk}/annotations.jsonld"
    context = ["http://www.w3.org/ns/anno.jsonld", {"desk": "urn:factdesk:word:", "schema": "http://schema.org/"}]
    whole = told(program, document)
    [one] = whole.pop("items")
    assert whole == {
        "@context": context,
        "id": here,
        "type": "AnnotationPage",
        "partOf": {"id": f"{here}#all", "type": "AnnotationCollection", "label": "Mill on fire", "total": 1,
                   "first": here, "last": here},
        "startIndex": 0,
    }  # fmt: skip
    assert {one.pop("created"), one.pop("modified")} == {
        moment.isoformat(timespec="microseconds").replace("+00:00", "Z") for moment in (hop.created_at, hop.updated_at)
    }
    assert one == {
        "@context": context,
        "id": f"{here}#attribution-{hop.pk}",
        "type": "Annotation",
        "motivation": "identifying",
        "generator": {"id": f"{site}/#desk", "type": "Software", "name": "factdesk", "nickname": "factdesk"},
        "via": f"{site}/attributions/{hop.pk}/",
        "body": [
            {
                "id": f"{site}/claims/{claim.pk}/",
                "type": "Text",
                "format": "application/json",
                "desk:statement": "The old mill burned.",
                "desk:kind": "detail",
                "desk:state": "in_check",  # a hop is substance: it fell
                "desk:clearance": "not_cleared",
                "desk:revision": claim.revision,
            },
            {"type": "TextualBody", "value": "The old mill burned.", "format": "text/plain", "purpose": "describing"},
            {"type": "TextualBody", "value": "asserts", "format": "text/plain", "purpose": "tagging"},
        ],
        "target": {
            "type": "SpecificResource",
            "source": "https://news.example/a%20page?x=1",
            "selector": [
                {"type": "TextPositionSelector", "start": 2, "end": 22},
                {"type": "TextQuoteSelector", "exact": "The old mill burned.", "prefix": "🔥 ",
                 "suffix": " 🔥 Nobody was hurt."},
            ],
            "state": {
                "type": "TimeState",
                "sourceDate": "2026-03-01T09:30:00.000000Z",
                "cached": f"{site}/documents/{document.pk}/annotated/?snapshot={page.snapshot_id}",
                "schema:sha256": page.snapshot.sha256,
            },
        },
    }  # fmt: skip
    text = program.get(one["target"]["state"]["cached"]).json()["text"]
    assert text[2:22] == "The old mill burned."  # code points, as W3C counts


def test_every_sort_of_mark_has_its_motivation_and_only_remarks_have_a_creator(program, page):
    ann = make.user("checker", first_name="Ann", last_name="Ames")
    claim, document = make.claim("The mill burned.", "allegation"), page.snapshot.document
    marks = {
        "accusation": make.accusation(claim, known_position="No.", known_position_passage=page),
        "attribution": make.attribution(claim, document=document, passage=page, stance="denies"),
        "evidence": make.evidence(claim, "refutes", document=document, passage=page),
        "copy_change": CopyChange.objects.create(
            piece=Piece.objects.create(document=document),
            passage=page,
            replacement="",
            reason="Not so.",
            proposed_by=ann,
        ),
    }
    for kind in ("comment", "question", "correction", "to_do"):
        marks[kind] = Annotation.objects.create(claim=claim, passage=page, kind=kind, body="Look.", by=ann)
    found = by_name(every(program, document))
    assert {name: found[f"{name if name in webannotation.SORTS else 'annotation'}-{row.pk}"]["motivation"]
            for name, row in marks.items()} == {
        "accusation": "describing", "attribution": "identifying", "evidence": "linking", "copy_change": "editing",
        "comment": "commenting", "question": "questioning", "correction": "editing", "to_do": "commenting",
    }  # fmt: skip
    creators = {name.partition("-")[0]: one.get("creator", {}).get("name") for name, one in found.items()}
    assert creators == {
        "accusation": None, "attribution": None, "evidence": None, "annotation": "Ann Ames", "copy_change": "Ann Ames"
    }  # fmt: skip
    change = found[f"copy_change-{marks['copy_change'].pk}"]
    assert [(body["value"], body["purpose"]) for body in change["body"]] == [("", "editing"), ("Not so.", "commenting")]
    tags = {name.partition("-")[0]: one["body"][-1]["value"] for name, one in found.items()}
    assert (tags["attribution"], tags["evidence"], tags["accusation"]) == ("denies", "refutes", "known_position")


def test_an_answer_is_a_reply_to_the_remark_even_where_it_marks_no_words(program, page):
    by, claim = make.user(), make.claim()
    asked = Annotation.objects.create(passage=page, kind="question", body="When?", by=by)
    bare = Annotation.objects.create(claim=claim, kind="comment", body="At nine.", by=by, answers=asked)
    marking = Annotation.objects.create(passage=page, kind="comment", body="Here.", by=by, answers=asked)
    found = by_name(every(program, page.snapshot.document))
    question = found[f"annotation-{asked.pk}"]
    assert question["motivation"] == "questioning"
    assert found[f"annotation-{bare.pk}"]["motivation"] == "replying"
    assert found[f"annotation-{bare.pk}"]["target"] == question["id"]
    assert found[f"annotation-{marking.pk}"]["target"] == [question["id"], question["target"]]


def test_the_words_are_left_out_while_the_text_is_not_held_and_withdrawn_marks_always(program):
    copy = make.snapshot(None, sealed="Words that are not here.")
    words = make.passage(copy, 0, 5)
    make.attribution(make.claim(), document=copy.document, passage=words)
    calls.withdraw(make.attribution(make.claim(), document=copy.document, passage=words))
    [one] = every(program, copy.document)
    assert one["target"]["selector"] == [{"type": "TextPositionSelector", "start": 0, "end": 5}]
    assert one["target"]["state"]["schema:sha256"] == copy.sha256


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://news.example/ümlaut/日", "https://news.example/%C3%BCmlaut/%E6%97%A5"),
        ("urn:isbn:9780000000002", "urn:isbn:9780000000002"),
        ("http://[2001:db8::1]/x#y", "http://[2001:db8::1]/x#y"),
        ("news.example/mill", None),
        ("C:\\papers\\mill.pdf", None),
        ("https://a/%zz", None),
        ("https://a/[b]", None),
        ("", None),
    ],
)
def test_the_source_is_where_it_was_published_if_that_is_a_uri_else_its_address_here(program, url, source):
    words = make.passage(make.snapshot("Words.", of=make.document(url=url)))
    make.attribution(make.claim(), document=words.snapshot.document, passage=words)
    [one] = every(program, words.snapshot.document)
    here = f"http://testserver/api/v1/documents/{words.snapshot.document_id}/"
    assert one["target"]["source"] == (source or here)


def test_a_long_document_comes_in_pages_none_twice_none_lost_in_the_order_of_the_text(program, monkeypatch):
    monkeypatch.setattr(webannotation, "MOST", 3)
    copy = make.snapshot("x" * 50)
    for start in (40, 7, 23, 7, 0, 31, 12):
        make.attribution(make.claim(), document=copy.document, passage=make.passage(copy, start, start + 2))
    pages = [told(program, copy.document, f"?page={number}") for number in (1, 2, 3)]
    here = f"http://testserver/api/v1/documents/{copy.document_id}/annotations.jsonld"
    assert [(page["id"], page["startIndex"], page.get("prev"), page.get("next")) for page in pages] == [
        (here, 0, None, f"{here}?page=2"),
        (f"{here}?page=2", 3, here, f"{here}?page=3"),
        (f"{here}?page=3", 6, f"{here}?page=2", None),
    ]
    assert {(page["partOf"]["total"], page["partOf"]["last"]) for page in pages} == {(7, f"{here}?page=3")}
    items = [one for page in pages for one in page["items"]]
    assert [one["target"]["selector"][0]["start"] for one in items] == [0, 7, 7, 12, 23, 31, 40]
    assert len(by_name(items)) == 7
    problem(program.get(f"{here}?page=4"), 404, "not_found")


def test_one_saved_copy_alone_can_be_asked_for(program):
    document = make.document()
    for moment in (1, 2):
        copy = make.snapshot(f"Text {moment}", of=document, captured_at=datetime(2026, 1, moment, tzinfo=UTC))
        make.attribution(make.claim(), document=document, passage=make.passage(copy, 0, 4))
    other = make.snapshot("Elsewhere.")
    assert len(every(program, document)) == 2
    page = told(program, document, f"?snapshot={copy.pk}")
    [one] = page["items"]
    assert one["target"]["state"]["schema:sha256"] == copy.sha256
    assert page["partOf"]["total"] == 1
    assert page["id"].endswith(f"?snapshot={copy.pk}")
    here = f"/api/v1/documents/{document.pk}/annotations.jsonld"
    problem(program.get(f"{here}?snapshot={other.pk}"), 404, "not_found")
    for query, code in (("page=0", "invalid_number"), ("page=x", "invalid_number"), ("snapshot=x", "invalid_id"),
                        ("pages=2", "unknown_parameter")):  # fmt: skip
        assert list(faults(program.get(f"{here}?{query}")).values()) == [code]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", MEDIA_TYPE),
        ("application/ld+json", MEDIA_TYPE),
        (MEDIA_TYPE, MEDIA_TYPE),
        ("application/json", "application/json"),
    ],
)
def test_the_answer_calls_itself_what_was_asked_for(program, page, accept, media_type):
    address = f"/api/v1/documents/{page.snapshot.document_id}/annotations.jsonld"
    answer = program.get(address, headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, media_type)
    problem(program.get(address, headers={"Accept": "text/html"}), 406, "not_acceptable")


def test_a_restricted_document_and_a_remark_on_its_words_are_for_few(program):
    page = make.document("Secret", restricted=True)
    words = make.passage(make.snapshot("Secret words.", of=page))
    Annotation.objects.create(passage=words, kind="comment", body="Hm.", by=make.user())
    make.attribution(make.claim(), document=page, passage=words)
    address = f"/api/v1/documents/{page.pk}/annotations.jsonld"
    problem(program.get(address), 404, "not_found")
    assert len(calls.caller(make.user("editor"), ["review"]).get(address).json()["items"]) == 2
    assert Client().get(address).status_code == 401


# The terms that we use, as the vocabulary (Web Annotation Vocabulary §3) names them: enough to read us without the web.
TERMS: dict[str, Any] = {
    "id": "@id", "type": "@type", "oa": str(OA), "as": "http://www.w3.org/ns/activitystreams#",
    "Annotation": "oa:Annotation", "TextualBody": "oa:TextualBody", "SpecificResource": "oa:SpecificResource",
    "TextPositionSelector": "oa:TextPositionSelector", "TextQuoteSelector": "oa:TextQuoteSelector",
    "TimeState": "oa:TimeState", "AnnotationPage": "as:OrderedCollectionPage",
    "items": {"@id": "as:items", "@type": "@id", "@container": "@list"},
    "body": {"@id": "oa:hasBody", "@type": "@id"}, "target": {"@id": "oa:hasTarget", "@type": "@id"},
    "source": {"@id": "oa:hasSource", "@type": "@id"}, "selector": {"@id": "oa:hasSelector", "@type": "@id"},
    "state": {"@id": "oa:hasState", "@type": "@id"}, "start": "oa:start", "end": "oa:end", "exact": "oa:exact",
    "value": "http://www.w3.org/1999/02/22-rdf-syntax-ns#value",
    "motivation": {"@id": "oa:motivatedBy", "@type": "@vocab"}, "identifying": "oa:identifying",
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph")  # rdflib's own affair
def test_it_is_linked_data_whose_own_terms_collide_with_none_of_the_w3cs(program, page):
    """A claim's state is not an ``oa:hasState``."""
    claim = make.claim("The old mill burned.")
    hop = make.attribution(claim, document=page.snapshot.document, passage=page)
    text = json.dumps(told(program, page.snapshot.document)).replace(f'"{webannotation.PROFILE}"', json.dumps(TERMS))
    graph = Graph().parse(data=text, format="json-ld")
    here = URIRef(
        f"http://testserver/api/v1/documents/{page.snapshot.document_id}/annotations.jsonld#attribution-{hop.pk}"
    )
    address = URIRef(f"http://testserver/api/v1/claims/{claim.pk}/")
    word = Namespace(webannotation.WORDS)
    assert address in set(graph.objects(here, OA.hasBody))
    assert (here, OA.motivatedBy, OA.identifying) in graph
    assert (address, word.state, Literal("new")) in graph
    assert list(graph.objects(address, OA.hasState)) == []
    [found] = graph.query(
        """SELECT ?exact ?start ?digest WHERE { ?one oa:hasTarget ?target .
           ?target oa:hasSelector [ oa:exact ?exact ], [ oa:start ?start ] ; oa:hasState [ schema:sha256 ?digest ] }""",
        initNs={"oa": OA, "schema": Namespace("http://schema.org/")},
    )
    assert [each.toPython() for each in found] == ["The old mill burned.", 2, page.snapshot.sha256]


def test_a_page_takes_as_many_queries_with_two_hundred_marks_as_with_few(program, django_assert_num_queries):
    copy = make.snapshot("word " * 400)
    for number in range(3):
        make.attribution(make.claim(), document=copy.document, passage=make.passage(copy, number, number + 4))
    with django_assert_num_queries(6):
        told(program, copy.document)
    words = Passage.objects.filter(snapshot=copy).first()
    for _ in range(40):
        make.attribution(make.claim(), document=copy.document, passage=words)
    with django_assert_num_queries(6):
        assert len(told(program, copy.document)["items"]) == 43
