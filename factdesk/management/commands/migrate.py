"""``migrate``, as the owner of the tables, and hardened at once."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from factdesk.history import harden


class Command(Migrate):
    help = "Migrates as the database's owner, then hardens (see `harden`)."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner" if "owner" in connections else "default")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        showing = options.get("plan") or options.get("check_unapplied")
        if options["database"] == "owner" and not options.get("app_label") and not showing:
            harden(using="owner")
