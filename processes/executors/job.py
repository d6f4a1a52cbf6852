"""The jobs of a thread that runs processes."""

import logging
from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from processes import execution

logger = logging.getLogger(__name__)


def run_jobs(process_ids: Iterable[UUID]) -> None:
    """Run processes one after another; never raises, and keeps no connection to the database afterwards."""
    # Kept in between: to connect costs both sides as much as several steps do.
    try:
        for process_id in process_ids:
            _run_job(process_id)
    finally:
        connection.close()


def _run_job(process_id: UUID) -> None:
    # The top of the job: a fault here (the database away, say) must not pass silently, nor end the thread, nor spoil
    # the next job.
    try:
        execution.run_process(process_id)
    except Exception:
        logger.exception("Runner of process %s failed", process_id)
        connection.close()
