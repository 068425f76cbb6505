"""A list of writes does what each of them does alone: on two equal desks, one gets the list, the other its rows.

The desks are one database and its copy, so that even the numbers that records get must be the same. Compared are the
answers, every row of every table (history among them), and what the feed of changes tells.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from psycopg import sql as psql

from claims.models import Claim
from sources.models import Sentence
from tests import calls, desks, make

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

#: columns that say when it was, and in which transaction or request
MOMENTS = {
    "created_at", "updated_at", "pgh_created_at", "last_used_at", "withdrawn_at", "resolved_at", "revised_in",
    "changed_in", "pgh_context_id", "captured_at", "sent_at", "as_of",
}  # fmt: skip
#: the feed is compared by what it tells; a transaction's ticket, and how often a token asked, differ
APART = {"changes_ticket", "changes_change", "changes_epoch", "people_requestcount", "django_session"}


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Django's connections, both, to another database."""
    before = connections["default"].settings_dict["NAME"]
    connections.close_all()
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        for alias in ("default", "owner"):
            connections[alias].settings_dict["NAME"] = before


@pytest.fixture
def twin(db):
    """A function that copies the desk as it is, and gives the copy's name."""
    name = connections["default"].settings_dict["NAME"]

    def drop() -> None:
        with desks.connect("postgres", autocommit=True) as server:
            server.execute(psql.SQL("DROP DATABASE IF EXISTS {}").format(psql.Identifier(f"{name}_twin")))

    def copy() -> str:
        drop()
        connections.close_all()
        with desks.connect("postgres", autocommit=True) as server:
            made = psql.SQL("CREATE DATABASE {} TEMPLATE {}")
            server.execute(made.format(psql.Identifier(f"{name}_twin"), psql.Identifier(name)))
        return f"{name}_twin"

    yield copy
    connections.close_all()
    drop()


def told(value: Any) -> Any:
    """Without what says when it was, and which request."""
    if isinstance(value, dict):
        return {key: told(inner) for key, inner in value.items() if key not in MOMENTS | {"request", "request_id"}}
    return [told(inner) for inner in value] if isinstance(value, list) else value


def rows() -> dict[str, list[str]]:
    """Every row of every table."""
    with desks.connect(connections["default"].settings_dict["NAME"]) as connection:
        asked = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        names = sorted(name for (name,) in connection.execute(asked) if name not in APART)
        found = {}
        for name in names:
            listed = connection.execute(psql.SQL("SELECT to_jsonb(t) FROM {} t").format(psql.Identifier(name)))
            found[name] = sorted(json.dumps(told(row), sort_keys=True) for (row,) in listed)
        return found


def feed(program, since: str) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Resource and id of what was changed -> its claim, and the version that was told last."""
    page = program.get(f"/api/v1/changes/?since={since}&limit=1000").json()
    assert not page["more"]
    return {(row["resource"], row["id"]): (row["claim"], row["version"]) for row in page["results"]}


def now(program) -> str:
    return program.get("/api/v1/changes/?since=now").json()["cursor"]


def alone(program, address: str, row: Any) -> dict[str, Any]:
    """The row as a request of its own; the answer as a list would tell it."""
    headers = {}
    if address.count("/") > 4:  # an action on an object
        resource, _, action = address.removeprefix("/api/v1/").partition("/")
        rest = {name: value for name, value in row.items() if name not in ("id", "version")}
        address, headers = f"/api/v1/{resource}/{row['id']}/{action}", {"If-Match": f'"{row["version"]}"'}
        answer = program.post(address, rest, headers=headers)
    else:
        answer = program.post(address, row)
    if answer.status_code < 400:
        return {"status": answer.status_code, "etag": answer["ETag"], "record": answer.json()}
    return {"status": answer.status_code, "problem": answer.json()}


def plain(result: dict[str, Any]) -> Any:
    """A result without its request: where it came in, and the row's own naming of its object."""
    found = told(result)
    if problem := found.get("problem"):
        problem.pop("instance")
        if isinstance(problem.get("sent"), dict):
            problem["sent"] = {key: value for key, value in problem["sent"].items() if key not in ("id", "version")}
    return found


class Desk:
    """Claims in every state that the lists need; the same each time."""

    def __init__(self) -> None:
        self.person, self.other = make.user("editor", username="eda"), make.user("checker", username="chris")
        self.program = calls.caller(self.person, ["review"])
        self.program.get("/api/v1/claims/")  # so that its last use is noted
        self.claims = [make.claim() for _ in range(4)]
        self.speaker, self.body = make.source("Ann"), make.source("The body", "organization")
        self.snapshot = make.snapshot("The mill burned down. Twelve engines came.", of=make.document("A page"))
        self.passage = make.passage(self.snapshot, 0, 8)
        self.sentence = Sentence.objects.create(snapshot=self.snapshot, start=0, end=21)
        self.figures = [make.quantity(claim) for claim in self.claims]
        self.hops = [make.attribution(claim, self.speaker) for claim in self.claims for _ in range(2)]
        self.accused = [make.accusation(claim, self.speaker) for claim in self.claims]
        self.in_check = [make.claim(kind="detail", state="in_check") for _ in range(3)]
        self.in_review = [make.claim(kind="detail", state="in_review") for _ in range(3)]
        self.signed_off = [make.claim(kind="detail", state="signed_off") for _ in range(3)]


def no(claim: Claim) -> str:
    return str(claim.pk)


def version(record: Any) -> int:
    record.refresh_from_db()
    return record.version


#: address -> the rows, of a desk; each list has some that are refused, by the reader, by a rule, by the database
LISTS = {
    "claims/": lambda d: [
        {"statement": "It burned.", "kind": "event"},
        {"statement": "It burned.", "kind": "evento"},
        {"statement": "It burned.", "kind": "event", "about_from": "2026-03-02", "about_until": "2026-03-01"},
        {"statement": "Twelve came.", "kind": "statistic", "topics": ["fire"]},
    ],
    "sources/": lambda d: [
        {"name": "Bo", "kind": "person"},
        {"name": "", "kind": "person"},
        {"name": "Cy", "kind": "outlet"},
    ],
    "documents/": lambda d: [{"title": "One", "kind": "article"}, {"kind": "x"}, {"title": "Two", "kind": "memo"}],
    "affiliations/": lambda d: [
        {"source": no(d.speaker), "organization": no(d.body), "role": "chair"},
        {"source": no(d.speaker), "organization": no(d.speaker)},
    ],
    "passages/": lambda d: [
        {"snapshot": no(d.snapshot), "start": 0, "end": 3},
        {"snapshot": no(d.snapshot), "start": 3, "end": 3000},
        {"snapshot": no(d.snapshot), "start": 4, "end": 8},
    ],
    "quantities/": lambda d: [
        {"claim": no(d.claims[0]), "measure": "engines", "value": "12"},
        {"claim": no(d.claims[1]), "measure": "engines", "value": "12", "margin": "-1"},
        {"claim": no(d.claims[2]), "measure": "engines", "value": 12},
        {"claim": "987654321", "measure": "engines", "value": "12"},
        {"claim": no(d.claims[3]), "measure": "engines", "value": "90.0"},
    ],
    "attributions/": lambda d: [
        {"claim": no(d.claims[0]), "speaker": no(d.body)},
        {"claim": no(d.claims[1]), "speaker": no(d.body), "relays": no(d.hops[0])},
        {"claim": no(d.claims[2]), "speaker": no(d.body), "relays": no(d.hops[4])},
    ],
    "evidence/": lambda d: [
        {"claim": no(d.signed_off[0]), "stance": "supports", "how": "observation"},
        {"claim": no(d.signed_off[1]), "stance": "supports", "how": "document"},
        {"claim": no(d.signed_off[2]), "stance": "refutes", "how": "observation"},
    ],
    "annotations/": lambda d: [
        {"claim": no(d.claims[0]), "kind": "comment", "body": "See @chris."},
        {"claim": no(d.claims[1]), "kind": "comment", "body": " "},
        {"claim": no(d.claims[2]), "kind": "question", "asked_of": "author", "body": "Which?"},
    ],
    "accusations/": lambda d: [
        {"claim": no(d.claims[0]), "accused": no(d.body)},
        {"claim": no(d.claims[1]), "accused": no(d.speaker)},  # is accused already
        {"claim": no(d.claims[2]), "accused": no(d.body)},
    ],
    "relations/": lambda d: [
        {"claim": no(d.claims[0]), "other": no(d.signed_off[0]), "kind": "contradicts", "reason": "other_date"},
        {"claim": no(d.claims[1]), "other": no(d.claims[1]), "kind": "repeats"},
        {"claim": no(d.claims[2]), "other": no(d.signed_off[1]), "kind": "repeats"},
    ],
    "claims/transitions/": lambda d: [
        {"id": no(d.claims[0]), "version": version(d.claims[0]), "action": "take"},
        {"id": no(d.claims[1]), "version": 99, "action": "take"},
        {"id": no(d.claims[2]), "version": version(d.claims[2]), "action": "submit"},
        {"id": no(d.claims[3]), "version": version(d.claims[3]), "action": "close", "because": "dropped"},
        {"id": no(d.signed_off[0]), "version": version(d.signed_off[0]), "action": "reopen", "reason": "It moved."},
        {"id": no(d.signed_off[1]), "version": version(d.signed_off[1]), "action": "reopen"},
    ],
    "claims/assign/": lambda d: [
        {"id": no(d.claims[0]), "version": version(d.claims[0]), "assignee": no(d.other)},
        {"id": no(d.claims[1]), "version": 99, "assignee": no(d.other)},
        {"id": no(d.claims[2]), "version": version(d.claims[2]), "assignee": no(d.person)},
    ],
    "claims/look_again/": lambda d: [
        {"id": no(d.in_review[0]), "version": version(d.in_review[0]), "reason": "They corrected it."},
        {"id": no(d.in_review[1]), "version": version(d.in_review[1]), "reason": " "},
        {"id": no(d.in_review[2]), "version": 99, "reason": "Late."},
        {"id": no(d.signed_off[0]), "version": version(d.signed_off[0]), "reason": "It moved."},
    ],
    "quantities/withdraw/": lambda d: [
        {"id": no(d.figures[0]), "version": 1, "because": "Counted twice."},
        {"id": no(d.figures[1]), "version": 1, "because": " "},
        {"id": no(d.figures[2]), "version": 1, "because": "Not theirs."},
    ],
    "assessments/": lambda d: [
        {"claim": no(d.in_check[0]), "revision": 1, "verdict": "accurate", "rationale": "Seen.", "submit": True},
        {"claim": no(d.in_check[1]), "revision": 9, "verdict": "accurate", "rationale": "Seen."},
        {"claim": no(d.in_check[2]), "revision": 1, "is_tick": True},
        {"claim": no(d.signed_off[0]), "revision": 1, "verdict": "accurate", "rationale": "Again."},
    ],
    "sign_offs/": lambda d: [
        {"assessment": no(d.in_review[0].assessments.get()), "revision": 1, "decision": "approve"},
        {"assessment": no(d.in_review[1].assessments.get()), "revision": 7, "decision": "approve"},
        {"assessment": no(d.in_review[2].assessments.get()), "revision": 1, "decision": "send_back", "note": "Ask."},
        {"assessment": no(d.signed_off[0].assessments.get()), "revision": 1, "decision": "approve"},
    ],
    "clearances/": lambda d: [
        {"claim": no(d.in_check[0]), "revision": 1, "value": "clear"},
        {"claim": no(d.signed_off[0]), "revision": 1, "value": "clear"},
        {"claim": no(d.signed_off[1]), "revision": 1, "value": "clear", "override_reason": "So."},
        {"claim": no(d.signed_off[2]), "revision": 1, "value": "hold", "note": "Wait."},
    ],
    "reply_requests/": lambda d: [
        {"accusation": no(d.accused[0]), "put": "Were you?", "channel": "mail", "deadline": "2030-03-03T12:00:00Z"},
        {"accusation": no(d.accused[1]), "put": "", "channel": "mail", "deadline": "2030-03-03T12:00:00Z"},
        {"accusation": no(d.accused[2]), "put": "Well?", "channel": "mail", "deadline": "2030-03-03T12:00:00Z"},
    ],
    "rulings/": lambda d: [
        {"about": "sentence", "sentence": no(d.sentence), "decision": "heading"},
        {"about": "origins", "claim": no(d.claims[0]), "first": no(d.hops[0]), "second": no(d.hops[1]),
         "decision": "one_origin", "reason": "Same log."},
        {"about": "origins", "claim": no(d.claims[1]), "first": no(d.hops[0]), "second": no(d.hops[1]),
         "decision": "one_origin"},
    ],
}  # fmt: skip


def bulk(program, address, rows, *, atomic):
    return program.post(f"/api/v1/{address}bulk/{'' if atomic else '?atomic=0'}", rows)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_does_what_its_rows_do(address, twin):
    desk = Desk()
    listed = LISTS[address](desk)
    before = rows()
    whole = bulk(desk.program, address, listed, atomic=True)  # all or nothing: here nothing
    assert rows() == before
    since, copy = now(desk.program), twin()
    singles = [alone(desk.program, f"/api/v1/{address}", row) for row in listed]
    by_one, told_by_one = rows(), feed(desk.program, since)
    with pointed_at(copy):
        since = now(desk.program)
        answer = bulk(desk.program, address, listed, atomic=False)
        assert answer.status_code == 200, answer.content
        many, told_by_many = rows(), feed(desk.program, since)
    _every_fault_is_told(whole, singles)
    assert [plain(result) for result in answer.json()["results"]] == [plain(single) for single in singles]
    for table, there in by_one.items():
        assert many[table] == there, table
    assert told_by_many == told_by_one


def _every_fault_is_told(whole, singles):
    """Of all or nothing: each row's faults are those that it has alone."""
    told = whole.json()
    assert told["code"] == "bulk_refused"
    refused = [place for place, single in enumerate(singles) if "problem" in single]
    assert 0 < len(refused) < len(singles), singles
    assert whole.status_code == singles[refused[0]]["status"]
    expected = []
    for place in refused:
        problem = singles[place]["problem"]
        own = {key: problem[key] for key in ("code", "detail", "facts") if key in problem} | {"pointer": ""}
        expected += [fault | {"pointer": f"/{place}{fault['pointer']}"} for fault in problem.get("errors") or [own]]
    assert told["errors"] == expected


def test_rows_of_one_claim_are_one_revision_and_otherwise_what_they_do_alone(twin):
    """One request is one transaction, and one transaction one revision: the numbers rise once, all else is the same."""
    desk = Desk()
    claim = desk.claims[0]
    claim.refresh_from_db()
    version, revision = claim.version, claim.revision
    listed = [{"claim": no(claim), "measure": f"m{number}", "value": "1"} for number in range(3)]
    since, copy = now(desk.program), twin()
    for row in listed:
        assert alone(desk.program, "/api/v1/quantities/", row)["status"] == 201
    claim.refresh_from_db()
    assert (claim.version, claim.revision) == (version + 3, revision + 3)
    by_one, told_by_one = rows(), feed(desk.program, since)
    with pointed_at(copy):
        since = now(desk.program)
        assert bulk(desk.program, "quantities/", listed, atomic=True).status_code == 200
        claim.refresh_from_db()
        assert (claim.version, claim.revision) == (version + 1, revision + 1)
        many, told_by_many = rows(), feed(desk.program, since)
    assert {table for table in by_one if many[table] != by_one[table]} == {"claims_claim", "claims_claimevent"}
    assert told_by_many.keys() == told_by_one.keys()
    assert len([line for line in many["claims_claim"] if line not in by_one["claims_claim"]]) == 1
