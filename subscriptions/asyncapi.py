"""Subscriptions and products in the AsyncAPI document: as the ``processes`` channel shows them."""

from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import Field

from orchestrator_ws.openapi import Body
from subscriptions.lifecycle import ProductLifecycle, SubscriptionLifecycle

Moment: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601 in UTC, whole seconds: ``2026-03-02T09:15:00+00:00``."""


class ChannelProduct(Body):
    """A product, as a subscription shows it."""

    product_id: UUID
    description: str
    name: str
    tag: str
    status: ProductLifecycle
    product_type: str


class ChannelSubscription(Body):
    """What a customer has of a product."""

    subscription_id: UUID
    customer_id: str
    product_id: UUID
    description: str
    insync: bool
    status: SubscriptionLifecycle
    note: str | None
    start_date: Moment | None
    end_date: Moment | None
    product: ChannelProduct
