"""The OS process that changes notes, as an executor changes processes; driven by JSON lines.

Each command on stdin is answered by one line on stdout; every commit is reported there too, before its broadcast.
``tests.faults.writing`` is the other side.
"""

import contextlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count, cycle
from typing import Any
from uuid import UUID

from tests.faults import sabotage

CHANGES_PER_TRANSACTION = 5
TRANSACTIONS_PER_COLD = 10
CATCH_UP_FACTOR = 2
RETRY_SECONDS = 0.05

Command = dict[str, Any]

_printing = threading.Lock()


def say(**line: Any) -> None:
    """Write a line to stdout, whole, from any thread."""
    with _printing:
        print(json.dumps(line), flush=True)


def make_processes(count: int) -> list[str]:
    """Create processes that no runner takes, with revision 0 as their note."""
    from django.utils import timezone  # noqa: PLC0415  only after Django is set up

    from processes.models import Process, Workflow  # noqa: PLC0415

    workflow = Workflow.objects.create(name="written", target="SYSTEM", is_task=False)
    now = timezone.now()
    rows = [
        Process(
            workflow=workflow, is_task=False, last_status="suspended", note="0", started_at=now, last_modified_at=now
        )
        for _ in range(count)
    ]
    return [str(row.pk) for row in Process.objects.bulk_create(rows)]


def change(process_ids: Sequence[str], revision: int, before_commit: Callable[[], None] = lambda: None) -> None:
    """Set the notes in one transaction, report its commit, and only then let it be broadcast."""
    from django.db import transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from events.changes import Change, ChangeKind  # noqa: PLC0415
    from events.recording import record  # noqa: PLC0415
    from processes.models import Process  # noqa: PLC0415

    with transaction.atomic():
        Process.objects.filter(pk__in=process_ids).update(note=str(revision), last_modified_at=timezone.now())
        transaction.on_commit(lambda: say(committed=list(process_ids), revision=revision, at=time.monotonic()))
        record(*(Change(ChangeKind.PROCESS, UUID(process_id)) for process_id in process_ids))
        before_commit()


def change_certainly(process_ids: Sequence[str], revision: int) -> None:
    """As ``change``; while the database is away, try until it is known that the transaction was committed."""
    from django.db import Error, connection  # noqa: PLC0415

    from processes.models import Process  # noqa: PLC0415

    while True:
        try:
            change(process_ids, revision)
            return
        except Error:
            connection.close()
        # Whether it was committed before the connection broke, only the row knows.
        with contextlib.suppress(Error):
            if Process.objects.get(pk=process_ids[0]).note == str(revision):
                say(committed=list(process_ids), revision=revision, at=time.monotonic())
                return
        connection.close()
        time.sleep(RETRY_SECONDS)


def take_turns(process_ids: Sequence[str]) -> Iterator[list[str]]:
    """Yield what each transaction changes: mostly the first half; one of the second half only now and then.

    What is lost of a process that changes all the time, the next change hides; that of a rare one stays to be seen.
    """
    half = len(process_ids) // 2
    hot, cold = cycle(process_ids[:half]), cycle(process_ids[half:])
    for number in count():
        is_cold = number % TRANSACTIONS_PER_COLD == 0
        turn = [next(hot) for _ in range(CHANGES_PER_TRANSACTION - is_cold)]
        yield [*turn, next(cold)] if is_cold else turn


class Writer:
    """Does what commands say, and between them changes notes if told to."""

    def __init__(self) -> None:
        self._commands: queue.Queue[Command | None] = queue.Queue()
        # Set while there is something to write: the processes in turn, and the pace.
        self._load: Command | None = None
        self._turns: Iterator[list[str]] = iter([])
        self._revision = 0
        # Set when the transaction that is held may commit.
        self._released = threading.Event()

    def work(self) -> None:
        """Work until stdin ends."""
        threading.Thread(target=self._read_commands, daemon=True).start()
        while True:
            if self._load is None or not self._commands.empty():
                command = self._commands.get()
                if command is None:
                    return
                getattr(self, f"do_{command.pop('do')}")(**command)
            else:
                self._write(self._load)

    def do_make(self, count: int) -> None:
        """Create rows."""
        say(answer=make_processes(count))

    def do_write(self, **load: Any) -> None:
        """Begin to write: ``process_ids`` in turn, ``rate`` changes per second since ``begun_at``."""
        self._load = load
        self._turns = take_turns(load["process_ids"])
        self._revision = load["revision"]
        say(answer=None)

    def do_pause(self) -> None:
        """Stop writing; all commits have been reported."""
        self._load = None
        say(answer=None)

    def do_hold(self, process_id: str, revision: int) -> None:
        """Change a note in a transaction that stays open."""
        self._released.clear()
        is_open = threading.Event()

        def wait_for_release() -> None:
            is_open.set()
            self._released.wait()

        def hold() -> None:
            from django.db import Error, connection  # noqa: PLC0415

            # Lost with the database it was open on: then nothing was committed.
            with contextlib.suppress(Error):
                change([process_id], revision, before_commit=wait_for_release)
            connection.close()
            is_open.set()

        self._holder = threading.Thread(target=hold, daemon=True)
        self._holder.start()
        is_open.wait()
        say(answer=None)

    def do_release(self) -> None:
        """Commit the open transaction."""
        self._released.set()
        self._holder.join()
        say(answer=None)

    def _write(self, load: Command) -> None:
        begin = time.monotonic()
        due = load["begun_at"] + load["done"] / load["rate"]
        self._revision += 1
        change_certainly(next(self._turns), self._revision)
        load["done"] += CHANGES_PER_TRANSACTION
        fastest = begin + CHANGES_PER_TRANSACTION / load["rate"] / CATCH_UP_FACTOR
        time.sleep(max(0.0, due - time.monotonic(), fastest - time.monotonic()))

    def _read_commands(self) -> None:
        for line in sys.stdin:
            self._commands.put(json.loads(line))
        self._commands.put(None)


def main() -> None:
    """Set Django up and work."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator_ws.settings")
    import django  # noqa: PLC0415  only this OS process is one of Django's

    django.setup()
    sabotage.install()
    Writer().work()


if __name__ == "__main__":
    main()
