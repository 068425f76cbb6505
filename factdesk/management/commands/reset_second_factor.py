"""``manage.py reset_second_factor NAME``: when the only chief has lost telephone and recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from factdesk.people import staff
from factdesk.people.models import User


class Command(BaseCommand):
    help = "Takes away somebody's second factor and recovery codes, and signs them out everywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = User.objects.get(username=options["username"])
        except User.DoesNotExist:
            raise CommandError(f"There is nobody with the user name {options['username']}.") from None
        staff.reset_second_factor(person_id=person.pk, why="by the operator, at the shell", by=None)
        self.stdout.write(f"{person} signs in with the password alone, and can set up a new second factor.")
