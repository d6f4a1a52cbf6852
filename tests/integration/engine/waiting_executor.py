"""An executor for tests of who submits what: it runs nothing."""

from uuid import UUID

from processes.executors.base import Kind
from processes.statuses import ProcessStatus


class WaitingExecutor:
    """See ``Executor``; notes what is submitted."""

    name = "waiting"
    status_when_resumed = ProcessStatus.RESUMED
    worker_count = 1

    def __init__(self, *, room: int) -> None:
        self.room = room
        self.submitted: list[UUID] = []

    def submit(self, process_id: UUID) -> None:
        self.submitted.append(process_id)

    def queue_of(self, kind: Kind) -> str:
        return self.name

    def room_in(self, queue: str, standing: int) -> int:
        return min(standing, self.room)

    def stop(self, *, wait: bool = True) -> None:
        pass
