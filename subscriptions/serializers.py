"""Products and subscriptions on the wire: for REST, for the ``processes`` channel, and in the state of a process."""

from collections.abc import Iterable
from datetime import datetime

from orchestrator_ws.contracts import JsonObject, Row
from subscriptions.models import Product, Subscription

# In the order of keys of ``docs/messages.md``, section 6.
_OF_PRODUCT = ("description", "name", "tag", "status", "product_type")


def product_body(product: Product) -> JsonObject:
    """Return what every body has of the product."""
    return {"product_id": str(product.pk)} | {key: getattr(product, key) for key in _OF_PRODUCT}


def subscribed_product_body(subscription: Row) -> JsonObject:
    """Return what every body has of the subscription's product; the row is one of ``subscription_rows``."""
    product = {key: subscription[f"product__{key}"] for key in _OF_PRODUCT}
    return {"product_id": str(subscription["product_id"])} | product


def subscription_body(subscription: Row) -> JsonObject:
    """Return the row of ``subscription_rows`` as REST answers it (``docs/rest.md``, section 3); some keys are null."""
    return {
        "subscription_id": str(subscription["subscription_id"]),
        "start_date": _epoch(subscription["start_date"]),
        "description": subscription["description"],
        "status": subscription["status"],
        "product_id": str(subscription["product_id"]),
        "customer_id": subscription["customer_id"],
        "insync": subscription["insync"],
        "note": subscription["note"],
        "name": None,
        "end_date": _epoch(subscription["end_date"]),
        "product": subscribed_product_body(subscription) | {"created_at": None, "end_date": None},
        "customer_descriptions": None,
        "tag": None,
        "version": subscription["version"],
    }


def subscription_bodies(subscriptions: Iterable[Row]) -> list[JsonObject]:
    """Return rows of ``subscription_rows`` as REST answers them."""
    return [subscription_body(subscription) for subscription in subscriptions]


def channel_subscription_body(subscription: Row) -> JsonObject:
    """Return the row of ``subscription_rows`` as the ``processes`` channel has it."""
    return {
        "subscription_id": str(subscription["subscription_id"]),
        "customer_id": subscription["customer_id"],
        "product_id": str(subscription["product_id"]),
        "description": subscription["description"],
        "insync": subscription["insync"],
        "status": subscription["status"],
        "note": subscription["note"],
        "start_date": iso_moment(subscription["start_date"]),
        "end_date": iso_moment(subscription["end_date"]),
        "product": subscribed_product_body(subscription),
    }


def subscription_state(subscription: Subscription) -> JsonObject:
    """Return the subscription as the state of a process holds it: its columns, as JSON."""
    return {
        "subscription_id": str(subscription.pk),
        "product_id": str(subscription.product_id),
        "customer_id": subscription.customer_id,
        "description": subscription.description,
        "status": subscription.status,
        "insync": subscription.insync,
        "note": subscription.note,
        "start_date": None if subscription.start_date is None else subscription.start_date.isoformat(),
        "end_date": None if subscription.end_date is None else subscription.end_date.isoformat(),
        "version": subscription.version,
    }


def _epoch(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def iso_moment(moment: datetime | None) -> str | None:
    """Return the moment as channels and searches have it."""
    return None if moment is None else moment.isoformat(timespec="seconds")
