"""Protection that ends, names that are sought, and what ties the protected to the protected."""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sources", "0003_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="protectedidentity",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="protectedidentity",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="protectedidentity",
            name="delete_delete",
        ),
        migrations.RemoveConstraint(
            model_name="protectedname",
            name="protectedname_is_not_blank",
        ),
        migrations.AddField(
            model_name="protectedidentity",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="protectedidentityevent",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="protectedidentity",
            name="withdrawn_because",
            field=models.CharField(blank=True, db_default="", default="", max_length=1000),
        ),
        migrations.AddField(
            model_name="protectedidentityevent",
            name="withdrawn_because",
            field=models.CharField(blank=True, db_default="", default="", max_length=1000),
        ),
        migrations.AddField(
            model_name="protectedname",
            name="hint",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="protectedname",
            name="other_names",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=500), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="protectedname",
            name="sought",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="is_protected",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.ExpressionWrapper(
                    models.Q(("identity", "protected")), output_field=models.BooleanField()
                ),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="merged_into_protected",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(
                        merged_into__isnull=False,
                        then=models.ExpressionWrapper(
                            models.Q(("identity", "protected")), output_field=models.BooleanField()
                        ),
                    )
                ),
                output_field=models.BooleanField(null=True),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protectedidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="lets_its_name_go",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."withdrawn_at" IS NOT NULL AND OLD."withdrawn_at" IS NULL)',
                    func="\n                DELETE FROM sources_protectedname WHERE protection_id = NEW.id;\n                RETURN NULL;\n                ",
                    hash="507d91f816283359b5a230b483aa9a1cd4180130",
                    operation="UPDATE",
                    pgid="pgtrigger_lets_its_name_go_6b664",
                    table="sources_protectedidentity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protectedidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_protectedidentityevent" ("approved_by_id", "created_at", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source_id", "terms", "updated_at", "version", "withdrawn_at", "withdrawn_because") SELECT new_values."approved_by_id", new_values."created_at", new_values."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', new_values."id", new_values."source_id", new_values."terms", new_values."updated_at", new_values."version", new_values."withdrawn_at", new_values."withdrawn_because" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="b76d015f1f4fd10b00d4349109304cb61e188455",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_410c0",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="sources_protectedidentity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protectedidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_protectedidentityevent" ("approved_by_id", "created_at", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source_id", "terms", "updated_at", "version", "withdrawn_at", "withdrawn_because") SELECT new_values."approved_by_id", new_values."created_at", new_values."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', new_values."id", new_values."source_id", new_values."terms", new_values."updated_at", new_values."version", new_values."withdrawn_at", new_values."withdrawn_because" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."approved_by_id" IS DISTINCT FROM (new_values."approved_by_id") OR old_values."created_at" IS DISTINCT FROM (new_values."created_at") OR old_values."id" IS DISTINCT FROM (new_values."id") OR old_values."source_id" IS DISTINCT FROM (new_values."source_id") OR old_values."terms" IS DISTINCT FROM (new_values."terms") OR old_values."updated_at" IS DISTINCT FROM (new_values."updated_at") OR old_values."version" IS DISTINCT FROM (new_values."version") OR old_values."withdrawn_at" IS DISTINCT FROM (new_values."withdrawn_at") OR old_values."withdrawn_because" IS DISTINCT FROM (new_values."withdrawn_because")) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="32674645d3e1a7a09a594ee614653dec16c6ca09",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b806c",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="sources_protectedidentity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protectedidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "sources_protectedidentityevent" ("approved_by_id", "created_at", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source_id", "terms", "updated_at", "version", "withdrawn_at", "withdrawn_because") SELECT old_values."approved_by_id", old_values."created_at", old_values."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', old_values."id", old_values."source_id", old_values."terms", old_values."updated_at", old_values."version", old_values."withdrawn_at", old_values."withdrawn_because" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="3eeb9cec8f8549fd246737e81849177884f8cd03",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_cc54a",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="sources_protectedidentity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protectedname",
            trigger=pgtrigger.compiler.Trigger(
                name="is_sought",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nNEW.other_names := coalesce(NEW.other_names, '{}');\nIF NEW.protection_id IS NULL OR coalesce(NEW.real_name, '') !~ '\\S' OR NEW.contact IS NULL\n    OR array_position(NEW.other_names, NULL) IS NOT NULL THEN\n    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'protectedname_is_not_blank', MESSAGE = 'The real name of a protected source is not blank.';\nEND IF;\nPERFORM pg_advisory_xact_lock(hashtextextended('sources_protectedname', 0));\nUPDATE sources_namesguard SET names = names + 1;\nNEW.sought := sources_sought(array_prepend(NEW.real_name::text, NEW.other_names::text[]));\nNEW.hint := sources_hint(array_prepend(NEW.real_name::text, NEW.other_names::text[]));\nIF EXISTS (\n    SELECT FROM sources_protectedidentity i JOIN sources_source s ON s.id = i.source_id\n    WHERE i.id = NEW.protection_id AND sources_names(\n        concat_ws(' 0 ', i.terms, s.name, s.description, s.key, array_to_string(s.aliases, ' 0 ')),\n        NEW.sought, NEW.hint)\n) THEN\n    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'protectedname_is_not_public', MESSAGE = 'The name still stands in the source itself, or in its terms.';\nEND IF;\nRETURN NEW;\n",
                    hash="1739c6f89f0eb129661e2601357d58c199c2b243",
                    operation="INSERT",
                    pgid="pgtrigger_is_sought_89d26",
                    table="sources_protectedname",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="source",
            trigger=pgtrigger.compiler.Trigger(
                name="forgets_its_name",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"identity\" = 'protected' AND NOT (OLD.\"identity\" = 'protected'))",
                    declare="DECLARE names text[];",
                    func="\nSELECT array_agg(DISTINCT told.name) INTO names FROM (\n    SELECT unnest(array_append(OLD.aliases::text[], OLD.name::text)) AS name WHERE OLD.identity = 'named'\n    UNION ALL SELECT unnest(array_append(e.aliases::text[], e.name::text)) FROM sources_sourceevent e\n    WHERE e.pgh_obj_id = NEW.id AND e.identity = 'named'\n) told WHERE told.name <> NEW.name;\nUPDATE sources_sourceevent e\nSET name = NEW.name, aliases = NEW.aliases, description = NEW.description, key = NEW.key, merged_into_id = NULL,\n    pgh_context = CASE WHEN sources_names(e.pgh_context ->> 'why', sources_sought(names), sources_hint(names))\n                       THEN e.pgh_context - 'why' ELSE e.pgh_context END\nWHERE e.pgh_obj_id = NEW.id;\nUPDATE sources_sourceevent SET merged_into_id = NULL WHERE merged_into_id = NEW.id;\nANALYZE sources_source, sources_sourceevent;\nRETURN NULL;\n",
                    hash="311221d2d33f42805fd46fd1b46623ab62cc595d",
                    operation="UPDATE",
                    pgid="pgtrigger_forgets_its_name_e5fd8",
                    table="sources_source",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="protectedidentity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at__isnull", True), ("withdrawn_because__regex", "\\S"), _connector="OR"
                ),
                name="protectedidentity_withdrawn_with_reason",
                violation_error_message="Say why it is withdrawn.",
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(fields=("id", "is_protected"), name="source_protection"),
        ),
        migrations.AddField(
            model_name="protectedidentity",
            name="in_force",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(models.When(then=models.Value(True), withdrawn_at__isnull=True)),
                output_field=models.BooleanField(null=True),
            ),
        ),
    ]
