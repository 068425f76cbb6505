"""Imports that are sent over HTTP and done by the worker: the file waits in the desk's home, the order in the database.

The bargain: what came of an order is written in the import's own transaction, so whoever kills the worker, wherever it
is, finds the order either done with its claims or not done and taken up again. A file is there as long as its order
has not ended; what is good of a rejects file is its sender's alone.
"""

import hashlib
import logging
import os
import re
import time
import uuid
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from claims.dossiers.loading import Busy
from claims.importing.bringing import Brought, bring
from claims.models import ImportOrder
from claims.models.order import ENDED
from claims.vocabularies import ImportState
from factdesk.errors import BadInput, DomainError, NotAllowed
from factdesk.jobs import app
from factdesk.people.models import User

log = logging.getLogger(__name__)

#: bytes that a file may have
LARGEST = 4_000_000_000
#: so long an order and its rejects file are kept
KEPT = timedelta(days=7)
#: how often how far it is is written down, in seconds
EVERY = 2.0
CHUNK = 1 << 20
#: so long a file may take to come, while the request's transaction waits for it (factdesk.database says a minute)
COMING = "1h"
#: the worker's task, and where it waits: a big file holds up nothing else
TASK, QUEUE = "claims.tasks.bring_in", "imports"


class Cancelled(Exception):
    """Whoever sent it has thought better of it."""


class TooMuch(Exception):
    """There are more than :data:`LARGEST` bytes."""


class Spooled:
    """A file that is being received. It is kept by :func:`order`; what is not is removed by :meth:`drop`."""

    def __init__(self, stream: BinaryIO, largest: int = LARGEST) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{COMING}'")
        self.path = folder() / f".{uuid.uuid4().hex}.part"
        self.size, found = 0, hashlib.sha256()
        try:
            with os.fdopen(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
                while block := stream.read(min(CHUNK, largest + 1 - self.size)):
                    self.size += len(block)
                    if self.size > largest:
                        raise TooMuch
                    found.update(block)
                    out.write(block)
        except BaseException:
            self.drop()
            raise
        self.sha256 = found.hexdigest()

    def drop(self) -> None:
        """It is not wanted, or has been kept."""
        self.path.unlink(missing_ok=True)


def folder() -> Path:
    """Where files wait: for the desk's own processes alone."""
    found: Path = settings.ENV.home / "imports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def file_of(order: ImportOrder) -> Path:
    """The file that was sent."""
    return folder() / f"{order.pk}.{order.format}"


def rejects_of(order: ImportOrder) -> Path:
    """What of it was bad, in the same format, with the reasons; it is there where something was."""
    return folder() / f"{order.pk}.rejects.{order.format}"


def order(
    *, by: User, spooled: Spooled | None, sort: str, name: str = "", keep_good: bool = False, dry_run: bool = False
) -> ImportOrder:
    """Have a received file (None: nothing came) imported. Part of the present transaction.

    Raises :class:`NotAllowed`, and :class:`BadInput` where it is empty.
    """
    if "propose" not in by.rights:
        raise NotAllowed(f"{by.username} may not propose.", needed=["propose"])
    if spooled is None or not spooled.size:
        told = _("The body is empty: send the file.")
        raise BadInput(told, [{"path": "", "code": "required", "message": told}])
    made = ImportOrder.objects.create(
        person=by,
        lets_through=None if by.let_through is None else sorted(by.let_through),
        file_name=_plain(name) or f"import.{sort}",
        format=sort,
        file_bytes=spooled.size,
        sha256=spooled.sha256,
        keep_good=keep_good,
        dry_run=dry_run,
    )
    made.refresh_from_db()
    os.replace(spooled.path, file_of(made))
    app.configure_task(TASK, queue=QUEUE, lock=QUEUE).defer(order=made.pk)
    return made


def _plain(name: str) -> str:
    """A file's name without its folders, and nothing in it that is no character of a line."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", "", re.split(r"[/\\]", name)[-1]).strip()[:200]


def cancel(*, order_id: int, by: User) -> ImportOrder:
    """It is not to be imported: a waiting one ends now, a running one within seconds, and nothing of it stays."""
    found = ImportOrder.objects.select_for_update().visible_to(by).get(pk=order_id)
    if found.state == ImportState.WAITING:
        _end(found, ImportState.CANCELLED)
    elif not found.has_ended and found.cancel_asked_at is None:
        found.cancel_asked_at = timezone.now()
        found.save(update_fields=["cancel_asked_at"])
    return found


# --- the worker's part ---


def run(number: int) -> str:
    """Do one order. Returns its state. :class:`Busy` where another import is in the way: try again later."""
    found = ImportOrder.objects.select_related("person").filter(pk=number).first()
    if found is None or found.has_ended:
        return found.state if found else ImportState.CANCELLED
    began = found.began_at or timezone.now()
    ImportOrder.objects.filter(pk=number).update(state=ImportState.RUNNING, began_at=began)
    beside = _Beside(number)
    try:
        _bring(found, beside)
    except Busy:
        ImportOrder.objects.filter(pk=number).update(state=ImportState.WAITING)
        raise
    except Cancelled:
        _end(found, ImportState.CANCELLED)
    except BadInput as bad:
        _end(found, ImportState.REFUSED, refused_because=str(bad), problems=bad.problems)
    except DomainError as refused:
        _end(found, ImportState.REFUSED, refused_because=str(refused))
    except Exception:
        _end(found, ImportState.FAILED, refused_because=_("The desk could not do it; its log says why."))
        raise
    finally:
        beside.close()
    return ImportOrder.objects.values_list("state", flat=True).get(pk=number)


def _bring(found: ImportOrder, beside: "_Beside") -> None:
    by, file = found.person, file_of(found)
    by.let_through = None if found.lets_through is None else frozenset(found.lets_through)
    if not by.is_active:
        raise NotAllowed(_("{person} has left the desk.").format(person=by.username))
    if not file.exists():
        raise DomainError(_("The file is not in the desk's home any more: send it again."))
    with transaction.atomic():
        brought = bring(
            file, found.format, by=by, keep_good=found.keep_good, rejects=rejects_of(found), dry_run=found.dry_run,
            tell=beside.tell, name=found.file_name,
        )  # fmt: skip
        _end(found, ImportState.DONE, **_told(brought))


def _told(brought: Brought) -> dict[str, Any]:
    told = asdict(brought)
    del told["rejects"]
    return told | {"differing": [{"line": line, "key": key} for line, key in brought.differing]}


def _end(found: ImportOrder, state: ImportState, **outcome: Any) -> None:
    ImportOrder.objects.filter(pk=found.pk).update(state=state, ended_at=timezone.now(), **outcome)
    transaction.on_commit(lambda: file_of(found).unlink(missing_ok=True))


class _Beside:
    """Writes down how far it is, and sees whether it is still wanted, on a connection beside the import's."""

    def __init__(self, number: int) -> None:
        self.number, self.last = number, 0.0
        self.connection: Any = connection.copy()

    def tell(self, stage: str, done: int, of: int, claims: int) -> None:
        """As :data:`claims.importing.bringing.Tell` says; :class:`Cancelled` where it is not wanted any more."""
        if time.monotonic() - self.last < EVERY:
            return
        self.last = time.monotonic()
        with self.connection.cursor() as cursor:
            cursor.execute(
                "UPDATE claims_importorder SET stage = %s, stage_done = %s, stage_of = %s, claims_done = %s"
                " WHERE id = %s RETURNING cancel_asked_at",
                [stage, done, of, claims, self.number],
            )
            row = cursor.fetchone()
        if row and row[0]:
            raise Cancelled

    def close(self) -> None:
        """It is over."""
        self.connection.close()


def forget_old() -> int:
    """Forget what ended long ago, and remove files that nobody waits for. Returns how many orders went."""
    old = timezone.now() - KEPT
    gone, _each = ImportOrder.objects.filter(state__in=ENDED, ended_at__lt=old).delete()
    waited_for = {str(number) for number in ImportOrder.objects.exclude(state__in=ENDED).values_list("pk", flat=True)}
    kept = {f"{number}.rejects" for number in ImportOrder.objects.values_list("pk", flat=True)}
    for path in folder().iterdir():
        if path.stem not in waited_for | kept and path.stat().st_mtime < time.time() - 86_400:
            path.unlink(missing_ok=True)
    return gone
