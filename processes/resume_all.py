"""Resume all tasks that failed or wait: asked for in one request, done by the maintenance loop, one at a time."""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from audit.actions import Action, Kind
from audit.recording import audit
from orchestrator_ws.errors import OrchestratorError
from processes.errors import ResumeAllInProgressError
from processes.models import Process, ResumeRequest
from processes.operations import resume_process
from processes.statuses import FAILURES, ProcessStatus
from settings.operations import EngineLockedError
from settings.queries import hold_engine

logger = logging.getLogger(__name__)

TAKEN = FAILURES | {ProcessStatus.WAITING}
"""The statuses of the tasks that are resumed."""

MAX_RESUMES = 100
"""Tasks that one call of ``resume_requested`` resumes; the others follow at the next."""


def request_resume_all(reporter: str) -> int:
    """Ask that every task which failed or waits now be resumed, and return how many they are; one transaction.

    The request is stored, so it outlives the death of any host.

    Raises:
        EngineLockedError: the engine is locked.
        ResumeAllInProgressError: not all tasks of an earlier request have been resumed yet.
    """
    with transaction.atomic():
        # Of two requests at once the second sees what the first one asks for.
        if hold_engine().global_lock:
            raise EngineLockedError
        if ResumeRequest.objects.exists():
            raise ResumeAllInProgressError
        requests = [ResumeRequest(process=task, created_by=reporter) for task in _tasks().only("pk")]
        ResumeRequest.objects.bulk_create(requests)
        audit(Action.RESUME_ALL, Kind.TASKS, reporter=reporter, count=len(requests))
    return len(requests)


def resume_requested() -> int:
    """Resume the tasks that were asked for and return how many; those that run by now are skipped.

    Each in a transaction of its own, which ends its request, so any number of hosts may do it at once. While the
    engine is locked the requests wait.
    """
    requests = ResumeRequest.objects.order_by("process__started_at").values_list("pk", "created_by")
    return sum(_resume(process_id, reporter) for process_id, reporter in list(requests[:MAX_RESUMES]))


def _tasks() -> QuerySet[Process]:
    return Process.objects.filter(is_task=True, last_status__in=TAKEN)


def _resume(process_id: UUID, reporter: str) -> bool:
    try:
        with transaction.atomic():
            resumed = _is_resumed(process_id, reporter)
            if not ResumeRequest.objects.filter(pk=process_id).delete()[0]:
                # Another host was faster, and the task has failed again since.
                transaction.set_rollback(True)
                return False
            return resumed
    except EngineLockedError:
        return False


def _is_resumed(process_id: UUID, reporter: str) -> bool:
    if not _tasks().filter(pk=process_id).exists():
        return False
    try:
        resume_process(process_id, [], reporter, only=TAKEN)
    except EngineLockedError:
        raise
    except OrchestratorError as error:
        logger.info("Task %s is left out of the resume of all tasks: %s", process_id, error)
        return False
    return True
