"""Whatever is done in admin leaves one entry, with the user's name; the log itself can only be looked at."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from audit.models import AuditEntry
from processes.statuses import ProcessStatus
from tests.integration.audit.conftest import ADDRESS
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import allow, store_product, store_subscription

Audited = Callable[[], list[AuditEntry]]
OnlyEntry = Callable[[], tuple[str, str, str]]

PRODUCT = {"name": "Port", "description": "A port", "product_type": "Port", "tag": "P", "status": "active"}
CREATED = {"created_at_0": "2026-03-01", "created_at_1": "00:00:00"}
PASSWORD = "correct horse battery"


@pytest.mark.parametrize(("action", "entry"), [("resume", "resume"), ("abort", "abort"), ("delete_task", "delete")])
def test_an_action_on_a_process(action: str, entry: str, admin_client: Client, audited: Audited) -> None:
    task = store_in_status(define("broken", adding("Work"), is_task=True), ProcessStatus.FAILED)

    admin_client.post(
        "/admin/processes/process/", {"action": action, "_selected_action": [str(task.pk)], "post": "yes"}
    )

    (only,) = audited()
    assert (only.action, only.object_id, only.actor, only.reporter) == (entry, str(task.pk), "root", "")
    assert (only.way, only.address) == ("admin", ADDRESS)


@pytest.mark.parametrize(("locked", "entry"), [("true", "lock"), ("false", "unlock")])
def test_the_button_of_the_engine(locked: str, entry: str, admin_client: Client, only_entry: OnlyEntry) -> None:
    admin_client.post("/admin/engine_settings/enginesettings/lock/", {"locked": locked})

    assert only_entry() == (entry, "engine", "")


@pytest.mark.parametrize("action", ["set_in_sync", "take_out_of_sync"])
def test_an_action_on_a_subscription(action: str, admin_client: Client, only_entry: OnlyEntry) -> None:
    subscription = store_subscription(insync=action == "take_out_of_sync")
    chosen = {"action": action, "_selected_action": [str(subscription.pk)]}

    admin_client.post("/admin/subscriptions/subscription/", chosen)

    assert only_entry() == (action.replace("_", " "), "subscription", str(subscription.pk))


def test_the_note_of_a_subscription(admin_client: Client, audited: Audited) -> None:
    subscription = store_subscription()

    admin_client.post(f"/admin/subscriptions/subscription/{subscription.pk}/change/", {"note": "call first"})

    (only,) = audited()
    assert (only.action, only.object_id, only.detail) == ("change", str(subscription.pk), {"columns": ["note"]})


def test_a_product(admin_client: Client, audited: Audited) -> None:
    product = store_product()

    admin_client.post("/admin/subscriptions/product/add/", PRODUCT | CREATED)
    admin_client.post(f"/admin/subscriptions/product/{product.pk}/change/", PRODUCT | CREATED | {"name": "Old"})

    added, changed = audited()
    assert (added.action, added.kind, changed.action) == ("change", "product", "change")
    assert changed.object_id == str(product.pk) != added.object_id


def test_the_description_and_the_products_of_a_workflow(admin_client: Client, audited: Audited) -> None:
    row = allow(define("described", adding("Work")), store_product())
    other = store_product("Other")
    none = {"product_links-TOTAL_FORMS": "0", "product_links-INITIAL_FORMS": "0"}
    one = {"product_links-TOTAL_FORMS": "1", "product_links-INITIAL_FORMS": "0", "product_links-0-product": other.pk}
    path = f"/admin/processes/workflow/{row.pk}/change/"

    admin_client.post(path, {"description": "by hand", **none})
    admin_client.post(path, {"description": "by hand", **one})

    assert [(entry.action, entry.object_id) for entry in audited()] == [
        ("describe", str(row.pk)),
        ("choose products", str(row.pk)),
    ]


class TestSigningIn:
    @pytest.fixture
    def jane(self, django_user_model: type[User]) -> User:
        return django_user_model.objects.create_superuser("jane", password=PASSWORD)

    def test_in_and_out(self, jane: User, audited: Audited) -> None:
        client = Client(REMOTE_ADDR=ADDRESS)

        client.post("/admin/login/", {"username": "jane", "password": PASSWORD})
        client.post("/admin/logout/")

        seen = [(entry.action, entry.object_id, entry.actor, entry.address, entry.way) for entry in audited()]
        assert seen == [(action, "jane", "jane", ADDRESS, "admin") for action in ("login", "logout")]

    @pytest.mark.parametrize(("typed", "kept"), [("jane", "jane"), (PASSWORD, ""), ("a\0b", "")])
    def test_a_failure_keeps_only_a_name_that_exists(self, typed: str, kept: str, jane: User, audited: Audited) -> None:
        Client(REMOTE_ADDR=ADDRESS).post("/admin/login/", {"username": typed, "password": "wrong"})

        entries = audited()
        if "\0" not in typed:  # which the form refuses
            assert [(entry.action, entry.object_id, entry.actor) for entry in entries] == [
                ("failed login", kept, "SYSTEM")
            ]
        assert PASSWORD not in str(list(AuditEntry.objects.values()))


class TestThePages:
    PATH = "/admin/audit/auditentry/"

    @pytest.fixture
    def entry(self, admin_client: Client) -> AuditEntry:
        admin_client.post("/admin/engine_settings/enginesettings/lock/", {"locked": "true"})
        return AuditEntry.objects.latest("pk")

    @pytest.mark.parametrize("query", ["", "?action__exact=lock", "?actor=root", "?way__exact=admin", "?q=root"])
    def test_entries_are_listed_filtered_and_found(self, query: str, entry: AuditEntry, admin_client: Client) -> None:
        page = admin_client.get(self.PATH + query).content.decode()

        assert f"{self.PATH}{entry.pk}/change/" in page

    def test_one_is_shown_without_a_field_to_edit(self, entry: AuditEntry, admin_client: Client) -> None:
        page = admin_client.get(f"{self.PATH}{entry.pk}/change/").content.decode()

        assert ADDRESS in page
        assert 'name="_save"' not in page
        assert 'name="actor"' not in page

    @pytest.mark.parametrize("page", ["add/", "{}/change/", "{}/delete/"])
    def test_nobody_writes_it(self, page: str, entry: AuditEntry, admin_client: Client) -> None:
        response = admin_client.post(self.PATH + page.format(entry.pk), {"actor": "forged", "post": "yes"})

        assert response.status_code == 403
        assert AuditEntry.objects.get(pk=entry.pk).actor == "root"
