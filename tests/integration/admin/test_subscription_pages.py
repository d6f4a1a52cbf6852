"""Products, subscriptions and workflows in admin: what a person may change goes through the operations."""

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from processes.models import Workflow
from processes.statuses import ProcessStatus
from subscriptions.models import Product, Subscription
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import allow, link, store_product, store_subscription

SUBSCRIPTIONS = "/admin/subscriptions/subscription/"
PRODUCTS = "/admin/subscriptions/product/"
WORKFLOWS = "/admin/processes/workflow/"


def run_action(client: Client, action: str, subscription: Subscription) -> list[str]:
    """Choose the subscription in the list, run the action, and return the messages that come of it."""
    response = client.post(SUBSCRIPTIONS, {"action": action, "_selected_action": [str(subscription.pk)]})
    assert response.status_code in (200, 302)
    return [str(message) for message in get_messages(response.wsgi_request)]


class TestSubscriptions:
    @pytest.mark.parametrize("query", ["", "?q=harbour", "?insync__exact=1", "?status__exact=active"])
    def test_the_list_can_be_searched_and_filtered(self, query: str, admin_client: Client) -> None:
        subscription = store_subscription()

        page = admin_client.get(SUBSCRIPTIONS + query).content.decode()

        assert str(subscription.pk) in page

    def test_only_the_note_can_be_edited(self, admin_client: Client, recorded: Callable[[], str]) -> None:
        address = f"{SUBSCRIPTIONS}{store_subscription().pk}/change/"
        page = admin_client.get(address).content.decode()
        assert 'name="note"' in page
        assert 'name="description"' not in page

        admin_client.post(address, {"note": "call first", "status": "terminated"})

        row = Subscription.objects.get()
        assert (row.note, row.status, row.version) == ("call first", "active", 2)
        assert recorded() == "Sa Sl Si"

    def test_an_empty_note_is_none(self, admin_client: Client, recorded: Callable[[], str]) -> None:
        admin_client.post(f"{SUBSCRIPTIONS}{store_subscription().pk}/change/", {"note": ""})

        assert (Subscription.objects.get().note, recorded()) == (None, "")

    @pytest.mark.parametrize(
        ("action", "insync", "done"),
        [("set_in_sync", False, "is in sync"), ("take_out_of_sync", True, "is out of sync")],
    )
    def test_actions_go_through_the_operations(
        self, action: str, insync: bool, done: str, admin_client: Client, recorded: Callable[[], str]
    ) -> None:
        subscription = store_subscription(insync=insync)

        assert run_action(admin_client, action, subscription) == [f"{subscription.pk} {done}"]

        assert Subscription.objects.get().insync is not insync
        assert recorded() == "Sa Sl Si"

    def test_a_refusal_is_shown(self, admin_client: Client) -> None:
        subscription = store_subscription(insync=False)
        process = store_in_status(define("failed", adding("Work")), ProcessStatus.FAILED)
        link(process, subscription)

        (message,) = run_action(admin_client, "set_in_sync", subscription)

        assert message.endswith(f"has still failed processes with id's: ['{process.pk}']")
        assert not Subscription.objects.get().insync

    @pytest.mark.parametrize("page", ["add/", "{}/delete/"])
    def test_they_are_neither_added_nor_deleted(self, page: str, admin_client: Client) -> None:
        assert admin_client.get(SUBSCRIPTIONS + page.format(store_subscription().pk)).status_code == 403

    def test_staff_who_may_only_view_have_no_actions(self, sign_in: Callable[..., Client]) -> None:
        staff = sign_in("subscriptions.view_subscription")
        subscription = store_subscription(insync=False)

        run_action(staff, "set_in_sync", subscription)

        assert not Subscription.objects.get().insync


class TestProducts:
    def test_one_is_added_and_changed_and_the_lists_are_stale(
        self, admin_client: Client, recorded: Callable[[], str]
    ) -> None:
        fields = {"name": "Port", "description": "A port", "product_type": "Port", "tag": "P", "status": "active"}
        created = {"created_at_0": "2026-03-01", "created_at_1": "00:00:00"}
        admin_client.post(f"{PRODUCTS}add/", fields | created)
        product = Product.objects.get()

        admin_client.post(f"{PRODUCTS}{product.pk}/change/", fields | created | {"status": "end of life"})

        assert Product.objects.get().status == "end of life"
        assert recorded() == "Sa Sl M Sa Sl M"

    def test_none_is_deleted(self, admin_client: Client) -> None:
        assert admin_client.get(f"{PRODUCTS}{store_product().pk}/delete/").status_code == 403


class TestWorkflows:
    @pytest.fixture
    def row(self) -> Workflow:
        return allow(define("described", adding("Work")), store_product())

    def test_it_is_described_and_shows_its_products(self, row: Workflow, admin_client: Client) -> None:
        address = f"{WORKFLOWS}{row.pk}/change/"
        page = admin_client.get(address).content.decode()
        assert "Fibre Path" in page
        assert 'name="name"' not in page

        counts = {"product_links-TOTAL_FORMS": "0", "product_links-INITIAL_FORMS": "0"}
        admin_client.post(address, {"description": "by hand", **counts})

        assert Workflow.objects.get(pk=row.pk).description == "by hand"

    @pytest.mark.parametrize("page", ["add/", "{}/delete/"])
    def test_none_is_added_or_deleted(self, page: str, row: Workflow, admin_client: Client) -> None:
        assert admin_client.get(WORKFLOWS + page.format(row.pk)).status_code == 403


def test_the_page_of_a_process_shows_its_subscriptions(admin_client: Client) -> None:
    process = store_in_status(define("related", adding("Work")), ProcessStatus.COMPLETED)
    link(process, store_subscription("FP Harbour-Airport"))

    page = admin_client.get(f"/admin/processes/process/{process.pk}/change/").content.decode()

    assert "FP Harbour-Airport" in page
