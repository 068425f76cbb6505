"""``import_claimreview``: what others have checked, out of JSON-LD, pages and tables; each review by itself."""

import csv
import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from claims import claimreview
from claims.claimreview.incoming import LARGEST
from claims.claimreview.tables import COLUMNS
from claims.management.asking import importer
from factdesk.errors import DomainError

SORTS = ("json", "page", "lines", "csv", "tsv")
EVERY = 1_000


class Command(BaseCommand):
    help = (
        "Imports published fact-checks: ClaimReview (JSON-LD, feeds, web pages) and tables (CSV, TSV, JSON Lines). "
        "Every row is told; what can be read is in; twice adds nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="say what would come in, and change nothing")
        parser.add_argument("--by", metavar="USERNAME", help="who imports; left out: the desk itself")
        parser.add_argument(
            "--as", dest="sort", choices=SORTS, help="what the files are; left out: by name and beginning"
        )
        told = f"of a table: which column is what; fields: {', '.join(COLUMNS)}"
        parser.add_argument("--columns", metavar="FIELD=COLUMN,…", default="", help=told)
        parser.add_argument("--set", metavar="FIELD=TEXT", action="append", default=[], help="what all rows have")
        parser.add_argument(
            "--header", metavar="COLUMN,…", help="column names of a table that does not begin with them"
        )
        parser.add_argument("--report", metavar="FILE", help="every row's outcome, as JSON Lines")

    def handle(self, *args: Any, **options: Any) -> None:
        self.options, self.by = options, importer(options["by"])
        self.columns = _pairs([each for each in options["columns"].split(",") if each], "--columns")
        self.always = _pairs(options["set"], "--set")
        failed = 0
        with _report(options["report"]) as report:
            for name in options["paths"]:
                try:
                    self._import(Path(name), report)
                except DomainError as refused:
                    failed += 1
                    self.stderr.write(f"{_shown(name)}: {refused}")
                except (OSError, UnicodeError) as refused:
                    failed += 1
                    told = getattr(refused, "strerror", None) or f"not UTF-8 ({refused}): save it as UTF-8"
                    self.stderr.write(f"{_shown(name)}: {told}")
        if failed:
            raise CommandError(f"{failed} file{'s' if failed > 1 else ''} could not be read.")

    def _import(self, path: Path, report: IO[str] | None) -> None:
        table = claimreview.Table(self.columns, self.always, _names(self.options["header"]))
        found = self._found(path, table)
        outcomes: Counter[str] = Counter()
        codes: Counter[str] = Counter()
        for outcome in claimreview.take(found, by=self.by, dry_run=self.options["dry_run"]):
            outcomes[outcome.outcome] += 1
            codes[f"{outcome.outcome} {outcome.code}"] += bool(outcome.code)
            if report:
                report.write(json.dumps(_row(path, outcome), ensure_ascii=False) + "\n")
            self._tell(path, outcome)
            if outcomes.total() % EVERY == 0:
                self.stderr.write(f"{_shown(str(path))}: {outcomes.total():,} rows")
        if table.layout:
            self.stdout.write(f"{_shown(str(path))}: columns {table.layout.told()}")
            if table.layout.unread:
                self.stdout.write(f"{_shown(str(path))}: not read: {', '.join(map(_shown, table.layout.unread))}")
        told = [f"{outcomes[word]:,} {word.replace('_', ' ')}" for word in claimreview.OUTCOMES]
        dry = " (dry run)" if self.options["dry_run"] else ""
        self.stdout.write(f"{_shown(str(path))}: {outcomes.total():,} rows: {', '.join(told)}{dry}")
        for code, many in sorted(codes.items()):
            if many:
                self.stdout.write(f"{_shown(str(path))}:   {many:,} {code}")

    def _found(self, path: Path, table: claimreview.Table) -> Iterable[claimreview.Found]:
        with path.open("rb") as opened:
            sort = self.options["sort"] or claimreview.sort_of(path.name, opened.read(100_000))
            if sort in ("json", "page"):
                opened.seek(0)
                data = opened.read(LARGEST + 1)
                return claimreview.of_json(data) if sort == "json" else claimreview.of_page(data)
        return _rows(path, table, sort)

    def _tell(self, path: Path, outcome: claimreview.Outcome) -> None:
        """A line for whatever needs somebody's eye; with ``-v 2`` for every row."""
        if outcome.outcome in ("made", "already_there") and self.options["verbosity"] < 2:
            return
        who = [f"{role} {each.ground}: {each.name} ({each.source or 'new'})" for role, each in outcome.sources]
        told = " ".join([*outcome.told, *who])
        self.stdout.write(f"{_shown(str(path))}:{outcome.place}: {outcome.outcome}: {_shown(told)}")


def _rows(path: Path, table: claimreview.Table, sort: str) -> Iterator[claimreview.Found]:
    with path.open(encoding="utf-8-sig", newline="" if sort != "lines" else "\n") as lines:
        if sort == "lines":
            yield from table.of_lines(lines)
        else:
            yield from table.of_separated(lines, "\t" if sort == "tsv" else ",")


def _row(path: Path, outcome: claimreview.Outcome) -> dict[str, Any]:
    named = [
        {"role": role, "id": one.source or None, "name": one.name, "ground": one.ground}
        for role, one in outcome.sources
    ]
    told = {name: getattr(outcome, name) for name in ("place", "outcome", "code", "told", "claim", "document")}
    return {"file": path.name, **told, "sources": named}


def _pairs(given: list[str], option: str) -> dict[str, str]:
    found = {}
    for each in given:
        field, sign, value = each.partition("=")
        if not sign or field not in COLUMNS:
            raise CommandError(f"{option} {each}: give FIELD=…, a field of {', '.join(COLUMNS)}.")
        found[field] = value
    return found


def _names(header: str | None) -> list[str] | None:
    return None if header is None else next(csv.reader([header]))


def _report(name: str | None) -> AbstractContextManager[IO[str] | None]:
    return Path(name).open("w", encoding="utf-8") if name else nullcontext()


def _shown(text: str) -> str:
    """On one line, whatever is in it."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
