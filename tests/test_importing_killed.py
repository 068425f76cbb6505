"""Ctrl-C, kill -9 and the memory of a big import."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from claims import importing
from claims.models import Claim
from sources.models import Source
from tests import make
from tests.dossier_example import PROJECT
from tests.test_migrations import address

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "owner"]), pytest.mark.long]


def written(folder: Path, many: int) -> Path:
    file = folder / "claims.jsonl"
    with file.open("w") as out:
        for at in range(many):
            hop = {"speaker": {"name": f"Paper {at % 50}", "kind": "outlet"}}
            hop["relays"] = {"speaker": {"name": f"Officer {at % 500}", "kind": "person"}, "basis": "witnessed"}
            claim = {"key": f"k-{at}", "kind": "event", "statement": f"Engine {at} came.", "attributions": [hop]}
            out.write(json.dumps(claim) + "\n")
    return file


def started(file: Path, *options: str) -> subprocess.Popen:
    environ = os.environ | {"DATABASE_URL": address("default", connection.settings_dict["NAME"])}
    environ.pop("FACTDESK_OWNER_DATABASE_URL", None)
    command = [sys.executable, str(PROJECT / "manage.py"), "import", "claims", str(file), "--keep-good", *options]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=file.parent)


def is_writing() -> bool:
    """Whether somebody holds claims that nobody else sees yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE relation = 'claims_claim'::regclass"
            " AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_is_ended_while_it_writes_leaves_nothing(tmp_path, how):
    with started(written(tmp_path, 8_000)) as importing:
        until = time.monotonic() + 120
        while not is_writing():
            assert importing.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        importing.send_signal(how)
        told = importing.communicate()[1].decode()
    assert importing.returncode == (130 if how == signal.SIGINT else -9)
    assert "Traceback" not in told
    assert ("Interrupted: nothing has changed." in told) == (how == signal.SIGINT)
    assert (Claim.objects.count(), Source.objects.count()) == (0, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["claims.jsonl"]
    with started(tmp_path / "claims.jsonl") as again:
        out = again.communicate()[0].decode()
    assert "8,000 claims created" in out


def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = []
    for many in (5_000, 50_000):
        with started(written(tmp_path, many), "--dry-run") as importing:
            assert importing.stdout is not None
            assert importing.stderr is not None
            _, state, used = os.wait4(importing.pid, 0)
            importing.returncode = os.waitstatus_to_exitcode(state)
            assert importing.returncode == 0, importing.stderr.read()
            assert re.search(rb"claims created \(dry run\)", importing.stdout.read())
        peaks.append(used.ru_maxrss)
    assert peaks[1] - peaks[0] < 8_000  # kB


def test_the_planner_is_told_of_what_nobody_else_sees_yet(tmp_path):
    """Autovacuum sees no row of it, and would write down that there are none: every set would then take longer."""
    known = []

    def tell(stage, done, of, claims):
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'claims_attribution'::regclass")
            known.append((done if stage == "writing" else 0, int(cursor.fetchone()[0])))
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE relation = 'claims_attribution'::regclass"
                " AND pid = pg_backend_pid() AND mode = 'ShareUpdateExclusiveLock'"
            )
            assert cursor.fetchone()[0] == (1 if known[-1][0] else 0)  # autovacuum keeps away

    importing.bring(written(tmp_path, 3_000), "jsonl", by=make.user("checker"), dry_run=True, tell=tell)
    assert [(done, many) for done, many in known if done] == [(20, 40), (520, 1_040), (3_000, 6_000)]
