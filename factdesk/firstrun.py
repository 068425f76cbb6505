"""The first start: a record to look at, somebody who may sign in, a token for the first program, and a demo at work.

The bargain: the people are made after the record, in one transaction with the files that tell their passwords. A first
start that is cut short before is therefore begun again, and importing a dossier twice changes nothing; one that is cut
short in the demo's few seconds of work leaves a demo that has worked less.
"""

import json
import secrets
import time
from pathlib import Path

from django.core.management import call_command
from django.db import transaction
from knox.crypto import hash_token

from claims import demo
from factdesk.context import declare
from factdesk.env import ROOT, Env, write_private
from factdesk.people.models import Token, User
from factdesk.people.roles import SCOPES, Role

FILE = "first-run.json"
DEMO_FILE = "demo-people.json"


def prepare(env: Env) -> None:
    """Load the seeds, make the first user and token and the demo's people (``first-run.json``, ``demo-people.json``,
    both 0600), and let these do their work.

    Does nothing where somebody can sign in already.
    """
    if User.objects.filter(is_active=True).exists():
        return
    load_seeds(demo=env.demo)
    with transaction.atomic():
        if env.demo:
            make_demo_people(env)
        make_first_user(env)
    if env.demo:
        demo.work()


def load_seeds(*, demo: bool) -> None:
    """Import the dossiers of ``seeds/``, all in one run, so that what one says of another finds it."""
    seeds = ROOT / "seeds"
    call_command("import_dossier", *([str(seeds)] if demo else map(str, sorted(seeds.glob("*.yaml")))))


def make_demo_people(env: Env) -> None:
    """The demo town's people, each with a password of their own, told in the file alone."""
    passwords = {name: secrets.token_urlsafe(12) for name in demo.PEOPLE}
    people = demo.make_people(passwords)
    told = [{"user": one.username, "password": passwords[one.username], "role": one.role} for one in people]
    write_private(env.home / DEMO_FILE, json.dumps(told, indent=2) + "\n")


def make_first_user(env: Env) -> None:
    """A chief who is also the admin's superuser, and a token of every scope; told in the file alone."""
    password = secrets.token_urlsafe(18)
    with transaction.atomic():
        declare(way="shell", why="first start")
        user = User.objects.create_superuser("admin", email="", password=password, role=Role.CHIEF)
        _, token = Token.objects.create(user=user, name="first run", scopes=sorted(SCOPES))  # type: ignore[no-untyped-call]
        told = {"url": env.url, "admin_user": user.username, "admin_password": password, "api_token": token}
        write_private(env.home / FILE, json.dumps(told, indent=2) + "\n")


def put_aside_if_stale(env: Env) -> Path | None:
    """Rename ``first-run.json`` where its token is none of this desk's (it was restored); where it is now, if so."""
    file = env.home / FILE
    if not file.exists():
        return None
    token = json.loads(file.read_text(encoding="utf-8")).get("api_token", "")
    if Token.objects.filter(digest=hash_token(token)).exists():
        return None
    now = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    beside = env.home / DEMO_FILE
    if beside.exists():
        beside.rename(beside.with_name(f"demo-people-until-{now}.json"))
    return file.rename(file.with_name(f"first-run-until-{now}.json"))
