"""Reports that people have mailed to them: kept, stopped, sent when their time has come.

The bargain: what is sent is what its person may see at that moment, and it goes to them alone. Whoever may not have the
report any more, has left or has no address gets it no more: it stops, and they are told, by mail and on the page. What
could not be sent stays due for a day. A mail is sent before it is noted as sent, in a transaction of its own that does
not wait for the report to be made.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from claims.models import ReportMail
from claims.models.reportmail import FORMS
from claims.reportcolumns import Report
from claims.reported import REPORTS
from claims.vocabularies import MailStopped
from factdesk.change import change, locked, may, write
from factdesk.context import acting
from factdesk.errors import BadInput
from factdesk.people.models import User

#: So many reports are mailed to one person.
MOST = 20
#: A file of so many bytes goes with the mail; of a larger one, its address.
LARGEST = 5_000_000
#: What could not be sent for so long is not sent any more; the next one is.
LATE = timedelta(days=1)
#: So long one that has stopped by itself stands on the page.
TOLD_FOR = timedelta(days=30)

#: makes a person's report: its chunks, or the words in which it is refused and why it stops (None: it goes on)
Making = Callable[[ReportMail], "Made"]


class Made:
    """What became of making a report: ``body`` (None: it is too large, or refused), or why it stops."""

    def __init__(self, body: bytes | None = None, *, stops: MailStopped | None = None, told: str = "") -> None:
        self.body, self.stops, self.told = body, stops, told


def taken(chunks: Iterable[bytes]) -> bytes | None:
    """All of it, or None where it is larger than goes with a mail."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)


@change
def keep(*, by: User, report: Report, query: str, form: str, hour: int, weekday: int | None) -> ReportMail:
    """Have a report mailed from now on. Raises NotAllowed, and BadInput for what is no form, hour or weekday."""
    may(by, report.right)
    wrong = [
        ("form", form not in FORMS, _("Choose a form.")),
        ("hour", hour not in range(24), _("Choose an hour.")),
        ("weekday", weekday not in (None, *range(7)), _("Choose a day.")),
        ("query", len(query) > 1000, _("Narrow it down in fewer words.")),
        ("email", not by.email, _("You have no address that it could be mailed to; a chief can give you one.")),
    ]
    for name, is_so, told in wrong:
        if is_so:
            raise BadInput(told, [{"path": name, "code": "invalid", "message": told}])
    with acting(by=by, why="report mailed"):
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two at once do not count past each other
        if ReportMail.objects.filter(person=by, stopped_at__isnull=True).count() >= MOST:
            told = _("You have %(most)d reports mailed; stop one first.") % {"most": MOST}
            raise BadInput(told, [{"path": "report", "code": "too_many", "message": told}])
        return ReportMail.objects.create(
            person=by, report=report.name, query=query, form=form, hour=hour, weekday=weekday,
            next_at=following(timezone.now(), hour, weekday),
        )  # fmt: skip


@change
def stop(*, by: User, mail_id: int) -> ReportMail:
    """Not any more. One's own only."""
    may(by, "read")
    with acting(by=by, why="report mailed no more"):
        rows = ReportMail.objects.seen_by(by).filter(stopped_at__isnull=True)
        row: ReportMail = locked(rows, mail_id, None, "report by mail")
        write(row, {"stopped_at": timezone.now(), "stopped_because": MailStopped.BY_PERSON.value})
        return row


def of(by: User) -> QuerySet[ReportMail]:
    """What they have mailed, and what stopped by itself not long ago."""
    rows = ReportMail.objects.seen_by(by).exclude(stopped_because=MailStopped.BY_PERSON)
    return rows.exclude(stopped_at__lt=timezone.now() - TOLD_FOR).order_by("report", "pk")


def following(after: datetime, hour: int, weekday: int | None) -> datetime:
    """The next moment after this one at which the desk's clock shows this hour (on this weekday)."""
    zone = timezone.get_default_timezone()
    day = timezone.localtime(after, zone).date()
    while True:
        moment = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
        if moment > after and weekday in (None, day.weekday()):
            return moment
        day += timedelta(days=1)


def send_due(making: Making, base: str) -> int:
    """Send what is due; ``base``: scheme and host of the desk. Returns how many mails went out.

    When all others have theirs, what could not be sent is raised.
    """
    sent, failed = 0, list[Exception]()
    for row in ReportMail.objects.due(timezone.now()).select_related("person").order_by("next_at"):
        try:
            sent += _send(row, making, base)
        except (OSError, ValueError) as error:
            error.add_note(f"report by mail {row.pk}")
            failed.append(error)
    if failed:
        raise ExceptionGroup(f"{len(failed)} of {sent + len(failed)} reports were not mailed", failed)
    return sent


def _send(row: ReportMail, making: Making, base: str) -> int:
    """Made first, which may take long, and in no transaction; then sent and noted, if it is still due."""
    is_late = row.next_at < timezone.now() - LATE
    made = Made() if is_late else making(row)
    with acting(way="job", why="report mailed"):
        now = timezone.now()
        rows = ReportMail.objects.due(now).select_for_update(of=("self",), no_key=True, skip_locked=True)
        held = rows.select_related("person").filter(pk=row.pk, next_at=row.next_at).first()
        if held is None:
            return 0  # another worker has it, or it was stopped meanwhile
        if is_late:
            write(held, {"next_at": following(now, held.hour, held.weekday)})
            return 0
        return _sent(held, made, now, base)


def _sent(row: ReportMail, made: Made, now: datetime, base: str) -> int:
    stops = made.stops or (None if row.person.is_active else MailStopped.LEFT)
    stops = stops or (None if row.person.email else MailStopped.NO_ADDRESS)
    if stops:
        write(row, {"stopped_at": now, "stopped_because": stops.value})
        if not row.person.is_active or not row.person.email:
            return 0
        _mail(row, _("The report is not mailed to you any more: %(why)s.") % {"why": stops.label}, base, None)
        return 1
    told = _("The report goes with this mail.") if made.body is not None else made.told or _too_large()
    _mail(row, told, base, made.body)
    write(row, {"sent_at": now, "next_at": following(now, row.hour, row.weekday)})
    return 1


def _too_large() -> str:
    return _("The report is too large for a mail; you find it at the address below.")


def _mail(row: ReportMail, said: str, base: str, body: bytes | None) -> None:
    title = str(REPORTS[row.report].title) if row.report in REPORTS else row.report
    greeting = _("Hello %(name)s,") % {"name": row.person.get_full_name() or row.person.username}
    page = [] if row.report not in REPORTS else ["", base + address(row)]
    told = [greeting, "", f"{title}: {said}", *page, "", _("What is mailed to you, you stop here:"),
            base + reverse("desk:reports"), ""]  # fmt: skip
    subject = _("factdesk: %(title)s") % {"title": title}
    mail = EmailMessage(subject, "\n".join(told), None, [row.person.email])
    if body is not None:
        mail.attach(f"{row.report}-{timezone.localdate()}.{row.form}", body, _TYPES[row.form])
    mail.send()


_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def address(row: ReportMail) -> str:
    """The page of the report as it is narrowed down."""
    said = f"?{row.query}" if row.query else ""
    return reverse("desk:report", args=[row.report]) + said


def rhythm(row: ReportMail) -> str:
    """When it comes, in words."""
    at = f"{row.hour}:00"
    if row.weekday is None:
        return _("every day at %(hour)s") % {"hour": at}
    return _("every %(day)s at %(hour)s") % {"day": WEEKDAYS[row.weekday], "hour": at}
