"""Work of the desk that waits for nobody: what time alone brings about, done by the worker."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection
from django.http import QueryDict
from django.utils import timezone
from procrastinate import RetryStrategy

from claims import notices, pieces, presence, reportmails
from claims.api.reports import chosen, made
from claims.dossiers.loading import Busy
from claims.importing import orders
from claims.models import Piece, ReportMail
from claims.reported import REPORTS
from claims.reportmails import Made
from claims.vocabularies import MailStopped
from factdesk.change import Refused
from factdesk.context import acting, coming
from factdesk.errors import NotAllowed
from factdesk.jobs import app
from factdesk.rest.problems import BadQuery

#: Claims refreshed in one transaction: few enough that nobody waits long for a claim that is held meanwhile.
CHUNK = 200


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="refresh_pending_origins")
def refresh_pending_origins(timestamp: int) -> int:
    """Bring the kept origins of claims in line that a change of a source left pending. Returns how many."""
    done: int = 0
    try:
        while True:
            with acting(way="job", why="origins pending"), connection.cursor() as cursor:
                cursor.execute("SELECT claims_refresh_pending(%s)", [CHUNK])
                refreshed: int = cursor.fetchone()[0]
            done += refreshed
            if refreshed < CHUNK:
                return done
    finally:
        close_old_connections()


#: So long before a deadline or a closing time those concerned are told.
AHEAD = timedelta(hours=1)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="pass_the_time")
def pass_the_time(timestamp: int) -> int:
    """Close the pages whose time has come, and tell of what is or was due. Returns how many notices were written.

    A page with an open ``must`` that nobody decided on stays open, and its people and every chief are told.
    """
    try:
        due = Piece.objects.filter(closed_at__isnull=True, page_closes_at__lte=timezone.now())
        for number in due.order_by("page_closes_at", "pk").values_list("pk", flat=True):
            _close(number)
        return _ask("SELECT claims_tell_due(%s)", AHEAD, why="what is due")
    finally:
        close_old_connections()


def _close(piece: int) -> None:
    try:
        with coming("job"):  # no transaction round the change, which is tried again after a deadlock
            pieces.close_page(piece_id=piece, version=None, by=None)
    except Refused as undecided:
        if undecided.code != "piece_closes_with_every_must_decided":
            raise


@app.periodic(cron="3 * * * *")
@app.task(queueing_lock="ask_for_reviews")
def ask_for_reviews(timestamp: int) -> int:
    """Mark what is to be looked at again by a day that has come, by the desk's clock. Returns how many claims."""
    try:
        return _ask("SELECT claims_tell_reviews(%s)", timezone.localdate(), why="review day")
    finally:
        close_old_connections()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send_notices")
def send_notices(timestamp: int) -> int:
    """Mail what people have not been mailed of, where the desk has mail. Returns how many mails."""
    try:
        return notices.send(settings.ENV.public_url) if settings.ENV.mail_host else 0
    finally:
        close_old_connections()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="send_reports")
def send_reports(timestamp: int) -> int:
    """Mail the reports whose time has come, where the desk has mail. Returns how many mails."""
    try:
        return reportmails.send_due(_report, settings.ENV.public_url) if settings.ENV.mail_host else 0
    finally:
        close_old_connections()


def _report(row: ReportMail) -> Made:
    """The report as its person may see it now."""
    if not row.person.is_active:
        return Made(stops=MailStopped.LEFT)
    if row.report not in REPORTS:
        return Made(stops=MailStopped.UNCLEAR)
    try:
        wanted = chosen(QueryDict(row.query), row.person, settings.ENV.public_url, report=REPORTS[row.report])
    except NotAllowed:
        return Made(stops=MailStopped.NO_RIGHT)
    except BadQuery:
        return Made(stops=MailStopped.UNCLEAR)
    try:
        out = made(wanted, row.form)
    except BadQuery as refused:  # a sheet does not hold it
        return Made(told=str(refused.errors[0]["detail"]))
    try:
        return Made(reportmails.taken(out))
    finally:
        out.close()


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="forget_who_was_where")
def forget_who_was_where(timestamp: int) -> int:
    """Nothing is kept of who was at which line. Returns how many rows went."""
    try:
        return presence.clear()
    finally:
        close_old_connections()


@app.task(name=orders.TASK, queue=orders.QUEUE, retry=RetryStrategy(wait=20, retry_exceptions={Busy}))
def bring_in(order: int) -> str:
    """Import a file that was sent over HTTP, one at a time. Returns how it ended."""
    try:
        return orders.run(order)
    finally:
        close_old_connections()


@app.periodic(cron="23 4 * * *")
@app.task(queueing_lock="forget_imports")
def forget_imports(timestamp: int) -> int:
    """Forget imports that ended days ago, with their rejects files. Returns how many."""
    try:
        return orders.forget_old()
    finally:
        close_old_connections()


def _ask(statement: str, argument: Any, *, why: str) -> int:
    with acting(way="job", why=why), connection.cursor() as cursor:
        cursor.execute(statement, [argument])
        done: int = cursor.fetchone()[0]
        return done
