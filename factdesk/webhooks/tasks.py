"""What the worker does for webhooks. A job names an endpoint or a transaction by its number, and nothing else."""

import logging
import time
from datetime import timedelta

from django.db import close_old_connections
from django.utils import timezone
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision, RetryStrategy
from procrastinate.jobs import Job

from factdesk.jobs import app
from factdesk.webhooks import deliveries, queueing, sending, telling
from factdesk.webhooks.models import Endpoint

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)
#: of what the record says has changed nothing is lost, whatever was in the way
NEVER_GIVE_UP = RetryStrategy(wait=30)
#: jobs that are looked for together
TOGETHER = 500
#: so often the deliveries of a transaction are tried before others go first
PATIENCE = 3
#: seconds until they are tried again after that; the last for as long as the feed keeps the transaction
ASIDE = (300, 1_800, 7_200, 18_000)

log = logging.getLogger(__name__)


class _Aside(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        return RetryDecision(retry_in={"seconds": ASIDE[min(job.attempts + 1, len(ASIDE) - 1)]})


@app.task(queue=queueing.QUEUE, retry=NEVER_GIVE_UP, pass_context=True)
def fan_out(context: JobContext, ticket: int) -> int:
    """Make the deliveries of what a transaction changed; it left this job behind. Returns how many.

    What others left behind meanwhile is done along with it, for as long as its turn lasts: of many jobs with one lock
    the queue finds each next one the more slowly, the more there are. None of them runs beside this one (their lock).
    A transaction whose deliveries cannot be made is set aside after some attempts, and the chiefs are told.
    """
    end = time.monotonic() + sending.TURN
    try:
        made = _first(context, ticket)
        while others := queueing.left_behind(TOGETHER):
            for job, other in others:
                if context.should_abort() or time.monotonic() > end:
                    return made
                try:
                    made += deliveries.fan_out(other)
                except Exception:  # whatever it is: it is the next in line, and is tried, and set aside, by itself
                    log.exception("the deliveries of transaction %s could not be made along with another's", other)
                    return made
                queueing.forget(job)
        return made
    finally:
        close_old_connections()


def _first(context: JobContext, ticket: int) -> int:
    try:
        return deliveries.fan_out(ticket)
    except Exception:
        if context.job is None or context.job.attempts + 1 < PATIENCE:
            raise
        log.exception("the deliveries of transaction %s cannot be made; it is set aside", ticket)
        queueing.set_aside(ticket, timezone.now() + timedelta(seconds=ASIDE[0]))
        tell_set_aside.defer(ticket=ticket)
        return 0


@app.task(queue=queueing.QUEUE, retry=_Aside())
def fan_out_again(ticket: int) -> int:
    """Make the deliveries of a transaction that was set aside. Nobody waits for it: they may come after later ones."""
    try:
        return deliveries.fan_out(ticket)
    finally:
        close_old_connections()


@app.task(queue=queueing.QUEUE, retry=AGAIN)
def tell_set_aside(ticket: int) -> int:
    """Mail the chiefs that a transaction's webhooks could not be told. Returns how many mails."""
    try:
        return telling.set_aside(ticket)
    finally:
        close_old_connections()


@app.task(queue=queueing.QUEUE, pass_context=True)
def send(context: JobContext, endpoint: int) -> int:
    """Send what is due to one endpoint. Returns how many attempts were made."""
    try:
        return sending.send_due(endpoint, context.should_abort)
    finally:
        close_old_connections()


@app.task(queue=queueing.QUEUE)
def wake(endpoint: int) -> None:
    """It is time to send to this endpoint."""
    try:
        queueing.send_soon([endpoint])
    finally:
        close_old_connections()


@app.periodic(cron="* * * * *")
@app.task(queue=queueing.QUEUE, queueing_lock="webhooks_due")
def send_what_is_due(timestamp: int) -> int:
    """Have sent what is due, whatever became of the job that should have. Returns to how many endpoints."""
    try:
        found = sending.due()
        queueing.send_soon(found)
        return len(found)
    finally:
        close_old_connections()


@app.task(queue=queueing.QUEUE, retry=AGAIN)
def tell_switched_off(endpoint: int) -> int:
    """Mail those concerned that the endpoint was switched off. Returns how many mails."""
    try:
        return telling.switched_off(Endpoint.objects.select_related("person").get(pk=endpoint))
    finally:
        close_old_connections()


@app.periodic(cron="41 3 * * *")
@app.task(queue=queueing.QUEUE, queueing_lock="webhooks_forget")
def forget_old_deliveries(timestamp: int) -> int:
    """Delete deliveries that are older than 30 days. Returns how many."""
    try:
        return deliveries.forget_old()
    finally:
        close_old_connections()
