"""Workflows to try subscriptions with: order a port, change it, check it, cancel it."""

from collections.abc import Generator
from typing import Annotated, Any
from uuid import UUID, uuid5

from django.db import transaction
from pydantic import ConfigDict, Field

from processes.registration import allow_workflow
from processes.subscription_steps import store_process_subscription
from processes.subscription_workflows import create_workflow, modify_workflow, terminate_workflow, validate_workflow
from processes.workflow import InconsistentDataError, State, StepList, SubmitFormPage, begin, step
from subscriptions import operations
from subscriptions.models import Product

PRODUCT_ID = UUID("2f1c7b1e-8a55-4c7e-9a0d-5b6f3e2d7c10")


def create_product() -> None:
    """Create the product of these workflows, unless it is there; one transaction."""
    with transaction.atomic():
        if Product.objects.filter(pk=PRODUCT_ID).exists():
            return
        operations.save_product(
            Product(pk=PRODUCT_ID, name="Demo port", description="A port to try", product_type="Port", tag="DEMO")
        )
        for definition in (demo_order_port, demo_change_port, demo_check_port, demo_cancel_port):
            allow_workflow(PRODUCT_ID, definition.name)


def order_form(product_name: str) -> Generator[type[SubmitFormPage], Any, State]:
    """Ask for whom and how fast."""

    class OrderPort(SubmitFormPage):
        model_config = ConfigDict(title=f"Order {product_name}")

        customer_id: Annotated[str, Field(min_length=1, max_length=255)]
        gbit: Annotated[int, Field(ge=1, le=400)] = 10

    page = yield OrderPort
    return dict(page.model_dump())


@step("Create subscription")
def create_subscription(process_id: UUID, product: UUID, customer_id: str, gbit: int) -> State:
    """Create it with an id that follows from the process, so that a second run of this step makes no second one."""
    subscription_id = uuid5(process_id, "subscription")
    operations.create_subscription(product, customer_id, f"Port {gbit}G", subscription_id=subscription_id)
    return {"subscription_id": subscription_id}


@create_workflow("Order a port", initial_input_form=order_form)
def demo_order_port() -> StepList:
    """Show a subscription from its creation until it is active."""
    return begin >> create_subscription >> store_process_subscription()


def change_form(subscription_id: UUID) -> Generator[type[SubmitFormPage], Any, State]:
    """Ask how fast it is to be."""

    class ChangePort(SubmitFormPage):
        model_config = ConfigDict(title="Change port")

        gbit: Annotated[int, Field(ge=1, le=400)]

    page = yield ChangePort
    return dict(page.model_dump())


@step("Change description")
def change_description(subscription_id: UUID, gbit: int) -> None:
    """Say how fast the port is now."""
    operations.update_subscription(subscription_id, description=f"Port {gbit}G")


@modify_workflow("Change the speed of a port", initial_input_form=change_form)
def demo_change_port() -> StepList:
    """Show a subscription that is out of sync while a process works on it."""
    return begin >> change_description


@step("Compare with the network")
def compare(subscription: State) -> None:
    """Pretend to look at the port."""
    if not subscription["description"].startswith("Port "):
        raise InconsistentDataError("The network knows no such port")


@validate_workflow("Check a port")
def demo_check_port() -> StepList:
    """Show a task on a subscription."""
    return begin >> compare


@terminate_workflow("Cancel a port")
def demo_cancel_port() -> StepList:
    """Show the end of a subscription."""
    return begin
