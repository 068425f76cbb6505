"""What the worker does for the desk's people.

Whoever asks for a new password sees the same answer after the same time whether there is such a person or not: a job
is made either way, for somebody or for nobody, and mail that does not go out is the worker's to try again. A job names
the person by number; links and addresses are in no job, and so in no log.
"""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import close_old_connections
from django.utils import timezone
from procrastinate import RetryStrategy

from factdesk.jobs import app
from factdesk.people import drafts, mail
from factdesk.people.models import KEPT, CacheEntry, KeptAnswer, User

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)


@app.task(retry=AGAIN)
def send_reset(person: int | None, base: str) -> None:
    """Mail the link for a new password; to nobody where ``person`` is None."""
    try:
        if person is not None:
            mail.send_reset(person=User.objects.get(pk=person), base=base)
    finally:
        close_old_connections()


@app.task(retry=AGAIN)
def tell(person: int, what: str) -> None:
    """Mail a person what was done to their account (a word of ``mail.TOLD``)."""
    try:
        mail.tell(person=User.objects.get(pk=person), what=what)
    finally:
        close_old_connections()


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="forget_what_expired")
def forget_what_expired(timestamp: int) -> int:
    """Delete sessions, counters and drafts whose time is over. Returns how many."""
    try:
        now = timezone.now()
        sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
        UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
        counters, _ = CacheEntry.objects.filter(expires__lt=now).delete()
        return sessions + counters + drafts.forget_old()
    finally:
        close_old_connections()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="forget_answers")
def forget_answers(timestamp: int) -> int:
    """Delete the answers that were kept for a request that might be sent again. Returns how many."""
    try:
        forgotten, _ = KeptAnswer.objects.filter(made_at__lt=timezone.now() - KEPT).delete()
        return forgotten
    finally:
        close_old_connections()
