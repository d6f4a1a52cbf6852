"""Leases: at most one runner works on a process, and one that lost its lease cannot write."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from events.changes import Change, ChangeKind
from events.recording import record
from orchestrator_ws.crash_points import crash_point
from processes import lease_times, metrics
from processes.models import Process
from processes.statuses import RUNNABLE, ProcessStatus
from settings.queries import hold_engine, locked_expression

logger = logging.getLogger(__name__)

NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_expires_at": None}


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run one process; the token changes whenever it goes to somebody else."""

    process_id: UUID
    token: UUID


def live() -> Q:
    """Return "a runner holds it now", by the database's clock, which is one for all hosts."""
    return Q(lease_token__isnull=False, lease_expires_at__gt=Now())


def count_live() -> int:
    """Return how many runners execute steps now, on all hosts."""
    return Process.objects.filter(live()).count()


def extended() -> dict[str, Any]:
    """Return the columns that make a lease last from now on."""
    return {"lease_expires_at": lease_times.expiry()}


def take(process_id: UUID) -> Lease | None:
    """Take the process for a runner; None if somebody holds it, it is not runnable, or the engine is locked.

    A ``created`` process becomes ``running``, which browsers hear of. A ``resumed`` one stays so until its first step
    is logged: what a browser may see of it does not change.
    """
    lease = Lease(process_id, uuid.uuid4())
    with transaction.atomic():
        if hold_engine().global_lock:
            return None
        if not _write_lease(lease):
            return None
        crash_point("before take commit")
    crash_point("after take")
    return lease


def _write_lease(lease: Lease) -> bool:
    free = Process.objects.filter(~live(), pk=lease.process_id)
    columns = {"lease_token": lease.token, **extended()}
    now = timezone.now()
    if free.filter(last_status=ProcessStatus.CREATED).update(
        last_status=ProcessStatus.RUNNING, last_modified_at=now, **columns
    ):
        record(Change(ChangeKind.PROCESS, lease.process_id))
        return True
    free = free.filter(last_status__in=RUNNABLE)
    if free.filter(lease_token=None).update(**columns):
        return True
    if not free.update(**columns):
        return False
    metrics.TAKEOVERS.inc()
    logger.warning("Process %s is taken over from a runner whose lease has expired", lease.process_id)
    return True


def release(lease: Lease) -> None:
    """Give the process back; does nothing if the lease is gone, as it is after a run that came to its end."""
    if not Process.objects.filter(pk=lease.process_id, lease_token=lease.token).exists():
        return
    with ending():
        Process.objects.filter(pk=lease.process_id, lease_token=lease.token).update(**NO_LEASE)
        crash_point("before release commit")
    crash_point("after release")


@contextmanager
def ending() -> Iterator[None]:
    """Wrap, in one transaction, what may end a lease: the last one to end while the engine is locked pauses it.

    Browsers hear of that. Nobody can lock the engine between the end of the lease and the count. Leases that have
    expired meanwhile, with runners that were killed, end here too, so that the pause is told once.
    """
    with transaction.atomic():
        held_before = hold_engine().global_lock and Process.objects.exclude(lease_token=None).exists()
        yield
        if held_before and not count_live():
            drop_expired()
            record(Change(ChangeKind.ENGINE_STATUS))


def end_expired() -> int:
    """Pause a locked engine whose last runners were killed, once their leases have expired; return how many had.

    Whoever does it first, on any host, does it for all. One query while there is nothing to do.
    """
    expired = _expired().filter(locked_expression()).count()
    if expired and not count_live():
        with ending():
            pass
    return expired


def drop_expired(**signal_arguments: Any) -> None:
    """End the leases that have expired; receives the engine's lock, inside its transaction.

    The status that the lock announces does not count them any more, so their end must not be announced again.
    """
    _expired().update(**NO_LEASE)


def _expired() -> QuerySet[Process]:
    return Process.objects.filter(~live(), lease_token__isnull=False)


class LeaseKeeper:
    """A thread that renews the leases which this OS process holds, as ``lease_times`` says."""

    def __init__(self) -> None:
        self._held: set[Lease] = set()
        self._changed = threading.Condition()
        # The running thread; None while no lease is held.
        self._thread: threading.Thread | None = None

    @contextmanager
    def keeping(self, lease: Lease) -> Iterator[None]:
        """Renew the lease for as long as the block runs. Any thread."""
        with self._changed:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="LeaseKeeper", daemon=True)
                thread.start()
                self._thread = thread
            self._held.add(lease)
        try:
            yield
        finally:
            with self._changed:
                self._held.discard(lease)
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._held, lease_times.renewal_seconds())
                if not self._held:
                    self._thread = None
                    return
                tokens = [lease.token for lease in self._held]
            # The top of a thread: whatever happens, runners rely on the next renewal.
            try:
                Process.objects.filter(lease_token__in=tokens).update(**extended())
            except Exception:
                logger.warning("%d leases could not be renewed, trying again", len(tokens), exc_info=True)
            finally:
                connection.close()


lease_keeper = LeaseKeeper()
