"""Full-text search: a column that PostgreSQL keeps, and querysets that ask it.

The bargain: any text is a valid query (``websearch_to_tsquery``: words, "phrases", or, -not), and the best of many
matches are looked for among the newest 2,000, so that a common word costs no more than that.
"""

from typing import Any, ClassVar, Self, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, F, FloatField, Func, GeneratedField, Manager, Model, Value

from factdesk.visibility import Visible

#: Among so many of the newest matches are the best looked for.
NEWEST = 2000
#: A query is cut after so many characters.
LONGEST = 1000

#: PostgreSQL's parser takes no more than 32 operators that wait for a word ("tsquery stack too small").
MOST_MINUSES = 20

M = TypeVar("M", bound=Model)


class Words(Func):
    """The lexemes of some columns, each column with its weight (``weights``: "ABB"), by a PostgreSQL configuration."""

    output_field = SearchVectorField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> tuple[str, Any]:
        """Concatenated ``setweight(to_tsvector(…))``; a list of texts is joined by ``sources_words``."""
        vectors, values = [], []
        for expression, weight in zip(self.get_source_expressions(), self.extra["weights"], strict=True):
            column, given = compiler.compile(expression)
            text = f"sources_words({column})" if isinstance(expression.output_field, ArrayField) else column
            vectors.append(f"setweight(to_tsvector('{self.extra['config']}'::regconfig, {text}), '{weight}')")
            values += given
        return " || ".join(vectors), values


def words_of(config: str, **weights: str) -> GeneratedField:
    """A stored column to search in: ``words_of("english", statement="A", place="B")``."""
    return GeneratedField(
        expression=Words(*weights, config=config, weights="".join(weights.values())),
        output_field=SearchVectorField(),
        db_persist=True,
        editable=False,
    )


class _Asked(Func):
    template = "websearch_to_tsquery('%(config)s'::regconfig, %(expressions)s)"
    output_field = SearchVectorField()  # never read


class _Matches(Func):
    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()
    conditional = True


class _AnyOf(Func):
    """``id = ANY(ARRAY(…))``: looked up by the index, where ``IN`` would read the whole table."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()
    conditional = True


class _Rank(Func):
    template = "ts_rank(%(expressions)s)::float8"  # as a cursor can say it without loss
    output_field = FloatField()


class Searched(Visible[M]):
    """Rows with a column ``search`` (:func:`words_of`); ``config`` is the configuration that made it."""

    config: ClassVar[str] = "simple"

    def _asked(self, words: str) -> Func:
        *first, rest = words.replace("\0", " ")[:LONGEST].split("-", MOST_MINUSES)
        text = "-".join([*first, rest.replace("-", " ")])
        return _Asked(Value(text), config=self.config)

    def matching(self, words: str) -> Self:
        """All matches for a web-style query, in no order. Any input is a valid query."""
        return self.filter(_Matches(F("search"), self._asked(words)))

    def search(self, words: str) -> Self:
        """Matches for a web-style query, best first among the newest 2,000. Any input is a valid query.

        ``relevance`` is annotated: it depends on the row and the query alone.
        """
        newest = self.matching(words).order_by("-pk")[:NEWEST].values("pk")
        ranked: Any = self.model._default_manager.filter(_AnyOf(F("pk"), ArraySubquery(newest)))
        found: Self = ranked.annotate(relevance=_Rank(F("search"), self._asked(words))).order_by("-relevance", "-pk")
        return found


class SearchedManager(Manager[M]):
    """A manager that leaves the search column where it is: nobody reads it."""

    def get_queryset(self) -> Any:
        """Every row, without its search column."""
        return super().get_queryset().defer("search")
