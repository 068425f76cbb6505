"""``show CLAIM``: one claim as a sheet of text."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from claims.management.asking import claim_called
from claims.sheet import sheet


class Command(BaseCommand):
    help = "Prints a claim with its figures, its chain, its original sources with reasons, its warnings, what is owed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("claim", help="the claim's number or key")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(sheet(claim_called(options["claim"])))
