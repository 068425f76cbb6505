"""History is the database's: what an event holds, and how the application is kept from writing one.

Triggers write an event for every changed row. They alone hold nothing: any session can tell pgtrigger to ignore a
trigger, and whoever may write a table may forge a row. :func:`harden` therefore makes pgtrigger deaf to such settings,
lets every trigger run as the owner, and leaves the application's role just the rights that each model declares.
It runs after every migrate.
"""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connections, models, transaction
from django.db.models.expressions import Func
from pghistory.models import Event as PghEvent

SEARCH_PATH = "pg_catalog, public, pg_temp"


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


def rights(model: type[models.Model]) -> list[str]:
    """What the application's role may do with this model's table, as GRANT words it; the model says why.

    History and what triggers write: read. Decisions (``append_only``): read and add. Records: update all but their
    ``kept_columns``. Nothing of the desk is ever deleted by the application.
    """
    by_hand = ("contenttypes.ContentType", "auth.Permission")
    if issubclass(model, PghEvent) or hasattr(model, "written_by_database") or model._meta.label in by_hand:
        return ["SELECT"]
    if hasattr(model, "write_only"):
        return ["INSERT"]
    if hasattr(model, "append_only"):
        return ["SELECT", "INSERT"]
    kept = set(getattr(model, "kept_columns", ()))
    if kept:
        free = [f.column for f in model._meta.local_fields if f.column and f.column not in kept and not f.generated]
        return ["SELECT", "INSERT", f"UPDATE ({', '.join(free)})"]
    if model._meta.app_label in ("sources", "claims") or hasattr(model, "pgh_event_model"):
        return ["SELECT", "INSERT", "UPDATE"]
    return ["SELECT", "INSERT", "UPDATE", "DELETE"]


def harden(*, using: str = "owner", app_role: str | None = None) -> None:
    """Take from the application's role every way to write, change or silence history. As the owner, all or nothing."""
    role = app_role or settings.DATABASES["default"]["USER"]
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        [database] = cursor.fetchone()
        for statement in [
            _IGNORE_NOTHING,
            _NO_CONTEXT_TABLE,
            *_database_statements(database, role),
            *_table_statements(role),
        ]:
            cursor.execute(statement)
        cursor.execute(_OUR_FUNCTIONS)
        for function, is_trigger, is_door, is_closed in cursor.fetchall():
            for statement in _function_statements(function, is_trigger, is_door, is_closed, role):
                cursor.execute(statement)


# pgtrigger's triggers ask this function whether the session told them to keep still (``SET pgtrigger.ignore``).
_IGNORE_NOTHING = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""

# pghistory's statement triggers ask this function to write a context row, which our events do not point at.
_NO_CONTEXT_TABLE = """
    CREATE OR REPLACE FUNCTION public._pgh_attach_context() RETURNS uuid
    LANGUAGE sql IMMUTABLE AS 'SELECT NULL::uuid'
"""

_OUR_FUNCTIONS = r"""
    SELECT p.oid::regprocedure::text, p.prorettype = 'trigger'::regtype, p.prosecdef, p.provolatile = 'v'
    FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace
    AND p.proname ~ '^(pgtrigger_|claims_|sources_|people_)'
"""


def _function_statements(function: str, is_trigger: bool, is_door: bool, is_closed: bool, role: str) -> Iterator[str]:
    """How one function is closed, or opened to the application.

    A trigger function runs as the owner. A function that only reads may be called. One that writes may be called only
    where its migration made it a door (SECURITY DEFINER).
    """
    yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"
    if is_trigger or is_door:
        yield f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = {SEARCH_PATH}"
    if function.startswith("pgtrigger_update_update_"):
        # pghistory joins old rows to new ones, by a plan made once a session, for one row. It must do for a million.
        yield f"ALTER FUNCTION {function} SET enable_nestloop = off"
    if not is_trigger and (is_door or not is_closed):
        yield f'GRANT EXECUTE ON FUNCTION {function} TO "{role}"'


def _database_statements(database: str, role: str) -> Iterator[str]:
    yield f'REVOKE TEMPORARY ON DATABASE "{database}" FROM PUBLIC'
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f'GRANT USAGE ON SCHEMA public TO "{role}"'
    yield f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{role}"'
    yield f'REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM "{role}"'
    yield f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"'


def _table_statements(role: str) -> Iterator[str]:
    yield f'GRANT SELECT ON django_migrations TO "{role}"'
    for view in ("claims_origin", "claims_origin_summary", "claims_origin_tie"):
        yield f'GRANT SELECT ON {view} TO "{role}"'
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped:
            yield f'GRANT {", ".join(rights(model))} ON "{model._meta.db_table}" TO "{role}"'
    # Procrastinate's models are read-only views of tables that its own SQL functions write.
    for table in ("jobs", "events", "periodic_defers", "workers"):
        yield f'GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_{table} TO "{role}"'


def faults() -> list[str]:
    """What is not hardened, in words, as the application's own connection sees it; empty when all is well."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_FAULTS)
        return [fault for (fault,) in cursor.fetchall()]


_FAULTS = r"""
    SELECT 'the application is a superuser' WHERE (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    UNION ALL
    SELECT 'the application owns table ' || c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    AND pg_has_role(current_user, c.relowner, 'MEMBER')
    UNION ALL
    SELECT 'function ' || p.proname || ' is not hardened' FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
    AND p.proname ~ '^(pgtrigger_|claims_|sources_|people_)'
    AND NOT (p.prosecdef AND coalesce(p.proconfig::text, '') LIKE '%search_path=%')
    UNION ALL
    SELECT 'a session may tell triggers to keep still' FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname = '_pgtrigger_should_ignore'
    AND p.prosrc <> 'SELECT false'
    UNION ALL
    SELECT 'the application may write ' || c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    AND (c.relname ~ '^(claims|sources|people)_.*event$'
         OR c.relname IN ('claims_transition', 'django_migrations'))
    AND (has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE')
         OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE'))
"""
