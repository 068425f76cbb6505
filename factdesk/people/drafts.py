"""What is typed and not sent, kept for the one who typed it: drafts, and the seals by which forms name them.

The bargain: whatever stops a form on its way (a refusal, an expired session, a token that is too old, a closed tab),
its words are there when the form is opened again, for that person and for nobody else. Each form carries a seal,
signed: whose it is, which form, and where it stands. The seal is what lets a form be kept for its person when nobody
is signed in any more; it opens nothing and shows nothing. A draft is no record of the desk: it is in no history, and
it is gone once the form is saved, or after thirty days.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils import timezone

from factdesk.change import change
from factdesk.errors import DomainError
from factdesk.people.models import LONGEST_ADDRESS, LONGEST_DRAFT, Draft, User

#: Fields that every form has, and that are not typed.
SEAL, NUMBER = "draft_seal", "draft_number"
NOT_TYPED = frozenset({SEAL, NUMBER, "csrfmiddlewaretoken", "find", "discard"})

SALT = "factdesk.people.drafts"
#: So long after a form was opened is it still kept for who opened it.
SEAL_AGE = timedelta(days=7)
#: So long is a draft kept that nobody touches.
DRAFT_AGE = timedelta(days=30)
#: So many texts of other windows are kept beside the newest.
MOST_EARLIER = 5

Typed = dict[str, list[str]]


class DraftTooLong(DomainError):
    """More was typed than a draft holds."""

    code = "draft_too_long"
    status = 413


@dataclass(frozen=True)
class Sheet:
    """A form as somebody opened it: whose (a person's number), which, and the address where it stands."""

    person: int
    form: str
    address: str


@dataclass(frozen=True)
class Kept:
    """A draft to go on with. ``number`` travels with the form, so that two windows notice each other."""

    typed: Typed
    at: Any
    number: int
    earlier: list[dict[str, Any]]


def seal(sheet: Sheet) -> str:
    """The hidden field by which a form says whose it is."""
    return signing.dumps([sheet.person, sheet.form, sheet.address], salt=SALT)


def opened(sealed: str) -> Sheet | None:
    """What a seal says; None where it is none of ours, or too old."""
    try:
        person, form, address = signing.loads(sealed, salt=SALT, max_age=SEAL_AGE)
    except (signing.BadSignature, ValueError):
        return None
    return Sheet(person, form, address)


def typed_in(posted: Mapping[str, Any]) -> Typed:
    """What was typed, out of a posted form: every field but those that every form has."""
    lists: Iterable[tuple[str, list[str]]] = posted.lists()  # type: ignore[attr-defined]
    return {name: list(values) for name, values in lists if name not in NOT_TYPED}


@change
def keep(*, sheet: Sheet, typed: Typed, seen: int) -> Draft | None:
    """Keep what was typed. ``seen`` is the draft's number that the window knew (0: none).

    Where another window wrote in between, its text goes to ``earlier`` first. None for a person who is gone.
    Raises :class:`DraftTooLong`, and Refused where it holds a name that is protected; then nothing has changed.
    """
    text = json.dumps(typed, ensure_ascii=False)
    if len(text) > LONGEST_DRAFT:
        raise DraftTooLong("This is too long to be kept as a draft.", longest=LONGEST_DRAFT)
    if not User.objects.filter(pk=sheet.person, is_active=True).exists():
        return None
    place = {"address": sheet.address[:LONGEST_ADDRESS]}
    with transaction.atomic():
        draft, made = Draft.objects.select_for_update().get_or_create(
            person_id=sheet.person, form=sheet.form, defaults={**place, "typed": text, "updated_at": timezone.now()}
        )
        if not made:
            if draft.number != seen and draft.typed != text:
                draft.earlier = _with_earlier(draft)
            draft.typed, draft.number, draft.updated_at = text, draft.number + 1, timezone.now()
            draft.address = place["address"]
            draft.save(update_fields=["typed", "earlier", "number", "updated_at", "address"])
        return draft


def _with_earlier(draft: Draft) -> str:
    """``earlier`` with the draft's present text in front: as many as there is room for."""
    found = [{"at": draft.updated_at.isoformat(), "typed": json.loads(draft.typed)}, *json.loads(draft.earlier)]
    found = found[:MOST_EARLIER]
    while len(text := json.dumps(found, ensure_ascii=False)) > LONGEST_DRAFT:
        found.pop()
    return text


def of(person: User, form: str) -> Kept | None:
    """The person's own draft of this form. There is no way to ask for another's."""
    return among(person, [form]).get(form)


def among(person: User, forms: Iterable[str]) -> dict[str, Kept]:
    """The person's own drafts of these forms, by the form; one query."""
    return {draft.form: _kept(draft) for draft in Draft.objects.filter(person=person, form__in=list(forms))}


def _kept(draft: Draft) -> Kept:
    earlier = [{**one, "moment": datetime.fromisoformat(one["at"])} for one in json.loads(draft.earlier)]
    return Kept(json.loads(draft.typed), draft.updated_at, draft.number, earlier)


def all_of(person: User) -> list[Draft]:
    """The person's own drafts, newest first, without their texts."""
    return list(Draft.objects.filter(person=person).defer("typed", "earlier").order_by("-updated_at")[:100])


def done(*, person: User, form: str, seen: int) -> None:
    """The form was saved: its draft goes. What another window wrote, which this one did not see, stays."""
    with transaction.atomic():
        draft = Draft.objects.select_for_update().filter(person=person, form=form).first()
        if draft is None or draft.number != seen:
            return
        earlier = json.loads(draft.earlier)
        if not earlier:
            draft.delete()
            return
        newest, *rest = earlier
        draft.typed, draft.earlier = json.dumps(newest["typed"], ensure_ascii=False), json.dumps(rest)
        draft.number += 1
        draft.save(update_fields=["typed", "earlier", "number"])


def discard(*, person: User, form: str) -> None:
    """Throw the person's draft of this form away, with what other windows left of it."""
    Draft.objects.filter(person=person, form=form).delete()


def forget_old() -> int:
    """Delete the drafts that nobody touched for thirty days. Returns how many."""
    return Draft.objects.filter(updated_at__lt=timezone.now() - DRAFT_AGE).delete()[0]
