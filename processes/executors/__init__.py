"""Executors: where a process runs. Only ids are handed to them; the database is the queue of record."""

from functools import cache
from uuid import UUID

from django.conf import settings as django_settings
from django.db import transaction

from orchestrator_ws.crash_points import crash_point
from processes.executors.base import Executor
from processes.executors.elsewhere import ElsewhereExecutor
from processes.executors.immediate import ImmediateExecutor
from processes.executors.threadpool import ThreadPoolProcessExecutor

# Whether this OS process may have runners.
_is_host = True


def leave_to_hosts() -> None:
    """Let no process run in this OS process, which ends soon; call it before anything is submitted."""
    global _is_host
    _is_host = False
    get_executor.cache_clear()


@cache
def get_executor() -> Executor:
    """Return this OS process's executor, as ``EXECUTOR`` names it."""
    environment = django_settings.ENVIRONMENT
    match environment.executor:
        case "immediate":
            return ImmediateExecutor()
        case "celery":
            # Imported only where it is wanted: Celery takes a third of a second.
            from processes.executors.celery import CeleryExecutor  # noqa: PLC0415

            return CeleryExecutor()
        case _ if not _is_host:
            return ElsewhereExecutor()
        case _:
            return ThreadPoolProcessExecutor(environment.max_workers)


def submit_after_commit(process_id: UUID) -> None:
    """Hand the process to the executor once the caller's transaction is committed; a fault there undoes nothing."""

    def submit() -> None:
        crash_point("before submit")
        get_executor().submit(process_id)
        crash_point("after submit")

    transaction.on_commit(submit, robust=True)
