"""The big list of naughty strings, in and out again through the API, to the character."""

import pytest

from claims.models import Claim
from tests import calls, make, odd_texts
from tests.calls import CLAIMS

pytestmark = pytest.mark.django_db

#: parameters that take any text, and where
QUERIES = [
    *((CLAIMS, name) for name in ("topic", "place", "document_key")),
    ("/api/v1/sources/", "q"),
    ("/api/v1/sources/", "key"),
    ("/api/v1/documents/", "q"),
    ("/api/v1/quantities/", "measure"),
    ("/api/v1/rulings/", "decision"),
]


@pytest.fixture(scope="module")
def words():
    return odd_texts.naughty_words()


def pages(program, address):
    """All results of a list."""
    while address:
        told = program.get(address).json()
        yield from told["results"]
        address = told["next"]


def test_every_string_comes_out_as_it_went_in(program, words):
    long_enough = [text[:500] for text in words]
    for text in long_enough:
        claim = make.claim(text, topics=[text[:100]], place=text)
        source = make.source(text, aliases=[text], description=text)
        page = make.document(text, bylines=[text], note=text)
        make.attribution(claim, source, document=page, passage=make.passage(make.snapshot(text, of=page)), note=text)
    told = list(pages(program, f"{CLAIMS}?ordering=id&limit=200&fields=statement,topics,place"))
    assert told == [{"statement": text, "topics": [text[:100]], "place": text} for text in long_enough]
    told = list(pages(program, "/api/v1/sources/?ordering=id&limit=200&fields=name,aliases,description"))
    assert told == [{"name": text, "aliases": [text], "description": text} for text in long_enough]
    told = list(pages(program, "/api/v1/documents/?ordering=id&limit=200&fields=title,bylines,note"))
    assert told == [{"title": text, "bylines": [text], "note": text} for text in long_enough]
    told = list(pages(program, "/api/v1/passages/?ordering=id&limit=200&fields=exact,prefix,suffix"))
    assert told == [{"exact": text, "prefix": "", "suffix": ""} for text in long_enough]
    told = list(pages(program, "/api/v1/attributions/?ordering=id&limit=200&expand=speaker&fields=note"))
    assert [(each["note"], each["speaker"]["name"]) for each in told] == [(text, text) for text in long_enough]


@pytest.mark.long
def test_every_string_is_a_question_that_is_answered(program, words):
    made = [make.claim(text[:500]) for text in words]
    for number, text in enumerate(words):
        for address, name in ((CLAIMS, "q"), QUERIES[number % len(QUERIES)]):
            assert program.get(address, data={name: text}).status_code == 200, (address, name, text)
    assert Claim.objects.count() == len(made)


@pytest.mark.long
def test_no_string_is_a_word_a_cursor_a_field_or_a_name(program, words):
    make.claim()
    names = ("kind", "cursor", "ordering", "fields", "expand", "about_after", "updated_after", "warning")
    for number, text in enumerate(words):
        for query in ({names[number % len(names)]: text}, {text: "x"}):
            assert program.get(CLAIMS, data=query).status_code == 400, query
        answer = program.get(f"{CLAIMS}{calls.quoted(text)}/")
        assert answer.status_code == (200 if text == "1" and Claim.objects.filter(pk=1) else 404), text
