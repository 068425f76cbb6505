"""A claim's chains in the desk's words, the list beside the picture, and the picture's own address."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims import chains, origins, pages
from claims.chains import Chains
from claims.models import Claim, Ruling
from tests import calls, make

pytestmark = pytest.mark.django_db

SVG = "{http://www.w3.org/2000/svg}"


def read(claim: Claim, words: dict[int, str] | None = None) -> Chains:
    return chains.read(claim, pages.hops_of(claim, make.user("chief")), origins.of([claim.pk])[claim.pk], words)


def as_text(claim: Claim) -> str:
    """The list as it is read: one line a hop."""
    told = pages.claim_page(claim, make.user("chief"))
    html = render_to_string("claims/chain_list.html", told)
    items = re.split(r"<li[^>]*>", html)
    lines = (" ".join(re.sub("<[^>]+>", "", item).split()) for item in items)
    return "\n".join(line for line in lines if line)


# --- in words ---


def test_a_hop_says_who_how_and_where_it_stands():
    claim = make.claim()
    body = make.source("The harbour", "organization")
    officer = make.source("an officer", identity="unnamed")
    page = make.document("Minutes", publisher=body)
    words = make.passage(make.snapshot("It leaks, they say.", of=page), end=8, part="headline", locator="p. 2")
    first = make.attribution(
        claim,
        officer,
        document=page,
        passage=words,
        manner="verbatim",
        certainty="hedged",
        hedge="they say",
        basis="witnessed",
        speaks_for=body,
        said_on=date(2026, 5, 4),
        terms="background",
        said="confirmed_verbatim",
    )
    make.attribution(claim, make.outlet("The Post"), relays=first, stance="reports", link="inferred_by_desk")
    one, two = read(claim, {first.pk: "It leaks"}).hops
    assert (one.name, one.identity, one.speaker, one.document, one.title) == (
        "an officer", "unnamed", officer.pk, page.pk, "Minutes",
    )  # fmt: skip
    assert one.where == "Minutes, The harbour"
    assert one.remarks == (
        "unnamed person",
        "verbatim",
        "hedged (“they say”)",
        "witnessed",
        "speaks for The harbour",
        "in the headline",
    )
    assert one.facts == (
        "unnamed person",
        "asserts",
        "verbatim",
        "hedged (“they say”)",
        "how they know: witnessed",
        "speaks for The harbour",
        "said on 2026-05-04",
        "background",
        "was it said: confirmed, word for word",
    )
    assert (one.words, one.marked, one.inferred) == ("It leaks", "headline, p. 2", False)
    assert two.remarks == ()
    assert two.facts == (
        "outlet",
        "reports",
        "paraphrase",
        "flat",
        "how they know: not stated",
        "link: inferred by the desk",
    )
    assert (two.relays, two.inferred, two.words, two.marked) == (first.pk, True, None, "")


def test_a_merged_source_is_shown_as_its_root():
    claim = make.claim()
    root = make.source("Jane Doe")
    make.attribution(claim, make.source("J. Doe", merged_into=root), manner="own_voice")
    [hop] = read(claim).hops
    assert (hop.speaker, hop.name) == (root.pk, "Jane Doe")
    assert hop.facts[:4] == ("person", "recorded as J. Doe", "asserts", "own voice, no source given")


def test_a_hop_passes_on_what_it_relays_unless_it_objects_itself():
    claim = make.claim()
    yes, no = make.attribution(claim), make.attribution(claim, stance="denies")
    for relayed in (yes, no):
        make.attribution(claim, relays=relayed, stance="reports")
    make.attribution(claim, relays=yes, stance="questions")
    assert {(hop.stance, hop.passes_on) for hop in read(claim).hops} == {
        ("asserts", "asserts"),
        ("denies", "denies"),
        ("reports", "asserts"),
        ("reports", "denies"),
        ("questions", "questions"),
    }


def test_withdrawn_hops_are_left_out():
    claim = make.claim()
    calls.withdraw(make.attribution(claim))
    assert read(claim).hops == ()


def test_counted_origins_come_first_and_say_why_they_are_one():
    claim = make.claim()
    group = make.source("North Group", "organization")
    make.attribution(claim, make.source("The mayor"), stance="denies")
    alone = make.attribution(claim, make.source("A neighbour"))
    post, star, sun = (make.attribution(claim, make.outlet(name, owner=group)) for name in ("Post", "Star", "Sun"))
    told = read(claim)
    assert [(each.number, each.stance, each.hops, each.reasons, each.ties) for each in told.groups] == [
        (1, "asserts", (alone.pk,), (), ()),
        (
            2,
            "asserts",
            (post.pk, star.pk, sun.pk),
            ("one owner: North Group",),
            ("Post, Star, Sun: one owner: North Group",),
        ),
        (None, "denies", (told.hops[0].id,), (), ()),
    ]
    assert told.counted == 2
    assert chains.summary(told) == "5 hops, 2 original sources; denied by 1"
    assert [chains.origin_in_words(each) for each in told.groups] == [
        "original source 1",
        "original source 2: 3 counted as one",
        "denies: not counted",
    ]


def test_ties_of_different_pairs_stay_apart():
    claim = make.claim()
    one, two, three, four = (make.attribution(claim, make.source(name)) for name in "ABCD")
    for first, second in ((one, two), (three, four)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT claims_origin_key(%s, %s)", [first.pk, second.pk])
            [key] = cursor.fetchone()
        Ruling.objects.create(
            claim=claim,
            about="origins",
            first_id=first.pk,
            second_id=second.pk,
            key=key,
            decision="one_origin",
            reason="Told so.",
            by=make.user("editor"),
        )
    assert [each.ties for each in read(claim).groups] == [
        ("A, B: an editor's ruling",),
        ("C, D: an editor's ruling",),
    ]


def test_what_only_one_of_two_reads_knows_is_left_out():
    """Hops and origins are read one after the other: somebody may write in between."""
    claim = make.claim()
    first = make.attribution(claim)
    hops, found = pages.hops_of(claim, make.user("chief")), origins.of([claim.pk])[claim.pk]
    make.attribution(claim, relays=make.attribution(claim))
    assert [hop.id for hop in chains.read(claim, pages.hops_of(claim, make.user("chief")), found).hops] == [first.pk]
    later = chains.read(claim, hops, origins.of([claim.pk])[claim.pk])
    assert [each.hops for each in later.groups] == [(first.pk,)]


# --- the list ---


def test_the_list_goes_inwards_and_writes_a_shared_hop_once():
    claim = make.claim()
    page = make.document("Minutes")
    council = make.attribution(claim, make.source("The council"), document=page)
    for name in ("Post", "Star"):
        make.attribution(claim, make.outlet(name), relays=council, stance="reports")
    assert as_text(claim) == (
        "Post outlet · reports · paraphrase · flat · how they know: not stated · link: in the text\n"
        "had it from The council: original source 1 "
        "person · asserts · paraphrase · flat · how they know: not stated · in Minutes\n"
        "Star outlet · reports · paraphrase · flat · how they know: not stated · link: in the text\n"
        "had it from The council: as above"
    )


def test_the_list_has_the_marked_words_or_says_that_the_text_is_not_held():
    claim = make.claim()
    held = make.passage(make.snapshot("It <leaks>."), start=3, end=10)
    sealed = make.passage(make.snapshot(None, sealed="Nobody knows."))
    for passage in (held, sealed):
        make.attribution(claim, document=passage.snapshot.document, passage=passage)
    shown = render_to_string("claims/chain_list.html", pages.claim_page(claim, make.user("chief")))
    assert '<q dir="auto">&lt;leaks&gt;</q>' in shown
    assert shown.count("marked words: body, text not held") == 1


def test_the_list_says_once_why_origins_are_one():
    claim = make.claim()
    police = make.source("City police", "organization")
    for name in ("Post", "Star"):
        make.attribution(claim, make.outlet(name), relays=make.attribution(claim, police), stance="reports")
    text = as_text(claim)
    assert text.count(": original source 1: 2 counted as one") == 2
    assert text.count("City police (2 times): the same source") == 1


def test_a_chain_without_hops_says_so():
    assert as_text(make.claim()) == "Nobody is recorded as saying so."


# --- the picture's address ---


def signed_in(role: str = "reader") -> Client:
    client = Client()
    client.force_login(make.user(role, is_staff=True))
    return client


def address(claim: Claim) -> str:
    return f"/admin/claims/claim/{claim.pk}/chain.svg"


def test_the_picture_is_an_svg_that_only_our_pages_embed():
    claim = make.claim("The bridge <costs> double.")
    speaker, page = make.source("City & police"), make.document()
    make.attribution(claim, make.outlet("Post"), relays=make.attribution(claim, speaker, document=page))
    answer = signed_in().get(address(claim))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'self'"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in answer["Cache-Control"]
    svg = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    assert svg.findtext(f"{SVG}desc") == "2 hops, 1 original source"
    links = {link.get("href") for link in svg.iter(f"{SVG}a")}
    assert {
        f"/admin/sources/source/{speaker.pk}/change/",
        f"/admin/sources/document/{page.pk}/change/",
        f"/admin/claims/claim/{claim.pk}/change/",
    } < links


def test_the_picture_has_a_narrow_form():
    claim = make.claim()
    make.attribution(claim, relays=make.attribution(claim))
    reader = signed_in()
    wide, narrow = (
        ElementTree.fromstring(reader.get(address(claim) + query).content)  # noqa: S314 - our own
        for query in ("", "?narrow")
    )
    assert int(narrow.get("width", "0")) < 340 < int(wide.get("width", "0"))


def test_the_picture_is_shown_to_nobody_who_may_not_read_the_claim():
    claim = make.claim()
    anonymous = Client().get(address(claim))
    assert (anonymous.status_code, anonymous["Location"]) == (302, f"/admin/login/?next={address(claim)}")
    outsider = Client()
    outsider.force_login(make.user("reader", is_staff=True, is_active=False))
    assert outsider.get(address(claim)).status_code == 302


@pytest.mark.parametrize("number", ["0", "999999999", "99999999999999999999999999"])
def test_a_claim_that_is_not_there_has_no_picture(number):
    assert signed_in().get(f"/admin/claims/claim/{number}/chain.svg").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_picture_is_only_looked_at(method):
    assert getattr(signed_in("editor"), method)(address(make.claim())).status_code == 405


@pytest.mark.parametrize("hops", [0, 2, 40])
def test_the_picture_costs_six_queries_however_many_hops(hops):
    claim = make.claim()
    body = make.source("The harbour", "organization")
    for _ in range(hops // 2):
        snapshot = make.snapshot()
        first = make.attribution(claim, speaks_for=body, document=snapshot.document, passage=make.passage(snapshot))
        make.attribution(claim, make.source(merged_into=make.source()), relays=first)
    reader = signed_in()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert reader.get(address(claim)).status_code == 200
    assert len(asked) <= 6


def test_the_claims_page_embeds_the_picture_and_has_the_list_beside_it():
    claim = make.claim()
    make.attribution(claim, make.source("The council"))
    page = signed_in().get(f"/admin/claims/claim/{claim.pk}/change/").content.decode()
    assert f'data="{address(claim)}"' in page
    assert f'data="{address(claim)}?narrow"' in page
    assert ": original source 1" in page


def test_a_page_without_hops_embeds_no_picture():
    claim = make.claim()
    page = signed_in().get(f"/admin/claims/claim/{claim.pk}/change/").content.decode()
    assert "chain.svg" not in page
    assert "Nobody is recorded as saying so." in page
