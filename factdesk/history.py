"""History is the database's: what an event row holds, and who may write one (nobody).

Triggers write an event for every changed row. :func:`harden` takes from the application's role every way to
write, change or silence them. Run as the owner after every migrate.
"""

from django.db import models
from django.db.models.expressions import Func
from pghistory.models import Event as PghEvent


class SessionUser(Func):
    """The role that logged in, whatever SECURITY DEFINER function it is asked in."""

    template = "SESSION_USER"
    output_field = models.TextField()


class Event(PghEvent):
    """One state of one row, as a trigger saw it.

    ``pgh_context`` is what the application declared (``factdesk.context``); ``pgh_session_user`` is the database
    role that did it, whatever was declared.
    """

    pgh_id = models.BigAutoField(primary_key=True)
    pgh_session_user = models.TextField(db_default=SessionUser(), editable=False)

    class Meta:
        abstract = True
