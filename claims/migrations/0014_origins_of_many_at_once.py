"""The origins of many claims are worked out by a statement that is planned for them, not by the session's first plan.

A function's statement is planned once a session and stays so until somebody has gathered statistics. Planned while
there are few sources it reads all of them for every claim: ten thousand claims with three thousand new sources took
minutes. To plan it takes some milliseconds, so a few claims still go by the plan that there is.
"""

from django.db import migrations

UPDATE = """UPDATE claims_claim c SET independent_origins = s.independent_origins, warnings = s.warnings
    FROM claims_origin_summary s
    WHERE c.id = ANY ({touched}) AND s.claim_id = c.id
    AND (c.independent_origins, c.warnings) IS DISTINCT FROM (s.independent_origins, s.warnings)"""

REFRESH = """
CREATE OR REPLACE FUNCTION claims_refresh_origins(touched bigint[]) RETURNS void LANGUAGE plpgsql AS $$
-- Bring the kept columns of these claims in line with the view. The rows are locked by a statement of its own first,
-- so that the one which computes sees whatever a writer who held them before has committed.
BEGIN
    IF touched IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM claims_claim WHERE id = ANY (touched) ORDER BY id FOR NO KEY UPDATE;
    %s
END $$;
"""
FEW_OR_MANY = f"""IF cardinality(touched) > 20 THEN
        EXECUTE $planned${UPDATE.format(touched="$1")}$planned$ USING touched;
    ELSE
        {UPDATE.format(touched="touched")};
    END IF;"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0013_a_tick_against_backing")]

    operations = [
        migrations.RunSQL(REFRESH % FEW_OR_MANY, REFRESH % f"{UPDATE.format(touched='touched')};"),
    ]
