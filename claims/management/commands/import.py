"""``import claims FILE``: claims in bulk, all of them or none; or the good ones, and a file of those to be mended."""

import sys
from argparse import ArgumentParser
from itertools import chain, count
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from claims import importing
from claims.importing.sorts import SORTS
from claims.management.asking import importer
from claims.management.progress import Meter
from factdesk.errors import BadInput, DomainError

INTERRUPTED = 130

#: what has an importer of its own
_OTHERS = {"dossier": "import_dossier", "claimreview": "import_claimreview"}


class Command(BaseCommand):
    help = "Imports claims: CSV, JSON Lines, record files, ClaimReview. All or nothing; with --keep-good what is good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["claims"], metavar="claims")
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--as", choices=SORTS, dest="sort", help="what the file is; left out: it shows")
        parser.add_argument("--keep-good", action="store_true", help="take what is good, write the rest to a file")
        parser.add_argument("--rejects", metavar="FILE", help="that file; left out: FILE.rejects and its ending")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument("--by", metavar="USERNAME", help="who imports; left out: the desk itself")

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(options["file"])
        try:
            sort = options["sort"] or importing.sort_of(file)
        except OSError as refused:
            raise CommandError(f"{file}: {refused.strerror}") from refused
        if sort is None:
            raise CommandError(f"{file}: what sort of file is this? Say --as {', '.join(SORTS)}.")
        if sort in _OTHERS:
            if options["keep_good"]:
                raise CommandError(f"--keep-good is for CSV and JSON Lines of claims; this is for {_OTHERS[sort]}.")
            call_command(_OTHERS[sort], str(file), by=options["by"], dry_run=options["dry_run"])
            return
        self._bring(file, sort, _rejects(file, options["rejects"]), options)

    def _bring(self, file: Path, sort: str, rejects: Path, options: dict[str, Any]) -> None:
        meter = Meter(sys.stderr)
        try:
            brought = importing.bring(
                file,
                sort,
                by=importer(options["by"]),
                keep_good=options["keep_good"],
                rejects=rejects,
                dry_run=options["dry_run"],
                tell=meter.at,
            )
        except KeyboardInterrupt:
            meter.clear()
            self.stderr.write("Interrupted: nothing has changed.")
            sys.exit(INTERRUPTED)
        except BadInput as bad:
            meter.clear()
            self._tell_problems(file, bad.problems)
            raise CommandError(str(bad)) from bad
        except DomainError as refused:
            meter.clear()
            raise CommandError(f"{file}: {refused}") from refused
        meter.clear()
        self._told(file, brought, meter, dry_run=options["dry_run"])

    def _told(self, file: Path, brought: importing.Brought, meter: Meter, *, dry_run: bool) -> None:
        made = brought.made
        parts = [f"{made.get('claim', 0):,} claims created"]
        parts += [f"{brought.there:,} on the desk already"] if brought.there else []
        parts += [f"{brought.rejected:,} rejected"] if brought.rejected else []
        rows = ", ".join(f"{many:,} {of}" for of, many in made.items() if of != "claim" and many)
        self.stdout.write(f"{file}: {', '.join(parts)}{' (dry run)' if dry_run else ''}; {meter.rate(made)}")
        self.stdout.write(f"made: {rows or 'nothing else'}; {brought.sources_matched:,} sources were known")
        for line, key in brought.differing:
            self.stdout.write(f"{file}:{line}: {key}: says something else on the desk, which is left as it is")
        self._tell_problems(file, brought.problems)
        if brought.rejects:
            self.stdout.write(f"To be mended and imported again: {brought.rejects}")

    def _tell_problems(self, file: Path, problems: list[dict[str, Any]]) -> None:
        for problem in problems:
            self.stderr.write(f"{file}:{problem['line']}: {problem['path'] or '.'}: {problem['message']}")


def _rejects(file: Path, asked: str | None) -> Path:
    """Where rejects go: never over a file that somebody may be mending."""
    if asked is not None:
        if Path(asked).exists():
            raise CommandError(f"{asked} is there already: name another file.")
        return Path(asked)
    names = chain([".rejects"], (f".rejects-{number}" for number in count(2)))
    return next(path for name in names if not (path := file.with_suffix(f"{name}{file.suffix}")).exists())
