"""What a report of claims shows: one literal table of columns, and one of the parts of a claim that they are read from.

Everything is SQL over ``c`` (a claim), ``page`` (the address of its page, before and after the number) and the parts.
A part gives at most one row a claim. It is joined only if a wanted column reads it, in one of two shapes
(``claims.reports``): for some claims each on its own, or for all of them at once, both tables walked along
side by side in order of claim.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from claims.labels import LABELS
from claims.vocabularies import BaseIs

#: the columns of ``claims_claim`` that the table below reads
BASE = (
    "id",
    "key",
    "statement",
    "kind",
    "state",
    "verdict",
    "flags",
    "clearance",
    "priority",
    "topics",
    "place",
    "about_from",
    "about_until",
    "assignee_id",
    "independent_origins",
    "warnings",
    "revision",
    "updated_at",
)


@dataclass(frozen=True)
class Column:
    """A column: ``kind`` says how its SQL's value is written, ``parts`` names what the SQL reads besides the claim.

    ``id`` an identifier, ``number`` a whole number, ``text`` what people wrote, ``word`` a word of a vocabulary,
    ``list`` an array of texts, ``words`` an array of such words, ``day``, ``moment``, ``yes`` a boolean,
    ``hours`` hours with one decimal.
    """

    name: str
    kind: str
    sql: str
    parts: str
    meaning: str


@dataclass(frozen=True)
class Report:
    """One definition of a report, for page, API, command, mail and docs/reports.md.

    ``about`` names the records of the API whose filters it takes: those that match, and that may be seen, are what it
    is made of. ``base`` are the columns of theirs that it reads; ``rows`` is SQL from FROM on, over ``base`` and
    ``page`` (``before`` and ``after`` a claim's number in the address of its page, ``zone`` of the desk's clock);
    ``{hidden}`` in it and in the columns is whether a document ``d`` is not to be told of. ``right``: what whoever asks
    must have.
    """

    name: str
    title: Any
    row: str
    about: str
    columns: tuple[Column, ...]
    base: tuple[str, ...] = ()
    rows: str = ""
    order: str = ""
    right: str = "read"


@dataclass(frozen=True)
class Part:
    """Rows that belong to claims, and what a claim makes of its own. ``rows`` gives ``claim_id`` in its order.

    ``{mine}`` is where one claim's are picked out, ``{hidden}`` whether a document ``d`` is not to be told of.
    """

    select: str
    rows: str


@dataclass(frozen=True)
class Lookup:
    """A row that a claim, or a part before it, points at."""

    row: str


def _labels(column: str, words: type[TextChoices]) -> str:
    """SQL for the labels of a column's words."""
    cases = " ".join(f"WHEN '{word.value}' THEN '{str(word.label).replace(chr(39), chr(39) * 2)}'" for word in words)
    return f"CASE {column} {cases} END"


def _amount(quantity: str) -> str:
    """SQL for a figure's amount: ``> 162 people``. That it is exactly so is not said."""
    return (
        f"CASE {quantity}.comparator WHEN '=' THEN '' ELSE {quantity}.comparator || ' ' END || {quantity}.value"
        f" || coalesce(' to ' || {quantity}.upper, '') || coalesce(' ± ' || {quantity}.margin, '')"
        f" || coalesce(' ' || nullif({quantity}.unit, ''), '')"
    )


# OFFSET 0, here and below: looked up for each row (and remembered), so that the order of claims is kept and no large
# table is read before the first row comes.


def person_row(number: str) -> str:
    """SQL for a person of the desk: a row with their ``name``."""
    name = "coalesce(nullif(btrim(u.first_name || ' ' || u.last_name, E' \\t\\n\\r\\f\\v'), ''), u.username) AS name"
    return f"(SELECT {name} FROM people_user u WHERE u.id = {number} OFFSET 0)"


def source_row(number: str) -> str:
    """SQL for a source, by the root of its merge: a row of ``root`` and ``name``."""
    return (
        "(SELECT r.id AS root, r.name FROM sources_source s"
        f" JOIN sources_source r ON r.id = coalesce(s.merged_into_id, s.id) WHERE s.id = {number} OFFSET 0)"
    )


def _once(array: str) -> str:
    """SQL for the array without repetitions, in the order in which its items come first."""
    several = (
        f"ARRAY(SELECT item FROM unnest({array}) WITH ORDINALITY AS each (item, place)"
        " GROUP BY item ORDER BY min(place))"
    )
    return (
        f"CASE WHEN cardinality({array}) = 2 AND {array}[1] = {array}[2] THEN {array}[1:1]"
        f" WHEN cardinality({array}) > 2 THEN {several} ELSE {array} END"
    )


_FIGURE = (
    f"{_amount('q')} || ' (' || concat_ws(', ', q.measure,"
    f" '{LABELS['population']}: ' || nullif(q.population, ''),"
    f" '{LABELS['base']}: ' || CASE WHEN q.base_is IS NOT NULL THEN {_labels('q.base_is', BaseIs)} || ' ' || coalesce("
    f"(SELECT {_amount('b')} || ' (' || b.measure || ')' FROM claims_quantity b WHERE b.id = q.base_id),"
    " 'something that is not named') WHEN q.unit = 'percent' THEN 'not said' END,"
    " 'where: ' || nullif(q.place, ''), 'when: ' || nullif(q.period, '')) || ')'"
)

# Which of the original sources are one the view claims_origin says, at a cost. It is asked only where the count that
# is kept on the claim leaves it open: neither all are independent nor all one, nor is each source one origin (which
# only a ruling could bring about otherwise).
_ORIGINS = f"""CASE
    WHEN c.independent_origins = cardinality(hop.origins) THEN hop.origins
    WHEN c.independent_origins = 1 THEN ARRAY[array_to_string({_once("hop.origins")}, ' = ')]
    WHEN c.independent_origins = (SELECT count(DISTINCT root) FROM unnest(hop.roots) root)
        AND NOT EXISTS (SELECT FROM claims_ruling WHERE claim_id = c.id AND about = 'origins')
        THEN ARRAY(SELECT min(name) FROM unnest(hop.origins, hop.roots) WITH ORDINALITY AS each (name, root, place)
                   GROUP BY root ORDER BY min(place))
    WHEN hop.origins IS NOT NULL THEN ARRAY(
        SELECT string_agg(name, ' = ' ORDER BY first) FROM (
            SELECT v.origin, s.name, min(v.attribution_id) AS first FROM claims_origin v
            JOIN claims_attribution a ON a.id = v.attribution_id CROSS JOIN LATERAL {source_row("a.speaker_id")} s
            WHERE v.claim_id = c.id AND v.stance = 'asserts' GROUP BY v.origin, s.name) named
        GROUP BY origin ORDER BY origin)
END"""

_SAYS_SO = "FILTER (WHERE is_origin AND stance IN ('asserts', 'reports'))"


def _origins(stance: str) -> str:
    """SQL for the names of the sources that say so of their own, with this stance."""
    return f"array_agg(name) FILTER (WHERE is_origin AND stance = '{stance}')"


PARTS: dict[str, Part | Lookup] = {
    "figure": Part(
        "array_agg(words) AS words",
        f"SELECT q.claim_id, {_FIGURE} AS words FROM claims_quantity q"
        " WHERE q.withdrawn_at IS NULL AND {mine} ORDER BY q.claim_id, q.id",
    ),
    "hop": Part(
        f"array_agg(name) {_SAYS_SO} AS origins, array_agg(root) {_SAYS_SO} AS roots,"
        f" {_origins('denies')} AS deniers, {_origins('questions')} AS doubters,"
        f" {_origins('withdraws')} AS withdrawers, array_agg(name) FILTER (WHERE NOT is_origin) AS via,"
        " array_agg(outlet) FILTER (WHERE outlet IS NOT NULL) AS outlets,"
        " array_agg(document) FILTER (WHERE document IS NOT NULL) AS documents,"
        " array_agg(key) FILTER (WHERE key IS NOT NULL) AS keys",
        "SELECT a.claim_id, a.relays_id IS NULL AS is_origin, a.stance, s.root, s.name, d.document, d.key, d.outlet"
        f" FROM claims_attribution a CROSS JOIN LATERAL {source_row('a.speaker_id')} s"
        " LEFT JOIN LATERAL (SELECT"
        " CASE WHEN {hidden} THEN 'document ' || d.id || ' (restricted)'"
        " ELSE coalesce(nullif(d.title, ''), d.key, 'document ' || d.id) END AS document,"
        " CASE WHEN NOT {hidden} THEN d.key END AS key,"
        f" CASE WHEN NOT {{hidden}} THEN (SELECT name FROM {source_row('d.publisher_id')} p) END AS outlet"
        " FROM sources_document d WHERE d.id = a.document_id OFFSET 0) d ON true"
        " WHERE a.withdrawn_at IS NULL AND {mine} ORDER BY a.claim_id, a.depth DESC, a.id",
    ),
    "accusation": Part(
        "array_agg(words) AS words",
        f"SELECT x.claim_id, (SELECT name FROM {source_row('x.accused_id')} s) || ' ('"
        " || coalesce('exempt: ' || x.exempt, x.outcome) || ')' AS words FROM claims_accusation x"
        " WHERE x.withdrawn_at IS NULL AND {mine} ORDER BY x.claim_id, x.id",
    ),
    "finding": Part(
        ", ".join(
            f"(array_agg({name}))[1] AS {name}" for name in ("id", "verdict", "revision", "author_id", "created_at")
        ),
        "SELECT f.claim_id, f.id, f.verdict, f.revision, f.author_id, f.created_at FROM claims_assessment f"
        " WHERE {mine} ORDER BY f.claim_id, f.id DESC",
    ),
    "author": Lookup(person_row("finding.author_id")),
    "assignee": Lookup(person_row("c.assignee_id")),
}

_SIGN_OFFS = (
    "CASE WHEN finding.id IS NOT NULL THEN"
    " ARRAY(SELECT p.name || ' (' || o.decision || ')' FROM claims_signoff o"
    f" CROSS JOIN LATERAL {person_row('o.by_id')} p WHERE o.assessment_id = finding.id ORDER BY o.id) END"
)

# fmt: off
COLUMNS = (
    Column("id", "id", "c.id", "", "The claim's number."),
    Column("key", "text", "c.key", "", "Its key in the record file that brought it, if one did."),
    Column("page", "text", "page.before || c.id || page.after", "", "Where a person reads it."),
    Column("statement", "text", "c.statement", "", "What is claimed, in the desk's own words."),
    Column("kind", "word", "c.kind", "", "The kind of its content."),
    Column("state", "word", "c.state", "", "Where the work stands."),
    Column("verdict", "word", "c.verdict", "", "Is it so; empty as long as nobody has signed that off."),
    Column("flags", "words", "c.flags", "", "What is wrong with it besides."),
    Column("clearance", "word", "c.clearance", "", "May we print it."),
    Column("priority", "word", "c.priority", "", "Must, should or could it be checked."),
    Column("topics", "list", "c.topics", "", "Its topics."),
    Column("place", "text", "c.place", "", "Where it is about."),
    Column("about_from", "day", "c.about_from", "", "The first day that it is about."),
    Column("about_until", "day", "c.about_until", "", "The last such day."),
    Column("figures", "list", "figure.words", "figure",
        "Its numbers: amount and unit, and in brackets the measure, of whom, of what (the base), where, when."),
    Column("original_sources", "list", _ORIGINS, "hop",
        "Who says so of their own, one item for each independent origin; names that count as one stand in one item, "
        "with ` = ` between them."),
    Column("independent_origins", "number", "c.independent_origins", "", "How many independent origins it has."),
    Column("warnings", "words", "c.warnings", "", "What the record warns of in them."),
    Column("origins_pending", "yes", "c.id IN (SELECT claim_id FROM claims_originspending)", "",
        "Whether origins and warnings are about to be worked out anew."),
    Column("denied_by", "list", _once("hop.deniers"), "hop", "Who denies it of their own."),
    Column("questioned_by", "list", _once("hop.doubters"), "hop", "Who questions it of their own."),
    Column("withdrawn_by", "list", _once("hop.withdrawers"), "hop", "Who takes it back."),
    Column("via", "list", _once("hop.via"), "hop", "Who passed it on, the last one first."),
    Column("outlets", "list", _once("hop.outlets"), "hop", "Who published the material in which it stands."),
    Column("documents", "list", _once("hop.documents"), "hop",
        "That material, by title, else by key or number; by number alone if it is restricted and one may not see it."),
    Column("document_keys", "list", _once("hop.keys"), "hop", "The keys of that material, where it has one."),
    Column("accused", "list", "accusation.words", "accusation",
        "Whom it accuses, each with how it stands with their reply."),
    Column("finding", "word", "finding.verdict", "finding", "The verdict that was proposed last."),
    Column("finding_revision", "number", "finding.revision", "finding", "The revision of the claim that it is about."),
    Column("finding_by", "text", "author.name", "finding author", "Who proposed it."),
    Column("finding_at", "moment", "finding.created_at", "finding", "When."),
    Column("sign_offs", "list", _SIGN_OFFS, "finding", "Who decided on it, and how."),
    Column("assignee", "text", "assignee.name", "assignee", "Who works on the claim."),
    Column("revision", "number", "c.revision", "", "How often its substance changed, counted from 1."),
    Column("updated_at", "moment", "c.updated_at", "", "When anything of it changed last."),
)
# fmt: on

CLAIMS = Report(
    "claims",
    _("Claims"),
    "One row a claim, with its figures, its original sources and its warnings.",
    "claims",
    COLUMNS,
    BASE,
)
