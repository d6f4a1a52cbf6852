"""The objects of GraphQL have the values of REST, but for moments (ISO 8601) and statuses (names in upper case)."""

from collections.abc import Generator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pydantic_forms.core import FormPage

from processes.models import Process
from processes.models import Workflow as WorkflowRow
from processes.statuses import ProcessStatus
from processes.workflow import Assignee, AuthContext, State, inputstep
from processes.workflow.registry import WORKFLOWS
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.graphql_api.asking import Graphql
from tests.integration.rest.api import Api
from tests.integration.subscriptions.stored_subscriptions import (
    CUSTOMER_ID,
    allow,
    link,
    store_product,
    store_subscription,
)

PROCESS = (
    "processId workflowId workflowName workflowTarget isTask lastStatus lastStep assignee createdBy note startedAt"
    " lastModifiedAt failedReason traceback productId customerId"
)
STEP = "stepId name status createdBy executed started completed commitHash state stateDelta"
MOMENTS = {"startedAt", "lastModifiedAt", "executed", "started", "completed"}
UPPER_CASE = {"lastStatus"}


def snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def as_rest(answered: dict[str, Any], *, is_step: bool = False) -> dict[str, Any]:
    """Return the object as REST writes it."""
    return {
        snake_case(name): datetime.fromisoformat(value).timestamp()
        if name in MOMENTS and value is not None
        else value.lower()
        if name in UPPER_CASE
        else value
        for name, value in answered.items()
    }


@pytest.fixture
def rest(client: Client) -> Api:
    return Api(client)


@pytest.mark.parametrize("status", [ProcessStatus.SUSPENDED, ProcessStatus.FAILED, ProcessStatus.COMPLETED])
def test_a_process_is_that_of_rest(status: ProcessStatus, graphql: Graphql, rest: Api) -> None:
    process = store_in_status(define("build_path", adding("Work")), status)
    link(process, store_subscription())
    body = rest.get(f"/api/processes/{process.pk}").body

    (answered,) = graphql.data(
        f'query($id: String!){{processes(filterBy: {{field: "processId", value: $id}}){{page{{{PROCESS} form'
        f" currentState steps{{{STEP}}}}}}}}}",
        id=str(process.pk),
    )["processes"]["page"]

    steps = [as_rest(each) for each in answered.pop("steps")]
    assert steps == body["steps"]
    shown = as_rest(answered)
    assert shown == {key: body[key] for key in shown}


def test_the_lists_of_a_process_are_never_null(graphql: Graphql) -> None:
    store_in_status(define("build_path", adding("Work")), ProcessStatus.RUNNING)

    (answered,) = graphql.data(
        "{processes{page{subscriptions{page{description} pageInfo{totalItems}} product{name} productId"
        " customer{customerId fullname shortcode} traceback form}}}"
    )["processes"]["page"]

    assert answered == {
        "subscriptions": {"page": [], "pageInfo": {"totalItems": 0}},
        "product": None,
        "productId": None,
        "customer": {"customerId": "", "fullname": "", "shortcode": ""},
        "traceback": None,
        "form": None,
    }


def test_product_and_customer_of_a_process_are_those_of_its_first_subscription(graphql: Graphql) -> None:
    process = store_in_status(define("build_path", adding("Work")), ProcessStatus.RUNNING)
    link(process, store_subscription(product=store_product("Core")), store_subscription(customer_id="another"))

    (answered,) = graphql.data("{processes{page{product{name status} customer{fullname} customerId}}}")["processes"][
        "page"
    ]

    assert answered == {
        "product": {"name": "Core", "status": "ACTIVE"},
        "customer": {"fullname": CUSTOMER_ID},
        "customerId": CUSTOMER_ID,
    }


def test_a_suspended_process_has_its_form(graphql: Graphql) -> None:
    @inputstep("Confirm", assignee=Assignee.NOC)
    def confirm() -> Generator[type[FormPage], Any, State]:
        class Confirm(FormPage):
            number: int

        yield Confirm
        return {}

    process = store_in_status(define("confirm_path", confirm), ProcessStatus.SUSPENDED)

    (answered,) = graphql.data("{processes{page{form steps{status}}}}")["processes"]["page"]

    assert answered["form"]["properties"]["number"]["type"] == "integer"
    assert [each["status"] for each in answered["steps"]] == ["success", "suspend", "pending", "pending"]
    assert Process.objects.get().pk == process.pk


def only_retries(context: AuthContext) -> bool:
    return context.action == "retry_workflow"


def test_permissions_are_those_of_the_workflow(graphql: Graphql) -> None:
    free, guarded = (
        define("build_path", adding("Work")),
        define("guarded", adding("Work"), authorize_callback=lambda _: False, retry_auth_callback=only_retries),
    )
    removed = define("removed", adding("Work"))
    for definition in (free, guarded, removed):
        store_in_status(definition, ProcessStatus.FAILED)
    WORKFLOWS.remove("removed")

    listed = graphql.data(
        '{processes(sortBy: {field: "workflowName"}){page{workflowName userPermissions{retryAllowed resumeAllowed}}}}'
    )["processes"]["page"]

    assert {each["workflowName"]: tuple(each["userPermissions"].values()) for each in listed} == {
        "build_path": (True, True),
        "guarded": (True, False),
        "removed": (False, False),
    }


def test_a_workflow_has_its_steps_and_products(graphql: Graphql) -> None:
    allow(define("build_path", adding("Work"), authorize_callback=lambda _: False), store_product("Core"))
    store_in_status(define("removed", adding("Work"), is_task=True), ProcessStatus.COMPLETED)
    WORKFLOWS.remove("removed")

    listed = graphql.data(
        '{workflows(query: "name:(build_path|removed)"){page{workflowId name target isTask description isAllowed'
        " products{name tag status productType} steps{name assignee}}}}"
    )["workflows"]["page"]

    workflow_id = str(WorkflowRow.objects.get(name="build_path").pk)
    assert listed[0] == {
        "workflowId": workflow_id,
        "name": "build_path",
        "target": "MODIFY",
        "isTask": False,
        "description": "About build_path",
        "isAllowed": False,
        "products": [{"name": "Core", "tag": "FP", "status": "ACTIVE", "productType": "Path"}],
        "steps": [{"name": name, "assignee": "SYSTEM"} for name in ("Start", "Work", "Done")],
    }
    assert (listed[1]["isTask"], listed[1]["isAllowed"], listed[1]["steps"]) == (True, False, [])


def test_a_subscription_has_all_that_its_page_shows(graphql: Graphql) -> None:
    subscription = store_subscription(note="mind the gap", status="provisioning", end_date=None)
    process = store_in_status(define("build_path", adding("Work")), ProcessStatus.RUNNING)
    link(process, subscription)

    (answered,) = graphql.data(
        "{subscriptions{page{subscriptionId description fixedInputs insync note product{createdAt name status endDate"
        " description tag productType productId} endDate startDate status customerId metadata customer{fullname"
        " customerId shortcode} customerDescriptions{id subscriptionId description customerId} productBlockInstances{id"
        " subscription{subscriptionId description} parent productBlockInstanceValues subscriptionInstanceId"
        ' inUseByRelations} processes(first: 1000000, after: 0, sortBy: {field: "startedAt", order: ASC}){page{'
        "processId lastStatus createdBy workflowTarget workflowName isTask note}}}}}"
    )["subscriptions"]["page"]

    product = subscription.product
    assert answered == {
        "subscriptionId": str(subscription.pk),
        "description": "FP Harbour-Airport 10G",
        "fixedInputs": [],
        "insync": True,
        "note": "mind the gap",
        "product": {
            "createdAt": "2026-03-01T00:00:00+00:00",
            "name": product.name,
            "status": "ACTIVE",
            "endDate": None,
            "description": product.description,
            "tag": "FP",
            "productType": "Path",
            "productId": str(product.pk),
        },
        "endDate": None,
        "startDate": "2026-03-01T00:00:00+00:00",
        "status": "PROVISIONING",
        "customerId": CUSTOMER_ID,
        "metadata": {},
        "customer": {"fullname": CUSTOMER_ID, "customerId": CUSTOMER_ID, "shortcode": CUSTOMER_ID},
        "customerDescriptions": [],
        "productBlockInstances": [],
        "processes": {
            "page": [
                {
                    "processId": str(process.pk),
                    "lastStatus": "RUNNING",
                    "createdBy": "SYSTEM",
                    "workflowTarget": "MODIFY",
                    "workflowName": "build_path",
                    "isTask": False,
                    "note": None,
                }
            ]
        },
    }
