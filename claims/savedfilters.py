"""What somebody looks for in the queue again and again: kept under a name, shared with the desk, dropped."""

from django.http import QueryDict
from django.utils import timezone

from claims import queue
from claims.models import SavedFilter
from factdesk.change import change, locked, may, write
from factdesk.context import acting
from factdesk.errors import BadInput, NotAllowed
from factdesk.people.models import User

#: So many filters of one's own, and so many of the desk's.
MOST = 30


@change
def keep(*, by: User, name: str, query: str, shared: bool = False, on_today: bool = False) -> SavedFilter:
    """Keep what ``query`` asks for under a name; one's own of that name is written over.

    Sharing it with the desk is for those who assign work. ``on_today``: it comes first in what waits for this person,
    in place of any other. Raises :class:`BadInput` where there are too many, or nothing is understood of the query.
    """
    may(by, "read")
    if shared:
        may(by, "assign")
    wanted = queue.read(QueryDict(query))
    with acting(by=by, why="filter kept"):
        own = SavedFilter.objects.filter(person=by, dropped_at__isnull=True).select_for_update(no_key=True)
        rows = {one.name: one for one in own}
        if name not in rows and len(rows) >= MOST:
            told = f"You have {MOST} filters; drop one first."
            raise BadInput(told, [{"path": "name", "code": "too_many", "message": told}])
        if on_today:
            own.filter(on_today=True).exclude(name=name).update(on_today=False)
        said = {"query": wanted.query, "shared": shared, "on_today": on_today}
        if name not in rows:
            return SavedFilter.objects.create(person=by, name=name, **said)
        write(rows[name], said)
        return rows[name]


@change
def drop(*, by: User, filter_id: int, version: int | None = None) -> SavedFilter:
    """Not kept any more: one's own, or, by those who assign work, one that is shared."""
    may(by, "read")
    with acting(by=by, why="filter dropped"):
        row: SavedFilter = locked(SavedFilter.objects.seen_by(by), filter_id, version, "saved filter")
        if row.person_id != by.pk and not by.may("assign"):
            raise NotAllowed("This filter is the desk's: editors drop it.", needed=["assign"])
        write(row, {"dropped_at": timezone.now(), "on_today": False})
        return row


def of(by: User) -> list[SavedFilter]:
    """Their own and the desk's, by name, their own first."""
    rows = SavedFilter.objects.seen_by(by).select_related("person").order_by("name", "pk")[: MOST * 4]
    return sorted(rows, key=lambda one: (one.person_id != by.pk, one.name.casefold()))
