"""Runs a process in the caller's thread, before ``submit`` returns: for tests."""

import logging
from uuid import UUID

from processes.execution import run_process
from processes.executors.base import Kind
from processes.statuses import ProcessStatus

logger = logging.getLogger(__name__)


class ImmediateExecutor:
    """See ``Executor``."""

    name = "immediate"
    status_when_resumed = ProcessStatus.RUNNING
    worker_count = 1

    def submit(self, process_id: UUID) -> None:
        """Run the process now."""
        # As in a pool's job: whoever started the process has it committed and must not see its runner fail.
        try:
            run_process(process_id)
        except Exception:
            logger.exception("Runner of process %s failed", process_id)

    def queue_of(self, kind: Kind) -> str:
        """Return the one that there is."""
        return self.name

    def room_in(self, queue: str, standing: int) -> int:
        """Return them all: nothing waits in a queue here."""
        return standing

    def stop(self, *, wait: bool = True) -> None:
        """Do nothing: no process runs between two calls."""
