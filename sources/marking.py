"""Marking words by saying them: where they stand in a saved copy is found, and they are marked there."""

from django.utils.translation import gettext as _

from factdesk.change import change
from factdesk.errors import BadInput, NoSuchRecord
from factdesk.people.models import User
from sources.editing import mark
from sources.models import Passage, Snapshot


def _bad(code: str, message: str) -> BadInput:
    return BadInput(message, [{"path": "words", "code": code, "message": message}])


@change
def mark_words(
    *, snapshot_id: int, words: str, by: User, part: str = "body", locator: str = "", which: int | None = None
) -> Passage:
    """Mark these words of a snapshot whose text is held; ``which`` of them, counted from 1, where they stand there
    more than once. Raises :class:`BadInput` where they are not there, or it is not said which is meant.
    """
    snapshot = Snapshot.objects.visible_to(by).filter(pk=snapshot_id).first()
    if snapshot is None or snapshot.text is None:
        raise NoSuchRecord("saved copy with its text", snapshot_id)
    said = words.replace("\r\n", "\n")
    if not said.strip():
        raise _bad("empty", _("Say which words."))
    places, at = [], snapshot.text.find(said)
    while at >= 0:
        places.append(at)
        at = snapshot.text.find(said, at + 1)
    if not places:
        raise _bad("not_there", _("These words do not stand in the saved copy."))
    is_said = len(places) == 1 if which is None else 0 < which <= len(places)
    if not is_said:
        told = _("These words stand there {count} times: say which, or give more of them.")
        raise _bad("several", told.format(count=len(places)))
    start = places[(which or 1) - 1]
    return mark(snapshot_id=snapshot_id, start=start, end=start + len(said), by=by, part=part, locator=locator)
