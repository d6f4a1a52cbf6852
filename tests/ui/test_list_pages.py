"""The lists ``/workflows`` and ``/tasks``."""

from typing import Any

import pytest

from processes.models import Process
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import link, store_product, store_subscription
from tests.ui import documents
from tests.ui.browser import Browser
from tests.ui.test_start_page import ACTIVE

LATEST: dict[str, Any] = {"first": 15, "after": 0, "sortBy": {"field": "lastModifiedAt", "order": "DESC"}}
OF_WORKFLOWS, OF_TASKS = ({"field": "isTask", "value": value} for value in ("false", "true"))
OPEN, ENDED = ({"field": "lastStatus", "value": value} for value in (ACTIVE, "completed-aborted"))

COLUMNS = {
    *("workflowName", "lastStep", "lastStatus", "workflowTarget", "tag", "productName", "customerFullname"),
    *(
        "customerShortcode",
        "note",
        "subscriptions",
        "createdBy",
        "assignee",
        "processId",
        "startedAt",
        "lastModifiedAt",
    ),
}
"""What a click on the head of each column sorts by."""


@pytest.fixture
def stored() -> list[Process]:
    """Store processes of every status, workflows and tasks, one with a subscription."""
    definitions = define("build_path", adding("Work")), define("check_nodes", adding("Look"), is_task=True)
    processes = [store_in_status(definition, status) for definition in definitions for status in ProcessStatus]
    link(processes[0], store_subscription("FP 1", product=store_product("Fibre Path")))
    return processes


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("kind", [OF_WORKFLOWS, OF_TASKS], ids=["workflows", "tasks"])
@pytest.mark.parametrize(("tab", "count"), [(OPEN, 9), (ENDED, 2)], ids=["active", "completed"])
def test_each_tab_has_its_processes(kind: dict[str, str], tab: dict[str, str], count: int, browser: Browser) -> None:
    listed = browser.query(documents.PROCESS_LIST, **LATEST, filterBy=[kind, tab])["processes"]

    assert len(listed["page"]) == listed["pageInfo"]["totalItems"] == count
    assert {row["isTask"] for row in listed["page"]} == {kind is OF_TASKS}


@pytest.mark.usefixtures("stored")
def test_a_row_has_all_that_the_table_dereferences(browser: Browser) -> None:
    listed = browser.query(documents.PROCESS_LIST, **LATEST | {"first": 1000}, filterBy=[])["processes"]

    for row in listed["page"]:
        assert row["customer"].keys() == {"fullname", "shortcode"}
        assert isinstance(row["subscriptions"]["page"], list)
        assert row["lastStatus"] == row["lastStatus"].upper()
        assert row["workflowTarget"] == "MODIFY"
    (linked,) = [row for row in listed["page"] if row["subscriptions"]["page"]]
    assert linked["product"] == {"name": "Fibre Path", "tag": "FP"}


def test_every_page_is_there_once_and_the_one_beyond_the_end_is_empty(stored: list[Process], browser: Browser) -> None:
    pages = [
        browser.query(documents.PROCESS_LIST, **LATEST | {"first": 5, "after": after}, filterBy=[])["processes"]
        for after in range(0, 30, 5)
    ]

    shown = [row["processId"] for page in pages for row in page["page"]]
    assert len(shown) == len(set(shown)) == len(stored)
    assert pages[-1]["page"] == []
    assert {page["pageInfo"]["totalItems"] for page in pages} == {len(stored)}
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [True, True, True, True, False, False]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_every_column_that_can_be_sorted_by_can_be(order: str, browser: Browser) -> None:
    names = browser.query(documents.PROCESS_LIST, **LATEST, filterBy=[])["processes"]["pageInfo"]["sortFields"]

    for column in COLUMNS & set(names):
        listed = browser.query(documents.PROCESS_LIST, **LATEST | {"sortBy": {"field": column, "order": order}})
        assert len(listed["processes"]["page"]) == 15, column


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("build*", 11),
        ("note:nothing", 0),
        ("tag:FP", 1),
        ("tag:F*", 1),
        ("assignee:SYSTEM", 22),
        ("build* tag:FP", 1),
        ("workflowName:build_path", 11),
        ("workflow_name:(build_path|check_nodes)", 22),
        ("-tag:FP", 21),
    ],
)
def test_the_search_box_finds(query: str, count: int, browser: Browser) -> None:
    listed = browser.query(documents.PROCESS_LIST, **LATEST, filterBy=[], query=query)["processes"]

    assert listed["pageInfo"]["totalItems"] == count


def test_an_unknown_filter_leaves_the_rows(stored: list[Process], browser: Browser) -> None:
    answer = browser.send_query(documents.PROCESS_LIST, **LATEST, filterBy=[{"field": "nope", "value": "1"}])

    assert answer["data"]["processes"]["pageInfo"]["totalItems"] == len(stored)
    assert [error["path"] for error in answer["errors"]] == [["processes"]]


def test_tasks_that_can_be_started_are_offered(browser: Browser) -> None:
    store_in_status(define("check_nodes", adding("Look"), is_task=True), ProcessStatus.COMPLETED)

    offered = browser.query(documents.START_OPTIONS_TASKS)["workflows"]["page"]

    assert {"name": "check_nodes", "isAllowed": True, "description": "About check_nodes"} in offered


def test_all_tasks_are_tried_again(browser: Browser) -> None:
    store_in_status(define("check_nodes", adding("Look"), is_task=True), ProcessStatus.FAILED)

    answer = browser.call("PUT", "processes/resume-all")

    assert (answer.status, answer.body) == (200, {"count": 1})


def test_a_note_is_set_in_its_row(browser: Browser) -> None:
    process = store_in_status(define("build_path", adding("Work")), ProcessStatus.COMPLETED)

    assert browser.call("PATCH", f"processes/{process.pk}", {"note": "call desk first"}).status == 200

    (row,) = browser.query(documents.PROCESS_LIST, **LATEST, filterBy=[])["processes"]["page"]
    assert row["note"] == "call desk first"
