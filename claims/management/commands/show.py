"""``show CLAIM``: one claim as a sheet of text."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from claims.models import Claim
from claims.sheet import sheet


class Command(BaseCommand):
    help = "Prints a claim with its figures, its chain, its original sources with reasons, its warnings, what is owed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("claim", help="the claim's number or key")

    def handle(self, *args: Any, **options: Any) -> None:
        asked: str = options["claim"]
        named = Q(key=asked)
        if asked.isascii() and asked.isdigit() and len(asked) < 19:
            named |= Q(pk=int(asked))
        claim = Claim.objects.filter(named).first()
        if claim is None:
            ending = Claim.objects.filter(key__endswith=f"/{asked}").values_list("key", flat=True)[:5]
            hint = f" Did you mean {', '.join(str(key) for key in ending)}?" if ending else ""
            raise CommandError(f"There is no claim {asked}.{hint}")
        self.stdout.write(sheet(claim))
