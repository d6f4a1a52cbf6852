"""Create and change subscriptions: the rules, and the one transaction of each. Views, admin and steps call these.

Each records its change, so that browsers hear of it; what changes nothing records nothing, so each may be repeated.
"""

from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from audit.actions import Action, Kind
from audit.recording import audit
from events.changes import Change, ChangeKind, subscription_changes
from events.recording import record
from subscriptions.errors import (
    IllegalTransitionError,
    SelfRelationError,
    SubscriptionOutOfSyncError,
    UnfinishedProcessesError,
)
from subscriptions.lifecycle import SubscriptionLifecycle, may_become
from subscriptions.models import Product, Subscription, SubscriptionRelation
from subscriptions.queries import hold_subscription
from subscriptions.unfinished_processes import list_unfinished_processes


class SubscriptionColumns(TypedDict, total=False):
    """What ``update_subscription`` can set; what is left out stays as it is."""

    description: str
    customer_id: str
    note: str | None
    start_date: datetime | None
    end_date: datetime | None


def save_product(product: Product) -> None:
    """Store a new or changed product; every subscription shows its product, so all of them are stale."""
    with transaction.atomic():
        product.save()
        record(Change(ChangeKind.SUBSCRIPTIONS), Change(ChangeKind.PRODUCTS))
        audit(Action.CHANGE, Kind.PRODUCT, product.pk)


def create_subscription(
    product_id: UUID, customer_id: str, description: str, *, subscription_id: UUID | None = None
) -> Subscription:
    """Create an initial subscription that is out of sync, and return it.

    With a ``subscription_id`` that exists already nothing is created: a step that runs again after it was killed
    gets the subscription which it made the first time.
    """
    with transaction.atomic():
        subscription, created = Subscription.objects.get_or_create(
            pk=subscription_id or uuid4(),
            defaults={"product_id": product_id, "customer_id": customer_id, "description": description},
        )
        if created:
            record(*subscription_changes([subscription.pk]))
        return subscription


def update_subscription(subscription_id: UUID, **columns: Unpack[SubscriptionColumns]) -> Subscription:
    """Change what the columns name, and return the subscription.

    Raises:
        SubscriptionNotFoundError: there is none.
    """
    with transaction.atomic():
        subscription = hold_subscription(subscription_id)
        audit(Action.CHANGE, Kind.SUBSCRIPTION, subscription_id, columns=sorted(columns))
        return _change(subscription, **columns)


def set_status(subscription_id: UUID, status: SubscriptionLifecycle) -> Subscription:
    """Let the subscription enter a phase of its life, and return it.

    Its start is when it first becomes active, its end when it is terminated, unless dates were set.

    Raises:
        SubscriptionNotFoundError: there is none.
        IllegalTransitionError: its life does not go this way.
    """
    with transaction.atomic():
        subscription = hold_subscription(subscription_id)
        if not may_become(subscription.lifecycle, status):
            raise IllegalTransitionError(subscription_id, subscription.lifecycle, status)
        dates: dict[str, Any] = {}
        if status is SubscriptionLifecycle.ACTIVE and subscription.start_date is None:
            dates = {"start_date": timezone.now()}
        if status is SubscriptionLifecycle.TERMINATED and subscription.end_date is None:
            dates = {"end_date": timezone.now()}
        return _change(subscription, status=status, **dates)


def terminate_subscription(subscription_id: UUID) -> Subscription:
    """End the subscription's life, and return it; see ``set_status``."""
    return set_status(subscription_id, SubscriptionLifecycle.TERMINATED)


def take_out_of_sync(subscription_id: UUID, process_id: UUID | None = None) -> Subscription:
    """Take the subscription out of sync for a process, or a person, and return it.

    The same process may do so again, for its step runs again after it was killed; anybody else is refused.

    Raises:
        SubscriptionNotFoundError: there is none.
        SubscriptionOutOfSyncError: it is out of sync already.
    """
    with transaction.atomic():
        subscription = hold_subscription(subscription_id)
        if not subscription.insync and (process_id is None or subscription.unsynced_by != process_id):
            raise SubscriptionOutOfSyncError
        audit(Action.TAKE_OUT_OF_SYNC, Kind.SUBSCRIPTION, subscription_id)
        return _change(subscription, insync=False, unsynced_by=process_id)


def mark_out_of_sync(subscription_id: UUID, process_id: UUID) -> Subscription:
    """Take the subscription out of sync if it is not, whoever did so before, and return it.

    Raises:
        SubscriptionNotFoundError: there is none.
    """
    with transaction.atomic():
        subscription = hold_subscription(subscription_id)
        return _change(subscription, insync=False, unsynced_by=process_id) if subscription.insync else subscription


def bring_in_sync(subscription_id: UUID, process_id: UUID | None = None) -> Subscription:
    """Say that the network agrees with the subscription, and return it: for the process that made it so.

    One that another process took out of sync, and still works on, stays so.

    Raises:
        SubscriptionNotFoundError: there is none.
    """
    with transaction.atomic():
        subscription = hold_subscription(subscription_id)
        holder = subscription.unsynced_by
        if holder not in (None, process_id) and holder in list_unfinished_processes(subscription_id):
            return subscription
        return _change(subscription, insync=True, unsynced_by=None)


def set_in_sync(subscription_id: UUID) -> Subscription:
    """Say that the network agrees with the subscription, and return it: for a person.

    Raises:
        SubscriptionNotFoundError: there is none.
        UnfinishedProcessesError: it is out of sync, and a process of it may still go on.
    """
    with transaction.atomic():
        subscription = hold_subscription(subscription_id)
        if not subscription.insync and (unfinished := list_unfinished_processes(subscription_id)):
            raise UnfinishedProcessesError(subscription_id, unfinished)
        audit(Action.SET_IN_SYNC, Kind.SUBSCRIPTION, subscription_id)
        return _change(subscription, insync=True, unsynced_by=None)


def relate(*, in_use_by: UUID, depends_on: UUID) -> None:
    """Say that one subscription uses the other.

    Raises:
        SubscriptionNotFoundError: one of them does not exist.
        SelfRelationError: both are the same.
    """
    if in_use_by == depends_on:
        raise SelfRelationError(in_use_by)
    with transaction.atomic():
        for subscription_id in sorted((in_use_by, depends_on)):
            hold_subscription(subscription_id)
        _, created = SubscriptionRelation.objects.get_or_create(in_use_by_id=in_use_by, depends_on_id=depends_on)
        if created:
            record(*subscription_changes([in_use_by, depends_on]))


def unrelate(*, in_use_by: UUID, depends_on: UUID) -> None:
    """Say that one subscription uses the other no more."""
    with transaction.atomic():
        deleted, _ = SubscriptionRelation.objects.filter(in_use_by=in_use_by, depends_on=depends_on).delete()
        if deleted:
            record(*subscription_changes([in_use_by, depends_on]))


def _change(subscription: Subscription, **columns: Any) -> Subscription:
    different = {name: value for name, value in columns.items() if getattr(subscription, name) != value}
    if different:
        for name, value in different.items():
            setattr(subscription, name, value)
        subscription.version += 1
        subscription.save(update_fields=[*different, "version"])
        record(*subscription_changes([subscription.pk]))
    return subscription
