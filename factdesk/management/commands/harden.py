"""``harden``: leave the application's role its rights and no more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from factdesk.history import harden


class Command(BaseCommand):
    help = "Makes the triggers run as the owner and takes from the application's role all that it does not need."

    def handle(self, *args: Any, **options: Any) -> None:
        if "owner" not in connections:
            raise CommandError("Set FACTDESK_OWNER_DATABASE_URL: only the owner can harden the database.")
        harden()
        self.stdout.write("Hardened.")
