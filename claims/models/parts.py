"""A claim's parts: when a row of theirs changes, the claim's version rises, and with its substance its revision.

The bargain: a part says which of its rows are substance; ``claims_touch`` (migration ``0003_rules``) does the counting.
"""

import pgtrigger

from factdesk.constraints import after_all, refuse

_WHAT_WAS_ADDED = """
    SELECT array_agg(DISTINCT claim_id) FILTER (WHERE {only}), array_agg(DISTINCT claim_id)
        INTO substance, touched FROM new_rows r;
"""

# A row that moved from one claim to another changes both. Every column counts but notes and what is counted itself.
# Old and new are set side by side by a window, not by a join: the plan of a trigger's statement is made once a session,
# for the few rows of that first time, and a join planned for one row takes hours for a hundred thousand.
_WHAT_WAS_CHANGED = """
    WITH sides AS (
        SELECT r.id, r.claim_id, {only} AS counts, (to_jsonb(r) - uncounted)::text AS told FROM old_rows r
        UNION ALL
        SELECT r.id, r.claim_id, {only}, (to_jsonb(r) - uncounted)::text FROM new_rows r
    ), weighed AS (
        SELECT claim_id, counts AND min(told) OVER same <> max(told) OVER same AS moves
        FROM sides WINDOW same AS (PARTITION BY id)
    )
    SELECT array_agg(DISTINCT claim_id) FILTER (WHERE moves), array_agg(DISTINCT claim_id)
        INTO substance, touched FROM weighed;
"""

_DECLARE = [
    ("touched", "bigint[]"),
    ("substance", "bigint[]"),
    ("uncounted", "text[] := '{note,version,updated_at,created_at}'"),
]


def part_of_substance(part: str, *, only: str = "true", also: str = "") -> list[pgtrigger.Trigger]:
    """Triggers for a table whose rows are a claim's substance: its every column but notes moves the revision.

    ``only`` is SQL over a row ``r`` that says which rows are substance (the others move the version alone);
    ``also`` is PL/pgSQL run at the end, with the touched claims in ``touched``. The foreign keys have been checked by
    then, so sources are locked before claims, as whoever changes a source does too.
    """
    finish = f"""
        PERFORM claims_touch(substance, true, '{part}');
        PERFORM claims_touch(touched, false, '{part}');
        {also}
        RETURN NULL;
    """
    added = _WHAT_WAS_ADDED.format(only=only) + finish
    changed = _WHAT_WAS_CHANGED.format(only=only) + finish
    return [
        after_all(f"{part}_is_added", pgtrigger.Insert, added, declare=_DECLARE),
        after_all(f"{part}_is_changed", pgtrigger.Update, changed, old=True, declare=_DECLARE),
    ]


def part_of_version(part: str) -> list[pgtrigger.Trigger]:
    """Triggers for a table whose rows belong to a claim but are not its substance: the version rises."""
    added = f"""
        PERFORM claims_touch((SELECT array_agg(DISTINCT claim_id) FROM new_rows), false, '{part}');
        RETURN NULL;
    """
    changed = f"""
        PERFORM claims_touch((SELECT array_agg(DISTINCT claim_id) FROM (
            SELECT claim_id FROM old_rows UNION ALL SELECT claim_id FROM new_rows) AS sides), false, '{part}');
        RETURN NULL;
    """
    return [
        after_all(f"{part}_is_added", pgtrigger.Insert, added),
        after_all(f"{part}_is_changed", pgtrigger.Update, changed, old=True),
    ]


def stands_in_its_document(part: str) -> list[pgtrigger.Trigger]:
    """Triggers for a table whose rows name a passage and a document: the passage is the document's."""
    message = "The marked words stand in another document than the one that is named."
    func = f"""
        IF EXISTS (SELECT FROM new_rows n JOIN sources_passage p ON p.id = n.passage_id
                   JOIN sources_snapshot s ON s.id = p.snapshot_id
                   WHERE s.document_id IS DISTINCT FROM n.document_id) THEN
            {refuse(f"{part}_passage_is_the_documents", message)}
        END IF;
        RETURN NULL;
    """
    return [
        after_all(f"{part}_stands_in_document", pgtrigger.Insert, func),
        after_all(f"{part}_still_in_document", pgtrigger.Update, func),
    ]
