"""``field__among=numbers``: one of many whole numbers, as one parameter; ``in`` makes and checks one for each."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignObject, Lookup
from django.db.models.sql.compiler import SQLCompiler


@Field.register_lookup
@ForeignObject.register_lookup  # keys do not take what other fields do
class Among(Lookup):
    """``column = ANY (array)``; of no numbers nothing is asked."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """The condition, and its parameters."""
        numbers = list(self.rhs)
        if not numbers:
            raise EmptyResultSet
        column, given = self.process_lhs(compiler, connection)
        return f"{column} = ANY (%s::bigint[])", (*given, numbers)
