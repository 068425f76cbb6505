"""Ctrl-C in the middle of many record files: each is on the desk whole or not at all, and another run goes on."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from claims.models import Attribution, Claim, DossierRow
from sources.models import Document, Passage, Sentence, Source
from tests.dossier_example import PROJECT
from tests.test_migrations import address

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

FILES = 200
TEXT = "It rained. Nobody was hurt, an officer said."


def dossier(number: int) -> dict:
    """A small one; every row of it is its own, so that they can be counted."""
    hop = {"key": "paper", "speaker": f"paper{number}", "passage": [11, 44]}
    hop["relays"] = {"key": "officer", "speaker": f"officer{number}"}
    return {
        "dossier": 1,
        "sources": [
            {"key": f"paper{number}", "kind": "outlet", "name": "A paper"},
            {"key": f"officer{number}", "kind": "person", "identity": "unnamed", "name": "an officer"},
        ],
        "document": {"key": f"article{number}", "kind": "article", "publisher": f"paper{number}"},
        "snapshot": {"captured_at": "2024-03-06T09:30:00Z", "text": TEXT, "sentences": [[0, 10], [11, 44]]},
        "claims": [{"key": "hurt", "kind": "event", "statement": "Nobody was hurt.", "attributions": [hop]}],
        "ruled_out": [{"sentence": [0, 10], "decision": "no_factual_content"}],
    }


def run(folder: Path) -> subprocess.Popen:
    environ = os.environ | {"DATABASE_URL": address("default", connection.settings_dict["NAME"])}
    environ.pop("FACTDESK_OWNER_DATABASE_URL", None)
    command = [sys.executable, str(PROJECT / "manage.py"), "import_dossier", str(folder)]
    pipe = subprocess.PIPE
    # A page of unread lines and the importer waits for us: however late we are, it has not come to its end.
    importing = subprocess.Popen(command, env=environ, stdout=pipe, stderr=pipe, bufsize=0, cwd=folder)
    fcntl.fcntl(importing.stdout, fcntl.F_SETPIPE_SZ, 4096)
    return importing


def whole() -> set[str]:
    """The documents on the desk; each has all of its rows."""
    documents = list(Document.objects.values_list("key", flat=True))
    rows = dict.fromkeys(documents, 0)
    for key in DossierRow.objects.values_list("document__key", flat=True):
        rows[key] += 1
    assert set(rows.values()) <= {7}  # two sources, the document, the claim, two hops, the ruling
    each = {Source: 2, Sentence: 2, Passage: 1, Claim: 1, Attribution: 2}
    for model, many in each.items():
        assert model.objects.count() == many * len(documents)
    return set(documents)


@pytest.mark.long
def test_ctrl_c_leaves_whole_dossiers_and_the_next_run_brings_the_rest(tmp_path):
    for number in range(FILES):
        (tmp_path / f"{number:03}.json").write_text(json.dumps(dossier(number)))
    before: set[str] = set()
    for lines, seconds in [(1, 0.0), (40, 0.011), (110, 0.004)]:
        with run(tmp_path) as importing:
            for _ in range(lines):
                assert importing.stdout.readline()
            time.sleep(seconds)
            importing.send_signal(signal.SIGINT)
            told = importing.communicate()[1].decode()
        assert importing.returncode == 130, told
        assert "Traceback" not in told
        now = whole()
        assert before <= now
        [line] = [line for line in told.splitlines() if line.startswith("Interrupted: ")]
        many = int(line.split()[1])
        assert lines <= many < FILES
        assert max(many, len(before)) <= len(now) <= max(many + 1, len(before))
        assert line.endswith(f"of {FILES} files are in, each whole. The same command again brings in the rest.")
        before = now
    with run(tmp_path) as importing:
        out, told = (each.decode() for each in importing.communicate())
    assert (importing.returncode, len(out.splitlines())) == (0, FILES), told
    assert len(whole()) == FILES
    assert f"{FILES} files, 0 with problems, in " in told
