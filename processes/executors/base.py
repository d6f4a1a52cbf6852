"""What an executor is."""

from typing import NamedTuple, Protocol
from uuid import UUID

from processes.statuses import ProcessStatus


class Kind(NamedTuple):
    """What decides in which queue a process waits."""

    target: str
    is_task: bool
    status: str


class Executor(Protocol):
    """Brings processes to runners."""

    name: str
    """Its name on the wire (``executor_type``)."""

    status_when_resumed: ProcessStatus
    """``running`` where a runner is at hand, ``resumed`` where the process waits in a queue of its own first."""

    worker_count: int
    """How many runners this OS process has."""

    def submit(self, process_id: UUID) -> None:
        """See that the process is run soon; called after the commit, any thread; never raises."""
        ...

    def queue_of(self, kind: Kind) -> str:
        """Return the name of the queue in which such processes wait for a runner."""
        ...

    def room_in(self, queue: str, standing: int) -> int:
        """Return how many of the ``standing`` runnable processes of the queue, which no runner holds, to submit now.

        What was submitted and waits in a queue is not lost; submitting it once more is harmless, but costs.
        """
        ...

    def stop(self, *, wait: bool = True) -> None:
        """Let runners stop before their next step, and wait for them; nothing is run afterwards. Idempotent."""
        ...
