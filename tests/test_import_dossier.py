"""The command ``import_dossier``, and the format as programs and people read it."""

import io
import json
import sys

import jsonschema
import pytest
import yaml
from django.core.management import CommandError, call_command

from claims.dossiers.schema import field_tables, json_schema
from claims.models import Claim, Relation
from factdesk.people.accounts import desk_user
from tests.dossier_example import EXAMPLE, OTHER, PROJECT, SEED, changed

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
