"""``backup FILE``: the whole desk as of this moment, in one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from factdesk import backup, env
from factdesk.interrupts import politely


class Command(BaseCommand):
    help = "Writes everything in the desk's database to one file (0600), while the desk goes on working."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="where it goes; nothing must be there")
        parser.add_argument("--force", action="store_true", help="overwrite what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with politely():
                kept = backup.make(env.load_or_exit(), path, force=options["force"])
        except OSError as refused:
            raise CommandError(f"{path}: {refused.strerror}") from refused
        except psycopg.Error as fault:
            raise CommandError(f"The database broke off: {fault}") from fault
        self.stdout.write(f"{path}: {path.stat().st_size / 1e6:,.1f} MB: {kept}.")
        self.stdout.write("It holds everything, unencrypted: keep it like the desk itself.")
