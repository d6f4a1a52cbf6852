"""Write what a step ended with: step row, process row and change log, in one transaction."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone

from events.changes import Change, ChangeKind
from events.recording import record
from orchestrator_ws.crash_points import crash_point
from orchestrator_ws.hiding import change_texts, hide
from orchestrator_ws.redaction import redact
from processes.due_times import due_at
from processes.held_row import write_held_row
from processes.leases import NO_LEASE, Lease, ending
from processes.models import ProcessInput, ProcessStep
from processes.relations import changes_at_end
from processes.state_limit import require_small
from processes.statuses import FAILURES, ProcessStatus, StepStatus, process_status_after
from processes.workflow.errors import error_state, error_traceback
from processes.workflow.groups import is_inside, logged_names
from processes.workflow.results import Failed, Skipped, Success, Waiting
from processes.workflow.runner import Executed
from processes.workflow.state import State
from processes.workflow.steps import STEP_GROUP

NO_FAILURE: dict[str, Any] = {"failed_reason": None, "traceback": None}
STANDS_NO_MORE: dict[str, Any] = {**NO_FAILURE, "due_at": None}
"""The columns of a process that neither failed nor waits for anything."""

MAX_REASON_LENGTH = 10_000
MAX_TRACEBACK_LENGTH = 50_000

MAX_COUNTED_ROWS = 10
"""Rows of waiting that make a pause as long as it gets."""


@dataclass(kw_only=True)
class Run:
    """One turn of a runner on one process: what the steps that it logs have in common, and hand on."""

    lease: Lease
    is_task: bool
    created_by: str
    input: ProcessInput | None = None
    """The user input that the first step of this run consumes; None once it did."""
    group_row: ProcessStep | None = None
    """The row of the group that the run is inside of, which the next sub-step updates; None outside."""
    engine_is_locked: bool = False
    """What the last write found: the run ends before its next step."""
    unwritten: State = field(default_factory=dict)
    """The state that the database refused, which its error may cite."""


def log_step(run: Run, executed: Executed) -> None:
    """Keep the result, end the lease if the run ends, and record what browsers must hear.

    Raises:
        LeaseLostError: the process was aborted, deleted or taken over; nothing was written.
        StateTooLargeError: the result is too large to be kept; nothing was written.
    """
    crash_point("before step log")
    result, now = executed.result, timezone.now()
    goes_on = isinstance(result, Success | Skipped)
    names = logged_names(executed.step, executed.part, result)
    with transaction.atomic(), nullcontext() if goes_on else ending():
        row = _row(run, executed, now)
        status = process_status_after(result.status, is_task=run.is_task, error_class=row.state.get("class"))
        run.engine_is_locked = write_held_row(
            run.lease,
            last_status=status,
            last_step=names[-1],
            assignee=executed.part.assignee,
            last_modified_at=now,
            due_at=due_at(result, _count_waits(run, executed), now),
            **_error_columns(run, executed),
            **({} if goes_on else NO_LEASE),
        )
        row.save()
        if run.input is not None:
            ProcessInput.objects.filter(pk=run.input.pk).update(used=True)
        record(*logged_changes(run.lease.process_id, status, times=len(names)))
        crash_point("before step commit")
    crash_point("after step")
    run.input = None
    run.group_row = row if is_inside(result) else None


def logged_changes(process_id: UUID, status: ProcessStatus, *, times: int = 1) -> list[Change]:
    """Return what to record when steps were logged ``times`` and the process has this status now."""
    counts = [Change(ChangeKind.PROCESS_STATUS_COUNTS)] if status in FAILURES else []
    return [Change(ChangeKind.PROCESS_STEP, process_id)] * times + changes_at_end(process_id, status) + counts


def failure_columns(error: BaseException, secrets: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the columns of a process that failed or waits because of the error, without the secrets and tokens."""
    return {
        "failed_reason": redact(hide(str(error), secrets))[:MAX_REASON_LENGTH],
        "traceback": redact(hide(error_traceback(error), secrets))[-MAX_TRACEBACK_LENGTH:],
    }


def _error_columns(run: Run, executed: Executed) -> dict[str, Any]:
    result = executed.result
    if not isinstance(result, Failed | Waiting):
        return NO_FAILURE
    return failure_columns(result.error, _secrets(run, executed, error_state(result.error)))


def _secrets(run: Run, executed: Executed, error: State) -> frozenset[str]:
    """Return the secrets that an error may cite: those of the states around the step, and of the error itself.

    They are hidden in what is stored, because lists show, filter and sort by it without the state.
    """
    return django_settings.MASKING.secrets_in(executed.state, run.unwritten, error)


def _row(run: Run, executed: Executed, now: datetime) -> ProcessStep:
    """Return the row that says what ran, not yet written: a new one, or one that is there already and changes.

    Raises:
        StateTooLargeError: it would hold too much.
    """
    result = executed.result
    row = run.group_row or ProcessStep(
        process_id=run.lease.process_id,
        name=executed.step.name,
        created_by=run.created_by,
        started_at=executed.started_at,
    )
    if isinstance(result, Failed | Waiting):
        row = _error_row(run, executed, result, row)
    else:
        row.state = result.state
    require_small(row.state)
    row.status = result.status
    row.completed_at = now
    return row


def _error_row(run: Run, executed: Executed, result: Failed | Waiting, row: ProcessStep) -> ProcessStep:
    """Make it the row of an error; the same failure as last time is counted on the row that is there already."""
    state = error_state(result.error)
    state = change_texts(hide(state, _secrets(run, executed, state)), redact)
    last = None if run.group_row else ProcessStep.objects.filter(process_id=run.lease.process_id).last()
    if last is not None and _is_repeated(run, executed, last, state):
        earlier = [*last.state.get("completed_at", []), str(last.completed_at)]
        state |= {"retries": len(earlier), "completed_at": earlier}
        row = last
    row.state = state
    # On the wire (``docs/rest.md``, section 3) failed steps have no measured start.
    row.started_at = None
    row.group_state = executed.state if executed.step.sub_steps and STEP_GROUP in executed.state else None
    return row


def _count_waits(run: Run, executed: Executed) -> int:
    """Return how often this step has waited just before, whatever for and whoever retried it."""
    if not isinstance(executed.result, Waiting):
        return 0
    waits = 0
    rows = ProcessStep.objects.filter(process_id=run.lease.process_id).order_by("-pk")
    for name, status, state in rows.values_list("name", "status", "state")[:MAX_COUNTED_ROWS]:
        if (name, status) != (executed.step.name, StepStatus.WAITING):
            break
        waits += 1 + state.get("retries", 0)
    return waits


def _is_repeated(run: Run, executed: Executed, last: ProcessStep, state: State) -> bool:
    return (last.name, last.status, last.created_by) == (
        executed.step.name,
        executed.result.status,
        run.created_by,
    ) and all(last.state.get(key) == state[key] for key in ("class", "error"))
