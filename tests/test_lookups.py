"""``among``: one of many numbers, as one parameter."""

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from claims.models import Assessment, Claim
from tests import make

pytestmark = pytest.mark.django_db


def test_among_finds_what_in_finds_by_key_and_by_number():
    claims = [make.claim(f"Number {n}.") for n in range(4)]
    wanted = {claims[0].pk: "a", claims[2].pk: "b"}
    assert set(Claim.objects.filter(pk__among=wanted)) == {claims[0], claims[2]}
    assert set(Claim.objects.exclude(pk__among=wanted)) == {claims[1], claims[3]}
    assert Assessment.objects.filter(claim__among=wanted).count() == 0


def test_of_no_numbers_nothing_is_asked():
    make.claim("One.")
    with CaptureQueriesContext(connection) as captured:
        assert list(Claim.objects.filter(pk__among=[])) == []
    assert captured.captured_queries == []
    assert Claim.objects.exclude(pk__among=()).count() == 1


def test_numbers_that_are_none_are_no_words_of_the_statement():
    with pytest.raises(DataError):
        list(Claim.objects.filter(pk__among=["1); DROP TABLE claims_claim; --"]))
