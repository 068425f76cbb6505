"""``manage.py serve``: the whole desk, until Ctrl-C. manage.py takes the short way there, past Django."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from factdesk import env, serving


class Command(BaseCommand):
    help = "Serves the desk on 127.0.0.1 with its worker and, unless DATABASE_URL is set, its PostgreSQL."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(serving.serve(env.load_or_exit()))
