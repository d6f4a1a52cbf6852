"""A Celery worker in the OS process of the tests, so that it knows the workflows that a test defines."""

import threading
from types import TracebackType
from typing import Any, Self

from celery import signals
from celery.worker import WorkController
from celery.worker import state as worker_state

from orchestrator_ws.celery_pool import WakingPool
from processes.executors.celery import celery_application
from tests.waiting import TIMEOUT_SECONDS, eventually

RUNNER_COUNT = 4


class CeleryWorker:
    """Runs from the start of its ``with`` block to the end, in a thread, and counts what it has not come to."""

    def __init__(self) -> None:
        self._outstanding: set[str] = set()
        worker = WorkController(
            celery_application(),
            pool=WakingPool,
            concurrency=RUNNER_COUNT,
            without_gossip=True,
            without_heartbeat=True,
            without_mingle=True,
        )
        self._thread = threading.Thread(target=worker.start, name="CeleryWorker", daemon=True)

    def __enter__(self) -> Self:
        signals.before_task_publish.connect(self._sending)
        signals.task_postrun.connect(self._done)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        worker_state.should_stop = 0
        self._thread.join(TIMEOUT_SECONDS)
        worker_state.should_stop = None

    def wait_until_idle(self) -> None:
        """Wait until everything that was sent is done."""
        eventually(lambda: not self._outstanding)

    def _sending(self, headers: dict[str, Any], **_: Any) -> None:
        self._outstanding.add(headers["id"])

    def _done(self, task_id: str, **_: Any) -> None:
        self._outstanding.discard(task_id)
