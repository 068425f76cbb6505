"""``coverage``: which sentences have claims, which were ruled out, and the lines left."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims.coverage import Coverage, Line, coverage, lines
from claims.management.asking import document_called
from claims.models import Claim
from sources.models import Document, Snapshot

LONGEST_WORDS = 70


class Command(BaseCommand):
    help = "Counts the lines left: of every document that has sentences, or, line by line, of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("document", nargs="?", metavar="DOCUMENT", help="a document's number or key")

    def handle(self, *args: Any, **options: Any) -> None:
        asked: str | None = options["document"]
        of = document_called(asked) if asked else None
        rows = coverage(Document.objects.filter(pk=of.pk) if of else Document.objects.all())
        if not rows:
            raise CommandError(f"{of or 'No document'} has no sentences: nothing to count.")
        for line in _table(rows):
            self.stdout.write(line)
        if of:
            self.stdout.write("")
            for line in _line_by_line(of):
                self.stdout.write(line)


def _table(rows: list[Coverage]) -> Iterator[str]:
    names = [row.document.key or f"document {row.document.pk}" for row in rows]
    width = max(len(name) for name in [*names, "material"])
    yield f"{'material':{width}}  sentences  with claims  ruled out  lines left  claims"
    for name, row in zip(names, rows, strict=True):
        yield f"{name:{width}}  {row.sentences:9}  {row.claimed:11}  {row.ruled_out:9}  {row.left:10}  {row.claims:6}"


def _line_by_line(document: Document) -> Iterator[str]:
    snapshot = (
        Snapshot.objects.filter(document=document, sentences__isnull=False).order_by("-captured_at", "-pk").first()
    )
    found = list(lines(snapshot)) if snapshot else []
    keys = dict(Claim.objects.filter(pk__in={pk for line in found for pk in line.claims}).values_list("pk", "key"))
    for line in found:
        one = line.sentence
        span = f"[{one.start}, {one.end}] {one.part}"
        words = _short(snapshot.text[one.start : one.end]) if snapshot and snapshot.text else ""
        yield f"{span:24} {_told(line, keys)}{f'  “{words}”' if words else ''}"


def _told(line: Line, keys: dict[int, str | None]) -> str:
    if line.claims:
        return f"{len(line.claims)}: {', '.join(_last(keys[pk]) or str(pk) for pk in line.claims)}"
    if line.ruled:
        return f"ruled out: {line.ruled}{f' ({line.because})' if line.because else ''}"
    return "LEFT"


def _last(key: str | None) -> str:
    return (key or "").rpartition("/")[2]


def _short(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= LONGEST_WORDS else f"{flat[: LONGEST_WORDS - 1]}…"
