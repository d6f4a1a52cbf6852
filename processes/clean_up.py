"""Delete completed tasks that nobody looks at any more."""

from datetime import timedelta

from django.conf import settings as django_settings
from django.db.models.functions import Now

from processes.errors import TaskNotFoundError
from processes.models import Process
from processes.operations import delete_task
from processes.statuses import ProcessStatus

BATCH_TASKS = 100
"""Tasks that one call deletes; the others follow at the next."""


def delete_old_tasks() -> int:
    """Delete one batch of tasks that completed more than the retention time ago, and return how many there were.

    Each in a transaction of its own, as a person would, also while the engine is locked.
    """
    limit = Now() - timedelta(days=django_settings.ENVIRONMENT.task_log_retention_days)
    old = Process.objects.filter(last_status=ProcessStatus.COMPLETED, is_task=True, last_modified_at__lt=limit)
    deleted = 0
    for process_id in list(old.order_by("last_modified_at").values_list("pk", flat=True)[:BATCH_TASKS]):
        try:
            delete_task(process_id)
        except TaskNotFoundError:
            # A person was faster.
            continue
        deleted += 1
    return deleted
