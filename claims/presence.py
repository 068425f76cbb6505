"""Who is at which line of a copy just now: told to the others there, and to nobody later.

The bargain: one row a person, written over; no history, no figure. Nobody is kept out of a line by somebody's being
there. It is no change of the record, so it runs outside :func:`factdesk.context.acting`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from claims.models import Presence
from factdesk.change import may
from factdesk.errors import NoSuchRecord
from factdesk.people.models import User
from sources.models import Document, Sentence

#: Who was last heard of so long ago has gone.
GONE_AFTER = timedelta(seconds=60)
#: Whoever stays at a line is written down again after so long, not sooner.
AT_MOST_EVERY = timedelta(seconds=10)
#: What is left of those who have gone is cleared after so long.
KEPT = timedelta(days=1)

_BE_AT = """
INSERT INTO claims_presence AS p (person_id, document_id, sentence_id, at) VALUES (%s, %s, %s, clock_timestamp())
ON CONFLICT (person_id) DO UPDATE SET document_id = EXCLUDED.document_id, sentence_id = EXCLUDED.sentence_id,
    at = EXCLUDED.at
WHERE (p.document_id, p.sentence_id) IS DISTINCT FROM (EXCLUDED.document_id, EXCLUDED.sentence_id)
    OR p.at < EXCLUDED.at - make_interval(secs => %s)
"""


@dataclass(frozen=True)
class Other:
    """Somebody else at the same document. ``sentence_id``: at which line; None: at no line in particular."""

    person: User
    sentence_id: int | None
    at: datetime

    @property
    def name(self) -> str:
        """What they are called."""
        return self.person.get_full_name() or self.person.username


def be_at(document_id: int, sentence_id: int | None, *, by: User) -> None:
    """``by`` is at this line of this document now. Raises :class:`NoSuchRecord` where they may not see it."""
    may(by, "read")
    _seen(document_id, by)
    if sentence_id is not None:
        lines = Sentence.objects.visible_to(by).filter(pk=sentence_id, snapshot__document=document_id)
        if not lines.exists():
            raise NoSuchRecord("sentence", sentence_id)
    with connection.cursor() as cursor:
        cursor.execute(_BE_AT, [by.pk, document_id, sentence_id, AT_MOST_EVERY.total_seconds()])


def who_is_at(document_id: int, *, by: User) -> list[Other]:
    """Who else is at this document, in the order of their coming to where they are. Raises :class:`NoSuchRecord`."""
    may(by, "read")
    _seen(document_id, by)
    there = Presence.objects.filter(document=document_id, at__gt=timezone.now() - GONE_AFTER, person__is_active=True)
    rows = there.exclude(person=by).select_related("person").order_by("at", "person")
    return [Other(row.person, row.sentence_id, row.at) for row in rows]


def clear() -> int:
    """Forget who was where a day ago and longer. Returns how many."""
    return int(Presence.objects.filter(at__lt=timezone.now() - KEPT).delete()[0])


def _seen(document_id: int, by: User) -> None:
    if not Document.objects.visible_to(by).filter(pk=document_id).exists():
        raise NoSuchRecord("document", document_id)
