"""What list and detail of processes show of their subscriptions, and how they filter and sort by them."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from processes.models import Process
from processes.serializers import channel_body
from processes.statuses import ProcessStatus
from subscriptions import operations
from subscriptions.lifecycle import ProductLifecycle
from subscriptions.models import Subscription
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Answer, Api
from tests.integration.subscriptions.stored_subscriptions import (
    CUSTOMER_ID,
    link,
    store_product,
    store_subscription,
)


def ask(api: Api, **parameters: str) -> Answer:
    return api.get(f"/api/processes/?{urlencode(parameters)}")


def notes(answer: Answer) -> str:
    assert answer.status == 200, answer
    return "".join(process["note"] for process in answer.body)


@pytest.fixture
def listed() -> dict[str, Process]:
    """Store three processes, named by their notes: one on a path, one on a port and the path, one on nothing."""
    definition = define("working", adding("Work"))
    port = store_product(
        "Port", description="A port", product_type="Port", tag="P", status=ProductLifecycle.END_OF_LIFE
    )
    path = store_subscription("path")
    other = "11111111-2222-4333-8444-555555555555"
    plug = store_subscription("Plug", product=port, customer_id=other)
    stored = {note: store_in_status(definition, ProcessStatus.COMPLETED) for note in "abc"}
    for note, process in stored.items():
        process.note = note
        process.save()
    link(stored["a"], path)
    link(stored["b"], plug, path)
    return stored


def test_detail_and_list_show_the_subscriptions_in_the_order_in_which_they_were_related(
    listed: dict[str, Process], api: Api
) -> None:
    plug, path = Subscription.objects.get(description="Plug"), Subscription.objects.get(description="path")
    expected = [api.get(f"/api/subscriptions/{subscription.pk}").body for subscription in (plug, path)]

    for body in (api.get(f"/api/processes/{listed['b'].pk}").body, ask(api, filter="note,b").body[0]):
        assert body["subscriptions"] == expected
        assert (body["product_id"], body["customer_id"]) == (str(plug.product_id), plug.customer_id)


def test_the_channel_shows_them_in_its_own_order_of_keys() -> None:
    process = store_in_status(define("working", adding("Work")), ProcessStatus.COMPLETED)
    subscription = store_subscription()
    link(process, subscription)

    body = channel_body(process.pk)

    assert body is not None
    product_id = str(subscription.product_id)
    product = {
        "product_id": product_id,
        "description": "Protected point-to-point path",
        "name": "Fibre Path",
        "tag": "FP",
        "status": "active",
        "product_type": "Path",
    }
    (shown,) = body["subscriptions"]
    assert list(shown.items()) == [
        ("subscription_id", str(subscription.pk)),
        ("customer_id", CUSTOMER_ID),
        ("product_id", product_id),
        ("description", "FP Harbour-Airport 10G"),
        ("insync", True),
        ("status", "active"),
        ("note", None),
        ("start_date", "2026-03-01T00:00:00+00:00"),
        ("end_date", None),
        ("product", product),
    ]
    assert list(body["product"].items()) == list(product.items())
    assert list(shown["product"]) == list(product)
    assert (body["product_id"], body["customer_id"], body["customer"]) == (product_id, CUSTOMER_ID, CUSTOMER_ID)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        pytest.param("product,fibre path", "ab", id="product"),
        pytest.param("product,!Port", "ac", id="not a product"),
        pytest.param("productDescription,A port", "b", id="description"),
        pytest.param("tag,p", "b", id="tag"),
        pytest.param("tag,FP-P", "ab", id="one of two tags, each once"),
        pytest.param("customer,11111111222243338444555555555555", "b", id="customer without hyphens"),
        pytest.param(f"customer,{CUSTOMER_ID}", "ab", id="customer with hyphens"),
        pytest.param("customer,jane", "", id="customer that is no UUID"),
    ],
)
def test_the_list_filters_by_subscriptions(filter_: str, expected: str, listed: Any, api: Api) -> None:
    assert notes(ask(api, filter=filter_, sort="note,asc")) == expected


def test_the_list_filters_by_a_subscription(listed: Any, api: Api) -> None:
    plug = Subscription.objects.get(description="Plug")

    assert notes(ask(api, filter=f"subscriptionId,{plug.pk}")) == "b"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("subscriptions", "abc"),
        ("productName", "abc"),
        ("productTag", "abc"),
        ("productType", "abc"),
        ("productDescription", "bac"),
        ("productStatus", "abc"),
    ],
)
def test_the_list_sorts_by_the_first_subscription_and_processes_without_one_come_last(
    field: str, expected: str, listed: Any, api: Api
) -> None:
    assert notes(ask(api, sort=f"{field},asc")) == expected
    assert notes(ask(api, sort=f"{field},desc")) == expected[1] + expected[0] + "c"


@pytest.mark.parametrize("field", ["productId", "productCreatedAt", "productEndDate"])
def test_the_list_sorts_by_every_field_of_products(field: str, listed: Any, api: Api) -> None:
    assert sorted(notes(ask(api, sort=f"{field},asc"))) == ["a", "b", "c"]


def test_a_change_of_a_subscription_changes_the_etag(listed: Any, api: Api) -> None:
    before = ask(api).headers["ETag"]

    operations.update_subscription(Subscription.objects.get(description="path").pk, note="new")

    assert ask(api).headers["ETag"] != before


def test_the_number_of_queries_does_not_depend_on_the_rows(listed: Any, api: Api) -> None:
    def queries(**parameters: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            ask(api, **parameters)
        return len(captured)

    assert queries(range="0,1", filter="note,a") == queries(range="0,2") == 3
