"""Backup and restore, by the commands, on desks of their own: the same answers after, or nothing has happened."""

import fcntl
import io
import json
import os
import re
import resource
import secrets
import shutil
import signal
import stat
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from factdesk import env, firstrun
from factdesk.archive import FORMAT, Archive, Damaged, Packing, written
from factdesk.embedded import Cluster
from factdesk.serving import welcome
from factdesk.tally import differences, migrations, tally
from tests import attacks, calls
from tests.desks import Desk, connect, databases, empty_desk
from tests.dossier_example import PROJECT

pytestmark = pytest.mark.django_db

#: Work on the desk, beside the seeds: decisions, withdrawals, a protected name, sessions, jobs. Prints a token.
WORK = """
from datetime import timedelta
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from claims.models import Accusation, Assessment, Claim, SignOff
from factdesk.context import acting
from factdesk.people.models import Token, User
from sources.models import Document, ProtectedIdentity, Source
from sources.models.source import ProtectedName
with acting(why="work"):
    ana, bo = (User.objects.create_user(name, password="a password", role="chief") for name in ("ana", "bo"))
    claim = Claim.objects.create(statement="=It rained; 'twice'.", kind="event", topics=["a;b"])
    for state in ("in_check", "in_review"):
        if state == "in_review":
            found = Assessment.objects.create(claim=claim, revision=1, verdict="mixed", rationale="So.", author=ana)
        Claim.objects.filter(pk=claim.pk).update(state=state)
    SignOff.objects.create(assessment=found, author=ana, revision=1, decision="approve", by=bo)
    gone = {"withdrawn_at": timezone.now(), "withdrawn_because": "No."}
    Accusation.objects.filter(pk=Accusation.objects.first().pk).update(**gone)
    secret = Source.objects.create(kind="person", name="A code name", identity="protected")
    kept = ProtectedIdentity.objects.create(source=secret, approved_by=bo)
    ProtectedName.objects.create(protection=kept, real_name="Somebody Real")
    Document.objects.create(kind="memo", title="\\u202e\\U0001f60e\\n\\t\\\\N")
    token = Token.objects.create(user=ana, name="a program", scopes=["read"])[1]
session = SessionStore()
session["who"] = "ana"
session.save()
print(token)
"""

#: Everything that the API lists, page by page, and whether the desk is ready. Of the reports the two that tell the same
#: at any hour.
ANSWERS = """
import json, sys
from django.test import Client
client = Client(headers={"Authorization": "Bearer " + sys.argv[1]}, SERVER_NAME="127.0.0.1")
def whole(address):
    told = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.content
        text = b"".join(answer).decode()
        page = json.loads(text) if "json" in answer["Content-Type"] else text
        told.append(page["results"] if "results" in page else page)
        address = page.get("next") if isinstance(page, dict) else None
    return told
found = {"/readyz": whole("/readyz")}
schema = client.get("/api/v1/schema/").json()["paths"]
for path in schema:
    is_report = "/reports/" in path and not path.endswith(("claims.csv", "claims.json"))
    if "get" in schema[path] and "{" not in path and not path.endswith("/changes/") and not is_report:
        found[path] = whole(path)
for claim in found["/api/v1/claims/"][0]:
    path = "/api/v1/claims/" + claim["id"] + "/provenance/"
    found[path] = whole(path)
print(json.dumps(found))
"""


#: What the feed answers to a cursor: the status, and the next cursor or the code.
FOLLOW = """
import sys
from django.test import Client
client = Client(headers={"Authorization": "Bearer " + sys.argv[1]}, SERVER_NAME="127.0.0.1")
answer = client.get("/api/v1/changes/?since=" + sys.argv[2])
told = answer.json()
print(answer.status_code, told.get("cursor") or told["code"])
"""


@pytest.fixture(scope="module")
def prefix():
    return f"test_backup_{secrets.token_hex(4)}"


@pytest.fixture(scope="module")
def base(django_db_setup, django_db_blocker, tmp_path_factory, prefix):
    """A desk with the seeds and some work, its token, its rows, and a backup of it: ``(desk, token, rows, file)``.

    The tests' own database has the newest schema: a backup of it, restored, is a new desk.
    """
    folder = tmp_path_factory.mktemp("backups")
    with django_db_blocker.unblock():
        tests_own = Desk(connections["owner"].settings_dict["NAME"], folder / "tests")
        tests_own.run("backup", str(folder / "empty"))
        with empty_desk(f"{prefix}_base", folder / "home") as desk:
            desk.run("restore", str(folder / "empty"))
            desk.run("import_dossier", str(PROJECT / "seeds"))
            token = desk.python(WORK).strip()
            rows = desk.rows()
            file = folder / "desk.backup"
            with desk.connect() as connection:
                [[made]] = connection.execute("SELECT count(*) FROM claims_claim").fetchall()
            assert made > 300
            assert f" {made} claims, " in desk.run("backup", str(file))
            yield desk, token, rows, file


@pytest.fixture
def desk(prefix, tmp_path):
    """An empty one."""
    with empty_desk(f"{prefix}_{secrets.token_hex(3)}", tmp_path / "home") as made:
        yield made


def untouched(desk, before=()):
    """Nothing was left beside the desk's database, and in it is what was there."""
    assert databases(desk.name) == [desk.name]
    with desk.connect() as connection:
        assert migrations(connection) == list(before)


# --- the same answers after ---


def test_the_same_answers_after(base, desk):
    source, token, rows, file = base
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = desk.run("restore", str(file))
    assert re.search(r" 3\d\d claims\b", said)
    assert "signs in again" in said
    after = desk.rows()
    assert rows.pop("django_session") != []
    assert after.pop("django_session") == []
    assert {name for name in rows if name.endswith("event")} >= {"claims_claimevent", "sources_sourceevent"}
    assert all(rows[name] for name in ("claims_claimevent", "claims_signoff", "sources_protectedname", "people_token"))
    assert after.keys() == rows.keys()
    assert [name for name in rows if after[name] != rows[name]] == []
    before, now = (json.loads(each.python(ANSWERS, token)) for each in (source, desk))
    assert len(before["/api/v1/claims/"]) > 3
    assert now == before
    the_feed_begins_anew(source, desk, token)
    life_goes_on(desk)
    everything_is_closed_again(desk)


def the_feed_begins_anew(source, desk, token):
    """A cursor from before is gone: what was changed after the backup is not in what came back."""
    cursor = source.python(FOLLOW, token, "now").split()[1]
    assert source.python(FOLLOW, token, cursor).split()[0] == "200"
    assert desk.python(FOLLOW, token, cursor) == "410 cursor_gone\n"
    assert desk.python(FOLLOW, token, desk.python(FOLLOW, token, "now").split()[1]).split()[0] == "200"


def life_goes_on(desk):
    """Triggers, sequences, rules and history are at work."""
    told = desk.python(
        """
from claims.models import Attribution, Claim
from factdesk.context import acting
from sources.models import Source
newest = Claim.objects.latest("id")
with acting(why="after the restore"):
    claim = Claim.objects.create(statement="It goes on.", kind="event")
    Attribution.objects.create(claim=claim, speaker=Source.objects.first())
claim.refresh_from_db()
event = claim.events.latest("pgh_id")
print(claim.pk > newest.pk, claim.independent_origins, claim.warnings, event.pgh_context["why"])
"""
    )
    assert told == "True 1 ['single_origin'] after the restore\n"


def everything_is_closed_again(desk):
    assert desk.python("from factdesk.history import faults; print(faults())") == "[]\n"
    with desk.connect("default", autocommit=True) as application:
        for attack in (
            "DELETE FROM claims_claim",
            "UPDATE claims_claimevent SET statement = 'x'",
            "SELECT real_name FROM sources_protectedname",
            "CREATE TABLE mine (id int)",
            "CREATE TEMPORARY TABLE mine (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(attack)
    with desk.connect(autocommit=True) as owner:
        asked = "SELECT grantee::regrole::text, privilege_type FROM pg_database, aclexplode(datacl) WHERE datname = %s"
        others = [each for each in owner.execute(asked, [desk.name]) if each[0] != owner.info.user]
        assert others == [(connections["default"].settings_dict["USER"], "CONNECT")]
        analyzed = "SELECT reltuples > 0 FROM pg_class WHERE oid = 'claims_claim'::regclass"
        assert owner.execute(analyzed).fetchone() == (True,)


@pytest.mark.long
def test_a_backup_of_what_was_restored_holds_the_same(base, desk, tmp_path):
    desk.run("restore", str(base[3]))
    desk.run("backup", str(tmp_path / "again"))
    assert Archive(tmp_path / "again").known["tables"] == Archive(base[3]).known["tables"]


@pytest.mark.long
def test_a_new_machine_takes_it(base, tmp_path):
    """Where there was no desk yet: the embedded PostgreSQL is made, its roles have passwords of their own."""
    file = base[3]
    made = Desk("", tmp_path / "new home")
    for name in ("DATABASE_URL", "FACTDESK_OWNER_DATABASE_URL"):
        del made.environ[name]
    kept = {
        name: os.environ[name] for name in ("FACTDESK_POSTGRES_BIN", "FACTDESK_POSTGRES_USER") if name in os.environ
    }
    made.environ |= kept
    cluster = Cluster.of(env.load({"FACTDESK_HOME": str(made.home), **kept}))
    try:
        assert re.search(r" 3\d\d claims\b", made.run("restore", str(file)))
        assert "is there already" in made.run("backup", str(file), fails=True)
        made.run("backup", str(tmp_path / "again"))
        assert Archive(tmp_path / "again").known["tables"] == Archive(file).known["tables"]
        assert "Six men got out" in made.run("show", "000_9d4745aa6790f757/six-men-took-detainee")
    finally:
        cluster.remove()


@pytest.mark.long
def test_an_older_desk_is_brought_up_to_date(base, desk, tmp_path):
    desk.run("restore", str(base[3]))
    with desk.connect() as connection:
        newest = migrations(connection)
    with desk.connect() as connection:  # what unapplying the migration does, without the time that it takes Django
        connection.execute("DROP TABLE django_session")
        connection.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    desk.run("backup", str(tmp_path / "older"))
    assert ["sessions", "0001_initial"] not in Archive(tmp_path / "older").known["migrations"]
    desk.run("restore", "--replace", str(tmp_path / "older"))
    untouched(desk, newest)
    everything_is_closed_again(desk)


@pytest.mark.long
def test_a_rehearsal_changes_nothing(base, desk):
    assert "Nothing was changed" in desk.run("restore", "--rehearse", str(base[3]))
    untouched(desk)


# --- what is refused ---


def repacked(file, to, **changed):
    """The backup with other things said of it."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                known = json.loads(data)
                data = json.dumps({**known, **{key: change(known[key]) for key, change in changed.items()}}).encode()
            new.writestr(name, data)
    return str(to)


@pytest.mark.long
def test_what_cannot_be_restored_is_refused_and_changes_nothing(base, desk, tmp_path):
    file = base[3]
    (tmp_path / "cut").write_bytes(file.read_bytes()[:-1000])
    one_more = {"tables": lambda tables: {**tables, "claims_claim": [tables["claims_claim"][0] + 1, "0"]}}
    refused = {
        str(tmp_path / "nowhere"): "No such file or directory",
        str(tmp_path / "cut"): "is no backup of a desk, or it is cut off or damaged",
        repacked(
            file, tmp_path / "newer", migrations=lambda m: [*m, ["claims", "9999_x"]]
        ): "does not know claims 9999_x",
        repacked(file, tmp_path / "server", server=lambda _: 99): "takes a server of 99 or later",
        repacked(file, tmp_path / "other", **one_more): "not what was backed up: claims_claim",
    }
    for name, told in refused.items():
        assert told in desk.run("restore", name, fails=True), name
        untouched(desk)


@pytest.mark.long
def test_a_desk_is_not_overwritten_while_it_is_there_or_at_work(base, desk):
    source, _, _, file = base
    before = source.rows()
    assert "--replace puts the backup in its place" in source.run("restore", str(file), fails=True)
    with source.connect("default") as working:
        working.execute("SELECT 1")
        assert "Connections to the database" in source.run("restore", "--replace", str(file), fails=True)
    with (source.home / "serve.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "Stop the desk first" in source.run("restore", "--replace", str(file), fails=True)
    assert source.rows() == before
    assert databases(source.name) == [source.name]


@pytest.mark.long
def test_a_backup_overwrites_nothing_unasked(base, tmp_path):
    desk, _, _, file = base
    before = file.read_bytes()
    assert "--force overwrites it" in desk.run("backup", str(file), fails=True)
    assert "It is a folder" in desk.run("backup", "--force", str(tmp_path), fails=True)
    assert "No such file or directory" in desk.run("backup", str(tmp_path / "no" / "x"), fails=True)
    assert file.read_bytes() == before
    other = tmp_path / "other"
    other.write_text("as it was")
    desk.run("backup", "--force", str(other))
    assert Archive(other).known["tables"]["claims_claim"] == Archive(file).known["tables"]["claims_claim"]
    assert list(tmp_path.iterdir()) == [other]


@pytest.mark.long
def test_who_has_not_the_means_is_told(base, desk, tmp_path):
    file = str(tmp_path / "file")
    assert "nothing to back up" in desk.run("backup", file, fails=True)
    for command in (("backup", file), ("restore", str(base[3]))):
        no_owner = {"FACTDESK_OWNER_DATABASE_URL": ""}
        assert "Set FACTDESK_OWNER_DATABASE_URL" in desk.run(*command, fails=True, environ=no_owner)
        nowhere = {"FACTDESK_OWNER_DATABASE_URL": "postgresql://owner:asecret@127.0.0.1:1/desk"}
        told = desk.run(*command, fails=True, environ=nowhere)
        assert "The database is not to be reached" in told
        assert "asecret" not in told
        no_programs = {"FACTDESK_POSTGRES_BIN": str(tmp_path)}
        assert "FACTDESK_POSTGRES_BIN" in desk.run(*command, fails=True, environ=no_programs)
    assert list(tmp_path.iterdir()) == [desk.home]
    untouched(desk)


@pytest.mark.long
def test_programs_older_than_the_server_are_refused(base, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("initdb", "pg_ctl", "pg_dump", "pg_restore", "psql"):
        (programs / name).symlink_to(shutil.which("true"))
    (programs / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.1'\n")
    (programs / "postgres").chmod(0o755)
    desk, _, _, file = base
    older = {"FACTDESK_POSTGRES_BIN": str(programs)}
    with desk.connect() as connection:
        if connection.info.server_version < 160_000:
            pytest.skip("there is no PostgreSQL older than the tests' that factdesk takes")
    assert "cannot back it up. Set FACTDESK_POSTGRES_BIN" in desk.run(
        "backup", str(tmp_path / "x"), fails=True, environ=older
    )
    assert "are 15. Set FACTDESK_POSTGRES_BIN" in desk.run("restore", str(file), fails=True, environ=older)
    (programs / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 99.1'\n")
    (programs / "pg_dump").unlink()
    (programs / "pg_dump").write_text(
        "#!/bin/sh\necho 'pg_dump: error: it broke' >&2\necho 'DETAIL: Jane Doe' >&2\nexit 1\n"
    )
    (programs / "pg_dump").chmod(0o755)
    told = desk.run("backup", str(tmp_path / "x"), fails=True, environ=older)
    assert "pg_dump failed: pg_dump: error: it broke" in told
    assert "Jane" not in told
    assert list(tmp_path.iterdir()) == [programs]


# --- cut short ---


def test_a_full_disk_leaves_no_half_backup(base, tmp_path):
    desk, _, _, _ = base
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))}
    assert "File too large" in desk.run("backup", str(tmp_path / "file"), fails=True, **full)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_backup_that_is_stopped_leaves_nothing(base, tmp_path, how):
    desk, _, _, _ = base
    with desk.connect() as connection:
        connection.execute("LOCK TABLE claims_claim IN ACCESS EXCLUSIVE MODE")  # what pg_dump waits for
        with desk.start("backup", str(tmp_path / "file")) as process:
            wait_for(lambda: list(tmp_path.iterdir()) and waits(desk))
            process.send_signal(how)
            process.communicate(timeout=20)
        assert process.returncode not in (0, None)
    wait_for(lambda: not waits(desk))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "how",
    [*(pytest.param(how, marks=pytest.mark.long) for how in (signal.SIGINT, signal.SIGTERM)), signal.SIGKILL],
)
def test_a_restore_that_is_stopped_leaves_the_desk_as_it_was(base, desk, how):
    with desk.start("restore", str(base[3])) as process:
        wait_for(lambda: len(databases(desk.name)) > 1)
        time.sleep(0.3)
        process.send_signal(how)
        process.communicate(timeout=30)
    assert process.returncode not in (0, None)
    if how == signal.SIGKILL:  # the next one clears up
        desk.run("restore", "--rehearse", str(base[3]))
    untouched(desk)


def waits(desk):
    with connect("postgres") as connection:
        asked = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = %s AND application_name = 'pg_dump')"
        return connection.execute(asked, [desk.name]).fetchone()[0]


def wait_for(what, seconds=60):
    patience = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < patience, "waited in vain"
        time.sleep(0.02)


# --- the file ---


def packed(to, dump=b"x" * 5000, **known):
    with written(to) as file, Packing(file) as packing:
        packing.put(io.BytesIO(dump))
        packing.end({"made_at": "now", **known})
    return to


def test_an_archive_gives_back_what_was_put_in(tmp_path):
    archive = Archive(packed(tmp_path / "file", dump=b"\0\xff" * 1_000_000, tables={"a": [1, "2"]}))
    assert archive.known["tables"] == {"a": [1, "2"]}
    with archive.dump() as dump:
        assert dump.read() == b"\0\xff" * 1_000_000
    with zipfile.ZipFile(tmp_path / "file") as plain:
        assert plain.namelist() == ["README.txt", "database.dump", "manifest.json"]


def test_damage_anywhere_is_found_before_anybody_acts_on_it(tmp_path):
    whole = packed(tmp_path / "file").read_bytes()
    known = Archive(tmp_path / "file").known
    harmless = 0
    for at in range(0, len(whole), 7):
        broken = tmp_path / "broken"
        broken.write_bytes(whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        try:
            found = Archive(broken)
        except Damaged:
            found = None
        if found:  # a date in the zip's own book-keeping, say
            harmless += 1
            with found.dump() as entry:
                assert (found.known, entry.read()) == (known, b"x" * 5000)
        broken.write_bytes(whole[:at])
        with pytest.raises(Damaged):
            Archive(broken)
    assert harmless < len(whole) / 7 / 10


def test_what_is_no_archive_is_said_to_be_none(tmp_path):
    (tmp_path / "text").write_text("no backup")
    with zipfile.ZipFile(tmp_path / "zip", "w") as other:
        other.writestr("a", "b")
    for name in ("text", "zip"):
        with pytest.raises(Damaged, match="is no backup of a desk"):
            Archive(tmp_path / name)
    newer = repacked(packed(tmp_path / "file"), tmp_path / "newer", format=lambda _: FORMAT + 1)
    with pytest.raises(Damaged, match=f"format {FORMAT + 1}; this factdesk reads format {FORMAT}"):
        Archive(Path(newer))
    for name in ("nowhere", ""):
        with pytest.raises(OSError, match=r"No such file|s a directory"):
            Archive(tmp_path / name)


# --- what a database holds, in numbers ---


def test_a_tally_tells_databases_apart_but_not_the_order_of_their_rows(transactional_db):
    with attacks.opened("owner", autocommit=True) as owner:

        def counted(*values):
            with owner.transaction(force_rollback=True):
                owner.execute("CREATE TABLE public.t (a text, b int GENERATED ALWAYS AS (length(a)) STORED, c bytea)")
                for value in values:
                    owner.execute("INSERT INTO t VALUES (%s, DEFAULT, '\\x00')", [value])
                return tally(owner)

        assert differences(counted("x", "y"), counted("y", "x")) == []
        assert "django_session" not in counted()
        for other in (["x"], ["x", "z"], ["x", "y", "y"], ["x", None], ["x", ""], []):
            assert differences(counted("x", "y"), counted(*other)) == ["t"]
        assert differences(counted("x"), {}) == sorted(counted("x"))


# --- beside the database ---


def test_a_first_sign_in_of_another_desk_is_put_aside(tmp_path):
    here = replace(settings.ENV, home=tmp_path)
    file = tmp_path / "first-run.json"
    assert firstrun.put_aside_if_stale(here) is None
    file.write_text(json.dumps({"api_token": calls.token()[1]}))
    assert firstrun.put_aside_if_stale(here) is None
    file.write_text(json.dumps({"api_token": "fd_of_another"}))
    aside = firstrun.put_aside_if_stale(here)
    assert list(tmp_path.iterdir()) == [aside]
    assert Path(aside).name.startswith("first-run-until-")


def test_a_restored_desk_promises_no_first_sign_in(tmp_path):
    here = replace(settings.ENV, home=tmp_path)
    assert welcome(here).splitlines()[1] == "Sign in as you did before."
    (tmp_path / "first-run.json").write_text("{}")
    assert str(tmp_path / "first-run.json") in welcome(here).splitlines()[1]
