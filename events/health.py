"""Whether changes reach the browsers, and at once, and what apps above add: what ``/api/health`` reports."""

from collections.abc import Callable

from django.db import Error as DatabaseFailure
from django.db import connection

from access import authentication
from events.broadcast_thread import broadcast_thread
from events.websocket_manager import list_faults
from orchestrator_ws.errors import FailedOperationError

PROBE_TIMEOUT_SECONDS = 1.5

# Fills in what the engine, above this app, is not at its best for.
_list_engine_faults: Callable[[], list[str]] = list


def provide(list_engine_faults: Callable[[], list[str]]) -> None:
    """Name the function that tells what is wrong with the engine's part of this OS process; it must answer at once."""
    global _list_engine_faults
    _list_engine_faults = list_engine_faults


def degraded_reasons() -> list[str]:
    """Return why this server is not at its best, nothing when it is; asks database and channel layer now.

    Raises:
        FailedOperationError: the database does not answer.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseFailure as error:
        raise FailedOperationError("The database does not answer") from error
    failure = broadcast_thread.probe(PROBE_TIMEOUT_SECONDS)
    faults = [*list_faults(), *authentication.list_faults(), *_list_engine_faults()]
    return faults if failure is None else [failure, *faults]
