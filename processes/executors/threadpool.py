"""Runs processes in a pool of threads of the server."""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from processes import execution
from processes.executors.base import Kind
from processes.executors.job import run_jobs
from processes.statuses import ProcessStatus

logger = logging.getLogger(__name__)


class ThreadPoolProcessExecutor:
    """See ``Executor``."""

    name = "threadpool"
    status_when_resumed = ProcessStatus.RUNNING

    def __init__(self, worker_count: int) -> None:
        self.worker_count = worker_count
        self._pool = ThreadPoolExecutor(worker_count, "process")
        # What no thread has begun; each of them takes from it until nothing is left.
        self._waiting: deque[UUID] = deque()
        # How many jobs are queued or run; the lock guards it.
        self._outstanding = 0
        self._counting = threading.Lock()

    def submit(self, process_id: UUID) -> None:
        """Queue the process; after ``stop`` the database keeps it for another host."""
        self._waiting.append(process_id)
        try:
            job = self._pool.submit(run_jobs, self._taken())
        except RuntimeError:
            logger.warning("Process %s waits: this server shuts down", process_id)
            return
        self._count(1)
        job.add_done_callback(lambda _: self._count(-1))

    def queue_of(self, kind: Kind) -> str:
        """Return the one that there is."""
        return self.name

    def room_in(self, queue: str, standing: int) -> int:
        """Return as many as there are idle runners."""
        return min(standing, max(0, self.worker_count - self._outstanding))

    def stop(self, *, wait: bool = True) -> None:
        """Drop the queue, ask the runners to stop before their next step, and wait for them."""
        execution.stopping.requested = True
        logger.info("Shutting down: runners stop before their next step")
        self._pool.shutdown(wait=wait, cancel_futures=True)

    def _taken(self) -> Iterator[UUID]:
        while not execution.stopping.requested:
            try:
                yield self._waiting.popleft()
            except IndexError:
                return

    def _count(self, jobs: int) -> None:
        with self._counting:
            self._outstanding += jobs
