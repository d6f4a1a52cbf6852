"""The cards of the page ``/``: numbers, not ``-``, in each."""

from datetime import timedelta
from typing import Any

import pytest

from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import store_in_status, store_process
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import MARCH, store_product, store_subscription
from tests.ui import documents
from tests.ui.browser import Browser

ACTIVE = "created-running-suspended-waiting-failed-resumed-inconsistent_data-api_unavailable-awaiting_callback"
NEWEST = {"first": 5, "after": 0, "sortBy": {"field": "startedAt", "order": "DESC"}}

CARDS: dict[str, tuple[list[dict[str, str]], int]] = {
    "my workflows": ([{"field": "isTask", "value": "false"}, {"field": "createdBy", "value": "Ada"}], 1),
    "active workflows": ([{"field": "isTask", "value": "false"}, {"field": "lastStatus", "value": ACTIVE}], 3),
    "failed tasks": (
        [
            {"field": "isTask", "value": "true"},
            {"field": "lastStatus", "value": "failed-inconsistent_data-api_unavailable"},
        ],
        2,
    ),
}


@pytest.fixture
def stored() -> None:
    """Store workflows and tasks in several statuses."""
    definition, task = define("build_path", adding("Work")), define("check_nodes", adding("Look"), is_task=True)
    for status in (ProcessStatus.RUNNING, ProcessStatus.SUSPENDED, ProcessStatus.ABORTED):
        store_in_status(definition, status)
    store_process(definition, ProcessStatus.CREATED, created_by="Ada")
    for status in (ProcessStatus.FAILED, ProcessStatus.INCONSISTENT_DATA, ProcessStatus.COMPLETED):
        store_in_status(task, status)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("card", CARDS)
def test_a_card_of_processes_has_its_number_and_rows(card: str, browser: Browser) -> None:
    filters, expected = CARDS[card]

    listed = browser.query(documents.PROCESS_LIST_SUMMARY, **NEWEST, filterBy=filters)["processes"]

    assert len(listed["page"]) == listed["pageInfo"]["totalItems"] == expected
    assert listed["pageInfo"]["startCursor"] == 0
    assert listed["pageInfo"]["endCursor"] == expected - 1
    assert all(row["startedAt"].endswith("+00:00") for row in listed["page"])


@pytest.mark.parametrize("card", CARDS)
def test_a_card_without_rows_has_a_zero(card: str, browser: Browser) -> None:
    listed = browser.query(documents.PROCESS_LIST_SUMMARY, **NEWEST, filterBy=CARDS[card][0])["processes"]

    assert listed == {"page": [], "pageInfo": {"totalItems": 0, "startCursor": None, "endCursor": -1}}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"filterBy": [{"field": "status", "value": "Active-Provisioning"}], "query": "insync:false"}, ["out"]),
        ({"filterBy": [{"field": "status", "value": "Active"}]}, ["out", "in"]),
    ],
)
def test_a_card_of_subscriptions_has_its_number_and_rows(
    arguments: dict[str, Any], expected: list[str], browser: Browser
) -> None:
    store_subscription("in")
    store_subscription("out", insync=False, start_date=MARCH + timedelta(days=1))
    store_subscription("ended", status="terminated", insync=False)
    order = {"first": 5, "after": 0, "sortBy": {"field": "startDate", "order": "DESC"}}

    listed = browser.query(documents.SUBSCRIPTIONS_LIST, **order, **arguments)["subscriptions"]

    assert [row["description"] for row in listed["page"]] == expected
    assert listed["pageInfo"]["totalItems"] == len(expected)


@pytest.mark.parametrize(
    ("must", "expected"),
    [
        ([{"term": {"subscription.status": "active"}}], ["out", "in"]),
        (
            [
                {"term": {"subscription.insync": False}},
                {
                    "bool": {
                        "should": [
                            {"term": {"subscription.status": "active"}},
                            {"term": {"subscription.status": "provisioning"}},
                        ]
                    }
                },
            ],
            ["out"],
        ),
    ],
)
def test_a_card_of_subscriptions_is_searched_for_by_conditions(
    must: list[Any], expected: list[str], browser: Browser
) -> None:
    store_subscription("in")
    store_subscription("out", insync=False, start_date=MARCH + timedelta(days=1))
    store_subscription("ended", status="terminated", insync=False)

    columns = [f"subscription.{column}" for column in ("subscription_id", "description", "start_date")]
    answer = browser.call(
        "POST",
        "search/subscriptions",
        {
            "query": "",
            "filters": {"bool": {"must": must}},
            "limit": 5,
            "order_by": {"element": "subscription.start_date", "direction": "desc"},
            "response_columns": columns,
        },
    )

    assert (answer.status, answer.body["cursor"]["total_items"]) == (200, len(expected))
    assert [row["response_columns"]["subscription.description"] for row in answer.body["data"]] == expected
    assert all(row["response_columns"].keys() == set(columns) for row in answer.body["data"])


def test_the_card_of_products_counts_their_subscriptions(browser: Browser) -> None:
    for name, statuses in (("Access", ["active", "terminated"]), ("Core", [])):
        product = store_product(name)
        for status in statuses:
            store_subscription(product=product, status=status)

    listed = browser.query(
        documents.METADATA_PRODUCTS,
        first=1000,
        after=0,
        sortBy={"field": "name", "order": "ASC"},
        filterBy=[{"field": "status", "value": "!terminated"}],
    )["products"]

    counts = {row["name"]: row["subscriptions"]["pageInfo"]["totalItems"] for row in listed["page"]}
    assert counts == {"Access": 1, "Core": 0}
    assert listed["pageInfo"]["totalItems"] == 2
