"""How many workers there are and what they have to do, told by the database alone, so also while a broker is away."""

import time
from dataclasses import dataclass

from django.db import transaction

from events.changes import Change, ChangeKind
from events.recording import record
from processes import leases
from processes.executors import get_executor
from processes.hosts import count_runners
from processes.queries import count_queued

FORGET_SECONDS = 5.0
"""After so long a pause another host may have told browsers other numbers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerStatus:
    """The numbers of one moment, of all hosts; keys and order are those of ``docs/rest.md``, section 6."""

    executor_type: str
    number_of_workers_online: int
    """Runners of the hosts that live."""
    number_of_queued_jobs: int
    """Processes that wait for a runner, wherever they wait."""
    number_of_running_jobs: int
    """Processes that a runner holds."""


def get_worker_status() -> WorkerStatus:
    """Return the numbers of now; three queries, and no question to a broker or a worker."""
    return WorkerStatus(
        executor_type=get_executor().name,
        number_of_workers_online=count_runners(),
        number_of_queued_jobs=count_queued(),
        number_of_running_jobs=leases.count_live(),
    )


class WorkerStatusWatch:
    """What the one host that does maintenance has told browsers."""

    def __init__(self) -> None:
        self._told: WorkerStatus | None = None
        # Monotonic time, in seconds, of the last look.
        self._looked_at = 0.0

    def record_if_changed(self) -> int:
        """Tell browsers if the numbers are not those of the last call; return how often they were told.

        Only with Celery, as the contract says (``docs/messages.md``, section 7). Called about once a second, in one
        thread of one host; the first call on a host, or after a while, always tells.
        """
        if get_executor().name != "celery":
            return 0
        now = time.monotonic()
        if now - self._looked_at > FORGET_SECONDS:
            self._told = None
        self._looked_at = now
        status = get_worker_status()
        if status == self._told:
            return 0
        with transaction.atomic():
            record(Change(ChangeKind.WORKER_STATUS))
        self._told = status
        return 1


# The watch of this OS process.
record_if_changed = WorkerStatusWatch().record_if_changed
