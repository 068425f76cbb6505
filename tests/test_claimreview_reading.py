"""What is taken from a ClaimReview, in the many forms in which sites write one; and what is certain and what is not."""

import json
import time
import tracemalloc
from datetime import date

import pytest

from claims import claimreview
from claims.claimreview import words
from claims.claimreview.pages import blocks_of
from claims.claimreview.rating import Rating, bearing
from claims.claimreview.results import Unread
from claims.claimreview.review import Appearance, Party, Review
from factdesk.errors import BadInput
from tests.claimreviews import review


def found(data):
    return claimreview.of_json(data if isinstance(data, bytes) else json.dumps(data).encode())


def one(data) -> Review:
    [read] = found(data)
    assert isinstance(read, Review)
    return read


def codes(data) -> list[str]:
    with pytest.raises(BadInput) as refused:
        found(data)
    return [each["code"] for each in refused.value.problems]


def test_everything_that_it_says_is_read():
    read = one(review())
    assert (read.claim, read.language) == ("Twelve fire engines fought the fire at the mill.", "en-GB")
    assert (read.url, read.title) == ("https://checks.example/mill-fire", "Twelve engines? No.")
    assert (read.published_on, read.said_on) == (date(2026, 3, 3), date(2026, 3, 1))
    assert read.outlet == Party("Example Checks", "outlet", ("https://checks.example/",))
    assert read.claimants == (Party("Ada Quill", "person", ("https://people.example/ada",)),)
    assert read.first == Appearance("https://posts.example/1", "social_post", "Fire!")
    assert [each.url for each in read.appearances] == ["https://posts.example/2", "https://news.example/3"]
    assert read.rating == Rating("Pants ablaze", "1", "5", "1", "The fire brigade counts four.")
    assert (read.body, read.told) == ("We asked the brigade.", [])


def test_what_is_said_twice_is_told_with_the_review_that_says_it_and_with_no_other():
    plain, other = json.dumps(review()), json.dumps(review() | {"claimReviewed": "Another."})
    twice = plain[:-1] + ', "claimReviewed": "It never burned.", "claimReviewed": "It burned twice."}'
    read = found(f"[{twice}, {other}]".encode())
    assert [each.claim for each in read] == ["It burned twice.", "Another."]
    assert [each.told for each in read] == [["It says more than once: 'claimReviewed'; the last was taken."], []]
    [page] = claimreview.of_page(f'<script type="application/ld+json">{twice}</script>'.encode())
    assert page.told == ["It says more than once: 'claimReviewed'; the last was taken."]
    inner = plain.replace('"@type": "Rating"', '"ratingValue": "3", "@type": "Rating"', 1)
    assert inner != plain
    [within] = found(inner.encode())
    assert within.told == ["It says more than once: 'ratingValue'; the last was taken."]
    prefixed = review() | {"schema:claimReviewed": "With a prefix."}
    assert one(prefixed).told == ["It says more than once: 'claimReviewed'; the last was taken."]


@pytest.mark.parametrize(
    "form",
    [
        lambda one: one,
        lambda one: [one],
        lambda one: [[one]],
        lambda one: {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, one]},
        lambda one: {"@type": "DataFeed", "dataFeedElement": [{"@type": "DataFeedItem", "item": [one]}]},
        lambda one: {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": one}]},
        lambda one: {"@type": "NewsArticle", "review": one},
        lambda one: one | {"@type": ["Thing", "ClaimReview"]},
        lambda one: one | {"@type": "http://schema.org/ClaimReview"},
        lambda one: one | {"@type": "https://schema.org/ClaimReview"},
        lambda one: one | {"@type": "schema:ClaimReview"},
        lambda one: one | {"@type": "Review"},
        lambda one: {(f"schema:{name}" if name[0] != "@" else name): value for name, value in one.items()},
        lambda one: {(f"http://schema.org/{name}" if name[0] != "@" else name): value for name, value in one.items()},
        lambda one: {name: [value] for name, value in one.items()},
        lambda one: one | {"claimReviewed": {"@value": one["claimReviewed"], "@language": "en-GB"}, "inLanguage": None},
        lambda one: one | {"datePublished": {"@type": "Date", "@value": one["datePublished"]}},
        lambda one: one | {"author": {"@list": [one["author"]]}, "publisher": "Somebody else"},
        lambda one: {
            "@graph": [
                one | {"author": {"@id": "#us"}, "itemReviewed": {"@id": "#it"}},
                {"@id": "#us", **one["author"]},
                {"@id": "#it", **one["itemReviewed"], "author": {"@id": "#her"}},
                {"@id": "#her", **one["itemReviewed"]["author"]},
            ]
        },
    ],
)
def test_however_it_is_written_the_same_is_read(form):
    read, plain = one(form(review())), one(review())
    read.place = plain.place
    assert read == plain


def test_its_place_is_a_pointer():
    feed = {"@graph": [{"a/b": [review()]}, review(url="https://checks.example/2")]}
    assert [each.place for each in found(feed)] == ["/@graph/0/a~1b/0", "/@graph/1"]
    assert one(review()).place == "/"


def test_what_is_nested_deep_and_wide_has_places_of_bounded_length():
    step = "x" * 90
    wide = "[" + ",".join(['{"@type": "ClaimReview", "claimReviewed": "It burned."}'] * 2_000) + "]"
    found = claimreview.of_json((f'{{"{step}":' * 400 + wide + "}" * 400).encode())
    assert len({each.place for each in found}) == len(found) == 2_000
    assert max(len(each.place) for each in found) <= 201
    assert found[-1].place.endswith(f"/{step}/1999")


def test_references_in_a_circle_end():
    circle = {"@id": "#a", "@type": "ClaimReview", "claimReviewed": "It is so.", "author": {"@id": "#a"}}
    read = one({"@graph": [circle, {"@id": "#b", "x": {"@id": "#a"}}]})
    assert (read.claim, read.outlet) == ("It is so.", None)


def test_what_is_not_stated_stays_unknown():
    read = one({"@type": "ClaimReview", "claimReviewed": "It is so."})
    assert (read.outlet, read.claimants, read.said_on, read.published_on) == (None, (), None, None)
    assert (read.url, read.title, read.language, read.bylines, read.rating) == ("", "", "", (), Rating())
    named = one(review(itemReviewed={"@type": "Claim", "author": {"@type": "Person", "name": "Unknown"}}))
    assert named.claimants == ()
    untyped = one(review(itemReviewed={"author": {"name": "Fernley"}}))
    assert untyped.claimants == (Party("Fernley", "", ()),)


def test_numbers_and_nonsense_where_texts_are_expected_do_no_harm():
    odd = {"@type": "ClaimReview", "claimReviewed": "It is so.", "author": [[], {}, 7, None, True, {"name": {}}]}
    odd |= {"itemReviewed": "a text", "reviewRating": [7], "url": {"@id": 3}, "datePublished": 2026, "@id": ["x"]}
    read = one(odd)
    assert (read.claim, read.outlet, read.url) == ("It is so.", None, "")
    assert read.told == ["datePublished names no certain day and was left out."]
    assert one(review(claimReviewed={"name": {"deep": ["x"]}})).claim == ""


def test_a_person_who_rated_is_a_byline_and_the_publisher_the_outlet():
    person = {"@type": "Person", "name": "Bo Clerk"}
    read = one(review(author=person, publisher={"@type": "NewsMediaOrganization", "name": "The Courier"}))
    assert (read.outlet, read.bylines) == (Party("The Courier", "outlet", ()), ("Bo Clerk",))
    alone = one(review(author=[person, {"@type": "Organization", "name": "Checks"}]))
    assert (alone.outlet.name, alone.bylines) == ("Checks", ("Bo Clerk",))
    assert one(review(author="Example Checks")).outlet == Party("Example Checks", "outlet", ())


def test_a_party_that_gives_its_address_alone_is_called_by_it():
    assert one(review(author={"url": "https://www.checks.example/"})).outlet.name == "checks.example"
    assert one(review(author="https:www.checks.example")).outlet.name == "www.checks.example"


def test_an_older_form_in_which_the_item_is_the_work_that_holds_the_claim():
    work = {"@type": "SocialMediaPosting", "url": "https://posts.example/9", "author": {"@type": "Person", "name": "A"}}
    read = one(review(itemReviewed=work))
    assert read.appearances == (Appearance("https://posts.example/9", "social_post", ""),)
    assert read.claimants == (Party("A", "person", ()),)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>He said &quot;no&quot; &amp; left.</p>", 'He said "no" & left.'),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<script>alert(1)</script>It is <b>so</b>.", "It is so ."),
        ("Two\n  lines\tof it", "Two lines of it"),
        ("R&D at M&S", "R&D at M&S"),
    ],
)
def test_markup_is_read_as_markup_and_signs_as_signs(text, plain):
    assert words.plain(text) in (plain, plain.replace(" .", "."), f"alert(1) {plain}")
    assert "<b>" not in words.plain(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-03", date(2026, 3, 3)),
        ("2026-03-03T23:30:00-08:00", date(2026, 3, 3)),
        ("2026-03-03 07:00:57", date(2026, 3, 3)),
        ("20260303", date(2026, 3, 3)),
        ("March 3, 2026", date(2026, 3, 3)),
        ("3 Sept. 2026", date(2026, 9, 3)),
        ("Tue, 03 Mar 2026 08:00:00 GMT", date(2026, 3, 3)),
        ("03/04/2026", None),
        ("3.4.2026", None),
        ("2026-03", None),
        ("2026", None),
        ("2026-02-30", None),
        ("Marble 3, 2026", None),
        ("yesterday", None),
        ("1772524800", None),
        ("", None),
    ],
)
def test_only_a_day_that_is_certain_is_taken(text, day):
    assert words.day(text) == day


# Written out: value, best, worst, word -> what it says of the claim.
BEARINGS = [
    ("1", "5", "1", "False", "refutes"),
    ("5", "5", "1", "True", "supports"),
    ("2", "5", "1", "Mostly false", "context"),
    ("3", "5", "1", "Half", "context"),
    ("4", "5", "1", "Mostly true", "context"),
    ("4.2", "5", "1", "", "supports"),
    ("1.8", "5", "1", "", "refutes"),
    ("1", "5", "", "Falso", "refutes"),  # schema.org: a worst that is left out is 1
    ("0", "5", "", "Falso", "context"),
    ("1", "", "1", "False", "context"),
    ("6", "5", "1", "True", "context"),
    ("-1", "-1", "-1", "Satire", "context"),
    ("1", "1", "5", "True", "context"),  # best below worst: which end is which nobody knows
    ("1", "5", "1", "True", "context"),  # the scale is turned round
    ("5", "5", "1", "FALSE!", "context"),
    ("4/5", "5", "1", "True", "context"),
    ("1,0", "5", "1", "", "context"),
    ("NaN", "5", "1", "", "context"),
    ("", "", "", "Pants on fire", "context"),
    ("1e9", "5", "1", "", "context"),
]


@pytest.mark.parametrize(("value", "best", "worst", "word", "said"), BEARINGS)
def test_a_rating_bears_on_the_claim_only_where_its_scale_says_so_plainly(value, best, worst, word, said):
    assert bearing(Rating(word, value, best, worst)) == said


def test_a_page_with_several_blocks_of_which_one_is_broken():
    blocks = [review(), "{broken", {"@type": "WebSite"}, {"@graph": [review(url="https://checks.example/2")]}]
    html = "<!doctype html><title>x</title><!-- <script type='application/ld+json'>{}</script> -->\n" + "".join(
        f'<script type="application/ld+json">{block if isinstance(block, str) else json.dumps(block)}</script>\n'
        for block in blocks
    )
    html += '<script>var x = "ClaimReview";</script><div itemscope itemtype="https://schema.org/ClaimReview"></div>'
    read = claimreview.of_page(html.encode())
    assert [each.place for each in read] == ["script[1]", "script[2]", "script[4]/@graph/0", "line 6"]
    assert [getattr(each, "code", "") for each in read] == ["", "not_json", "", "microdata"]
    assert "begins on line 3" in read[1].message


def test_a_page_that_is_never_closed_and_very_deep_is_read_as_well():
    html = "<div>" * 50_000 + f"<SCRIPT TYPE='application/ld+json; charset=utf-8'>{json.dumps(review())}"
    [read] = claimreview.of_page(html.encode())
    assert read.claim == review()["claimReviewed"]


def test_a_media_review_is_told_as_not_read():
    [read] = found({"@type": "MediaReview", "url": "https://checks.example/picture"})
    assert isinstance(read, Unread)
    assert (read.code, read.place) == ("media_review", "/")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{", "not_json"),
        (b"NaN", "not_json"),
        (b'{"@type": "ClaimReview", "x": Infinity}', "not_json"),
        (b"{} {}", "not_json"),
        (b"[" * 60_000, "too_deep"),
        (b"[" * 600_000, "too_large"),
        (b"1" * 6_000, "no_claimreview"),
        (b"null", "no_claimreview"),
        (b"[]", "no_claimreview"),
        (b'{"@type": "NewsArticle"}', "no_claimreview"),
        (b"\xff\xfe\x00\xd8", "not_utf8"),
        (b'{"a": "\xe9"}', "not_utf8"),
        (b'{"a": "\x00"}', "nul"),
        (b" " * 20_000_001, "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(data, code):
    assert codes(data) == [code]


def test_other_encodings_that_say_so_are_read():
    text = json.dumps(review(claimReviewed="Größe ist so."), ensure_ascii=False)
    for data in (text.encode("utf-8-sig"), text.encode("utf-16")):
        assert one(data).claim == "Größe ist so."


# --- files that are made to cost more than they weigh ---


def seconds(do) -> float:
    begun = time.process_time()
    do()
    return time.process_time() - begun


@pytest.mark.parametrize(
    "page",
    [
        "itemtype=" + " " * 200_000 + "x",
        "itemtype" + " " * 200_000 + "x",
        ("<script type=" + " " * 1_900 + "x></script>") * 200,
        "<script " * 50_000,
        "<!--" * 50_000,
    ],
)
def test_a_page_takes_no_longer_than_its_length(page):
    assert seconds(lambda: blocks_of(page)) < 2


def test_where_something_stands_is_not_written_down_for_what_is_no_review():
    """20,000 empty objects 800 names deep: their pointers alone would be 1.6 GB."""
    file = ('{"' + "a" * 100 + '":') * 800 + "[" + ",".join(["{}"] * 20_000) + "]" + "}" * 800
    tracemalloc.start()
    try:
        assert codes(file.encode()) == ["no_claimreview"]
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_a_place_is_the_pointer_however_deep():
    [read] = found({"a/b": [{"~": [1, {"review": review()}]}]})
    assert read.place == "/a~1b/0/~0/1/review"


@pytest.mark.parametrize(
    "shared",
    [
        {"@type": "Claim", "appearance": [{"url": f"https://posts.example/{at}"} for at in range(6_000)]},
        {"@type": "Claim", "author": [[[{"name": f"P{at}"}] for at in range(6_000)]]},
        {"@type": "Claim", "author": {"name": "x" * 300_000}},
        {f"n{at}": 1 for at in range(6_000)},
    ],
)
def test_what_many_refer_to_is_counted_for_each_of_them(shared):
    many = [review(claimReviewed=f"Claim {at}.", itemReviewed={"@id": "#it"}) for at in range(300)]
    graph = {"@graph": [{"@id": "#it", **shared}, *many, review(claimReviewed="A plain one.")]}
    read: list = []
    assert seconds(lambda: read.extend(found(graph))) < 20
    assert [each.code for each in read if isinstance(each, Unread)] == ["too_many_values"] * 300
    assert [each.claim for each in read if isinstance(each, Review)] == ["A plain one."]


def test_what_names_thousands_of_types_is_no_review():
    assert codes([{"@type": ["Thing"] * 6_000}]) == ["no_claimreview"]


def test_of_many_claimants_the_first_are_taken_and_it_is_told():
    read = one(review(itemReviewed={"@type": "Claim", "author": [{"name": f"P{at}"} for at in range(60)]}))
    assert [each.name for each in read.claimants] == [f"P{at}" for at in range(50)]
    assert "It names 60 claimants; the first 50 were taken." in read.told


def test_no_more_is_read_than_is_taken():
    with pytest.raises(BadInput) as refused:
        claimreview.of_json(json.dumps([review()] * 4).encode(), 3)
    assert [each["code"] for each in refused.value.problems] == ["too_many"]
    assert len(claimreview.of_json(json.dumps([review()] * 3).encode(), 3)) == 3


@pytest.mark.parametrize(
    "told",
    ["Mon, 3 Mar 99999999999 00:00:00", "Mon, 3 Mar 2020 00:00:00 +99999999999999", f"Mon, {'9' * 40} Jan 2020 00:00"],
)
def test_a_day_that_no_calendar_reaches_is_none(told):
    assert words.day(told) is None
