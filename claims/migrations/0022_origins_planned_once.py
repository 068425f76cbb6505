"""Origins are read through a function, whose plan a session keeps: to plan the view takes twice what reading it does."""

from django.db import migrations

ORIGINS = """
CREATE FUNCTION claims_origins_of(claims bigint[])
RETURNS TABLE (claim_id bigint, attribution_id bigint, stance varchar, origin bigint, reasons jsonb)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT v.claim_id, v.attribution_id, v.stance, v.origin, v.reasons FROM claims_origin v
        WHERE v.claim_id = ANY (claims) ORDER BY v.claim_id, v.origin, v.attribution_id;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0021_weigh_before_many")]

    operations = [migrations.RunSQL(ORIGINS, "DROP FUNCTION claims_origins_of(bigint[]);")]
