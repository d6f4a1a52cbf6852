"""Resume all tasks that failed or wait: asked for in one request, done by the maintenance loop, one at a time."""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from access.callers import Caller
from audit.actions import Action, Kind
from audit.recording import audit
from orchestrator_ws.errors import OrchestratorError
from processes.authorization import RETRIED, find_retryable
from processes.errors import ResumeAllInProgressError
from processes.models import Process, ResumeRequest
from processes.operations import resume_process
from settings.operations import EngineLockedError, require_unlocked
from settings.queries import hold_engine

logger = logging.getLogger(__name__)

MAX_RESUMES = 100
"""Tasks that one call of ``resume_requested`` resumes; the others follow at the next."""


def request_resume_all(caller: Caller | None, reporter: str) -> int:
    """Ask that every task which failed or waits now and the caller may retry be resumed; return how many they are.

    Nobody (None) may retry what has no authorizer. The authorizers are asked now, and the request is stored with what
    they said: where each task may be resumed from. So it outlives the death of any host and holds nothing of the
    caller. Not inside a transaction, as ``authorize_start``.

    Raises:
        EngineLockedError: the engine is locked.
        ResumeAllInProgressError: not all tasks of an earlier request have been resumed yet.
    """
    require_unlocked()
    _require_none_in_progress()
    judged = find_retryable(_tasks(), caller)
    with transaction.atomic():
        # Of two requests at once the second sees what the first one asks for.
        if hold_engine().global_lock:
            raise EngineLockedError
        _require_none_in_progress()
        standing = _tasks().values_list("pk", flat=True)
        requests = [
            ResumeRequest(process_id=process_id, judged_row=judged[process_id], created_by=reporter)
            for process_id in standing
            if process_id in judged
        ]
        ResumeRequest.objects.bulk_create(requests)
        audit(Action.RESUME_ALL, Kind.TASKS, reporter=reporter, count=len(requests))
    return len(requests)


def resume_requested() -> int:
    """Resume the tasks that were asked for and return how many; those that have gone on since are skipped.

    Each in a transaction of its own, which ends its request, so any number of hosts may do it at once. While the
    engine is locked the requests wait.
    """
    requests = ResumeRequest.objects.order_by("process__started_at").values_list("pk", "judged_row", "created_by")
    return sum(_resume(*request) for request in list(requests[:MAX_RESUMES]))


def _require_none_in_progress() -> None:
    if ResumeRequest.objects.exists():
        raise ResumeAllInProgressError


def _tasks() -> QuerySet[Process]:
    return Process.objects.filter(is_task=True, last_status__in=RETRIED)


def _resume(process_id: UUID, judged_row: int, reporter: str) -> bool:
    try:
        with transaction.atomic():
            resumed = _is_resumed(process_id, judged_row, reporter)
            if not ResumeRequest.objects.filter(pk=process_id).delete()[0]:
                # Another host was faster, and the task has failed again since.
                transaction.set_rollback(True)
                return False
            return resumed
    except EngineLockedError:
        return False


def _is_resumed(process_id: UUID, judged_row: int, reporter: str) -> bool:
    if not _tasks().filter(pk=process_id).exists():
        return False
    try:
        resume_process(process_id, [], reporter, only=RETRIED, judged_row=judged_row)
    except EngineLockedError:
        raise
    except OrchestratorError as error:
        logger.info("Task %s is left out of the resume of all tasks: %s", process_id, error)
        return False
    return True
