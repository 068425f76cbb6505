"""Who may see which rows. A model says which of its rows are restricted; here stands what that means."""

from typing import Any, ClassVar, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from factdesk.people.roles import Asker

M = TypeVar("M", bound=Model)


class Visible(QuerySet[M]):
    """Rows that not everybody may see.

    ``restricted`` says which of them are restricted material (a document that is, and whatever stands only in one);
    None: none are. Whoever may read sees the others; restricted ones only who may ``read_restricted``, too.
    """

    restricted: ClassVar[Q | None] = None

    def visible_to(self, asker: Asker) -> Self:
        """The rows that this person, or this token, may read. The only place that says so."""
        if not asker.may("read"):
            return self.none()
        if self.restricted is None or asker.may("read_restricted"):
            return self
        return self.filter(~self.restricted)


def in_restricted(document: str, **more: Any) -> Q:
    """The condition that the document at the end of the path ``document`` is restricted."""
    return Q(**{f"{document}__restricted": True}, **more)
