"""Set processes going again that the engine's lock has stopped; what else stands still is the reconciler's."""

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from events.changes import Change, ChangeKind
from events.recording import record
from orchestrator_ws.crash_points import crash_point
from processes.executors import submit_after_commit
from processes.leases import live
from processes.models import Process
from processes.statuses import RUNNABLE, ProcessStatus

CALL_AGAIN = timedelta(minutes=1)
"""How long after an unlock a callback is waited for at least."""


def resume_standing(**signal_arguments: Any) -> None:
    """Resume every runnable process that no runner holds; receives the engine's unlock, inside its transaction.

    Each ``running`` one becomes ``resumed``, which browsers hear of. ``created`` and ``resumed`` ones, which the lock
    kept from being taken, are only submitted again.
    """
    # Who wanted to call back was refused while the engine was locked, and must find the process still waiting.
    soon = Now() + CALL_AGAIN
    Process.objects.filter(last_status=ProcessStatus.AWAITING_CALLBACK, due_at__lt=soon).update(due_at=soon)
    standing = Process.objects.filter(~live(), last_status__in=RUNNABLE).order_by("started_at")
    for process_id, status in list(standing.values_list("pk", "last_status")):
        if status == ProcessStatus.RUNNING:
            resumed = Process.objects.filter(~live(), pk=process_id, last_status=status).update(
                last_status=ProcessStatus.RESUMED, last_modified_at=timezone.now()
            )
            if not resumed:
                continue
            record(Change(ChangeKind.PROCESS, process_id))
        submit_after_commit(process_id)
        crash_point("before recovery commit")
