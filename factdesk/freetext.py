"""Free text: which columns people write in their own words, and the triggers that keep protected names out of them.

The bargain: a new column of text is guarded without anybody thinking of it. What is looked at is worked out from the
models; ``harden`` makes the triggers after every migrate, and ``/readyz`` is red where one is missing. What they do is
the function ``sources_keep_names_secret``.
"""

from collections.abc import Iterator

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from pghistory.models import Event

OURS = ("sources", "claims", "people", "webhooks")
#: the people of the desk under their own names; counters; and the protected names themselves
NOT_LOOKED_AT = frozenset({"people.User", "people.Invitation", "people.CacheEntry", "sources.ProtectedName"})
#: columns of text that hold no words
NO_WORDS = frozenset({"sha256", "original_sha256", "digest", "token_key", "secret", "old_secret"})

NAME = "sources_keeps_names_secret_on_"
#: operation -> the rows that its trigger sees
OPERATIONS = {"insert": "NEW TABLE AS new_rows", "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows"}


def free_text(model: type[models.Model]) -> list[str]:
    """The model's columns of free text; a condition after `` WHERE ``, where a name is refused only under one.

    A column of words from a vocabulary is none, and neither is a generated one.
    """
    where: dict[str, str] = getattr(model, "names_are_refused_where", {})
    return [
        f"{field.column} WHERE {where[field.name]}" if field.name in where else str(field.column)
        for field in model._meta.local_concrete_fields
        if _holds_words(field)
    ]


def _holds_words(field: models.Field) -> bool:  # type: ignore[type-arg]
    inner = field.base_field if isinstance(field, ArrayField) else field
    text = isinstance(inner, models.CharField | models.TextField | models.JSONField)
    return bool(text and not inner.choices and not field.generated and field.name not in NO_WORDS)


def guarded() -> Iterator[tuple[str, list[str]]]:
    """Each table that is looked at, with its triggers' arguments: the primary key, then the columns.

    A table without free text is one of them where it has a history, since that takes down a reason.
    """
    for model in apps.get_models():
        meta = model._meta
        ours = meta.app_label in OURS and meta.managed and not meta.proxy and not issubclass(model, Event)
        if ours and meta.label not in NOT_LOOKED_AT:
            columns = free_text(model)
            if columns or hasattr(model, "pgh_event_model"):
                yield meta.db_table, [str(meta.pk.column), *columns]


def missing(held: dict[tuple[str, str], str]) -> list[tuple[str, str, str]]:
    """What there is of (table, operation) -> arguments, against what there should be: (table, operation, SQL).

    The SQL makes it as it should be.
    """
    wanted = {(table, operation): arguments for table, arguments in guarded() for operation in OPERATIONS}
    found = []
    for (table, operation), arguments in wanted.items():
        if held.get((table, operation)) != "\0".join(arguments):
            listed = ", ".join("'{}'".format(argument.replace("'", "''")) for argument in arguments)
            found.append(
                (
                    table,
                    operation,
                    f'CREATE OR REPLACE TRIGGER {NAME}{operation} AFTER {operation} ON "{table}"'
                    f" REFERENCING {OPERATIONS[operation]} FOR EACH STATEMENT"
                    f" EXECUTE FUNCTION public.sources_keep_names_secret({listed})",
                )
            )
    found += [
        (table, operation, f'DROP TRIGGER {NAME}{operation} ON "{table}"')
        for table, operation in held.keys() - wanted.keys()
    ]
    return found


#: What there is: (table, operation, arguments with NULs between them as \000)
HELD = f"""
    SELECT c.relname::text, substr(t.tgname, {len(NAME) + 1})::text, encode(t.tgargs, 'escape')
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace = 'public'::regnamespace
    WHERE t.tgname LIKE '{NAME}%' AND t.tgfoid = to_regproc('public.sources_keep_names_secret')
"""  # noqa: S608 - our own literals


def held(rows: list[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    """The rows of :data:`HELD`, as :func:`missing` takes them."""
    return {
        (table, operation): arguments.removesuffix("\\000").replace("\\000", "\0")
        for table, operation, arguments in rows
    }
