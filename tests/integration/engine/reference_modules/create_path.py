"""Creates a subscription."""

from uuid import UUID

from pydantic_forms.types import FormGenerator, State

from processes.subscription_steps import store_process_subscription
from processes.subscription_workflows import create_workflow
from processes.workflow import FormPage, StepList, begin, step
from subscriptions.operations import create_subscription


def initial_input_form(product_name: str) -> FormGenerator:
    class Name(FormPage):
        label: str

    name = yield Name
    return {"title": f"{product_name} {name.label}"}


@step("Make subscription")
def make_subscription(idempotency_key: UUID, product: UUID, title: str) -> State:
    create_subscription(product, "customer", title, subscription_id=idempotency_key)
    return {"subscription_id": idempotency_key}


@create_workflow("Create a path", initial_input_form=initial_input_form)
def create_path() -> StepList:
    return begin >> make_subscription >> store_process_subscription()
