"""A source that becomes protected loses the marks of the record files that brought it (rule 12).

A mark has a digest of the source's columns, its name among them, by which a guess could be tried; its key is what a file
calls the source, often the name. What the planner has sampled of the marks goes with them.
"""

from django.db import migrations, models

FORGET = """
CREATE FUNCTION claims_forget_marks_of_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM claims_dossierrow WHERE "table" = 'source' AND object_id = NEW.id;
    DELETE FROM claims_dossierrow WHERE "table" = 'affiliation' AND object_id IN (
        SELECT id FROM sources_affiliation WHERE source_id = NEW.id);
    ANALYZE claims_dossierrow;
    RETURN NULL;
END $$;
CREATE TRIGGER claims_forget_marks_of_source AFTER UPDATE OF identity ON sources_source
    FOR EACH ROW WHEN (NEW.identity = 'protected' AND OLD.identity <> 'protected')
    EXECUTE FUNCTION claims_forget_marks_of_source();
"""
DROP = """
DROP TRIGGER claims_forget_marks_of_source ON sources_source;
DROP FUNCTION claims_forget_marks_of_source();
"""
# those that were protected before
GONE = """
DELETE FROM claims_dossierrow m USING sources_source s
    WHERE m."table" = 'source' AND m.object_id = s.id AND s.identity = 'protected';
DELETE FROM claims_dossierrow m USING sources_affiliation a, sources_source s
    WHERE m."table" = 'affiliation' AND m.object_id = a.id AND a.source_id = s.id AND s.identity = 'protected';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0011_initialled_in_the_databases_words"),
        ("sources", "0010_history_of_one"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="dossierrow",
            index=models.Index(
                condition=models.Q(("table__in", ["source", "affiliation", "document"])),
                fields=["object_id"],
                name="dossierrow_of_shared",
            ),
        ),
        migrations.RunSQL(FORGET, DROP),
        migrations.RunSQL(GONE, migrations.RunSQL.noop),
    ]
