"""Origins are not found for many claims by a plan that believes that there are none.

Rows of a transaction that has not ended, or that ended badly, leave tables which the planner takes for empty. Then it
may read a whole index for each claim: two thousand hops in one statement took more than a minute, and take a second.
"""

from django.db import migrations

REFRESH = """
CREATE OR REPLACE FUNCTION claims_refresh_origins(touched bigint[]) RETURNS void LANGUAGE plpgsql AS $$
-- Bring the kept columns of these claims in line with the view. The rows are locked by a statement of its own first,
-- so that the one which computes sees whatever a writer who held them before has committed.
BEGIN
    IF touched IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM claims_claim WHERE id = ANY (touched) ORDER BY id FOR NO KEY UPDATE;
    {weigh}
    UPDATE claims_claim c SET independent_origins = s.independent_origins, warnings = s.warnings
    FROM claims_origin_summary s
    WHERE c.id = ANY (touched) AND s.claim_id = c.id
    AND (c.independent_origins, c.warnings) IS DISTINCT FROM (s.independent_origins, s.warnings);
END $$;
"""
WEIGH = """-- There are as many hops as claims touched, or more. Where fewer are known to the planner, it is told.
    IF cardinality(touched) >= 100 AND cardinality(touched) > (
        SELECT reltuples FROM pg_class WHERE oid = 'public.claims_attribution'::regclass) THEN
        PERFORM claims_weigh_desk();
    END IF;"""
WEIGHED, PLAIN = REFRESH.replace("{weigh}", WEIGH), REFRESH.replace("    {weigh}\n", "")


class Migration(migrations.Migration):
    dependencies = [("claims", "0020_weighed_while_importing")]

    operations = [migrations.RunSQL(WEIGHED, PLAIN)]
