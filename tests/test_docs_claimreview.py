"""What docs/claimreview.md tells a program to send is answered as it says; what it says of fields and codes is so."""

import re
from pathlib import Path

import pytest

from claims import claimreview
from claims.claimreview.tables import COLUMNS
from tests import calls, make
from tests.test_docs_api import request_of

DOCS = (Path(__file__).resolve().parent.parent / "docs/claimreview.md").read_text("utf-8")
EXAMPLES = re.findall(r"^    (curl (?:.*\\\n)*.*)\n    (\d{3}.*)$", DOCS, re.MULTILINE)
FILES = dict(re.findall(r"<!-- ([\w.]+) -->\n```\w+\n(.*?)```", DOCS, re.DOTALL))


@pytest.mark.django_db
def test_its_examples_are_answered_as_it_says(client):
    secret = calls.token(make.user("checker"), ["write"])[1]
    claim = make.claim()
    assert len(EXAMPLES) == 3
    for typed, told in EXAMPLES:
        method, path, headers, body = request_of(typed)
        data = FILES[body.removeprefix("@")].encode() if body else b""
        headers["Authorization"] = headers["Authorization"].replace("$TOKEN", secret)
        media_type = headers.pop("Content-Type", "")
        path = path.replace("/101/", f"/{claim.pk}/")
        answer = client.generic(method, path, data, media_type, headers=headers)
        assert answer.status_code == int(told[:3]), answer.content
        words = told[5:].split()
        if answer.status_code == 200:
            assert [each["outcome"] for each in answer.json()["reviews"]] == words
            assert not [each["told"] for each in answer.json()["reviews"] if each["outcome"] == "made" and each["told"]]
        else:
            assert [answer.json()["code"]] == words


def test_it_names_every_outcome_and_every_field():
    told = DOCS.partition("### What is told")[2]
    assert re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE) == list(claimreview.OUTCOMES)
    fields = re.search(r"^Fields: (.*?)\.$", DOCS, re.MULTILINE | re.DOTALL)
    assert re.findall(r"`(\w+)`", fields[1]) == list(COLUMNS)
