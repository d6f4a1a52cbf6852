"""Read subscriptions."""

from uuid import UUID

from django.db.models import QuerySet

from orchestrator_ws.contracts import Row
from subscriptions.errors import SubscriptionNotFoundError
from subscriptions.models import Subscription

_SHOWN = (
    "subscription_id",
    "start_date",
    "description",
    "status",
    "product_id",
    "product__description",
    "product__name",
    "product__tag",
    "product__status",
    "product__product_type",
    "customer_id",
    "insync",
    "note",
    "end_date",
    "version",
)


def subscription_rows(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription, Row]:
    """Return what is shown of them and of their products, by the names of the columns; one query."""
    rows: QuerySet[Subscription, Row] = subscriptions.values(*_SHOWN)
    return rows


def find_subscription(subscription_id: UUID) -> Subscription | None:
    """Return the subscription with its product, None if there is none."""
    return Subscription.objects.select_related("product").filter(pk=subscription_id).first()


def get_subscription(subscription_id: UUID) -> Subscription:
    """Return the subscription with its product.

    Raises:
        SubscriptionNotFoundError: there is none.
    """
    subscription = find_subscription(subscription_id)
    if subscription is None:
        raise SubscriptionNotFoundError(subscription_id)
    return subscription


def hold_subscription(subscription_id: UUID) -> Subscription:
    """Return the row, locked against changes until the caller's transaction ends. After engine and process rows.

    Raises:
        SubscriptionNotFoundError: there is none.
    """
    subscription = Subscription.objects.select_for_update().filter(pk=subscription_id).first()
    if subscription is None:
        raise SubscriptionNotFoundError(subscription_id)
    return subscription
