"""``GET /api/subscriptions/`` and ``/search``: the object, range, sort, filter, search and ETag (REST contract, 7)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from subscriptions import operations
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Subscription
from tests.integration.rest.api import Answer, Api, faults, problem
from tests.integration.subscriptions.stored_subscriptions import (
    CUSTOMER_ID,
    MARCH,
    UNKNOWN_ID,
    store_product,
    store_subscription,
)


def ask(api: Api, path: str = "/api/subscriptions/", **parameters: str) -> Answer:
    return api.get(f"{path}?{urlencode(parameters)}")


def search(api: Api, query: str, **parameters: str) -> Answer:
    return ask(api, "/api/subscriptions/search", query=query, **parameters)


def described(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [subscription["description"] for subscription in answer.body]


@pytest.fixture
def listed() -> dict[str, Subscription]:
    """Store four subscriptions, from the oldest (a) to one that has not started (D)."""
    port = store_product("Port", product_type="Port", tag="P")
    initial = SubscriptionLifecycle.INITIAL
    return {
        "a": store_subscription("a", start_date=MARCH - timedelta(days=2), note="first"),
        "B": store_subscription("B", start_date=MARCH - timedelta(days=1), product=port, insync=False),
        "c": store_subscription("c", customer_id="other", version=7),
        "D": store_subscription("D", start_date=None, status=initial, insync=False),
    }


def body_of(subscription: Subscription) -> dict[str, Any]:
    product = subscription.product
    return {
        "subscription_id": str(subscription.pk),
        "start_date": MARCH.timestamp(),
        "description": "FP Harbour-Airport 10G",
        "status": "active",
        "product_id": str(product.pk),
        "customer_id": CUSTOMER_ID,
        "insync": True,
        "note": None,
        "name": None,
        "end_date": None,
        "product": {
            "product_id": str(product.pk),
            "name": "Fibre Path",
            "description": "Protected point-to-point path",
            "product_type": "Path",
            "status": "active",
            "tag": "FP",
            "created_at": None,
            "end_date": None,
        },
        "customer_descriptions": None,
        "tag": None,
        "version": 1,
    }


class TestObject:
    def test_list_and_detail_have_the_whole_object(self, api: Api) -> None:
        subscription = store_subscription()

        assert api.get(f"/api/subscriptions/{subscription.pk}").body == body_of(subscription)
        assert ask(api).body == [body_of(subscription)]

    def test_the_search_adds_metadata(self, api: Api) -> None:
        subscription = store_subscription()

        assert search(api, "").body == [body_of(subscription) | {"metadata": None}]

    def test_an_unknown_id_is_not_found(self, api: Api) -> None:
        answer = api.get(f"/api/subscriptions/{UNKNOWN_ID}")

        assert (answer.status, answer.body) == (404, problem(404, "Not Found", "Not Found"))

    def test_what_is_no_uuid_is_refused(self, api: Api) -> None:
        assert faults(api.get("/api/subscriptions/nope")) == [("uuid_parsing", ["path", "subscription_id"])]


class TestList:
    def test_without_subscriptions_it_is_empty(self, api: Api) -> None:
        answer = ask(api)

        assert (answer.status, answer.body, answer.headers["ETag"]) == (200, [], 'W/"0x0"')

    def test_a_range_is_answered_with_the_numbers_as_asked(self, listed: Any, api: Api) -> None:
        answer = ask(api, range="1,3", sort="description,asc")

        assert described(answer) == ["B", "c"]
        assert answer.headers["Content-Range"] == "subscriptions 1-3/4"

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            ("", "DcBa"),
            ("startDate,asc,description,asc", None),
            ("description,desc", "DcBa"),
            ("version,desc,description,asc", "caBD"),
            ("productName,desc,description,asc", "BacD"),
            ("tag,asc,description,asc", "acDB"),
            ("insync,asc,description,asc", "BDac"),
            ("customer_id,desc,description,asc", "caBD"),
        ],
    )
    def test_rows_come_in_the_order_asked_for(self, sort: str, expected: str | None, listed: Any, api: Api) -> None:
        rows = described(ask(api, sort=sort))

        assert "".join(rows) == expected if expected else len(rows) == 4

    def test_every_field_of_the_contract_sorts_and_filters(self, listed: Any, api: Api) -> None:
        sorts = """customerId description endDate insync note productCreatedAt productDescription productEndDate
            productId productName productStatus productTag productType startDate status subscriptionId tag version"""
        filters = """customer_id description end_date insync note product product_id start_date status subscription_id
            tag type version customerId endDate productId startDate subscriptionId"""

        for field in sorts.split():
            assert len(described(ask(api, sort=f"{field},asc"))) == 4, field
        for field in filters.split():
            assert described(ask(api, filter=f"{field},nothing")) == [], field

    @pytest.mark.parametrize(
        ("filter_", "expected"),
        [
            ("insync,false", "DB"),
            ("status,active", "cBa"),
            ("status,!active", "D"),
            ("status,INITIAL-terminated", "D"),
            ("product,port", "B"),
            ("type,Path,insync,true", "ca"),
            ("tag,P|FP,insync,false", "DB"),
            ("customerId,other", "c"),
            (f"customerId,{CUSTOMER_ID}", "DBa"),
            ("version,>1", "c"),
            ("version,7", "c"),
            ("version,x", ""),
            ("note,First", "a"),
            ("startDate,<2026-02-28T00:00:00Z", "a"),
        ],
    )
    def test_only_what_matches_is_listed(self, filter_: str, expected: str, listed: Any, api: Api) -> None:
        assert "".join(described(ask(api, filter=filter_))) == expected

    @pytest.mark.parametrize(
        ("parameters", "detail"),
        [
            ({"filter": "nope,a"}, "400: Invalid filter arguments"),
            ({"sort": "nope,asc"}, "Invalid sort arguments"),
            ({"range": "2,1"}, "range start must be lower than end"),
        ],
    )
    def test_anything_else_is_refused(self, parameters: Any, detail: str, api: Api) -> None:
        answer = ask(api, **parameters)

        assert (answer.status, answer.body) == (400, problem(400, "Bad Request", detail))

    def test_it_takes_two_queries(self, listed: Any, api: Api, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(2):
            ask(api, range="0,1")


class TestETag:
    def test_a_client_that_has_the_rows_gets_304(self, listed: Any, api: Api) -> None:
        first = ask(api, range="0,2")

        answer = api.get("/api/subscriptions/?range=0,2", if_none_match=first.headers["ETag"])

        assert answer.status == 304
        assert answer.headers["Content-Range"] == "subscriptions 0-2/4"

    def test_any_change_that_the_rows_show_changes_the_etag(self, listed: Any, api: Api) -> None:
        before = ask(api).headers["ETag"]

        operations.update_subscription(listed["a"].pk, note="new")
        between = ask(api).headers["ETag"]
        product = listed["a"].product
        product.description = "new"
        operations.save_product(product)

        assert len({before, between, ask(api).headers["ETag"]}) == 3


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", "DcBa"),
            ("port", "B"),
            ("por*", "B"),
            ("insync:false", "DB"),
            ("insync:false -status:initial", "B"),
            ("status:(initial|terminated)", "D"),
            ("customerId:other | note:first", "ca"),
            ("nope:x", ""),
            ("%", ""),
        ],
    )
    def test_only_what_is_found_is_listed(self, query: str, expected: str, listed: Any, api: Api) -> None:
        assert "".join(described(search(api, query))) == expected

    def test_the_range_counts_what_is_found(self, listed: Any, api: Api) -> None:
        answer = search(api, "insync:false", range="0,1", sort="description,asc")

        assert described(answer) == ["B"]
        assert answer.headers["Content-Range"] == "subscriptions 0-1/2"

    def test_a_text_that_is_too_long_is_refused(self, api: Api) -> None:
        answer = search(api, "a" * 513)

        assert answer.status == 400
        assert answer.body == problem(400, "Bad Request", "Max query length of 512 characters exceeded.")

    def test_the_query_must_be_there(self, api: Api) -> None:
        assert faults(api.get("/api/subscriptions/search")) == [("missing", ["query", "query"])]
