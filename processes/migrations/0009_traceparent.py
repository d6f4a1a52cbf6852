"""The span with which a run goes on; hosts of the version before store none."""

from django.db import migrations, models

import orchestrator_ws.tracing


class Migration(migrations.Migration):
    dependencies = [
        ("processes", "0008_list_orders"),
    ]

    operations = [
        migrations.AddField(
            model_name="processinput",
            name="traceparent",
            field=models.CharField(
                blank=True,
                db_default="",
                default=orchestrator_ws.tracing.current_traceparent,
                editable=False,
                max_length=55,
            ),
        ),
    ]
