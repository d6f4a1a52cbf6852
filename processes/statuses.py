"""The statuses of processes and steps, and the rules that follow from them alone; plain Python, wire values."""

from enum import StrEnum


class ProcessStatus(StrEnum):
    """The status of a process (``docs/rest.md``, section 2)."""

    CREATED = "created"
    RUNNING = "running"
    SUSPENDED = "suspended"
    WAITING = "waiting"
    AWAITING_CALLBACK = "awaiting_callback"
    ABORTED = "aborted"
    FAILED = "failed"
    API_UNAVAILABLE = "api_unavailable"
    INCONSISTENT_DATA = "inconsistent_data"
    COMPLETED = "completed"
    RESUMED = "resumed"


class StepStatus(StrEnum):
    """The status of a step; ``pending`` is shown for steps not yet run and never stored."""

    SUCCESS = "success"
    SKIPPED = "skipped"
    SUSPEND = "suspend"
    WAITING = "waiting"
    AWAITING_CALLBACK = "awaiting_callback"
    FAILED = "failed"
    ABORT = "abort"
    COMPLETE = "complete"
    PENDING = "pending"


RUNNABLE = frozenset({ProcessStatus.CREATED, ProcessStatus.RUNNING, ProcessStatus.RESUMED})
"""A runner may take a process with this status."""

FAILURES = frozenset({ProcessStatus.FAILED, ProcessStatus.API_UNAVAILABLE, ProcessStatus.INCONSISTENT_DATA})
"""The run ended because a step failed; it may be retried."""

ENDED = frozenset({ProcessStatus.COMPLETED, ProcessStatus.ABORTED})
"""Nothing can be done to such a process any more."""

TERMINAL = FAILURES | ENDED
"""Nothing happens any more unless a person asks for it."""

RESUMABLE = FAILURES | {
    ProcessStatus.SUSPENDED,
    ProcessStatus.WAITING,
    ProcessStatus.AWAITING_CALLBACK,
    ProcessStatus.RESUMED,
}
"""A person may resume a process with this status."""

DONE_STEPS = frozenset({StepStatus.SUCCESS, StepStatus.SKIPPED, StepStatus.COMPLETE})
"""A row with this status has done its step of the workflow; any other leaves the step pending."""

ERROR_STEPS = frozenset({StepStatus.FAILED, StepStatus.WAITING})
"""A row with this status holds an error in place of a state."""

_OF_STEP = {
    StepStatus.SUCCESS: ProcessStatus.RUNNING,
    StepStatus.SKIPPED: ProcessStatus.RUNNING,
    StepStatus.SUSPEND: ProcessStatus.SUSPENDED,
    StepStatus.WAITING: ProcessStatus.WAITING,
    StepStatus.AWAITING_CALLBACK: ProcessStatus.AWAITING_CALLBACK,
    StepStatus.FAILED: ProcessStatus.FAILED,
    StepStatus.ABORT: ProcessStatus.ABORTED,
    StepStatus.COMPLETE: ProcessStatus.COMPLETED,
}

_OF_FAILED_TASK = {
    "InconsistentDataError": ProcessStatus.INCONSISTENT_DATA,
    "MaxRetryError": ProcessStatus.API_UNAVAILABLE,
    "ApiException": ProcessStatus.API_UNAVAILABLE,
}


def process_status_after(status: StepStatus, *, is_task: bool, error_class: str | None = None) -> ProcessStatus:
    """Return the process's status after a step ended with ``status``.

    A task that failed is told apart by the exact class name of the exception; other processes just failed.
    """
    if status is StepStatus.FAILED and is_task and error_class in _OF_FAILED_TASK:
        return _OF_FAILED_TASK[error_class]
    return _OF_STEP[status]
