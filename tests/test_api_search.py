"""``?q=``: words in claims, sources and documents; best first, page by page."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claims.models import Claim
from factdesk import search
from sources.models import Source
from tests import make
from tests.calls import CLAIMS, faults

pytestmark = pytest.mark.django_db

FOUND = {
    "arrest": "one two",
    "arrested": "one two",
    "ARRESTS -warehouse": "one",
    '"seven people"': "two",
    '"people seven"': "",
    "warehouse or flood": "two three",
    "springfield": "three",
    "crime": "one",
    "zebra": "",
    "the": "",
    "'\"\\ & | ! <-> :* ((": "",
}


@pytest.mark.parametrize("words", FOUND)
def test_claims_are_found_by_their_words_topics_and_place(program, words):
    made = {
        "one": make.claim("The police made 162 arrests.", topics=["crime"]).pk,
        "two": make.claim("Seven people were arrested near the warehouse.").pk,
        "three": make.claim("A flood.", place="Springfield").pk,
    }
    answer = program.get(CLAIMS, data={"q": words, "ordering": "id", "count": "1"}).json()
    assert [int(each["id"]) for each in answer["results"]] == [made[name] for name in FOUND[words].split()]
    assert answer["count"] == len(answer["results"])


def test_sources_and_documents_are_found_in_any_language(program):
    source = make.source("Österreichische Nationalbank", "organization", aliases=["OeNB"], description="central bank")
    page = make.document("Das Wasser steht hoch", bylines=["Änne Öhler"])
    for words in ("österreichische", "oenb", "CENTRAL", "nationalbank -zebra"):
        assert [each["id"] for each in program.get("/api/v1/sources/", data={"q": words}).json()["results"]] == [
            str(source.pk)
        ]
    for words in ("wasser", "änne"):
        assert [each["id"] for each in program.get("/api/v1/documents/", data={"q": words}).json()["results"]] == [
            str(page.pk)
        ]
    Source.objects.filter(pk=source.pk).update(name="A bank")
    assert program.get("/api/v1/sources/?q=nationalbank").json()["results"] == []


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_best_come_first_and_every_one_once_forth_and_back(program, limit):
    weak = [make.claim("Other words.", topics=["fire"]).pk for _ in range(3)]
    strong = [make.claim(f"Fire, fire and fire again, {number}.").pk for number in range(4)]
    middle = [make.claim("A fire.").pk for _ in range(3)]
    start = f"{CLAIMS}?q=fire&limit={limit}"
    forth, address, last = [], start, ""
    while address:
        told, last = program.get(address).json(), address
        forth += [int(each["id"]) for each in told["results"]]
        address = told["next"]
    assert forth == strong[::-1] + middle[::-1] + weak[::-1]
    back, address = [], last
    while address:
        told = program.get(address).json()
        back = [int(each["id"]) for each in told["results"]] + back
        address = told["previous"]
    assert back == forth
    assert program.ids("?q=fire&ordering=id") == weak + strong + middle
    assert program.ids("?q=fire&ordering=-relevance") == forth


def test_the_best_are_looked_for_among_the_newest(program, monkeypatch):
    monkeypatch.setattr(search, "NEWEST", 2)
    made = [make.claim(f"A fire, number {number}.").pk for number in range(4)]
    assert program.ids("?q=fire") == made[:1:-1]
    assert program.ids("?q=fire&kind=rule") == []
    assert program.ids("?q=fire&ordering=id") == made


def test_relevance_is_an_order_of_a_search_alone(program):
    assert faults(program.get(f"{CLAIMS}?ordering=-relevance")) == {"ordering": "only_with_q"}
    assert faults(program.get(f"{CLAIMS}?ordering=relevance")) == {"ordering": "unknown_ordering"}
    make.claim("A fire."), make.claim("A fire.")
    following = program.get(f"{CLAIMS}?q=fire&limit=1").json()["next"]
    assert faults(program.get(following.replace("q=fire", "kind=event"))) == {"cursor": "invalid_cursor"}


@given(words=st.text(max_size=80) | st.text(alphabet="-\"'()&|!<>:*\\ aor", max_size=300))
@example(words="-" * 1000)  # "tsquery stack too small"
@example(words='-"' * 400)
@example(words="a or " * 400)
@example(words='"a b" ' * 300)
@example(words="\0")
def test_any_text_is_a_query(words):
    assert list(Claim.objects.search(words)) == []
    assert Claim.objects.matching(words).count() == 0
    assert list(Source.objects.search(words * 100)) == []


def test_nobody_carries_the_search_column_about(django_assert_num_queries):
    made = make.claim()
    with django_assert_num_queries(1) as ran:
        assert Claim.objects.get(pk=made.pk).statement == made.statement
    assert '"search"' not in ran.captured_queries[0]["sql"]
