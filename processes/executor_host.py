"""What every OS process has that runs processes or hands them out: a row that shows it, and threads that watch.

A server and a worker start it first and stop it before they ask their runners to stop.
"""

import os
import socket
import threading
import uuid
from collections.abc import Iterator

from processes import hosts, lease_times, maintenance_loop
from processes.maintenance_loop import MaintenanceLoop
from processes.periodic_thread import PeriodicThread
from processes.reconciler import Reconciler


class Host:
    """One OS process among all that share the database. Any thread may call its methods."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        # Empty unless started.
        self._threads: list[PeriodicThread] = []

    def start(self, runner_count: int) -> None:
        """Start the threads of an OS process with so many runners; idempotent, and never asks the database itself.

        Without runners it keeps its row and stands by for maintenance.
        """
        with self._changing:
            if self._threads:
                return
            self._threads = list(_make_threads(runner_count))
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """End the threads and take the row away; idempotent, and as quick as the database."""
        with self._changing:
            threads, self._threads = self._threads, []
        for thread in threads:
            thread.stop()

    def list_faults(self) -> list[str]:
        """Return what is wrong with the threads, nothing while all is well or nothing is started."""
        return [fault for thread in self._threads for fault in thread.list_faults()]


def _make_threads(runner_count: int) -> Iterator[PeriodicThread]:
    host_id = uuid.uuid4()
    yield PeriodicThread(
        "heartbeat",
        lambda: hosts.beat(host_id, runner_count),
        lease_times.renewal_seconds,
        lambda: hosts.leave(host_id),
    )
    if runner_count:
        yield PeriodicThread("reconciler", Reconciler().look, lease_times.look_seconds)
    loop = MaintenanceLoop(f"{socket.gethostname()}:{os.getpid()}")
    yield PeriodicThread("maintenance loop", loop.turn, maintenance_loop.pause_seconds, loop.leave)


_host = Host()
start = _host.start
stop = _host.stop
list_faults = _host.list_faults
