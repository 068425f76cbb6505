"""Jobs that send: one for each endpoint at the most waits, and one works."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection

#: where these jobs wait; they have a worker of their own, so that a slow receiver holds up nobody else's work
QUEUE = "webhooks"
SEND, WAKE, TELL, FAN_OUT, AGAIN = (
    f"factdesk.webhooks.tasks.{name}" for name in ("send", "wake", "tell_switched_off", "fan_out", "fan_out_again")
)

# procrastinate's own way to defer raises where one waits already, which would end the transaction that it is part of.
_QUEUE = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
    SELECT %s, %s, CASE WHEN %s THEN 'webhook:' || id END, 'webhook:' || id || %s,
           jsonb_build_object('endpoint', id), %s
    FROM unnest(%s::bigint[]) AS id
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
"""


def send_soon(endpoints: Collection[int]) -> None:
    """Let a worker send what is due to these endpoints. Part of the present transaction."""
    if endpoints:
        _run(SEND, True, "", None, endpoints)


def wake_at(endpoint: int, when: datetime) -> None:
    """Do so at that moment. Such a job has no lock: while it waits, others send."""
    _run(WAKE, False, ":wake", when, [endpoint])


def tell_of(endpoint: int) -> None:
    """Have its person and the chiefs told that it was switched off."""
    _run(TELL, False, ":tell", None, [endpoint])


def _run(task: str, is_alone: bool, suffix: str, when: datetime | None, endpoints: Collection[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [QUEUE, task, is_alone, suffix, when, sorted(endpoints)])


def set_aside(ticket: int, when: datetime) -> None:
    """Let this transaction's deliveries be made from that moment on, by a job that nobody waits for."""
    _ask(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, scheduled_at)"
        " VALUES (%s, %s, 'webhooks:aside:' || %s, jsonb_build_object('ticket', %s::bigint), %s)"
        " ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING RETURNING id",
        [QUEUE, AGAIN, ticket, ticket, when],
    )


def left_behind(most: int) -> list[tuple[int, int]]:
    """The next jobs that transactions left behind: (job, ticket), in the order of commits."""
    return _ask(
        "SELECT id, (args ->> 'ticket')::bigint FROM procrastinate_jobs"
        " WHERE status = 'todo' AND task_name = %s ORDER BY priority DESC, id LIMIT %s",
        [FAN_OUT, most],
    )


def forget(job: int) -> None:
    """It was done with another."""
    _ask("DELETE FROM procrastinate_jobs WHERE id = %s AND status = 'todo' RETURNING id", [job])


def _ask(statement: str, params: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found: list[Any] = cursor.fetchall()
        return found
