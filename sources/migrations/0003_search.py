"""Columns to search documents and sources in, in whatever language."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import factdesk.search

WORDS = """
CREATE FUNCTION sources_words(listed text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- array_to_string is only STABLE, for elements of any type; of texts it always says the same.
    SELECT array_to_string(listed, ' ')
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sources", "0002_rules"),
    ]

    operations = [
        migrations.RunSQL(WORDS, "DROP FUNCTION sources_words(text[]);"),
        pgtrigger.migrations.RemoveTrigger(
            model_name="document",
            name="update_update",
        ),
        migrations.AddField(
            model_name="document",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=factdesk.search.Words("title", "bylines", config="simple", weights="AB"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=factdesk.search.Words("name", "aliases", "description", config="simple", weights="AAB"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="document_by_words"),
        ),
        migrations.AddIndex(
            model_name="source",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="source_by_words"),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(fields=["-updated_at", "-id"], name="document_by_update"),
        ),
        migrations.AddIndex(
            model_name="source",
            index=models.Index(fields=["-updated_at", "-id"], name="source_by_update"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="document",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_documentevent" ("bylines", "bylines_read_from", "created_at", "embargo_until", "held_at", "id", "key", "kind", "language", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_on", "published_on_read_from", "publisher_id", "publisher_read_from", "restricted", "title", "updated_at", "url", "version") SELECT new_values."bylines", new_values."bylines_read_from", new_values."created_at", new_values."embargo_until", new_values."held_at", new_values."id", new_values."key", new_values."kind", new_values."language", new_values."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', new_values."id", new_values."published_on", new_values."published_on_read_from", new_values."publisher_id", new_values."publisher_read_from", new_values."restricted", new_values."title", new_values."updated_at", new_values."url", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."bylines" IS DISTINCT FROM (new_values."bylines") OR old_values."bylines_read_from" IS DISTINCT FROM (new_values."bylines_read_from") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."embargo_until" IS DISTINCT FROM (new_values."embargo_until") OR old_values."held_at" IS DISTINCT FROM (new_values."held_at") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."key" IS DISTINCT FROM (new_values."key") OR old_values."kind" IS DISTINCT FROM (new_values."kind") OR old_values."language" IS DISTINCT FROM (new_values."language") OR old_values."note" IS DISTINCT FROM (new_values."note") OR old_values."published_on" IS DISTINCT FROM (new_values."published_on") OR old_values."published_on_read_from" IS DISTINCT FROM (new_values."published_on_read_from") OR old_values."publisher_id" IS DISTINCT FROM (new_values."publisher_id") OR old_values."publisher_read_from" IS DISTINCT FROM (new_values."publisher_read_from") OR old_values."restricted" IS DISTINCT FROM (new_values."restricted") OR old_values."title" IS DISTINCT FROM (new_values."title") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at") OR old_values."url" IS DISTINCT FROM (new_values."url") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="93bfb8373b5262202ef629ad95ca42b47bce9aba",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_12f49",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="sources_document",
                    when="AFTER",
                ),
            ),
        ),
    ]
