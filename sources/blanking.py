"""What the law orders removed is blanked, in the record and in its history, and a tombstone says so (rule 13).

The bargain: the owner's role does it, at the shell, never the application; two persons answer for it, with the ground.
A saved copy loses its text and stays as a sealed one. Backups that were made before still hold what was there.
"""

from django.db import connections, transaction

from factdesk import freetext
from factdesk.change import change, say_why
from factdesk.errors import BadInput, DomainError, NoSuchRecord
from factdesk.people.models import User
from sources.models import Blanking

#: what stands where something was removed
TOMBSTONE = "[removed by order]"


class NotByTwo(DomainError):
    """Two persons of the desk answer for it."""

    code = "not_by_two"
    status = 400


def columns() -> dict[str, set[str]]:
    """Table -> the columns of free text in it that can be blanked."""
    held = {table: {name.partition(" WHERE ")[0] for name in names[1:]} for table, names in freetext.guarded()}
    return {table: names for table, names in held.items() if table.startswith(("claims_", "sources_")) and names}


@change
def blank(*, table: str, column: str, record: int, ground: str, first: User, second: User) -> Blanking:
    """Blank one text of one record, and of all that its history holds of it. Only over the owner's connection."""
    say_why(ground)
    if first.pk == second.pk or not (first.is_active and second.is_active):
        raise NotByTwo("Two different persons of the desk answer for it.")
    if column not in columns().get(table, ()):
        known = ", ".join(sorted(columns().get(table, ()))) or ", ".join(sorted(columns()))
        problem = {"path": "column", "code": "unknown_column", "message": f"Known here: {known}."}
        raise BadInput(f"There is no text {table[:63]}.{column[:63]} that can be blanked.", [problem])
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT sources_blank(%s, %s, %s, %s, %s, %s, %s)",
            [table, column, record, ground, first.pk, second.pk, TOMBSTONE],
        )
        number = cursor.fetchone()[0]
        if number is not None:  # the table's triggers were silent
            cursor.execute("SELECT changes_tell(%s, %s)", [table, record])
    if number is None:
        raise NoSuchRecord(table, record)
    return Blanking.objects.using("owner").get(pk=number)
