"""What each report says, row by row, and of whom it does not tell."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from claims import coverage, reports
from claims.api.reports import ABOUT
from claims.models import Annotation, Claim, CopyChange, Piece, Ruling, Usage
from claims.reported import REPORTS
from factdesk.context import acting
from sources.models import Document, Sentence, Source
from tests import make
from tests.dossier_example import PROJECT

pytestmark = pytest.mark.django_db

# Written out again on purpose: name -> whose filters it takes, and what one must be allowed.
KNOWN = {
    "claims": ("claims", "read"),
    "work": ("claims", "read"),
    "pieces": ("pieces", "read"),
    "sign-offs": ("sign_offs", "read"),
    "sources": ("sources", "weigh_sources"),
    "by-source": ("claims", "weigh_sources"),
    "accusations": ("accusations", "read"),
    "usages": ("usages", "read"),
    "lines": ("pieces", "read"),
    "weeks": ("claims", "read"),
}
#: the columns that name somebody of the desk; nothing is counted beside them but open work
NAMES = {
    "claims": {"finding_by", "sign_offs", "assignee"},
    "work": {"assignee"},
    "pieces": {"author", "editor", "checker", "second_reader", "lawyer"},
}


def told(name, records=None, *, restricted=True):
    """The rows of a report, in the test's transaction."""
    report = REPORTS[name]
    found = ABOUT[report.about][0].objects.all() if records is None else records
    wanted = reports.Wanted(found, "https://desk.example/{id}/", restricted, None, report)
    with connection.cursor() as cursor, cursor.copy(*reports.json_statement(wanted)) as out:
        return [json.loads(bytes(row)) for row in out]


def said(row, *names):
    return tuple(row[name] for name in names)


def test_there_are_these_reports_and_no_others():
    assert {name: (one.about, one.right) for name, one in REPORTS.items()} == KNOWN


def test_nobody_is_counted_but_by_their_open_work():
    for name, report in REPORTS.items():
        assert not {c.name for c in report.columns} & (set().union(*NAMES.values()) - NAMES.get(name, set())), name
        if name not in NAMES:
            assert "people_user" not in report.rows
            assert not [column for column in report.columns if "people_user" in column.sql]


def test_docs_reports_tells_of_all_of_them():
    page = (PROJECT / "docs/reports.md").read_text("utf-8")
    assert reports.reports_table(REPORTS.values()) in page
    for one in REPORTS.values():
        assert f"## The columns of `{one.name}`\n" in page
        assert reports.columns_table(one) in page


@pytest.mark.parametrize("name", KNOWN)
def test_a_report_of_nothing_has_no_rows(name):
    model = ABOUT[KNOWN[name][0]][0]
    assert told(name) == told(name, model.objects.none()) == told(name, model.objects.filter(pk__lt=0)) == []


# --- the work ---


def test_open_work_is_counted_by_whom_it_lies_with_and_how_long(sql):
    ada, bo = make.user(first_name="Ada"), make.user(first_name="Bo")
    old = make.claim(assignee=ada, priority="must")
    make.claim(assignee=ada, state="in_check")
    make.claim(assignee=bo, state="in_review", priority="could")
    make.claim()
    make.claim(state="signed_off", assignee=ada)
    make.claim(state="closed")
    Annotation.objects.create(claim=old, kind="question", body="When?", by=ada)
    now = timezone.now()
    rows = told("work")
    assert [
        said(r, "assignee", "age", "claims", "must", "could", "new", "in_check", "in_review", "waiting") for r in rows
    ] == [
        (None, "under 1 day", 1, 0, 0, 1, 0, 0, 0),
        ("Ada", "under 1 day", 2, 1, 0, 1, 1, 0, 1),
        ("Bo", "under 1 day", 1, 0, 1, 0, 0, 1, 0),
    ]
    assert all(now - timedelta(hours=1) < datetime.fromisoformat(row["open_since"]) < now for row in rows)
    assert [row["claims"] for row in told("work", Claim.objects.filter(assignee=bo))] == [1]


@pytest.mark.parametrize(
    ("days", "age"),
    [(0, "under 1 day"), (2, "1 to 3 days"), (5, "3 to 7 days"), (20, "1 to 4 weeks"), (30, "over 4 weeks")],
)
def test_age_is_told_in_words(days, age):
    made = timezone.now() - timedelta(days=days, hours=1)
    Claim.objects.bulk_create([Claim(statement="It burned.", kind="event", created_at=made)])
    assert [row["age"] for row in told("work")] == [age]


def test_what_was_reopened_is_open_since_then():
    made = timezone.now() - timedelta(days=60)
    [claim] = Claim.objects.bulk_create([Claim(statement="It burned.", kind="event", created_at=made)])
    Claim.objects.filter(pk=claim.pk).update(state="closed", closed_because="dropped")
    with acting(by=make.user("editor"), why="It burned again."):
        Claim.objects.filter(pk=claim.pk).update(state="new", closed_because=None)
    assert [row["age"] for row in told("work")] == ["under 1 day"]


def test_a_decision_stands_with_how_long_it_took():
    claim = make.claim("It burned.", "event", state="in_review", priority="must")
    finding = claim.assessments.get()
    make.sign_off(finding)
    [row] = told("sign-offs")
    assert said(row, "claim", "statement", "kind", "priority", "verdict", "tick", "decision") == (
        str(claim.pk), "It burned.", "event", "must", "accurate", False, "approve",
    )  # fmt: skip
    assert said(row, "hours_in_check", "hours_to_decision", "hours_in_all") == (0.0, 0.0, 0.0)
    assert row["page"] == f"https://desk.example/{claim.pk}/"
    moments = said(row, "claimed_at", "taken_at", "found_at", "decided_at")
    assert list(moments) == sorted(moments)
    assert not {finding.author.username, "editor"} & set(map(str, row.values()))


def test_a_week_says_what_happened_in_it(sql):
    make.claim(state="signed_off")
    make.claim(state="closed")
    ran = make.claim(state="signed_off")
    accused = make.accusation(make.claim())
    make.reply_request(accused)
    Usage.objects.create(claim=ran, revision=1, url="https://a.example/", went_out_at=timezone.now())
    row, before = told("weeks")
    assert before["requests"] == 1
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    assert said(row, "week", "until") == (str(monday), str(monday + timedelta(days=6)))
    assert said(row, "claims", "findings", "initialled", "closed", "requests", "replies", "ran", "open") == (
        4, 2, 2, 1, 0, 0, 1, 1,
    )  # fmt: skip


def test_a_week_begins_by_the_desks_clock(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    sunday_evening = datetime.fromisoformat("2026-03-01T20:00:00+00:00")  # Monday morning in Tokyo
    Claim.objects.bulk_create([Claim(statement="It burned.", kind="event", created_at=sunday_evening)])
    assert [row["week"] for row in told("weeks")] == ["2026-03-02"]
    settings.TIME_ZONE = "UTC"
    assert [row["week"] for row in told("weeks")] == ["2026-02-23"]


# --- our own copy ---


def a_piece(text="It burned. It did not. Nobody knows.", **facts):
    document = make.document("The mill", "desk_copy", **facts)
    copy = make.snapshot(text, of=document)
    places = [(0, 10), (11, 22), (23, len(text))]
    lines = [Sentence.objects.create(snapshot=copy, start=start, end=end) for start, end in places]
    return Piece.objects.create(document=document, author=make.user(first_name="Ann")), copy, lines


def test_a_piece_says_what_is_open_and_what_went_out_so():
    piece, copy, _ = a_piece()
    open_one, cut, done = (
        make.claim(priority="must"),
        make.claim("It fell.", priority="must"),
        make.claim(priority="could"),
    )
    for claim in (open_one, cut, done):
        make.attribution(claim, document=piece.document)
    chief = make.user("chief")
    Usage.objects.create(
        claim=cut, revision=1, document=piece.document, went_out_open="printed_unchecked", open_because="No time.",
        open_decided_by=chief,
    )  # fmt: skip
    words = make.passage(copy, 0, 10)
    CopyChange.objects.create(piece=piece, passage=words, reason="No.", force="must", proposed_by=chief)
    [row] = told("pieces")
    assert said(row, "title", "author", "editor", "claims", "must", "must_undecided", "printed_unchecked", "cut") == (
        "The mill", "Ann", None, 3, 2, 1, 1, 0,
    )  # fmt: skip
    assert row["went_out_open"] == [f"It fell. (claim {cut.pk}, printed_unchecked: No time.)"]
    assert said(row, "changes", "changes_undecided", "must_changes_undecided") == (1, 1, 1)


def test_the_lines_left_are_those_that_coverage_counts():
    piece, copy, lines = a_piece()
    assert [said(row, "line", "words") for row in told("lines")] == [
        (1, "It burned."), (2, "It did not."), (3, "Nobody knows."),
    ]  # fmt: skip
    make.attribution(make.claim(), document=piece.document, passage=make.passage(copy, 12, 14))
    ruling = {"about": "sentence", "sentence": lines[2], "key": "k", "by": make.user()}
    Ruling.objects.create(decision="no_factual_content", **ruling)
    assert [said(row, "line", "words") for row in told("lines")] == [(1, "It burned.")]
    [counted] = coverage.coverage(Document.objects.filter(pk=piece.document_id))
    assert counted.left == 1
    Ruling.objects.create(decision="checkable", **ruling)
    assert [row["line"] for row in told("lines")] == [1, 3]
    assert told("lines", Piece.objects.exclude(pk=piece.pk)) == []


def test_a_line_of_the_older_copy_is_not_left():
    piece, _, lines = a_piece()
    newer = make.snapshot("It did not burn.", of=piece.document, captured_at=timezone.now() + timedelta(minutes=1))
    Sentence.objects.create(snapshot=newer, start=0, end=16, thread=lines[1])
    assert [row["words"] for row in told("lines")] == ["It did not burn."]
    make.attribution(make.claim(), passage=make.passage(lines[1].snapshot, 11, 22), document=piece.document)
    assert told("lines") == []  # a line keeps its claims from copy to copy


def test_what_is_due_comes_before_what_was_given():
    claim = make.claim("It burned.")
    facts = {"claim": claim, "revision": 1}
    Usage.objects.create(**facts, url="https://a.example/", owed="corrected", correction="It did not.")
    Usage.objects.create(**facts, consumer="a paper", owed="due")
    Usage.objects.create(**facts, consumer="another")
    rows = told("usages")
    assert [said(row, "owed", "url", "consumer", "correction", "statement") for row in rows] == [
        ("due", None, "a paper", None, "It burned."),
        ("corrected", "https://a.example/", None, "It did not.", "It burned."),
    ]


def test_restricted_copy_is_named_by_its_number_alone():
    page = make.document("Secret", "desk_copy", key="secret", restricted=True)
    Usage.objects.create(claim=make.claim(), revision=1, document=page, owed="due")
    assert [row["document"] for row in told("usages")] == ["Secret"]
    assert [row["document"] for row in told("usages", restricted=False)] == [f"document {page.pk} (restricted)"]


# --- sources ---


def test_a_source_is_counted_once_a_claim_with_all_that_is_merged_with_it():
    root = make.source("Ada")
    twin = make.source("A. da", merged_into=root)
    signed, fresh = make.claim(), make.claim()
    first = make.attribution(signed, root, said="altered")
    make.attribution(signed, twin, relays=first, stance="reports")
    make.attribution(fresh, make.outlet("Post"), relays=make.attribution(fresh, make.source("Bo")), stance="reports")
    make.attribution(fresh, twin, stance="denies")
    make.attribution(fresh, root, withdrawn_at=timezone.now(), withdrawn_because="x")
    for state in ("in_check", "in_review"):
        Claim.objects.filter(pk=signed.pk).update(state=state)
        if state == "in_check":
            found = make.assessment(signed, "mixed")
    make.sign_off(found)
    rows = {row["name"]: row for row in told("sources")}
    assert rows.keys() == {"Ada", "Bo", "Post"}
    counted = ("origin", "passed_on", "denied", "no_finding", "mixed", "accurate", "hops", "said_altered")
    assert said(rows["Ada"], *counted) == (1, 0, 1, 0, 1, 0, 3, 1)
    assert said(rows["Post"], *counted) == (0, 1, 0, 1, 0, 0, 1, 0)
    assert [said(row, "name", "way", "verdict", "claims") for row in told("by-source")] == [
        ("Ada", "denied", None, 1),
        ("Ada", "origin", "mixed", 1),
        ("Post", "passed_on", None, 1),
        ("Bo", "origin", None, 1),
    ]
    assert told("by-source", Claim.objects.filter(pk=signed.pk))[0]["claims"] == 1
    assert [row["name"] for row in told("sources", Source.objects.filter(kind="outlet"))] == ["Post"]


def test_who_is_owed_their_say_is_told():
    owed, asked, late, exempt, gone = (make.accusation(make.claim("It burned."), make.source("Ada")) for _ in range(5))
    make.reply_request(asked, hours=5)
    make.reply_request(late, hours=-1)
    facts = {"exempt": "dead", "exempt_because": "In 1990.", "exempted_by": make.user("editor")}
    type(exempt).objects.filter(pk=exempt.pk).update(**facts)
    Claim.objects.filter(pk=gone.claim_id).update(state="closed", closed_because="dropped")
    rows = told("accusations")
    assert [said(row, "id", "owed", "requests", "exempt", "exempt_because") for row in rows] == [
        (str(owed.pk), True, 0, None, None),
        (str(asked.pk), True, 1, None, None),
        (str(late.pk), False, 1, None, None),
        (str(exempt.pk), False, 0, "dead", "In 1990."),
        (str(gone.pk), False, 0, None, None),
    ]
    assert {row["accused"] for row in rows} == {"Ada"}
    assert rows[1]["deadline"] > rows[2]["deadline"]
