"""What the README tells a newcomer to type works."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands

from claims.models import Claim
from tests import calls

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    script/manage (.+)$", README, re.MULTILINE)
REQUESTS = re.findall(r'^    curl .*?"?http://127\.0\.0\.1:8000(/[^"\s]*)"?$', README, re.MULTILINE)
LINKS = re.findall(r"\]\(([^)#:]+)\)", README)


def test_the_readme_has_examples():
    assert (len(COMMANDS), len(REQUESTS)) == (8, 3)


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_exist(command):
    assert command.split()[0] in get_commands()


@pytest.mark.parametrize("link", LINKS)
def test_its_links_lead_somewhere(link):
    assert (ROOT / link).exists()


@pytest.mark.django_db
def test_its_examples_run_on_the_seed(capsys):
    call_command("import_dossier", str(ROOT / "seeds" / "000_9d4745aa6790f757.yaml"))
    for command in COMMANDS:
        name, *arguments = command.split()
        if not {"FOLDER", "FILE"} & set(arguments):
            call_command(name, *arguments)
    assert "Original sources: 1" in capsys.readouterr().out
    program = calls.caller()
    first = Claim.objects.earliest("id")
    for path in REQUESTS:
        answer = program.get(path.replace("/1/", f"/{first.pk}/"))
        assert answer.status_code == 200, path
        assert b"".join(answer)  # a report lets go of its own connection at its end
