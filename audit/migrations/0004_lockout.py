"""An action more; only what forms offer changes, no table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_identity"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("start", "start"),
                    ("resume", "resume"),
                    ("resume all", "resume all"),
                    ("abort", "abort"),
                    ("delete", "delete"),
                    ("set note", "set note"),
                    ("callback", "callback"),
                    ("callback progress", "callback progress"),
                    ("lock", "lock"),
                    ("unlock", "unlock"),
                    ("set in sync", "set in sync"),
                    ("take out of sync", "take out of sync"),
                    ("change", "change"),
                    ("describe", "describe"),
                    ("choose products", "choose products"),
                    ("disconnect", "disconnect"),
                    ("block", "block"),
                    ("unblock", "unblock"),
                    ("login", "login"),
                    ("logout", "logout"),
                    ("failed login", "failed login"),
                    ("lockout", "lockout"),
                    ("forget", "forget"),
                ],
                max_length=32,
            ),
        ),
    ]
