"""What every page of the UI calls for."""

import pytest

from processes.statuses import ProcessStatus
from processes.workflow import Target
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import allow, store_product
from tests.ui import documents
from tests.ui.browser import Browser

OLDEST_VERSION_OF_9 = (5, 4, 0)


def test_the_version_is_one_that_every_ui_works_with(browser: Browser) -> None:
    first, *_ = browser.query(documents.VERSIONS)["version"]["applicationVersions"]

    version = tuple(int(part) for part in first.split()[1].split("."))
    assert version >= OLDEST_VERSION_OF_9


def test_the_engine_badge_says_that_it_runs(browser: Browser) -> None:
    assert browser.call("GET", "settings/status").body == {
        "global_lock": False,
        "global_status": "RUNNING",
        "running_processes": 0,
    }


def test_the_badge_of_failed_tasks_counts(browser: Browser) -> None:
    assert browser.call("GET", "processes/status-counts").body == {"process_counts": {}, "task_counts": {}}

    definition = define("check_nodes", adding("Look"), is_task=True)
    for status in (ProcessStatus.FAILED, ProcessStatus.API_UNAVAILABLE, ProcessStatus.COMPLETED):
        store_in_status(definition, status)

    assert browser.call("GET", "processes/status-counts").body["task_counts"] == {
        "failed": 1,
        "api_unavailable": 1,
        "completed": 1,
    }


@pytest.mark.parametrize("target", ["CREATE", "create"])
def test_the_menu_of_new_subscriptions_has_products_by_workflow(target: str, browser: Browser) -> None:
    product = store_product("Fibre Path", status="active")
    allow(define("create_fibre_path", adding("Work"), target=Target.CREATE), product)
    allow(define("modify_fibre_path", adding("Work")), product)

    workflows = browser.query(documents.START_OPTIONS_CREATE, target=target)["workflows"]["page"]

    (found,) = [workflow for workflow in workflows if workflow["name"] == "create_fibre_path"]
    assert found == {
        "name": "create_fibre_path",
        "isAllowed": True,
        "products": [
            {"productType": "Path", "productId": str(product.pk), "name": "Fibre Path", "tag": "FP", "status": "ACTIVE"}
        ],
    }
    assert "modify_fibre_path" not in {workflow["name"] for workflow in workflows}
