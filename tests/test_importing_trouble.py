"""What an importer is told when the disk is full or the database goes away, and that nothing stays of it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from claims.importing import bring
from claims.models import Claim
from sources.models import Source
from tests import make
from tests.test_importing_killed import written

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def full_disk():
    """Claims find no more room from the 600th on, as PostgreSQL says it (SQLSTATE 53100)."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.key = 'k-600' THEN
                    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON claims_claim FOR EACH ROW EXECUTE FUNCTION full_disk();
        """)
        yield
        cursor.execute("DROP TRIGGER full_disk ON claims_claim; DROP FUNCTION full_disk();")


def test_a_full_disk_is_told_and_nothing_stays(tmp_path: Path, full_disk, capsys):
    file = written(tmp_path, 1_000)
    for options in ([], ["--keep-good"]):
        with pytest.raises(CommandError, match=r"claims\.jsonl: The disk of the database is full\. Nothing was"):
            call_command("import", "claims", str(file), *options)
    assert (Claim.objects.count(), Source.objects.count()) == (0, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["claims.jsonl"]


def test_a_database_that_goes_away_is_told_and_nothing_stays(tmp_path: Path):
    file = written(tmp_path, 1_000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [ours] = cursor.fetchone()

    beside = connection.copy()

    def tell(stage: str, done: int, of: int, claims: int) -> None:
        if stage == "writing" and done:
            with beside.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [ours])

    with pytest.raises(Exception, match="The database has gone away meanwhile") as refused:
        bring(file, "jsonl", by=make.user("checker"), tell=tell)
    assert refused.value.code == "database_gone"
    beside.close()
    connection.close()
    assert Claim.objects.count() == 0


def test_rejects_that_cannot_be_written_are_told_and_nothing_stays(tmp_path: Path):
    file = written(tmp_path, 10)
    with file.open("a") as out:
        out.write("{}\n")
    with pytest.raises(CommandError, match=r"nowhere/rejects\.jsonl cannot be written: No such file or directory\."):
        call_command(
            "import", "claims", str(file), "--keep-good", "--rejects", str(tmp_path / "nowhere" / "rejects.jsonl")
        )
    assert Claim.objects.count() == 0
