"""``blank``: what a court or the law orders to be removed, out of a record and its history."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from factdesk.errors import BadInput, DomainError
from factdesk.people.models import User
from sources.blanking import blank


class Command(BaseCommand):
    help = "Blanks one text of one record and of its history, as the owner, with the ground and two persons' names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("table", help="as in claims_annotation")
        parser.add_argument("record", type=int, help="its number")
        parser.add_argument("column", help="as in body")
        parser.add_argument("--ground", required=True, help="which order, of which day")
        parser.add_argument("--by", required=True, nargs=2, metavar="USERNAME", help="the two who answer for it")

    def handle(self, *args: Any, **options: Any) -> None:
        if "owner" not in connections:
            raise CommandError("Set FACTDESK_OWNER_DATABASE_URL: only the owner blanks.")
        first, second = (self._person(name) for name in options["by"])
        named = {name: options[name] for name in ("table", "column", "record", "ground")}
        try:
            with transaction.atomic(using="owner"):
                made = blank(**named, first=first, second=second)
        except BadInput as refused:
            raise CommandError(f"{refused} {refused.problems[0]['message']}") from refused
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{made}: blanked, in the record and in its history. Older backups still hold it.")

    def _person(self, name: str) -> User:
        found = User.objects.filter(username=name).first()
        if found is None:
            raise CommandError(f"There is nobody with the user name {name}.")
        return found
