"""The Celery worker: runs the processes that servers submit, ``MAX_WORKERS`` at a time.

python -m orchestrator_ws.celery_worker
"""

import logging
import os
import signal
import sys
from types import FrameType
from typing import Any

import django
from celery.app.amqp import AMQP
from celery.worker import WorkController
from celery.worker import state as worker_state
from kombu import Connection

from orchestrator_ws.celery_pool import WakingPool
from orchestrator_ws.crash_points import crash_point
from orchestrator_ws.environment import load_environment
from orchestrator_ws.errors import ConfigurationError
from orchestrator_ws.worker_metrics import serve_metrics

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator_ws.settings")
django.setup()

# Importable only now that Django is set up.
from events.broadcast_thread import broadcast_thread  # noqa: E402
from processes import execution, executor_host  # noqa: E402
from processes.executors import get_executor  # noqa: E402
from processes.executors.celery import celery_application  # noqa: E402

RECONNECT_SECONDS = 1.0
"""Longest pause between two attempts to reach the broker; Celery's own grows to half a minute."""


logger = logging.getLogger(__name__)


class PatientConnection(Connection):
    """A connection that a worker waits for, as long as it takes."""

    def ensure_connection(self, *arguments: Any, **options: Any) -> Connection:
        """Connect, and try again until it succeeds or the worker ends."""
        pauses = {"interval_start": RECONNECT_SECONDS, "interval_step": 0, "interval_max": RECONNECT_SECONDS}
        return super().ensure_connection(*arguments, **options, **pauses)


class WorkerAMQP(AMQP):
    """What a worker makes its connections with."""

    Connection = PatientConnection


class Worker(WorkController):
    """A worker with a thread for each process that it runs at a time."""

    def __init__(self, runner_count: int) -> None:
        self._runner_count = runner_count
        application = celery_application()
        application.amqp_cls = WorkerAMQP
        super().__init__(
            application,
            pool=WakingPool,
            concurrency=runner_count,
            without_gossip=True,
            without_heartbeat=True,
            without_mingle=True,
        )

    def on_start(self) -> None:
        """Show this host, and watch for processes that no runner holds."""
        super().on_start()
        executor_host.start(self._runner_count)

    def on_consumer_ready(self, consumer: Any) -> None:
        """Say that the broker is reached, at first or again."""
        logger.info("Takes processes from %s", ", ".join(sorted(consumer.app.amqp.queues)))

    def on_close(self) -> None:
        """Take no more; whoever runs a step is waited for after this."""
        logger.info("Shutting down: runners stop before their next step")
        crash_point("runners asked to stop")
        execution.stopping.requested = True
        executor_host.stop()
        super().on_close()

    def stop_soon(self, signal_number: int, _: FrameType | None) -> None:
        """Receive a signal: each runner stops after its step, then the worker ends; the next signal ends it at once."""
        execution.stopping.requested = True
        worker_state.should_stop = 0
        signal.signal(signal_number, signal.SIG_DFL)


def main() -> None:
    """Work until a signal comes and each runner has finished its step; other workers go on with the processes."""
    environment = load_environment()
    if environment.executor != "celery":
        raise ConfigurationError("EXECUTOR is not celery: set it to celery, here and for the servers, to use workers.")
    if environment.worker_metrics_port:
        serve_metrics(environment.host, environment.worker_metrics_port, environment.metrics_token)
    worker = Worker(environment.max_workers)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, worker.stop_soon)
    worker.start()
    crash_point("runners stopped")
    get_executor().stop()
    broadcast_thread.stop()
    sys.exit(worker.exitcode or 0)


if __name__ == "__main__":
    main()
