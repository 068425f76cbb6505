"""The history of one source, document or saved copy is found by its number (claims.0005 has the same for claims)."""

from django.db import migrations

REMEMBERED = ("source", "document", "snapshot")


class Migration(migrations.Migration):
    dependencies = [("sources", "0009_lines_looked_up_by_id")]

    operations = [
        migrations.RunSQL(
            "".join(
                f"CREATE INDEX {name}event_of ON sources_{name}event (pgh_obj_id, pgh_id);\n" for name in REMEMBERED
            ),
            "".join(f"DROP INDEX {name}event_of;\n" for name in REMEMBERED),
        )
    ]
