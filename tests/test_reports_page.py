"""The page of reports: what it lists, shows, narrows down and has mailed."""

import re
from dataclasses import replace

import pytest
from django.core import mail

from claims import reportmails
from claims.models import ReportMail
from tests import make
from tests.test_acts import signed_in

pytestmark = pytest.mark.django_db

PAGE = "/desk/reports/"
#: Written out again on purpose.
TITLES = {
    "claims": "Claims",
    "work": "Open work by assignee and age",
    "pieces": "Pieces and what went out open",
    "sign-offs": "Sign-offs and turnaround",
    "sources": "Sources and how they held up",
    "by-source": "Claims by source and verdict",
    "accusations": "Accusations and replies owed",
    "usages": "Usages owed",
    "lines": "Lines left of a piece",
    "weeks": "Weekly summary",
}
FOR_FEW = {"sources", "by-source"}


@pytest.fixture
def with_mail(settings):
    settings.ENV = replace(settings.ENV, mail_host="mail.example.org")


def shown(desk, address=PAGE, status=200):
    answer = desk.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def cells(page):
    """The words of the table's cells, row by row."""
    table = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[1]
    return [
        [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in table.split("<tr>")[1:]
    ]


def test_all_reports_are_listed_for_those_who_may_have_them():
    reader, editor = signed_in(make.user("reader")), signed_in(make.user("editor"))
    for name, title in TITLES.items():
        address = f'href="{PAGE}{name}/"'
        assert address in shown(editor)
        assert f"<h1>{title}</h1>" in shown(editor, f"{PAGE}{name}/")
        assert (address in shown(reader)) == (name not in FOR_FEW)
        shown(reader, f"{PAGE}{name}/", 403 if name in FOR_FEW else 200)
    shown(editor, f"{PAGE}nothing/", 404)


def test_nobody_who_is_not_signed_in_sees_a_report(client):
    make.claim("It burned.")
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert b"burned" not in answer.content


def test_the_first_twenty_rows_are_shown_and_that_there_are_more():
    desk = signed_in(make.user())
    for n in range(20):
        make.claim(f"It burned, {n}.")
    page = shown(desk)
    assert len(cells(page)) == 20
    assert "20 rows, all that there are." in page
    make.claim("It burned again.")
    page = shown(desk)
    assert len(cells(page)) == 20
    assert "The first 20 rows; the file has all." in page
    assert "again" not in page


def test_the_form_narrows_the_rows_and_the_files_without_a_script():
    desk, ada = signed_in(make.user()), make.user(first_name="Ada")
    make.claim("It burned.", kind="event", assignee=ada)
    make.claim("Most burned.", kind="rule")
    page = shown(desk, f"{PAGE}claims/?kind=event&kind=causal&assignee={ada.pk}&q=&place=")
    [row] = cells(page)
    assert "It burned." in row
    said = f"?kind=event&amp;kind=causal&amp;assignee={ada.pk}"
    for ending in ("csv", "json", "xlsx"):
        assert f'href="/api/v1/reports/claims.{ending}{said}"' in page
    assert 'name="kind" value="event" checked' in page
    assert f'name="assignee" value="{ada.pk}" checked' in page
    assert 'name="kind" value="rule" checked' not in page
    assert 'method="get" action="/desk/reports/claims/"' in page
    assert [row[0] for row in cells(shown(desk, f"{PAGE}work/?kind=event"))] == ["Ada"]


def test_what_is_asked_for_wrongly_is_told_and_nothing_shown():
    make.claim("It burned.")
    desk = signed_in(make.user())
    for query, told in (("kind=x", "Use one of"), ("kindd=event", "Did you mean"), ("assignee=0", "An id is a number")):
        page = shown(desk, f"{PAGE}?{query}")
        assert told in page
        assert 'role="alert"' in page
        assert "It burned." not in page


def test_naughty_words_are_shown_as_they_are():
    claim = make.claim("<script>alert(1)</script> =1+1 \u202eabc", place="x" * 120)
    page = shown(signed_in(make.user()))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; =1+1" in page
    assert "<script>alert" not in page
    assert "x" * 90 + " …" in page
    assert f'href="http://testserver/admin/claims/claim/{claim.pk}/change/"' in page


def test_a_reader_sees_no_restricted_material():
    make.attribution(make.claim(), document=make.document("A secret memo", restricted=True))
    assert "secret" not in shown(signed_in(make.user("reader")))
    assert "A secret memo" in shown(signed_in(make.user("editor")))


def test_a_page_asks_the_database_a_fixed_number_of_times(django_assert_max_num_queries):
    desk = signed_in(make.user("editor"))
    shown(desk)
    for n in range(3):
        for _ in range(n):
            make.claim(assignee=make.user())
        for name in TITLES:
            with django_assert_max_num_queries(9):
                shown(desk, f"{PAGE}{name}/")


# --- by mail ---


def test_a_report_is_had_by_mail_from_its_page_and_stopped_there(with_mail):
    person = make.user("editor", email="e@example.org")
    desk = signed_in(person)
    place = f"{PAGE}by-source/?kind=event&q="
    answer = desk.post(place, {"do": "mail", "weekday": "0", "hour": "7", "form": "xlsx"})
    assert (answer.status_code, answer["Location"]) == (302, place)
    row = ReportMail.objects.get()
    assert (row.person, row.report, row.query, row.form) == (person, "by-source", "kind=event", "xlsx")
    assert (row.weekday, row.hour) == (0, 7)
    page = shown(desk)
    assert "every Monday at 7:00" in page
    assert 'href="/desk/reports/by-source/?kind=event"' in page
    assert "It is mailed to you every Monday at 7:00." in page
    other = signed_in(make.user("chief"))
    assert "every Monday at 7:00" not in shown(other)
    other.post(PAGE, {"do": "stop", "mail": row.pk})
    row.refresh_from_db()
    assert row.stopped_at is None
    desk.post(PAGE, {"do": "stop", "mail": row.pk})
    assert "every Monday" not in shown(desk)
    assert mail.outbox == []


def test_what_cannot_be_mailed_is_told(with_mail, monkeypatch):
    person = make.user("editor", email="e@example.org")
    desk, good = signed_in(person), {"do": "mail", "weekday": "", "hour": "7", "form": "csv"}
    for wrong, told in (
        ({"hour": "24"}, "Choose an hour."),
        ({"hour": ""}, "Choose an hour."),
        ({"weekday": "7"}, "Choose a day."),
        ({"form": "pdf"}, "Choose a form."),
    ):
        desk.post(PAGE, good | wrong)
        assert told in shown(desk)
    desk.post(f"{PAGE}?kind=x", good)
    assert "Use one of" in shown(desk)
    assert not ReportMail.objects.exists()
    desk.post(PAGE, good)
    shown(desk)
    desk.post(PAGE, good)
    assert "You have it mailed so already." in shown(desk)
    monkeypatch.setattr(reportmails, "MOST", 1)
    desk.post(PAGE, good | {"hour": "8"})
    assert "stop one first" in shown(desk)
    assert ReportMail.objects.count() == 1


def test_without_an_address_or_mail_there_is_no_form(settings, with_mail):
    button = "Mail this report to me"
    assert button not in shown(signed_in(make.user()))
    person = signed_in(make.user(email="a@example.org"))
    assert button in shown(person)
    settings.ENV = replace(settings.ENV, mail_host=None)
    assert button not in shown(person)
