"""``restore FILE``: a backup comes back, all of it or nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from factdesk import env, firstrun, restore, serving, upkeep
from factdesk.archive import Archive, Damaged
from factdesk.backup import Kept
from factdesk.interrupts import politely


class Command(BaseCommand):
    help = "Brings a backup back into an empty desk, or in the place of one that is stopped. All or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")
        parser.add_argument(
            "--replace", action="store_true", help="in the place of the desk that is there: IT IS GONE THEN"
        )
        parser.add_argument("--rehearse", action="store_true", help="try all of it beside the desk, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        settings = env.load_or_exit()
        with politely(), serving.only_one(settings) as lock:
            if lock is None:
                raise CommandError("Stop the desk first (Ctrl-C where it runs), then restore.")
            done = _restored(settings, options["file"], replace=options["replace"], rehearse=options["rehearse"])
            if not options["rehearse"]:
                self._settle(settings)
        self._tell(done.kept, rehearsed=options["rehearse"])
        if done.left:
            self.stderr.write(done.left)

    def _settle(self, settings: env.Env) -> None:
        """What lies beside the database: the note of the last migrate, and the first sign-in of another desk."""
        upkeep.remember(settings)
        aside = firstrun.put_aside_if_stale(settings)
        if aside:
            self.stdout.write(f"The first sign-in in this folder was another desk's; it is now in {aside}.")

    def _tell(self, kept: Kept, *, rehearsed: bool) -> None:
        if rehearsed:
            self.stdout.write(f"The backup is whole and can be restored here: {kept}. Nothing was changed.")
        else:
            self.stdout.write(f"Restored: {kept}.")
            self.stdout.write("Passwords and API tokens are those of the backup; everybody signs in again.")


def _restored(settings: env.Env, path: Path, *, replace: bool, rehearse: bool) -> restore.Restored:
    try:
        return restore.restore(settings, Archive(path), replace=replace, rehearse=rehearse)
    except (Damaged, restore.CannotRestore) as refused:
        raise CommandError(str(refused)) from refused
    except OSError as refused:
        raise CommandError(f"{path}: {refused.strerror}") from refused
    except psycopg.Error as fault:
        raise CommandError(f"The database broke off; nothing was changed: {fault}") from fault
