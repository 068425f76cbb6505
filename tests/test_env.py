import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from factdesk import env
from factdesk.people.roles import Role

ROOT = Path(env.__file__).resolve().parent.parent

BAD = [
    ("FACTDESK_PORT", "0", "1 to 65535"),
    ("FACTDESK_PORT", "65536", "1 to 65535"),
    ("FACTDESK_PORT", "eight", "1 to 65535"),
    ("FACTDESK_PORT", "٨٠٠٠", "1 to 65535"),
    ("DATABASE_URL", "mysql://a:b@h/d", "postgresql://"),
    ("DATABASE_URL", "postgresql://a:b@h:nine/d", "postgresql://"),
    ("DATABASE_URL", "postgresql://a:b@h", "postgresql://"),
    ("FACTDESK_TIME_ZONE", "Mars/Olympus", "IANA"),
    ("FACTDESK_TIME_ZONE", "../../etc/passwd", "IANA"),
    ("FACTDESK_APPROVALS", "rumour=2", "allegation"),
    ("FACTDESK_APPROVALS", "allegation=0", "from 1 to 9"),
    ("FACTDESK_APPROVALS", "allegation=2,allegation=1", "from 1 to 9"),
    ("FACTDESK_APPROVALS", "allegation", "from 1 to 9"),
    ("FACTDESK_PROTECTED_NAMES", "yes", "on or off"),
    ("FACTDESK_HTTPS", "1", "on or off"),
    ("FACTDESK_MFA_REQUIRED", "chief,king", "roles with commas: reader, reporter"),
    ("FACTDESK_MFA_REQUIRED", "all", "roles with commas"),
    ("FACTDESK_SECRET_KEY", "short", "50 random"),
    ("FACTDESK_SECRET_KEY", "a" * 60, "50 random"),
    ("FACTDESK_ALLOWED_HOSTS", "*", "host names"),
    ("FACTDESK_ALLOWED_HOSTS", "https://desk.example", "host names"),
    ("FACTDESK_OUTBOUND_ALLOW", "a b", "host names"),
    ("FACTDESK_MAIL_FROM", "a\nBcc: b", "one line"),
    ("FACTDESK_POSTGRES_BIN", "/nowhere/at/all", "exists"),
    ("FACTDESK_POSTGRES_USER", "no such; name", "account"),
    ("FACTDESK_POOL", "51", "0 to 50"),
    ("FACTDESK_NAME", "  ", "a name"),
    ("FACTDESK_SITE", "http://news.example/", "https://news.example/"),
    ("FACTDESK_HOME", __file__, "folder"),
]


@pytest.mark.parametrize(("name", "given", "wanted"), BAD)
def test_a_bad_value_names_the_variable_and_what_is_wanted(name, given, wanted):
    with pytest.raises(env.BadSettings) as refused:
        env.load({name: given, **({"DATABASE_URL": "postgresql://h/d"} if "OWNER" in name else {})})
    [problem] = refused.value.problems
    assert name in problem
    assert wanted in problem
    assert (repr(given) in problem) == (name not in {"DATABASE_URL", "FACTDESK_SECRET_KEY"})


def test_presets_are_those_of_the_design():
    found = env.load({})
    assert (found.home, found.port, found.embedded) == (ROOT / "var", 8000, True)
    assert found.time_zone == "UTC"
    assert found.approvals.pop("allegation") == 2
    assert set(found.approvals.values()) == {1}
    assert set(found.approvals) == {"statistic", "event", "causal", "rule", "detail", "prediction", "quotation"}
    assert (found.outbound_allow, found.protected_names, found.https, found.pool) == ([], False, False, 0)
    assert found.secret_key is found.database_url is found.mail_host is found.postgres_bin is None


def test_a_second_factor_is_asked_of_the_roles_that_there_are():
    assert env.load({}).mfa_required == []
    assert env.load({"FACTDESK_MFA_REQUIRED": "chief, legal"}).mfa_required == ["chief", "legal"]
    assert list(env.ROLES) == Role.values


def test_approvals_change_only_what_they_name():
    approvals = env.load({"FACTDESK_APPROVALS": "statistic=3, causal=2"}).approvals
    assert (approvals["statistic"], approvals["causal"], approvals["allegation"], approvals["event"]) == (3, 2, 2, 1)


def test_every_problem_is_told_at_once_and_no_secret_is_repeated():
    given = {
        "FACTDESK_PROT": "8000",
        "FACTDESK_PORT": "x",
        "FACTDESK_OWNER_DATABASE_URL": "mysql://owner:hunter2@h/d",
        "FACTDESK_SECRET_KEY": "hunter3",
        "PATH": "/bin",
    }
    with pytest.raises(env.BadSettings) as refused:
        env.load(given)
    told = "\n".join(refused.value.problems)
    assert len(refused.value.problems) == 5
    assert "FACTDESK_PROT is not a setting of factdesk; did you mean FACTDESK_PORT?" in told
    assert "hunter" not in told


def test_an_empty_variable_is_an_unset_one():
    assert env.load({"FACTDESK_PORT": "", "DATABASE_URL": ""}).port == 8000


def test_manage_ends_with_status_2_and_without_a_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "FACTDESK_PORT": "x", "FACTDESK_NONSENSE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 2
    assert "FACTDESK_NONSENSE" in done.stderr
    assert "Traceback" not in done.stderr


def test_reading_the_settings_needs_no_django():
    done = subprocess.run(
        [sys.executable, "-c", "import sys, factdesk.env, factdesk.serving; sys.exit('django' in sys.modules)"],
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0


def test_a_kept_secret_is_one_for_all_who_ask_and_private(tmp_path):
    path = tmp_path / "new home" / "key"
    with ThreadPoolExecutor(8) as many:
        seen = set(many.map(lambda _: env.kept_secret(path), range(32)))
    assert len(seen) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_only_env_reads_the_environment():
    readers = {
        str(path.relative_to(ROOT))
        for app in ("factdesk", "sources", "claims")
        for path in (ROOT / app).rglob("*.py")
        if "os.environ" in path.read_text(encoding="utf-8").replace("os.environ.setdefault", "")
    }
    handed_on = {"factdesk/serving.py", "factdesk/pgclients.py"}  # to their children
    assert readers == {"factdesk/env.py", *handed_on}


def test_the_readme_has_the_table_of_settings():
    assert env.readme_table() in (ROOT / "README.md").read_text(encoding="utf-8")
