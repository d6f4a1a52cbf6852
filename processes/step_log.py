"""Write what a step ended with: step row, process row and change log, in one transaction."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from events.changes import Change, ChangeKind
from events.recording import record
from orchestrator_ws.crash_points import crash_point
from processes.errors import LeaseLostError
from processes.leases import NO_LEASE, Lease, ending, extended, held
from processes.models import Process, ProcessInput, ProcessStep
from processes.relations import changes_at_end
from processes.statuses import ERROR_STEPS, FAILURES, ProcessStatus, process_status_after
from processes.workflow.errors import error_state, error_traceback
from processes.workflow.results import Abort, Complete, Failed, Result, Skipped, Success, Suspend, Waiting
from processes.workflow.state import State
from processes.workflow.steps import Step

MAX_REASON_LENGTH = 10_000
MAX_TRACEBACK_LENGTH = 50_000


@dataclass(frozen=True, kw_only=True)
class Run:
    """One turn of a runner on one process: what every step that it logs has in common."""

    lease: Lease
    is_task: bool
    created_by: str
    input: ProcessInput | None = field(default=None)
    """The user input that the first step of this run consumes, if it does."""


def log_step(run: Run, step: Step, result: Result, started_at: datetime) -> None:
    """Keep the result, extend the lease or end it with the run, and record what browsers must hear.

    Raises:
        LeaseLostError: the process was aborted, deleted or taken over; nothing was written.
    """
    crash_point("before step log")
    goes_on = isinstance(result, Success | Skipped)
    with transaction.atomic(), nullcontext() if goes_on else ending():
        status = _write_process(run, step, result, extended() if goes_on else NO_LEASE)
        _write_step(run, step, result, started_at)
        if run.input is not None and not run.input.used:
            run.input.used = True
            run.input.save(update_fields=["used"])
        counts = [Change(ChangeKind.PROCESS_STATUS_COUNTS)] if status in FAILURES else []
        ended = changes_at_end(run.lease.process_id, status)
        record(Change(ChangeKind.PROCESS_STEP, run.lease.process_id), *ended, *counts)
        crash_point("before step commit")
    crash_point("after step")


def _write_process(run: Run, step: Step, result: Result, lease_columns: dict[str, Any]) -> ProcessStatus:
    reason: str | None = None
    traceback: str | None = None
    error_class: str | None = None
    if isinstance(result, Failed | Waiting):
        reason = str(result.error)[:MAX_REASON_LENGTH]
        traceback = error_traceback(result.error)[-MAX_TRACEBACK_LENGTH:]
        error_class = type(result.error).__name__
    status = process_status_after(result.status, is_task=run.is_task, error_class=error_class)
    written = Process.objects.filter(held(run.lease)).update(
        last_status=status,
        last_step=step.name,
        assignee=step.assignee,
        failed_reason=reason,
        traceback=traceback,
        last_modified_at=timezone.now(),
        **lease_columns,
    )
    if not written:
        raise LeaseLostError
    return status


def _write_step(run: Run, step: Step, result: Result, started_at: datetime) -> None:
    state: State
    match result:
        case Failed(error=error) | Waiting(error=error):
            state = error_state(error)
            if _repeat_failure(run, step, result, state):
                return
        case Success(state) | Skipped(state) | Suspend(state) | Complete(state) | Abort(state):
            pass
    completed_at = timezone.now()
    ProcessStep.objects.create(
        process_id=run.lease.process_id,
        name=step.name,
        status=result.status,
        state=state,
        created_by=run.created_by,
        # On the wire (``docs/rest.md``, section 3) failed steps have no measured start.
        started_at=None if result.status in ERROR_STEPS else started_at,
        completed_at=completed_at,
    )


def _repeat_failure(run: Run, step: Step, result: Failed | Waiting, state: State) -> bool:
    """Count the same failure on the row that is there already; return whether there is one."""
    last = ProcessStep.objects.filter(process_id=run.lease.process_id).last()
    if last is None or (last.name, last.status, last.created_by) != (step.name, result.status, run.created_by):
        return False
    if any(last.state.get(key) != state[key] for key in ("class", "error")):
        return False
    earlier = [*last.state.get("completed_at", []), str(last.completed_at)]
    last.state = {**state, "retries": len(earlier), "completed_at": earlier}
    last.completed_at = timezone.now()
    last.save(update_fields=["state", "completed_at"])
    return True
