"""Set processes going again that no runner holds: the database, and no executor, is the queue of record."""

import logging
from uuid import UUID

from django.db.models import QuerySet

from orchestrator_ws.crash_points import crash_point
from processes import metrics
from processes.executors import get_executor
from processes.leases import live
from processes.models import Process
from processes.statuses import RUNNABLE
from processes.workflow.registry import WORKFLOWS
from settings.queries import locked_expression

logger = logging.getLogger(__name__)

MAX_STANDING = 1000
"""Processes that one look considers; the others follow when these have run."""


class Reconciler:
    """Looks for processes that stand still, and hands them to this OS process's executor. One thread uses it.

    What a runner held and lost (killed, or cut off from the database) is submitted at once. What nobody holds is
    submitted if it stood still at the look before too, so that the ordinary way of a process from its operation to a
    runner is not overtaken. A submitted process keeps its status: browsers see no change until its next step. If
    several hosts submit the same process, the lease decides which of them runs it.
    """

    def __init__(self) -> None:
        # What stood still at the last look.
        self._seen: frozenset[UUID] = frozenset()

    def look(self) -> None:
        """Submit what stands still, as much as the executor has room for; one query if there is nothing to do."""
        standing = dict(_standing().values_list("pk", "lease_token")[:MAX_STANDING])
        ready = [pk for pk, lost_lease in standing.items() if lost_lease is not None or pk in self._seen]
        self._seen = frozenset(standing)
        if ready:
            _submit(ready)


def submit_standing() -> int:
    """Submit what stands still now, without a second look, and return how many processes that were."""
    ready = list(_standing().values_list("pk", flat=True)[:MAX_STANDING])
    return _submit(ready) if ready else 0


def _standing() -> QuerySet[Process]:
    """Return the runnable processes that no live lease holds and that could run here, oldest first."""
    return Process.objects.filter(
        ~live(), ~locked_expression(), last_status__in=RUNNABLE, workflow__name__in=WORKFLOWS.keys()
    ).order_by("started_at", "pk")


def _submit(ready: list[UUID]) -> int:
    executor = get_executor()
    submitted = ready[: executor.room_for(len(ready))]
    for process_id in submitted:
        logger.info("Process %s stood still without a runner and is submitted", process_id)
        crash_point("before reconciliation")
        executor.submit(process_id)
    metrics.PICKED_UP.inc(len(submitted))
    return len(submitted)
