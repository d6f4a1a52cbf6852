"""Tell the world that something changed: the only way to do so, inside the transaction that changes it."""

from django.db import connection, transaction

from events import change_log
from events.broadcast_thread import broadcast_thread
from events.changes import Change
from orchestrator_ws.crash_points import crash_point


class RecordingOutsideTransactionError(RuntimeError):
    """A change can only be recorded inside the transaction that makes it: wrap both in ``transaction.atomic()``."""


def record(*changes: Change) -> None:
    """Write the changes into the change log and, after the commit, hand them to the broadcast thread.

    A rollback leaves no row and sends no frame. Never raises for a fault of the event path after the commit.

    Raises:
        RecordingOutsideTransactionError: there is no open transaction.
    """
    if not connection.in_atomic_block:
        raise RecordingOutsideTransactionError(RecordingOutsideTransactionError.__doc__)
    logged = change_log.append(changes)

    def broadcast() -> None:
        crash_point("before broadcast")
        broadcast_thread.put(logged)

    transaction.on_commit(broadcast, robust=True)
