"""A way more; only what forms offer changes, no table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_lockout"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="way",
            field=models.CharField(
                choices=[
                    ("rest", "rest"),
                    ("admin", "admin"),
                    ("console", "console"),
                    ("command", "command"),
                    ("system", "system"),
                ],
                max_length=16,
            ),
        ),
    ]
