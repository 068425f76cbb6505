"""``report NAME``: a table of what the desk has, as CSV, JSON or XLSX, to standard output or into a file."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.http import QueryDict

from claims.api.reports import TYPES, Out, chosen, made
from claims.reportcolumns import Report
from claims.reported import REPORTS
from factdesk.people.models import User
from factdesk.people.roles import Role
from factdesk.rest.problems import BadQuery


class Command(BaseCommand):
    help = "Writes a report, with the columns that docs/reports.md has. Reports: " + "; ".join(
        f"{one.name} ({one.row.rstrip('.')})" for one in REPORTS.values()
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=list(REPORTS), help="the report")
        parser.add_argument(
            "--filter",
            dest="filters",
            metavar="NAME=VALUE",
            nargs="+",
            action="extend",
            default=[],
            help="only these, as the API filters the list that the report is made of; a name that is repeated: any of "
            "its values",
        )
        parser.add_argument("--fields", metavar="NAME,NAME", help="only these columns")
        parser.add_argument("--format", choices=list(TYPES), help="left out: csv")
        parser.add_argument("--json", action="store_true", help="the same as --format json")
        parser.add_argument("--bom", action="store_true", help="with the mark by which Excel knows UTF-8")
        parser.add_argument("--to", metavar="FILE", type=Path, help="write FILE; left out: to standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        ending = options["format"] or ("json" if options["json"] else "csv")
        if options["json"] and ending != "json":
            raise CommandError("Give --json or --format, not both.")
        if options["bom"] and ending != "csv":
            raise CommandError(f"{ending.upper()} has no byte order mark.")
        to: Path | None = options["to"]
        try:
            out = _out(REPORTS[options["name"]], options["filters"], options["fields"], ending, bom=options["bom"])
            try:
                if to is None:
                    _print(out)
                else:
                    _write(out, to)
            finally:
                out.close()
        except Error as fault:
            raise CommandError(f"The database broke off: {fault}") from fault


def _out(report: Report, filters: list[str], fields: str | None, ending: str, *, bom: bool) -> Out:
    """What was asked for, begun. Whoever has the machine sees what a chief does."""
    query = QueryDict(mutable=True)
    for each in filters:
        name, equals, value = each.partition("=")
        if not equals:
            raise CommandError(f"--filter {each}: write NAME=VALUE.")
        query.appendlist(name, value)
    if fields is not None:
        query["fields"] = fields
    try:
        wanted = chosen(query, User(role=Role.CHIEF), settings.ENV.url, report=report)
        return made(wanted, ending, bom=bom)
    except BadQuery as refused:
        raise CommandError("\n".join(str(each["detail"]) for each in refused.errors)) from refused


def _print(out: Iterable[bytes]) -> None:
    try:
        for chunk in out:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # ``| head``: whoever reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end


def _write(out: Iterable[bytes], path: Path) -> None:
    """The file whole or not at all, for this account alone. Raises CommandError where the folder takes none."""
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as opened:
            try:
                for chunk in out:
                    opened.write(chunk)
                opened.flush()
                os.fsync(opened.fileno())
                Path(opened.name).replace(path)
            except BaseException:
                Path(opened.name).unlink()
                raise
    except OSError as refused:
        raise CommandError(f"{path}: {refused.strerror}") from refused
