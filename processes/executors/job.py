"""One job of a thread that runs processes."""

import logging
from uuid import UUID

from django.db import connection

from processes import execution

logger = logging.getLogger(__name__)


def run_job(process_id: UUID) -> None:
    """Run the process; never raises, and keeps no connection to the database."""
    # The top of the job: a fault here (the database away, say) must not pass silently, nor end the thread.
    try:
        execution.run_process(process_id)
    except Exception:
        logger.exception("Runner of process %s failed", process_id)
    finally:
        connection.close()
