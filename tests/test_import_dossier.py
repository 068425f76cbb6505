"""The command ``import_dossier``, and the format as programs and people read it."""

import io
import json
import os
import re
import subprocess
import sys

import jsonschema
import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connection

from claims.dossiers.schema import field_tables, json_schema
from claims.management.progress import Progress
from claims.models import Claim, Relation
from factdesk.people.accounts import desk_user
from tests.dossier_example import EXAMPLE, OTHER, PROJECT, SEED, changed
from tests.test_migrations import address

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_the_command_says_one_line_a_dossier(tmp_path, capsys):
    (tmp_path / "b.yaml").write_text(changed((", note: Not held.", "")))
    (tmp_path / "a.yml").write_text(OTHER.replace(", publisher: fernley_council", ""))
    call_command("import_dossier", str(tmp_path))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{tmp_path}/a.yml: 1 claims; rows: ")
    assert f"{tmp_path}/a.yml:11: claims[0].relations[0]: pending: corroborates courier_bridge/cost-up" in lines[1]
    assert lines[2].startswith(f"{tmp_path}/b.yaml: 2 claims; rows: ")
    assert lines[3] == f"{tmp_path}/a.yml: 1 of its pending relations made"
    assert Relation.objects.count() == 2


def test_the_command_lists_every_problem_and_loads_the_rest(tmp_path, capsys):
    (tmp_path / "bad.yaml").write_text(
        changed(("kind: statistic", "kind: number"), ("place: Fernley", "plaice: Fernley"))
    )
    (tmp_path / "good.yaml").write_text(OTHER)
    with pytest.raises(CommandError, match="1 record file not imported"):
        call_command("import_dossier", str(tmp_path))
    kind, place = capsys.readouterr().err.splitlines()
    line = EXAMPLE.splitlines().index("    kind: statistic") + 1
    assert kind.startswith(f"{tmp_path}/bad.yaml:{line}: claims[0].kind: 'number' is none of: statistic,")
    assert place == (
        f"{tmp_path}/bad.yaml:{line + 3}: claims[0].plaice: There is no field 'plaice'. Did you mean place?"
    )
    assert Claim.objects.count() == 1


def test_the_command_refuses_an_unknown_user_and_a_missing_file(tmp_path, capsys):
    with pytest.raises(CommandError, match="There is no user nobody"):
        call_command("import_dossier", str(tmp_path), "--by", "nobody")
    with pytest.raises(CommandError, match="1 record file not imported"):
        call_command("import_dossier", str(tmp_path / "none.yaml"))
    assert "No such file" in capsys.readouterr().err


def test_the_desks_own_account_signs_in_nowhere():
    desk = desk_user()
    assert (desk.username, desk.role, desk.is_active, desk.has_usable_password()) == ("desk", "editor", False, False)
    assert desk_user() == desk


def test_the_command_reads_standard_input(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(EXAMPLE.encode())))
    call_command("import_dossier", "-", "--dry-run")
    assert capsys.readouterr().out == "<stdin>: 2 claims; rows: 27 created (dry run)\n"
    assert not Claim.objects.exists()


def test_the_command_refuses_a_folder_without_record_files(tmp_path):
    (tmp_path / "a.txt").write_text(EXAMPLE)
    with pytest.raises(CommandError, match=r"no record files there \(.yaml, .yml, .json\)"):
        call_command("import_dossier", str(tmp_path))


# --- how far it is ---


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(text: str) -> str:
    """What a terminal has on its last line, after carriage returns and overwriting."""
    line: list[str] = []
    for part in text.rsplit("\n", 1)[-1].split("\r"):
        line[: len(part)] = part
    return "".join(line).rstrip()


def test_a_terminal_shows_one_line_that_rewrites_itself_and_is_gone_at_the_end():
    terminal = Terminal()
    progress = Progress(1_000, terminal)
    for done in range(999):
        progress.step(failed=done // 300)
    assert re.fullmatch(r"999 of 1,000 files · 3 with problems · 0 s left", shown(terminal.getvalue()))
    assert "\n" not in terminal.getvalue()
    progress.clear()
    assert shown(terminal.getvalue()) == ""
    progress.step(failed=3)
    progress.end(failed=3)
    assert re.search(r"\r1,000 files, 3 with problems, in 0 s\n$", terminal.getvalue())


def test_elsewhere_there_is_a_plain_line_now_and_then(monkeypatch):
    plain = io.StringIO()
    progress = Progress(250, plain)
    for _ in range(250):
        progress.step(failed=0)
    progress.end(failed=0)
    assert re.sub(r"\d+ s", "N s", plain.getvalue()).splitlines() == [
        "100 of 250 files · N s left", "200 of 250 files · N s left", "250 files, 0 with problems, in N s",
    ]  # fmt: skip
    monkeypatch.setattr("claims.management.progress.SECONDS", -1)
    slow = io.StringIO()
    progress = Progress(21, slow)
    for _ in range(21):
        progress.step(failed=0)
    assert len(slow.getvalue().splitlines()) == 20


def test_few_files_and_one_at_a_terminal_tell_nothing():
    for many, out in [(20, io.StringIO()), (1, Terminal())]:
        progress = Progress(many, out)
        for _ in range(many):
            progress.step(failed=0)
        progress.end(failed=0)
        assert out.getvalue() == ""


def test_at_a_terminal_the_line_makes_way_for_others(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text(OTHER)
    (tmp_path / "b.yaml").write_text(changed(("kind: statistic", "kind: number")))
    (tmp_path / "c.yaml").write_text(changed((", note: Not held.", "")))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", terminal)
    with pytest.raises(CommandError, match="1 record file not imported"):
        call_command("import_dossier", str(tmp_path), no_color=True)
    assert "1 of 3 files" in terminal.getvalue()
    assert "2 of 3 files · 1 with problems" in terminal.getvalue()
    lines = [shown(line) for line in terminal.getvalue().split("\n")[:-1]]
    assert [line.removeprefix(f"{tmp_path}/").split(":")[0] for line in lines[:-2]] == [
        "a.yaml", "a.yaml", "b.yaml", "c.yaml",
    ]  # fmt: skip
    assert lines[-2].startswith("3 files, 1 with problems, in ")
    assert lines[-1] == f"{tmp_path}/a.yaml: 1 of its pending relations made"


def test_a_file_whose_name_is_no_text_is_imported_too(tmp_path):
    name = os.fsdecode(b"\xff\n.yaml")
    (tmp_path / name).write_text(EXAMPLE)
    command = [sys.executable, str(PROJECT / "manage.py"), "import_dossier", "--dry-run", str(tmp_path / name)]
    environ = os.environ | {"DATABASE_URL": address("default", connection.settings_dict["NAME"])}
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"/\\udcff\\n.yaml: 2 claims; rows: 27 created (dry run)\n")


# --- the format ---


def test_the_schema_file_is_what_the_table_gives():
    assert json.loads((PROJECT / "claims/dossier.schema.json").read_text("utf-8")) == json_schema()


def test_the_docs_hold_the_tables_of_fields():
    page = (PROJECT / "docs/dossiers.md").read_text("utf-8")
    assert page.split("<!-- fields -->")[1].split("<!-- end of fields -->")[0].strip() == field_tables()


def test_the_schema_holds_the_example_and_the_seed_and_refuses_what_the_checker_refuses():
    checker = jsonschema.Draft202012Validator(json_schema())
    checker.check_schema(json_schema())
    for text in (EXAMPLE, OTHER, SEED.read_text("utf-8")):
        checker.validate(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - the base loader knows texts only
    for wrong in (changed(("kind: statistic", "kind: number")), changed(("place: Fernley", "plaice: Fernley"))):
        assert not checker.is_valid(yaml.load(wrong, Loader=yaml.BaseLoader))  # noqa: S506
