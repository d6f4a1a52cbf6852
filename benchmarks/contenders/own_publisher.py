"""Records changes as the product does: in transactions, with the change log and the broadcast thread."""

import os
import time
import uuid

import django
from django.db import transaction

from benchmarks.publishing import serve


def main() -> None:
    """Set Django up, and record as ordered."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator_ws.settings")
    django.setup()
    from events.changes import Change, ChangeKind  # noqa: PLC0415  importable only now
    from events.recording import record  # noqa: PLC0415

    def publish(key: str) -> float:
        times = []
        with transaction.atomic():
            # Before the change is handed to the broadcast thread.
            transaction.on_commit(lambda: times.append(time.monotonic()))
            record(Change(ChangeKind.PROCESS, uuid.UUID(key)))
        return times[0]

    serve(publish)


if __name__ == "__main__":
    main()
