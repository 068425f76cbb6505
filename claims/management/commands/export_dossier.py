"""``export_dossier``: the record of a document as a record file again."""

import os
from argparse import ArgumentParser
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims import dossiers
from claims.dossiers.names import key_of
from claims.management.asking import document_called
from factdesk.errors import DomainError


class Command(BaseCommand):
    help = "Writes the record of documents as record files: one to standard output, or each to a file of a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("documents", nargs="+", metavar="DOCUMENT", help="a document's number or key")
        parser.add_argument("--json", action="store_true", help="as JSON; left out: as YAML")
        parser.add_argument("--to", metavar="FOLDER", type=Path, help="write FOLDER/<document key>.yaml")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [document_called(asked) for asked in options["documents"]]
        folder: Path | None = options["to"]
        if folder is None and len(found) > 1:
            raise CommandError("Standard output takes one record file; name a folder with --to.")
        write, ending = (dossiers.to_json, "json") if options["json"] else (dossiers.to_yaml, "yaml")
        for document in found:
            try:
                exported = dossiers.export(document)
                data = write(exported.tree)
            except DomainError as refused:
                raise CommandError(f"{key_of(document)}: {refused}") from refused
            for told in exported.omitted:
                self.stderr.write(f"{key_of(document)}: {told}")
            if folder is None:
                self.stdout.write(data.decode(), ending="")
            else:
                self.stdout.write(str(_put(folder / f"{key_of(document)}.{ending}", data)))


def _put(path: Path, data: bytes) -> Path:
    """Write the file whole or not at all. Raises CommandError where the folder takes none."""
    try:
        with NamedTemporaryFile(dir=path.parent, delete=False) as opened:
            opened.write(data)
        os.chmod(opened.name, 0o644)
        return Path(opened.name).replace(path)
    except OSError as refused:
        raise CommandError(f"{path}: {refused.strerror}") from refused
