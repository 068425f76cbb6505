"""What a person is told of: read, marked as seen, switched on and off, and sent by mail.

The database writes the notices (``claims.models.telling``). Mail leaves the house, so it says what happened and where
to look, and holds no words of the record.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.core.mail import get_connection, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from claims.models import Notice, NoticeSwitch
from claims.vocabularies import NoticeAbout
from factdesk.change import change, may
from factdesk.context import acting
from factdesk.errors import BadInput
from factdesk.people.models import User

#: What could not be mailed for so long is not mailed any more.
MAILED_WITHIN = timedelta(days=1)
#: So many notices go into one mail.
AT_ONCE = 500


def of(person: User) -> QuerySet[Notice]:
    """Their notices, newest first, without what they do not want to see in the desk."""
    return _wanted(Notice.objects.filter(person=person), "in_desk").select_related("claim", "piece__document", "by")


def unseen(person: User) -> int:
    """How many of them they have not seen; counted up to 100."""
    return int(of(person).filter(seen_at__isnull=True).order_by()[:100].count())


@change
def see(*, by: User, up_to: int) -> int:
    """Mark their notices up to this number as seen. Returns how many were not."""
    may(by, "read")
    with acting(by=by, why="notices seen"):
        waiting = Notice.objects.filter(person=by, pk__lte=up_to, seen_at__isnull=True)
        return int(waiting.update(seen_at=timezone.now()))


def opened(*, by: User, claim_id: int | None = None, document_id: int | None = None) -> int:
    """A record's page is shown to them: what they were told of it is seen. Returns how many they have still not seen.

    Costs those who have seen everything no more than the count that every page's head shows.
    """
    waiting = unseen(by)
    if not waiting:
        return 0
    about = Q(claim=claim_id) if claim_id is not None else Q(piece__document=document_id)
    with acting(by=by, why="notices seen"):
        fresh = Notice.objects.filter(about, person=by, seen_at__isnull=True)
        return unseen(by) if fresh.update(seen_at=timezone.now()) else waiting


@change
def switch(*, by: User, about: str, in_desk: bool, by_mail: bool) -> NoticeSwitch:
    """How they want to be told of this from now on."""
    may(by, "read")
    if about not in NoticeAbout.values:
        raise BadInput("There are no such notices.", [{"path": "about", "code": "unknown_word", "message": about[:60]}])
    with acting(by=by, why="notices switched"):
        row, _made = NoticeSwitch.objects.update_or_create(
            person=by, about=about, defaults={"in_desk": in_desk, "by_mail": by_mail}
        )
        return row


def switches(person: User) -> dict[str, tuple[bool, bool]]:
    """For each sort of notice: in the desk, by mail."""
    set_so = {row.about: (row.in_desk, row.by_mail) for row in NoticeSwitch.objects.filter(person=person)}
    return {word: set_so.get(word, (True, True)) for word in NoticeAbout.values}


def send(base: str) -> int:
    """Mail what has not been mailed, one mail a person; ``base``: scheme and host of the desk. Returns how many mails.

    Each person's mail is a transaction of its own, so that one bad address keeps nobody else waiting. What cannot be
    sent stays unmailed and is tried again the next time, for a day; when all others have theirs, it is raised.
    """
    sent, failed = 0, []
    waiting = list(_unmailed().order_by("person").values_list("person", flat=True).distinct())
    if not waiting:
        return 0
    with get_connection() as server:  # where it cannot be reached, nobody has to wait for anybody
        for number in waiting:
            try:
                with transaction.atomic():
                    sent += _send_to(number, base, server)
            except (OSError, ValueError) as error:  # what the server says of one mail, and an address that is none
                error.add_note(f"mail to person {number}")
                failed.append(error)
    if failed:
        raise ExceptionGroup(f"{len(failed)} of {sent + len(failed)} mails were not sent", failed)
    return sent


def _unmailed() -> QuerySet[Notice]:
    fresh = Notice.objects.filter(mailed_at__isnull=True, created_at__gt=timezone.now() - MAILED_WITHIN)
    return _wanted(fresh.filter(person__is_active=True).exclude(person__email=""), "by_mail")


def _send_to(person: int, base: str, server: BaseEmailBackend) -> int:
    """One person's mail, sent before it is noted as sent. Returns how many: none where another worker has it."""
    rows = _unmailed().filter(person=person).select_for_update(of=("self",), skip_locked=True)
    told = list(rows.select_related("person", "by", "piece")[:AT_ONCE])
    if not told:
        return 0
    _mail(told[0].person, told, base, server)
    Notice.objects.filter(pk__in=[notice.pk for notice in told]).update(mailed_at=timezone.now())
    return 1


def _mail(person: User, notices: Iterable[Notice], base: str, server: BaseEmailBackend) -> None:
    lines = [_line(notice, base) for notice in notices]
    name = person.get_full_name() or person.username
    body = "\n".join([_("Hello %(name)s,") % {"name": name}, "", *lines, "", _("You choose what you are told of:"),
                      f"{base}{reverse('account_home')}", ""])  # fmt: skip
    subject = _("factdesk: %(count)d for you") % {"count": len(lines)}
    send_mail(subject, body, None, [person.email], connection=server)


def _line(notice: Notice, base: str) -> str:
    about = str(NoticeAbout(notice.about).label)
    who = f" ({notice.by.get_full_name() or notice.by.username})" if notice.by else ""
    return f"- {about}{who}: {base}{place(notice)}"


def place(notice: Notice) -> str:
    """The address of the page where to look."""
    if notice.piece is not None:
        return reverse("admin:sources_document_change", args=[notice.piece.document_id])
    return reverse("admin:claims_claim_change", args=[notice.claim_id])


def _wanted(notices: QuerySet[Notice], way: str) -> QuerySet[Notice]:
    off = NoticeSwitch.objects.filter(person=OuterRef("person"), about=OuterRef("about"), **{way: False})
    return notices.filter(~Exists(off)).order_by("-pk")
