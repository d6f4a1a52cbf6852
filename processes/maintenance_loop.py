"""Does maintenance, on one host at a time: the loop that each host runs, and the election of the one that works."""

import logging
import math
import time
from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now

from processes import lease_times, maintenance_lease, metrics
from processes.maintenance import JOBS, Job
from processes.models import MaintenanceJob

logger = logging.getLogger(__name__)

TURN_SECONDS = 1.0
"""Longest pause between two turns: so late a job may be that is due, and a host that takes over."""

IDLE_NOTE_SECONDS = 60.0
"""How often it is noted that a job ran and had nothing to do."""


def pause_seconds() -> float:
    """Return the pause between two turns."""
    return min(TURN_SECONDS, lease_times.look_seconds())


class MaintenanceLoop:
    """One host's part. One thread uses it.

    A host that holds the lease does what is due; the others ask for the lease. The lease is renewed between jobs, and
    no job begins without one that lasts a while, so two hosts do not work at once, unless a job outlives the lease.
    That does no harm: each job is safe to run at any time, on any host.
    """

    def __init__(self, host: str, jobs: Sequence[Job] = JOBS) -> None:
        self._host = host
        self._jobs = jobs
        # Proves that this host holds the lease; None while it does not.
        self._token: UUID | None = None
        # The rest is in monotonic seconds. When the lease was last renewed.
        self._renewed_at = 0.0
        # By job: when it last ran, and when that was last noted.
        self._ran_at: dict[str, float] = {}
        self._noted_at: dict[str, float] = {}

    def turn(self) -> None:
        """Do what is due if this host holds the lease or gets it."""
        for job in self._jobs:
            if not self._holds_lease():
                return
            if self._is_due(job):
                self._run(job)

    def leave(self) -> None:
        """Give the lease back."""
        if self._token is not None:
            maintenance_lease.release(self._token)
            self._token = None

    def _holds_lease(self) -> bool:
        now = time.monotonic()
        if self._token is None:
            self._token = maintenance_lease.take(self._host)
            if self._token is None:
                return False
            logger.info("Maintenance is done by %s", self._host)
        elif now < self._renewed_at + lease_times.renewal_seconds():
            return True
        elif not maintenance_lease.renew(self._token):
            logger.warning("Maintenance was taken over from %s", self._host)
            self._token = None
            return False
        self._renewed_at = now
        return True

    def _is_due(self, job: Job) -> bool:
        return time.monotonic() >= self._ran_at.get(job.name, -math.inf) + job.every_seconds

    def _run(self, job: Job) -> None:
        self._ran_at[job.name] = time.monotonic()
        metrics.MAINTENANCE_RUNS.labels(job.name).inc()
        # The top of a job: it may fail in any way, and the other jobs must be done all the same.
        try:
            done = job.run()
        except Exception as error:
            metrics.MAINTENANCE_FAILURES.labels(job.name).inc()
            logger.warning("Maintenance could not %s", job.name, exc_info=True)
            connection.close()
            self._note(job, last_failure=f"{type(error).__name__}: {error}"[:255], last_failed_at=Now())
            return
        if done:
            self._note(job, last_result=f"{done} {job.unit}", last_result_at=Now())
        elif time.monotonic() >= self._noted_at.get(job.name, -math.inf) + IDLE_NOTE_SECONDS:
            self._note(job)

    def _note(self, job: Job, **columns: object) -> None:
        MaintenanceJob.objects.update_or_create(name=job.name, defaults={"last_ran_at": Now(), **columns})
        self._noted_at[job.name] = time.monotonic()
