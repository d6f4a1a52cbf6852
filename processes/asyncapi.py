"""The process in the AsyncAPI document: the object of the ``processes`` channel, keys in its order."""

from typing import Literal
from uuid import UUID

from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.openapi import Body
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import Assignee, Target
from subscriptions.asyncapi import ChannelProduct, ChannelSubscription, Moment


class ChannelStep(Body):
    """A step that was logged."""

    name: str
    executed: float
    status: StepStatus
    state: JsonObject
    created_by: str | None
    step_id: UUID
    stepid: UUID
    state_delta: JsonObject


class PendingStep(Body):
    """A step that is still to be done."""

    name: str
    status: Literal[StepStatus.PENDING]


class ChannelProcess(Body):
    """A process with its steps; what stands behind ``current_state`` are deprecated aliases."""

    process_id: UUID
    product_id: UUID | None
    customer_id: str | None
    assignee: Assignee
    last_status: ProcessStatus
    last_step: str | None
    is_task: bool
    workflow_id: UUID
    workflow_name: str
    workflow_target: Target
    failed_reason: str | None
    created_by: str | None
    started_at: Moment
    traceback: str | None
    last_modified_at: Moment
    product: ChannelProduct | None
    subscriptions: list[ChannelSubscription]
    steps: list[ChannelStep | PendingStep]
    form: JsonObject | None
    current_state: JsonObject
    id: UUID
    pid: UUID
    workflow: str
    status: ProcessStatus
    step: str | None
    started: Moment
    last_modified: Moment
    customer: str | None


def example_process(process_id: UUID) -> JsonObject:
    """Return the object of a process that has done its first step."""
    workflow, last_step, status = "demo_confirm_change", "Prepare change", ProcessStatus.RUNNING
    started, modified = "2026-03-02T09:15:00+00:00", "2026-03-02T09:15:01+00:00"
    step_id, state = UUID("e0a1b2c3-0003-4d4e-8f5a-111122223308"), {"impact": "none expected"}
    return ChannelProcess(
        process_id=process_id,
        product_id=None,
        customer_id=None,
        assignee=Assignee.SYSTEM,
        last_status=status,
        last_step=last_step,
        is_task=False,
        workflow_id=UUID("18c7e6d4-95ab-4c02-8e7f-6a1b3d5f2c05"),
        workflow_name=workflow,
        workflow_target=Target.MODIFY,
        failed_reason=None,
        created_by="SYSTEM",
        started_at=started,
        traceback=None,
        last_modified_at=modified,
        product=None,
        subscriptions=[],
        steps=[
            ChannelStep(
                name=last_step,
                executed=1772442901.003377,
                status=StepStatus.SUCCESS,
                state=state,
                created_by="SYSTEM",
                step_id=step_id,
                stepid=step_id,
                state_delta=state,
            ),
            PendingStep(name="Confirm change", status=StepStatus.PENDING),
        ],
        form=None,
        current_state=state,
        id=process_id,
        pid=process_id,
        workflow=workflow,
        status=status,
        step=last_step,
        started=started,
        last_modified=modified,
        customer=None,
    ).model_dump(mode="json")
