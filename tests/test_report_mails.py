"""Reports by mail: when, what, to whom alone, and when no more."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import openpyxl
import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from claims import reportmails, tasks
from claims.models import ReportMail
from claims.reported import REPORTS
from factdesk import xlsxout
from factdesk.errors import BadInput, NoSuchRecord, NotAllowed
from factdesk.people.models import User
from tests import attacks, make

# A report reads on a connection of its own: what it is to see must be committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def with_mail(settings):
    settings.ENV = replace(settings.ENV, mail_host="mail.example.org", https=True, allowed_hosts=["desk.example"])


def kept(person, report="claims", *, is_due=True, **facts):
    said = {"query": "", "form": "csv", "hour": 7, "weekday": None} | facts
    row = reportmails.keep(by=person, report=REPORTS[report], **said)
    if is_due:
        ReportMail.objects.filter(pk=row.pk).update(next_at=timezone.now() - timedelta(minutes=1))
        row.refresh_from_db()
    return row


def someone(role="editor", **facts):
    return make.user(role, email=f"{role}@example.org", **facts)


def test_a_report_goes_to_its_person_with_what_they_may_see():
    make.attribution(make.claim("It burned."), document=make.document("A secret memo", restricted=True))
    reader, editor = someone("reader"), someone("editor")
    make.user("chief", email="chief@example.org")
    for person in (reader, editor):
        kept(person, query="kind=event&fields=statement,documents")
    assert tasks.send_reports(0) == 2
    told = {one.to[0]: one for one in mail.outbox}
    assert told.keys() == {"reader@example.org", "editor@example.org"}
    for address, secret in (("reader@example.org", False), ("editor@example.org", True)):
        [(name, content, sort)] = told[address].attachments
        assert (name, sort) == (f"claims-{timezone.localdate()}.csv", "text/csv")
        [_, row] = csv.reader(io.StringIO(content))
        assert row[0] == "It burned."
        assert ("secret" in row[1]) == secret
    assert (
        "https://desk.example/desk/reports/claims/?kind=event&fields=statement,documents"
        in told["reader@example.org"].body
    )
    assert tasks.send_reports(0) == 0
    assert not ReportMail.objects.due(timezone.now()).exists()
    assert ReportMail.objects.filter(sent_at__isnull=False).count() == 2


def test_a_workbook_is_one_when_it_arrives():
    make.claim("=1+1")
    kept(someone(), form="xlsx", query="fields=statement")
    tasks.send_reports(0)
    [(name, content, sort)] = mail.outbox[0].attachments
    assert name.endswith(".xlsx")
    assert sort == xlsxout.MEDIA_TYPE
    assert openpyxl.load_workbook(io.BytesIO(content)).active["A2"].value == "=1+1"


@pytest.mark.parametrize(
    ("hour", "weekday", "expected"),
    [
        (8, None, "2026-11-23T08:00"),
        (7, None, "2026-11-24T07:00"),
        (8, 0, "2026-11-23T08:00"),
        (7, 0, "2026-11-30T07:00"),
        (23, 6, "2026-11-29T23:00"),
    ],
)
def test_the_next_time_is_by_the_desks_clock(settings, hour, weekday, expected):
    settings.TIME_ZONE = "Europe/Vienna"
    monday_at_seven = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    found = reportmails.following(monday_at_seven, hour, weekday)
    assert timezone.localtime(found, timezone.get_default_timezone()).strftime("%Y-%m-%dT%H:%M") == expected
    summer_begins = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert reportmails.following(summer_begins, 7, None) == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)


def test_what_is_not_due_waits():
    kept(someone(), is_due=False)
    assert tasks.send_reports(0) == 0
    assert mail.outbox == []


def test_who_may_no_more_is_told_once_and_gets_nothing():
    make.attribution(make.claim(), make.source("Ada"))
    person = someone("editor")
    row = kept(person, "by-source")
    User.objects.filter(pk=person.pk).update(role="reader")
    assert tasks.send_reports(0) == 1
    [told] = mail.outbox
    assert "not mailed to you any more: the report is not for you any more." in told.body
    assert (told.attachments, told.to) == ([], ["editor@example.org"])
    assert "Ada" not in told.body
    row.refresh_from_db()
    assert (row.stopped_because, row.sent_at) == ("no_right", None)
    assert list(reportmails.of(person)) == [row]
    assert tasks.send_reports(0) == 0


def test_who_has_left_is_not_written_to():
    person = someone()
    row = kept(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert tasks.send_reports(0) == 0
    row.refresh_from_db()
    assert (row.stopped_because, mail.outbox) == ("left", [])
    User.objects.filter(pk=person.pk).update(is_active=True)
    assert tasks.send_reports(0) == 0  # it does not begin again by itself


def test_without_an_address_and_without_a_meaning_it_stops():
    one, other = someone("editor"), someone("checker")
    lost = kept(one)
    User.objects.filter(pk=one.pk).update(email="")
    odd = kept(other)
    ReportMail.objects.filter(pk=odd.pk).update(query="kind=nothing")
    assert tasks.send_reports(0) == 1
    assert [told.to for told in mail.outbox] == [["checker@example.org"]]
    assert "not understood" in mail.outbox[0].body
    lost.refresh_from_db()
    odd.refresh_from_db()
    assert (lost.stopped_because, odd.stopped_because) == ("no_address", "unclear")


def test_what_is_too_large_is_told_where_it_is(monkeypatch):
    make.claim("It burned.")
    kept(someone())
    monkeypatch.setattr(reportmails, "LARGEST", 10)
    tasks.send_reports(0)
    [told] = mail.outbox
    assert told.attachments == []
    assert "too large for a mail" in told.body
    assert "https://desk.example/desk/reports/claims/\n" in told.body
    assert "burned" not in told.body


def test_what_no_sheet_holds_is_told(monkeypatch):
    make.claim()
    kept(someone(), form="xlsx")
    monkeypatch.setattr(xlsxout, "MOST_ROWS", 1)
    tasks.send_reports(0)
    assert "Take the CSV" in mail.outbox[0].body
    assert mail.outbox[0].attachments == []


def test_a_mail_that_is_refused_holds_up_nobody_and_is_tried_again(monkeypatch):
    for role in ("editor", "checker"):
        kept(someone(role))
    send = reportmails.EmailMessage.send

    def refusing(self, *args, **kwargs):
        if self.to == ["editor@example.org"]:
            raise SMTPRecipientsRefused({})
        return send(self, *args, **kwargs)

    monkeypatch.setattr(reportmails.EmailMessage, "send", refusing)
    with pytest.raises(ExceptionGroup, match="1 of 2 reports were not mailed"):
        tasks.send_reports(0)
    assert [one.to for one in mail.outbox] == [["checker@example.org"]]
    monkeypatch.setattr(reportmails.EmailMessage, "send", send)
    assert tasks.send_reports(0) == 1
    assert [one.to for one in mail.outbox] == [["checker@example.org"], ["editor@example.org"]]


def test_what_could_not_be_sent_for_a_day_waits_for_the_next():
    row = kept(someone())
    ReportMail.objects.filter(pk=row.pk).update(next_at=timezone.now() - timedelta(hours=25))
    assert tasks.send_reports(0) == 0
    row.refresh_from_db()
    assert (row.sent_at, row.stopped_at) == (None, None)
    assert row.next_at > timezone.now()


def test_another_worker_has_it():
    row = kept(someone())
    with attacks.opened() as other:
        other.execute("SELECT FROM claims_reportmail WHERE id = %s FOR UPDATE", [row.pk])
        assert tasks.send_reports(0) == 0
    assert tasks.send_reports(0) == 1


def test_nobody_keeps_what_they_may_not_have_or_stops_what_is_not_theirs():
    with pytest.raises(NotAllowed):
        kept(someone("reader"), "sources")
    with pytest.raises(NotAllowed):
        kept(someone("checker", is_active=False))
    with pytest.raises(BadInput, match="no address"):
        kept(make.user("chief"))
    row = kept(someone("editor"))
    with pytest.raises(NoSuchRecord):
        reportmails.stop(by=make.user("chief"), mail_id=row.pk)
    assert list(reportmails.of(make.user("chief"))) == []


def test_the_database_holds_what_a_report_by_mail_is():
    row = kept(someone())

    def tried(change):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE claims_reportmail SET {change} WHERE id = %s", [row.pk])

    for change, constraint in (
        ("form = 'pdf'", "reportmail_form_is_known"),
        ("hour = 24", "reportmail_has_an_hour"),
        ("weekday = 7", "reportmail_has_a_weekday"),
        ("stopped_at = now()", "reportmail_stopped_for_a_reason"),
        ("stopped_because = 'x', stopped_at = now()", "reportmail_stopped_because_is_known"),
    ):
        with attacks.refused(constraint):
            tried(change)
    for change in ("person_id = person_id", "report = 'sources'", "version = 1"):
        with attacks.forbidden():
            tried(change)
    with attacks.forbidden(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM claims_reportmail")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM claims_reportmailevent WHERE pgh_obj_id = %s", [row.pk])
        assert cursor.fetchone()[0] >= 1


def test_a_report_that_takes_long_holds_no_transaction_and_may_be_stopped_meanwhile():
    person = someone()
    row = kept(person)

    def making(asked):
        assert not connection.in_atomic_block
        reportmails.stop(by=person, mail_id=asked.pk)
        return reportmails.Made(b"It burned.")

    assert reportmails.send_due(making, "https://desk.example") == 0
    row.refresh_from_db()
    assert (mail.outbox, row.sent_at, row.stopped_because) == ([], None, "by_person")
