"""Work that need not hold up an answer: the procrastinate app, and the process that does the work.

The bargain: a job is a row in the same database, so it is there if, and only if, the change that asked for
it was committed. Tasks are functions with ``@jobs.app.task`` in an app's ``tasks.py``. ``serve`` starts the
worker as ``python -m factdesk.jobs``.
"""

import asyncio
import os
import signal
from collections.abc import Coroutine, Iterable
from typing import Any

import django
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from factdesk import lifeline

__all__ = ["app", "work"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factdesk.settings")


#: Each row of them is a worker of its own: neither a receiver of webhooks that takes its time nor a big import holds up
#: anybody's notices.
WORKERS = (["default", "builtin"], ["webhooks"], ["imports"])


def work() -> None:
    """Do jobs until told to stop (SIGTERM); a job that runs then has six seconds left."""
    asyncio.run(_work())


async def _work() -> None:
    connector = app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError("The worker needs procrastinate's own Django connector.")
    with app.replace_connector(connector.get_worker_connector()) as working:
        async with working.open_async():
            await _side_by_side(
                working.run_worker_async(
                    queues=queues, concurrency=2, shutdown_graceful_timeout=6, install_signal_handlers=False
                )
                for queues in WORKERS
            )


async def _side_by_side(workers: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run them until a signal, or the end of one of them, ends them all."""
    running = [asyncio.create_task(worker) for worker in workers]
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asyncio.wait([*running, stop := asyncio.create_task(asked.wait())], return_when=asyncio.FIRST_COMPLETED)
    for each in [*running, stop]:
        each.cancel()  # which lets a worker finish what it is doing
    for found in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(found, Exception):
            raise found


if __name__ == "__main__":
    lifeline.watch()
    django.setup()
    work()
