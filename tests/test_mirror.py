"""docs/examples/mirror.py, run as whoever reads the docs would, holds what the desk holds.

500 random changes; with HYPOTHESIS_PROFILE=long (``script/test --full``) 10,000.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connections, transaction

from claims.models import Claim
from tests import calls, make

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

MIRROR = Path(__file__).resolve().parent.parent / "docs" / "examples" / "mirror.py"
CHANGES = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 500
WRITERS = 4


def mirrored(program, live_server, copy, secret):
    """Run it once; it brings the copy up to date and ends."""
    done = subprocess.run(
        [sys.executable, str(MIRROR), live_server.url, str(copy)],
        env={**os.environ, "FACTDESK_TOKEN": secret},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def held(copy):
    with sqlite3.connect(copy) as opened:
        return {number: json.loads(told) for number, told in opened.execute("SELECT id, json FROM claims")}


def of_the_desk(program):
    found, address = {}, "/api/v1/claims/?ordering=id&limit=200"
    while address:
        page = program.get(address).json()
        found |= {int(one["id"]): one for one in page["results"]}
        address = page["next"]
    return found


class Worker(threading.Thread):
    """Makes claims, changes them and their parts, one by one or many in a statement; undoes some of it."""

    def __init__(self, number, claims, source):
        super().__init__()
        self.dice, self.claims, self.source, self.fault = random.Random(number), list(claims), source, None

    def run(self):
        try:
            for _ in range(CHANGES // WRITERS):
                with transaction.atomic():
                    made = self.dice.choice(CHANGED)(self)
                    transaction.set_rollback(self.dice.random() < 0.1)
                    keeps = not transaction.get_rollback()
                if keeps and made is not None:
                    self.claims.append(made.pk)
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            self.fault = fault
        finally:
            connections.close_all()

    def any(self):
        return Claim.objects.filter(pk=self.dice.choice(self.claims))

    def adds(self):
        return make.claim()

    def moves(self):
        self.any().update(place=str(self.dice.random()))

    def moves_many(self):
        some = sorted(self.dice.sample(self.claims, min(5, len(self.claims))))
        list(Claim.objects.filter(pk__in=some).order_by("pk").select_for_update(no_key=True))
        Claim.objects.filter(pk__in=some).update(topics=[str(self.dice.random())])

    def counts(self):
        make.quantity(self.any().get())

    def speaks(self):
        make.attribution(self.any().get(), self.source)


CHANGED = (Worker.adds, Worker.moves, Worker.moves_many, Worker.counts, Worker.speaks)


def test_the_copy_is_right_after_many_random_changes_and_while_they_are_made(live_server, tmp_path):
    copy = tmp_path / "claims.db"
    person = make.user("editor")
    program, secret = calls.caller(person, ["review"]), calls.token(person, ["review"])[1]
    claims = [make.claim().pk for _ in range(20)]
    mirrored(program, live_server, copy, secret)
    assert held(copy).keys() == set(claims)
    workers = [Worker(number, claims, make.source()) for number in range(WRITERS)]
    for worker in workers:
        worker.start()
    runs = 0
    while any(worker.is_alive() for worker in workers):
        mirrored(program, live_server, copy, secret)
        runs += 1
    for worker in workers:
        worker.join()
        assert worker.fault is None, worker.fault
    mirrored(program, live_server, copy, secret)
    there = {number: _plain(told) for number, told in of_the_desk(program).items()}
    assert {number: _plain(told) for number, told in held(copy).items()} == there
    print(f"{CHANGES} changes, {len(there)} claims, {runs} runs meanwhile")


def test_where_the_feed_does_not_reach_it_starts_afresh(live_server, tmp_path, owner):
    copy = tmp_path / "claims.db"
    person = make.user("reader")
    program, secret = calls.caller(person), calls.token(person)[1]
    make.claim()
    mirrored(program, live_server, copy, secret)
    with sqlite3.connect(copy) as opened:
        opened.execute("INSERT INTO claims VALUES (987654321, '{}')")
    owner.execute("SELECT changes_begin_epoch()")
    make.claim()
    mirrored(program, live_server, copy, secret)
    assert held(copy).keys() == of_the_desk(program).keys()


def _plain(told):
    """Without the address, which begins with the name that the desk was asked by."""
    return {name: value for name, value in told.items() if name != "url"}
