"""The first page of the forms of workflows on subscriptions: which product, or which subscription."""

from collections.abc import Callable, Generator
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_forms.validators import Choice

from processes.allowed_workflows import Reason, allowed_workflows
from processes.workflow import FormPage, State, SubmitFormPage
from processes.workflow.forms import form
from subscriptions.models import Product, Subscription
from subscriptions.queries import find_subscription, get_subscription

InitialForm: TypeAlias = Callable[[State], Generator[type[BaseModel], Any, State]]

_SENTENCES = {
    Reason.NOT_IN_SYNC: "Subscription already has a running process or task",
    Reason.RELATIONS_NOT_IN_SYNC: "Some related subscriptions are not in sync",
    Reason.INVALID_STATUS: "The status of the subscription does not allow it",
    Reason.IN_USE_BY_OTHERS: "The subscription is used by other subscriptions",
}
_NO_CHOICE = {"none": ("", "None")}


def with_product_page(author_form: Callable[..., Any] | None) -> InitialForm:
    """Return the form of a workflow that creates: a page for the product, then those of the author.

    The state gets ``product`` (the id) and ``product_name``, which the author's form may name.
    """

    def initial_form(state: State) -> Generator[type[BaseModel], Any, State]:
        products = Product.objects.filter(workflows__name=state["workflow_name"]).order_by("name")
        names = {str(product.pk): product.name for product in products}
        chosen = yield _product_page(_base(author_form), names)
        begun = {"product": chosen.product.value, "product_name": names[chosen.product.value]}
        return (yield from _author_pages(author_form, state, begun))

    return initial_form


def with_subscription_page(author_form: Callable[..., Any] | None) -> InitialForm:
    """Return the form of a workflow on a subscription: a page for the subscription, then those of the author.

    A subscription that does not allow the workflow now is refused, and so is a ``version`` that is not the present
    one. The state gets ``subscription_id``, ``product`` (the id), ``customer_id`` and ``version``.
    """

    def initial_form(state: State) -> Generator[type[BaseModel], Any, State]:
        chosen = yield _subscription_page(_base(author_form), state["workflow_name"], state["workflow_target"])
        subscription = get_subscription(chosen.subscription_id)
        begun = {
            "subscription_id": str(subscription.pk),
            "product": str(subscription.product_id),
            "customer_id": subscription.customer_id,
            "version": subscription.version,
        }
        return (yield from _author_pages(author_form, state, begun))

    return initial_form


def _author_pages(
    author_form: Callable[..., Any] | None, state: State, begun: State
) -> Generator[type[BaseModel], Any, State]:
    if author_form is None:
        return begun
    return begun | (yield from form(author_form)(state | begun))


def _base(author_form: Callable[..., Any] | None) -> type[FormPage]:
    return SubmitFormPage if author_form is None else FormPage


def _product_page(base: type[FormPage], names: dict[str, str]) -> type[FormPage]:
    # A choice needs a value; where no product allows the workflow there is none that fits.
    choice = Choice.__call__("ProductChoice", {key: (key, name) for key, name in names.items()} or _NO_CHOICE)

    class ProductPage(base):  # type: ignore[valid-type,misc]
        product: Annotated[choice, Field(json_schema_extra={"format": "productId"})]  # type: ignore[valid-type]

        @field_validator("product")
        @classmethod
        def _exists(cls, product: Choice) -> Choice:
            if not product.value:
                raise ValueError("No product allows this workflow")
            return product

    return ProductPage


def _subscription_page(base: type[FormPage], workflow_name: str, target: str) -> type[FormPage]:
    class SubscriptionPage(base):  # type: ignore[valid-type,misc]
        subscription_id: UUID
        version: int | None = None

        @field_validator("subscription_id")
        @classmethod
        def _allows_the_workflow(cls, subscription_id: UUID) -> UUID:
            subscription = find_subscription(subscription_id)
            if subscription is None:
                raise ValueError("Subscription not found")
            _require_allowed(subscription, workflow_name, target)
            return subscription_id

        @field_validator("version")
        @classmethod
        def _is_the_present_one(cls, version: int | None, info: ValidationInfo) -> int | None:
            subscription = find_subscription(info.data["subscription_id"]) if "subscription_id" in info.data else None
            if version is not None and subscription is not None and version != subscription.version:
                raise ValueError(
                    f"Stale data: given version ({version}) does not match the current version ({subscription.version})"
                )
            return version

    return SubscriptionPage


def _require_allowed(subscription: Subscription, workflow_name: str, target: str) -> None:
    listed = allowed_workflows(subscription)[target.lower()]
    entry = next((entry for entry in listed if entry["name"] == workflow_name), None)
    if entry is None:
        raise ValueError("This workflow is not valid for this subscription")
    if "reason" in entry:
        raise ValueError(f"This workflow cannot be started: {_SENTENCES[entry['reason']]}")
