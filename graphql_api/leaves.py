"""The small types: what belongs to one object and is no list of its own."""

from datetime import UTC, datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from orchestrator_ws.contracts import JsonObject
from processes.statuses import ProcessStatus
from processes.workflow import Assignee, Step, Target
from subscriptions.lifecycle import ProductLifecycle, SubscriptionLifecycle

for _enum in (Assignee, ProcessStatus, ProductLifecycle, SubscriptionLifecycle, Target):
    strawberry.enum(_enum)


@strawberry.type
class Customer:
    """Who has a subscription. Nobody here knows more of a customer than the id."""

    customer_id: str
    fullname: str
    shortcode: str

    @classmethod
    def named(cls, customer_id: str) -> Self:
        """Return the customer of that id."""
        return cls(customer_id=customer_id, fullname=customer_id, shortcode=customer_id)


@strawberry.type
class CustomerDescription:
    """What a customer calls a subscription; there are none here."""

    id: UUID
    subscription_id: UUID
    description: str
    customer_id: str


@strawberry.type
class Permissions:
    """What the caller may do to a process, whatever its status."""

    retry_allowed: bool
    resume_allowed: bool


@strawberry.type
class WorkflowStep:
    """A step as the workflow defines it; a group is one."""

    name: str
    assignee: Assignee | None

    @classmethod
    def of(cls, step: Step) -> Self:
        """Return what is shown of it."""
        return cls(name=step.name, assignee=step.assignee)


@strawberry.type
class ProcessStep:
    """A step that was run, or that is pending."""

    step_id: UUID | None
    name: str
    status: str
    created_by: str | None
    executed: datetime | None
    started: datetime | None
    completed: datetime | None
    commit_hash: str | None
    state: JSON | None
    state_delta: JSON | None

    @classmethod
    def of(cls, body: JsonObject) -> Self:
        """Return the step that REST answers so; a moment has another form here."""
        moments = {key: _moment(body[key]) for key in ("executed", "started", "completed")}
        step_id = None if body["step_id"] is None else UUID(body["step_id"])
        return cls(**body | moments | {"step_id": step_id})


def _moment(epoch: float | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
