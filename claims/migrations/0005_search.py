"""A column to search claims in, and the way from a record to its history."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.text
from django.db import migrations, models

import factdesk.search

# pghistory's event tables have no index but their key; a claim's history is asked for by what the events are about.
REMEMBERED = (
    "claim",
    "quantity",
    "attribution",
    "evidence",
    "annotation",
    "accusation",
    "relation",
    "copychange",
    "usage",
)
EVENTS = "".join(f"CREATE INDEX {name}event_of ON claims_{name}event (pgh_obj_id, pgh_id);\n" for name in REMEMBERED)
DROP_EVENTS = "".join(f"DROP INDEX {name}event_of;\n" for name in REMEMBERED)


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0004_origins"),
        ("sources", "0003_search"),
    ]

    operations = [
        migrations.RunSQL(EVENTS, DROP_EVENTS),
        migrations.AddField(
            model_name="claim",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=factdesk.search.Words("statement", "topics", "place", config="english", weights="ABB"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="claim_by_words"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(django.db.models.functions.text.Upper("place"), name="claim_by_place"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["state", "-updated_at", "-id"], name="claim_by_state"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("verdict__isnull", False)),
                fields=["verdict", "-updated_at", "-id"],
                name="claim_by_verdict",
            ),
        ),
    ]
