"""Read subscriptions."""

from uuid import UUID

from django.db.models import QuerySet

from subscriptions.errors import SubscriptionNotFoundError
from subscriptions.models import Subscription


def list_subscriptions() -> QuerySet[Subscription]:
    """Return all, each with its product; one query."""
    return Subscription.objects.select_related("product")


def find_subscription(subscription_id: UUID) -> Subscription | None:
    """Return the subscription with its product, None if there is none."""
    return list_subscriptions().filter(pk=subscription_id).first()


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
