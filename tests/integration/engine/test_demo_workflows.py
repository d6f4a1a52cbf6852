"""The demo workflows do what their descriptions say, on each executor."""

from collections.abc import Callable

import pytest
from django.core.management import call_command

from processes import demo_subscriptions, demo_workflows, operations
from processes.models import Process, ProcessStep
from processes.statuses import ProcessStatus
from processes.workflow.registry import WORKFLOWS
from subscriptions import operations as operations_on_subscriptions
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Subscription
from tests.integration.engine.stored_processes import settled, steps_of


@pytest.fixture(autouse=True)
def without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the slow steps be quick."""
    monkeypatch.setattr(demo_workflows, "SLOW_STEP_SECONDS", 0)


def test_each_has_a_test_here() -> None:
    assert [key for key in WORKFLOWS.keys() if key.startswith("demo_")] == [  # noqa: SIM118  no dict
        "demo_create_path",
        "demo_confirm_change",
        "demo_retry",
        "demo_slow_migration",
        "demo_task_compare_inventory",
        "demo_order_port",
        "demo_change_port",
        "demo_check_port",
        "demo_cancel_port",
    ]


@pytest.mark.parametrize(("gbit", "optics"), [(10, "skipped"), (100, "success")], ids=["slow path", "fast path"])
def test_create_path_skips_the_optics_of_slow_paths(gbit: int, optics: str, executor: str) -> None:
    process_id = operations.start_process("demo_create_path", [{"path_label": "A-B", "gbit": gbit}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert steps_of(process_id) == [
        ("Start", "success"),
        ("Reserve capacity", "success"),
        ("Order optics", optics),
        ("Configure nodes", "success"),
        ("Done", "complete"),
    ]
    assert ProcessStep.objects.filter(process_id=process_id).latest("pk").state["configured"] == f"A-B {gbit}G"


def test_confirm_change_waits_for_the_network_operations_center(executor: str, recorded: Callable[[], str]) -> None:
    process_id = operations.start_process("demo_confirm_change", [{}], "SYSTEM")
    assert settled(process_id, ProcessStatus.SUSPENDED).assignee == "NOC"
    recorded()

    operations.resume_process(process_id, [{"change_number": "CHG1234"}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert ProcessStep.objects.filter(process_id=process_id).latest("pk").state["applied"] == "CHG1234"
    assert recorded() == "C L I L I L I L I"


def test_retry_fails_at_first_and_succeeds_when_retried(executor: str) -> None:
    process_id = operations.start_process("demo_retry", [{}], "SYSTEM")
    assert settled(process_id, ProcessStatus.FAILED).failed_reason == "edge-7 does not answer, try again"

    operations.resume_process(process_id, [], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    assert steps_of(process_id) == [
        ("Start", "success"),
        ("Find device", "success"),
        ("Reach device", "failed"),
        ("Reach device", "success"),
        ("Done", "complete"),
    ]


def test_slow_migration_has_eight_steps(executor: str) -> None:
    process_id = operations.start_process("demo_slow_migration", [{}], "SYSTEM")

    settled(process_id, ProcessStatus.COMPLETED)
    names = [name for name, _ in steps_of(process_id)]
    assert names == ["Start", *[f"Migrate part {number}" for number in range(1, 9)], "Done"]


def test_compare_inventory_is_a_task_that_can_be_deleted(executor: str) -> None:
    process_id = operations.start_process("demo_task_compare_inventory", [{}], "SYSTEM")
    assert settled(process_id, ProcessStatus.COMPLETED).is_task

    operations.delete_task(process_id)

    assert not Process.objects.exists()


def test_a_port_lives_from_its_order_to_its_end(executor: str) -> None:
    for _ in range(2):
        call_command("create_demo_product")
    product = {"product": str(demo_subscriptions.PRODUCT_ID)}

    ordered = operations.start_process("demo_order_port", [product, {"customer_id": "jane"}], "SYSTEM")
    settled(ordered, ProcessStatus.COMPLETED)
    subscription = Subscription.objects.get()
    assert (subscription.description, subscription.status, subscription.insync) == ("Port 10G", "active", True)
    named = {"subscription_id": str(subscription.pk)}

    changed = operations.start_process("demo_change_port", [named, {"gbit": 100}], "SYSTEM")
    settled(changed, ProcessStatus.COMPLETED)
    assert Subscription.objects.get().description == "Port 100G"

    checked = operations.start_process("demo_check_port", [named], "SYSTEM")
    settled(checked, ProcessStatus.COMPLETED)

    cancelled = operations.start_process("demo_cancel_port", [named], "SYSTEM")
    settled(cancelled, ProcessStatus.COMPLETED)
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.insync) == ("terminated", True)
    links = subscription.process_links.values_list("process_id", flat=True)
    assert list(links) == [ordered, changed, checked, cancelled]


def test_a_port_that_the_network_does_not_know_is_inconsistent() -> None:
    demo_subscriptions.create_product()
    subscription = operations_on_subscriptions.create_subscription(demo_subscriptions.PRODUCT_ID, "jane", "Cable")
    operations_on_subscriptions.set_status(subscription.pk, SubscriptionLifecycle.ACTIVE)

    process_id = operations.start_process("demo_check_port", [{"subscription_id": str(subscription.pk)}], "SYSTEM")

    assert settled(process_id, ProcessStatus.INCONSISTENT_DATA).failed_reason == "The network knows no such port"
