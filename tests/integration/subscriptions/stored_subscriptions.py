"""Products and subscriptions as the product would have left them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from processes.models import Process, ProcessSubscription, ProductWorkflow
from processes.models import Workflow as WorkflowRow
from processes.workflow import Workflow
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Product, Subscription, SubscriptionRelation

UNKNOWN_ID = UUID("c81f3a52-06de-4b7b-8f10-2d94e6a7b302")
CUSTOMER_ID = "7d3f9b60-1c2a-4e85-a6f4-3b08c5d1e904"
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def store_product(name: str = "Fibre Path", **columns: Any) -> Product:
    """Store a product, or return the one of that name."""
    description = "Protected point-to-point path"
    defaults = {"description": description, "product_type": "Path", "tag": "FP", "created_at": MARCH} | columns
    return Product.objects.get_or_create(name=name, defaults=defaults)[0]


def store_subscription(description: str = "FP Harbour-Airport 10G", **columns: Any) -> Subscription:
    """Store a subscription, active and in sync unless the columns say otherwise."""
    product = columns.pop("product", None) or store_product()
    defaults = {"customer_id": CUSTOMER_ID, "status": SubscriptionLifecycle.ACTIVE, "insync": True, "start_date": MARCH}
    return Subscription.objects.create(product=product, description=description, **defaults | columns)


def store_relation(*, in_use_by: Subscription, depends_on: Subscription) -> None:
    """Store that one subscription uses the other."""
    SubscriptionRelation.objects.create(in_use_by=in_use_by, depends_on=depends_on)


def link(process: Process, *subscriptions: Subscription) -> None:
    """Store that the process works on the subscriptions."""
    for subscription in subscriptions:
        ProcessSubscription.objects.create(process=process, subscription=subscription)


def allow(definition: Workflow, product: Product) -> WorkflowRow:
    """Store that the workflow may be started for the product, and return the workflow's row."""
    row, _ = WorkflowRow.objects.get_or_create(
        name=definition.name,
        defaults={
            "description": definition.description,
            "target": definition.target,
            "is_task": definition.is_task,
        },
    )
    ProductWorkflow.objects.get_or_create(product=product, workflow=row)
    return row
