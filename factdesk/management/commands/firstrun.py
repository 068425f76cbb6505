"""``manage.py firstrun``: what ``serve`` does once, on a database without people."""

from typing import Any

from django.core.management.base import BaseCommand

from factdesk import env, firstrun


class Command(BaseCommand):
    help = "Loads the seeds, makes the first user and token, writes first-run.json; once."

    def handle(self, *args: Any, **options: Any) -> None:
        firstrun.prepare(env.load_or_exit())
