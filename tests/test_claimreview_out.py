"""A claim goes out as a ClaimReview: signed off and cleared only, by the desk, and nothing that is not public."""

import json
from dataclasses import replace
from datetime import date

import jsonschema
import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from claims.models import Claim, Clearance, Evidence, Usage
from sources.models import Source
from tests import calls, make
from tests.calls import problem

pytestmark = pytest.mark.django_db

DATA = django_settings.ENV.eval_data
# Written out again on purpose: verdict -> (number, words).
SCALE = {
    "accurate": ("5", "Accurate"),
    "mostly_accurate": ("4", "Mostly accurate"),
    "mixed": ("3", "Mixed"),
    "mostly_inaccurate": ("2", "Mostly inaccurate"),
    "inaccurate": ("1", "Inaccurate"),
    "unsupported": (None, "Unsupported"),
    "unverifiable": (None, "Unverifiable"),
    "disputed": (None, "Disputed"),
    "outdated": (None, "Outdated"),
    "not_checkable": (None, "Not checkable"),
}
TOP = {"@context", "@type", "datePublished", "url", "author", "claimReviewed", "reviewRating", "itemReviewed"}


@pytest.fixture(autouse=True)
def our_name(settings):
    settings.ENV = replace(settings.ENV, name="The Fernley Desk", site="https://desk.example/")


@pytest.fixture
def reader(db):
    return calls.caller(make.user("reader"), ["read"])


def found(verdict="inaccurate", clearance="clear", wording="", flags=(), **facts):
    """A claim that was found so, signed off and cleared; ``facts`` of a hop by which Ada Quill said it."""
    claim = make.claim("Twelve engines fought the fire.", state="in_check")
    hop = {"said_on": date(2026, 3, 1), **facts}
    if "document" not in hop:
        hop["document"] = make.document("Fire!", url="https://news.example/fire", published_on=date(2026, 3, 2))
    speaker = hop.pop("speaker", None) or make.source("Ada Quill", aliases=["https://people.example/ada", "A. Q."])
    make.attribution(claim, speaker, **hop)
    finding = make.assessment(claim, verdict, flags=list(flags))
    Claim.objects.filter(pk=claim.pk).update(state="in_review")
    make.sign_off(finding)
    claim.refresh_from_db()
    if clearance:
        by = make.user("legal" if clearance == "legal_hold" else "editor")
        Clearance.objects.create(claim=claim, revision=claim.revision, value=clearance, wording=wording, by=by)
    claim.refresh_from_db()
    return claim


def answer(program, claim, **options):
    return program.get(f"/api/v1/claims/{claim.pk}/claimreview/", **options)


def out(program, claim):
    given = answer(program, claim)
    assert given.status_code == 200, given.content
    assert given["Content-Type"] == "application/ld+json"
    told = given.json()
    _is_as_it_should_be(told)
    return told


def _is_as_it_should_be(told):
    """The shape that readers of ClaimReview ask for, in our own words."""
    assert set(told) <= TOP
    assert set(told) >= TOP - {"url"}
    assert (told["@context"], told["@type"]) == ("https://schema.org", "ClaimReview")
    assert date.fromisoformat(told["datePublished"])
    assert told["author"]["@type"] == "Organization"
    assert told["author"] != told["itemReviewed"].get("author")
    assert told["itemReviewed"]["@type"] == "Claim"
    rating = told["reviewRating"]
    assert rating["alternateName"]
    numbers = [rating.get(name) for name in ("worstRating", "ratingValue", "bestRating")]
    assert all(each is None for each in numbers) or all(isinstance(each, str) for each in numbers)
    if numbers[0] is not None:
        assert int(numbers[0]) <= int(numbers[1]) <= int(numbers[2])
    assert "url" not in told["itemReviewed"].get("author", {})
    text = json.dumps(told)
    assert "null" not in text
    assert '""' not in text


def test_what_the_desk_found_goes_out_signed_by_the_desk_and_said_by_the_claimant(reader):
    claim = found()
    Usage.objects.create(claim=claim, revision=claim.revision, url="https://desk.example/mill-fire")
    told = out(reader, claim)
    appearance = {
        "@type": "Article",
        "url": "https://news.example/fire",
        "headline": "Fire!",
        "datePublished": "2026-03-02",
    }
    assert told == {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "datePublished": timezone.localdate().isoformat(),
        "url": "https://desk.example/mill-fire",
        "author": {"@type": "Organization", "name": "The Fernley Desk", "url": "https://desk.example/"},
        "claimReviewed": "Twelve engines fought the fire.",
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": "1",
            "bestRating": "5",
            "worstRating": "1",
            "alternateName": "Inaccurate",
        },
        "itemReviewed": {
            "@type": "Claim",
            "author": {"@type": "Person", "name": "Ada Quill", "sameAs": ["https://people.example/ada"]},
            "datePublished": "2026-03-01",
            "firstAppearance": appearance,
            "appearance": [appearance],
        },
    }


@pytest.mark.parametrize(("verdict", "said"), SCALE.items())
def test_every_verdict_has_its_place_on_the_scale_or_no_number(reader, verdict, said):
    rating = out(reader, found(verdict))["reviewRating"]
    assert (rating.get("ratingValue"), rating["alternateName"]) == said


def test_what_must_be_printed_with_it_and_its_flags_go_along(reader):
    claim = found("mixed", "clear_with_attribution", "says the brigade", ["missing_context", "exaggerated"])
    assert out(reader, claim)["reviewRating"]["ratingExplanation"] == "says the brigade\nMissing context, Exaggerated"


@pytest.mark.parametrize("clearance", ["", "hold", "inform_only", "legal_hold"])
def test_what_is_not_cleared_does_not_go_out(reader, clearance):
    told = problem(answer(reader, found(clearance=clearance)), 409, "not_cleared")
    assert told["facts"] == {"clearance": clearance or "not_cleared"}


@pytest.mark.parametrize("state", ["new", "in_check", "in_review", "closed"])
def test_what_is_not_signed_off_does_not_go_out(reader, state):
    told = problem(answer(reader, make.claim(state=state)), 409, "not_signed_off")
    assert told["facts"] == {"state": state}


def test_a_claim_that_reopened_does_not_go_out_any_more(reader):
    claim = found()
    assert answer(reader, claim).status_code == 200
    Claim.objects.filter(pk=claim.pk).update(statement="It was thirteen engines.")
    problem(answer(reader, claim), 409, "not_signed_off")


def test_nobody_is_named_whom_nobody_named(reader):
    for identity in ("unnamed", "unstated"):
        told = out(reader, found(speaker=make.source("an officer", identity=identity)))
        assert "author" not in told["itemReviewed"]
        assert "an officer" not in json.dumps(told)
    claim = make.claim(state="signed_off")
    Clearance.objects.create(claim=claim, revision=claim.revision, value="clear", by=make.user("editor"))
    assert out(reader, claim)["itemReviewed"] == {"@type": "Claim"}


@pytest.mark.parametrize("terms", ["background", "deep_background", "off_record"])
def test_whoever_spoke_on_terms_is_not_named_nor_the_page(reader, terms):
    told = out(reader, found(terms=terms))
    assert told["itemReviewed"] == {"@type": "Claim"}


def test_a_protected_source_goes_by_its_code_name_without_a_page(reader):
    told = out(reader, found(speaker=make.protected("Petra Quirkelbaum", code_name="Falcon").source))
    assert told["itemReviewed"] == {
        "@type": "Claim",
        "author": {"@type": "Person", "name": "Falcon"},
        "datePublished": "2026-03-01",
    }


def test_restricted_material_never_goes_out(reader):
    secret = make.document("A secret paper", url="https://secret.example/", restricted=True)
    claim = found(document=secret)
    Evidence.objects.create(claim=claim, stance="context", document=secret, note="Our secret note.")
    Usage.objects.create(claim=claim, revision=1, document=make.document(url="https://x.example/", restricted=True))
    for program in (reader, calls.caller(make.user("chief"), ["review"])):
        told = out(program, claim)
        assert told["itemReviewed"] == {"@type": "Claim"}
        assert "url" not in told
        assert "secret" not in json.dumps(told)


def test_what_the_desk_holds_for_itself_and_writes_for_itself_stays_here(reader):
    claim = found(document=make.document("Our mail", "email", url="https://mail.example/1"), note="A private note.")
    text = json.dumps(out(reader, claim))
    for words in ("Our mail", "mail.example", "Because.", "private", claim.assessments.get().author.username):
        assert words not in text


def test_the_first_who_said_so_is_the_claimant_and_whoever_was_merged_is_the_root(reader):
    root = make.source("Dame Ada")
    claim = found(speaker=make.source("Ada", merged_into=root), said_on=date(2026, 3, 5))
    assert out(reader, claim)["itemReviewed"]["author"]["name"] == "Dame Ada"
    late = found(said_on=None)
    Claim.objects.filter(pk=late.pk).update(look_again=False)
    assert out(reader, late)["itemReviewed"]["author"]["name"] == "Ada Quill"


def test_without_an_address_the_desk_has_its_name_alone(reader, settings):
    settings.ENV = replace(settings.ENV, site="")
    assert out(reader, found())["author"] == {"@type": "Organization", "name": "The Fernley Desk"}


def test_json_is_given_to_who_asks_for_json(reader):
    claim = found()
    plain = answer(reader, claim, headers={"Accept": "application/json"})
    assert plain["Content-Type"] == "application/json"
    assert plain.json() == out(reader, claim)
    problem(answer(reader, claim, headers={"Accept": "text/csv"}), 406, "not_acceptable")
    problem(reader.get("/api/v1/claims/987654321/claimreview/"), 404, "not_found")
    assert Client().get(f"/api/v1/claims/{claim.pk}/claimreview/").status_code == 401


def test_the_claims_page_leads_to_it_where_it_may_go_out():
    browser = Client()
    browser.force_login(make.user("reader"))
    for claim, leads in ((found(), True), (found(clearance="inform_only"), False), (make.claim(), False)):
        page = browser.get(f"/admin/claims/claim/{claim.pk}/change/").content.decode()
        assert (f"/api/v1/claims/{claim.pk}/claimreview/" in page) == leads


def test_what_goes_out_comes_in_again_as_evidence(reader):
    claim = found("accurate")
    Usage.objects.create(claim=claim, revision=claim.revision, url="https://desk.example/mill-fire")
    told = out(reader, claim)
    other = calls.caller(make.user("checker"), ["write"])
    answer = other.post("/api/v1/import/claimreview/", json.dumps(told), "application/ld+json")
    [row] = answer.json()["reviews"]
    assert (row["outcome"], row["told"]) == ("made", [])
    came = Claim.objects.get(pk=row["claim"])
    assert (came.statement, came.state, came.verdict) == (claim.statement, "new", None)
    backing = came.evidence.get()
    assert (backing.stance, backing.document.publisher.name) == ("supports", "The Fernley Desk")
    assert backing.note == "Rating: Accurate (5 on a scale of 1 to 5)"
    hop = came.attributions.get()
    assert (hop.speaker, hop.said_on) == (Source.objects.get(name="Ada Quill"), date(2026, 3, 1))
    assert hop.document.url == "https://news.example/fire"


@pytest.mark.skipif(not DATA, reason="FACTDESK_EVAL_DATA is not set: no schemas to hold it against")
def test_what_goes_out_holds_against_the_schemas_in_use(reader):
    path = DATA / "import_claimreview/cr_schema_zenodotus/public/json-schemas/claim-review-schema.json"
    schema = json.loads(path.read_text("utf-8"))
    del schema["definitions"]["claimReview"]["$id"]  # it would make its own references lead nowhere
    checker = jsonschema.Draft6Validator(schema, format_checker=jsonschema.FormatChecker())
    outlet = make.outlet("The Courier", aliases=["https://courier.example/"])
    group = make.source("Residents", "group")
    protected = make.protected("Petra Quirkelbaum").source
    for verdict in SCALE:
        for facts in ({}, {"speaker": outlet}, {"speaker": group}, {"speaker": protected}, {"terms": "off_record"}):
            told = out(reader, found(verdict, flags=["satire"], **facts))
            assert list(checker.iter_errors(told)) == []
    assert list(checker.iter_errors({"@type": "ClaimReview", "x": 1})) != []
