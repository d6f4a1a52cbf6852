"""``POST /api/search/subscriptions`` and ``GET /api/search/definitions``: what the start page of the UI 9.0 asks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator_ws.list_query import MAX_CONDITIONS
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Subscription
from tests.integration.rest.api import Answer, Api, faults, problem
from tests.integration.rest.test_query_counts import statements
from tests.integration.subscriptions.stored_subscriptions import CUSTOMER_ID, MARCH, store_product, store_subscription

COLUMNS = ["subscription.subscription_id", "subscription.description", "subscription.start_date"]
ORDER = {"element": "subscription.start_date", "direction": "desc"}


def ask(api: Api, filters: Any = None, **more: Any) -> Answer:
    return api.post("/api/search/subscriptions", {"query": "", "filters": filters, "limit": 5, **more})


def found(answer: Answer) -> str:
    assert answer.status == 200, answer
    return "".join(entity["entity_title"] for entity in answer.body["data"])


def term(name: str, value: Any) -> Any:
    return {"term": {f"subscription.{name}": value}}


def must(*conditions: Any) -> Any:
    return {"bool": {"must": [*conditions]}}


def should(*conditions: Any) -> Any:
    return {"bool": {"should": [*conditions]}}


def nested(depth: int) -> Any:
    condition = term("status", "active")
    for _ in range(depth):
        condition = must(condition)
    return condition


@pytest.fixture
def listed() -> dict[str, Subscription]:
    """Store four subscriptions, from the oldest (a) to the newest (D)."""
    port = store_product("Port", product_type="Port", tag="P")
    provisioning = SubscriptionLifecycle.PROVISIONING
    return {
        "a": store_subscription("a", start_date=MARCH - timedelta(days=2), insync=False),
        "B": store_subscription("B", start_date=MARCH - timedelta(days=1), product=port),
        "c": store_subscription("c", customer_id="other", status=SubscriptionLifecycle.TERMINATED, insync=False),
        "D": store_subscription("D", start_date=MARCH + timedelta(days=1), status=provisioning, insync=False),
    }


def test_the_latest_active_ones_are_answered_as_the_start_page_reads_them(api: Api) -> None:
    subscription = store_subscription()
    store_subscription(status=SubscriptionLifecycle.INITIAL)

    answer = ask(api, must(term("status", "active")), order_by=ORDER, response_columns=COLUMNS)

    assert (answer.status, answer.body) == (
        200,
        {
            "data": [
                {
                    "entity_id": str(subscription.pk),
                    "entity_type": "SUBSCRIPTION",
                    "entity_title": "FP Harbour-Airport 10G",
                    "score": 1.0,
                    "perfect_match": 0,
                    "matching_fields": None,
                    "response_columns": {
                        "subscription.subscription_id": str(subscription.pk),
                        "subscription.description": "FP Harbour-Airport 10G",
                        "subscription.start_date": "2026-03-01T00:00:00+00:00",
                    },
                }
            ],
            "page_info": {"has_next_page": False, "next_page_cursor": None},
            "search_metadata": {
                "search_type": "structured",
                "description": "Subscriptions that fulfil all conditions",
            },
            "cursor": {"total_items": 1, "start_cursor": 0, "end_cursor": 0},
        },
    )


def test_those_out_of_sync_are_found_as_the_start_page_asks(listed: Any, api: Api) -> None:
    either = should(term("status", "active"), term("status", "provisioning"))

    answer = ask(api, must(term("insync", False), either), order_by=ORDER, response_columns=COLUMNS)

    assert found(answer) == "Da"
    assert answer.body["cursor"] == {"total_items": 2, "start_cursor": 0, "end_cursor": 1}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (None, "DcBa"),
        (must(), "DcBa"),
        ({"bool": {}}, "DcBa"),
        (term("status", "ACTIVE"), "Ba"),
        (term("insync", True), "B"),
        (term("insync", "false"), "Dca"),
        (term("version", 1), "DcBa"),
        (term("version", 2), ""),
        (term("customerId", "other"), "c"),
        (term("customer_id", CUSTOMER_ID), "DBa"),
        (term("product", "port"), "B"),
        (term("type", "Path"), "Dca"),
        (term("subscription_id", "nope"), ""),
        (term("description", "!a"), ""),
        (should(term("tag", "P"), term("description", "c")), "cB"),
        ({"bool": {"must": [term("insync", False)], "should": [term("tag", "P"), term("description", "c")]}}, "c"),
        (should(must(term("tag", "P"), term("insync", False)), must(term("description", "a"))), "a"),
        (nested(10), "Ba"),
    ],
)
def test_only_what_fulfils_the_conditions_is_found(filters: Any, expected: str, listed: Any, api: Api) -> None:
    answer = ask(api, filters, order_by=ORDER)

    assert found(answer) == expected
    assert answer.body["cursor"]["total_items"] == len(expected)


def test_an_empty_answer_has_no_first_row(api: Api) -> None:
    answer = ask(api)

    assert (answer.body["data"], answer.body["cursor"]) == (
        [],
        {"total_items": 0, "start_cursor": None, "end_cursor": -1},
    )


@pytest.mark.parametrize("limit", [3, 3.0])  # JSON has one kind of numbers
def test_all_are_counted_and_no_more_than_the_limit_answered(limit: float, listed: Any, api: Api) -> None:
    answer = ask(api, limit=limit, order_by=ORDER)

    assert found(answer) == "DcB"
    assert answer.body["cursor"] == {"total_items": 4, "start_cursor": 0, "end_cursor": 2}
    assert answer.body["page_info"] == {"has_next_page": True, "next_page_cursor": None}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"element": "subscription.description"}, "aBcD"),
        ({"element": "subscription.description", "direction": "desc"}, "DcBa"),
        ({"element": "subscription.startDate", "direction": "asc"}, "aBcD"),
        ({"element": "subscription.productName", "direction": "desc"}, None),
        (None, "DcBa"),
    ],
)
def test_rows_come_in_the_order_asked_for(order: Any, expected: str | None, listed: Any, api: Api) -> None:
    rows = found(ask(api, order_by=order))

    assert rows == expected if expected else rows[0] == "B"


@pytest.mark.parametrize(
    ("query", "expected"), [("port", "B"), ("insync:false -status:terminated", "Da"), (None, "DcBa")]
)
def test_a_text_must_be_found_too(query: str | None, expected: str, listed: Any, api: Api) -> None:
    assert found(ask(api, query=query, order_by=ORDER)) == expected


def test_every_field_of_the_list_can_be_a_condition_an_order_and_a_column(listed: Any, api: Api) -> None:
    names = """customer_id description end_date insync note product_id start_date status subscription_id tag version
        customerId endDate productId startDate subscriptionId"""
    elements = [f"subscription.{name}" for name in names.split()]

    for element in elements:
        assert found(ask(api, {"term": {element: "nothing"}}, order_by={"element": element})) == ""
    columns = ask(api, term("description", "B"), response_columns=elements).body["data"][0]["response_columns"]
    assert list(columns) == elements
    assert columns["subscription.insync"] is True
    assert columns["subscription.version"] == 1
    assert columns["subscription.tag"] == "P"
    assert columns["subscription.note"] is None
    assert columns["subscription.product_id"] == str(listed["B"].product_id)


def test_without_columns_there_are_none(listed: Any, api: Api) -> None:
    assert ask(api).body["data"][0]["response_columns"] == {}


@pytest.mark.parametrize("name", ["nope", "subscription.nope", "status", "process.status", "subscription."])
def test_a_field_that_is_not_known_is_refused(name: str, api: Api) -> None:
    for body in (
        {"filters": {"term": {name: "a"}}},
        {"filters": should(must({"term": {name: "a"}}))},
        {"order_by": {"element": name}},
        {"response_columns": [name]},
    ):
        answer = api.post("/api/search/subscriptions", body)

        assert (answer.status, answer.body) == (400, problem(400, "Bad Request", f"Unknown field {name}"))


def test_a_text_that_is_malformed_is_refused(api: Api) -> None:
    assert ask(api, query="(").status == 400


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (None, ("missing", ["body"])),
        ([], ("model_type", ["body"])),
        ({"limit": 0}, ("greater_than_equal", ["body", "limit"])),
        ({"limit": 101}, ("less_than_equal", ["body", "limit"])),
        ({"limit": "5"}, ("int_type", ["body", "limit"])),
        ({"limit": 5.5}, ("int_type", ["body", "limit"])),
        ({"limit": True}, ("int_type", ["body", "limit"])),
        ({"query": 5}, ("string_type", ["body", "query"])),
        ({"response_columns": "a"}, ("list_type", ["body", "response_columns"])),
        ({"response_columns": ["a"] * 51}, ("too_long", ["body", "response_columns"])),
        ({"order_by": {}}, ("missing", ["body", "order_by", "element"])),
        ({"order_by": {"element": "a", "direction": "up"}}, ("literal_error", ["body", "order_by", "direction"])),
        ({"filters": {}}, ("union_tag_not_found", ["body", "filters"])),
        ({"filters": []}, ("union_tag_not_found", ["body", "filters"])),
        ({"filters": {"range": {}}}, ("union_tag_not_found", ["body", "filters"])),
        ({"filters": {"term": {}}}, ("too_short", ["body", "filters", "term", "term"])),
        ({"filters": {"term": {"a": "b", "c": "d"}}}, ("too_long", ["body", "filters", "term", "term"])),
        ({"filters": {"bool": {"must_not": []}}}, ("extra_forbidden", ["body", "filters", "bool", "bool", "must_not"])),
        ({"filters": {"bool": {"must": {}}}}, ("list_type", ["body", "filters", "bool", "bool", "must"])),
        ({"filters": must({})}, ("union_tag_not_found", ["body", "filters", "bool", "bool", "must", 0])),
        ({"filters": {"term": {"a": "b"}, "bool": {}}}, ("extra_forbidden", ["body", "filters", "term", "bool"])),
        ({"filters": nested(11)}, ("value_error", ["body", "filters"])),
        ({"filters": should(*[term("tag", "P")] * (MAX_CONDITIONS + 1))}, ("value_error", ["body", "filters"])),
        ({"filters": must(*[{}] * 1000)}, ("value_error", ["body", "filters"])),
    ],
)
def test_a_body_that_is_malformed_is_refused(body: Any, fault: Any, api: Api) -> None:
    assert faults(api.post("/api/search/subscriptions", body)) == [fault]


@pytest.mark.parametrize("value", [None, 1.5, [], {}])
def test_a_term_has_a_plain_value(value: Any, api: Api) -> None:
    places = {tuple(place[:5]) for _, place in faults(ask(api, term("tag", value)))}

    assert places == {("body", "filters", "term", "term", "subscription.tag")}


def test_as_many_conditions_as_are_allowed_and_the_longest_text_are_served(listed: Any, api: Api) -> None:
    filters = should(*[term("tag", "P")] * (MAX_CONDITIONS - 1))

    assert found(ask(api, filters, query=" | ".join(["port"] * 30))) == "B"
    assert found(ask(api, must(*[filters["bool"]["should"][0]] * (MAX_CONDITIONS - 1)))) == "B"


@pytest.mark.parametrize("count", [1, 20])
def test_it_takes_two_statements_whatever_there_is(count: int, api: Api) -> None:
    for number in range(count):
        store_subscription(product=store_product(f"Product {number}"))
    columns = [*COLUMNS, "subscription.product", "subscription.tag"]

    with statements(2):
        answer = ask(api, must(term("tag", "FP")), limit=1, order_by=ORDER, response_columns=columns)

    assert answer.body["cursor"]["total_items"] == count


def test_a_page_that_is_not_full_is_not_counted(listed: Any, api: Api) -> None:
    with CaptureQueriesContext(connection) as captured:
        ask(api, must(term("insync", False)))

    assert len([query for query in captured if query["sql"].startswith("SELECT")]) == 1


def test_there_are_no_definitions(api: Api) -> None:
    answer = api.get("/api/search/definitions")

    assert (answer.status, answer.body) == (200, {})
