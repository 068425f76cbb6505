"""Whether the database is as this code wants it, asked cheaply.

The bargain: ``migrate`` takes seconds to find that it has nothing to do, so a start asks two small questions
instead: are the files that make the schema those of the last migrate from here, and does the database still
count the migrations that it counted then? Any doubt, and migrate runs.
"""

import hashlib
import json
from pathlib import Path

import psycopg

from factdesk import database
from factdesk.env import ROOT, Env, write_private

#: what a schema is made of: our migrations, the packages that bring theirs, what hardens it, and whose rights it gives
MADE_OF = (
    "*/migrations/*.py",
    "factdesk/people/migrations/*.py",
    "*/models/*.py",
    "factdesk/people/models.py",
    "factdesk/webhooks/migrations/*.py",
    "factdesk/webhooks/models.py",
    "factdesk/changes/migrations/*.py",
    "factdesk/changes/*.py",
    "*/apps.py",
    "factdesk/records.py",
    "factdesk/history.py",
    "factdesk/settings.py",
    "factdesk/management/commands/harden.py",
    "factdesk/management/commands/migrate.py",
    "requirements/run.txt",
)


def is_current(env: Env) -> bool:
    """Whether nothing changed since :func:`remember`, in the files or in the database.

    psycopg.OperationalError where there is no database to be reached.
    """
    note, state = _note(env), _state(env)
    return note.exists() and note.read_text(encoding="utf-8") == state


def remember(env: Env) -> None:
    """Note the present state as current: called after a migrate that went through."""
    write_private(_note(env), _state(env))


def has_people(env: Env) -> bool:
    """Whether anybody can sign in; if nobody can, this is the first start (or the rest of one)."""
    with psycopg.connect(**database.addresses(env)["default"]) as connection:  # type: ignore[arg-type]
        row = connection.execute("SELECT EXISTS (SELECT FROM people_user WHERE is_active)").fetchone()
    return bool(row and row[0])


def _note(env: Env) -> Path:
    return env.home / "migrated.json"


def _state(env: Env) -> str:
    digest = hashlib.sha256()
    for pattern in MADE_OF:
        for path in sorted(ROOT.glob(pattern)):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    try:
        with psycopg.connect(**database.addresses(env)["default"]) as connection:  # type: ignore[arg-type]
            row = connection.execute("SELECT count(*), max(id), max(applied)::text FROM django_migrations").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        row = None  # never migrated, or not hardened since
    return json.dumps({"files": digest.hexdigest(), "migrations": row})
