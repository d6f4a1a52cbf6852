"""Products and subscriptions in Django admin; every change goes through the operations, so browsers hear of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from orchestrator_ws.errors import OrchestratorError
from subscriptions import operations
from subscriptions.models import Product, Subscription


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin[Product]):
    """The list of products; one that had subscriptions stays, with the status ``end of life``."""

    list_display = ["name", "tag", "product_type", "status", "product_id"]
    list_filter = ["status", "product_type"]
    search_fields = ["name", "tag", "description"]
    readonly_fields = ["product_id"]
    ordering = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Refuse."""
        return False

    def save_model(self, request: HttpRequest, obj: Product, form: ModelForm[Product], change: bool) -> None:
        """Store it through the operation."""
        operations.save_product(obj)


@admin.register(Subscription)
class SubscriptionAdmin(admin.ModelAdmin[Subscription]):
    """The list of subscriptions, which workflows make; a person sets the note, and whether they are in sync."""

    list_display = ["description", "product", "customer_id", "status", "insync", "subscription_id"]
    list_filter = ["status", "insync", "product"]
    search_fields = ["subscription_id", "description", "customer_id", "note"]
    list_select_related = ["product"]
    ordering = ["description"]
    readonly_fields = ["description", "product", "customer_id", "status", "insync", "subscription_id", "version"]
    fields = ["description", "product", "customer_id", "status", "insync", "subscription_id", "version", "note"]
    actions = ["set_in_sync", "take_out_of_sync"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a workflow creates subscriptions."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        """Refuse: a workflow terminates subscriptions."""
        return False

    def save_model(self, request: HttpRequest, obj: Subscription, form: ModelForm[Subscription], change: bool) -> None:
        """Store the note, the only field that can be edited, through the operation."""
        operations.update_subscription(obj.pk, note=form.cleaned_data["note"] or None)

    @admin.action(permissions=["change"], description="Set selected subscriptions in sync")
    def set_in_sync(self, request: HttpRequest, subscriptions: QuerySet[Subscription]) -> None:
        """Set those in sync that no process works on."""
        self._each(request, subscriptions, "is in sync", operations.set_in_sync)

    @admin.action(permissions=["change"], description="Take selected subscriptions out of sync")
    def take_out_of_sync(self, request: HttpRequest, subscriptions: QuerySet[Subscription]) -> None:
        """Keep workflows away from them."""
        self._each(request, subscriptions, "is out of sync", operations.take_out_of_sync)

    def _each(
        self,
        request: HttpRequest,
        subscriptions: QuerySet[Subscription],
        done: str,
        operation: Callable[[UUID], Any],
    ) -> None:
        for subscription_id in subscriptions.values_list("pk", flat=True):
            try:
                operation(subscription_id)
            except OrchestratorError as error:
                messages.error(request, f"{subscription_id}: {error}")
            else:
                messages.success(request, f"{subscription_id} {done}")
