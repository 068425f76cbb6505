"""A claim's audit sheet: everything that is on its record, as it was at a moment, under one digest."""

import hashlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from claims import editing, workflow
from claims.api import audit, history
from claims.desk.auditwords import SECTIONS
from claims.models import Annotation, Claim, Evidence, Usage
from factdesk.context import acting
from factdesk.people.models import User
from sources.models import Document, Snapshot, Source
from tests import calls, make, rich
from tests.calls import CLAIMS, faults, problem

committed = pytest.mark.django_db(transaction=True, databases=["default", "owner"])  # each change has its own moment
DOCS = (Path(__file__).resolve().parent.parent / "docs/exports.md").read_text("utf-8")


def lawyer():
    return calls.caller(make.user("legal"), ["review"])


def sheet(program, claim, at=None):
    """The sheet, after its digest was worked out anew."""
    query = f"?at={at.isoformat().replace('+', '%2B')}" if at else ""
    answer = program.get(f"{CLAIMS}{claim.pk}/audit/{query}")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    canonical = json.dumps(told["sheet"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert told["sha256"] == hashlib.sha256(canonical).hexdigest()
    return told


def page(client, claim, query=""):
    return client.get(f"/desk/claims/{claim.pk}/audit/{query}")


def browser(role, **facts):
    client = Client()
    client.force_login(make.user(role, **facts))
    return client


# --- everything is in it ---


@pytest.mark.django_db
def test_how_things_stood_is_how_they_stand_now_field_by_field():
    """What the history's entries come to is what the API shows of each record."""
    rich.desk()
    program = lawyer()
    hidden = {"id", "url", "version", "created_at", "updated_at", "depth", "effective", "origins_pending", "quantities"}
    compared = 0
    for claim in Claim.objects.order_by("-version")[:6]:
        stands = sheet(program, claim)["sheet"]["stands"]
        records = [("claims", stands["claim"]), *((name, one) for name in history.TOLD for one in stands[name])]
        for resource, record in records:
            if resource == "transitions":
                continue  # have no address of their own
            shown = program.get(f"/api/v1/{resource}/{record['id']}/").json()
            for name, value in shown.items():
                if name in hidden:
                    continue
                plain = value["id"] if isinstance(value, dict) else value
                assert record.get(name) in (plain, None), (resource, name)
                assert name in record or plain in (None, "", [], False), (resource, name, plain)
                compared += 1
    assert compared > 1000


@committed
def test_every_version_says_who_when_why_and_for_which_request():
    ann, tom = make.user("checker", first_name="Ann"), make.user("editor", first_name="Tom")
    claim = editing.propose(by=ann, columns={"statement": "The mill burned.", "kind": "detail"})
    program = calls.caller(tom, ["review"])
    answer = program.client.patch(
        f"{CLAIMS}{claim.pk}/",
        {"statement": "The old mill burned.", "why": "There are two mills."},
        content_type="application/json",
        headers={"If-Match": '"1"', "X-Request-ID": "night-shift-7"},
    )
    assert answer.status_code == 200, answer.content
    claim.refresh_from_db()
    workflow.take(claim_id=claim.pk, by=ann)
    claim.refresh_from_db()
    found = workflow.assess(claim_id=claim.pk, revision=claim.revision, by=ann, verdict="accurate", rationale="Seen.")
    told = sheet(program, claim)["sheet"]
    names = {one["id"]: one["name"] for one in told["named"]["people"]}
    assert [(one["version"], one["revision"], names[one["by"]]) for one in told["versions"]] == [
        (1, 1, "Ann"), (2, 2, "Tom"), (3, 2, "Ann"), (4, 2, "Ann")
    ]  # fmt: skip
    second = told["versions"][1]
    assert (second["way"], second["why"], second["request"]) == ("api", "There are two mills.", "night-shift-7")
    [changed] = [one for one in told["history"] if one["version"] == 2]
    assert changed["changes"]["statement"] == {"before": "The mill burned.", "after": "The old mill burned."}
    [assessed] = [one for one in told["history"] if one["resource"] == "assessments"]
    assert (assessed["version"], assessed["record"], assessed["changes"]["rationale"]["after"]) == (
        4,
        str(found.pk),
        "Seen.",
    )
    assert told["through"] == told["history"][-1]["at"]


@pytest.mark.django_db
def test_backing_says_what_it_points_at_with_the_digest_of_the_copy_and_its_words():
    paper = make.outlet("The Paper")
    document = make.document("Mill on fire", publisher=paper)
    copy = make.snapshot("🔥 The mill burned.", of=document)
    make.snapshot("An older text.", of=document, captured_at=timezone.now() - timedelta(days=1))
    sealed = make.snapshot(None, sealed="Words that are not here.")
    claim = make.claim()
    make.evidence(claim, document=document, passage=make.passage(copy, 2, 18))
    make.evidence(claim, document=sealed.document, passage=make.passage(sealed, 0, 5))
    named = sheet(lawyer(), claim)["sheet"]["named"]
    assert [one.get("exact") for one in named["passages"]] == ["The mill burned.", None]
    assert {(one["sha256"], one["used"], one["held"]) for one in named["snapshots"]} == {
        (hashlib.sha256("🔥 The mill burned.".encode()).hexdigest(), True, True),
        (hashlib.sha256(b"An older text.").hexdigest(), False, True),
        (hashlib.sha256(b"Words that are not here.").hexdigest(), True, False),
    }
    assert [one["name"] for one in named["sources"]] == ["The Paper"]
    assert {one.get("title") for one in named["documents"]} == {"Mill on fire", "A page"}


# --- as of a moment ---


@committed
def test_what_the_desk_knew_that_night_is_told_the_same_for_ever_under_the_same_digest():
    ann, chief = make.user("checker", first_name="Ann"), make.user("chief")
    with acting(by=ann):
        paper = make.outlet("The Paper")
        page_ = make.document("Mill on fire", publisher=paper)
        sealed = make.snapshot(None, sealed="Nobody was hurt.", of=page_)
        words = make.passage(sealed, 0, 6)
        claim = make.claim("Nobody was hurt.")
        backing = make.evidence(claim, document=page_, passage=words)
        remark = Annotation.objects.create(claim=claim, kind="comment", body="Ask again.", by=ann)
    program = lawyer()
    before = sheet(program, claim)
    night = timezone.now()
    with acting(by=chief, why="We know better."):
        Claim.objects.filter(pk=claim.pk).update(statement="Two were hurt.")
        Source.objects.filter(pk=paper.pk).update(name="The Daily Paper")
        Document.objects.filter(pk=page_.pk).update(title="Mill burned down")
        User.objects.filter(pk=ann.pk).update(first_name="Anna")
        Snapshot.objects.filter(pk=sealed.pk).update(text="Nobody was hurt.")
        make.snapshot("Two were hurt.", of=page_)
        calls.withdraw(backing)
        Annotation.objects.filter(pk=remark.pk).update(body="Asked.")
        make.evidence(claim, "refutes")
    after, then = sheet(program, claim), sheet(program, claim, night)
    assert then == before | {"at": then["at"]}
    assert then["sha256"] == before["sha256"] != after["sha256"]
    assert sheet(calls.caller(chief, ["review"]), claim, night)["sha256"] == then["sha256"]  # whoever asks
    told, now = then["sheet"], after["sheet"]
    assert (told["stands"]["claim"]["statement"], now["stands"]["claim"]["statement"]) == (
        "Nobody was hurt.", "Two were hurt."
    )  # fmt: skip
    assert (len(told["stands"]["evidence"]), len(now["stands"]["evidence"])) == (1, 2)
    assert "withdrawn_at" not in told["stands"]["evidence"][0]
    assert "withdrawn_at" in now["stands"]["evidence"][0]
    assert [told["named"][name][0][column] for name, column in
            (("sources", "name"), ("documents", "title"), ("people", "name"))] == [
        "The Paper", "Mill on fire", "Ann"
    ]  # fmt: skip
    [copy], [marked] = told["named"]["snapshots"], told["named"]["passages"]
    assert (copy["held"], "exact" in marked) == (False, False)
    assert now["named"]["passages"][0]["exact"] == "Nobody"


@committed
def test_a_moment_before_the_claim_or_still_to_come_is_refused():
    early = timezone.now() - timedelta(seconds=1)
    claim, program = make.claim(), lawyer()
    address = f"{CLAIMS}{claim.pk}/audit/?at="
    told = problem(program.get(address + early.isoformat().replace("+", "%2B")), 404, "not_found")
    assert told["detail"] == "At that moment the claim was not on the desk."
    assert faults(program.get(f"{address}2999-01-01T00:00:00Z")) == {"at": "not_yet"}
    for wrong in ("yesterday", "2026-03-01", "2026-03-01T23:30:00"):
        assert faults(program.get(address + wrong)) == {"at": "invalid_moment"}


# --- for whom ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "scope", "may"),
    [
        ("reader", "review", False),
        ("reporter", "review", False),
        ("checker", "review", False),
        ("editor", "review", True),
        ("chief", "review", True),
        ("legal", "review", True),
        ("legal", "read", False),
        ("editor", "write", False),
    ],
)
def test_it_is_for_editors_chiefs_and_legal(role, scope, may):
    claim, person = make.claim(), make.user(role)
    answer = calls.caller(person, [scope]).get(f"{CLAIMS}{claim.pk}/audit/")
    assert answer.status_code == (200 if may else 403)
    client = Client()
    client.force_login(person)
    seen = role in ("editor", "chief", "legal")
    assert page(client, claim).status_code == (200 if seen else 403)
    assert client.get(f"/desk/claims/{claim.pk}/audit.css?sha256={'0' * 64}").status_code == (200 if seen else 403)
    shown = client.get(f"/admin/claims/claim/{claim.pk}/change/").content.decode()
    assert (f"/desk/claims/{claim.pk}/audit/" in shown) == seen


# --- to print ---


@pytest.mark.django_db
def test_the_page_says_all_that_the_sheet_says_of_a_rich_claim():
    rich.desk()
    client, program = browser("legal"), lawyer()
    for claim in Claim.objects.order_by("-version")[:6]:
        told = sheet(program, claim)
        answer = page(client, claim)
        assert answer.status_code == 200
        shown = answer.content.decode()
        digest = answer.context["sha256"]
        assert sheet(program, claim, answer.context["moment"])["sha256"] == digest == told["sha256"]
        assert shown.count(digest) == 3  # on top, at the end, for the foot of each page
        for copy in told["sheet"]["named"]["snapshots"]:
            assert copy["sha256"] in shown
        context = answer.context
        assert [heading for heading, lines in context["sections"]] == [
            str(SECTIONS[name]) for name in SECTIONS if told["sheet"]["stands"][name]
        ]
        changes = [change for one in context["versions"] for change in one["changes"]]
        assert len(changes) == len(told["sheet"]["history"])


@committed
def test_the_page_has_the_desks_time_zone_with_its_offset_and_nothing_cut_short():
    long = "It burned, and it burned, and it burned. " * 40
    with acting(by=make.user("checker", first_name="Ann"), why="Because of the fire."):
        claim = make.claim(long.strip(), place="Ulm")
        make.evidence(claim, how="calculation", document=None, note=f"<b>{long}</b>")
        Usage.objects.create(claim=claim, revision=1, url="https://ours.example/mill", printed=long)
    with override_settings(TIME_ZONE="Asia/Kolkata"):
        client = browser("legal")
        shown = page(client, claim).content.decode()
        made = timezone.localtime(claim.created_at)
    assert f"{made:%-d %b %Y, %H:%M}" in shown
    assert "+0530" in shown
    assert shown.count(long.strip()) >= 3
    assert "&lt;b&gt;It burned" in shown
    assert "Because of the fire." in shown
    assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)", shown)


@committed
def test_what_the_page_says_to_prove_it_by_gives_its_digest_when_the_claim_has_moved_on():
    claim = make.claim("It burned.")
    shown = page(browser("editor"), claim).content.decode()
    Claim.objects.filter(pk=claim.pk).update(statement="It burned down.")
    [address] = re.findall(r'Bearer \$TOKEN" "http://testserver([^"]+)"', shown)
    proof = lawyer().get(address).json()
    assert shown.count(proof["sha256"]) == 3
    assert proof["sheet"]["stands"]["claim"]["statement"] == "It burned."


@committed
def test_the_moment_of_a_sheet_asked_for_without_one_gives_the_same_sheet_again():
    claim, program = make.claim("It burned."), lawyer()
    now = sheet(program, claim)
    Claim.objects.filter(pk=claim.pk).update(statement="It burned down.")
    assert program.get(f"{CLAIMS}{claim.pk}/audit/", data={"at": now["at"]}).json() == now


@committed
def test_the_page_as_of_a_moment_and_what_is_wrong_with_one_is_said():
    claim = make.claim("It burned.")
    night = timezone.now()
    Claim.objects.filter(pk=claim.pk).update(statement="It burned down.")
    client = browser("editor", first_name="Tom")
    assert "It burned down." in page(client, claim).content.decode()
    then = page(client, claim, f"?at={night.isoformat().replace('+', '%2B')}").content.decode()
    assert "It burned down." not in then
    for wrong, said in {
        "x": "Give a moment",
        "2026-02-30T00:00": "Give a moment",
        "2020-01-01T00:00": "was not on the desk",
        f"{timezone.localtime(night) + timedelta(days=2):%Y-%m-%dT%H:%M}": "still to come",
    }.items():
        answer = page(client, claim, f"?at={wrong}")
        assert answer.status_code == 400
        assert said in answer.content.decode()
        assert "SHA-256" not in answer.content.decode()
    assert page(client, Claim(pk=987654321)).status_code == 404


@pytest.mark.django_db
def test_the_foot_of_each_printed_page_is_a_style_sheet_that_nobody_breaks_out_of():
    claim = make.claim()
    Claim.objects.filter(pk=claim.pk).update(key='a/b"}; @import url(//evil.example); */ \\ ü')
    client = browser("legal")
    answer = client.get(f"/desk/claims/{claim.pk}/audit.css?sha256={'ab' * 32}")
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    said = re.findall(r'content: "([^"]*)"', answer.content.decode())
    read = [re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), one) for one in said]
    assert read == ['a/b"}; @import url(//evil.example); */ \\ ü', "ab" * 32]
    assert answer.content.decode().count("{") == 3
    assert '""' in client.get(f"/desk/claims/{claim.pk}/audit.css").content.decode()
    for query in ("?sha256=x", f"?sha256={'ab' * 32}&at=x"):
        assert client.get(f"/desk/claims/{claim.pk}/audit.css{query}").status_code == 404


# --- what the documents tell ---


@pytest.mark.django_db
def test_the_documented_line_reproduces_the_digest(tmp_path):
    """Run as it is written, in a Python of its own."""
    claim = make.claim('Zoë said: 🔥 \u2028 \x7f "no".')
    answer = lawyer().get(f"{CLAIMS}{claim.pk}/audit/")
    [line] = set(re.findall(r"python3 -c '([^']+)'", DOCS))
    assert line in page(browser("legal"), claim).content.decode().replace("&quot;", '"')
    done = subprocess.run([sys.executable, "-c", line], input=answer.content, capture_output=True, check=True)
    assert done.stdout.decode().strip() == answer.json()["sha256"]


@pytest.mark.django_db
def test_it_takes_as_many_queries_with_a_long_history_as_with_a_short_one(django_assert_num_queries):
    program = calls.caller(make.user("legal"), ["review"])
    program.get(CLAIMS)
    claim = make.claim()
    words = make.passage()
    make.evidence(claim, document=words.snapshot.document, passage=words)
    make.attribution(claim)
    with django_assert_num_queries(12):
        sheet(program, claim)
    for _ in range(20):
        Evidence.objects.create(claim=claim, stance="supports", how="observation", note="Seen.")
        make.attribution(claim)
    with django_assert_num_queries(12):
        sheet(program, claim)


def test_a_sheet_of_numbers_and_words_is_canonical_as_rfc_8785_has_it():
    told = {"b": [1, True, None], "a": {"é": "\u2028\x7f\n", "Z": "\x01"}}
    expected = '{"a":{"Z":"\\u0001","é":"\u2028\x7f\\n"},"b":[1,true,null]}'
    assert audit.Sheet(told).canonical == expected.encode()
