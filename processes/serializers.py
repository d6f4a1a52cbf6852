"""The process object on the wire: for REST (``docs/rest.md``, section 3) and for the ``processes`` channel."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from orchestrator_ws.contracts import JsonObject
from processes.errors import ProcessNotFoundError
from processes.models import MAX_NOTE_LENGTH, Process, ProcessStep
from processes.queries import ProcessDetail, get_process_detail
from processes.statuses import StepStatus
from processes.workflow.state import State
from subscriptions.serializers import (
    channel_subscription_body,
    product_body,
    subscription_body,
)


class NoteChange(BaseModel):
    """The body of ``PATCH /api/processes/{process_id}``; an absent note changes nothing."""

    model_config = ConfigDict(extra="ignore")

    note: str | None = Field(None, max_length=MAX_NOTE_LENGTH)


class DescriptionChange(BaseModel):
    """The body of ``PATCH /api/workflows/{workflow_id}``; an absent description, or null, changes nothing."""

    description: str | None = Field(None, max_length=2000)


def process_body(process: Process) -> JsonObject:
    """Return one element of ``GET /api/processes/``; product and customer are those of the first subscription."""
    workflow = process.workflow
    subscriptions = [subscription_body(subscription) for subscription in process.subscriptions]
    return {
        "process_id": str(process.pk),
        "workflow_id": str(workflow.pk),
        "workflow_name": workflow.name,
        "is_task": process.is_task,
        "created_by": process.created_by,
        "failed_reason": process.failed_reason,
        "started_at": process.started_at.timestamp(),
        "last_status": process.last_status,
        "last_step": process.last_step,
        "assignee": process.assignee,
        "last_modified_at": process.last_modified_at.timestamp(),
        "traceback": process.traceback,
        "workflow_target": workflow.target,
        "note": process.note,
        "product_id": subscriptions[0]["product_id"] if subscriptions else None,
        "customer_id": subscriptions[0]["customer_id"] if subscriptions else None,
        "subscriptions": subscriptions,
        "current_state": None,
        "steps": None,
        "form": None,
    }


def detail_body(detail: ProcessDetail) -> JsonObject:
    """Return the body of ``GET /api/processes/{process_id}``."""
    return process_body(detail.process) | {
        "current_state": detail.progress.current_state,
        "steps": [*_executed(detail), *_pending(detail)],
        "form": detail.form,
    }


def _executed(detail: ProcessDetail) -> Iterator[JsonObject]:
    for row, state, delta in zip(detail.logged, detail.states, detail.deltas, strict=True):
        completed = row.completed_at.timestamp()
        yield {
            "step_id": str(row.step_id),
            "name": row.name,
            "status": row.status,
            "created_by": row.created_by,
            "executed": completed,
            "started": completed if row.started_at is None else row.started_at.timestamp(),
            "completed": completed,
            "commit_hash": None,
            "state": state,
            "state_delta": delta,
        }


def _pending(detail: ProcessDetail) -> Iterator[JsonObject]:
    for step in detail.progress.shown_pending:
        yield {
            "step_id": None,
            "name": step.name,
            "status": StepStatus.PENDING.value,
            "created_by": None,
            "executed": None,
            "started": None,
            "completed": None,
            "commit_hash": None,
            "state": None,
            "state_delta": None,
        }


def channel_body(process_id: UUID | None) -> JsonObject | None:
    """Read the process and return its object on the ``processes`` channel, None if it is gone.

    Keys in the order of ``docs/messages.md``, section 6, deprecated aliases last; datetimes there are ISO 8601.
    """
    if process_id is None:
        return None
    try:
        detail = get_process_detail(process_id)
    except ProcessNotFoundError:
        return None
    process = detail.process
    started, modified = _iso(process.started_at), _iso(process.last_modified_at)
    subscriptions = process.subscriptions
    product = subscriptions[0].product if subscriptions else None
    pid, customer_id = str(process.pk), subscriptions[0].customer_id if subscriptions else None
    return {
        "process_id": pid,
        "product_id": None if product is None else str(product.pk),
        "customer_id": customer_id,
        "assignee": process.assignee,
        "last_status": process.last_status,
        "last_step": process.last_step,
        "is_task": process.is_task,
        "workflow_id": str(process.workflow.workflow_id),
        "workflow_name": process.workflow.name,
        "workflow_target": process.workflow.target,
        "failed_reason": process.failed_reason,
        "created_by": process.created_by,
        "started_at": started,
        "traceback": process.traceback,
        "last_modified_at": modified,
        "product": None if product is None else product_body(product),
        "subscriptions": [channel_subscription_body(subscription) for subscription in subscriptions],
        "steps": [*_channel_executed(detail), *_channel_pending(detail)],
        "form": detail.form,
        "current_state": detail.progress.current_state,
        "id": pid,
        "pid": pid,
        "workflow": process.workflow.name,
        "status": process.last_status,
        "step": process.last_step,
        "started": started,
        "last_modified": modified,
        "customer": customer_id,
    }


def _channel_executed(detail: ProcessDetail) -> Iterator[JsonObject]:
    for row, state, delta in zip(detail.logged, detail.states, detail.deltas, strict=True):
        yield _channel_step(row, state, delta)


def _channel_step(row: ProcessStep, state: State, delta: State) -> JsonObject:
    step_id = str(row.step_id)
    return {
        "name": row.name,
        "executed": row.completed_at.timestamp(),
        "status": row.status,
        "state": state,
        "created_by": row.created_by,
        "step_id": step_id,
        "stepid": step_id,
        "state_delta": delta,
    }


def _channel_pending(detail: ProcessDetail) -> Iterator[JsonObject]:
    for step in detail.progress.shown_pending:
        yield {"name": step.name, "status": StepStatus.PENDING.value}


def _iso(value: datetime) -> str:
    return value.isoformat(timespec="seconds")
