"""A claim's way as PROV-O: read by somebody else's parser, asked in SPARQL, and held against what the desk says."""

from datetime import UTC, date, datetime

import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import PROV, XSD

from claims import origins
from claims.models import Claim, Clearance, Ruling
from sources.models import Source
from tests import calls, make, rich
from tests.calls import CLAIMS, problem

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:ConjunctiveGraph")]  # rdflib's own affair

DESK, SCHEMA = Namespace("urn:factdesk:word:"), Namespace("http://schema.org/")
SITE = "http://testserver/api/v1/"


def graph(program, claim):
    answer = program.get(f"{CLAIMS}{claim.pk}/provenance.jsonld")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/ld+json")
    assert [each for each in answer.json()["@context"] if each.startswith("http")] == []  # nothing to fetch
    return Graph().parse(data=answer.content, format="json-ld")


def at(resource, record, fragment=""):
    return URIRef(f"{SITE}{resource}/{record.pk}/{fragment and f'#{fragment}'}")


def asked(told, question):
    names = {"prov": PROV, "desk": DESK, "schema": SCHEMA}
    return [tuple(each.toPython() for each in row) for row in told.query(question, initNs=names)]


def primary(told, claim):
    """The ids of the hops that the claim has as primary sources."""
    return {
        int(str(hop).split("/")[-2])
        for hop in told.objects(at("claims", claim, f"revision-{claim.revision}"), PROV.hadPrimarySource)
    }


@pytest.fixture
def way(db):
    """Two hops of one paper had it from a fire chief, who spoke for the brigade; a neighbour denies it, a blog adds."""
    paper, chief, brigade = make.outlet("The Paper"), make.source("A chief"), make.source("The brigade", "organization")
    document = make.document("Mill on fire", publisher=paper, url="https://paper.example/mill")
    copy = make.snapshot(
        "Twelve engines came, the chief said.", of=document, captured_at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    words = make.passage(copy, 0, 19)
    claim = make.claim("Twelve engines came.", "detail")
    found = {"paper": paper, "chief": chief, "brigade": brigade, "document": document, "copy": copy, "words": words}
    found["origin"] = make.attribution(
        claim, chief, document=document, passage=words, speaks_for=brigade, said_on=date(2026, 2, 28), basis="witnessed"
    )
    found["hop"] = make.attribution(
        claim, paper, document=document, passage=words, relays=found["origin"], stance="reports", manner="verbatim"
    )
    found["denial"] = make.attribution(claim, make.source("A neighbour"), stance="denies")
    found["alone"] = make.attribution(claim, make.source("A blog", "outlet"))
    claim.refresh_from_db()
    return found | {"claim": claim}


def test_the_primary_sources_are_the_origin_hops_that_the_desk_counts(program, way):
    told, claim = graph(program, way["claim"]), way["claim"]
    assert primary(told, claim) == {way["origin"].pk, way["alone"].pk}
    counted = [found for found in origins.of([claim.pk])[claim.pk] if found.stance == "asserts"]
    assert primary(told, claim) == {hop for found in counted for hop in found.hops}
    assert len(counted) == claim.independent_origins == 2
    revision = at("claims", claim, f"revision-{claim.revision}")
    assert asked(told, f"SELECT ?n WHERE {{ <{revision}> desk:independentOrigins ?n }}") == [(2,)]
    assert len(asked(told, "SELECT ?o WHERE { ?o a desk:Origin ; desk:counted true }")) == 2
    # and it is derived from who carried it outermost, not from who denies it
    assert set(told.objects(revision, PROV.wasDerivedFrom)) == {
        at("attributions", way["hop"]),
        at("attributions", way["alone"]),
    }
    assert asked(told, "SELECT ?s WHERE { ?o a desk:Origin ; desk:counted false ; desk:stance ?s }") == [("denies",)]


def test_a_hop_is_what_its_speaker_said_derived_from_what_it_relays_and_where_it_stands(program, way):
    told = graph(program, way["claim"])
    hop, origin = at("attributions", way["hop"]), at("attributions", way["origin"])
    passage, copy = (
        at("passages", way["words"]),
        URIRef(f"{SITE}documents/{way['document'].pk}/snapshots/#snapshot-{way['copy'].pk}"),
    )
    saying = at("attributions", way["hop"], "saying")
    for triple in [
        (hop, RDF.type, PROV.Entity),
        (hop, PROV.wasAttributedTo, at("sources", way["paper"])),
        (hop, PROV.wasDerivedFrom, origin),
        (hop, PROV.wasQuotedFrom, origin),  # verbatim
        (hop, PROV.wasDerivedFrom, passage),
        (hop, PROV.wasGeneratedBy, saying),
        (hop, SCHEMA.about, at("claims", way["claim"])),
        (saying, RDF.type, PROV.Activity),
        (saying, PROV.wasAssociatedWith, at("sources", way["paper"])),
        (saying, PROV.used, origin),
        (at("attributions", way["origin"], "saying"), DESK.saidOn, Literal("2026-02-28", datatype=XSD.date)),
        (passage, PROV.wasQuotedFrom, copy),
        (copy, PROV.specializationOf, at("documents", way["document"])),
        (copy, SCHEMA.sha256, Literal(way["copy"].sha256)),
        (copy, PROV.generatedAtTime, Literal("2026-03-01T00:00:00.000000Z", datatype=XSD.dateTime)),
        (at("documents", way["document"]), PROV.wasAttributedTo, at("sources", way["paper"])),
        (at("documents", way["document"]), SCHEMA.url, URIRef("https://paper.example/mill")),
        (at("sources", way["paper"]), RDF.type, PROV.Organization),
        (at("sources", way["chief"]), RDF.type, PROV.Person),
        (at("sources", way["chief"]), SCHEMA.name, Literal("A chief")),
    ]:
        assert triple in told, triple
    assert list(told.objects(origin, PROV.wasQuotedFrom)) == []


def test_who_speaks_for_a_body_acts_on_its_behalf_in_that_saying(program, way):
    told = graph(program, way["claim"])
    chief, brigade = at("sources", way["chief"]), at("sources", way["brigade"])
    assert list(told.subject_objects(PROV.actedOnBehalfOf)) == [(chief, brigade)]
    [delegation] = told.objects(chief, PROV.qualifiedDelegation)
    assert (delegation, PROV.agent, brigade) in told
    assert (delegation, PROV.hadActivity, at("attributions", way["origin"], "saying")) in told


def test_decisions_are_activities_of_people_and_revisions_follow_each_other(program):
    ann, tom = make.user("checker", first_name="Ann"), make.user("editor", first_name="Tom")
    claim = make.claim(state="in_check")
    found = make.assessment(claim, author=ann)
    Claim.objects.filter(pk=claim.pk).update(state="in_review")
    signed = make.sign_off(found, by=tom)
    cleared = Clearance.objects.create(claim=claim, revision=1, value="clear", by=tom)
    told = graph(program, claim)
    question = """SELECT ?name ?verdict WHERE {
        ?a a desk:Assessing ; prov:wasAssociatedWith ?who ; prov:used ?revision .
        ?who a prov:Person ; schema:name ?name . ?f prov:wasGeneratedBy ?a ; desk:verdict ?verdict .
        ?revision prov:specializationOf ?claim . ?claim a desk:Claim }"""
    assert asked(told, question) == [("Ann", "accurate")]
    question = """SELECT ?name ?what WHERE {
        ?a a desk:Signing ; prov:wasAssociatedWith ?who ; prov:used ?finding .
        ?who schema:name ?name . ?s prov:wasGeneratedBy ?a ; desk:decision ?what . ?finding a desk:Assessment }"""
    assert asked(told, question) == [("Tom", "approve")]
    assert (at("clearances", cleared), DESK.clearance, Literal("clear")) in told
    assert (at("sign_offs", signed), PROV.wasDerivedFrom, at("assessments", found)) in told
    assert (at("claims", claim, "revision-1"), PROV.generatedAtTime, None) in told


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])  # each change is a revision of its own
def test_a_later_revision_is_a_revision_of_the_one_before():
    claim = make.claim()
    Claim.objects.filter(pk=claim.pk).update(statement="It happened later.")
    make.attribution(claim)
    claim.refresh_from_db()
    told = graph(calls.caller(), claim)
    assert claim.revision == 3
    for number in (2, 3):
        before, after = (at("claims", claim, f"revision-{each}") for each in (number - 1, number))
        assert (after, PROV.wasRevisionOf, before) in told
    assert asked(told, "SELECT ?n WHERE { ?r desk:revision ?n }") == [(3,)]


def test_what_an_editor_ruled_one_origin_is_one_collection(program, way):
    one, two = way["origin"], way["alone"]
    Ruling.objects.create(
        about="origins", claim=way["claim"], first=one, second=two, key="k", decision="one_origin", reason="So.",
        by=make.user("editor"),
    )  # fmt: skip
    told = graph(program, way["claim"])
    members = asked(told, "SELECT ?o ?h WHERE { ?o a desk:Origin ; desk:counted true ; prov:hadMember ?h }")
    grouped = {origin: {hop for found, hop in members if found == origin} for origin, _ in members}
    shown = origins.of([way["claim"].pk])[way["claim"].pk]
    assert sorted(map(len, grouped.values())) == sorted(len(each.hops) for each in shown if each.stance == "asserts")
    assert primary(told, way["claim"]) == {one.pk, two.pk}


def test_the_desk_says_the_same_in_its_own_words_of_a_rich_claim(program):
    """Whatever the chain: the counted origins of ``provenance/`` are those of ``provenance.jsonld``, hop by hop."""
    rich.desk()
    for claim in Claim.objects.filter(attributions__isnull=False).distinct():
        told, said = graph(program, claim), program.get(f"{CLAIMS}{claim.pk}/provenance/").json()
        counted = [one for one in said["origins"] if one["stance"] == "asserts"]
        assert primary(told, claim) == {int(hop) for one in counted for hop in one["hops"]}
        assert len(set(told.subjects(RDF.type, DESK.Hop))) == len(said["hops"])
        assert all((agent, SCHEMA.name, None) in told for agent in told.subjects(RDF.type, PROV.Agent))


# --- secrets ---


def test_of_a_restricted_document_there_is_no_more_than_that_it_is(program):
    document = make.document("Xyzzyqqq paper", restricted=True, url="https://xyzzyqqq.example/")
    claim, words = make.claim(), make.passage(make.snapshot("Xyzzyqqq words.", of=document))
    make.attribution(claim, document=document, passage=words)
    make.evidence(claim, document=document, passage=words)
    address = f"{CLAIMS}{claim.pk}/provenance.jsonld"
    told = program.get(address)
    assert "xyzzyqqq" not in told.content.decode().lower()
    found = {one["id"]: one for one in told.json()["@graph"]}
    assert found[str(at("documents", document))] == {
        "id": str(at("documents", document)), "type": ["prov:Entity", "desk:Document"], "desk:restricted": True
    }  # fmt: skip
    assert str(at("passages", words)) not in told.content.decode()
    editor = calls.caller(make.user("editor"), ["review"]).get(address).content.decode()
    assert "Xyzzyqqq paper" in editor
    assert str(at("passages", words)) in editor


def test_a_merged_speaker_is_the_root_and_a_protected_one_goes_by_its_code_name(program):
    root = make.source("Heron", identity="protected")
    double = make.source("Bird", identity="protected")
    Source.objects.filter(pk=double.pk).update(merged_into=root)
    claim = make.claim()
    make.attribution(claim, double, speaks_for=root)
    told = graph(program, claim)
    agents = asked(
        told, "SELECT ?name ?identity WHERE { ?a a prov:Agent ; schema:name ?name ; desk:identity ?identity }"
    )
    assert agents == [("Heron", "protected")]
    assert list(told.subject_objects(PROV.actedOnBehalfOf)) == []  # nobody acts on their own behalf


def test_what_is_not_there_is_told_as_everywhere(program):
    problem(program.get(f"{CLAIMS}987654321/provenance.jsonld"), 404, "not_found")
    problem(program.get(f"{CLAIMS}{make.claim().pk}/provenance.jsonld?x=1"), 400, "bad_query")


def test_it_takes_as_many_queries_with_many_hops_as_with_few(program, django_assert_num_queries):
    calls.fill(1)
    claim = Claim.objects.latest("pk")
    with django_assert_num_queries(12):
        graph(program, claim)
    for _ in range(20):
        words = make.passage()
        make.attribution(claim, document=words.snapshot.document, passage=words)
    with django_assert_num_queries(12):
        graph(program, claim)
