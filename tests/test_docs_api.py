"""What docs/api.md tells a program to send is answered as it says."""

import re
import shlex
from pathlib import Path

import pytest

from tests import calls, make
from tests.dossier_example import EXAMPLE

DOCS = (Path(__file__).resolve().parent.parent / "docs/api.md").read_text("utf-8")
WRITING = DOCS.partition("## Writing")[2]
#: (what to type, what comes back)
EXAMPLES = re.findall(r"^    (curl (?:.*\\\n)*.*)\n    (\d{3}.*)$", WRITING, re.MULTILINE)
#: what the page calls the records that its examples make: address -> their numbers, in order
CALLED = {"claims": ["101", "102"], "sources": ["9"], "assessments": ["55"]}


def request_of(typed: str) -> tuple[str, str, dict[str, str], str]:
    """Method, path, headers and body of a curl command."""
    words = shlex.split(typed.replace("\\\n", " "))
    assert words[:2] == ["curl", "-X"]
    method, address, headers, body = words[2], words[3], {}, ""
    for option, value in zip(words[4::2], words[5::2], strict=True):
        if option == "-H":
            name, _, said = value.partition(": ")
            headers[name] = said
        else:
            assert option in ("-d", "--data-binary")
            body = value
    return method, address.removeprefix("http://127.0.0.1:8000"), headers, body


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])  # each request is a revision of its own
def test_its_examples_of_writing_are_answered_as_it_says(client):
    tokens = {
        "$TOKEN": calls.token(make.user("checker"), ["write"])[1],
        "$EDITOR": calls.token(make.user("editor"), ["review"])[1],
    }
    assert len(EXAMPLES) == 15
    real: dict[str, str] = {}
    made: dict[str, list[str]] = {}
    for typed, told in EXAMPLES:
        method, path, headers, body = request_of(typed)
        body = EXAMPLE if body == "@record.yaml" else _with(real, body)
        path = _with(real, path)
        kind, _, secret = headers.pop("Authorization").partition(" ")
        headers["Authorization"] = f"{kind} {tokens[secret]}"
        media_type = headers.pop("Content-Type")
        answer = client.generic(method, path, body.encode(), media_type, headers=headers)
        assert answer.status_code == int(told[:3]), (typed, answer.content)
        _holds(told, answer)
        for number in _made(answer):
            resource = path.split("/")[3]
            if number not in made.setdefault(resource, []):
                made[resource].append(number)
                named = CALLED.get(resource, [])
                real |= {named[len(made[resource]) - 1]: number} if len(made[resource]) <= len(named) else {}
    assert set(real) == {number for numbers in CALLED.values() for number in numbers}


def _with(real, text):
    """The text with the real numbers of the records that it names."""
    return re.sub(r'(?<=["/])\d+(?=["/])', lambda found: real.get(found[0], found[0]), text)


def _made(answer):
    """The ids of what was made."""
    if answer.status_code == 201:
        return [answer.json()["id"]]
    return [each["record"]["id"] for each in answer.json().get("results", []) if each["status"] == 201]


def _holds(told, answer):
    """The rest of what the page says of the answer."""
    if tag := re.search(r'ETag: ("\d+")', told):
        assert answer["ETag"] == tag[1]
    if code := re.search(r"\d{3}, (\w+)(: |$)(.*)", told):
        if code[1] == "results":
            assert [each["status"] for each in answer.json()["results"]] == [int(each) for each in code[3].split()]
        elif code[1] != "ETag":
            assert answer.json()["code"] == code[1]
            assert [fault["pointer"] for fault in answer.json().get("errors", [])] == re.findall(r"/\w+", code[3])
            assert not code[3].startswith("now") or answer.json()["facts"]["now"] == int(code[3].split()[1])


@pytest.mark.django_db
def test_every_address_that_it_names_is_there(program):
    served = set(program.get("/api/v1/schema/").json()["paths"])
    named = re.findall(r"`([a-z_]+/(?:\{id\}/)?[a-z_/]*)`", DOCS)
    assert len(named) >= 15
    for each in named:
        assert f"/api/v1/{each}" in served, each
