"""History is the database's: what an event holds, and how the application is kept from writing one.

Triggers write an event for every changed row. They alone hold nothing: any session can tell pgtrigger to ignore a
trigger, and whoever may write a table may forge a row. :func:`harden` therefore makes pgtrigger deaf to such settings,
lets every trigger run as the owner, and leaves the application's role just the rights that each model declares.
It runs after every migrate.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models, transaction
from django.db.models.expressions import Func
from pghistory.models import Event as PghEvent

from factdesk import freetext
from factdesk.changes import following

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


def rights(model: type[models.Model]) -> dict[str, set[str]]:
    """What the application's role may do with this model's table: the privilege, and on which columns.

    The model says why. History and what triggers write: read, and mark (``marked_columns``). Decisions
    (``append_only``): read and add, under the number that the database gives. Records: update all but their
    ``kept_columns``. Nothing of the desk is ever deleted by the application, but what ``expires``.
    """
    columns = {str(field.column) for field in model._meta.local_fields if field.column}
    free = {str(field.column) for field in model._meta.local_fields if field.column and not field.generated}
    of_the_desk = model._meta.app_label in ("sources", "claims") or hasattr(model, "pgh_event_model")
    if issubclass(model, PghEvent) or hasattr(model, "written_by_database") or model._meta.label in _READ_ONLY:
        marked = set(getattr(model, "marked_columns", ()))
        return {"SELECT": columns} | ({"UPDATE": marked} if marked else {})
    if hasattr(model, "write_only"):
        return {"INSERT": columns}
    if hasattr(model, "append_only"):
        return {"SELECT": columns, "INSERT": free - {"id"}}
    written = free - set(getattr(model, "kept_columns", ()))
    allowed = {"SELECT": columns, "INSERT": free, "UPDATE": written}
    return allowed if of_the_desk and not hasattr(model, "expires") else {**allowed, "DELETE": set()}


#: Django's own, filled by migrate; groups are not used: roles say who may do what
_READ_ONLY = (
    "contenttypes.ContentType",
    "auth.Permission",
    "auth.Group",
    "auth.Group_permissions",
    "people.User_groups",
    "people.User_user_permissions",
)
_VIEWS = ("claims_open_must", "claims_origin", "claims_origin_summary", "claims_origin_tie")
_QUEUE = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers", "procrastinate_workers")


def _tables() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped:
            yield model


def harden(*, using: str = "owner", app_role: str | None = None) -> None:
    """Take from the application's role every way to write, change or silence history. As the owner, all or nothing."""
    role = f'"{app_role or settings.DATABASES["default"]["USER"]}"'
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_database())")
        [database] = cursor.fetchone()
        for statement in [_IGNORE_NOTHING, _NO_CONTEXT_TABLE, *_database_statements(database, role)]:
            cursor.execute(statement)
        for statement in _table_statements(role):
            cursor.execute(statement)
        cursor.execute(_DEFERRABLE)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        for _, _, statement in _unguarded(cursor):
            cursor.execute(statement)
        for _, statement in _unfollowed(cursor):
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

# Django defers its foreign keys to the end of the transaction: a row could then come before the row that it names, and
# a guard that looks for that row would find nothing to object to.
_DEFERRABLE = """
    SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE', conrelid::regclass, conname)
    FROM pg_constraint WHERE contype = 'f' AND condeferrable AND connamespace = 'public'::regnamespace
    AND conrelid::regclass::text ~ '^(claims|sources|people|changes|webhooks)_'
"""

_OUR_FUNCTIONS = """
    SELECT p.oid::regprocedure::text, p.prorettype = 'trigger'::regtype, p.prosecdef, p.provolatile = 'v'
    FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '^(pgtrigger|claims|sources|people|changes|webhooks)_'
"""


def _function_statements(function: str, is_trigger: bool, is_door: bool, is_closed: bool, role: str) -> Iterator[str]:
    """How one function is closed, or opened to the application.

    A trigger function runs as the owner. A function that only reads may be called. One that writes may be called only
    where its migration made it a door (SECURITY DEFINER).
    """
    yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC, {role}"
    if is_trigger or is_door:
        yield f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = {SEARCH_PATH}"
    if function.startswith(("pgtrigger_update_update_", "sources_keep_names_secret")):
        # pghistory joins old rows to new ones, by a plan made once a session, for one row. It must do for a million.
        # Ours do likewise.
        yield f"ALTER FUNCTION {function} SET enable_nestloop = off"
    if not is_trigger and (is_door or not is_closed):
        yield f"GRANT EXECUTE ON FUNCTION {function} TO {role}"


def _database_statements(database: str, role: str) -> Iterator[str]:
    yield f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}"
    yield f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}"
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {role}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {role}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"


def _table_statements(role: str) -> Iterator[str]:
    for name in ("django_migrations", *_VIEWS):
        yield f"GRANT SELECT ON {name} TO {role}"
    for name in _QUEUE:
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {role}"
    for model in _tables():
        for privilege, columns in rights(model).items():
            listed = ", ".join(f'"{column}"' for column in sorted(columns))
            yield f'GRANT {privilege} {f"({listed})" if listed else ""} ON "{model._meta.db_table}" TO {role}'


def faults() -> list[str]:
    """What is not hardened, in words, as the application's own connection sees it; empty when all is well."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_FAULTS, {"path": f"search_path={SEARCH_PATH}"})
        found = [fault for (fault,) in cursor.fetchall()]
        cursor.execute(_PRIVILEGES)
        held = {(table, privilege): set(columns) for table, privilege, columns in cursor.fetchall()}
        found += [f"{table} is not closed to protected names ({what})" for table, what, _ in _unguarded(cursor)]
        found += [f"{table} is not followed by the feed as it should be" for table, _ in _unfollowed(cursor)]
    return sorted(found + list(_excess(held)))


def _unguarded(cursor: Any) -> list[tuple[str, str, str]]:
    """Tables whose free text may take a protected name: (table, operation, the statement that mends it)."""
    cursor.execute(freetext.HELD)
    return freetext.missing(freetext.held(cursor.fetchall()))


def _unfollowed(cursor: Any) -> list[tuple[str, str]]:
    """Tables whose changes do not come into the feed as they should: (table, the statement that mends it)."""
    cursor.execute(following.HELD)
    return following.missing(cursor.fetchall())


def _excess(held: dict[tuple[str, str], set[str]]) -> Iterator[str]:
    """Privileges of the application that no model grants it. ``held``: (table, privilege) -> columns."""
    granted = {(model._meta.db_table, p): columns for model in _tables() for p, columns in rights(model).items()}
    granted |= {(name, p): set() for name in _QUEUE for p in ("SELECT", "INSERT", "UPDATE", "DELETE")}
    for (table, privilege), columns in held.items():
        more = columns - granted.get((table, privilege), set())
        if (table, privilege) not in granted:
            yield f"the application may {privilege} {table}"
        elif more and table not in _QUEUE:
            yield f"the application may {privilege} {table} ({', '.join(sorted(more))})"


_PRIVILEGES = """
    SELECT c.relname, p.privilege, coalesce(array_agg(a.attname::text)
        FILTER (WHERE p.by_column AND has_column_privilege(c.oid, a.attnum, p.privilege)), '{}')
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    CROSS JOIN (VALUES ('SELECT', true), ('INSERT', true), ('UPDATE', true), ('REFERENCES', true), ('DELETE', false),
                       ('TRUNCATE', false), ('TRIGGER', false)) AS p (privilege, by_column)
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT (p.privilege = 'SELECT' AND c.relname = 'django_migrations')
    GROUP BY c.oid, c.relname, p.privilege, p.by_column
    HAVING bool_or(CASE WHEN p.by_column THEN has_column_privilege(c.oid, a.attnum, p.privilege)
                        ELSE has_table_privilege(c.oid, p.privilege) END)
"""

_FAULTS = """
    SELECT 'the application is a superuser' WHERE (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    UNION ALL
    SELECT 'the application may make temporary objects'
    WHERE has_database_privilege(current_database(), 'TEMPORARY')
    UNION ALL
    SELECT 'the application may make objects in public' WHERE has_schema_privilege('public', 'CREATE')
    UNION ALL
    SELECT 'the application owns table ' || c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND pg_has_role(current_user, c.relowner, 'MEMBER')
    UNION ALL
    SELECT 'function ' || p.proname || ' is not hardened' FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
    AND p.proname ~ '^(pgtrigger|claims|sources|people|changes|webhooks)_'
    AND NOT (p.prosecdef AND coalesce(%(path)s = ANY (p.proconfig), false))
    UNION ALL
    SELECT 'the application may call ' || p.proname FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '^(pgtrigger|claims|sources|people|changes|webhooks)_'
    AND p.provolatile = 'v' AND NOT (p.prosecdef AND p.prorettype <> 'trigger'::regtype)
    AND has_function_privilege(p.oid, 'EXECUTE')
    UNION ALL
    SELECT 'a session may tell triggers to keep still' FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname = '_pgtrigger_should_ignore'
    AND p.prosrc <> 'SELECT false'
    UNION ALL
    SELECT 'trigger ' || t.tgname || ' is off' FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = 'public'::regnamespace
    WHERE NOT t.tgisinternal AND t.tgenabled <> 'O'
    AND t.tgname ~ '^(pgtrigger|claims|sources|people|changes|webhooks)_'
    UNION ALL
    SELECT 'foreign key ' || conname || ' may wait' FROM pg_constraint
    WHERE contype = 'f' AND condeferrable AND connamespace = 'public'::regnamespace
    AND conrelid::regclass::text ~ '^(claims|sources|people|changes|webhooks)_'
"""
