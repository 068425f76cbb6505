"""Work that need not hold up an answer: the procrastinate app, and the process that does the work.

The bargain: a job is a row in the same database, so it is there if, and only if, the change that asked for
it was committed. Tasks are functions with ``@jobs.app.task`` in an app's ``tasks.py``. ``serve`` starts the
worker as ``python -m factdesk.jobs``.
"""

import asyncio
import os

import django
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from factdesk import lifeline

__all__ = ["app", "work"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factdesk.settings")


def work() -> None:
    """Do jobs until told to stop (SIGTERM); a job that runs then has six seconds left."""
    asyncio.run(_work())


async def _work() -> None:
    connector = app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError("The worker needs procrastinate's own Django connector.")
    with app.replace_connector(connector.get_worker_connector()) as working:
        async with working.open_async():
            await working.run_worker_async(concurrency=2, shutdown_graceful_timeout=6)


if __name__ == "__main__":
    lifeline.watch()
    django.setup()
    work()
