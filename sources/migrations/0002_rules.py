"""What the sources' tables hold that Django cannot declare: merges end at a root; protected names have one reader."""

from django.db import migrations

MERGED_INTO_A_ROOT = """
ALTER TABLE sources_source ADD CONSTRAINT source_merged_into_a_root
    FOREIGN KEY (merged_into_id, merged_into_root) REFERENCES sources_source (id, is_root);
"""

REVEAL = """
CREATE FUNCTION sources_reveal_identity(asked_for bigint, asked_by bigint, asked_why text)
RETURNS TABLE (real_name text, contact text) LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- The one way to read a protected source's real name: for a chief or somebody who knows already, and never unlogged.
BEGIN
    IF NOT EXISTS (SELECT FROM people_user u WHERE u.id = asked_by AND u.is_active AND (u.role = 'chief' OR EXISTS (
        SELECT FROM sources_knownto k
        WHERE k.protection_id = asked_for AND k.person_id = u.id AND k.withdrawn_at IS NULL))) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'This protected source is not known to that person.';
    END IF;
    INSERT INTO sources_identitydisclosure (protection_id, by_id, reason) VALUES (asked_for, asked_by, asked_why);
    RETURN QUERY SELECT n.real_name::text, n.contact::text FROM sources_protectedname n
        WHERE n.protection_id = asked_for;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("sources", "0001_initial")]

    operations = [
        migrations.RunSQL(MERGED_INTO_A_ROOT, "ALTER TABLE sources_source DROP CONSTRAINT source_merged_into_a_root;"),
        migrations.RunSQL(REVEAL, "DROP FUNCTION sources_reveal_identity(bigint, bigint, text);"),
    ]
