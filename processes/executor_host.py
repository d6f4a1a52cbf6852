"""What every OS process has that runs processes or hands them out: a row that shows it, and threads that watch.

A server and a worker start it first and stop it before they ask their runners to stop.
"""

import os
import socket
import threading
import uuid

from django.db.models import Sum
from django.db.models.functions import Now

from processes import lease_times
from processes.executors import get_executor
from processes.models import ExecutorHost
from processes.periodic_thread import PeriodicThread
from processes.reconciler import Reconciler
from processes.registration import store_workflows


class Host:
    """One OS process among all that share the database. Any thread may call its methods."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        # Empty unless started.
        self._threads: list[PeriodicThread] = []
        # The key of the row; each start makes one of its own.
        self._id = uuid.uuid4()
        self._runner_count = 0

    def start(self, runner_count: int) -> None:
        """Start the threads of an OS process with so many runners; idempotent, and never asks the database itself.

        Without runners it only keeps its row.
        """
        with self._changing:
            if self._threads:
                return
            self._id, self._runner_count = uuid.uuid4(), runner_count
            self._threads = [PeriodicThread("heartbeat", self._beat, lease_times.renewal_seconds, self._leave)]
            if runner_count:
                self._threads.append(PeriodicThread("reconciler", Reconciler().look, lease_times.look_seconds))
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

    def _beat(self) -> None:
        """Say that this host lives, at first together with its workflows; a row that was deleted as dead comes back."""
        expires_at = lease_times.expiry()
        if not ExecutorHost.objects.filter(pk=self._id).update(expires_at=expires_at):
            store_workflows()
            ExecutorHost.objects.create(
                pk=self._id,
                name=socket.gethostname(),
                pid=os.getpid(),
                executor=get_executor().name,
                runner_count=self._runner_count,
                expires_at=expires_at,
            )

    def _leave(self) -> None:
        ExecutorHost.objects.filter(pk=self._id).delete()


_host = Host()
start = _host.start
stop = _host.stop
list_faults = _host.list_faults


def count_runners() -> int:
    """Return how many runners the hosts have that live, all together."""
    living = ExecutorHost.objects.filter(expires_at__gt=Now())
    return int(living.aggregate(total=Sum("runner_count", default=0))["total"])
