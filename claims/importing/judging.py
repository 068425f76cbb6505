"""What only all records together, or the desk, can tell, as sets: keys that stand twice or are on the desk already, and
which source or document each name means.

A named source without a key is the desk's one source of that name and kind, or else one new source for the whole
file; where the desk has several, the file has to say which by its key. Who is unnamed or unstated is never taken for
another: each mention makes its own. Nothing on the desk is changed, and nothing is merged.
"""

from typing import Any

from django.db import connection

from factdesk.people.models import User

#: which record names which source (s) or document (d)
USES = """
    SELECT n, document_id AS d FROM import_attribution WHERE document_id IS NOT NULL
    UNION ALL SELECT n, document_id FROM import_evidence WHERE document_id IS NOT NULL
"""
NAMES = f"""
    SELECT n, speaker_id AS s FROM import_attribution
    UNION ALL SELECT n, speaks_for_id FROM import_attribution WHERE speaks_for_id IS NOT NULL
    UNION ALL SELECT n, spoken_to_id FROM import_evidence WHERE spoken_to_id IS NOT NULL
    UNION ALL SELECT n, accused_id FROM import_accusation
    UNION ALL SELECT u.n, m.publisher_id FROM ({USES}) u JOIN import_document m USING (d)
        WHERE m.publisher_id IS NOT NULL
"""  # noqa: S608

_TWICE = """
    INSERT INTO import_problem SELECT n, line, 'key', 'key_twice',
        format('The key %s is taken already, on line %s.', key, first)
    FROM (SELECT n, line, key, row_number() OVER same AS nth, first_value(line) OVER same AS first
          FROM import_claim WINDOW same AS (PARTITION BY key ORDER BY n)) AS listed WHERE nth > 1
"""
_THERE = """
    INSERT INTO import_there SELECT i.n, i.line, i.key, i.statement = c.statement AND i.kind = c.kind
    FROM import_claim i JOIN claims_claim c ON c.key = i.key
    WHERE NOT EXISTS (SELECT FROM import_problem p WHERE p.n = i.n)
"""
_LEAVE_OUT = """
    DELETE FROM import_claim i WHERE EXISTS (SELECT FROM import_problem p WHERE p.n = i.n)
    OR EXISTS (SELECT FROM import_there t WHERE t.n = i.n)
"""


def _problem(of: str, uses: str, wrong: str) -> str:
    """A problem for every record that uses one of the ``wrong`` mentions: SQL giving (number, code, message)."""
    number = of[0]
    return f"""
        INSERT INTO import_problem
        SELECT DISTINCT c.n, c.line, CASE WHEN m.n = c.n THEN m.path ELSE '' END, w.code, w.message
        FROM ({wrong}) AS w (number, code, message)
        JOIN import_{of} m ON m.{number} = w.number
        JOIN ({uses}) AS u ON u.{number} = m.{number}
        JOIN import_claim c ON c.n = u.n
    """  # noqa: S608


_SOURCE_BY_KEY = "UPDATE import_source i SET id = s.id FROM sources_source s WHERE s.key = i.key"
_DOCUMENT_BY_KEY = "UPDATE import_document i SET id = s.id FROM sources_document s WHERE s.key = i.key"

_OTHER_SOURCE = """
    SELECT i.s, 'other_source', format('On the desk, the key %s is another source (kind or name differ).', i.key)
    FROM import_source i JOIN sources_source s USING (id)
    WHERE i.name IS NOT NULL AND s.identity <> 'protected'
    AND (i.kind <> s.kind OR i.name <> s.name AND i.name <> ALL (s.aliases))
    UNION ALL
    SELECT s, 'other_source', format('The key %s names another source on line %s.', key, first)
    FROM (SELECT s, key, name, kind, first_value(line) OVER same AS first, first_value(name) OVER same AS its_name,
              first_value(kind) OVER same AS its_kind
          FROM import_source WHERE key IS NOT NULL AND name IS NOT NULL AND id IS NULL
          WINDOW same AS (PARTITION BY key ORDER BY s)) AS listed
    WHERE (name, kind) <> (its_name, its_kind)
"""
_UNKNOWN = """
    SELECT i.{number}, 'unknown_key', format('Neither the desk nor this file has a {of} %s: describe it, or mend '
        'the key.', i.key)
    FROM import_{of} i WHERE i.kind IS NULL AND i.id IS NULL
    AND NOT EXISTS (SELECT FROM import_{of} o WHERE o.key = i.key AND o.kind IS NOT NULL)
"""
_SOURCES_ALIKE = """
    (SELECT i.s AS number, min(o.id) AS id, count(DISTINCT o.id) AS many FROM import_source i JOIN (
        SELECT id, name, kind FROM sources_source WHERE identity = 'named' AND merged_into_id IS NULL
        UNION ALL SELECT min(fresh), name, kind FROM import_source
            WHERE key IS NOT NULL AND name IS NOT NULL AND id IS NULL AND identity = 'named' GROUP BY key, name, kind
     ) AS o USING (name, kind) WHERE i.key IS NULL AND i.identity = 'named' GROUP BY i.s)
"""
_DOCUMENTS_ALIKE = """
    (SELECT i.d AS number, min(o.id) AS id, count(*) AS many FROM import_document i JOIN sources_document o
     ON o.kind = i.kind AND o.title = i.title AND NOT o.restricted AND (o.url = i.url OR '' IN (o.url, i.url))
     AND coalesce(o.published_on = i.published_on, true) AND (i.title <> '' OR o.url = i.url)
     WHERE i.key IS NULL AND i.kind IS NOT NULL GROUP BY i.d)
"""
_AMBIGUOUS = "SELECT number, 'ambiguous', format('The desk has %s of that name and kind: give the key.', many) FROM {}"
_RESTRICTED = """
    SELECT i.d, 'restricted', format('You may not read the document %s.', i.key)
    FROM import_document i JOIN sources_document o USING (id) WHERE o.restricted
"""
_TAKE_ALIKE = "UPDATE import_{of} i SET id = a.id FROM {alike} a WHERE a.number = i.{number} AND a.many = 1"
_SAME_DOCUMENT = "key, kind, title, url, published_on"
#: those that are new: one for each key, or for each way of naming without a key
_MAKE = """
    UPDATE import_{of} i SET id = l.fresh, made = l.leads
    FROM (SELECT {number}, first_value(fresh) OVER same AS fresh, row_number() OVER same = 1 AS leads
          FROM import_{of} WHERE id IS NULL
          WINDOW same AS (PARTITION BY {same} ORDER BY kind IS NULL, {number})) AS l
    WHERE l.{number} = i.{number}
"""


def judge(by: User) -> None:
    """Fill ``import_problem`` and ``import_there``, and settle which source and document each mention is."""
    with connection.cursor() as cursor:
        cursor.execute(_TWICE)
        cursor.execute(_THERE)
        cursor.execute(_LEAVE_OUT)
        _settle(cursor, "source", NAMES, by_key=_SOURCE_BY_KEY, alike=_SOURCES_ALIKE, same="key, name, kind, own")
        _settle(cursor, "document", USES, by_key=_DOCUMENT_BY_KEY, alike=_DOCUMENTS_ALIKE, same=_SAME_DOCUMENT)
        if "read_restricted" not in by.rights:
            cursor.execute(_problem("document", USES, _RESTRICTED))
        leave_out(cursor)


def leave_out(cursor: Any) -> None:
    """Take what has a problem out of what will be written."""
    cursor.execute(_LEAVE_OUT)


def _settle(cursor: Any, of: str, uses: str, *, by_key: str, alike: str, same: str) -> None:
    number = of[0]
    cursor.execute(by_key)
    if of == "source":
        cursor.execute(_problem(of, uses, _OTHER_SOURCE))
    cursor.execute(_problem(of, uses, _UNKNOWN.format(of=of, number=number)))
    cursor.execute(_problem(of, uses, _AMBIGUOUS.format(f"{alike} AS alike WHERE many > 1")))
    cursor.execute(_TAKE_ALIKE.format(of=of, number=number, alike=alike))
    keyed = f"coalesce(key, ''), {', '.join(f'CASE WHEN key IS NULL THEN {name} END' for name in same.split(', ')[1:])}"
    cursor.execute(_MAKE.format(of=of, number=number, same=keyed))
