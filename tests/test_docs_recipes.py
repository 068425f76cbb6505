"""The recipes of docs/recipes.md, run one after the other as whoever copies them would, print what the page says."""

import io
import json
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from claims.models import Claim, Clearance
from tests import calls, make

DOCS = (Path(__file__).resolve().parent.parent / "docs/recipes.md").read_text("utf-8")
#: (a recipe's Python, what it prints)
RECIPES = re.findall(r"^```python\n((?:.|\n)*?)^```\n(?:\n((?:    .*\n)+))?", DOCS, re.MULTILINE)


@pytest.fixture
def flooded(db) -> Claim:
    """A statistic that is initialled and OK to print."""
    claim = make.claim("In Osier Street 162 houses were flooded.", "statistic")
    make.quantity(claim, "162", "houses flooded", unit="houses")
    claim.refresh_from_db()
    for state in ("in_check", "in_review"):
        if state == "in_review":
            found = make.assessment(claim, revision=claim.revision)
        Claim.objects.filter(pk=claim.pk).update(state=state)
    make.sign_off(found)
    Clearance.objects.create(claim=claim, revision=claim.revision, value="clear", by=make.user("editor"))
    return claim


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_each_prints_what_it_says(live_server, flooded, monkeypatch):
    monkeypatch.setenv("FACTDESK_URL", live_server.url)
    monkeypatch.setenv("FACTDESK_TOKEN", calls.token(make.user("editor"), ["review"])[1])
    page: dict[str, object] = {}
    assert len(RECIPES) == 6
    for code, told in RECIPES:
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(code, "docs/recipes.md", "exec"), page)  # noqa: S102 - our own page
        assert printed.getvalue().splitlines() == [line.strip() for line in told.splitlines()]


CURL = re.search(r"^    (curl .*match/.*)$", DOCS, re.MULTILINE)


@pytest.mark.django_db
def test_what_is_sent_by_curl_finds_the_same(flooded, client):
    assert CURL is not None
    words = shlex.split(CURL[1])
    sent = json.loads(words[words.index("-d") + 1])
    assert words[words.index("-X") + 2] == "$FACTDESK_URL/api/v1/match/"
    [found] = calls.caller().post("/api/v1/match/", sent).json()
    assert found["claim"]["id"] == str(flooded.pk)
