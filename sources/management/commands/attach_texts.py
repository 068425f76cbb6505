"""``attach_texts``: texts out of a folder into the sealed snapshots that they belong to."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from factdesk.errors import BadInput, DomainError
from factdesk.people.models import User
from sources.attaching import attach
from sources.models import Snapshot


class Command(BaseCommand):
    help = "Attaches FOLDER/<document key>.txt to each saved copy whose text is not held, if it is that very text."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--by", metavar="USERNAME", help="who attaches them")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        by = User.objects.filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and by is None:
            raise CommandError(f"There is no user {options['by']}.")
        sealed = Snapshot.objects.filter(sealed=True, document__key__isnull=False).select_related("document")
        failed = 0
        for snapshot in sealed.order_by("document__key", "pk"):
            path = folder / f"{snapshot.document.key}.txt"
            if not path.is_file():
                self.stdout.write(f"{snapshot.document.key}: no file {path.name}, text still not held")
                continue
            try:
                attach(snapshot_id=snapshot.pk, original=path.read_bytes(), by=by)
            except BadInput as refused:
                failed += 1
                for problem in refused.problems:
                    self.stderr.write(f"{path}:{problem['line']}: {problem['message']}")
            except DomainError as refused:
                failed += 1
                self.stderr.write(f"{path}: {refused}")
            else:
                self.stdout.write(f"{snapshot.document.key}: attached")
        if failed:
            raise CommandError(f"{failed} not attached.")
