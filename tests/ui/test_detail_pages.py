"""The page of a process, ``/workflows/<id>`` and ``/tasks/<id>``, and that of a subscription."""

from collections.abc import Generator
from typing import Any

import pytest
from pydantic_forms.core import FormPage

from processes.models import Process
from processes.statuses import ProcessStatus
from processes.workflow import Assignee, State, inputstep
from tests.integration.engine.stored_processes import UNKNOWN_ID, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import link, store_subscription
from tests.ui import documents
from tests.ui.browser import Browser


@inputstep("Confirm", assignee=Assignee.NOC)
def confirm() -> Generator[type[FormPage], Any, State]:
    """Ask for a change number."""

    class Confirm(FormPage):
        change_number: int

    page = yield Confirm
    return dict(page.model_dump())


def show(browser: Browser, process_id: object) -> Any:
    """Return what the page shows of the process."""
    (shown,) = browser.query(documents.PROCESS_DETAIL, processId=str(process_id))["processes"]["page"]
    return shown


@pytest.mark.parametrize("status", ProcessStatus)
def test_a_process_in_any_status_has_all_that_the_page_dereferences(status: ProcessStatus, browser: Browser) -> None:
    process = store_in_status(define("build_path", adding("Work")), status)

    shown = show(browser, process.pk)

    assert shown["lastStatus"] == status.upper()
    assert shown["userPermissions"] == {"retryAllowed": True, "resumeAllowed": True}
    assert shown["customer"] == {"fullname": ""}
    assert shown["subscriptions"] == {"page": []}
    has_failed = status in (
        ProcessStatus.FAILED,
        ProcessStatus.WAITING,
        ProcessStatus.API_UNAVAILABLE,
        ProcessStatus.INCONSISTENT_DATA,
    )
    assert shown["traceback"] == ("ValueError: disk full\n" if has_failed else None)


def test_each_subscription_of_a_process_has_its_product(browser: Browser) -> None:
    process = store_in_status(define("build_path", adding("Work")), ProcessStatus.COMPLETED)
    subscription = store_subscription("FP 1")
    link(process, subscription)

    (related,) = show(browser, process.pk)["subscriptions"]["page"]

    assert related == {
        "product": {"name": "Fibre Path"},
        "description": "FP 1",
        "subscriptionId": str(subscription.pk),
    }


def test_a_process_that_is_gone_is_an_empty_page(browser: Browser) -> None:
    assert browser.query(documents.PROCESS_DETAIL, processId=str(UNKNOWN_ID)) == {"processes": {"page": []}}


def test_a_suspended_process_is_resumed_by_its_form(browser: Browser) -> None:
    process = store_in_status(define("change", confirm), ProcessStatus.SUSPENDED)
    shown = show(browser, process.pk)
    assert shown["form"]["properties"].keys() == {"change_number"}
    assert [step["status"] for step in shown["steps"]] == ["success", "suspend", "pending", "pending"]
    path = f"processes/{process.pk}/resume"

    refused = browser.call("PUT", path, [{"change_number": "many"}])
    accepted = browser.call("PUT", path, [{"change_number": 42}])

    assert (refused.status, [fault["loc"] for fault in refused.body["validation_errors"]]) == (400, [["change_number"]])
    assert accepted.status == 204
    shown = show(browser, process.pk)
    assert (shown["lastStatus"], shown["form"]) == ("COMPLETED", None)
    assert [step["name"] for step in shown["steps"]] == ["Start", "Confirm", "Confirm", "Done"]
    assert shown["steps"][2]["stateDelta"] == {"change_number": 42}


def test_a_failed_process_is_retried(browser: Browser) -> None:
    process = store_in_status(define("build_path", adding("Work")), ProcessStatus.FAILED)

    assert browser.call("PUT", f"processes/{process.pk}/resume", {}).status == 204

    assert show(browser, process.pk)["lastStatus"] == "COMPLETED"


def test_a_process_is_aborted_and_a_task_deleted(browser: Browser) -> None:
    process = store_in_status(define("build_path", adding("Work")), ProcessStatus.SUSPENDED)
    task = store_in_status(define("check_nodes", adding("Look"), is_task=True), ProcessStatus.FAILED)

    assert browser.call("PUT", f"processes/{process.pk}/abort").status == 204
    assert browser.call("DELETE", f"processes/{task.pk}").status == 204

    assert show(browser, process.pk)["lastStatus"] == "ABORTED"
    assert not Process.objects.filter(pk=task.pk).exists()


def test_the_raw_data_of_a_process_is_there(browser: Browser) -> None:
    process = store_in_status(define("build_path", adding("Work")), ProcessStatus.COMPLETED)

    body = browser.call("GET", f"processes/{process.pk}").body

    assert {"current_state", "steps", "form", "subscriptions", "traceback"} <= body.keys()


def test_a_subscription_has_all_that_its_page_dereferences(browser: Browser) -> None:
    subscription = store_subscription("FP 1")
    process = store_in_status(define("build_path", adding("Work")), ProcessStatus.COMPLETED)
    link(process, subscription)

    (shown,) = browser.query(documents.SUBSCRIPTION_DETAIL, subscriptionId=str(subscription.pk))["subscriptions"][
        "page"
    ]

    assert (shown["metadata"], shown["fixedInputs"], shown["productBlockInstances"]) == ({}, [], [])
    assert shown["product"]["name"] == "Fibre Path"
    assert [each["processId"] for each in shown["processes"]["page"]] == [str(process.pk)]
    menu = browser.call("GET", f"subscriptions/workflows/{subscription.pk}").body
    assert {"create", "modify", "terminate", "system", "reconcile", "validate"} <= menu.keys()
    assert browser.call("PUT", f"subscriptions/{subscription.pk}/set_in_sync").status == 200
