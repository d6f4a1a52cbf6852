"""Retry processes that wait: those whose time has come, or all of them."""

import logging
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from orchestrator_ws.errors import OrchestratorError
from processes.leases import live
from processes.models import Process
from processes.operations import resume_process
from processes.statuses import ProcessStatus
from processes.workflow.registry import WORKFLOWS
from settings.queries import locked_expression

logger = logging.getLogger(__name__)

SYSTEM = "SYSTEM"
"""For whom it is done."""

MAX_RETRIES = 100
"""Processes that one call of ``retry_due`` retries; the others are still due at the next."""


def retry_due() -> int:
    """Retry the processes that wait and whose ``due_at`` has passed; return how many. None while the engine is locked.

    Each in a transaction of its own, so any number of hosts may do it at once.
    """
    return _retry(_waiting().filter(due_at__lte=Now()).order_by("due_at")[:MAX_RETRIES])


def retry_waiting() -> int:
    """Retry the processes that wait, due or not; else as ``retry_due``."""
    return _retry(_waiting().order_by("started_at"))


def _waiting() -> QuerySet[Process]:
    return Process.objects.filter(
        ~live(), ~locked_expression(), last_status=ProcessStatus.WAITING, workflow__name__in=WORKFLOWS.keys()
    )


def _retry(processes: QuerySet[Process]) -> int:
    return sum(_is_retried(process_id) for process_id in list(processes.values_list("pk", flat=True)))


def _is_retried(process_id: UUID) -> bool:
    try:
        resume_process(process_id, [], SYSTEM, only=frozenset({ProcessStatus.WAITING}))
    except OrchestratorError as error:  # somebody else was faster, or the engine has been locked
        logger.info("Process %s is not retried: %s", process_id, error)
        return False
    return True
