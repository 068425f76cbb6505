"""Pages by cursor: every row once, forth and back, and no cursor that makes a fault of ours."""

import base64
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.models import Claim
from tests import calls, make
from tests.calls import CLAIMS, faults

pytestmark = pytest.mark.django_db


def _walk(program, address, key):
    """Follow ``next`` or ``previous`` to the end; the pages' ids."""
    pages = []
    while address:
        told = program.get(address).json()
        pages.append([int(each["id"]) for each in told["results"]])
        address = told[key]
    return pages


ORDERINGS = {"": -1, "-updated_at": -1, "updated_at": 1, "id": 1, "-id": -1}


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_go_through_every_row_once_and_back_again(program, ordering, limit):
    made = [make.claim().pk for _ in range(7)]  # in one transaction: all have one created_at, and some one updated_at
    expected = made[:: ORDERINGS[ordering]]
    start = f"{CLAIMS}?limit={limit}" + (f"&ordering={ordering}" if ordering else "")
    forth = _walk(program, start, "next")
    assert [pk for page in forth for pk in page] == expected
    assert all(len(page) == limit for page in forth[:-1])
    address = start
    while following := program.get(address).json()["next"]:
        address = following
    back = _walk(program, address, "previous")
    assert back == forth[::-1]


def test_the_first_page_has_nothing_before_it_and_a_total_only_when_asked(program):
    for _ in range(3):
        make.claim()
    told = program.get(CLAIMS).json()
    assert list(told) == ["next", "previous", "results"]
    assert (told["next"], told["previous"]) == (None, None)
    told = program.get(f"{CLAIMS}?limit=1&count=1&kind=event").json()
    assert told["count"] == 3
    assert "kind=event" in told["next"]
    assert told["next"].startswith("http://testserver/api/v1/claims/?")
    assert re.search("cursor=[A-Za-z0-9_-]+(&|$)", told["next"])


def test_a_page_does_not_move_when_rows_are_added_or_leave(program):
    made = [make.claim().pk for _ in range(4)]
    first = program.get(f"{CLAIMS}?limit=2&ordering=id").json()
    later = make.claim().pk
    Claim.objects.filter(pk=made[0]).update(state="closed", closed_because="dropped")
    second = program.get(first["next"]).json()
    assert [int(each["id"]) for each in second["results"]] == made[2:]
    assert program.ids("?" + second["next"].partition("?")[2]) == [later]


def test_a_page_is_found_by_key_and_not_by_counting(program, django_assert_max_num_queries):
    for _ in range(3):
        make.claim()
    following = program.get(f"{CLAIMS}?limit=1").json()["next"]
    with django_assert_max_num_queries(4) as ran:
        program.get(following)
    [page] = [query["sql"] for query in ran.captured_queries if 'ORDER BY "claims_claim"' in query["sql"]]
    assert "OFFSET" not in page
    assert 'ROW("claims_claim"."updated_at", "claims_claim"."id") < ROW(' in page


def _cursor(plain):
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


NOW = datetime(2024, 1, 1, tzinfo=UTC).isoformat()
GARBAGE = [
    "x",
    "!",
    "=",
    "é",
    "٣",
    "a" * 401,
    "A" * 5,
    _cursor("n|-updated_at|" + NOW),
    _cursor(f"x|-updated_at|{NOW}|1"),
    _cursor(f"n|updated_at|{NOW}|1"),
    _cursor(f"n|password|{NOW}|1"),
    _cursor("n|-updated_at||1"),
    _cursor("n|-updated_at|2024-01-01|1"),
    _cursor("n|-updated_at|2024-01-01T00:00:00|1"),
    _cursor("n|-updated_at|2024-13-01T00:00:00+00:00|1"),
    _cursor(f"n|-updated_at|{NOW}|0"),
    _cursor(f"n|-updated_at|{NOW}|-1"),
    _cursor(f"n|-updated_at|{NOW}|9223372036854775808"),
    _cursor(f"n|-updated_at|{NOW}|٣"),
    _cursor(f"n|-updated_at|{NOW}|1|1"),
    _cursor(f"n|-updated_at|{NOW}\0|1"),
]


@pytest.mark.parametrize("cursor", GARBAGE, ids=range(len(GARBAGE)))
def test_a_cursor_that_is_none_is_a_400(program, cursor):
    assert faults(program.get(CLAIMS, data={"cursor": cursor})) == {"cursor": "invalid_cursor"}


def test_a_cursor_of_another_ordering_is_a_400(program):
    for _ in range(2):
        make.claim()
    following = program.get(f"{CLAIMS}?limit=1&ordering=id").json()["next"]
    assert faults(program.get(following.replace("ordering=id", "ordering=-id"))) == {"cursor": "invalid_cursor"}


@given(text=st.text(max_size=60), plain=st.booleans())
def test_no_cursor_at_all_makes_a_fault_of_ours(text, plain):
    cursor = text if plain else base64.urlsafe_b64encode(text.encode("utf-8", "ignore")).decode().rstrip("=")
    assert calls.caller().get(CLAIMS, data={"cursor": cursor}).status_code == 400


@pytest.mark.parametrize(
    "limit", ["0", "201", "-1", "abc", "1.0", "9" * 5000, "\u0665", "1e1", " 5", "+5", "%2B5", "0x5"]
)
def test_a_limit_that_is_none_is_a_400(program, limit):
    assert set(faults(program.get(f"{CLAIMS}?limit={limit}"))) == {"limit"}


@pytest.mark.parametrize("limit", ["1", "200", "007"])
def test_a_limit_from_1_to_200_is_taken(program, limit):
    assert program.get(f"{CLAIMS}?limit={limit}").status_code == 200


@pytest.mark.parametrize("query", ["ordering=statement", "ordering=--id", "ordering=pk", "ordering=?", "count=0"])
def test_an_ordering_or_total_that_is_none_is_a_400(program, query):
    assert set(faults(program.get(f"{CLAIMS}?{query}"))) == {query.partition("=")[0]}
