"""Leaves processes to the hosts that serve: for a command, which ends as soon as it has done its work."""

from uuid import UUID

from processes.executors.base import Kind
from processes.statuses import ProcessStatus


class ElsewhereExecutor:
    """See ``Executor``; what is submitted stands still until the reconciler of a server finds it, a second or two."""

    name = "threadpool"
    status_when_resumed = ProcessStatus.RUNNING
    worker_count = 0

    def submit(self, process_id: UUID) -> None:
        """Do nothing: the row is committed, and runnable."""

    def queue_of(self, kind: Kind) -> str:
        """Return the one that there is."""
        return self.name

    def room_in(self, queue: str, standing: int) -> int:
        """Return 0: nothing runs here."""
        return 0

    def stop(self, *, wait: bool = True) -> None:
        """Do nothing."""
