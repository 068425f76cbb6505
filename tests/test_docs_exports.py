"""What docs/exports.md tells a program to ask is answered as it says, and its Python does what it says."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from tests import calls, make

DOCS = (Path(__file__).resolve().parent.parent / "docs/exports.md").read_text("utf-8")
#: (what to type, what comes back)
EXAMPLES = re.findall(r"^    (curl .*)\n    (\d{3}), (.*)$", DOCS, re.MULTILINE)

pytestmark = pytest.mark.django_db


def test_its_examples_are_answered_as_it_says():
    claim, words = make.claim(), make.passage()
    make.attribution(claim, document=words.snapshot.document, passage=words)
    real = {"101": claim.pk, "12": words.snapshot.document_id}
    programs = {"$TOKEN": calls.caller(), "$EDITOR": calls.caller(make.user("editor"), ["review"])}
    assert len(EXAMPLES) == 4
    for typed, status, said in EXAMPLES:
        address, _, header = shlex.split(typed)[1:]
        path = re.sub(
            r"(?<=/)\d+(?=/)", lambda found: str(real[found[0]]), address.removeprefix("http://127.0.0.1:8000")
        )
        answer = programs[header.removeprefix("Authorization: Bearer ")].get(path)
        assert str(answer.status_code) == status, typed
        assert said in (answer["Content-Type"], answer.json().get("code")), typed


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph")  # rdflib's own affair
def test_its_python_tells_the_original_sources_by_name(program, tmp_path, monkeypatch):
    claim = make.claim()
    make.attribution(claim, make.source("A chief"))
    make.attribution(claim, make.source("A neighbour"), stance="denies")
    answer = program.get(f"{calls.CLAIMS}{claim.pk}/provenance.jsonld")
    (tmp_path / "provenance.jsonld").write_bytes(answer.content)
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"(?:^    .*\n)*^    from rdflib(?:.*\n(?:    .*\n)*)", DOCS, re.MULTILINE)
    with contextlib.redirect_stdout(io.StringIO()) as told:
        exec(re.sub(r"^    ", "", code, flags=re.MULTILINE), {})  # noqa: S102 - ours
    assert [line.rsplit(" ", 1)[0] for line in told.getvalue().splitlines()] == ["A chief"]
