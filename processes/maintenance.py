"""What maintenance does, and how often. Each job is an operation that may run at any time, on any host."""

from collections.abc import Callable
from dataclasses import dataclass

from access import operations as access_operations
from audit.retention import delete_old_entries
from processes import hosts, leases
from processes.callbacks import fail_timed_out_callbacks
from processes.clean_up import delete_old_tasks
from processes.resume_all import resume_requested
from processes.retries import retry_due
from processes.worker_status import record_if_changed


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Something to do again and again."""

    name: str
    """What it does, as an order."""
    every_seconds: float
    """The shortest pause between two runs; 0 for one at every turn of the loop."""
    run: Callable[[], int]
    """Does it and returns how many things it did; so many at most that it ends within a second or two."""
    unit: str
    """What was done to how many things."""


JOBS = (
    Job(name="retry waiting processes", every_seconds=5.0, run=retry_due, unit="processes retried"),
    Job(name="fail timed-out callbacks", every_seconds=5.0, run=fail_timed_out_callbacks, unit="processes failed"),
    Job(name="resume all tasks", every_seconds=2.0, run=resume_requested, unit="tasks resumed"),
    Job(name="end expired leases", every_seconds=0.0, run=leases.end_expired, unit="leases ended"),
    Job(name="tell worker status", every_seconds=1.0, run=record_if_changed, unit="times told"),
    Job(name="clean up old tasks", every_seconds=10.0, run=delete_old_tasks, unit="tasks deleted"),
    Job(name="clean up audit log", every_seconds=3600.0, run=delete_old_entries, unit="entries deleted"),
    Job(name="forget dead hosts", every_seconds=10.0, run=hosts.delete_expired, unit="hosts forgotten"),
    Job(
        name="forget old revocations",
        every_seconds=60.0,
        run=access_operations.delete_expired,
        unit="revocations forgotten",
    ),
)
"""In the order in which they are done. While the engine is locked the first three do nothing: the work waits."""
