"""``import_dossier``: record files into the record, each whole or not at all."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims import dossiers
from claims.dossiers.fields import LARGEST_FILE
from claims.dossiers.schema import field_tables, json_schema
from claims.management.asking import importer
from claims.management.progress import Progress
from factdesk.errors import BadInput, DomainError

#: The status of what SIGINT ended: 128 and its number.
INTERRUPTED = 130
ENDINGS = (".yaml", ".yml", ".json")


class Command(BaseCommand):
    help = (
        "Imports record files (files, folders, or - for standard input). One transaction each; twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument("--by", metavar="USERNAME", help="who imports; left out: the desk itself")
        parser.add_argument("--schema", action="store_true", help="print the JSON Schema of record files and stop")
        parser.add_argument("--fields", action="store_true", help="print the tables of fields and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["schema"]:
            self.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False))
            return
        if options["fields"]:
            self.stdout.write(field_tables())
            return
        if not options["paths"]:
            raise CommandError("Name at least one file or folder, or - for standard input.")
        self.by = importer(options["by"])
        self.dry_run: bool = options["dry_run"]
        self.imported = self.failed = 0
        paths = list(_files(options["paths"]))
        if not paths:
            raise CommandError(f"There are no record files there ({', '.join(ENDINGS)}).")
        self.progress = Progress(len(paths), sys.stderr)
        try:
            waiting = [path for path, loaded in self._import(paths) if loaded.pending]
            self.progress.end(self.failed)
            if waiting and not self.dry_run:
                self._again(waiting)
        except KeyboardInterrupt:
            self._err(self._interrupted())
            sys.exit(INTERRUPTED)
        if self.failed:
            raise CommandError(f"{self.failed} record file{'s' if self.failed > 1 else ''} not imported.")

    def _import(self, paths: list[Path]) -> Iterator[tuple[Path, dossiers.Loaded]]:
        for path in paths:
            loaded = self._load(path)
            if loaded:
                self.imported += 1
                self._out(f"{_name(path)}: {_summary(loaded)}{' (dry run)' if self.dry_run else ''}")
                for conflict in loaded.conflicts:
                    place = f"{_name(path)}:{conflict.line}: {conflict.path or conflict.key}"
                    self._out(f"{place}: conflict: {conflict.message}")
                for pending in loaded.pending:
                    place = f"{_name(path)}:{pending.line}: {pending.path}"
                    self._out(f"{place}: pending: {pending.kind} {pending.other}, which is not on the desk")
                yield path, loaded
            self.progress.step(self.failed)

    def _interrupted(self) -> str:
        """What has been done; the dossier that was being loaded was undone."""
        if self.dry_run:
            return "Interrupted: nothing has changed."
        told = f"Interrupted: {self.imported:,} of {self.progress.many:,} files are in, each whole"
        told += f", and {self.failed:,} had problems" if self.failed else ""
        return f"{told}. The same command again brings in the rest."

    def _out(self, line: str) -> None:
        self.progress.clear()
        self.stdout.write(line)

    def _err(self, line: str) -> None:
        self.progress.clear()
        self.stderr.write(line)

    def _load(self, path: Path) -> dossiers.Loaded | None:
        try:
            return dossiers.load(dossiers.read(_bytes(path)), by=self.by, dry_run=self.dry_run)
        except BadInput as refused:
            for problem in refused.problems:
                place = f"{_name(path)}:{problem['line']}: {problem['path'] or '.'}"
                self._err(f"{place}: {problem['message']}")
        except DomainError as refused:
            self._err(f"{_name(path)}:1: .: {refused}")
        except OSError as refused:
            self._err(f"{_name(path)}:0: .: {refused.strerror}")
        self.failed += 1
        return None

    def _again(self, waiting: list[Path]) -> None:
        """Relations to dossiers that came later in the same run: those files once more, which adds nothing else."""
        for path in waiting:
            if path == Path("-"):
                continue
            loaded = self._load(path)
            if loaded and (made := loaded.of("relation", "created")):
                self._out(f"{_name(path)}: {made} of its pending relations made")


def _files(named: list[str]) -> Iterator[Path]:
    for name in named:
        path = Path(name)
        if name != "-" and path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.suffix in ENDINGS and inner.is_file())
        else:
            yield path


def _bytes(path: Path) -> bytes:
    """The file's bytes, one more than are taken at the most."""
    if path == Path("-"):
        return sys.stdin.buffer.read(LARGEST_FILE + 1)
    with path.open("rb") as opened:
        return opened.read(LARGEST_FILE + 1)


def _name(path: Path) -> str:
    """The path as it is shown: on one line, whatever is in it."""
    if path == Path("-"):
        return "<stdin>"
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in str(path))


def _summary(loaded: dossiers.Loaded) -> str:
    words = ("created", "updated", "unchanged", "withdrawn")
    told = [f"{loaded.total(word)} {word}" for word in words if loaded.total(word) or word == "created"]
    claims = sum(loaded.of("claim", word) for word in words)
    extra = [f"{len(loaded.conflicts)} conflicts"] if loaded.conflicts else []
    extra += [f"{len(loaded.pending)} relations pending"] if loaded.pending else []
    return f"{claims} claims; rows: {', '.join([*told, *extra])}"
