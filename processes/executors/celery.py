"""Runs processes in Celery workers. Only ids travel, and a lost message costs time: the database knows what to run."""

import logging
from collections.abc import Sequence
from functools import cache
from uuid import UUID

from celery import Celery
from django.conf import settings as django_settings
from kombu import Queue
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from processes import execution
from processes.executors.base import Kind
from processes.executors.job import run_jobs
from processes.executors.sender import Sender
from processes.models import Process
from processes.statuses import ProcessStatus

logger = logging.getLogger(__name__)

STOP_SECONDS = 5.0
"""How long the end waits for what is not sent yet."""


def queue_for(kind: Kind) -> str:
    """Return the queue of a process: that of its target if it has one of its own."""
    things = "tasks" if kind.is_task else "workflows"
    default = f"new_{things}" if kind.status == ProcessStatus.CREATED else f"resume_{things}"
    return django_settings.ENVIRONMENT.queue_of_target.get(kind.target, default)


def queue_names() -> list[str]:
    """Return all queues; a worker serves each of them."""
    ours = ["new_workflows", "new_tasks", "resume_workflows", "resume_tasks"]
    return list(dict.fromkeys([*ours, *django_settings.ENVIRONMENT.queue_of_target.values()]))


@cache
def celery_application() -> Celery:
    """Return the Celery application of this OS process; it has one task, and keeps no results."""
    application = Celery("orchestrator", fixups=[], set_as_current=False)
    application.conf.update(
        django_settings.CELERY_BROKER,
        accept_content=["json"],
        # A worker waits for its broker as long as it takes.
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_queues=[Queue(name) for name in queue_names()],
        worker_cancel_long_running_tasks_on_connection_loss=False,
        # A worker takes as many messages as it has idle runners, and acknowledges them at once: what it does not run
        # must not wait behind what it runs, and what it lost the database knows.
        worker_disable_prefetch=True,
        worker_enable_remote_control=False,
    )
    application.task(_run, name="processes.run")
    return application


class CeleryExecutor:
    """See ``Executor``."""

    name = "celery"
    status_when_resumed = ProcessStatus.RESUMED
    # A worker, which has some, says so itself.
    worker_count = 0

    def __init__(self) -> None:
        self._sender = Sender(_send)

    def submit(self, process_id: UUID) -> None:
        """Queue the process for the thread that sends: a broker that is slow or away holds up nobody."""
        self._sender.put(process_id)

    def queue_of(self, kind: Kind) -> str:
        """Return the queue in the broker."""
        return queue_for(kind)

    def room_in(self, queue: str, standing: int) -> int:
        """Return how many are neither in the broker nor on their way; none while the broker does not answer."""
        try:
            return max(0, standing - self._sender.length - _count_in_broker(queue))
        except (OperationalError, RedisError):
            logger.warning("The broker does not say how many processes wait in it", exc_info=True)
            return 0

    def stop(self, *, wait: bool = True) -> None:
        """Let the runners of this OS process, a worker, stop before their next step; then send what is not sent."""
        execution.stopping.requested = True
        if wait:
            self._sender.stop(STOP_SECONDS)


def _send(process_ids: Sequence[UUID]) -> None:
    application = celery_application()
    rows = Process.objects.filter(pk__in=process_ids).values_list("pk", "workflow__target", "is_task", "last_status")
    queues = {pk: queue_for(Kind(target, is_task, status)) for pk, target, is_task, status in rows}
    with application.producer_or_acquire() as producer:
        for process_id in process_ids:
            if process_id in queues:
                application.tasks["processes.run"].apply_async(
                    [str(process_id)], producer=producer, queue=queues[process_id], retry=False
                )


def _count_in_broker(queue: str) -> int:
    with celery_application().connection_for_read() as broker:
        return int(broker.default_channel.client.llen(queue))


def _run(process_id: str) -> None:
    from processes.executors import get_executor  # noqa: PLC0415  this module is one of those that it chooses from

    if not execution.stopping.requested:
        run_jobs([UUID(process_id)])
    if execution.stopping.requested:
        # This worker ends: another one goes on at once. Nobody runs a process that has come to its end.
        get_executor().submit(UUID(process_id))
