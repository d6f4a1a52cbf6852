"""Whether changes reach the browsers, and at once: what ``/api/health`` reports."""

from django.db import Error as DatabaseFailure
from django.db import connection

from events.broadcast_thread import broadcast_thread
from events.websocket_manager import list_faults
from orchestrator_ws.errors import FailedOperationError

PROBE_TIMEOUT_SECONDS = 1.5


def degraded_reasons() -> list[str]:
    """Return why the event path is not at its best, nothing when it is; asks database and channel layer now.

    Raises:
        FailedOperationError: the database does not answer.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseFailure as error:
        raise FailedOperationError("The database does not answer") from error
    failure = broadcast_thread.probe(PROBE_TIMEOUT_SECONDS)
    return [*([] if failure is None else [failure]), *list_faults()]
