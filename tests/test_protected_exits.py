"""The name of a protected source, looked for in bytes in every exit (rule 12): before, where it is, and after.

A backup is no exit of this kind: it holds the whole database, the table of protected names included.
"""

import json
import logging
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from claims import editing as claims_editing
from claims import notices
from claims import tasks as claims_tasks
from claims.models import Evidence, ImportOrder, ReportMail
from factdesk.api import RESOURCES
from factdesk.context import acting
from factdesk.embedded import Cluster
from factdesk.errors import DomainError
from factdesk.freetext import free_text
from factdesk.people.drafts import Sheet, seal
from factdesk.people.models import Draft, Invitation
from sources import editing, identity
from sources.models import Source
from tests import calls, exits, make, rich
from tests.dossier_example import OTHER

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=False)

#: a name whose parts stand in nothing else, in whatever encoding
NAME, ALIAS = "Petra Quirkelbaum", "Pettifleur the Baker"
PARTS = (b"quirkelbaum", b"pettifleur")
CONTACT = "under the Zwickmill bridge"


def holds(told: bytes) -> bool:
    """Whether a part of the name is in it, in large or small letters."""
    small = told.lower()
    return any(part in small for part in PARTS) or b"zwickmill" in small


def exposed() -> Source:
    """A source that stands wherever a source can stand; nobody else's words hold its name."""
    with transaction.atomic():
        rich.desk()
        asked = {"email": "x@example.org", "digest": "d", "expires_at": timezone.now() + timedelta(days=1)}
        Invitation.objects.create(invited_by=calls.token()[0].user, **asked)
        source = make.source(NAME, key="petra_quirkelbaum", aliases=[ALIAS], description=f"{NAME} bakes.")
        body, paper = make.source("The bakers", "organization"), make.outlet("The Bun", owner=source)
        make.affiliation(source, body, role="Baker")
        twin = make.source("A twin")
        Source.objects.filter(pk=twin.pk).update(merged_into=source)
        page = make.document("Bread gets dearer", key="bread", publisher=paper, bylines=["A. Clerk"])
        words = make.passage(make.snapshot("Bread gets dearer on Monday.", of=page), 0, 5)
        for state in ("in_check", "signed_off"):
            claim = make.claim("Bread gets dearer.", "causal", state=state, topics=["bread"])
            hop = make.attribution(claim, source, basis="witnessed", speaks_for=body)
            make.attribution(claim, paper, relays=hop, document=page, passage=words)
            make.attribution(claim, body, speaks_for=source)
            make.accusation(claim, source)
            call = {"how": "call", "spoken_to": source, "spoken_at": timezone.now()}
            Evidence.objects.create(claim=claim, stance="supports", outcome="confirmed", read_back="Read.", **call)
        Source.objects.filter(pk=twin.pk).update(merged_into=None)
    with acting(by=make.user(), why=f"{NAME} it is."):
        Source.objects.filter(pk=source.pk).update(aliases=[ALIAS, "Quirkelbaum"])
    source.refresh_from_db()
    return source


def leaks(desk: Client, only: tuple[str, ...] = ("",)) -> tuple[dict[str, str], set[str]]:
    """route -> the first address under which a part of the name is told; and the routes that lead nowhere."""
    found, nowhere = {}, set()
    for route, listed in exits.addresses().items():
        if route.startswith(only):
            codes = set()
            for address in listed:
                code, told = exits.read(desk, address)
                codes.add(code)
                if holds(told):
                    found.setdefault(route, address)
            if codes == {404}:
                nowhere.add(route)
    return found, nowhere


@pytest.fixture
def switched_on(settings):
    settings.ENV = replace(settings.ENV, protected_names=True, mail_host="mail.example.org")


@pytest.fixture
def log(caplog):
    """Whatever is logged from here on, at whatever level, but the statements that a debugging session would see."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "django.db.backends")
    return caplog


# What tells of a source as long as it is named: the test sees through these, or it would be blind.
TELLING = {
    "admin/claims/claim/",
    "admin/claims/claim/<path:object_id>/change/",
    "admin/claims/claim/<int:claim_id>/chain.svg",
    "admin/sources/source/",
    "admin/sources/source/<path:object_id>/change/",
    "api/v1/^sources/$",
    "api/v1/^sources/(?P<pk>[1-9][0-9]{0,18})/$",
    "api/v1/^claims/(?P<pk>[1-9][0-9]{0,18})/provenance/$",
    "api/v1/^attributions/$",
    "api/v1/^documents/(?P<pk>[1-9][0-9]{0,18})/dossier/$",
    *(
        f"api/v1/reports/{name}{ending}"
        for name in ("claims", "sources", "by-source", "accusations")
        for ending in (".csv", ".json", ".xlsx", "/")
    ),
    "desk/reports/",
    "desk/reports/<slug:name>/",
}

REPORTS = ("claims", "work", "pieces", "sign-offs", "sources", "by-source", "accusations", "usages", "lines", "weeks")


def commands(capfd) -> bytes:
    """What the commands that show the record write."""
    capfd.readouterr()
    claim = Evidence.objects.filter(spoken_to__isnull=False).latest("pk").claim_id
    for command in (
        ["show", str(claim)],
        ["coverage"],
        ["export_dossier", "bread"],
        ["export_dossier", "bread", "--json"],
        *(["report", name] for name in REPORTS),
        *(["report", name, "--json"] for name in REPORTS),
    ):
        call_command(*command)
    said, books = capfd.readouterr(), b""
    with TemporaryDirectory() as folder:
        for name in REPORTS:
            call_command("report", name, "--format", "xlsx", "--to", f"{folder}/{name}.xlsx")
            books += exits.unpacked(Path(f"{folder}/{name}.xlsx").read_bytes())
    return (said.out + said.err).encode() + books


def test_the_name_of_a_protected_source_leaves_by_no_exit(switched_on, log, capfd, tmp_path):
    source, chief = exposed(), make.user("chief", email="chief@example.org")
    sent = {"format": "csv", "file_name": "a.csv", "file_bytes": 1, "sha256": "0" * 64}
    ImportOrder.objects.create(person=chief, **sent)
    desk = Client()
    desk.force_login(chief)
    told, _ = leaks(desk, tuple(route for route in TELLING))
    assert told.keys() >= TELLING, TELLING - told.keys()
    assert holds(commands(capfd))
    log.clear()
    mail.outbox.clear()

    page = f"/admin/sources/source/{source.pk}/"
    given = {"code_name": "Falcon", "terms": "Never named.", "known_to": [chief.pk], "why": "Her job."}
    answer = desk.post(f"{page}protect/", given | {"contact": CONTACT, "version": source.version})
    assert not holds(answer.content)
    source.refresh_from_db()
    assert source.is_protected
    identity.reveal(protection_id=source.protection.pk, by=chief, reason="To call her.")

    told, nowhere = leaks(desk)
    assert told == {}
    # or the test would be content with pages that are not there; Django's own way to sites has none to lead to
    assert {route for route in nowhere if not route.startswith("admin/r/")} == NOWHERE
    assert f"{page}change/" in [address for listed in exits.addresses().values() for address in listed]
    assert [address for address in exits.expanded() if holds(exits.read(desk, address)[1])] == []
    for words in ("Quirkelbaum", "Petra", ALIAS, NAME):
        assert desk.get("/api/v1/sources/", {"q": words}).json()["results"] == []
        assert desk.get("/api/v1/claims/", {"q": words}).json()["results"] == []
        assert "Falcon" not in desk.get("/admin/sources/source/", {"q": words}).content.decode()
    assert not holds(commands(capfd))
    refusals(desk, chief, capfd, tmp_path)
    mailed(chief)
    worker()
    assert [one.subject for one in mail.outbox if one.attachments]
    assert not holds(b" ".join(in_mail(one) for one in mail.outbox))
    assert log.records
    assert not holds(log.text.encode())
    assert not holds(server_log())


# Written out: what leads nowhere for a chief who looks. (405: there is nothing to read, only something to write.)
NOWHERE = {
    "^api/",
    "account/recovery-codes/",
    "account/recovery-codes/file/",
    "account/second-factor/off/",
    "account/second-factor/on/qr.svg",
    "admin/(?P<url>.*)$",
    "api/v1/^imports/(?P<pk>[1-9][0-9]{0,18})/rejects/$",  # where all was good; else the sender's own words
}


def refusals(desk: Client, chief, capfd, tmp_path) -> None:
    """Text that holds the name is handed in by every way in: none tells it back."""
    program = calls.caller(chief, ["read", "write", "review"])
    for name, viewset in RESOURCES.items():
        columns = {column.split(" ")[0]: f"Says {NAME}." for column in free_text(viewset.serializer_class.Meta.model)}
        first = viewset.serializer_class.Meta.model._default_manager.order_by("pk").first()
        for verb, address in {"POST": f"/api/v1/{name}/", "PATCH": f"/api/v1/{name}/{first.pk}/"}.items():
            for client in (program.client, desk):
                answer = client.generic(verb, address, json.dumps(columns), "application/json")
                assert 400 <= answer.status_code < 500, (verb, address)
                assert not holds(answer.content), (verb, address)
    claim = make.claim()
    for change in (
        lambda: claims_editing.propose(by=chief, columns={"statement": f"{NAME} said so.", "kind": "event"}),
        lambda: claims_editing.edit(claim_id=claim.pk, version=claim.version, by=chief, columns={"place": ALIAS}),
        lambda: claims_editing.edit(
            claim_id=claim.pk, version=claim.version, by=chief, columns={"place": "Here"}, why=f"{NAME} says so."
        ),
        lambda: editing.add_source(by=chief, columns={"name": NAME, "kind": "person"}),
        lambda: editing.add_document(by=chief, columns={"kind": "memo", "title": f"What {NAME} says"}),
    ):
        with pytest.raises(DomainError) as told:
            change()
        assert told.value.code == "text_names_a_protected_source"
        assert not holds(f"{told.value} {told.value.facts}".encode())
    capfd.readouterr()
    bread = tmp_path / "bread.yaml"
    bread.write_text(OTHER.replace("The bridge was", f"{NAME} said that the bridge was"), "utf-8")
    for option in ("--dry-run", f"--by={chief.username}"):
        with pytest.raises(CommandError) as refused:
            call_command("import_dossier", str(bread), option)
        said = capfd.readouterr()
        assert "holds a name that is protected" in said.err
        assert not holds(f"{refused.value} {said.out} {said.err}".encode())


class Around(HTMLParser):
    """What a page says around its form's fields, and apart from it what stands in them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.within, self.said, self.typed = 0, "", ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.within += tag == "textarea"
        facts = dict(attrs)
        self.typed += f" {facts.pop('value', '')}" if tag == "input" else ""
        self.said += f" {facts}"

    def handle_endtag(self, tag: str) -> None:
        self.within -= tag == "textarea"

    def handle_data(self, data: str) -> None:
        if self.within:
            self.typed += data
        else:
            self.said += data


def test_what_is_refused_for_a_name_is_told_without_it_and_stays_with_who_typed_it(switched_on, log):
    """By the API with the version that was seen, for many at once, by a page's form and by its draft."""
    source, chief = exposed(), make.user("chief")
    identity.protect(
        source_id=source.pk, version=source.version, by=chief, code_name="Falcon", terms="", known_to=[chief], why="x"
    )
    claim = make.claim("It burned.", "event")
    program = calls.caller(chief, ["read", "write", "review"])
    told, seen = f"It burned, says {NAME}.", {"If-Match": f'"{claim.version}"'}
    for answer in (
        program.post("/api/v1/claims/", {"statement": told, "kind": "event"}),
        program.client.patch(
            f"/api/v1/claims/{claim.pk}/", {"statement": told}, content_type="application/json", headers=seen
        ),
        program.client.patch(
            f"/api/v1/claims/{claim.pk}/", {"place": "Ulm", "why": told}, content_type="application/json", headers=seen
        ),
        program.post(
            "/api/v1/assessments/",
            {"claim": str(claim.pk), "revision": 1, "verdict": "disputed", "rationale": told},
        ),
    ):
        calls.problem(answer, 409, "text_names_a_protected_source")
        assert not holds(answer.content)
    rows = [{"statement": "It did not burn.", "kind": "event"}, {"statement": told, "kind": "event"}]
    answer = program.post("/api/v1/claims/bulk/?atomic=0", rows)
    assert [row["status"] for row in answer.json()["results"]] == [201, 409]
    assert not holds(answer.content)
    desk = Client()
    desk.force_login(chief)
    form = f"/admin/claims/claim/{claim.pk}/change/?do=edit"
    typed = {"statement": told, "kind": "event", "priority": "should", "version": claim.version}
    page = Around(desk.post(form, typed).content)
    assert holds(page.typed.encode())  # their own words, for themselves
    assert not holds(page.said.encode())
    assert "Write it without the name" in page.said
    sheet = Sheet(chief.pk, f"claim:{claim.pk}:edit", form)
    answer = desk.post("/account/drafts/", {"statement": told, "draft_seal": seal(sheet), "draft_number": "0"})
    assert (answer.status_code, answer.json()) == (409, {"code": "text_names_a_protected_source"})
    assert not Draft.objects.exists()
    claim.refresh_from_db()
    assert (claim.statement, claim.version) == ("It burned.", 1)
    assert not holds(log.text.encode())


def mailed(chief: Any) -> None:
    """Every report is due to be mailed to them, in every form."""
    for name in REPORTS:
        for form in ("csv", "xlsx"):
            facts = {"hour": 7, "next_at": timezone.now() - timedelta(minutes=1)}
            ReportMail.objects.create(person=chief, report=name, form=form, **facts)


def in_mail(message: Any) -> bytes:
    """A mail's bytes, with what goes with it unpacked."""
    parts = message_from_bytes(message.message().as_bytes()).walk()
    return b" ".join(
        [str(message.message()).encode(), *(exits.unpacked(p.get_payload(decode=True) or b"") for p in parts)]
    )


def worker() -> None:
    """What the worker does by the clock, mail included."""
    claims_tasks.send_reports(0)
    for task in (claims_tasks.pass_the_time, claims_tasks.ask_for_reviews, claims_tasks.refresh_pending_origins):
        task(0)
    notices.send("https://desk.example.org")


def server_log() -> bytes:
    """The database server's log, where it is ours to read: the embedded one's."""
    if not django_settings.ENV.embedded:
        return b""
    return Cluster.of(django_settings.ENV).log.read_bytes()
