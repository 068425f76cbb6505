import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ["script/server", "script/test", "script/manage", "script/lock", ".ci/run"]


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+) \\$", text, re.MULTILINE))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_executable_strict_bash(script):
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_a_lock_has_digests_for_everything_and_names_no_host(name):
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert "script/lock" in text.split("\n\n", 1)[0]
    assert not re.search(r"https?:|file:|--index|--extra-index|--find-links|--trusted|@ ", text)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked(name)) > 20
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    binary = next(entry for entry in entries if entry.startswith("psycopg-binary"))
    assert binary.count("--hash") > 20  # of every platform's wheel, not only of this machine's


def test_what_serves_is_part_of_what_develops():
    assert locked("run.txt").items() <= locked("dev.txt").items()


def test_manage_works_from_any_folder(tmp_path):
    done = subprocess.run(
        [ROOT / "script" / "manage", "--version"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, locked("run.txt")["django"]), done.stderr
