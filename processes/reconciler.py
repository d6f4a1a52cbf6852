"""Set processes going again that no runner holds: the database, and no executor, is the queue of record."""

import logging
import math
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, F, QuerySet

from orchestrator_ws.crash_points import crash_point
from processes import lease_times, metrics
from processes.executors import get_executor
from processes.executors.base import Kind
from processes.leases import live
from processes.models import Process
from processes.statuses import RUNNABLE
from processes.workflow.registry import WORKFLOWS
from settings.queries import locked_expression

logger = logging.getLogger(__name__)

MAX_STANDING = 1000
"""Processes that one look considers; the others follow when these have run."""

NEVER = -math.inf

KIND_COLUMNS = ("workflow__target", "is_task", "last_status")


class Standstill(NamedTuple):
    """A process that no runner holds. One that went on, or was lost once more, stands still anew."""

    process_id: UUID
    # The token of the runner that lost it, None if nobody did.
    lost_lease: UUID | None
    last_modified_at: datetime
    kind: Kind


class Reconciler:
    """Looks for processes that stand still, and hands them to this OS process's executor. One thread uses it.

    What a runner held and lost (killed, or cut off from the database) is submitted at once. What nobody holds is
    submitted if it stood still at the look before too, so that the ordinary way of a process from its operation to a
    runner is not overtaken. What was submitted has a lease period to begin, before it is submitted again. A submitted
    process keeps its status: browsers see no change until its next step. If several hosts submit the same process,
    the lease decides which of them runs it.
    """

    def __init__(self) -> None:
        # What stood still at the last look, and at which monotonic time it was submitted here.
        self._submitted_at: dict[Standstill, float] = {}

    def look(self) -> None:
        """Submit what stands still, as much as the executor has room for; one query if there is nothing to do."""
        now = time.monotonic()
        before = self._submitted_at
        self._submitted_at = {each: before.get(each, NEVER) for each in _find()}
        ready = [
            each
            for each, submitted_at in self._submitted_at.items()
            if (each.lost_lease or each in before) and now - submitted_at >= lease_times.repeat_seconds()
        ]
        for each in _submit(ready):
            self._submitted_at[each] = now


def submit_standing() -> int:
    """Submit what stands still now, without a second look, and return how many processes that were."""
    return len(_submit(_find()))


def _find() -> list[Standstill]:
    """Return what stands still: what runners lost, the latest first, then what nobody holds, the oldest first."""
    rows = _standing().order_by(F("lease_expires_at").desc(nulls_last=True), "started_at", "pk")
    columns = rows.values_list("pk", "lease_token", "last_modified_at", *KIND_COLUMNS)
    return [Standstill(pk, token, modified_at, Kind(*kind)) for pk, token, modified_at, *kind in columns[:MAX_STANDING]]


def _standing() -> QuerySet[Process]:
    """Return the runnable processes that no live lease holds and that could run here."""
    return Process.objects.filter(
        ~live(), ~locked_expression(), last_status__in=RUNNABLE, workflow__name__in=WORKFLOWS.keys()
    )


def _submit(ready: Sequence[Standstill]) -> list[Standstill]:
    """Submit as many of these as their queues have room for, the first ones, and return them."""
    if not ready:
        return []
    executor = get_executor()
    standing: Counter[str] = Counter()
    for *kind, count in _standing().values_list(*KIND_COLUMNS).annotate(Count("pk")):
        standing[executor.queue_of(Kind(*kind))] += count
    ready_for: dict[str, list[Standstill]] = defaultdict(list)
    for each in ready:
        ready_for[executor.queue_of(each.kind)].append(each)
    submitted = [each for queue in ready_for for each in ready_for[queue][: executor.room_in(queue, standing[queue])]]
    for each in submitted:
        logger.info("Process %s stood still without a runner and is submitted", each.process_id)
        crash_point("before reconciliation")
        executor.submit(each.process_id)
    metrics.PICKED_UP.inc(len(submitted))
    return submitted
