"""Is it alive, is it ready: for whoever watches the process. No login, no secrets, cheap enough to ask every second."""

import logging
from collections.abc import Callable
from threading import Event

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from factdesk import history

log = logging.getLogger(__name__)

#: Set once every migration was found applied: while the process lives its code brings no new ones.
_migrated = Event()


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. The database is not asked."""
    return _uncached(JsonResponse({"ok": True}))


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether requests can be served: 200 or 503, with each check in words."""
    found = {name: _ask(name, check) for name, check in CHECKS.items()}
    ready = all(fault is None for fault in found.values())
    checks = {name: {"ok": fault is None, "says": fault or "All is well."} for name, fault in found.items()}
    return _uncached(JsonResponse({"ok": ready, "checks": checks}, status=200 if ready else 503))


def _uncached(response: JsonResponse) -> JsonResponse:
    response["Cache-Control"] = "no-store"
    return response


def _ask(name: str, check: Callable[[], str | None]) -> str | None:
    """What is wrong, or None. What the database said goes to the log: it may name hosts and roles."""
    try:
        return check()
    except Error as error:
        log.warning("readyz: %s: %s", name, error)
        return "The database does not answer."


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


def _migrations() -> str | None:
    if _migrated.is_set():
        return None
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return f"{len(waiting)} migrations are not applied; run: script/manage migrate."
    _migrated.set()
    return None


def _queue() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM procrastinate_jobs)")
    return None


def _history() -> str | None:
    faults = history.faults()
    if not faults:
        return None
    log.warning("readyz: history is not hardened: %s", "; ".join(faults))
    return f"History is not hardened: {len(faults)} faults, listed in the log; run: script/manage harden."


CHECKS: dict[str, Callable[[], str | None]] = {
    "database": _database,
    "migrations": _migrations,
    "queue": _queue,
    "history": _history,
}
