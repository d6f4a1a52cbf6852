"""The pages ``/workflows/new/<name>`` and ``/tasks/new/<name>``."""

from collections.abc import Generator
from typing import Annotated, Any

import pytest
from pydantic import ConfigDict, Field
from pydantic_forms.core import FormPage

from processes.models import Process
from processes.workflow import State, Target
from settings.operations import set_global_lock
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import allow, store_product
from tests.ui import documents
from tests.ui.browser import Browser


def order_form() -> Generator[type[FormPage], Any, State]:
    """Ask on two pages."""

    class Order(FormPage):
        model_config = ConfigDict(title="Order path")

        gbit: Annotated[int, Field(ge=1, le=400)] = 10

    class Confirm(FormPage):
        model_config = ConfigDict(title="Confirm")

        sure: bool

    order = yield Order
    confirmed = yield Confirm
    return dict(order.model_dump() | confirmed.model_dump())


@pytest.fixture
def path() -> str:
    """Define a workflow with a form, and return where it is started."""
    allow(define("create_path", adding("Work"), form=order_form, target=Target.CREATE), store_product())
    return "processes/create_path"


def test_the_page_knows_the_steps_before_anything_is_started(path: str, browser: Browser) -> None:
    (workflow,) = browser.query(documents.PROCESS_STEPS, processName="create_path")["workflows"]["page"]

    assert [step["name"] for step in workflow["steps"]] == ["Start", "Work", "Done"]


def test_the_description_is_that_of_the_exact_name(path: str, browser: Browser) -> None:
    define("create_path_twice", adding("Work"))

    described = browser.query(documents.WORKFLOW_DESCRIPTION, workflowName="create_path")["workflows"]["page"]

    assert described == [{"name": "create_path", "description": "About create_path"}]


def test_a_form_of_two_pages_is_walked_and_starts_one_process(path: str, browser: Browser) -> None:
    first = browser.call("POST", path, [])
    wrong = browser.call("POST", path, [{"gbit": 900}])
    second = browser.call("POST", path, [{"gbit": 100}])
    done = browser.call("POST", path, [{"gbit": 100}, {"sure": True}])

    assert (first.status, first.body["form"]["title"]) == (510, "Order path")
    assert (wrong.status, wrong.body["validation_errors"][0]["loc"]) == (400, ["gbit"])
    assert (second.status, second.body["form"]["title"]) == (510, "Confirm")
    assert done.status == 201
    assert str(Process.objects.get().pk) == done.body["id"]


def test_opening_the_page_of_a_workflow_without_a_form_starts_nothing(browser: Browser) -> None:
    define("plain", adding("Work"))

    opened = browser.call("POST", "processes/plain", [])
    assert (opened.status, opened.body["form"]["properties"], Process.objects.count()) == (510, {}, 0)

    assert browser.call("POST", "processes/plain", [{}]).status == 201


def test_what_cannot_be_started_says_why(path: str, browser: Browser) -> None:
    unknown = browser.call("POST", "processes/nope", [])
    set_global_lock(True)
    locked = browser.call("POST", path, [])

    assert (unknown.status, unknown.body["detail"]) == (404, "Workflow does not exist")
    assert locked.status == 503
