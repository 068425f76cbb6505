"""A hop alone is its own origin; ties, rulings and groups are looked for only where there are two."""

from django.db import migrations

ORIGIN = """
CREATE OR REPLACE VIEW claims_origin AS
SELECT c.id AS claim_id, o.attribution_id, o.stance, o.origin, o.reasons
FROM claims_claim c CROSS JOIN LATERAL (
    WITH RECURSIVE hop AS MATERIALIZED (
        SELECT id, CASE stance WHEN 'reports' THEN 'asserts' ELSE stance END AS stance
        FROM claims_attribution
        WHERE claim_id = c.id AND relays_id IS NULL AND withdrawn_at IS NULL
    ),
    ruled AS (
        SELECT DISTINCT ON (first_id, second_id) first_id AS first, second_id AS second, decision, key
        FROM claims_ruling WHERE claim_id = c.id AND about = 'origins'
        ORDER BY first_id, second_id, id DESC
    ),
    weighed AS (
        SELECT first, second, t.reasons,
            CASE WHEN r.key = claims_tie_key(first, second, t.reasons) THEN r.decision END AS ruling
        FROM (SELECT * FROM claims_origin_tie WHERE claim_id = c.id AND (SELECT count(*) FROM hop) > 1) t FULL JOIN ruled r USING (first, second)
    ),
    edge AS MATERIALIZED (
        SELECT w.first, w.second, CASE WHEN w.ruling IS NULL THEN w.reasons
            ELSE jsonb_build_array(jsonb_build_object('reason', 'ruling', 'through', NULL)) END AS reasons
        FROM weighed w JOIN hop a ON a.id = w.first JOIN hop b ON b.id = w.second AND b.stance = a.stance
        WHERE w.ruling = 'one_origin' OR (w.ruling IS NULL AND w.reasons IS NOT NULL)
    ),
    reach (id, other) AS (
        SELECT id, id FROM hop
        UNION
        SELECT r.id, CASE r.other WHEN e.first THEN e.second ELSE e.first END
        FROM reach r JOIN edge e ON r.other IN (e.first, e.second)
    )
{lone}    SELECT h.id AS attribution_id, h.stance, (SELECT min(other) FROM reach r WHERE r.id = h.id) AS origin,
        coalesce((
            SELECT jsonb_agg(why || jsonb_build_object('with', CASE h.id WHEN e.first THEN e.second ELSE e.first END)
                             ORDER BY e.first, e.second)
            FROM edge e CROSS JOIN LATERAL jsonb_array_elements(e.reasons) why WHERE h.id IN (e.first, e.second)
        ), '[]'::jsonb) AS reasons
    FROM hop h{several}
) o;
"""
LONE = """    -- A hop alone is its origin: there is nothing that it could be one with.
    SELECT id AS attribution_id, stance, id AS origin, '[]'::jsonb AS reasons FROM hop
    WHERE (SELECT count(*) FROM hop) = 1
    UNION ALL
"""


def told(lone: str, several: str) -> str:
    """The view's SQL, with or without the short way."""
    return ORIGIN.replace("{lone}", lone).replace("{several}", several)


class Migration(migrations.Migration):
    dependencies = [("claims", "0022_origins_planned_once")]

    operations = [migrations.RunSQL(told(LONE, " WHERE (SELECT count(*) FROM hop) > 1"), told("", ""))]
