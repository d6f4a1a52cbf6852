"""Records changes as the product does: in transactions, with the change log and the broadcast thread."""

import os
import time
import uuid

import django
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator_ws.settings")
django.setup()

# isort: split
from benchmarks.publishing import serve
from events.changes import Change, ChangeKind
from events.recording import record


def publish(key: str) -> float:
    """Record a change of a process in a transaction of its own."""
    committed_at = 0.0

    def note() -> None:
        nonlocal committed_at
        committed_at = time.monotonic()

    with transaction.atomic():
        # Before the change is handed to the broadcast thread.
        transaction.on_commit(note)
        record(Change(ChangeKind.PROCESS, uuid.UUID(key)))
    return committed_at


if __name__ == "__main__":
    serve(publish)
