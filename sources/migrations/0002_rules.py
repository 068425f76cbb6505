"""What the sources' tables hold that Django cannot declare: merges end at a root; protected names have one reader."""

from django.db import migrations

MERGED_INTO_A_ROOT = """
ALTER TABLE sources_source ADD CONSTRAINT source_merged_into_a_root
    FOREIGN KEY (merged_into_id, merged_into_root) REFERENCES sources_source (id, is_root);
"""

ASK = """
CREATE FUNCTION sources_ask_identity(asked_for bigint, asked_by bigint, asked_why text) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- Ask for a protected source's real name: for a chief or somebody who knows already, with a reason. Returns the number
-- of the disclosure, which sources_reveal_identity answers once it is committed.
DECLARE
    made bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM people_user u WHERE u.id = asked_by AND u.is_active AND (u.role = 'chief' OR EXISTS (
        SELECT FROM sources_knownto k
        WHERE k.protection_id = asked_for AND k.person_id = u.id AND k.withdrawn_at IS NULL))) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'This protected source is not known to that person.';
    END IF;
    INSERT INTO sources_identitydisclosure (protection_id, by_id, reason) VALUES (asked_for, asked_by, asked_why)
        RETURNING id INTO made;
    RETURN made;
END $$;
"""

REVEAL = """
CREATE FUNCTION sources_reveal_identity(disclosure bigint) RETURNS TABLE (real_name text, contact text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
-- The one way to read a protected name: for a disclosure of the last minute that an earlier transaction committed, so
-- that the log cannot be rolled back by whoever has read.
BEGIN
    RETURN QUERY SELECT n.real_name::text, n.contact::text
        FROM sources_identitydisclosure d JOIN sources_protectedname n USING (protection_id)
        WHERE d.id = disclosure AND d.asked_in <> pg_current_xact_id()::text::bigint
        AND d.created_at > clock_timestamp() - interval '1 minute';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("sources", "0001_initial")]

    operations = [
        migrations.RunSQL(MERGED_INTO_A_ROOT, "ALTER TABLE sources_source DROP CONSTRAINT source_merged_into_a_root;"),
        migrations.RunSQL(ASK, "DROP FUNCTION sources_ask_identity(bigint, bigint, text);"),
        migrations.RunSQL(REVEAL, "DROP FUNCTION sources_reveal_identity(bigint);"),
    ]
