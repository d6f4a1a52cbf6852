"""The stable identity of whoever acted; SQLite makes the table anew for it, which drops the triggers."""

from importlib import import_module

from django.db import migrations, models

append_only = import_module("audit.migrations.0002_append_only")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.RunPython(append_only.drop, append_only.create),
        migrations.AddField("auditentry", "identity", models.CharField(blank=True, db_default="", max_length=255)),
        migrations.RunPython(append_only.create, append_only.drop),
    ]
