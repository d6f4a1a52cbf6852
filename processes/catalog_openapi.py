"""The operations of workflows and products in the OpenAPI document."""

from typing import Literal
from uuid import UUID

from drf_spectacular.utils import extend_schema_view
from pydantic import Field, RootModel

from orchestrator_ws.openapi import Body, operation, path_parameter
from processes.allowed_workflows import Reason
from processes.serializers import DescriptionChange
from processes.workflow import Target
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.openapi import SUBSCRIPTION_ID, ProductObject


class WorkflowObject(Body):
    """What can be started."""

    name: str
    target: Target
    is_task: bool
    description: str
    created_at: float
    workflow_id: UUID
    steps: None


class ProductWithWorkflows(ProductObject):
    """A product and the workflows that may be started for it."""

    product_blocks: list[None]
    fixed_inputs: list[None]
    workflows: list[WorkflowObject]


class ProductsWithWorkflows(RootModel[list[ProductWithWorkflows]]):
    """The products by name."""


class AllowedWorkflow(Body):
    """A workflow of the subscription's product, and what keeps it from starting; absent keys do not apply."""

    name: str
    description: str
    reason: Reason = Reason.NOT_IN_SYNC
    locked_relations: list[UUID] = []
    usable_when: list[SubscriptionLifecycle] = []
    status: SubscriptionLifecycle = SubscriptionLifecycle.ACTIVE
    unterminated_in_use_by_subscriptions: list[UUID] = []
    action: Literal["modified", "terminated"] = "modified"


class AllowedWorkflows(Body):
    """The workflows by target, and what keeps all but tasks and reconciliations from starting."""

    reason: Reason = Reason.NOT_IN_SYNC
    locked_relations: list[UUID] = []
    create: list[AllowedWorkflow]
    modify: list[AllowedWorkflow]
    terminate: list[AllowedWorkflow]
    system: list[AllowedWorkflow]
    reconcile: list[AllowedWorkflow]
    validate_: list[AllowedWorkflow] = Field(alias="validate")  # the bare name is one of pydantic's


_WORKFLOW_ID = path_parameter("The id of the workflow.")

workflow = extend_schema_view(
    get=operation(
        "read_workflow", "One workflow", {200: WorkflowObject}, refused=[404, 422], parameters=[_WORKFLOW_ID]
    ),
    patch=operation(
        "describe_workflow",
        "Set the description",
        {201: WorkflowObject},
        refused=[404],
        parameters=[_WORKFLOW_ID],
        body=DescriptionChange,
    ),
)
product_list = extend_schema_view(get=operation("list_products", "The products", {200: ProductsWithWorkflows}))
allowed_workflows = extend_schema_view(
    get=operation(
        "list_allowed_workflows",
        "What may be started for a subscription",
        {200: AllowedWorkflows},
        refused=[404, 422],
        parameters=[SUBSCRIPTION_ID],
    )
)
