"""Rows as the engine would have left them, and looks at the rows that it leaves."""

import uuid
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

from django.utils import timezone

from processes.models import Process, ProcessInput, ProcessStep
from processes.models import Workflow as WorkflowRow
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import State, Workflow
from settings.models import EngineSettings
from tests.waiting import eventually

Logged: TypeAlias = tuple[str, StepStatus, State]
"""Name, status and state of a step row."""

UNKNOWN_ID = UUID("0b9e5d2c-7a41-4f6e-9d83-c2f1a6b40817")

_ERROR: State = {"class": "ValueError", "error": "disk full"}

_LAST_ROW: dict[ProcessStatus, StepStatus] = {
    ProcessStatus.SUSPENDED: StepStatus.SUSPEND,
    ProcessStatus.WAITING: StepStatus.WAITING,
    ProcessStatus.AWAITING_CALLBACK: StepStatus.AWAITING_CALLBACK,
    ProcessStatus.FAILED: StepStatus.FAILED,
    ProcessStatus.API_UNAVAILABLE: StepStatus.FAILED,
    ProcessStatus.INCONSISTENT_DATA: StepStatus.FAILED,
}


def store_process(definition: Workflow, status: ProcessStatus, *logged: Logged, created_by: str = "SYSTEM") -> Process:
    """Store a process of the workflow with these step rows; its state begins as every process's does."""
    row, _ = WorkflowRow.objects.get_or_create(
        name=definition.name,
        defaults={
            "description": definition.description,
            "target": definition.target,
            "is_task": definition.is_task,
        },
    )
    now = timezone.now()
    process = Process.objects.create(
        workflow=row,
        is_task=definition.is_task,
        last_status=status,
        last_step=logged[-1][0] if logged else None,
        created_by=created_by,
        started_at=now,
        last_modified_at=now,
    )
    initial = {
        "process_id": str(process.pk),
        "reporter": created_by,
        "workflow_name": definition.name,
        "workflow_target": definition.target.value,
    }
    ProcessInput.objects.create(process=process, state=initial, created_by=created_by, used=True)
    for name, step_status, state in logged:
        is_error = step_status in (StepStatus.FAILED, StepStatus.WAITING)
        ProcessStep.objects.create(
            process=process,
            name=name,
            status=step_status,
            state=state if is_error else initial | state,
            created_by=created_by,
            started_at=None if is_error else now,
            completed_at=now,
        )
    if logged and logged[-1][1] in (StepStatus.FAILED, StepStatus.WAITING):
        process.failed_reason, process.traceback = _ERROR["error"], "ValueError: disk full\n"
        process.save(update_fields=["failed_reason", "traceback"])
    return process


def store_in_status(definition: Workflow, status: ProcessStatus) -> Process:
    """Store a process of ``init >> one step >> done`` that has come to the status in the ordinary way."""
    start, middle, end = (step.name for step in definition.steps)
    begun: Logged = (start, StepStatus.SUCCESS, {})
    match status:
        case ProcessStatus.CREATED:
            logged: list[Logged] = []
        case ProcessStatus.RUNNING | ProcessStatus.RESUMED:
            logged = [begun]
        case ProcessStatus.COMPLETED:
            logged = [begun, (middle, StepStatus.SUCCESS, {}), (end, StepStatus.COMPLETE, {})]
        case ProcessStatus.ABORTED:
            logged = [begun, ("User Aborted", StepStatus.ABORT, {})]
        case _:
            last = _LAST_ROW[status]
            logged = [begun, (middle, last, _ERROR if last in (StepStatus.FAILED, StepStatus.WAITING) else {})]
    return store_process(definition, status, *logged)


def hold_elsewhere(process: Process, *, for_seconds: float = 60) -> UUID:
    """Give the process a lease that a runner on another host would have, and return its token."""
    token = uuid.uuid4()
    expires_at = timezone.now() + timedelta(seconds=for_seconds)
    Process.objects.filter(pk=process.pk).update(lease_token=token, lease_expires_at=expires_at)
    return token


def expire_lease(process_id: UUID) -> None:
    """Let the process's lease run out."""
    Process.objects.filter(pk=process_id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def lock_engine() -> None:
    """Lock the engine without telling anybody."""
    EngineSettings.objects.update_or_create(pk=EngineSettings.ONLY_ID, defaults={"global_lock": True})


def settled(process_id: UUID, status: ProcessStatus) -> Process:
    """Wait until the process has the status and no runner holds it; return its row."""
    return eventually(
        lambda: Process.objects.filter(pk=process_id, last_status=status, lease_token=None).first(),
    )  # type: ignore[return-value]  # eventually() returns only what is true


def steps_of(process_id: UUID) -> list[tuple[str, str]]:
    """Return name and status of each step row of the process, in order."""
    return list(ProcessStep.objects.filter(process_id=process_id).values_list("name", "status"))
