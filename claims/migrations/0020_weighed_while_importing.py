"""A big import tells the planner itself how much it has brought.

Autovacuum, which comes by meanwhile, sees none of the rows of a transaction that has not ended, and writes down that
there are none: then every claim is looked for among all. Whoever has analyzed a table inside the transaction holds it
against that until the end.
"""

from django.db import migrations

WEIGH = """
CREATE FUNCTION claims_weigh_desk() RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    ANALYZE public.claims_claim, public.claims_quantity, public.claims_attribution, public.claims_evidence,
        public.claims_accusation, public.sources_source, public.sources_document, public.sources_snapshot,
        public.sources_passage;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0019_fewer_indexes")]

    operations = [migrations.RunSQL(WEIGH, "DROP FUNCTION claims_weigh_desk();")]
