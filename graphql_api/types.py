"""Processes, workflows, products and subscriptions in GraphQL; what leads from one to another is read when selected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from graphql_api import leaves
from graphql_api.batches import Batch, Budget
from graphql_api.connections import Connection
from graphql_api.context import Info
from graphql_api.leaves import Customer
from graphql_api.readers import read_details, read_product_ids, read_related
from graphql_api.sources import Source
from orchestrator_ws.contracts import Row
from processes import models
from processes.authorization import may_start, permissions
from processes.errors import ProcessNotFoundError
from processes.list_query import PROCESS_FIELDS, WORKFLOW_FIELDS
from processes.queries import ProcessDetail, process_rows
from processes.serializers import step_bodies
from processes.statuses import ProcessStatus
from processes.workflow import Assignee, Target
from processes.workflow.registry import WORKFLOWS
from subscriptions.lifecycle import ProductLifecycle, SubscriptionLifecycle
from subscriptions.list_query import PRODUCT_FIELDS, SUBSCRIPTION_FIELDS
from subscriptions.models import Product as ProductModel
from subscriptions.models import Subscription as SubscriptionModel
from subscriptions.queries import subscription_rows

# The columns that are shown as they are.
_OF_PROCESS = (
    *("process_id", "workflow_id", "is_task", "last_step", "created_by", "note", "started_at", "last_modified_at"),
    *("failed_reason", "traceback"),
)
_OF_SUBSCRIPTION = (
    *("subscription_id", "product_id", "description", "insync", "note", "start_date", "end_date"),
    "customer_id",
)
# All columns that are shown.
_OF_PRODUCT = ("product_id", "name", "description", "product_type", "tag", "status", "created_at", "end_date")
_OF_WORKFLOW = ("workflow_id", "name", "target", "is_task", "description", "created_at")


def _make_processes(rows: Sequence[Row], budget: Budget) -> list[Process]:
    batch = Batch([row["process_id"] for row in rows], budget)
    return [
        Process(
            batch=batch,
            workflow_name=row["workflow__name"],
            workflow_target=Target(row["workflow__target"]),
            last_status=ProcessStatus(row["last_status"]),
            assignee=Assignee(row["assignee"]),
            **{column: row[column] for column in _OF_PROCESS},
        )
        for row in rows
    ]


def _make_subscriptions(rows: Sequence[Row], budget: Budget) -> list[Subscription]:
    batch = Batch([row["subscription_id"] for row in rows], budget)
    products = Batch([row["product_id"] for row in rows], budget)
    return [
        Subscription(
            batch=batch,
            products=products,
            status=SubscriptionLifecycle(row["status"]),
            **{column: row[column] for column in _OF_SUBSCRIPTION},
        )
        for row in rows
    ]


def _make_products(rows: Sequence[Row], budget: Budget) -> list[Product]:
    batch = Batch([row["product_id"] for row in rows], budget)
    return [Product(batch=batch, **row | {"status": ProductLifecycle(row["status"])}) for row in rows]


def _make_workflows(rows: Sequence[Row], budget: Budget) -> list[Workflow]:
    batch = Batch([row["workflow_id"] for row in rows], budget)
    return [Workflow(batch=batch, **row | {"target": Target(row["target"])}) for row in rows]


PROCESSES = Source(
    everything=models.Process.objects.all(), fields=PROCESS_FIELDS, rows=process_rows, make=_make_processes
)
WORKFLOWS_IN_DATABASE = Source(
    everything=models.Workflow.objects.all(),
    fields=WORKFLOW_FIELDS,
    rows=lambda rows: rows.values(*_OF_WORKFLOW),
    make=_make_workflows,
)
PRODUCTS = Source(
    everything=ProductModel.objects.all(),
    fields=PRODUCT_FIELDS,
    rows=lambda rows: rows.values(*_OF_PRODUCT),
    make=_make_products,
)
SUBSCRIPTIONS = Source(
    everything=SubscriptionModel.objects.all(),
    fields=SUBSCRIPTION_FIELDS,
    rows=subscription_rows,
    make=_make_subscriptions,
)


def _products(batch: Batch[UUID]) -> Mapping[UUID, Product]:
    rows = PRODUCTS.rows(PRODUCTS.everything.filter(pk__in=batch.keys))
    return {product.product_id: product for _, product in PRODUCTS.objects(rows, batch.budget)}


def _products_of_workflows(batch: Batch[UUID]) -> Mapping[UUID, list[Product]]:
    pairs = read_product_ids(batch)
    products = _products(Batch([product_id for _, product_id in pairs], batch.budget))
    found: dict[UUID, list[Product]] = defaultdict(list)
    for workflow_id, product_id in pairs:
        found[workflow_id].append(products[product_id])
    return found


def _first_products(batch: Batch[UUID]) -> Mapping[UUID, Product | None]:
    firsts = {key: related[0]["product_id"] for key, related in batch.once(read_related, batch).items() if related}
    products = _products(Batch(list(firsts.values()), batch.budget))
    return {key: products[firsts[key]] if key in firsts else None for key in batch.keys}


@strawberry.type
class Product:
    """What a customer can subscribe to."""

    batch: strawberry.Private[Batch[UUID]]
    product_id: UUID
    name: str
    description: str
    product_type: str
    tag: str
    status: ProductLifecycle
    created_at: datetime | None
    end_date: datetime | None
    subscriptions: Connection[Subscription] = SUBSCRIPTIONS.list_owned(
        "product_id", key="product_id", order=SUBSCRIPTION_FIELDS.default_order
    )


@strawberry.type
class BlockInstance:
    """A part of a subscription as a domain model has it; there are none here (``docs/graphql.md``)."""

    id: int
    parent: int | None
    subscription_instance_id: UUID
    product_block_instance_values: JSON
    in_use_by_relations: list[JSON]
    subscription: Subscription | None


@strawberry.type(name="SubscriptionInterface")
class Subscription:
    """What one customer has of a product."""

    batch: strawberry.Private[Batch[UUID]]
    products: strawberry.Private[Batch[UUID]]
    product_id: strawberry.Private[UUID]
    subscription_id: UUID
    description: str
    status: SubscriptionLifecycle
    insync: bool
    note: str | None
    start_date: datetime | None
    end_date: datetime | None
    customer_id: str
    # There are no domain models here, so none of these.
    metadata: JSON = strawberry.field(default_factory=dict)
    fixed_inputs: list[JSON] = strawberry.field(default_factory=list)
    customer_descriptions: list[leaves.CustomerDescription] = strawberry.field(default_factory=list)
    product_block_instances: list[BlockInstance] = strawberry.field(default_factory=list)
    processes: Connection[Process] = PROCESSES.list_owned(
        "subscription_links__subscription", key="subscription_id", order=PROCESS_FIELDS.default_order
    )

    @strawberry.field
    def customer(self) -> Customer:
        """Return whose it is."""
        return Customer.named(self.customer_id)

    @strawberry.field
    def product(self) -> Product:
        """Return of what it is."""
        return self.products.read(self.product_id, _products)


@strawberry.type
class Workflow:
    """What can be run."""

    batch: strawberry.Private[Batch[UUID]]
    workflow_id: UUID
    name: str
    target: Target
    is_task: bool
    description: str | None
    created_at: datetime

    @strawberry.field
    def is_allowed(self, info: Info) -> bool:
        """Return whether the caller may start it."""
        return may_start(self.name, info.context.caller)

    @strawberry.field
    def products(self) -> list[Product]:
        """Return for what it may be started."""
        return self.batch.read(self.workflow_id, _products_of_workflows)

    @strawberry.field
    def steps(self) -> list[leaves.WorkflowStep]:
        """Return its steps, from Start to Done; none if it was removed."""
        definition = WORKFLOWS.find(self.name)
        return [] if definition is None else [leaves.WorkflowStep.of(step) for step in definition.steps]


@strawberry.type
class Process:
    """One run of a workflow."""

    batch: strawberry.Private[Batch[UUID]]
    process_id: UUID
    workflow_id: UUID
    workflow_name: str
    workflow_target: Target
    is_task: bool
    last_status: ProcessStatus
    last_step: str | None
    assignee: Assignee
    created_by: str | None
    note: str | None
    started_at: datetime
    last_modified_at: datetime
    failed_reason: str | None
    traceback: str | None
    subscriptions: Connection[Subscription] = SUBSCRIPTIONS.list_owned(
        "process_links__process", key="process_id", order=["process_links__id"]
    )

    @strawberry.field
    def product_id(self) -> UUID | None:
        """Return that of its first subscription."""
        return self._first_subscription().get("product_id")

    @strawberry.field
    def product(self) -> Product | None:
        """Return that of its first subscription."""
        return self.batch.read(self.process_id, _first_products)

    @strawberry.field
    def customer_id(self) -> str | None:
        """Return that of its first subscription."""
        return self._first_subscription().get("customer_id")

    @strawberry.field
    def customer(self) -> Customer:
        """Return that of its first subscription, one without a name if it has none."""
        return Customer.named(self._first_subscription().get("customer_id", ""))

    @strawberry.field
    def steps(self) -> list[leaves.ProcessStep]:
        """Return those that were run, then those that are pending."""
        return [leaves.ProcessStep.of(body) for body in step_bodies(self._detail())]

    @strawberry.field
    def form(self) -> JSON | None:
        """Return the JSON Schema of what it waits for."""
        form = self._detail().form
        return None if form is None else JSON(form)

    @strawberry.field
    def current_state(self) -> JSON | None:
        """Return what its steps have come to."""
        return JSON(self._detail().progress.current_state)

    @strawberry.field
    def user_permissions(self, info: Info) -> leaves.Permissions:
        """Return what the caller may do to it."""
        may = permissions(self._detail(), info.context.caller)
        return leaves.Permissions(retry_allowed=may.retry, resume_allowed=may.resume)

    def _detail(self) -> ProcessDetail:
        detail = self.batch.once(read_details, self.batch).get(self.process_id)
        if detail is None:  # deleted since its row was read
            raise ProcessNotFoundError(self.process_id)
        return detail

    def _first_subscription(self) -> Row:
        related = self.batch.read(self.process_id, read_related)
        return related[0] if related else {}
