"""The process object on the wire: for REST (``docs/rest.md``, section 3) and for the ``processes`` channel."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from pydantic import BaseModel, ConfigDict, Field

from orchestrator_ws.contracts import JsonObject, Row
from processes.errors import ProcessNotFoundError
from processes.models import MAX_NOTE_LENGTH, Process, ProcessStep
from processes.queries import ProcessDetail, get_process_detail, process_row, process_rows, related_subscriptions
from processes.statuses import StepStatus
from processes.workflow.state import State
from subscriptions.serializers import (
    channel_subscription_body,
    subscription_bodies,
)


class NoteChange(BaseModel):
    """The body of ``PATCH /api/processes/{process_id}``; an absent note changes nothing."""

    model_config = ConfigDict(extra="ignore")

    note: str | None = Field(None, max_length=MAX_NOTE_LENGTH)


class DescriptionChange(BaseModel):
    """The body of ``PATCH /api/workflows/{workflow_id}``; an absent description, or null, changes nothing."""

    description: str | None = Field(None, max_length=2000)


def process_bodies(processes: QuerySet[Process]) -> list[JsonObject]:
    """Return them as elements of ``GET /api/processes/``; two queries, one of them for their subscriptions."""
    rows = process_rows(processes)
    related = related_subscriptions([row["process_id"] for row in rows])
    return [_process_body(row, related[row["process_id"]]) for row in rows]


def _process_body(process: Row, related: Sequence[Row]) -> JsonObject:
    """Return the element; product and customer are those of the first subscription."""
    subscriptions = subscription_bodies(related)
    return {
        "process_id": str(process["process_id"]),
        "workflow_id": str(process["workflow_id"]),
        "workflow_name": process["workflow__name"],
        "is_task": process["is_task"],
        "created_by": process["created_by"],
        "failed_reason": process["failed_reason"],
        "started_at": process["started_at"].timestamp(),
        "last_status": process["last_status"],
        "last_step": process["last_step"],
        "assignee": process["assignee"],
        "last_modified_at": process["last_modified_at"].timestamp(),
        "traceback": process["traceback"],
        "workflow_target": process["workflow__target"],
        "note": process["note"],
        "product_id": subscriptions[0]["product_id"] if subscriptions else None,
        "customer_id": subscriptions[0]["customer_id"] if subscriptions else None,
        "subscriptions": subscriptions,
        "current_state": None,
        "steps": None,
        "form": None,
    }


def detail_body(detail: ProcessDetail) -> JsonObject:
    """Return the body of ``GET /api/processes/{process_id}``."""
    return _process_body(process_row(detail.process), detail.subscriptions) | {
        "current_state": detail.progress.current_state,
        "steps": step_bodies(detail),
        "form": detail.form,
    }


def step_bodies(detail: ProcessDetail) -> list[JsonObject]:
    """Return its steps as REST answers them: those that were run, then those that are pending."""
    return [*_executed(detail), *_pending(detail)]


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
    subscriptions = [channel_subscription_body(subscription) for subscription in detail.subscriptions]
    first = subscriptions[0] if subscriptions else {"product_id": None, "customer_id": None, "product": None}
    pid, customer_id = str(process.pk), first["customer_id"]
    return {
        "process_id": pid,
        "product_id": first["product_id"],
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
        "product": first["product"],
        "subscriptions": subscriptions,
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
