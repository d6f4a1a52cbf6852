"""The rows of products and subscriptions."""

import uuid

from django.db import models
from django.utils import timezone

from subscriptions.lifecycle import ProductLifecycle, SubscriptionLifecycle

MAX_NOTE_LENGTH = 5000


class Product(models.Model):
    """What a customer can subscribe to."""

    product_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255, unique=True)
    description = models.TextField(max_length=2000)
    product_type = models.CharField(max_length=255)
    tag = models.CharField(max_length=20, db_index=True)
    status = models.CharField(
        max_length=16,
        choices=[(status.value, status.value) for status in ProductLifecycle],
        default=ProductLifecycle.ACTIVE.value,
    )
    created_at = models.DateTimeField(default=timezone.now)
    end_date = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """What one customer has of a product; only ``subscriptions.operations`` writes it, so that browsers hear of it."""

    subscription_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="subscriptions")
    customer_id = models.CharField(max_length=255, db_index=True)
    description = models.TextField(max_length=2000)
    status = models.CharField(
        max_length=16,
        choices=[(status.value, status.value) for status in SubscriptionLifecycle],
        default=SubscriptionLifecycle.INITIAL.value,
        db_index=True,
    )
    insync = models.BooleanField(default=False)
    # The process that took it out of sync, so that the same one may do so again after it was killed. Null: none did,
    # or it is in sync. No foreign key: processes are known further up only.
    unsynced_by = models.UUIDField(null=True, editable=False)
    note = models.TextField(null=True, blank=True, max_length=MAX_NOTE_LENGTH)
    start_date = models.DateTimeField(null=True, blank=True, db_index=True)
    end_date = models.DateTimeField(null=True, blank=True)
    # Raised by each change, so that whoever works with an older one can be told.
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["status"], condition=models.Q(insync=False), name="subscription_out_of_sync"),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def lifecycle(self) -> SubscriptionLifecycle:
        """The stored status as its enum member."""
        return SubscriptionLifecycle(self.status)


class SubscriptionRelation(models.Model):
    """One subscription uses another."""

    id = models.BigAutoField(primary_key=True)
    in_use_by = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="depends_on_relations")
    depends_on = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="in_use_by_relations")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["in_use_by", "depends_on"], name="subscription_relation_once")]

    def __str__(self) -> str:
        return f"{self.in_use_by_id} depends on {self.depends_on_id}"
